"""What a run may take is said at its form and by a run that took more; what it left goes by rules, seen and freed in Lab."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import greedy
import pytest
from e2e.conftest import settle
from e2e.lab import THEMES, Lab
from playwright.sync_api import Locator, expect
from serving import Server, serving

PAGE = "#toolrunner-retention"
TOOL = """
@tool(memory_limit="2 GB", process_limit=16, time_limit=600)
def leaves(n: int = 1) -> dict[str, int]:
    return {"n": n}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("limits")
    (folder / "box").mkdir()
    (folder / "box" / "greed.py").write_text(greedy.SOURCE + TOOL)
    variables = {
        **settle(folder, built),
        **greedy.LIMITS,
        # Artifacts are beyond it as soon as they are there.
        "TOOLRUNNER_KEEP_ARTIFACTS": "days=0.000001",
        "TOOLRUNNER_KEEP_EVERYTHING_OF": "owner:auditor",
    }
    with serving(folder, app="lab", toolboxes=(folder / "box",), **variables) as lab:
        lab.eventually(lambda: "leaves" in {tool["short_name"] for tool in lab.http.get("tools").json()})
        yield lab


def test_a_form_says_what_its_runs_may_take(lab_of: Callable[[Server], Lab], server: Server) -> None:
    lab = lab_of(server)
    lab.open_tool("leaves")
    note = lab.panel.locator(".trn-delivery")
    note.locator("summary").click()
    expect(note).to_contain_text("A run that takes more is ended: 10 min 0 s, 2 GB of memory, 16 processes.")


def test_a_run_that_took_too_much_says_so_where_its_error_is(
    lab_of: Callable[[Server], Lab], server: Server
) -> None:
    run = server.wait(server.submit("fork_bomb")["id"])
    lab = lab_of(server)
    lab.open_run(run["id"])
    banner = lab.run_page.locator(".trn-banner")
    expect(banner).to_contain_text("and 64 is its limit; all of them were ended.")
    expect(lab.run_page).to_contain_text("too many processes")


# -- what is kept --------------------------------------------------------------------------------------------------------


@pytest.fixture
def lab(lab_of: Callable[[Server], Lab], server: Server) -> Lab:
    return lab_of(server)


def _clean(server: Server, *, dry_run: bool = False) -> dict[str, Any]:
    answer = server.http.post("retention/clean", json={"dry_run": dry_run})
    return dict(answer.raise_for_status().json())


def _leave(server: Server) -> dict[str, Any]:
    """A run with an artifact that is beyond the rules, and nothing else that is."""
    _clean(server)
    run = server.done("leaves")
    server.eventually(lambda: _clean(server, dry_run=True)["artifacts"])
    return run


def _open(lab: Lab) -> Locator:
    lab.command("toolrunner:open-retention")
    page = lab.page.locator(PAGE)
    expect(page.get_by_role("heading", name="Retention")).to_be_visible()
    return page


def test_what_goes_is_shown_and_freed_by_keyboard_when_one_has_said_so_twice(
    lab: Lab, server: Server
) -> None:
    run = _leave(server)
    page = _open(lab)
    rules = page.get_by_role("region", name="Rules", exact=True)
    for text in ("180 days after", "up to 20 GB", "86 ms after", "keep", "everything of the user auditor"):
        expect(rules).to_contain_text(text)
    expect(page.get_by_role("status").first).to_contain_text("Beyond the rules: 1 artifact")
    going = page.get_by_role("table", name="The largest of what goes")
    expect(going).to_contain_text("artifacts stay 1e-06 days")
    free, ask = page.get_by_role("button", name="Free it now…"), page.get_by_role("alertdialog")
    free.focus()
    lab.page.keyboard.press("Enter")
    expect(ask).to_contain_text("Free 1 artifact of 1 run")
    lab.page.keyboard.press("Escape")
    expect(free).to_be_focused()
    assert _clean(server, dry_run=True)["artifacts"] == 1
    lab.page.keyboard.press("Enter")
    expect(ask.get_by_role("button", name="Free it")).to_be_focused()
    lab.page.keyboard.press("Enter")
    expect(page.locator(".trn-report")).to_contain_text("Freed: 1 artifact")
    expect(page).to_contain_text("Nothing: all that runs left is within the rules.")
    assert _clean(server, dry_run=True)["artifacts"] == 0
    newest = page.get_by_role("region", name="Latest cleanings").locator("tbody tr").first
    expect(newest).to_contain_text("1 artifact")
    assert server.http.get("retention").json()["cleanings"][0]["by"] in newest.inner_text()
    assert server.run(run["id"])["artifacts"][0]["freed_at"]


def test_open_pages_follow_a_cleaning_and_a_freed_file_says_when_and_why(lab: Lab, server: Server) -> None:
    run = _leave(server)
    lab.command("toolrunner:open-history")
    lab.page.get_by_role("button", name="What is kept of runs, and for how long").click()
    page = lab.page.locator(PAGE)
    page.get_by_role("button", name=f"#{run['number']}").click()
    lab.tab("Results")
    expect(lab.run_page.locator("[data-artifact]")).not_to_contain_text("freed")
    _clean(server)
    expect(lab.run_page.locator(".trn-fallback")).to_contain_text("by a rule: artifacts stay 1e-06 days.")
    expect(lab.run_page.locator("[data-artifact]")).to_contain_text("freed")
    _open(lab)
    expect(page).to_contain_text("Nothing: all that runs left is within the rules.")


def test_an_address_leads_there_and_without_a_connection_what_was_fetched_stays(
    open_lab: Callable[..., Lab], server: Server
) -> None:
    _clean(server)
    lab = open_lab(at=server, query="&toolrunner-retention=")
    page = lab.page.locator(PAGE)
    expect(page).to_contain_text("Nothing: all that runs left is within the rules.")
    lab.wire.cut()
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("alert")).to_contain_text("What is shown was fetched before.")
    expect(page).to_contain_text("180 days after")
    lab.wire.mend()
    expect(page.get_by_role("alert")).to_have_count(0, timeout=30_000)


def test_axe_finds_nothing_in_what_is_kept(lab: Lab, server: Server) -> None:
    _leave(server)
    page = _open(lab)
    page.get_by_role("button", name="Free it now…").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    assert lab.violations(PAGE, themes=THEMES) == []
