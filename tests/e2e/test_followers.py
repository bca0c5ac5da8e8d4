"""Runs that wait for others, on their pages and in the form."""

from __future__ import annotations

from e2e.lab import DARK, Lab
from playwright.sync_api import expect
from serving import Server


def test_a_run_says_what_it_waits_for_and_goes_on_by_itself(lab: Lab, server: Server) -> None:
    first = server.submit("slow", seconds=600)
    follower = server.http.post(
        "runs",
        json={
            "tool": "nasty",
            "params": {"text": {"run": first["id"], "result": "kept.0.name"}},
            "after": [first["id"]],
            "rule": "any_ended",
        },
    ).json()
    page = lab.open_run(follower["id"])
    expect(page.locator(".trn-waiting")).to_contain_text(
        f"It starts when one that it waits for has ended: #{first['number']}"
    )
    related = page.locator(".trn-related")
    expect(related).to_contain_text(f"After#{first['number']} slow")
    lab.tab("Parameters")
    expect(page.locator(".trn-facts-page")).to_contain_text("kept.0.name in the result of another run")
    assert lab.violations(".trn-page") == []
    page.get_by_role("button", name="Edit and run again").click()
    chosen = lab.panel.locator(".trn-chosen-file")
    expect(chosen).to_contain_text("kept.0.name in the result of another run")
    assert lab.violations(".trn-form") == []
    lab.theme(DARK)
    lab.panel.get_by_role("button", name="Give a value of your own for text").click()
    expect(lab.field("text")).to_be_visible()
    related.get_by_role("button", name=f"#{first['number']} slow").click()
    expect(lab.run_page.locator(".trn-number")).to_have_text(f"#{first['number']}")
    expect(lab.run_page.locator(".trn-related")).to_contain_text(f"Followed by#{follower['number']} nasty")
    lab.run_page.get_by_role("button", name="Cancel").click()
    lab.run_page.locator(".trn-related").get_by_role("button", name=f"#{follower['number']} nasty").click()
    lab.expect_state("Failed")
    expect(lab.run_page.locator(".trn-banner")).to_contain_text(f"run #{first['number']}")
