"""A working day: somebody who was never here before, from Lab's launcher alone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from e2e.lab import Lab
from playwright.sync_api import expect
from serving import Server

TOOL = "build_graph"


@pytest.fixture
def preset(server: Server) -> Iterator[dict[str, Any]]:
    """What a colleague has shared."""
    values = {"source": "imports", "package": "packaging"}
    sent = {"tool": TOOL, "name": "Imports of a package", "params": values, "shared": True}
    answer = server.http.post("presets", json=sent)
    assert answer.status_code == 201, answer.text
    yield answer.json()
    server.http.delete(f"presets/{answer.json()['id']}").raise_for_status()


def test_from_the_launcher_to_a_link_for_a_colleague(
    open_lab: Callable[..., Lab], preset: dict[str, Any]
) -> None:
    lab = open_lab()
    page, panel = lab.page, lab.panel
    page.locator(".jp-LauncherCard", has_text="Tools").first.click()
    expect(lab.search).to_be_focused()

    # Found by what it does, in either language.
    for words in ("граф зависимостей", "modules imports"):
        page.keyboard.press("Control+a")
        page.keyboard.type(words)
        expect(panel.locator(".trn-tool").first).to_contain_text(TOOL)
        expect(lab.search).to_have_value(words)
    page.keyboard.press("Enter")
    panel.get_by_role("button", name="Presets").click()
    page.get_by_role("menuitem", name=preset["name"]).click()
    expect(lab.field("package")).to_have_value("packaging")
    lab.submit()
    lab.expect_state("Succeeded")

    # The second one fails, and says why and where it can be mended.
    missing = f"no_such_{uuid.uuid4().hex[:6]}"
    lab.field("package").fill(missing)
    lab.submit()
    lab.expect_state("Failed")
    expect(lab.run_page.get_by_role("tabpanel")).to_contain_text(missing)

    lab.field("package").fill("pluggy")
    run = lab.submit()
    lab.expect_state("Succeeded")
    tag = f"kept {uuid.uuid4().hex[:6]}"
    lab.run_page.get_by_role("button", name="Add a tag").click()
    lab.run_page.get_by_role("combobox", name="New tag").fill(tag)
    lab.run_page.get_by_role("combobox", name="New tag").press("Enter")
    expect(lab.run_page.locator(".trn-tag")).to_have_text([tag])

    # The next day: another browser, nothing open.
    later = open_lab()
    later.page.locator(".jp-LauncherCard", has_text="History").click()
    history = later.page.locator("#toolrunner-history")
    history.get_by_role("button", name="Add a filter").click()
    history.get_by_role("button", name="A parameter’s value").click()
    history.get_by_label("Parameter", exact=True).fill("package")
    history.get_by_label("Value", exact=True).fill("pluggy")
    history.get_by_role("button", name="Add", exact=True).click()
    row = history.locator(f"[data-run='{run}']")
    expect(row).to_contain_text(tag)
    row.dblclick()
    expect(later.run_page.locator(".trn-tag")).to_have_text([tag])

    link = later.copy(later.page.get_by_role("button", name="Copy a link to this run"))
    colleague = open_lab(query="&" + link.partition("?")[2])
    expect(colleague.run_page.locator(".trn-title")).to_have_text(TOOL)
    expect(colleague.run_page.locator(".trn-tag")).to_have_text([tag])
    expect(colleague.run_page).to_have_id(re.compile(run))
