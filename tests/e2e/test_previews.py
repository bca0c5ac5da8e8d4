"""Results are shown as what they are, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from e2e.lab import Lab
from playwright.sync_api import FrameLocator, Locator, expect
from serving import Server


@pytest.fixture(scope="module")
def every_kind(server: Server) -> str:
    """A run that left a file of every kind."""
    return str(server.done("every_preview")["id"])


@pytest.fixture
def choose(lab: Lab, every_kind: str) -> Callable[[str], Locator]:
    """Opens one of the files by its name."""
    lab.open_run(every_kind)

    def choose_(name: str) -> Locator:
        lab.run_page.locator(".trn-artifact", has_text=re.compile(rf"^{re.escape(name)}")).click()
        preview = lab.run_page.locator(".trn-preview")
        expect(preview.get_by_role("heading", name=name)).to_be_visible()
        return preview

    return choose_


def inner(preview: Locator) -> FrameLocator:
    """The page in the frame in the frame."""
    return preview.frame_locator("iframe").frame_locator("iframe")


def test_every_kind_of_table_is_a_grid(choose: Callable[[str], Locator]) -> None:
    for name in ("table.csv", "table.tsv", "table.parquet", "table.feather", "records.jsonl"):
        preview = choose(name)
        expect(preview.get_by_role("gridcell", name="row 3", exact=True)).to_be_visible(timeout=30_000)
        expect(preview).to_contain_text(re.compile(r"2,500 rows · 4 columns"), timeout=30_000)
        preview.get_by_role("grid").press("Control+End")
        expect(preview.get_by_role("gridcell", name="row 2499", exact=True)).to_be_visible()


def test_a_table_is_sorted_filtered_and_copied(lab: Lab, choose: Callable[[str], Locator]) -> None:
    preview = choose("table.csv")
    expect(preview.get_by_role("gridcell", name="row 3", exact=True)).to_be_visible(timeout=30_000)
    preview.get_by_role("columnheader", name="value").get_by_role("button").click()
    preview.get_by_role("columnheader", name="value").get_by_role("button").click()
    first = preview.locator("[aria-rowindex='2']")
    expect(first).to_contain_text("row 2499", timeout=30_000)
    preview.get_by_role("button", name="Filter").click()
    preview.get_by_label("Column", exact=True).select_option(label="kind (text)")
    preview.get_by_label("Condition", exact=True).select_option(label="is")
    preview.get_by_label("Value", exact=True).fill("b")
    preview.get_by_role("button", name="Apply").click()
    expect(preview).to_contain_text("833 rows of 2,500", timeout=30_000)
    expect(first).to_contain_text("row 2497")
    preview.get_by_role("searchbox", name="Find in all columns").fill("row 24")
    preview.get_by_role("searchbox", name="Find in all columns").press("Enter")
    expect(preview).to_contain_text("36 rows of 2,500", timeout=30_000)
    first.get_by_role("gridcell").first.click()
    preview.get_by_role("grid").press("Shift+ArrowRight")
    assert lab.copied(lambda: preview.get_by_role("grid").press("Control+c")) == "row 2497\t3745.5"
    expect(lab.page.locator(".Toastify__toast", has_text="Copied.").first).to_be_visible()


def test_json_opens_page_by_page_and_keeps_every_digit(choose: Callable[[str], Locator]) -> None:
    preview = choose("tree.json")
    expect(preview).to_contain_text("123456789012345678901234567890")
    expect(preview).to_contain_text("слово")
    preview.get_by_role("button", name="list: 250 items").click()
    expect(preview).to_contain_text("0 to 99 of 250")
    preview.get_by_label("Go to number").fill("200")
    preview.get_by_label("Go to number").press("Enter")
    expect(preview).to_contain_text("249: 249")


def test_pages_notebooks_and_reports_are_shown_in_a_frame(choose: Callable[[str], Locator]) -> None:
    page = inner(choose("page.md"))
    expect(page.get_by_role("heading", name="A page")).to_be_visible()
    book = inner(choose("book.ipynb"))
    expect(book.get_by_role("heading", name="A notebook")).to_be_visible()
    expect(book.locator("body")).to_contain_text("ValueError: no")
    preview = choose("report.html")
    expect(inner(preview).locator("#p")).to_have_text("still")
    preview.get_by_role("button", name="Run its scripts").click()
    expect(inner(preview).locator("#p")).to_have_text("moved")


def test_a_document_shows_the_pictures_that_its_run_made(choose: Callable[[str], Locator]) -> None:
    for document in ("page.md", "report.html"):
        picture = inner(choose(document)).locator("img")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 600, document


def test_links_of_a_report_are_written_out_and_open_in_a_tab_of_their_own(
    lab: Lab, choose: Callable[[str], Locator]
) -> None:
    preview = choose("report.html")
    inner(preview).get_by_role("link", name="source").click()
    assert "other.example" not in lab.page.url
    assert lab.tabs == 1
    preview.get_by_text("1 link to another place").click()
    link = preview.get_by_role("link")
    expect(link).to_have_text("https://other.example/page?a=1")
    expect(preview.locator(".trn-outside-links")).to_contain_text("the‹202E› source")
    copied = lab.copy(preview.get_by_role("button", name="Copy the link to"))
    assert copied == "https://other.example/page?a=1"
    lab.context.route("https://other.example/**", lambda route: route.fulfill(body="there"))
    with lab.context.expect_page() as opened:
        link.click()
    expect(opened.value.locator("body")).to_have_text("there")
    assert opened.value.evaluate("[window.opener, document.referrer]") == [None, ""]


def test_a_link_within_a_page_leads_to_its_heading(lab: Lab, choose: Callable[[str], Locator]) -> None:
    page = inner(choose("page.md"))
    end = page.get_by_role("heading", name="Что вышло, в конце?")
    expect(end).not_to_be_in_viewport()
    page.get_by_role("link", name="what is below").click()
    expect(end).to_be_in_viewport()
    page.get_by_role("link", name="to the top").click()
    expect(page.get_by_role("heading", name="A page")).to_be_in_viewport()
    expect(end).not_to_be_in_viewport()
    assert lab.tabs == 1


def test_charts_and_pdf_are_drawn(choose: Callable[[str], Locator]) -> None:
    expect(inner(choose("chart.vl.json")).locator("canvas")).to_be_visible(timeout=30_000)
    expect(inner(choose("figure.plotly.json")).locator(".gtitle")).to_have_text("A figure", timeout=30_000)
    paper = inner(choose("paper.pdf"))
    expect(paper.locator("canvas").first).to_be_visible(timeout=30_000)
    expect(paper.locator(".textLayer").first).to_contain_text("A plot on paper", timeout=30_000)
    expect(paper.locator("#where")).to_have_text("Page 1 of 1")


def test_a_graph_is_drawn_searched_and_listed(choose: Callable[[str], Locator]) -> None:
    for name, facts in (
        ("club.graphml", "34 nodes · 78 links"),
        ("club.gexf", "34 nodes"),
        ("large.graph.json", "4,000 nodes"),
    ):
        preview = choose(name)
        expect(preview).to_contain_text(facts, timeout=60_000)
        expect(preview.locator("canvas")).to_be_visible()
    preview.get_by_role("searchbox", name="Find a node").fill("17")
    preview.get_by_role("searchbox", name="Find a node").press("Enter")
    expect(preview.get_by_role("complementary", name="Node")).to_contain_text("17")
    preview.get_by_role("button", name="List").click()
    expect(preview.get_by_role("table")).to_contain_text("17")


def test_pictures_zoom_and_those_that_no_browser_knows_are_shown_too(
    choose: Callable[[str], Locator],
) -> None:
    preview = choose("plot.png")
    expect(preview).to_contain_text("600 × 400")
    preview.get_by_role("region", name="plot.png").press("1")
    expect(preview).to_contain_text("100%")
    preview.get_by_role("button", name="Larger").click()
    expect(preview).to_contain_text("125%")
    for name in ("scan.tiff", "drawing.svg"):
        preview = choose(name)
        expect(preview.locator("img")).to_be_visible(timeout=30_000)
        assert preview.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_archives_are_listed_sound_is_played_text_of_any_encoding_is_read(
    choose: Callable[[str], Locator],
) -> None:
    preview = choose("files.zip")
    expect(preview.get_by_role("row", name="slip.txt")).to_contain_text(
        "leads out of the folder", timeout=30_000
    )
    expect(choose("files.tar.gz")).to_contain_text("inside.txt", timeout=30_000)
    preview = choose("tone.wav")
    preview.locator("audio").evaluate(
        "sound => new Promise(done => sound.readyState > 0 ? done() : sound.onloadedmetadata = done)"
    )
    assert preview.locator("audio").evaluate("sound => sound.duration") == pytest.approx(1, abs=0.1)
    expect(choose("windows.txt")).to_contain_text("Привет, мир!")
    preview = choose("unknown.bin")
    expect(preview).to_contain_text("00000010")
    preview.get_by_role("region", name="unknown.bin").press("End")
    expect(preview).to_contain_text("000027f0")


def test_an_artifact_opens_in_a_tab_of_its_own_and_stays_after_a_reload(
    lab: Lab, choose: Callable[[str], Locator]
) -> None:
    preview = choose("plot.png")
    with lab.layout_saved("toolrunner-artifacts:"):
        preview.get_by_role("button", name="Open plot.png in a tab of its own").click()
    tab = lab.page.locator(".trn-artifact-page")
    expect(tab.locator("img")).to_be_visible()
    label = lab.page.locator("#jp-main-dock-panel .lm-TabBar-tabLabel", has_text="plot.png")
    # Results of several runs have the same name.
    expect(label).to_have_text(re.compile(r"^plot\.png #\d+$"))
    lab.reload()
    expect(label).to_be_visible()
    expect(tab.locator("img")).to_be_visible()


def test_axe_finds_nothing_in_previews(lab: Lab, choose: Callable[[str], Locator]) -> None:
    for name, content in {
        "table.csv": "[role=gridcell]",
        "tree.json": ".trn-tree-key",
        "club.graphml": "canvas",
        "files.zip": "[role=row]",
        "plot.png": "img",
        "unknown.bin": "[role=region]",
        "windows.txt": ".trn-log-line",
        "page.md": "iframe",
        "paper.pdf": "iframe",
    }.items():
        preview = choose(name)
        expect(preview.locator(content).first).to_be_visible(timeout=30_000)
        assert lab.violations(".trn-preview") == [], name
