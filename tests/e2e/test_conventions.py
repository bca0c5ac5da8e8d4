"""What people expect of everything in Lab: commands, menus, keys, settings, notifications, words when something fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from e2e.lab import Lab
from playwright.sync_api import BrowserContext, Locator, WebSocketRoute, expect
from serving import Server

COMMANDS = """
async () => {
  const {commands} = window.jupyterapp;
  // What only the address calls is no command of a person's.
  const ofAddresses = ['toolrunner:open-permalink', 'toolrunner:open-form-link'];
  const ours = commands.listCommands().filter(id => id.startsWith('toolrunner:') && !ofAddresses.includes(id));
  return Promise.all(ours.map(async id => {
    const {args} = await commands.describedBy(id);
    const described = args?.type === 'object' && Object.values(args.properties).every(one => one.type && one.description);
    return [id, commands.label(id) !== '', commands.caption(id) !== '', described];
  }));
}
"""


def _menu(lab: Lab, name: str) -> Locator:
    lab.page.get_by_role("menuitem", name=name, exact=True).first.click()
    menu = lab.page.locator(".lm-Menu").last
    expect(menu).to_be_visible()
    return menu


def _set(lab: Lab, **values: object) -> None:
    """As the settings editor does."""
    lab.page.evaluate(
        """async values => {
             const registry = window.jupyterapp.pluginRegistry;
             const token = [...registry._services.keys()].find(one => one.name.endsWith(':ISettingRegistry'));
             const settings = await registry.resolveRequiredService(token);
             for (const [name, value] of Object.entries(values)) {
               await settings.set('jupyter-toolrunner:settings', name, value);
             }
           }""",
        values,
    )


@pytest.fixture
def settings(lab: Lab) -> object:
    """Puts the defaults back."""
    yield lambda **values: _set(lab, **values)
    _set(
        lab,
        notifications="all",
        openRun="front",
        wrapLog=False,
        density="compact",
        desktopNotifications=False,
    )


def test_every_command_says_what_it_does_and_takes(lab: Lab) -> None:
    found = lab.page.evaluate(COMMANDS)
    assert len(found) > 15
    assert [one for one in found if not all(one[1:])] == []


def test_the_palette_and_the_menus_of_lab_have_our_commands(lab: Lab) -> None:
    for name, entries in {
        "View": ["Show Tools", "Show History"],
        "Run": ["Run the Open Form", "Go to the Last Form"],
        "Settings": ["Settings of Tools and Runs"],
        "Help": ["Keys of Tools and Runs"],
    }.items():
        menu = _menu(lab, name)
        for entry in entries:
            expect(menu.locator(".lm-Menu-item", has_text=entry)).to_have_count(1)
        lab.page.keyboard.press("Escape")
    lab.page.keyboard.press("Control+Shift+c")
    palette = lab.page.locator("#modal-command-palette")
    palette.locator("input").fill("show history")
    palette.locator("[data-command='toolrunner:open-history']").click()
    expect(lab.page.get_by_role("heading", name="History")).to_be_visible()


def test_a_run_in_a_list_has_a_context_menu(lab: Lab) -> None:
    lab.run("nasty", text="menu")
    lab.expect_state("Succeeded")
    run = lab.run_id
    lab.command("toolrunner:open-history")
    row = lab.page.locator(f".trn-history [data-run='{run}']")
    row.click(button="right")
    assert run in lab.copy(lab.page.locator(".lm-Menu-item", has_text="Copy a Link to the Run"))
    row.click(button="right")
    lab.page.locator(".lm-Menu-item", has_text="Edit and Run Again").click()
    expect(lab.field("text")).to_have_value("menu")


def test_keys_walk_through_a_list_and_leave_fields_alone(lab: Lab) -> None:
    for text in ("one", "two"):
        lab.run("nasty", text=text)
        lab.expect_state("Succeeded")
    # Other than what is to come: then it is seen when it has.
    lab.field("text").fill("three")
    lab.command("toolrunner:open-history")
    rows = lab.page.locator(".trn-history [data-run]")
    expect(rows.nth(1)).to_be_visible()

    def focused() -> Any:
        return lab.page.evaluate("document.activeElement.closest('[data-run]')?.dataset.run ?? null")

    rows.first.locator("button").first.focus()
    lab.page.keyboard.press("j")
    assert focused() == rows.nth(1).get_attribute("data-run")
    lab.page.keyboard.press("k")
    assert focused() == rows.first.get_attribute("data-run")
    lab.page.keyboard.press("e")
    expect(lab.field("text")).to_have_value("two")
    lab.field("text").fill("jkxe?/")
    expect(lab.field("text")).to_have_value("jkxe?/")
    lab.page.keyboard.press("Control+Enter")
    lab.expect_state("Succeeded")
    lab.command("filebrowser:activate")
    lab.page.keyboard.press("Alt+r")
    expect(lab.panel).to_be_visible()
    expect(lab.field("text")).to_have_value("jkxe?/")


def test_keys_lead_to_the_log_the_pages_and_a_link_and_mean_nothing_in_fields(lab: Lab) -> None:
    lab.run("nasty", text="one")
    lab.expect_state("Succeeded")
    run = lab.run_id
    lab.run_page.locator(".trn-title").focus()
    lab.page.keyboard.press("l")
    expect(lab.run_page.get_by_role("tab", name="Log")).to_have_attribute("aria-selected", "true")
    lab.page.evaluate("navigator.clipboard.writeText('')")
    lab.page.keyboard.press("c")
    lab.page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('run'))")
    for keys, heading in (("gq", "Queue"), ("gw", "Workers"), ("gh", "History")):
        for key in keys:
            lab.page.keyboard.press(key)
        expect(lab.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    # From a list, of the run that has the focus.
    row = lab.page.locator(f".trn-history [data-run='{run}']")
    row.locator("button").first.focus()
    lab.page.keyboard.press("l")
    expect(lab.run_page).to_have_id(f"toolrunner-run-{run}")
    lab.open_tool("nasty")
    lab.field("text").fill("")
    lab.field("text").press_sequentially("lcgqghjk")
    expect(lab.field("text")).to_have_value("lcgqghjk")
    expect(lab.run_page).to_have_id(f"toolrunner-run-{run}")


def test_the_foot_of_the_sidebar_leads_to_queue_and_history(lab: Lab) -> None:
    lab.show_panel()
    pages = lab.panel.get_by_role("navigation", name="Pages")
    for name in ("Queue", "History"):
        pages.get_by_role("button", name=name).click()
        expect(lab.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    lab.open_tool("nasty")
    # A form has the foot for itself; the pages are icons above it.
    expect(pages).to_have_count(0)
    lab.panel.get_by_role("button", name="Queue").click()
    expect(lab.page.get_by_role("heading", name="Queue", exact=True)).to_be_visible()


def test_j_and_k_move_in_the_tree_of_tools_too(lab: Lab) -> None:
    lab.show_panel()
    tree = lab.panel.get_by_role("tree", name="Tools")
    tree.focus()
    first = tree.get_attribute("aria-activedescendant")
    lab.page.keyboard.press("j")
    expect(tree).not_to_have_attribute("aria-activedescendant", first or "")
    lab.page.keyboard.press("k")
    expect(tree).to_have_attribute("aria-activedescendant", first or "")


def test_one_key_shows_all_keys_as_they_are_set(lab: Lab) -> None:
    lab.show_panel()
    lab.panel.get_by_role("tree", name="Tools").focus()
    lab.page.keyboard.press("Shift+Slash")
    dialog = lab.page.locator(".jp-Dialog")
    for text in ("Go to the Last Form", "Alt+R", "Ctrl+Enter", "Next in the List"):
        expect(dialog).to_contain_text(text)
    registered = lab.page.evaluate(
        "new Set(window.jupyterapp.commands.keyBindings.map(one => one.command)"
        ".filter(id => id.startsWith('toolrunner:'))).size"
    )
    expect(dialog.locator("tbody tr")).to_have_count(registered)
    assert lab.violations(".jp-Dialog .trn-keys") == []


def test_settings_take_effect_at_once(lab: Lab, settings: Callable[..., None]) -> None:
    lab.open_tool("nasty")
    lab.field("text").fill("settings")
    settings(openRun="none", density="comfortable", wrapLog=True)
    pages = lab.page.locator(".trn-main[id^='toolrunner-run-']")
    run = lab.submit()
    expect(lab.page.locator(".Toastify__toast", has_text="Succeeded")).to_be_visible(timeout=30_000)
    assert pages.count() == 0
    expect(lab.page.locator("body")).to_have_attribute("data-trn-density", "comfortable")
    settings(openRun="background")
    lab.press_run()
    expect(pages).to_have_count(1)
    expect(pages).to_be_hidden()
    lab.open_run(run)
    expect(lab.run_page.locator(".trn-log").first).to_have_attribute("data-wrap", "true")


def test_the_settings_are_in_labs_editor(lab: Lab) -> None:
    lab.command("toolrunner:open-settings")
    editor = lab.page.locator(".jp-SettingsPanel")
    for text in ("Say when runs end", "After Run is pressed", "Wrap the lines of a log", "Height of rows"):
        expect(editor).to_contain_text(text)


def test_a_failed_run_out_of_sight_can_be_retried_from_its_notification(
    lab: Lab, settings: Callable[..., None]
) -> None:
    settings(openRun="none", notifications="failed")
    lab.open_tool("failing")
    lab.press_run()
    toast = lab.page.locator(".Toastify__toast", has_text="Failed")
    expect(toast).to_be_visible(timeout=30_000)
    with lab.answered("POST", "/retry") as answer:
        toast.get_by_role("button", name="Retry").click()
    run = answer.value.json()["id"]
    # The first one stays for a moment, and its run is still what it was.
    lab.server.eventually(lambda: (found := lab.server.run(run))["attempt"] == 2 and found["finished_at"])
    again = lab.page.locator(".Toastify__toast", has_text="Failed").last
    expect(again).to_be_visible(timeout=30_000)
    again.get_by_role("button", name="Open").click()
    lab.expect_state("Failed")
    assert lab.server.run(lab.run_id)["attempt"] == 2


def test_the_desktop_says_the_end_of_a_run_where_that_is_wanted_and_nobody_looks(
    open_lab: Callable[..., Lab],
) -> None:
    def watched(context: BrowserContext) -> None:
        context.grant_permissions(["notifications", "clipboard-read", "clipboard-write"])
        # What the browser is asked to show can be seen from outside in no other way.
        context.add_init_script(
            """window.shown = [];
               window.Notification = class extends window.Notification {
                 constructor(title, options) { super(title, options); window.shown.push(title); }
               };
               window.away = false;
               Object.defineProperty(Document.prototype, 'hidden', {get: () => window.away});"""
        )

    lab = open_lab(prepare=watched)

    def end_of_a_run(*, away: bool, says: bool = False) -> list[str]:
        lab.page.evaluate("away => { window.away = away; window.shown = []; }", away)
        lab.run("nasty", text="x")
        number = lab.server.wait(lab.run_id)["number"]
        lab.expect_state("Succeeded")
        if says:
            # An end that was there before the answer to the submit is said a moment later.
            lab.page.wait_for_function("window.shown.length > 0")
        said: list[str] = lab.page.evaluate("window.shown")
        assert all(title.startswith(f"#{number} nasty") for title in said)
        return said

    try:
        assert end_of_a_run(away=True) == []
        _set(lab, desktopNotifications=True)
        assert len(end_of_a_run(away=True, says=True)) == 1
        assert end_of_a_run(away=False) == []
    finally:
        lab.page.evaluate("window.away = false")
        _set(lab, desktopNotifications=False)


def test_a_page_that_cannot_be_loaded_says_so_and_the_rest_works_on(lab: Lab) -> None:
    lab.show_panel()
    blocked = re.compile("extensions/jupyter-toolrunner/static/")
    lab.context.route(blocked, lambda route: route.abort())
    lab.command("toolrunner:open-history")
    page = lab.page.locator("#toolrunner-history")
    expect(page.get_by_role("alert")).to_contain_text("A part of the program could not be loaded.")
    assert lab.violations("#toolrunner-history") == []
    lab.context.unroute(blocked)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(lab.search).to_be_visible()


def test_versions_that_differ_are_said_with_what_to_do(open_lab: Callable[..., Lab]) -> None:
    def older(context: BrowserContext) -> None:
        def route(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()
            socket.on_message(server.send)
            server.on_message(
                lambda text: socket.send(re.sub(r'("version": ?)"[^"]+"', r'\1"0.0.1"', str(text)))
            )

        context.route_web_socket(re.compile("toolrunner/api/events"), route)

    lab = open_lab(prepare=older)
    lab.show_panel()
    banner = lab.panel.locator(".trn-window-banner")
    expect(banner).to_contain_text("This page is of version")
    expect(banner).to_contain_text("the server of 0.0.1")
    expect(banner.get_by_role("button", name="Reload the page")).to_be_visible()
    expect(lab.page.locator(".jp-StatusBar-Widget, #jp-main-statusbar")).to_contain_text("different versions")
    assert lab.violations(".trn-window-banner") == []


def test_a_lost_connection_is_said_above_every_page_and_goes_by_itself(lab: Lab) -> None:
    lab.run("nasty", text="offline")
    lab.expect_state("Succeeded")
    lab.wire.cut()
    for place in (lab.panel, lab.run_page):
        expect(place.locator(".trn-window-banner")).to_contain_text(
            "No connection. Your values are kept", timeout=15_000
        )
    lab.dismiss()
    lab.wire.mend()
    expect(lab.page.locator(".trn-window-banner")).to_have_count(0, timeout=30_000)


def test_what_is_wrong_with_a_toolbox_is_said_until_somebody_closes_it(
    lab: Lab, server: Server, toolbox: Path
) -> None:
    settings = toolbox / "toolbox.yaml"
    settings.write_text("defaults: [")
    try:
        server.eventually(lambda: server.http.get("health").json()["toolbox_problems"])
        lab.reload()
        lab.show_panel()
        lab.command("toolrunner:open-queue")
        banners = lab.page.locator(".trn-window-banner:visible")
        expect(banners).to_have_count(2)
        expect(banners.first).to_contain_text("toolbox.yaml: not valid YAML")
        assert lab.violations(".trn-window-banner") == []
        banners.first.get_by_role("button", name="Close until something else is to be said").click()
        expect(banners).to_have_count(0)
        expect(lab.page.locator("#jp-main-statusbar")).to_contain_text("toolbox.yaml: not valid YAML")
        lab.reload()
        mark = lab.page.locator("#jp-main-statusbar [role=status]", has_text="toolbox.yaml: not valid YAML")
        expect(mark).to_have_attribute("title", re.compile(r"toolbox\.yaml: not valid YAML.*\(since \d"))
        expect(banners).to_have_count(0)
    finally:
        settings.unlink()
    server.eventually(lambda: not server.http.get("health").json()["problems"])


def test_two_windows_are_in_step_and_each_comes_back_as_it_was(
    lab: Lab, open_lab: Callable[..., Lab]
) -> None:
    other = open_lab()
    other.command("toolrunner:open-history")
    lab.run("nasty", text="two windows")
    lab.expect_state("Succeeded")
    run = lab.run_id
    expect(other.page.locator(f".trn-history [data-run='{run}']")).to_contain_text("Succeeded")
    with lab.layout_saved("toolrunner-history:"):
        lab.command("toolrunner:open-history")
    lab.reload()
    expect(lab.page.locator("#toolrunner-history")).to_be_visible()
    expect(lab.page.locator(f"#toolrunner-run-{run}")).to_have_count(1)
    expect(lab.panel.locator(".trn-run")).to_be_visible()
    expect(lab.field("text")).to_have_value("two windows")


def test_a_page_that_was_closed_opens_again(lab: Lab, server: Server) -> None:
    run = server.done("toolbox.nasty", text="closed")
    for command, page in {
        "toolrunner:open-history": "#toolrunner-history",
        "toolrunner:open-queue": "#toolrunner-queue",
        "toolrunner:open-workers": "#toolrunner-workers",
        "toolrunner:open-run": ".trn-main[id^='toolrunner-run-']",
    }.items():
        for _ in range(2):
            lab.command(command, id=run["id"])
            expect(lab.page.locator(page)).to_be_visible()
            lab.page.keyboard.press("Alt+w")
            expect(lab.page.locator(page)).to_have_count(0)
