"""Notebooks as tools, from their forms to their executed copies."""

from __future__ import annotations

from pathlib import Path

from e2e.lab import Lab
from playwright.sync_api import FrameLocator, Locator, expect


def _inside(page: Locator) -> FrameLocator:
    """The notebook in its preview: the page in the frame in the frame."""
    return page.locator(".trn-preview").frame_locator("iframe").frame_locator("iframe")


def test_a_notebook_runs_from_its_form_to_its_executed_copy(lab: Lab) -> None:
    lab.open_tool("quarter")
    expect(lab.panel).to_contain_text("Report of a quarter")
    expect(lab.panel).to_contain_text("Adds what was sold.")
    expect(lab.panel).to_contain_text("whose sales")
    lab.field("region").fill('O\'Brien "North"')
    lab.submit()
    lab.expect_state("Succeeded")
    lab.run_page.locator(".trn-artifact", has_text="quarter.ipynb").click()
    inside = _inside(lab.run_page)
    expect(inside.get_by_role("heading", name="Report of a quarter")).to_be_visible(timeout=20_000)
    expect(inside.locator("body")).to_contain_text('O\'Brien "North": 42 sold')
    expect(inside.locator("body")).to_contain_text('region = "O\'Brien \\"North\\""')
    expect(lab.run_page.locator(".trn-log-text", has_text="42 sold").first).to_be_visible()
    lab.tab("Source")
    expect(lab.run_page).to_contain_text("# %%")


def test_a_failing_cell_is_named_and_the_copy_up_to_there_is_kept(lab: Lab) -> None:
    lab.open_tool("quarter")
    lab.field("divisor").fill("0")
    lab.submit()
    lab.expect_state("Failed after")
    page = lab.run_page
    expect(page.get_by_role("tab", name="Error")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".trn-error-tab")).to_contain_text("ZeroDivisionError: division by zero")
    frame = page.locator(".trn-frame-own").last
    expect(frame).to_contain_text("quarter.ipynb, cell 4, line 1")
    expect(page.locator(".trn-banner")).to_contain_text("in cell 4 of quarter.ipynb, line 1.")
    expect(frame).to_contain_text("sum(sold) / divisor")
    frame.get_by_role("button", name="as it was").click()
    expect(page.locator(".trn-source .trn-log-line[data-current]")).to_contain_text("sum(sold) / divisor")
    lab.tab("Results")
    page.locator(".trn-artifact", has_text="quarter.ipynb").click()
    inside = _inside(page)
    expect(inside.locator("body")).to_contain_text("42 sold", timeout=20_000)
    expect(inside.locator("pre.err")).to_contain_text("division by zero")


def test_a_notebook_of_the_file_browser_becomes_a_tool(lab: Lab, toolbox: Path) -> None:
    notebook = lab.server.root / "alone.ipynb"
    notebook.write_bytes((toolbox / "quarter.ipynb").read_bytes())
    lab.command("filebrowser:activate")
    lab.command("filebrowser:refresh")
    lab.page.locator(".jp-DirListing-item", has_text=notebook.name).click(button="right")
    lab.page.get_by_role("menuitem", name="Use as a Tool").click()
    lab.panel.get_by_role("button", name="Add and read").click()
    expect(lab.panel.locator(".trn-form-title")).to_have_text("Report of a quarter", timeout=20_000)
    lab.server.http.delete("toolboxes/alone").raise_for_status()
