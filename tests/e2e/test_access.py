"""What a screen reader finds, in every theme and at every width."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import httpx
import pytest
from e2e.lab import THEMES, Lab
from playwright.sync_api import expect
from serving import TOKEN, Server

PANEL = "#jupyter-toolrunner-sidebar"
PAGE = ".trn-main:not(.lm-mod-hidden)"


def test_axe_finds_nothing_in_our_views(lab: Lab) -> None:
    found: dict[str, list[str]] = {}

    def look(name: str, selector: str) -> None:
        if violations := lab.violations(selector, themes=[*THEMES, "JupyterLab Dark High Contrast"]):
            found[name] = violations

    lab.show_panel()
    look("tools", PANEL)
    lab.open_tool("every_kind")
    look("form", PANEL)
    lab.field("size").fill("x")
    lab.press_run()
    look("errors", PANEL)
    lab.open_tool("choices")
    lab.panel.get_by_role("radio", name="remove").check(force=True)
    look("choices", PANEL)
    lab.run("failing")
    lab.expect_state("Failed")
    look("error", PAGE)
    for tab in ("Log", "Parameters", "Environment", "Attempts"):
        lab.tab(tab)
        look(tab, PAGE)
    lab.run("files")
    lab.expect_state("Succeeded")
    for name in ("table.csv", "page.md", "tree.json", "plain.txt", "picture.svg", "data.bin"):
        lab.run_page.locator(".trn-artifact", has_text=name).click()
        lab.page.wait_for_load_state("networkidle")
        look(name, PAGE)
    lab.run("slow", seconds="2")
    expect(lab.run_page.get_by_role("progressbar")).to_be_visible()
    look("progress", PAGE)
    lab.expect_state("Succeeded")
    lab.command("toolrunner:open-history")
    expect(lab.page.locator(".trn-history-row[data-run]").first).to_be_visible()
    look("history", PAGE)
    lab.page.locator(PAGE).get_by_role("button", name="Add a filter").click()
    look("filters", PAGE)
    lab.page.keyboard.press("Escape")
    lab.command("toolrunner:open-queue")
    expect(lab.page.locator("#toolrunner-queue").get_by_role("heading", name="Queue")).to_be_visible()
    look("queue", PAGE)
    lab.command("toolrunner:add-toolbox")
    expect(lab.panel.get_by_label("Folder of scripts or notebooks, or one of them")).to_be_visible()
    look("toolboxes", PANEL)
    lab.command("toolrunner:open-tool", tool="calculate_pagerank")
    lab.panel.get_by_role("button", name="Presets").click()
    look("presets", ".trn-menu")
    assert not found, "\n".join(f"{view}: {one}" for view, all_ in found.items() for one in all_)


def test_the_panel_fits_a_narrow_sidebar(lab: Lab) -> None:
    lab.open_tool("every_kind")
    assert lab.panel.evaluate("panel => panel.clientWidth") < 280
    sticking_out = lab.panel.evaluate(
        """panel => [...panel.querySelectorAll('button, input, select, textarea, p, label')]
             .filter(one => one.offsetWidth > 1)
             .filter(one => one.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1)
             .map(one => one.outerHTML.slice(0, 120))"""
    )
    assert sticking_out == []
    expect(lab.panel.locator(".trn-run")).to_be_in_viewport(ratio=1)
    lab.open_tool("survey")
    # The field of a file and its three buttons stand in one line.
    heights = lab.panel.locator(".trn-file .trn-path").first.evaluate(
        "row => [...row.querySelectorAll('textarea, button')].map(one => Math.round(one.getBoundingClientRect().top))"
    )
    assert len(heights) == 4
    assert max(heights) - min(heights) <= 2


def test_nothing_moves_for_those_who_asked_for_that_and_marks_are_seen_in_forced_colours(lab: Lab) -> None:
    lab.page.emulate_media(forced_colors="active", reduced_motion="reduce")
    lab.run("slow", seconds="3")
    expect(lab.run_page.get_by_role("progressbar")).to_be_visible()
    moving = lab.page.evaluate(
        """() => document.getAnimations()
             .filter(one => one.playState === 'running' && one.effect.target.closest('.trn-root'))
             .map(one => one.effect.target.outerHTML.slice(0, 120))"""
    )
    assert moving == []
    lines = lab.run_page.get_by_role("tab").evaluate_all(
        """tabs => tabs.map(tab => [tab.ariaSelected === 'true', getComputedStyle(tab).borderBottomColor])"""
    )
    (marked,) = {colour for chosen, colour in lines if chosen}
    assert marked not in {colour for chosen, colour in lines if not chosen}
    lab.expect_state("Succeeded")


@pytest.mark.skipif(
    find_spec("jupyterlab_language_pack_ru_RU") is None,
    reason="needs pip install jupyterlab-language-pack-ru-RU",
)
def test_the_views_speak_russian(server: Server, open_lab: Callable[..., Lab]) -> None:
    setting = f"{server.url}lab/api/settings/@jupyterlab/translation-extension:plugin?token={TOKEN}"
    try:
        httpx.put(setting, json={"raw": '{"locale": "ru_RU"}'}).raise_for_status()
        lab = open_lab()
        lab.command("toolrunner:open-tool", tool="nasty")
        expect(lab.panel.locator(".trn-run")).to_have_text("Запустить")
        lab.field("count").fill("много")
        lab.field("text").fill("да")
        expect(lab.panel.locator(".trn-error").first).to_contain_text("«много» не целое число.")
        lab.press_run()
        expect(lab.panel.locator(".trn-foot")).to_contain_text("Нужно исправить 1 поле")
        lab.field("count").fill("2")
        lab.press_run()
        lab.expect_state("Успешно за")
    finally:
        httpx.put(setting, json={"raw": "{}"}).raise_for_status()
