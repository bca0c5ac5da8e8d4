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
    expect(chosen).to_contain_text(f"kept.0.name in the result of #{first['number']}")
    expect(lab.panel.locator(".trn-after")).to_contain_text(f"#{first['number']} slow")
    assert lab.violations(".trn-form-pane") == []
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


def test_a_form_takes_what_a_run_will_leave_and_waits_for_one_more(lab: Lab, server: Server) -> None:
    server.done("toolbox.files")
    held = server.submit("slow", seconds=600)
    files = server.http.post(
        "runs", json={"tool": "toolbox.files", "after": [held["id"]], "rule": "any_ended"}
    ).json()
    lab.command("toolrunner:open-tool", tool="toolbox.survey")
    lab.field("title").fill("later")
    lab.panel.get_by_role("button", name="table: an earlier result").click()
    options = lab.page.locator(".trn-picker-list [role=option]")
    options.filter(has_text=f"#{files['number']} files").click()
    # Of what the last run of the tool left, only this fits.
    expect(options).to_have_text(["table.csv"])
    lab.page.get_by_label("Name of a file that it will leave").press("Enter")
    expect(lab.panel.locator(".trn-chosen-file")).to_contain_text(f"table.csv of #{files['number']}")
    lab.panel.get_by_role("button", name="More ways to run").click()
    lab.page.get_by_role("menuitem", name="Start when other runs have ended…").click()
    after = lab.panel.get_by_role("group", name="Starts after")
    after.get_by_role("button", name="One more run").click()
    lab.page.get_by_label("Number, tool or value of a run").fill(f"#{held['number']}")
    expect(options).to_have_count(1)
    lab.page.get_by_label("Number, tool or value of a run").press("Enter")
    after.get_by_label("When it starts").select_option("when all have ended, however they end")
    assert lab.violations(".trn-form-pane") == []
    lab.panel.locator(".trn-run").click()
    expect(lab.run_page.locator(".trn-waiting")).to_contain_text(
        "It starts when all that it waits for have ended"
    )
    expect(lab.run_page.locator(".trn-related")).to_contain_text(f"#{held['number']} slow")
    server.http.post(f"runs/{held['id']}/cancel").raise_for_status()
    lab.expect_state("Succeeded")
    (result,) = server.http.get("runs", params={"tool": "toolbox.survey", "limit": 1}).json()["items"]
    assert server.result(result)["bytes"] > 0
