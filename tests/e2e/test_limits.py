"""What a run may take is said at its form, and a run that took more says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import greedy
import pytest
from e2e.conftest import settle
from e2e.lab import Lab
from playwright.sync_api import expect
from serving import Server, serving

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
    with serving(
        folder, app="lab", toolboxes=(folder / "box",), **settle(folder, built), **greedy.LIMITS
    ) as lab:
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
