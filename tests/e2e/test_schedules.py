"""Schedules: made in a form and of a run, seen in their page, paused, changed and removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from e2e.lab import THEMES, Lab
from playwright.sync_api import Locator, expect
from serving import Server

PAGE = "#toolrunner-schedules"


@pytest.fixture(autouse=True)
def removed(server: Server) -> Iterator[None]:
    """Nothing of a test fires during the others."""
    yield
    for schedule in server.http.get("schedules").json()["items"]:
        server.http.delete(f"schedules/{schedule['id']}").raise_for_status()


def add(server: Server, name: str, tool: str = "toolbox.files", **rule: Any) -> dict[str, Any]:
    body = {"tool": tool, "params": {}, "rule": {"zone": "Europe/Berlin", **rule}, "name": name}
    answer = server.http.post("schedules", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _open(lab: Lab) -> Locator:
    lab.command("toolrunner:open-schedules")
    page = lab.page.locator(PAGE)
    expect(page.get_by_role("heading", name="Schedules")).to_be_visible()
    return page


def _row(page: Locator, name: str) -> Locator:
    return page.locator("tbody", has=page.page.get_by_role("button", name=name, exact=True))


def test_without_any_it_says_how_to_make_one(lab: Lab) -> None:
    page = _open(lab)
    expect(page).to_contain_text("Nothing is run by itself yet")
    page.get_by_role("button", name="Show the tools").click()
    expect(lab.panel).to_be_visible()


def test_a_form_is_scheduled_with_the_keyboard_alone(lab: Lab, server: Server) -> None:
    lab.command("toolrunner:open-tool", tool="toolbox.files")
    lab.panel.get_by_role("button", name="More ways to run").click()
    lab.page.get_by_role("menuitem", name="Schedule…").click()
    dialog = lab.page.get_by_role("dialog", name=re.compile("^Schedule "))
    expect(dialog.get_by_label("When")).to_be_focused()
    expect(dialog.get_by_role("region", name="Next firings").get_by_role("listitem")).to_have_count(10)
    # Each day at half past two, by the clock of Berlin.
    dialog.get_by_label("Time", exact=True).fill("02:30")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    dialog.get_by_label("Name").fill("Nightly report")
    dialog.get_by_label("Run each of them").check()
    lab.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    page = lab.page.locator(PAGE)
    row = _row(page, "Nightly report")
    expect(row).to_contain_text("Every day at 02:30")
    expect(row).to_contain_text("Europe/Berlin")
    expect(row.get_by_role("region", name="Next firings").get_by_role("listitem")).to_have_count(10)
    (kept,) = server.http.get("schedules").json()["items"]
    assert (kept["tool"], kept["rule"]["cron"], kept["catch_up"]) == ("toolbox.files", "30 2 * * *", "all")


def test_a_mistake_is_said_before_anything_is_kept(lab: Lab, server: Server) -> None:
    lab.command("toolrunner:schedule", tool="toolbox.files", params={})
    dialog = lab.page.get_by_role("dialog")
    dialog.get_by_label("When").select_option("By a cron expression")
    dialog.get_by_label("Cron expression").fill("61 * * * *")
    expect(dialog.get_by_role("alert")).to_contain_text("is no cron expression: bad minute.")
    dialog.get_by_label("Cron expression").fill("15 6 * * MON#1")
    expect(dialog.get_by_role("alert")).to_have_count(0)
    expect(dialog.get_by_role("region", name="Next firings").get_by_role("listitem")).to_have_count(10)
    lab.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert server.http.get("schedules").json()["total"] == 0


def test_what_it_made_is_one_group_and_follows_what_happens(lab: Lab, server: Server) -> None:
    page = _open(lab)
    soon = (datetime.now(UTC) + timedelta(seconds=3)).isoformat()
    add(server, "soon", at=soon)
    row = _row(page, "soon")
    expect(row).to_contain_text("Succeeded", timeout=30_000)
    expect(row).to_contain_text("Ended")
    row.get_by_role("button", name="Details of soon").click()
    runs = row.get_by_role("region", name="Its runs")
    expect(runs.get_by_role("listitem")).to_have_count(1)
    run = server.http.get("schedules").json()["items"][0]["last"]["run_shape"]
    runs.get_by_role("button", name=f"#{run['number']}").click()
    expect(lab.page.get_by_role("heading", name=re.compile(f"files #{run['number']}"))).to_be_visible()
    page = _open(lab)
    row.get_by_role("button", name="Details of soon").click()
    expect(runs).to_have_count(0)
    lab.command("toolrunner:open-run", id=run["id"])
    lab.page.locator(".trn-related", has_text="By the schedule").get_by_role("button", name="soon").click()
    expect(runs.get_by_role("listitem")).to_have_count(1)
    expect(runs).to_be_visible()


def test_a_run_is_scheduled_when_another_one_ends(lab: Lab, server: Server) -> None:
    run = server.done("toolbox.files")
    awaited = server.submit("toolbox.slow", seconds=600)
    lab.command("toolrunner:open-run", id=run["id"])
    lab.page.get_by_role("button", name="Schedule…").click()
    dialog = lab.page.get_by_role("dialog")
    dialog.get_by_label("When").select_option("When a run ends")
    dialog.get_by_label("Number of the run").fill(f"#{awaited['number']}")
    dialog.get_by_label("Name").fill("afterwards")
    dialog.get_by_role("button", name="Schedule", exact=True).click()
    row = _row(lab.page.locator(PAGE), "afterwards")
    expect(row).to_contain_text(f"When run #{awaited['number']} ends")
    server.http.post(f"runs/{awaited['id']}/cancel").raise_for_status()
    expect(row).to_contain_text("Succeeded", timeout=30_000)


def test_it_is_paused_resumed_changed_and_removed(lab: Lab, server: Server) -> None:
    add(server, "nightly", tool="toolbox.thrice", cron="0 3 * * *")
    page = _open(lab)
    row = _row(page, "nightly")
    row.get_by_role("button", name="Pause nightly").click()
    expect(row).to_contain_text("Paused")
    page.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("Every day at 03:00")
    expect(row.get_by_role("button", name="Pause nightly")).to_be_visible()
    row.get_by_role("button", name="Change nightly").click()
    dialog = lab.page.get_by_role("dialog")
    dialog.get_by_label("When").select_option("On days of the week")
    dialog.get_by_text("Values: the tool’s own defaults").click()
    dialog.get_by_role("textbox", name="n", exact=True).fill("many")
    dialog.get_by_role("button", name="Save changes").click()
    expect(dialog.locator(".trn-error")).to_contain_text("“many” is not a whole number.")
    dialog.get_by_role("textbox", name="n", exact=True).fill("7")
    dialog.get_by_role("button", name="Save changes").click()
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text("Monday to Friday at 03:00")
    expect(row.get_by_role("region", name="What is run")).to_contain_text("n7")
    row.get_by_role("button", name="nightly", exact=True).click()
    expect(row.get_by_role("region", name="What is run")).to_have_count(0)
    row.get_by_role("button", name="Remove nightly").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("its runs stay in the history")
    question.get_by_role("button", name="Remove", exact=True).click()
    expect(page).to_contain_text("Nothing is run by itself yet")


def test_many_are_searched(lab: Lab, server: Server) -> None:
    for n in range(3):
        add(server, f"report {n}", cron=f"{n} 3 * * *")
    page = _open(lab)
    expect(page.locator("tr[data-schedule]")).to_have_count(3)
    page.get_by_role("searchbox", name="Search the schedules").fill("report 2")
    expect(page.locator("tr[data-schedule]")).to_have_count(1)
    page.get_by_role("searchbox", name="Search the schedules").fill("nothing")
    expect(page).to_contain_text("No schedule has “nothing” in its name.")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("tr[data-schedule]")).to_have_count(3)


def test_without_a_connection_it_says_so_and_comes_back(lab: Lab, server: Server) -> None:
    add(server, "nightly", cron="0 3 * * *")
    page = _open(lab)
    expect(page).to_contain_text("Every day at 03:00")
    lab.wire.cut()
    page.get_by_role("button", name="Pause nightly").click()
    expect(page.locator(".trn-failure")).to_contain_text("No connection. What is shown was fetched before.")
    expect(page).to_contain_text("Every day at 03:00")
    lab.wire.mend()
    expect(page.locator(".trn-failure")).to_have_count(0, timeout=20_000)


def test_axe_finds_nothing_in_page_and_dialog(lab: Lab, server: Server) -> None:
    add(server, "nightly", cron="0 3 * * *")
    add(server, "soon", every=3_600)
    page = _open(lab)
    page.get_by_role("button", name="Details of nightly").click()
    expect(page.get_by_role("region", name="Its runs")).to_be_visible()
    page.get_by_role("button", name="Remove soon").click()
    assert lab.violations(PAGE, themes=THEMES) == []
    page.get_by_role("button", name="Change nightly").click()
    dialog = lab.page.get_by_role("dialog")
    dialog.get_by_label("When").select_option("On days of the week")
    expect(dialog.get_by_role("region", name="Next firings").get_by_role("listitem")).to_have_count(10)
    assert lab.violations(".trn-dialog", themes=THEMES) == []
