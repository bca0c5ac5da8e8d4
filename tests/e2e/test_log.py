"""The log of a run: short and long, alive and hostile."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from e2e.lab import Lab
from playwright.sync_api import Locator, expect
from serving import Server

LINES = 1_000_000


@pytest.fixture(scope="module")
def long(server: Server) -> str:
    """Id of a run with a million lines."""
    return str(server.done("long_log", lines=LINES)["id"])


def lines(lab: Lab) -> Locator:
    return lab.run_page.get_by_role("region", name="Lines of the log")


def find(lab: Lab, text: str) -> None:
    lab.run_page.get_by_role("searchbox", name="Find in log").fill(text)


def test_a_million_lines_open_at_their_end_and_are_scrolled_to_any_of_them(lab: Lab, long: str) -> None:
    lab.open_run(long)
    expect(lab.run_page.locator(".trn-log-facts")).to_contain_text("1,000,000 lines")
    expect(lines(lab)).to_contain_text("step 1000000:")
    lines(lab).evaluate("box => box.scrollTop = 0")
    expect(lines(lab)).to_contain_text("step 1:")
    lines(lab).evaluate("box => box.scrollTop = box.scrollHeight / 2")
    expect(lines(lab)).to_contain_text(re.compile(r"step (49|50)\d{4}:"))
    # Whatever was looked at, the page holds a screen of lines.
    assert lab.run_page.locator(".trn-log-line").count() < 200
    lab.run_page.get_by_role("button", name="To the end").click()
    expect(lines(lab)).to_contain_text("step 1000000:")


def test_the_search_finds_what_was_never_loaded(lab: Lab, long: str) -> None:
    lab.open_run(long)
    find(lab, "step 123456:")
    expect(lab.run_page.locator(".trn-log-line[data-current] .trn-log-text")).to_contain_text("step 123456:")
    expect(lab.run_page.locator(".trn-log-count")).to_have_text("1 of 1", timeout=30_000)
    find(lab, "99999: LOSS")
    expect(lab.run_page.locator(".trn-log-count")).to_have_text("1 of 10", timeout=30_000)
    lab.run_page.get_by_role("button", name="Next match").click()
    expect(lab.run_page.locator(".trn-log-line[data-current] .trn-log-text")).to_contain_text("step 199999:")
    lab.run_page.get_by_role("button", name="Previous match").click()
    lab.run_page.get_by_role("button", name="Previous match").click()
    expect(lab.run_page.locator(".trn-log-line[data-current] .trn-log-text")).to_contain_text("step 999999:")
    find(lab, "nobody wrote this")
    expect(lab.run_page.locator(".trn-log-count")).to_have_text("not found", timeout=30_000)


def test_a_line_has_a_link_that_leads_to_it(lab: Lab, long: str, open_lab: Callable[..., Lab]) -> None:
    lab.open_run(long)
    find(lab, "step 654321:")
    line = lab.run_page.locator(".trn-log-line[data-current]")
    expect(line).to_contain_text("step 654321:")
    link = lab.copy(line.locator(".trn-log-number"))
    assert link.endswith(f"?toolrunner-run={long}#L654321")
    other = open_lab(query=f"&toolrunner-run={long}#L654321")
    current = other.run_page.locator(".trn-log-line[data-current]")
    expect(current).to_contain_text("step 654321:", timeout=20_000)
    assert "#L" not in other.page.url


def test_wrapped_lines_of_a_long_log_are_where_they_belong(lab: Lab, long: str) -> None:
    lab.open_run(long)
    lab.run_page.get_by_role("button", name="Wrap long lines").click()
    find(lab, "step 400000:")
    expect(lab.run_page.locator(".trn-log-line[data-current] .trn-log-text")).to_contain_text("step 400000:")


def test_a_growing_log_stays_at_its_end_until_one_scrolls_and_then_counts(lab: Lab) -> None:
    lab.run("talker", lines="1000", pause="0.02")
    lab.tab("Log")
    # By then there is something to scroll.
    expect(lines(lab)).to_contain_text(re.compile(r"line \d{3,} of"), timeout=20_000)
    lines(lab).hover()
    lab.page.mouse.wheel(0, -300)
    more = lab.run_page.locator(".trn-log-more")
    expect(more).to_contain_text(re.compile(r"\d+ new lines"))
    top = lines(lab).evaluate("box => box.scrollTop")
    expect(more).to_contain_text(re.compile(r"\d{2,} new lines"))
    assert lines(lab).evaluate("box => box.scrollTop") == top
    more.get_by_role("button").click()
    lab.expect_state("Succeeded", seconds=60)
    expect(lines(lab)).to_contain_text("line 1000 of 1000")


def test_what_a_tool_wrote_stays_text(lab: Lab) -> None:
    asked: list[str] = []
    lab.page.on("request", lambda request: asked.append(request.url))
    lab.run("hostile_log")
    lab.expect_state("Succeeded")
    lab.tab("Log")
    text = lab.run_page.locator(".trn-log-text")
    expect(text.nth(0)).to_have_text("red and green <script>window.broken = true</script>")
    expect(text.nth(0).locator(".trn-ansi-red")).to_have_text("red")
    expect(text.nth(1)).to_have_text("ready")
    expect(text.nth(2).get_by_role("link")).to_have_attribute("href", "https://example.org/page?x=1")
    expect(text.nth(2).get_by_role("link")).to_have_count(1)
    expect(text.nth(3)).to_have_text("<img src=x onerror='window.broken = true'> gnp.exe click")
    expect(text.nth(3).get_by_role("link")).to_have_count(0)
    assert lab.page.evaluate("window.broken") is None
    assert not [url for url in asked if "example.org" in url]
