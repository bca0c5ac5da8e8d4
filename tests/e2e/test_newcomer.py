"""The first minute: nothing typed but a search word."""

from __future__ import annotations

import time
from collections.abc import Callable

from e2e.lab import Lab
from playwright.sync_api import expect


def test_a_search_word_and_run_give_a_picture_of_this_environment(lab: Lab) -> None:
    started = time.monotonic()
    lab.show_panel()
    lab.search.fill("picture")
    lab.search.press("Enter")
    lab.press_run()
    lab.expect_state("Succeeded")
    picture = lab.run_page.locator(".trn-image img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 300
    assert time.monotonic() - started < 30


def test_the_graph_of_the_packages_is_built_ranked_and_drawn(lab: Lab) -> None:
    lab.run("build_graph")
    lab.expect_state("Succeeded")
    lab.open_tool("calculate_pagerank")
    lab.pick_result("graph", "build_graph")
    lab.press_run()
    expect(lab.run_page.locator(".trn-title")).to_have_text("calculate_pagerank")
    lab.expect_state("Succeeded")
    lab.open_tool("graph_visualizer")
    lab.pick_result("graph", "calculate_pagerank")
    lab.press_run()
    expect(lab.run_page.locator(".trn-title")).to_have_text("graph_visualizer")
    lab.expect_state("Succeeded")
    expect(lab.run_page.locator(".trn-image img")).to_be_visible()
    run = lab.server.run(lab.run_id)
    assert set(run["params"]["graph"]) == {"artifact"}


def test_a_finished_run_is_there_again_after_a_reload(lab: Lab) -> None:
    with lab.layout_saved("toolrunner-runs:"):
        lab.run("nasty", text="kept")
    lab.expect_state("Succeeded")
    number = lab.run_page.locator(".trn-number").inner_text()
    lab.reload()
    expect(lab.run_page.locator(".trn-number")).to_have_text(number)
    lab.expect_state("Succeeded")


def test_a_link_opens_the_run(lab: Lab, open_lab: Callable[..., Lab]) -> None:
    lab.run("nasty", text="linked")
    lab.expect_state("Succeeded")
    other = open_lab(query=f"&toolrunner-run={lab.run_id}")
    expect(other.run_page.locator(".trn-number")).to_have_text(
        lab.run_page.locator(".trn-number").inner_text()
    )
