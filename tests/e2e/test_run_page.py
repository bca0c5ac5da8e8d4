"""A run's page: errors with their place, results with previews."""

from __future__ import annotations

import re

from e2e.lab import Lab
from playwright.sync_api import FrameLocator, Locator, expect


def test_a_failed_run_opens_at_its_error_with_file_and_line(lab: Lab) -> None:
    lab.run("failing")
    lab.expect_state("Failed after")
    banner = lab.run_page.locator(".trn-banner")
    expect(banner).to_contain_text("KeyError")
    expect(banner).to_contain_text("failing.py, line 8.")
    expect(lab.run_page.get_by_role("tab", name="Error")).to_have_attribute("aria-selected", "true")
    lab.run_page.get_by_role("button", name="failing.py, line 8").click()
    editor = lab.page.locator(".jp-FileEditor")
    expect(editor).to_contain_text("return settings[name]")
    expect(lab.page.locator("#jp-main-statusbar")).to_contain_text(re.compile(r"Ln 8\b"))


def test_each_attempt_keeps_its_log_and_error(lab: Lab) -> None:
    lab.run("failing")
    lab.expect_state("Failed after")
    lab.run_page.get_by_role("button", name="Retry").click()
    lab.tab("Attempts")
    expect(lab.run_page.locator(".trn-attempts > li")).to_have_count(2, timeout=20_000)
    expect(lab.run_page.locator(".trn-attempt-error")).to_have_count(2, timeout=20_000)
    lab.run_page.get_by_role("button", name="Its log").last.click()
    expect(lab.run_page.locator(".trn-log-text", has_text="settings are read")).to_be_visible()


def test_results_have_a_preview_for_what_they_are_and_no_script_of_theirs_runs(lab: Lab) -> None:
    lab.run("files")
    lab.expect_state("Succeeded")
    page, preview = lab.run_page, lab.run_page.locator(".trn-preview")

    def choose(name: str) -> None:
        page.locator(".trn-artifact", has_text=name).click()

    choose("table.csv")
    expect(preview.get_by_role("gridcell", name="row 3", exact=True)).to_be_visible(timeout=30_000)
    expect(preview).to_contain_text("2,500 rows · 2 columns", timeout=30_000)
    preview.locator(".trn-grid").evaluate("box => box.scrollTop = box.scrollHeight")
    expect(preview.get_by_role("gridcell", name="row 2499", exact=True)).to_be_visible()
    choose("page.md")
    expect(_inside(preview).get_by_role("heading", name="A page")).to_be_visible()
    choose("tree.json")
    expect(preview.locator(".trn-tree").first).to_contain_text("nested: 1 key")
    choose("plain.txt")
    expect(preview.locator(".trn-log-line")).to_have_count(3)
    choose("picture.svg")
    expect(preview.locator("img")).to_be_visible()
    choose("page.html")
    expect(_inside(preview).get_by_role("heading", name="A page")).to_be_visible()
    choose("data.bin")
    expect(preview).to_contain_text("There is no preview")
    with lab.page.expect_download() as download:
        preview.get_by_role("button", name="Download", exact=True).click()
    assert download.value.path().read_bytes() == bytes(range(256))
    assert lab.page.evaluate("window.broken") is None


def _inside(preview: Locator) -> FrameLocator:
    """The page in the frame in the frame."""
    return preview.frame_locator("iframe").frame_locator("iframe")


def test_a_run_is_copied_as_command_python_and_request(lab: Lab) -> None:
    lab.run("nasty", text="it's here")
    lab.expect_state("Succeeded")
    for form, expected in (
        ("Command line", "jupyter toolrunner run"),
        ("Python", "connect().submit("),
        ("REST", "curl -X POST"),
    ):
        lab.run_page.get_by_role("button", name="Copy as").click()
        lab.run_page.get_by_role("menuitem", name=form).click()
        text = str(lab.page.evaluate("navigator.clipboard.readText()"))
        assert expected in text
        assert "here" in text


def test_values_of_a_run_are_edited_and_run_again(lab: Lab) -> None:
    lab.run("nasty", text="once")
    lab.expect_state("Succeeded")
    first = lab.run_id
    lab.panel.get_by_role("button", name="Defaults").click()
    lab.run_page.get_by_role("button", name="Edit and run again").click()
    expect(lab.field("text")).to_have_value("once")
    lab.field("text").fill("twice")
    lab.press_run()
    expect(lab.run_page).not_to_have_id(f"toolrunner-run-{first}")
    lab.expect_state("Succeeded")
    assert lab.server.run(lab.run_id)["params"]["text"] == "twice"


def test_a_broken_tool_is_listed_with_file_line_and_reason(lab: Lab) -> None:
    lab.show_panel()
    row = lab.panel.locator(".trn-broken", has_text="broken")
    row.click()
    facts = lab.panel.locator(".trn-broken-facts")
    expect(facts).to_contain_text("broken.py, line 5")
    expect(facts).to_contain_text("a_module_that_nobody_has")
    lab.panel.get_by_role("button", name="Open file").click()
    expect(lab.page.locator(".jp-FileEditor")).to_contain_text("import a_module_that_nobody_has")


def test_a_run_that_ends_out_of_sight_says_so(lab: Lab) -> None:
    lab.run("slow", seconds="1")
    number = lab.run_page.locator(".trn-number").inner_text()
    lab.command("toolrunner:open-history")
    expect(lab.page.locator(".Toastify__toast", has_text=f"{number} slow")).to_be_visible(timeout=20_000)
