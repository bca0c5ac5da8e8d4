"""Forms: what is typed arrives, what is wrong is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from e2e.lab import THEMES, Lab
from playwright.sync_api import Route, expect
from serving import Server

NASTY = {
    "quotes": 'it\'s "quoted" `and` ´so´',
    "newlines": "one\ntwo\n\n  three\n",
    "option": "-x",
    "long option": "--help",
    "dashes": "--",
    "spaces": "  both sides  ",
    "none": "None",
    "true": "True",
    "null": "null",
    "nan": "nan",
    "number": "007",
    "json": '{"a": [1, null]}',
    "emoji": "🎈👩‍👩‍👧‍👦 🏳️‍🌈",
    "bidi": "abc \u202eשלום\u202c مرحبا",
    "combining": "e\u0301 ﬁ ẛ̣",
    "backslash": "C:\\new\\table\\",
    "format": "%s {0} ${HOME} %1 $(id)",
    "markup": "<img src=x onerror=alert(1)>&amp;",
    "code": "__import__('os').system('x')",
    "tab": "a\tb",
    "long": "я" * 20_000,
}


def _result(lab: Lab) -> Any:
    run = lab.server.wait(lab.run_id)
    assert run["status"] == "succeeded", run["error"]
    return lab.server.result(run)


def test_every_nasty_text_arrives_exactly(lab: Lab) -> None:
    lab.open_tool("nasty")
    wrong = {}
    for name, text in NASTY.items():
        lab.field("text").fill(text)
        before = lab.run_id if lab.run_page.count() else ""
        lab.press_run()
        expect(lab.run_page).not_to_have_id(f"toolrunner-run-{before}")
        got = _result(lab)
        if got["text"] != text or got["length"] != len(text):
            wrong[name] = got["text"][:100]
    assert not wrong


def test_a_pasted_text_keeps_its_lines(lab: Lab) -> None:
    lab.open_tool("nasty")
    lab.page.evaluate("navigator.clipboard.writeText('first\\n\\tsecond ')")
    lab.field("text").focus()
    lab.page.keyboard.press("Control+V")
    lab.press_run()
    lab.expect_state("Succeeded")
    assert _result(lab)["text"] == "first\n\tsecond "


def test_empty_text_none_and_unset_are_three_things(lab: Lab) -> None:
    lab.open_tool("nasty")
    lab.press_run()
    expect(lab.panel.locator(".trn-error").first).to_contain_text("A value is needed here.")
    lab.field("text").fill("x")
    lab.field("text").fill("")
    lab.field("note").fill("y")
    lab.field("note").fill("")
    lab.press_run()
    lab.expect_state("Succeeded")
    assert lab.server.run(lab.run_id)["params"]["text"] == ""
    assert _result(lab)["note"] == ""
    first = lab.run_id
    lab.panel.get_by_role("button", name="Set note to none").click()
    lab.press_run()
    expect(lab.run_page).not_to_have_id(f"toolrunner-run-{first}")
    assert _result(lab)["note"] is None


def test_numbers_arrive_with_all_their_digits(lab: Lab) -> None:
    lab.open_tool("nasty")
    lab.field("text").fill("n")
    lab.field("count").fill("123456789012345678901234567890")
    lab.field("share").fill("1e-08")
    lab.press_run()
    lab.expect_state("Succeeded")
    got = _result(lab)
    assert (got["count"], got["share"]) == (123456789012345678901234567890, 1e-08)


def test_run_moves_to_the_first_field_that_is_wrong_and_names_it(lab: Lab) -> None:
    lab.open_tool("nasty")
    lab.field("count").fill("many")
    expect(lab.panel.locator(".trn-error")).to_have_count(0)  # Nothing is said while one is writing.
    lab.field("count").blur()
    expect(lab.panel.locator(".trn-error").first).to_contain_text("“many” is not a whole number.")
    lab.press_run()
    expect(lab.field("text")).to_be_focused()
    expect(lab.panel.locator(".trn-foot")).to_contain_text("2 fields need a change")
    lab.field("text").fill("x")
    lab.press_run()
    expect(lab.field("count")).to_be_focused()
    expect(lab.field("count")).to_have_value("many")
    described = lab.field("count").get_attribute("aria-describedby") or ""
    assert any(
        "not a whole number" in lab.page.locator(f"[id='{one}']").inner_text() for one in described.split()
    )
    assert lab.run_page.count() == 0


def test_what_only_the_server_refuses_is_said_at_its_field(lab: Lab) -> None:
    lab.open_tool("choices")
    lab.panel.get_by_role("radio", name="add").check(force=True)
    lab.field("title").fill("a")
    refusal = {"code": "invalid_params", "message": "NUL cannot be carried.", "field": "title", "hint": None}

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=400, content_type="application/json", body=json.dumps({"error": refusal}))
        else:
            route.continue_()

    lab.page.route(re.compile(r"/toolrunner/api/runs(\?|$)"), refuse)
    lab.press_run()
    expect(lab.panel.locator(".trn-error", has_text="NUL cannot be carried.").first).to_be_visible()
    expect(lab.field("title")).to_be_focused()


def test_commands_and_exclusive_options_are_choices(lab: Lab) -> None:
    lab.open_tool("choices")
    expect(lab.field("title")).to_have_count(0)
    lab.panel.get_by_role("radio", name="add").check(force=True)
    lab.field("title").fill("an entry")
    lab.panel.get_by_role("radio", name="remove").check(force=True)
    expect(lab.field("title")).to_have_count(0)
    lab.field("number").fill("3")
    lab.panel.get_by_role("radio", name="archive").check()
    lab.panel.get_by_role("textbox", name="archive").fill("old")
    lab.panel.get_by_role("radio", name=re.compile("^purge")).check()
    lab.press_run()
    lab.expect_state("Succeeded")
    params = lab.server.run(lab.run_id)["params"]
    assert {name: params.get(name) for name in ("command", "number", "purge")} == {
        "command": "remove",
        "number": 3,
        "purge": True,
    }
    assert "title" not in params
    assert params.get("archive") is None


def test_every_kind_of_field_arrives(lab: Lab) -> None:
    lab.open_tool("every_kind")
    lab.field("name").fill("a name")
    lab.field("day").fill("2026-02-28")
    lab.field("mood").select_option(label="good")
    lab.field("loud").check()
    lab.panel.get_by_role("button", name="Remove value 2").click()
    lab.panel.get_by_role("button", name="Add a value").click()
    lab.panel.locator(".trn-list textarea").last.fill("-c")
    lab.field("size").fill("12")
    lab.press_run()
    lab.expect_state("Succeeded")
    got = _result(lab)
    assert (got["name"], got["day"], got["mood"], got["names"], got["loud"], got["size"]) == (
        "a name", "2026-02-28", "good", ["a", "-c"], True, 12,
    )  # fmt: skip


def test_changed_fields_are_marked_and_one_click_resets_one(lab: Lab) -> None:
    lab.open_tool("nasty")
    lab.field("count").fill("9")
    expect(lab.panel.locator(".trn-field[data-changed]")).to_have_count(1)
    lab.panel.get_by_role("button", name="Back to the default of count: 3").click()
    expect(lab.field("count")).to_have_value("3")
    expect(lab.panel.locator(".trn-field[data-changed]")).to_have_count(0)


def test_unsent_values_survive_a_reload(lab: Lab) -> None:
    lab.open_tool("nasty")
    with lab.layout_saved(r"not sent\nyet"):
        lab.field("text").fill("not sent\nyet")
    lab.reload()
    expect(lab.field("text")).to_have_value("not sent\nyet")


def test_values_are_kept_while_the_server_is_away(lab: Lab) -> None:
    lab.open_tool("nasty")
    lab.field("text").fill("sent later")
    lab.wire.cut()
    connection = lab.page.locator(".trn-status-item[data-state]")
    expect(connection).to_have_text("Reconnecting", timeout=10_000)
    lab.press_run()
    foot = lab.panel.locator(".trn-foot")
    expect(foot).to_contain_text("No connection. Your values are kept.")
    lab.wire.mend()
    expect(connection).to_have_text("Events live", timeout=20_000)
    expect(foot).not_to_contain_text("No connection")
    lab.dismiss()
    lab.press_run()
    lab.expect_state("Succeeded")
    assert _result(lab)["text"] == "sent later"


def test_the_last_run_fills_the_form(lab: Lab) -> None:
    lab.run("nasty", text="the last", count="8")
    lab.expect_state("Succeeded")
    lab.panel.get_by_role("button", name="Defaults").click()
    expect(lab.field("text")).to_have_value("")
    lab.panel.get_by_role("button", name="Use last run").click()
    expect(lab.field("text")).to_have_value("the last")
    expect(lab.field("count")).to_have_value("8")
    expect(lab.panel.locator(".trn-origin")).to_contain_text("Values of run")


def test_keys_alone_find_a_tool_fill_it_and_run_it(lab: Lab) -> None:
    lab.command("toolrunner:open-panel")
    expect(lab.search).to_be_focused()
    lab.page.keyboard.type("nasty")
    lab.page.keyboard.press("Enter")
    expect(lab.panel.locator(".trn-form-title")).to_be_focused()
    expect(lab.field("text")).to_be_visible()
    for _ in range(12):
        lab.page.keyboard.press("Tab")
        if lab.field("text").evaluate("field => field === document.activeElement"):
            break
    expect(lab.field("text")).to_be_focused()
    lab.page.keyboard.type("by keys")
    lab.page.keyboard.press("Control+Enter")
    lab.expect_state("Succeeded")
    assert _result(lab)["text"] == "by keys"
    expect(lab.field("text")).to_be_focused()
    # On a Mac it is another key.
    first = lab.run_id
    lab.page.keyboard.type(" alone")
    lab.page.keyboard.press("Meta+Enter")
    expect(lab.run_page).not_to_have_id(f"toolrunner-run-{first}")
    assert _result(lab)["text"] == "by keys alone"


def test_a_cleared_number_says_which_default_runs(lab: Lab) -> None:
    lab.open_tool("nasty")
    lab.field("count").fill("9")
    lab.field("count").fill("")
    expect(lab.field("count")).to_have_attribute("placeholder", "default 3")
    lab.field("text").fill("x")
    lab.press_run()
    lab.expect_state("Succeeded")
    assert _result(lab)["count"] == 3


def test_a_value_that_is_added_has_the_focus_and_moves_by_keys(lab: Lab) -> None:
    lab.open_tool("survey")
    names = lab.panel.get_by_role("group", name="names")
    names.get_by_role("button", name="Add a value").click()
    values = names.locator(".trn-list-value textarea")
    expect(values.nth(3)).to_be_focused()
    lab.page.keyboard.type("new")
    lab.page.keyboard.press("Alt+ArrowUp")
    expect(values.nth(2)).to_have_value("new")
    expect(values.nth(2)).to_be_focused()
    lab.page.keyboard.press("Alt+ArrowUp")
    lab.page.keyboard.press("Alt+ArrowUp")
    lab.page.keyboard.press("Alt+ArrowUp")
    expect(values.nth(0)).to_be_focused()
    lab.field("title").fill("x")
    lab.press_run()
    lab.expect_state("Succeeded")
    assert _result(lab)["names"] == ["new", "a", "b", "c"]


def test_free_values_are_json_that_is_checked_and_kept_while_it_is_none(lab: Lab) -> None:
    lab.open_tool("survey").unfold()
    lab.field("title").fill("x")
    options = lab.field("options")
    options.fill('{"a": 1')
    options.blur()
    expect(lab.panel.locator(".trn-error").first).to_contain_text("This is not JSON yet.")
    lab.press_run()
    expect(options).to_be_focused()
    expect(options).to_have_value('{"a": 1')
    options.fill('{"a": "text"}')
    lab.press_run()
    said = lab.panel.locator(".trn-form .trn-error", has_text="a: “text” is not a whole number")
    expect(said.first).to_be_visible()
    options.fill('{"a": 123456789012345678901234567890}')
    lab.press_run()
    lab.expect_state("Succeeded")
    assert _result(lab)["options"] == {"a": 123456789012345678901234567890}


def test_a_bounded_number_has_a_slider_and_both_are_one_value(lab: Lab) -> None:
    lab.open_tool("survey")
    slider = lab.panel.get_by_role("slider", name="share, between 0 and 1")
    expect(slider).to_have_value("0.85")
    slider.press("ArrowRight")
    expect(lab.field("share")).to_have_value("0.86")
    lab.field("share").fill("0.2")
    expect(slider).to_have_value("0.2")


def test_a_time_says_in_which_zone_it_is_meant(lab: Lab) -> None:
    lab.open_tool("survey")
    at = lab.field("at")
    at.fill("2026-02-28T10:00:00")
    expect(lab.panel.get_by_text("In the time zone of the server.")).to_be_visible()
    at.fill("2026-02-28T10:00:00+02:00")
    expect(lab.panel.get_by_text("On your clock:")).to_be_visible()
    lab.field("title").fill("x")
    lab.press_run()
    lab.expect_state("Succeeded")
    assert _result(lab)["at"] == "2026-02-28 10:00:00+02:00"


def test_many_choices_are_searched_by_keys_alone(lab: Lab, toolbox: Path) -> None:
    names = [
        f"{kind} {size}"
        for kind in ("arc", "bay", "cove", "dune")
        for size in ("small", "middle", "large", "huge")
    ]
    (toolbox / "places.py").write_text(
        "from typing import Literal\nfrom jupyter_toolrunner import tool\n\n\n"
        f"@tool\ndef places(place: Literal{names!r} = 'bay large') -> str:\n"
        '    """Name a place."""\n    return place\n',
        "utf-8",
    )
    lab.server.eventually(lambda: lab.server.http.get("tools/places").status_code == 200)
    lab.open_tool("places")
    field = lab.field("place")
    expect(field).to_have_role("combobox")
    expect(field).to_have_text("bay large")
    field.press("ArrowDown")
    search = lab.page.get_by_role("combobox", name="Search these values")
    expect(search).to_be_focused()
    options = lab.page.get_by_role("listbox", name="place").get_by_role("option")
    expect(options).to_have_count(16)
    expect(options.and_(lab.page.locator("[aria-selected=true]"))).to_have_text("bay large")
    search.press_sequentially("huge")
    expect(options).to_have_text(["arc huge", "bay huge", "cove huge", "dune huge"])
    assert lab.violations(".trn-picker-popup") == []
    search.press("ArrowDown")
    search.press("ArrowDown")
    search.press("Enter")
    expect(field).to_be_focused()
    expect(field).to_have_text("cove huge")
    # A letter means a value; Escape leaves all as it was.
    field.press("d")
    expect(search).to_have_value("d")
    search.fill("nowhere")
    expect(lab.page.locator(".trn-picker-popup")).to_contain_text("No value has “nowhere” in it.")
    search.press("Escape")
    expect(field).to_be_focused()
    expect(field).to_have_text("cove huge")
    assert lab.violations("#jupyter-toolrunner-sidebar") == []
    run = lab.submit()
    assert lab.server.wait(run)["params"] == {"place": "cove huge"}


def test_the_form_says_how_long_a_run_will_take(lab: Lab, server: Server) -> None:
    for _ in range(6):
        server.done("slow", seconds=0.5)
    lab.open_tool("slow")
    said = lab.panel.locator(".trn-foot .trn-forecast")
    lab.field("seconds").fill("0.5")
    expect(said).to_have_text(re.compile(r"^about [\d.]+ s \([\d.]+–[\d.]+\)$"))
    assert lab.violations(".trn-form-pane", themes=THEMES) == []
    lab.field("seconds").fill("soon")
    expect(said).to_have_count(0)
