"""The history: found again, narrowed, kept as a view, and changed many at once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from e2e.lab import THEMES, Lab
from playwright.sync_api import Locator, expect
from serving import Server

PAGE = "#toolrunner-history"


@pytest.fixture
def word() -> str:
    """A text that no other run of these tests has."""
    return f"word{uuid.uuid4().hex[:8]}"


@pytest.fixture
def some(server: Server, word: str) -> list[dict[str, Any]]:
    """Three runs with that text, which differ in a number."""
    return [server.done("toolbox.nasty", text=word, count=count) for count in (3, 4, 5)]


@pytest.fixture
def waiting(server: Server, word: str) -> Iterator[list[dict[str, Any]]]:
    """More runs than workers, which end with the test."""
    runs = [server.submit("toolbox.slow", seconds=600) for _ in range(5)]
    yield runs
    ids = [run["id"] for run in runs]
    server.http.post("runs/bulk", json={"ids": ids, "action": "cancel"}).raise_for_status()


def _open(lab: Lab, view: str = "") -> Locator:
    lab.command("toolrunner:open-history", view=view)
    page = lab.page.locator(PAGE)
    expect(page.locator(".trn-history-row[data-run]").first).to_be_visible()
    return page


def _rows(page: Locator) -> Locator:
    return page.locator(".trn-history-row[data-run]")


def _select(page: Locator, runs: list[dict[str, Any]]) -> Locator:
    for run in runs:
        page.get_by_role("checkbox", name=f"Select #{run['number']}", exact=True).click()
    bar = page.get_by_role("toolbar", name="Selected runs")
    expect(bar).to_contain_text(f"{len(runs)} selected")
    return bar


def test_a_value_of_a_param_finds_the_run_and_its_link_shows_the_same_elsewhere(
    open_lab: Callable[..., Lab], some: list[dict[str, Any]], word: str
) -> None:
    lab = open_lab()
    page = _open(lab)
    for name, comparison, value in (("text", "is", word), ("count", "is at least", "5")):
        page.get_by_role("button", name="Add a filter").click()
        page.get_by_role("button", name="A parameter’s value").click()
        page.get_by_label("Parameter", exact=True).fill(name)
        page.get_by_label("Comparison").select_option(label=comparison)
        page.get_by_label("Value", exact=True).fill(value)
        page.get_by_role("button", name="Add", exact=True).click()
    expect(_rows(page)).to_have_count(1)
    expect(_rows(page)).to_contain_text(f"#{some[2]['number']}")
    page.get_by_role("button", name="Saved views").click()
    link = urlsplit(lab.copy(page.get_by_role("button", name="Copy a link to this view")))
    view = parse_qs(link.query)["toolrunner-history"][0]
    assert parse_qs(view)["param"] == [f"text={word},count>=5"]

    other = open_lab(query=f"&{link.query}").page.locator(PAGE)
    expect(_rows(other)).to_have_count(1)
    expect(_rows(other)).to_contain_text(f"#{some[2]['number']}")
    other.get_by_role("button", name="Remove the filter count ≥ 5").click()
    expect(_rows(other)).to_have_count(3)


def test_tool_and_status_narrow_and_are_cleared(lab: Lab, server: Server, word: str) -> None:
    failed = server.wait(server.submit("toolbox.failing")["id"])
    page = _open(lab)
    page.get_by_role("button", name="Add a filter").click()
    page.get_by_role("dialog").get_by_role("button", name="Status", exact=True).click()
    page.get_by_role("dialog").get_by_label("Failed").check()
    page.locator(".trn-filters .trn-popover input").first.press("Escape")
    page.get_by_role("button", name="Add a filter").click()
    page.get_by_role("dialog").get_by_role("button", name="Tool", exact=True).click()
    page.get_by_role("dialog").get_by_label("Tool").fill("failing")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".trn-filter-chip")).to_have_text(["Tool: failing", "Failed"])
    expect(_rows(page).filter(has_text=f"#{failed['number']}")).to_contain_text("Failed")
    expect(_rows(page).filter(has_not_text="failing")).to_have_count(0)
    page.get_by_role("searchbox", name="Search the history").fill(word)
    expect(page.get_by_text("No run matches these 3 filters.")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator(".trn-filter-chip")).to_have_count(0)
    expect(_rows(page).first).to_be_visible()


def test_many_runs_are_tagged_at_once_and_that_is_undone(
    lab: Lab, server: Server, some: list[dict[str, Any]], word: str
) -> None:
    page = _open(lab, f"param=text%3D{word}")
    bar = _select(page, some[:2])
    bar.get_by_role("button", name="Tag the selected runs").click()
    bar.get_by_label("Tag", exact=True).fill("best")
    bar.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".trn-report")).to_contain_text("2 runs tagged.")
    expect(page.locator(".trn-tag-chip", has_text="best")).to_have_count(2)
    assert [server.run(run["id"])["tags"] for run in some] == [["best"], ["best"], []]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".trn-tag-chip", has_text="best")).to_have_count(0)
    assert [server.run(run["id"])["tags"] for run in some] == [[], [], []]


def test_many_runs_are_canceled_and_retried_at_once(
    lab: Lab, server: Server, waiting: list[dict[str, Any]]
) -> None:
    page = _open(lab, "tool=toolbox.slow")
    last = waiting[-2:]
    bar = _select(page, last)
    bar.get_by_role("button", name="Cancel").click()
    expect(page.locator(".trn-report")).to_contain_text("2 runs canceled.")
    for run in last:
        expect(page.locator(f"[data-run='{run['id']}']")).to_contain_text("Canceled")
    bar.get_by_role("button", name="Retry").click()
    expect(page.locator(".trn-report")).to_contain_text("2 runs wait for one more attempt.")
    for run in last:
        expect(page.locator(f"[data-run='{run['id']}']")).to_contain_text("Queued")
        assert server.run(run["id"])["status"] == "queued"


def test_a_saved_view_is_there_in_another_browser(
    open_lab: Callable[..., Lab], some: list[dict[str, Any]], word: str
) -> None:
    lab = open_lab()
    page = _open(lab, f"param=text%3D{word}")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_label("Save this view as").fill(word)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name=word, exact=True)).to_be_visible()
    second = _open(open_lab())
    second.get_by_role("button", name="Saved views").click()
    second.get_by_role("button", name=word, exact=True).click()
    expect(_rows(second)).to_have_count(len(some))
    second.get_by_role("button", name="Saved views").click()
    second.get_by_role("button", name=f"Delete {word}").click()
    expect(second.get_by_role("button", name=word, exact=True)).to_have_count(0)


def test_a_drag_over_the_timeline_narrows_the_time(
    lab: Lab, server: Server, some: list[dict[str, Any]], word: str
) -> None:
    server.done("toolbox.slow", seconds=1.2)
    last = server.done("toolbox.nasty", text=word, count=6)
    page = _open(lab, f"param=text%3D{word}")
    expect(_rows(page)).to_have_count(len(some) + 1)
    plot = page.get_by_role("img", name=re.compile("^Runs by time and duration"))
    # Runs of about the same time share a point; the last is apart.
    expect(plot.locator(".trn-point").nth(1)).to_be_visible()
    box = plot.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    places = sorted(
        point.evaluate("one => one.getBoundingClientRect().left + one.getBoundingClientRect().width / 2")
        for point in plot.locator(".trn-point").all()
    )
    lab.page.mouse.move((places[-2] + places[-1]) / 2, middle)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] - 2, middle, steps=4)
    lab.page.mouse.up()
    expect(page.locator(".trn-filter-chip")).to_have_count(2)
    expect(_rows(page)).to_have_count(1)
    expect(_rows(page)).to_contain_text(f"#{last['number']}")


def test_a_run_and_what_was_made_from_it_are_one_row_that_opens(
    lab: Lab, server: Server, some: list[dict[str, Any]], word: str
) -> None:
    lab.open_run(some[0]["id"])
    for _ in range(2):
        before = lab.run_id
        lab.run_page.get_by_role("button", name="Run again", exact=True).click()
        expect(lab.run_page).not_to_have_id(f"toolrunner-run-{before}")
        lab.expect_state("Succeeded")
    newest = server.run(lab.run_id)
    page = _open(lab, f"param=text%3D{word}")
    page.get_by_label("Grouping").select_option(label="By chain of runs")
    chain = page.locator(".trn-group-row")
    expect(chain).to_have_count(1)
    expect(chain).to_contain_text(f"nasty since #{some[0]['number']}")
    expect(chain).to_contain_text("3 runs")
    expect(chain.get_by_role("button", name=f"#{newest['number']}")).to_be_visible()
    # What nothing was made from is a run as elsewhere.
    expect(_rows(page)).to_have_count(2)
    chain.get_by_role("button", name=f"nasty since #{some[0]['number']}").click()
    expect(_rows(page)).to_have_count(5)

    # One more joins while somebody looks.
    body = {"tool": "toolbox.nasty", "params": {"text": word, "count": 9}, "origin": newest["id"]}
    made = server.http.post("runs", json=body).json()
    expect(_rows(page)).to_have_count(6)
    expect(chain).to_contain_text("4 runs")
    expect(_rows(page).filter(has_text=f"#{made['number']}")).to_be_visible()

    with lab.layout_saved("group=chain"):
        chain.get_by_role("button", name=f"nasty since #{some[0]['number']}").click()
    lab.reload()
    expect(page.locator(".trn-group-row")).to_contain_text("4 runs")
    page.get_by_role("button", name="Show only these").click()
    expect(_rows(page)).to_have_count(4)
    chip = page.locator(".trn-filter-chip", has_text=f"#{some[0]['number']} and what was made from it")
    expect(chip).to_be_visible()

    lab.open_run(made["id"]).get_by_role("button", name="all of the chain").click()
    expect(page.locator(".trn-filter-chip")).to_have_count(1)
    expect(_rows(page)).to_have_count(4)


def test_runs_are_grouped_by_what_they_have_in_common(
    lab: Lab, some: list[dict[str, Any]], word: str
) -> None:
    for by in ("By tool", "By day", "By user", "By status"):
        page = _open(lab, f"param=text%3D{word}")
        page.get_by_label("Grouping").select_option(label=by)
        expect(page.locator(".trn-group-row")).to_have_count(1)
        expect(page.locator(".trn-group-row")).to_contain_text("3 runs")
        page.locator(".trn-group-toggle").click()
        expect(_rows(page)).to_have_count(3)
        page.get_by_role("button", name="Show only these").click()
        expect(page.locator(".trn-group-row")).to_have_count(0)
        expect(_rows(page)).to_have_count(3)


def test_figures_of_other_runs_are_not_shown_as_those_of_the_filter(
    lab: Lab, some: list[dict[str, Any]], word: str
) -> None:
    page = _open(lab, f"param=text%3D{word}")
    expect(page.locator(".trn-figures")).to_contain_text("3 succeeded")
    lab.wire.cut()
    page.get_by_role("button", name=re.compile("^Remove the filter")).click()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator(".trn-figures")).to_have_count(0)
    lab.wire.mend()
    page.get_by_role("button", name="Try again").or_(page.locator(".trn-figures")).first.click()
    expect(page.locator(".trn-figures")).to_be_visible()


def test_dots_of_the_chart_stand_out_from_the_page(lab: Lab, some: list[dict[str, Any]]) -> None:
    page = _open(lab)
    dot = page.locator(".trn-point[data-status=succeeded] circle").first
    expect(dot).to_be_attached()
    for theme in THEMES:
        lab.theme(theme)
        assert _contrast(dot) >= 3, theme


def _contrast(dot: Locator) -> float:
    """Of a dot with what it lies on."""
    return float(
        dot.evaluate(
            """dot => {
          const painter = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const luminance = (...layers) => {
            for (const [color, opacity] of layers) {
              painter.globalAlpha = opacity;
              painter.fillStyle = color;
              painter.fillRect(0, 0, 1, 1);
            }
            const [r, g, b] = [...painter.getImageData(0, 0, 1, 1).data].map(v => {
              const part = v / 255;
              return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = [getComputedStyle(dot.closest('.trn-root')).backgroundColor, 1];
          const { fill, fillOpacity } = getComputedStyle(dot);
          const [dark, light] = [luminance(ground), luminance(ground, [fill, Number(fillOpacity)])].sort((a, b) => a - b);
          return (light + 0.05) / (dark + 0.05);
        }"""
        )
    )


def test_axe_finds_nothing_in_the_history(lab: Lab, some: list[dict[str, Any]], word: str) -> None:
    page = _open(lab, f"param=text%3D{word}")
    assert lab.violations(PAGE, themes=THEMES) == []
    bar = _select(page, some)
    bar.get_by_role("button", name="Tag the selected runs").click()
    assert lab.violations(PAGE, themes=THEMES) == []
