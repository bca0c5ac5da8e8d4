"""Results that are taken again: shown before a run, and said afterwards."""

from __future__ import annotations

import re

from e2e.lab import DARK, Lab
from playwright.sync_api import expect
from serving import Server


def test_the_form_offers_what_is_there_and_the_run_says_whose_it_is(lab: Lab, server: Server) -> None:
    lab.run("thrice", n="14")
    lab.expect_state("Succeeded")
    number = str(lab.run_page.locator(".trn-number").text_content())
    same = lab.panel.locator(".trn-same")
    expect(same).to_contain_text(f"The same run: {number}")
    assert lab.violations(".trn-foot") == []
    button = lab.panel.locator(".trn-run")
    expect(button).to_contain_text("Take its result")
    lab.field("n").fill("15")
    expect(same).to_have_count(0)
    lab.field("n").fill("14")
    expect(same).to_be_visible()
    first = lab.run_id
    taken = lab.submit()
    assert taken != first
    lab.expect_state("Reused")
    state = lab.run_page.locator(".trn-state")
    expect(state).to_contain_text(f"result of {number}")
    lab.theme(DARK)
    assert lab.violations(".trn-page") == []
    lab.tab("Log")
    expect(lab.run_page).to_contain_text(f"It was not run: it has the result of run {number}")
    state.get_by_role("button", name=number, exact=True).click()
    expect(lab.run_page.locator(".trn-number")).to_have_text(number)
    with lab.answered("POST", "/runs") as answer:
        lab.panel.get_by_role("button", name="Run anew").click()
    assert answer.value.json()["reused"] is None
    lab.expect_state("Succeeded")


def test_of_two_at_once_the_second_waits_for_the_first(lab: Lab, server: Server) -> None:
    params = {"n": 77, "seconds": 600}
    first, second = (
        server.http.post("runs", json={"tool": "thrice", "params": params}).json() for _ in range(2)
    )
    page = lab.open_run(second["id"])
    expect(page.locator(".trn-waiting")).to_contain_text(f"It takes the result of #{first['number']}")
    server.http.post(f"runs/{first['id']}/cancel")
    expect(page.locator(".trn-state")).to_contain_text(re.compile("Queued|Running"))
    server.http.post(f"runs/{second['id']}/cancel")
    lab.expect_state("Canceled")


def test_the_history_tells_it_apart(lab: Lab, server: Server) -> None:
    server.done("thrice", n=21)
    taken = server.submit("thrice", n=21)
    lab.command("toolrunner:open-history")
    row = lab.page.locator(f"[data-run='{taken['id']}']").first
    expect(row).to_contain_text("Reused")
