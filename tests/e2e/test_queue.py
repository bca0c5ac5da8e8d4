"""The queue: what waits, in its order, and who works on what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from e2e.lab import THEMES, Lab
from playwright.sync_api import Locator, expect
from serving import Server

PAGE = "#toolrunner-queue"


@pytest.fixture
def runs(server: Server) -> Iterator[list[dict[str, Any]]]:
    """Workers that all have something to do, and three runs that wait."""
    workers = [each for each in server.http.get("workers").json() if each["state"] != "stopped"]
    runs = [server.submit("toolbox.slow", seconds=600) for _ in workers]
    server.eventually(lambda: all(server.run(run["id"])["status"] == "running" for run in runs))
    runs += [server.submit("toolbox.slow", seconds=601 + place) for place in range(3)]
    yield runs
    ids = [run["id"] for run in runs]
    server.http.post("runs/bulk", json={"ids": ids, "action": "cancel"}).raise_for_status()
    for run in ids:
        server.wait(run)


def _open(lab: Lab) -> Locator:
    lab.command("toolrunner:open-queue")
    page = lab.page.locator(PAGE)
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    return page


def _numbers(*runs: dict[str, Any]) -> list[str]:
    return [f"#{run['number']}" for run in runs]


def test_what_waits_stands_in_its_order_and_a_priority_moves_it(
    lab: Lab, server: Server, runs: list[dict[str, Any]]
) -> None:
    page = _open(lab)
    first, second, third = runs[-3:]
    order = page.get_by_role("region", name="Waiting runs").locator(".trn-number-link")
    expect(order).to_have_text(_numbers(first, second, third))
    for run in runs[:-3]:
        expect(page.get_by_role("region", name="Workers")).to_contain_text(f"#{run['number']}")
    page.get_by_role("button", name=f"Priority of #{third['number']}: Default").click()
    page.get_by_role("menuitemradio", name="High").click()
    expect(order).to_have_text(_numbers(third, first, second))
    expect(page.locator(".trn-report")).to_contain_text("it is number 1 now")
    assert server.run(third["id"])["priority"] == "high"
    page.get_by_role("button", name="Undo").click()
    expect(order).to_have_text(_numbers(first, second, third))


def test_the_order_follows_what_happens(lab: Lab, server: Server, runs: list[dict[str, Any]]) -> None:
    page = _open(lab)
    first, second, third = runs[-3:]
    order = page.get_by_role("region", name="Waiting runs").locator(".trn-number-link")
    expect(order).to_have_text(_numbers(first, second, third))
    page.get_by_role("button", name=f"Cancel #{second['number']}", exact=True).click()
    expect(order).to_have_text(_numbers(first, third))
    assert server.wait(second["id"])["status"] == "canceled"
    # A worker that becomes free takes the first.
    server.http.post(f"runs/{runs[0]['id']}/cancel").raise_for_status()
    expect(order).to_have_text(_numbers(third))
    expect(page.get_by_role("region", name="Workers")).to_contain_text(f"#{first['number']}")


def test_a_row_is_moved_by_keys_and_by_dragging(lab: Lab, server: Server, runs: list[dict[str, Any]]) -> None:
    page = _open(lab)
    first, second, third = runs[-3:]
    lines = page.get_by_role("region", name="Waiting runs")
    order = lines.locator(".trn-number-link")
    expect(order).to_have_text(_numbers(first, second, third))
    lines.get_by_role("button", name=f"#{third['number']}", exact=True).focus()
    lab.page.keyboard.press("Alt+ArrowUp")
    expect(order).to_have_text(_numbers(first, third, second))
    expect(page.locator(".trn-report")).to_contain_text("it is number 2 now")
    # The row is moved, and what was focused in it still is.
    expect(lines.get_by_role("button", name=f"#{third['number']}", exact=True)).to_be_focused()
    lab.page.keyboard.press("Alt+Home")
    expect(order).to_have_text(_numbers(third, first, second))
    lines.locator(f"[data-run='{second['id']}'] [data-column=tool]").drag_to(
        lines.locator(f"[data-run='{third['id']}'] [data-column=tool]"), target_position={"x": 8, "y": 3}
    )
    expect(order).to_have_text(_numbers(second, third, first))
    listed = server.http.get("queue").json()["items"]
    assert [item["run"]["id"] for item in listed] == [second["id"], third["id"], first["id"]]


def test_what_is_held_says_so_until_somebody_releases_it(
    lab: Lab, server: Server, runs: list[dict[str, Any]]
) -> None:
    page = _open(lab)
    page.get_by_role("button", name="Hold…").click()
    page.get_by_label("What is held").select_option("toolbox.slow")
    page.get_by_label("Why, for those who wait").fill("new data")
    page.get_by_role("button", name="Hold", exact=True).click()
    holds = page.get_by_role("list", name="Holds")
    expect(holds).to_contain_text("slow is held.")
    expect(holds).to_contain_text("new data")
    row = page.locator(f"[data-run='{runs[-1]['id']}']")
    expect(row).to_contain_text("the tool is held by")
    assert lab.violations(PAGE) == []
    server.http.post(f"runs/{runs[0]['id']}/cancel").raise_for_status()
    server.wait(runs[0]["id"])
    assert server.run(runs[-3]["id"])["status"] == "queued"
    holds.get_by_role("button", name="Release").click()
    expect(holds).to_have_count(0)
    server.eventually(lambda: server.run(runs[-3]["id"])["status"] == "running")


def test_several_rows_go_to_the_front_together(lab: Lab, server: Server, runs: list[dict[str, Any]]) -> None:
    page = _open(lab)
    first, second, third = runs[-3:]
    for run in (second, third):
        page.get_by_role("checkbox", name=f"Select #{run['number']}", exact=True).click()
    page.get_by_role("button", name="To the front").click()
    order = page.get_by_role("region", name="Waiting runs").locator(".trn-number-link")
    expect(order).to_have_text(_numbers(second, third, first))
    expect(page.locator(".trn-report")).to_contain_text("2 runs moved.")


def test_axe_finds_nothing_in_the_queue(lab: Lab, runs: list[dict[str, Any]]) -> None:
    page = _open(lab)
    page.get_by_role("checkbox", name=f"Select #{runs[-1]['number']}", exact=True).click()
    expect(page.get_by_role("toolbar", name="Selected runs")).to_contain_text("1 selected")
    assert lab.violations(PAGE, themes=THEMES) == []
