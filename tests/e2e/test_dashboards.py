"""Dashboards in a browser: on a telephone, without Lab, with a kernel that may go away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import httpx
import nbformat
import pytest
from e2e.conftest import TOOLBOX, settle
from e2e.lab import AXE, UNTIL_STILL, Lab
from playwright.sync_api import Browser, Page, ViewportSize, expect
from serving import TOKEN, Server, serving

from jupyter_toolrunner.core.dashboards import VIEW_TYPE

ROOT = Path(__file__).parents[2]
PHONE: ViewportSize = {"width": 390, "height": 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A person with a telephone, who is signed in nowhere. An error of a page, and a request elsewhere, fail the test."""
    context = browser.new_context(viewport=PHONE, color_scheme="dark", accept_downloads=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda one: (
            wrong.append(one.url) if "127.0.0.1" not in one.url and one.url.startswith("http") else None
        ),
    )
    yield page
    context.close()
    assert wrong == []


def sign_in(page: Page, url: str) -> None:
    """As the login page asks for it."""
    page.goto(url, wait_until="commit")
    page.locator("#password_input").fill(TOKEN)
    page.get_by_role("button", name="Log in", exact=True).click()


def publish(server: Server, path: str, *cells: Any) -> str:
    made = nbformat.v4.new_notebook(cells=list(cells))
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = json.loads(nbformat.writes(made))
    answer = server.http.post("dashboards", json={"notebook": content, "path": path}).raise_for_status()
    return f"{server.url}toolrunner/dashboards/{answer.json()['name']}"


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_person_with_a_telephone_signs_in_fills_runs_and_downloads(
    built: Path, tmp_path: Path, phone: Page
) -> None:
    with serving(tmp_path, toolboxes=(TOOLBOX,), **settle(tmp_path, built)) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        sign_in(phone, f"{server.url}toolrunner/dashboards/tool_runner")
        phone.get_by_role("searchbox", name="Search tools").fill("nasty")
        phone.get_by_role("button", name=re.compile("Nasty")).first.click()
        phone.get_by_role("textbox", name=re.compile("^text")).fill('O\'Brien "North"')
        assert fits(phone)
        phone.get_by_role("button", name="Run", exact=True).click()
        expect(phone.locator(".trn-state")).to_contain_text("Succeeded", timeout=30_000)
        assert fits(phone)
        with phone.expect_download() as got:
            phone.get_by_role("button", name=re.compile("^Download")).first.click()
        assert json.loads(Path(got.value.path()).read_text())["text"] == 'O\'Brien "North"'
        # The address has all of it: after a reload, and after the server was gone.
        address = phone.url
        assert TOKEN not in address
        phone.reload(wait_until="commit")
        expect(phone.locator(".trn-state")).to_contain_text("Succeeded", timeout=30_000)
        expect(phone.get_by_role("textbox", name=re.compile("^text"))).to_have_value('O\'Brien "North"')
        server.kill()
        server.start()
        phone.goto(address, wait_until="commit")
        if phone.locator("#password_input").is_visible():
            sign_in(phone, address)
        expect(phone.locator(".trn-state")).to_contain_text("Succeeded", timeout=30_000)
        assert httpx.get(f"{server.url}api/kernels", headers={"Authorization": f"token {TOKEN}"}).json() == []


def test_filters_of_a_history_stay_in_the_address(server: Server, phone: Page) -> None:
    for text in ("one", "two"):
        server.done("nasty", text=text)
    sign_in(phone, f"{server.url}toolrunner/dashboards/history")
    search = phone.get_by_role("searchbox").first
    search.fill("two")
    expect(phone).to_have_url(re.compile("history=.*two"))
    phone.reload(wait_until="commit")
    expect(phone.get_by_role("searchbox").first).to_have_value("two")


def test_the_address_that_the_guide_gives_shows_what_failed_alone(server: Server, phone: Page) -> None:
    server.done("nasty", text="one")
    guide = (ROOT / "notebooks" / "dashboards.ipynb").read_text("utf-8")
    (address,) = re.findall(r"toolrunner/dashboards/history\?[^`]+", guide)
    sign_in(phone, f"{server.url}{address}")
    expect(phone.get_by_role("button", name="Clear", exact=True)).to_be_visible(timeout=30_000)
    expect(phone.get_by_text(re.compile(r"[1-9]\d* succeeded"))).to_have_count(0)


def test_a_dashboard_is_in_russian_for_a_browser_that_is(server: Server, browser: Browser) -> None:
    headers = {"Authorization": f"token {TOKEN}"}
    context = browser.new_context(locale="ru-RU", extra_http_headers=headers)
    page = context.new_page()
    page.goto(f"{server.url}toolrunner/dashboards/tool_runner", wait_until="commit")
    expect(page.get_by_role("searchbox", name="Найти инструмент")).to_be_visible()
    context.close()


