"""Finding tools, arranging them, and adding more."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from e2e.lab import Lab
from playwright.sync_api import Locator, expect

SCRIPT = '''"""Say hello."""
import argparse
parser = argparse.ArgumentParser(description="Say hello")
parser.add_argument("--name", default="you")
print("hello", parser.parse_args().name)
'''


def _row(lab: Lab, name: str) -> Locator:
    return lab.panel.locator(".trn-tool", has_text=re.compile(rf"^{re.escape(name)}")).first


def _favourites(lab: Lab) -> list[str]:
    """The names below the first heading, in their order."""
    names: list[str] = lab.panel.locator(".trn-tree").evaluate(
        """tree => {
             const rows = [...tree.querySelectorAll('[role=treeitem]')];
             const start = rows.findIndex(row => row.innerText.startsWith('Favourites'));
             const rest = start < 0 ? [] : rows.slice(start + 1);
             const end = rest.findIndex(row => row.ariaLevel === '1');
             return rest.slice(0, end < 0 ? rest.length : end).map(row => row.querySelector('.trn-tool-name').innerText);
           }"""
    )
    return names


def test_tools_are_found_by_what_they_do_with_typos_and_in_russian(lab: Lab) -> None:
    lab.show_panel()
    for query, name in {
        "grpah": "build_graph",
        "drawing": "graph_visualizer",
        "dependncies": "build_graph",
        "нарисовать граф": "graph_visualizer",
        "зависимостей": "build_graph",
        "ранги узлов": "calculate_pagerank",
    }.items():
        lab.search.fill(query)
        expect(lab.panel.locator(".trn-tool", has_text=name)).to_be_visible()
    lab.search.fill("nothing like this")
    expect(lab.panel.locator(".trn-notice")).to_contain_text("No tool matches “nothing like this”.")
    lab.panel.get_by_role("button", name="Clear the search").click()
    expect(_row(lab, "build_graph")).to_be_visible()


def test_favourites_keep_their_order_and_follow_in_another_window(open_lab: Callable[..., Lab]) -> None:
    lab, other = open_lab().show_panel(), open_lab().show_panel()
    lab.server.http.delete("preferences/tools.favourites")
    for name in ("slow", "nasty"):
        _row(lab, name).hover()
        _row(lab, name).get_by_role("button", name="favourites").click()
    for window in (lab, other):
        expect(window.panel.locator(".trn-section-head", has_text="Favourites")).to_contain_text("2")
    assert _favourites(lab) == _favourites(other) == ["slow", "nasty"]
    # By keys: to the list, down to the second favourite, and up by one place.
    lab.search.press("ArrowDown")
    lab.page.keyboard.press("j")
    lab.page.keyboard.press("j")
    lab.page.keyboard.press("Alt+ArrowUp")
    expect(other.panel.locator(".trn-tool-name").first).to_have_text("nasty")
    assert _favourites(lab) == _favourites(other) == ["nasty", "slow"]
    lab.page.keyboard.press("s")
    expect(other.panel.locator(".trn-section-head", has_text="Favourites")).to_contain_text("1")
    lab.reload().show_panel()
    expect(lab.panel.locator(".trn-section-head", has_text="Favourites")).to_contain_text("1")
    lab.server.http.delete("preferences/tools.favourites")


def test_what_was_run_last_is_at_hand_with_its_run(lab: Lab) -> None:
    lab.run("nasty", text="recent")
    lab.expect_state("Succeeded")
    lab.show_panel()
    lab.search.fill("")
    run = _row(lab, "nasty").locator(".trn-last-run")
    expect(run).to_have_attribute("title", re.compile("Succeeded"))
    lab.command("toolrunner:open-history")
    run.click()
    expect(lab.run_page.locator(".trn-title")).to_have_text("nasty")


def test_tags_narrow_the_list_and_can_be_taken_off(lab: Lab) -> None:
    lab.show_panel()
    lab.panel.get_by_role("button", name="Filter by tags").click()
    lab.panel.get_by_role("button", name=re.compile("^network")).click()
    expect(lab.panel.locator(".trn-count")).to_contain_text("2 tools")
    expect(_row(lab, "build_graph")).to_be_visible()
    expect(_row(lab, "nasty")).to_have_count(0)
    lab.panel.get_by_role("button", name=re.compile("^network")).click()
    expect(_row(lab, "nasty")).to_be_visible()


def test_the_list_is_walked_through_by_keys_alone(lab: Lab) -> None:
    lab.show_panel()
    lab.panel.locator(".trn-tree").focus()
    lab.page.keyboard.press("/")
    expect(lab.search).to_be_focused()
    lab.search.fill("nasty")
    lab.search.press("ArrowDown")
    tree = lab.panel.locator(".trn-tree")
    expect(tree).to_be_focused()
    active = tree.get_attribute("aria-activedescendant")
    expect(lab.panel.locator(f"[id='{active}']")).to_contain_text("nasty")
    lab.page.keyboard.press("Escape")
    expect(lab.search).to_be_focused()
    lab.search.press("Escape")
    expect(lab.search).to_have_value("")
    lab.search.press("ArrowDown")
    lab.page.keyboard.press("Home")
    # As many as there is room for are drawn: with more tools than that others move up.
    before = lab.panel.locator(".trn-tool").all_inner_texts()
    lab.page.keyboard.press("ArrowLeft")
    expect(lab.panel.locator(".trn-section-head").first).to_have_attribute("aria-expanded", "false")
    assert lab.panel.locator(".trn-tool").all_inner_texts() != before
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    expect(lab.panel.locator(".trn-form")).to_be_visible()


def test_a_folder_is_added_from_lab_and_can_be_removed_again(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "my scripts"
    folder.mkdir()
    (folder / "greet.py").write_text(SCRIPT)
    (folder / "part.py").write_text(SCRIPT)
    lab.command("toolrunner:add-toolbox")
    path = lab.panel.get_by_label("Folder of scripts or notebooks, or one of them")
    expect(path).to_be_focused()
    expect(lab.panel.locator(".trn-trust")).to_contain_text("run as you")
    path.fill(str(tmp_path / "nowhere"))
    path.press("Enter")
    expect(lab.panel.locator(".trn-failure")).to_contain_text("Nothing was added.")
    path.fill(str(folder))
    lab.panel.get_by_role("button", name="Add and read").click()
    expect(lab.page.locator(".Toastify__toast", has_text="2 tools were added")).to_be_visible(timeout=20_000)
    lab.show_panel()
    expect(_row(lab, "greet")).to_be_visible()
    lab.open_tool("greet")
    lab.field("name").fill("Ada")
    lab.press_run()
    lab.expect_state("Succeeded")
    lab.command("toolrunner:add-toolbox")
    lab.panel.get_by_role("button", name="Remove My scripts").click()
    expect(lab.panel.get_by_role("button", name="Remove My scripts")).to_have_count(0)
    lab.command("toolrunner:open-panel")
    tools = lab.server.http.get("tools").json()
    assert not any(tool["short_name"] == "greet" for tool in tools)


def test_a_script_in_the_file_browser_is_used_as_a_tool(lab: Lab) -> None:
    script = lab.server.root / "from_the_browser.py"
    script.write_text(SCRIPT)
    lab.command("filebrowser:activate")
    lab.command("filebrowser:refresh")
    lab.page.locator(".jp-DirListing-item", has_text=script.name).click(button="right")
    lab.page.get_by_role("menuitem", name="Use as a Tool").click()
    expect(lab.panel.get_by_label("Folder of scripts or notebooks, or one of them")).to_have_value(
        str(script)
    )
    lab.panel.get_by_role("button", name="Add and read").click()
    expect(lab.panel.locator(".trn-form-title")).to_have_text("Say hello", timeout=20_000)
    lab.command("toolrunner:use-as-tool", path=script.name)
    expect(lab.panel.locator(".trn-form-title")).to_have_text("Say hello")
    lab.server.http.delete("toolboxes/from_the_browser").raise_for_status()


def test_the_source_is_one_click_away_in_the_editor_or_to_be_read(lab: Lab) -> None:
    lab.open_tool("talker")
    lab.panel.get_by_role("button", name="Show the source").click()
    expect(lab.page.locator(".jp-FileEditor")).to_contain_text("argparse")
    lab.open_tool("build_graph")
    lab.panel.get_by_role("button", name="Show the source").click()
    page = lab.page.locator(".trn-source-page")
    expect(page.locator(".trn-source")).to_contain_text("def build_graph")
    expect(page).to_contain_text("to be read here")


def test_without_a_connection_the_list_is_kept(lab: Lab) -> None:
    lab.show_panel()
    expect(_row(lab, "nasty")).to_be_visible()
    lab.wire.cut()
    lab.search.fill("nast")
    expect(_row(lab, "nasty")).to_be_visible()
    lab.wire.mend()
    lab.dismiss()


def test_a_tool_that_was_not_there_is_forgotten_when_a_form_opens(lab: Lab) -> None:
    lab.show_panel()
    lab.command("toolrunner:open-tool", tool="nothing.of.the.kind")
    said = lab.panel.get_by_text("There is no tool “nothing.of.the.kind” here")
    expect(said).to_be_visible()
    lab.command("toolrunner:open-tool", tool="toolbox.nasty")
    expect(lab.panel.locator(".trn-form-title")).to_be_visible()
    expect(said).to_have_count(0)


def test_show_tools_leads_to_the_search_also_where_a_form_covers_the_list(lab: Lab) -> None:
    lab.open_tool("nasty")
    lab.field("text").fill("kept")
    expect(lab.panel.locator(".trn-panel[data-narrow]")).to_be_visible()
    expect(lab.search).to_have_count(0)
    lab.command("toolrunner:open-panel")
    expect(lab.search).to_be_focused()
    expect(lab.panel.locator(".trn-form-title")).to_have_count(0)
    # What was written is there again with the form.
    lab.command("toolrunner:last-form")
    expect(lab.field("text")).to_have_value("kept")
    expect(lab.search).to_have_count(0)
