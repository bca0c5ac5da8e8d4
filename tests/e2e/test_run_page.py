"""A run's page: errors with their place, results with previews."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.lab import Lab
from playwright.sync_api import FrameLocator, Locator, expect
from serving import Server


@pytest.fixture
def busy(server: Server) -> Iterator[list[str]]:
    """Runs that keep all workers from anything else."""
    count = sum(each["state"] != "stopped" for each in server.http.get("workers").json())
    runs = [server.submit("slow", seconds=600)["id"] for _ in range(count)]
    server.eventually(lambda: all(server.run(run)["status"] == "running" for run in runs))
    yield runs
    server.http.post("runs/bulk", json={"ids": runs, "action": "cancel"})
    for run in runs:
        server.wait(run)


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


def test_what_makes_a_new_run_and_what_does_not_is_said_at_each_button(lab: Lab) -> None:
    lab.run("failing")
    lab.expect_state("Failed after")
    for name, says in {
        "Retry": "One more attempt of this run",
        "Run again": "A new run with the same values",
        "Edit and run again": "a new run with what you change",
    }.items():
        button = lab.run_page.get_by_role("button", name=name, exact=True)
        expect(button).to_have_attribute("title", re.compile(says))


def test_tabs_of_several_runs_are_told_apart_and_say_how_each_does(lab: Lab) -> None:
    lab.run("nasty", text="first")
    lab.expect_state("Succeeded")
    lab.run("failing")
    lab.expect_state("Failed after")
    tabs = lab.page.locator("#jp-main-dock-panel .lm-TabBar-tab")
    for run in lab.server.http.get("runs", params={"limit": 2}).json()["items"]:
        name = run["tool"].split(".")[-1]
        tab = tabs.filter(has_text=f"#{run['number']} {name}")
        expect(tab).to_have_count(1)
        word = "Succeeded" if run["status"] == "succeeded" else "Failed"
        expect(tab).to_have_attribute("title", re.compile(rf"^{name} #{run['number']}: {word}"))


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


def test_in_a_narrow_window_what_is_chosen_in_the_list_is_seen_above_it(lab: Lab) -> None:
    lab.run("files")
    lab.expect_state("Succeeded")
    lab.page.set_viewport_size({"width": 1024, "height": 700})
    for name in ("tree.json", "plain.txt"):
        lab.run_page.locator(".trn-artifact", has_text=name).click()
        heading = lab.run_page.locator(".trn-preview").get_by_role("heading", name=name)
        expect(heading).to_be_in_viewport(ratio=1)
        expect(
            lab.run_page.locator(".trn-preview-body").get_by_text("two" if name == "plain.txt" else "nested")
        ).to_be_in_viewport()


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
        text = lab.copy(lab.run_page.get_by_role("menuitem", name=form))
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
    lab.search.fill("broken")
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


def test_tags_and_a_note_are_written_where_they_stand(lab: Lab) -> None:
    lab.run("nasty", text="to be kept")
    lab.expect_state("Succeeded")
    page = lab.run_page
    page.get_by_role("button", name="Add a tag").click()
    page.get_by_role("combobox", name="New tag").fill("for the report, baseline")
    page.get_by_role("combobox", name="New tag").press("Enter")
    expect(page.locator(".trn-tag")).to_have_text(["for the report", "baseline"])
    page.get_by_role("combobox", name="New tag").press("Escape")
    page.get_by_role("button", name="Remove the tag baseline").click()
    expect(page.locator(".trn-tag")).to_have_text(["for the report"])
    page.get_by_role("button", name="Write a note").click()
    page.get_by_role("textbox", name="Note").fill("The one with the good data.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".trn-note")).to_contain_text("The one with the good data.")
    run = lab.run_id
    kept = lab.server.run(run)
    assert (kept["tags"], kept["note"]) == (["for the report"], "The one with the good data.")
    lab.reload()
    expect(lab.open_run(run).locator(".trn-tag")).to_have_text(["for the report"])


def test_a_run_is_run_again_and_compared_with_the_one_before(lab: Lab) -> None:
    lab.run("nasty", text="first")
    lab.expect_state("Succeeded")
    first = lab.run_id
    lab.run("nasty", text="second")
    lab.expect_state("Succeeded")
    expect(lab.run_page.locator(".trn-compared").first).to_contain_text("text first → second")
    lab.open_run(first)
    lab.run_page.get_by_role("button", name="Run again", exact=True).click()
    expect(lab.run_page).not_to_have_id(f"toolrunner-run-{first}")
    lab.expect_state("Succeeded")
    made = lab.server.run(lab.run_id)
    assert (made["params"]["text"], made["origin"]) == ("first", first)
    made_from = lab.run_page.locator(".trn-state-part", has_text="made from")
    made_from.get_by_role("button", name=f"#{lab.server.run(first)['number']}").click()
    expect(lab.run_page).to_have_id(f"toolrunner-run-{first}")
    run_again = lab.run_page.locator(".trn-kin")
    expect(run_again).to_contain_text("run again as")
    run_again.get_by_role("button", name=f"#{made['number']}").click()
    expect(lab.run_page).to_have_id(f"toolrunner-run-{made['id']}")


def test_a_failure_says_what_differs_from_the_last_good_run_and_shows_the_line_as_it_was(lab: Lab) -> None:
    good = lab.server.done("failing", name="limit")
    lab.run("failing")
    lab.expect_state("Failed after")
    since = lab.run_page.locator(".trn-since")
    expect(since).to_contain_text("limit")
    expect(since).to_contain_text(f"In #{good['number']}")
    lab.run_page.get_by_role("button", name="as it was").last.click()
    expect(lab.run_page.get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    expect(lab.run_page.locator(".trn-source .trn-log-line[data-current]")).to_contain_text(
        "return settings[name]"
    )


def test_the_source_of_a_run_stays_and_runs_again_as_it_was(lab: Lab, toolbox: Path) -> None:
    tool, helper = toolbox / "changing.py", toolbox / "changing_words.py"
    helper.write_text('WORD = "then"\n', "utf-8")
    tool.write_text('"""Change."""\nimport changing_words\nprint("before", changing_words.WORD)\n', "utf-8")
    lab.server.eventually(lambda: lab.server.http.get("tools/changing").status_code == 200)
    run = lab.server.done("changing")
    helper.write_text('WORD = "now"\n', "utf-8")
    tool.write_text('"""Change."""\nimport changing_words\nprint("after", changing_words.WORD)\n', "utf-8")
    versions = {run["version"]}

    def is_read() -> bool:
        """Both files were."""
        code = lab.server.http.get("tools/changing/code").json()
        return [file["text"].count("after") + file["text"].count("now") for file in code["files"]] == [1, 1]

    lab.server.eventually(is_read)
    versions.add(lab.server.http.get("tools/changing").json()["version"])
    lab.open_run(run["id"])
    lab.tab("Source")
    source = lab.run_page.locator(".trn-source")
    expect(source).to_contain_text("The tool has changed since.")
    expect(source).to_contain_text('print("before"')
    source.get_by_role("button", name="What changed since").click()
    expect(source.locator("[data-diff='removed']")).to_contain_text('print("before"')
    expect(source.locator("[data-diff='added']")).to_contain_text('print("after"')
    source.get_by_label("File").select_option(label="changing_words.py, changed since")
    expect(source.locator("[data-diff='removed']")).to_contain_text('WORD = "then"')

    lab.run_page.get_by_role("button", name="Run again with another version").click()
    with lab.answered("POST", "/runs") as answer:
        lab.page.get_by_role("menuitem", name="With the tool as it was").click()
    again = lab.server.wait(answer.value.json()["id"])
    assert again["version"] == run["version"]
    assert lab.server.log_of(again["id"]) == "before then\n"
    assert len(versions) == 2


def test_a_run_that_is_tried_again_says_when_and_can_be_tried_now(
    lab: Lab, toolbox: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    (toolbox / "patient.py").write_text(
        "from pathlib import Path\n"
        "from jupyter_toolrunner import tool\n\n\n"
        '@tool(retry={"backoff": 3600}, max_attempts=2, delivery="idempotent")\n'
        "def patient(mark: str) -> str:\n"
        '    """Wait for a file."""\n'
        "    return Path(mark).read_text()\n",
        "utf-8",
    )
    lab.server.eventually(lambda: lab.server.http.get("tools/patient").status_code == 200)
    lab.open_tool("patient")
    expect(lab.panel.locator(".trn-delivery summary")).to_have_text(
        "If its machine fails, a run is repeated by itself"
    )
    lab.panel.locator(".trn-delivery summary").click()
    expect(lab.panel.locator(".trn-delivery p")).to_contain_text("2 attempts at most")
    lab.field("mark").fill(str(mark))
    lab.submit()
    lab.expect_state("Waiting: error")
    following = lab.run_page.locator(".trn-next-attempt")
    expect(following).to_contain_text("Attempt 1 failed. FileNotFoundError")
    expect(following).to_contain_text(re.compile(r"Tried again in (1 h \d min|5\d min)"))
    expect(following).to_contain_text("1 attempt is left.")
    assert lab.violations(".trn-main[id^='toolrunner-run-']:not(.lm-mod-hidden)") == []
    mark.write_text("there")
    following.get_by_role("button", name="Try now").click()
    lab.expect_state("Succeeded")
    lab.tab("Attempts")
    expect(lab.run_page.locator(".trn-attempts > li")).to_have_count(2)
    expect(lab.run_page.get_by_role("tabpanel")).to_contain_text("may be done twice")


def test_packages_of_the_environment_are_found_by_name(lab: Lab) -> None:
    lab.run("nasty", text="where")
    lab.expect_state("Succeeded")
    lab.tab("Environment")
    lab.run_page.get_by_role("searchbox", name="Find a package").fill("sqlalchemy")
    expect(lab.run_page.locator(".trn-packages tbody tr")).to_have_count(1)


def test_the_priority_of_a_run_that_waits_is_changed_on_its_page(lab: Lab) -> None:
    busy = [lab.server.submit("slow", seconds=60) for _ in range(2)]
    waiting = lab.server.submit("nasty", text="patient")
    lab.open_run(waiting["id"])
    expect(lab.run_page.locator(".trn-waiting")).to_contain_text("waits for its turn")
    lab.run_page.get_by_role("combobox", name="Priority").select_option("high")
    lab.server.eventually(lambda: lab.server.run(waiting["id"])["priority"] == "high")
    for run in busy:
        lab.server.http.post(f"runs/{run['id']}/cancel")
    lab.expect_state("Succeeded")


def test_the_values_of_a_run_that_waits_are_changed_in_its_form(lab: Lab, busy: list[str]) -> None:
    waiting = lab.server.submit("nasty", text="before", count=5)
    lab.open_run(waiting["id"])
    lab.run_page.get_by_role("button", name="Change values").click()
    expect(lab.panel.locator(".trn-origin")).to_contain_text(f"#{waiting['number']}, which waits")
    expect(lab.field("count")).to_have_value("5")
    # The server has the last word on what fits, and says it at the field.
    lab.field("count").fill("many")
    lab.panel.get_by_role("button", name="Save changes").click()
    expect(lab.panel.locator("[aria-invalid=true]")).to_be_focused()
    lab.field("count").fill("6")
    lab.field("text").fill("after")
    expect(lab.panel.locator(".trn-foot")).to_contain_text("2 changed")
    lab.panel.get_by_role("button", name="Save changes").click()
    expect(lab.panel.locator(".trn-origin")).to_have_count(0)
    lab.tab("Parameters")
    expect(lab.run_page.get_by_role("row", name="text after")).to_be_visible()
    for run in busy:
        lab.server.http.post(f"runs/{run}/cancel")
    lab.expect_state("Succeeded")
    result = lab.server.result(lab.server.run(waiting["id"]))
    assert (result["text"], result["count"]) == ("after", 6)


def test_a_run_that_begins_before_its_new_values_are_saved_says_so_and_offers_a_new_one(
    lab: Lab, busy: list[str]
) -> None:
    waiting = lab.server.submit("nasty", text="before")
    lab.open_run(waiting["id"])
    lab.run_page.get_by_role("button", name="Change values").click()
    lab.field("text").fill("too late")
    for run in busy:
        lab.server.http.post(f"runs/{run}/cancel")
    notice = lab.panel.get_by_role("alert")
    expect(notice).to_contain_text(f"#{waiting['number']} does not wait any more", timeout=30_000)
    expect(lab.panel.get_by_role("button", name="Save changes")).to_have_attribute("aria-disabled", "true")
    with lab.answered("POST", "/runs") as answer:
        notice.get_by_role("button", name="Run as new").click()
    made = answer.value.json()
    assert (made["params"]["text"], made["origin"]) == ("too late", waiting["id"])
    assert lab.server.wait(waiting["id"])["params"]["text"] == "before"


def test_a_run_that_is_not_there_says_so(lab: Lab) -> None:
    lab.command("toolrunner:open-run", id="01absent")
    expect(lab.run_page).to_contain_text("There is no such run.")


def test_every_part_of_a_run_page_is_accessible(lab: Lab) -> None:
    lab.run("failing")
    lab.expect_state("Failed after")
    for name in ("Error", "Results", "Log", "Parameters", "Environment", "Attempts", "Source"):
        lab.tab(name)
        expect(lab.run_page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        assert lab.violations(f"#{lab.run_page.get_attribute('id')}") == []
