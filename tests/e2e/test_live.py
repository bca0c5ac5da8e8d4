"""Runs as they go on, in every browser that is open."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from e2e.lab import Lab
from playwright.sync_api import expect

LINES = 240


def _log_of(lab: Lab) -> list[str]:
    """The log as one would copy it."""
    return lab.copy(lab.run_page.get_by_role("button", name="Copy the log")).splitlines()


def test_two_browsers_see_one_run_and_one_that_was_offline_misses_no_line(
    open_lab: Callable[..., Lab],
) -> None:
    first, second = open_lab(), open_lab()
    first.run("talker", lines=str(LINES), pause="0.06")
    second.open_run(first.run_id)
    for lab in (first, second):
        expect(lab.run_page.locator(".trn-log-text", has_text=re.compile("^line 5 of")).first).to_be_visible(
            timeout=20_000
        )
    second.wire.cut()
    connection = second.page.locator(".trn-status-item[data-state]")
    expect(connection).to_have_text("Reconnecting", timeout=6_000)
    second.page.wait_for_timeout(7_000)  # The outage itself: ten seconds in all.
    second.wire.mend()
    expect(connection).to_have_text("Events live", timeout=10_000)
    second.dismiss()
    expected = [f"line {number} of {LINES}: привет" for number in range(1, LINES + 1)]
    for lab in (first, second):
        lab.expect_state("Succeeded", 60)
        expect(lab.run_page.locator(".trn-log-facts")).to_have_text(f"{LINES} lines")
        assert _log_of(lab) == expected


def test_the_history_and_the_status_bar_of_another_browser_follow(open_lab: Callable[..., Lab]) -> None:
    first, second = open_lab(), open_lab()
    second.command("toolrunner:open-history")
    first.run("slow", seconds="3")
    number = first.run_page.locator(".trn-number").inner_text()
    row = second.page.locator(".trn-history-row[data-run]", has_text=number)
    expect(row).to_contain_text("Running")
    expect(second.page.locator("#jp-main-statusbar")).to_contain_text("1 running")
    expect(row).to_contain_text("Succeeded", timeout=20_000)
    expect(second.page.locator("#jp-main-statusbar")).not_to_contain_text("running")


def test_progress_shows_percent_and_what_is_left(lab: Lab) -> None:
    lab.run("slow", seconds="4")
    bar = lab.run_page.get_by_role("progressbar")
    expect(bar).to_be_visible(timeout=10_000)
    expect(lab.run_page.locator(".trn-progress")).to_contain_text(
        re.compile(r"[4-9]\d%.*of 40.*step.*left"), timeout=10_000
    )
    lab.expect_state("Succeeded in")


def test_cancel_ends_the_run_at_once(lab: Lab) -> None:
    lab.run("slow", seconds="60")
    lab.expect_state("Running")
    lab.run_page.get_by_role("button", name="Cancel").click()
    lab.expect_state("Canceled after", 4)
    lab.run_page.get_by_role("button", name="Retry").click()
    lab.expect_state("Running")
    lab.run_page.get_by_role("button", name="Cancel").click()
    lab.expect_state("Canceled after", 4)
    expect(lab.run_page.get_by_role("tab", name=re.compile("Attempts 2"))).to_be_visible()


def test_the_log_stays_where_one_reads_and_counts_what_is_new(lab: Lab) -> None:
    lab.run("talker", lines="150", pause="0.03")
    expect(lab.run_page.locator(".trn-log-text", has_text=re.compile("^line 60 of")).first).to_be_visible(
        timeout=20_000
    )
    lab.run_page.locator(".trn-log-lines").hover()
    lab.page.mouse.wheel(0, -400)
    more = lab.run_page.get_by_role("button", name=re.compile(r"\d+ new lines"))
    expect(more).to_be_visible()
    lab.expect_state("Succeeded", 20)
    more.click()
    expect(lab.run_page.locator(".trn-log-text", has_text="line 150 of 150")).to_be_visible()


def test_a_long_log_stays_smooth_and_bounded(lab: Lab) -> None:
    lab.run("talker", lines="200000", pause="0")
    lab.expect_state("Succeeded")
    expect(lab.run_page.locator(".trn-log-facts")).to_contain_text("200,000 lines", timeout=30_000)
    expect(lab.run_page.locator(".trn-log-text", has_text="line 200000 of 200000")).to_be_visible()
    assert lab.run_page.locator(".trn-log-line").count() < 200
    lab.run_page.get_by_role("searchbox", name="Find in log").fill("line 123456 ")
    expect(lab.run_page.locator(".trn-log-line[data-current]")).to_contain_text("line 123456 of")


def test_a_changed_tool_shows_in_the_open_panel_within_two_seconds(lab: Lab, toolbox: Path) -> None:
    lab.show_panel()
    # The list has more tools than there is room for.
    lab.search.fill("added_later")
    added = toolbox / "added_later.py"
    script = "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--{}')\nparser.parse_args()"
    try:
        added.write_text(script.format("first"), "utf-8")
        row = lab.panel.locator(".trn-tool", has_text="added_later")
        expect(row).to_be_visible(timeout=2_000)
        row.click()
        expect(lab.field("first")).to_be_visible()
        added.write_text(script.format("second"), "utf-8")
        expect(lab.field("second")).to_be_visible(timeout=2_000)
        added.write_text("import nothing_like_this\n" + script.format("second"), "utf-8")
        lab.show_panel()
        expect(lab.panel.locator(".trn-broken", has_text="added_later")).to_be_visible(timeout=2_000)
    finally:
        added.unlink()
    expect(lab.panel.locator(".trn-tool", has_text="added_later")).to_have_count(0, timeout=2_000)


def test_a_changed_file_shows_in_two_windows_within_two_seconds(
    open_lab: Callable[..., Lab], toolbox: Path
) -> None:
    windows = [open_lab().show_panel(), open_lab().show_panel()]
    for lab in windows:
        # In a long list the end is not drawn.
        lab.search.fill("seen_by_both")
    script = toolbox / "seen_by_both.py"
    script_text = '"""Say hello."""\nimport argparse\nargparse.ArgumentParser().parse_args()\n'
    try:
        script.write_text(script_text, "utf-8")
        for lab in windows:
            expect(lab.panel.locator(".trn-tool", has_text="seen_by_both")).to_be_visible(timeout=2_000)
    finally:
        script.unlink()
    for lab in windows:
        expect(lab.panel.locator(".trn-tool", has_text="seen_by_both")).to_have_count(0, timeout=2_000)
