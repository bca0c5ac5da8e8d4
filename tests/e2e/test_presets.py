"""Presets, values of earlier runs, links and copies: what is on screen, kept and handed on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.lab import THEMES, Lab
from playwright.sync_api import Locator, expect
from serving import TOKEN, Server

NASTY = 'it\'s "quoted" $HOME `id` \\ %s & #\n\ttwo\u202e 🎈 <b>'
BIG = "123456789012345678901234567890"


@pytest.fixture(autouse=True)
def no_presets(server: Server) -> Iterator[None]:
    """Each test begins with none of the user's own."""
    yield
    for tool in ("nasty", "survey"):
        for preset in server.http.get("presets", params={"tool": tool}).json():
            if preset["mine"]:
                server.http.delete(f"presets/{preset['id']}")


def _save(server: Server, name: str, tool: str = "nasty", **fields: Any) -> dict[str, Any]:
    answer = server.http.post("presets", json={"tool": tool, "name": name, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _menu(lab: Lab, *names: str) -> None:
    lab.panel.get_by_role("button", name="Presets").click()
    for name in names:
        lab.page.get_by_role("menuitem", name=name).or_(
            lab.page.get_by_role("menuitemcheckbox", name=name)
        ).first.click()


def _origin(lab: Lab) -> Locator:
    return lab.panel.locator(".trn-origin")


def test_values_are_saved_under_a_name_and_come_back_exactly(lab: Lab) -> None:
    lab.open_tool("nasty")
    lab.field("text").fill(NASTY)
    lab.field("count").fill(BIG)
    _menu(lab, "Save as a preset")
    name = lab.page.get_by_label("Name of the preset")
    expect(name).to_be_focused()
    name.fill("Every day")
    name.press("Enter")
    expect(_origin(lab)).to_contain_text("Preset “Every day”")
    lab.panel.get_by_role("button", name="Defaults").click()
    expect(lab.field("text")).to_have_value("")
    _menu(lab, "Every day")
    expect(lab.field("text")).to_have_value(NASTY)
    expect(lab.field("count")).to_have_value(BIG)
    lab.press_run()
    lab.expect_state("Succeeded")
    result = lab.server.result(lab.server.wait(lab.run_id))
    assert (result["text"], result["count"]) == (NASTY, int(BIG))


def test_a_preset_whose_values_were_changed_is_marked_until_they_are_back(lab: Lab) -> None:
    _save(lab.server, "three", params={"text": "x", "count": 3})
    lab.open_tool("nasty")
    _menu(lab, "three")
    expect(_origin(lab)).to_contain_text("Preset “three”")
    expect(_origin(lab)).not_to_contain_text("changed since")
    lab.field("text").fill("y")
    expect(_origin(lab)).to_contain_text("changed since")
    lab.panel.get_by_role("button", name="Presets").click()
    expect(lab.page.get_by_role("menuitem", name="three").first).to_contain_text("changed since")
    lab.page.keyboard.press("Escape")
    lab.field("text").fill("x")
    expect(_origin(lab)).not_to_contain_text("changed since")


def test_what_was_there_before_a_preset_comes_back_by_undo(lab: Lab) -> None:
    _save(lab.server, "other", params={"text": "of the preset", "share": 0.5})
    lab.open_tool("nasty")
    lab.field("text").fill("nearly lost")
    _menu(lab, "other")
    expect(lab.field("text")).to_have_value("of the preset")
    _origin(lab).get_by_role("button", name="Undo").click()
    expect(lab.field("text")).to_have_value("nearly lost")
    expect(lab.field("share")).to_have_value("0.85")


def test_a_preset_is_replaced_renamed_shared_and_deleted_and_the_deletion_undone(lab: Lab) -> None:
    saved = _save(lab.server, "first", params={"text": "old"})
    lab.open_tool("nasty")
    lab.field("text").fill("new")
    _menu(lab, "Save as a preset")
    lab.page.get_by_label("Name of the preset").fill("first")
    lab.panel.get_by_role("button", name="Replace it").click()
    expect(_origin(lab)).to_contain_text("first")
    _menu(lab, "Change presets", "first", "Rename")
    lab.page.get_by_label("New name of the preset").fill("second")
    lab.page.keyboard.press("Enter")
    expect(_origin(lab)).to_contain_text("Preset “second”")
    _menu(lab, "Change presets", "second", "Share with the team")
    lab.server.eventually(
        lambda: (
            [
                (one["name"], one["shared"], one["params"]["text"])
                for one in lab.server.http.get("presets", params={"tool": "nasty"}).json()
            ]
            == [("second", True, "new")]
        )
    )
    _menu(lab, "Change presets", "second", "Delete")
    question = lab.panel.get_by_role("alertdialog")
    expect(question).to_contain_text("Delete the preset “second”? It goes for the whole team.")
    question.get_by_role("button", name="Delete").click()
    expect(lab.panel.locator(".trn-preset-line")).to_contain_text("“second” was deleted.")
    assert lab.server.http.patch(f"presets/{saved['id']}", json={"name": "x"}).status_code == 404
    lab.panel.locator(".trn-preset-line").get_by_role("button", name="Undo").click()
    expect(lab.panel.locator(".trn-preset-line")).to_have_count(0)
    _menu(lab, "second")
    expect(lab.field("text")).to_have_value("new")


def test_the_form_opens_with_its_default_preset_and_never_over_what_was_written(
    lab: Lab, open_lab: Callable[..., Lab]
) -> None:
    _save(lab.server, "at the start", params={"text": "from the preset"})
    lab.open_tool("nasty")
    with lab.layout_saved("written"):
        lab.field("text").fill("written")
    _menu(lab, "Change presets", "at the start", "Open the form with it")
    other = open_lab()
    other.open_tool("nasty")
    expect(other.field("text")).to_have_value("from the preset")
    expect(lab.field("text")).to_have_value("written")
    lab.reload()
    expect(lab.field("text")).to_have_value("written")


def test_a_preset_that_one_window_saves_is_in_the_menu_of_the_other(
    lab: Lab, open_lab: Callable[..., Lab]
) -> None:
    other = open_lab()
    for each in (lab, other):
        each.open_tool("nasty")
    other.panel.get_by_role("button", name="Presets").click()
    expect(other.page.get_by_role("menu")).to_contain_text("No presets yet")
    lab.field("text").fill("told")
    _menu(lab, "Save as a preset")
    lab.page.get_by_label("Name of the preset").fill("told to all")
    lab.page.keyboard.press("Enter")
    expect(other.page.get_by_role("menuitem", name="told to all")).to_be_visible()


def test_files_beside_the_tool_are_presets_and_a_broken_one_says_why(lab: Lab, toolbox: Path) -> None:
    folder = toolbox / "templates" / "presets" / "nasty"
    folder.mkdir(parents=True)
    (folder / "from a file.yaml").write_text("text: in a file\ncount: 7\n", "utf-8")
    (folder / "broken.json").write_text("{", "utf-8")
    lab.open_tool("nasty")
    lab.panel.get_by_role("button", name="Presets").click()
    broken = lab.page.get_by_role("menuitem", name="broken")
    expect(broken).to_have_attribute("aria-disabled", "true")
    expect(broken).to_contain_text("Expecting property name")
    lab.page.get_by_role("menuitem", name="from a file").click()
    expect(lab.field("count")).to_have_value("7")
    for file in folder.iterdir():
        file.unlink()


def test_values_that_have_no_field_any_more_are_named_and_the_rest_is_loaded(lab: Lab) -> None:
    _save(lab.server, "of an older version", params={"text": "fits", "gone": 1, "older": {"x": 2}})
    lab.open_tool("nasty")
    _menu(lab, "of an older version")
    expect(lab.field("text")).to_have_value("fits")
    expect(_origin(lab)).to_contain_text(
        "2 values were left out; the tool has no such fields now: gone, older"
    )
    lab.press_run()
    lab.expect_state("Succeeded")


def test_the_menu_goes_by_keys_and_gives_the_focus_back(lab: Lab) -> None:
    _save(lab.server, "by name", params={"text": "by keys"})
    lab.open_tool("nasty")
    button = lab.panel.get_by_role("button", name="Presets")
    button.focus()
    lab.page.keyboard.press("ArrowDown")
    expect(lab.page.get_by_role("menuitem", name="by name")).to_be_focused()
    lab.page.keyboard.press("End")
    expect(lab.page.get_by_role("menuitem", name="Change presets")).to_be_focused()
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("Escape")
    expect(lab.page.get_by_role("menu")).to_have_count(0)
    expect(button).to_be_focused()
    lab.page.keyboard.press("Enter")
    expect(lab.page.get_by_role("menuitem", name="by name")).to_be_focused()
    lab.page.keyboard.press("Enter")
    expect(lab.field("text")).to_have_value("by keys")


def test_axe_finds_nothing_in_menus_and_lines(lab: Lab) -> None:
    _save(lab.server, "one", params={"text": "x"})
    lab.open_tool("nasty")
    _menu(lab, "Change presets", "one")
    assert lab.violations(".trn-menu", themes=THEMES) == []
    lab.page.get_by_role("menuitem", name="Delete").click()
    assert lab.violations("#jupyter-toolrunner-sidebar", themes=THEMES) == []
    lab.panel.get_by_role("button", name="Keep it").click()
    _menu(lab, "one")
    assert lab.violations("#jupyter-toolrunner-sidebar", themes=THEMES) == []


def test_values_of_any_of_the_last_runs_are_taken_and_the_difference_is_told(lab: Lab) -> None:
    first = lab.server.done("nasty", text="the first", count=8)
    lab.server.done("nasty", text="the second", count=int(BIG))
    lab.open_tool("nasty")
    lab.panel.get_by_role("button", name="Values of another run").click()
    entry = lab.page.get_by_role("menuitem", name=f"#{first['number']}")
    expect(entry).to_contain_text("text the first, count 8")
    entry.click()
    expect(lab.field("text")).to_have_value("the first")
    expect(_origin(lab)).to_contain_text(f"Values of run #{first['number']}")
    lab.panel.get_by_role("button", name="Use last run").click()
    expect(lab.field("count")).to_have_value(BIG)


def test_a_tool_that_never_ran_has_no_last_run_to_use(lab: Lab) -> None:
    lab.open_tool("never")
    button = lab.panel.get_by_role("button", name="Use last run")
    expect(button).to_be_disabled()
    lab.press_run()
    expect(button).to_be_enabled()


def _copied(lab: Lab, what: str) -> str:
    lab.panel.get_by_role("button", name="More ways to run").click()
    return lab.copy(lab.page.get_by_role("menuitem", name=what))


def test_a_link_opens_the_form_with_every_value_exactly(lab: Lab, open_lab: Callable[..., Lab]) -> None:
    lab.open_tool("survey").unfold()
    lab.field("title").fill(NASTY)
    lab.field("notes").fill("None")
    lab.field("options").fill(f'{{"a": {BIG}}}')
    lab.panel.get_by_role("button", name="Remove value 2").first.click()
    link = _copied(lab, "Copy a link to this form")
    assert link.startswith(f"{lab.server.url}lab?toolrunner-form=")
    other = open_lab(query="&" + link.partition("?")[2])
    expect(_origin(other)).to_contain_text("Values of a link")
    expect(other.field("title")).to_have_value(NASTY)
    other.press_run()
    other.expect_state("Succeeded")
    params = other.server.run(other.run_id)["params"]
    assert (params["title"], params["notes"], params["options"], params["names"]) == (
        NASTY,
        "None",
        {"a": int(BIG)},
        ["a", "c"],
    )
    assert "toolrunner-" not in other.page.url


def test_a_link_that_would_be_too_long_says_so_and_offers_a_preset(
    lab: Lab, open_lab: Callable[..., Lab]
) -> None:
    lab.open_tool("nasty")
    lab.field("text").fill("я" * 5000)
    lab.panel.get_by_role("button", name="More ways to run").click()
    lab.page.get_by_role("menuitem", name="Copy a link to this form").click()
    expect(lab.panel.locator(".trn-foot")).to_contain_text(re.compile(r"would have \d+ characters; 8000 are"))
    _menu(lab, "Save as a preset")
    lab.page.get_by_label("Name of the preset").fill("long")
    lab.panel.get_by_label("Share with the team").check()
    lab.panel.get_by_role("button", name="Save", exact=True).click()
    expect(_origin(lab)).to_contain_text("long")
    _menu(lab, "Change presets", "long")
    link = lab.copy(lab.page.get_by_role("menuitem", name="Copy a link to it"))
    other = open_lab(query="&" + link.partition("?")[2])
    expect(other.field("text")).to_have_value("я" * 5000)


def test_a_link_that_was_cut_off_says_so(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(query="&toolrunner-form=nasty&toolrunner-values=eyJ0ZXh0IjogIm")
    expect(lab.panel.locator(".trn-foot")).to_contain_text("it was cut off or changed")
    other = open_lab(query="&toolrunner-form=nothing.there")
    expect(other.panel.get_by_role("alert")).to_contain_text("There is no tool “nothing.there” here")


def test_what_is_copied_runs_with_the_same_values(lab: Lab, tmp_path: Path) -> None:
    lab.open_tool("survey").unfold()
    lab.field("title").fill(NASTY)
    lab.field("options").fill(f'{{"it\'s": {BIG}}}')
    lab.field("notes").fill("null")
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TOOLRUNNER_URL": lab.server.url,
        "TOOLRUNNER_API_KEY": TOKEN,
        "JUPYTER_TOKEN": TOKEN,
    }
    for how in ("Command line", "Python", "REST"):
        text = _copied(lab, how)
        before = lab.server.http.get("runs", params={"tool": "survey", "limit": 1}).json()["items"]
        command = [sys.executable, "-c", text] if how == "Python" else ["sh", "-c", text]
        done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, (how, done.stderr)
        run = lab.server.http.get("runs", params={"tool": "survey", "limit": 1}).json()["items"][0]
        assert run["id"] not in {one["id"] for one in before}, how
        assert (run["params"]["title"], run["params"]["options"], run["params"]["notes"]) == (
            NASTY,
            {"it's": int(BIG)},
            "null",
        ), (how, json.dumps(run["params"]))


def test_a_run_goes_before_others_when_asked_to(lab: Lab) -> None:
    lab.open_tool("nasty")
    lab.field("text").fill("first")
    lab.panel.get_by_role("button", name="More ways to run").click()
    lab.page.get_by_role("menuitem", name="Run before others").click()
    lab.expect_state("Succeeded")
    assert lab.server.run(lab.run_id)["priority"] == "high"


def test_a_preset_that_comes_with_a_tool_is_used_and_copied(lab: Lab) -> None:
    lab.open_tool("build_graph")
    lab.panel.get_by_role("button", name="Presets").click()
    item = lab.page.get_by_role("menuitem", name="Imports within this product").first
    expect(item).to_contain_text("comes with the tool")
    item.click()
    expect(_origin(lab)).to_contain_text("Preset “Imports within this product”")
    lab.panel.get_by_role("button", name="Presets").click()
    lab.page.get_by_role("menuitem", name="Change presets").click()
    lab.page.get_by_role("menuitem", name="With optional packages").last.click()
    expect(lab.page.get_by_text("It comes with the tool and stays as it is.")).to_be_visible()
    expect(lab.page.get_by_role("menuitem", name="Rename")).to_have_count(0)
    lab.page.get_by_role("menuitem", name="Save a copy").click()
    name = lab.panel.get_by_label("Name of the preset")
    expect(name).to_have_value("With optional packages and what is missing")
    name.fill("My copy")
    with lab.answered("POST", "/presets") as answer:
        lab.panel.get_by_role("button", name="Save", exact=True).click()
    saved = answer.value.json()
    assert (saved["mine"], saved["with_tool"], saved["params"]["optional"]) == (True, False, True)
    lab.server.http.delete(f"presets/{saved['id']}").raise_for_status()
