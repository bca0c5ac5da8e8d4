"""The workers: what each does and takes; drained, stopped, added and let go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from e2e.lab import THEMES, Lab
from playwright.sync_api import Locator, expect
from serving import Server

PAGE = "#toolrunner-workers"
#: Milliseconds: a process starts or ends, on a machine that has more to do.
_SOON = 30_000


@pytest.fixture(autouse=True)
def crew(server: Server) -> Iterator[int]:
    """As many workers as are configured, before and after."""
    configured = int(server.http.get("workers/scale").json()["configured"])

    def restore() -> None:
        server.http.post("workers/scale", json={"workers": configured}).raise_for_status()
        server.eventually(lambda: [each["state"] for each in _up(server)] == ["idle"] * configured)

    restore()
    yield configured
    running = server.http.get("runs", params={"status": "running"}).json()["items"]
    if ids := [run["id"] for run in running]:
        server.http.post("runs/bulk", json={"ids": ids, "action": "cancel"}).raise_for_status()
    restore()


def _up(server: Server) -> list[dict[str, Any]]:
    """Those that have said something of themselves."""
    found = server.http.get("workers").json()
    return [each for each in found if each["version"] and each["state"] != "stopped"]


def _at_work(server: Server) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run that goes on and on, and its worker."""
    id_ = server.submit("toolbox.slow", seconds=600)["id"]
    run = server.eventually(lambda: found if (found := server.run(id_))["status"] == "running" else None)
    return run, next(each for each in _up(server) if each["id"] == run["worker"])


def _open(lab: Lab) -> Locator:
    lab.command("toolrunner:open-workers")
    page = lab.page.locator(PAGE)
    expect(page.get_by_role("heading", name="Workers")).to_be_visible()
    return page


def _row(page: Locator, worker: dict[str, Any]) -> Locator:
    return page.locator(f"[data-worker='{worker['id']}']")


def test_each_worker_says_what_it_does_and_takes_and_its_run_is_a_link(
    lab: Lab, server: Server, crew: int
) -> None:
    run, worker = _at_work(server)
    page = _open(lab)
    expect(page.locator("[data-worker]:not([data-state=stopped])")).to_have_count(crew)
    row = _row(page, worker)
    for text in ("works", "this machine", "MB", worker["version"], f"Python {worker['python']}"):
        expect(row).to_contain_text(text)
    row.get_by_role("button", name=f"#{run['number']}").click()
    assert lab.run_id == run["id"]


def test_a_worker_is_drained_by_keyboard_and_ends_when_its_run_has(lab: Lab, server: Server) -> None:
    run, worker = _at_work(server)
    page = _open(lab)
    row = _row(page, worker)
    row.get_by_role("button", name="Drain").focus()
    lab.page.keyboard.press("Enter")
    expect(row).to_contain_text("ends after its run")
    expect(row).to_contain_text("told by")
    assert server.run(run["id"])["status"] == "running"
    server.http.post(f"runs/{run['id']}/cancel").raise_for_status()
    expect(row).to_contain_text("has ended", timeout=_SOON)
    count = page.get_by_role("group", name="Workers of the server’s machine")
    expect(count.get_by_role("status")).to_have_text("1", timeout=_SOON)
    expect(count).to_contain_text("The configuration says 2.")
    count.get_by_role("button", name="As configured").click()
    expect(page.locator("[data-state=idle]")).to_have_count(2, timeout=_SOON)


def test_a_worker_with_a_run_is_stopped_when_one_has_said_so_twice(lab: Lab, server: Server) -> None:
    run, worker = _at_work(server)
    page = _open(lab)
    row, ask = _row(page, worker), page.get_by_role("alertdialog")
    stop = row.get_by_role("button", name="Stop")
    stop.click()
    expect(ask).to_contain_text(f"with run #{run['number']} under way?")
    expect(ask.get_by_role("button", name="Stop it")).to_be_focused()
    lab.page.keyboard.press("Escape")
    expect(ask).to_have_count(0)
    expect(stop).to_be_focused()
    assert server.run(run["id"])["status"] == "running"
    stop.click()
    ask.get_by_role("button", name="Stop it").click()
    ended = server.wait(run["id"])
    assert (ended["status"], ended["reason"]) == ("failed", "lost_worker")
    expect(row).to_contain_text("has ended", timeout=_SOON)


def test_workers_are_added_and_let_go_down_to_none(lab: Lab, server: Server, crew: int) -> None:
    page = _open(lab)
    up = page.locator("[data-worker]:not([data-state=stopped])")
    page.get_by_role("button", name="One worker more").click()
    expect(up).to_have_count(crew + 1, timeout=_SOON)
    less = page.get_by_role("button", name="One worker less; it finishes its run first")
    count = page.get_by_role("group", name="Workers of the server’s machine").get_by_role("status")
    for left in range(crew, -1, -1):
        less.click()
        expect(count).to_have_text(str(left))
    expect(up).to_have_count(0, timeout=_SOON)
    expect(less).to_be_disabled()
    expect(page).to_contain_text("Without any, what is started waits.")
    # The queue says so too, and leads here.
    lab.command("toolrunner:open-queue")
    queue = lab.page.locator("#toolrunner-queue")
    expect(queue).to_contain_text("No worker of this machine is up.")
    queue.get_by_role("button", name="Show the workers, and add some").click()
    expect(page).to_be_visible()


def test_what_cannot_be_done_is_said_and_what_was_fetched_stays(lab: Lab, server: Server, crew: int) -> None:
    page = _open(lab)
    expect(page.locator("[data-state=idle]")).to_have_count(crew)
    lab.wire.cut()
    page.get_by_role("button", name="One worker more").click()
    expect(page.get_by_role("alert")).to_contain_text("What is shown was fetched before.")
    expect(page.locator("[data-state=idle]")).to_have_count(crew)
    lab.wire.mend()
    expect(page.get_by_role("alert")).to_have_count(0, timeout=30_000)
    assert server.http.get("workers/scale").json()["wanted"] == crew


def test_axe_finds_nothing_among_the_workers(lab: Lab, server: Server) -> None:
    _, worker = _at_work(server)
    page = _open(lab)
    _row(page, worker).get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.get_by_role("button", name="One worker less; it finishes its run first").click()
    expect(page).to_contain_text("The configuration says")
    assert lab.violations(PAGE, themes=THEMES) == []
