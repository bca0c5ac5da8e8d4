"""Files that are brought along from the own machine."""

from __future__ import annotations

import re
from pathlib import Path

from e2e.lab import Lab
from playwright.sync_api import Route, expect

#: Lab puts the time behind each address.
FINISH = re.compile(r"/uploads/[^/]+/finish\b")
TOOL = '''"""Tools that take files."""

from pathlib import Path

from jupyter_toolrunner import tool


@tool
def joined(first: Path, second: Path) -> str:
    """Join two files."""
    return first.read_text() + second.read_text()
'''


def test_two_files_whose_uploads_end_together_both_arrive(lab: Lab, toolbox: Path) -> None:
    (toolbox / "joining.py").write_text(TOOL, "utf-8")
    held: list[Route] = []

    # Playwright marks what it is given, and a list's own method takes no mark.
    def hold(route: Route) -> None:
        held.append(route)

    lab.page.route(FINISH, hold)
    lab.show_panel()
    lab.search.fill("joined")
    expect(lab.panel.locator(".trn-tool", has_text="joined").first).to_be_visible(timeout=15_000)
    lab.open_tool("joined")
    for place, text in enumerate(("one ", "two")):
        with lab.page.expect_request(FINISH):
            lab.panel.locator("input[type=file]").nth(place).set_input_files(
                {"name": f"{place}.txt", "mimeType": "text/plain", "buffer": text.encode()}
            )
    for route in held:
        route.continue_()
    chosen = lab.panel.locator(".trn-chosen-name")
    expect(chosen).to_have_count(2)
    expect(chosen.nth(0)).to_contain_text("0.txt")
    expect(chosen.nth(1)).to_contain_text("1.txt")
    lab.press_run()
    lab.expect_state("Succeeded")
    assert lab.server.result(lab.server.wait(lab.run_id)) == "one two"