def test_a_link_brings_no_form_and_no_tool_of_its_own(server: Server, phone: Page) -> None:
    tool = server.http.get("tools/nasty").json()["name"]
    view = {"kind": "form", "tool": tool, "values": "{}"}
    cell = nbformat.v4.new_code_cell("ToolForm('nasty')")
    cell.outputs = [
        nbformat.v4.new_output("display_data", {VIEW_TYPE: view, "text/plain": "<ToolForm nasty>"})
    ]
    url = publish(server, "trusted.ipynb", cell)
    other = server.http.get("tools/every_kind").json()
    evil = {**other, "title": "Something kind"}
    said = {"tool": other["name"], "description": json.dumps(evil), "values": '{"text": "from the link"}'}
    sign_in(phone, f"{url}?form={quote(json.dumps(said))}")
    expect(phone.get_by_role("textbox", name=re.compile("^text"))).to_have_value("from the link")
    expect(phone.get_by_text("Something kind")).to_have_count(0)
    with phone.expect_response(re.compile(r"api/runs($|[?])")) as sent:
        phone.get_by_role("button", name="Run", exact=True).click()
    assert sent.value.json()["tool"] == tool


def test_axe_finds_nothing_in_a_dashboard(server: Server, browser: Browser) -> None:
    cells = [
        nbformat.v4.new_markdown_cell(
            "# A page\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[link](https://example.org) and `code`"
        )
    ]
    published = publish(server, "axe.ipynb", *cells)
    context = browser.new_context(
        viewport=PHONE, color_scheme="light", extra_http_headers={"Authorization": f"token {TOKEN}"}
    )
    page = context.new_page()
    found = {}
    for url in (
        f"{server.url}toolrunner/dashboards/tool_runner",
        f"{server.url}toolrunner/dashboards/",
        published,
    ):
        page.goto(url, wait_until="commit")
        expect(page.locator(".trn-choice-tool, .trn-dashboards, .trn-text table").first).to_be_visible()
        page.evaluate(AXE.read_text("utf-8"))
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(UNTIL_STILL)
            violations = page.evaluate(
                "window.axe.run().then(found => found.violations.map(one => [one.id, one.nodes.map(n => n.html)]))"
            )
            if violations:
                found[url, scheme] = violations
    context.close()
    assert found == {}


def test_a_live_page_comes_back_to_the_stored_results_when_its_kernel_is_gone(
    server: Server, phone: Page
) -> None:
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "as it was stored"}
    cell = nbformat.v4.new_code_cell(
        "import ipywidgets as w\nfrom jupyter_toolrunner import connect\n"
        "b = w.Button(description='Press me'); o = w.Label()\n"
        "b.on_click(lambda _: setattr(o, 'value', f'{len(connect().tools())} tools'))\nw.VBox([b, o])"
    )
    cell.outputs = [nbformat.v4.new_output("display_data", view)]
    sign_in(phone, publish(server, "live.ipynb", nbformat.v4.new_markdown_cell("# Live"), cell))
    expect(phone.get_by_text("as it was stored")).to_be_visible()
    phone.get_by_role("button", name="Start the live page").click()
    live = phone.frame_locator("iframe")
    live.get_by_role("button", name="Press me").click(timeout=60_000)
    expect(live.get_by_text(re.compile(r"^\d+ tools$"))).to_be_visible(timeout=30_000)
    expect(phone.get_by_text("as it was stored")).to_be_hidden()
    headers = {"Authorization": f"token {TOKEN}"}
    (kernel,) = httpx.get(f"{server.url}api/kernels", headers=headers).json()
    httpx.delete(f"{server.url}api/kernels/{kernel['id']}", headers=headers, timeout=30)
    expect(phone.get_by_text("as it was stored")).to_be_visible(timeout=30_000)
    expect(phone.locator("#trn-state")).to_contain_text("The live page has ended")
    expect(phone.get_by_role("button", name="Start the live page")).to_be_enabled()


def test_a_notebook_is_published_from_lab(server: Server, lab: Lab) -> None:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# From Lab")])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (server.root / "from_lab.ipynb").write_text(nbformat.writes(made), "utf-8")
    lab.command("toolrunner:publish-dashboard", path="from_lab.ipynb")
    message = lab.page.get_by_text("From Lab is published as a dashboard")
    expect(message).to_be_visible()
    with lab.context.expect_page() as opened:
        lab.page.get_by_role("button", name="Open", exact=True).last.click()
    expect(opened.value.get_by_role("heading", name="From Lab")).to_be_visible()
    opened.value.close()
    lab.command("toolrunner:publish-dashboard", path="missing.ipynb")
    expect(lab.page.get_by_role("alert").filter(has_text="missing.ipynb")).to_be_visible()
