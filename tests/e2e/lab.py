"""What a person does in Lab, as calls."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, WebSocketRoute, expect
from serving import TOKEN, Server

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
DARK = "JupyterLab Dark"
LIGHT = "JupyterLab Light"
#: In which what is seen of a page is looked at.
THEMES = (LIGHT, DARK)
#: Rules of axe that find something else where colours are others.
_OF_COLOURS = ["color-contrast", "link-in-text-block"]
#: Resolves when nothing moves any more but what moves for ever.
UNTIL_STILL = """() => Promise.allSettled(
  document.getAnimations().filter(one => one.effect.getComputedTiming().endTime !== Infinity).map(one => one.finished)
).then(() => undefined)"""


class Wire:
    """The window's WebSocket to us, which can be cut: a browser that is set offline keeps the sockets that it has."""

    def __init__(self, page: Page, *, gives_way: bool) -> None:
        """``gives_way``: a route of the browser goes before."""
        self._context = page.context
        self._open: list[WebSocketRoute] = []
        self._is_cut = False
        owner = page.context if gives_way else page
        owner.route_web_socket(re.compile("toolrunner/api/events"), self._route)

    def cut(self) -> None:
        self._is_cut = True
        self._context.set_offline(True)
        for socket in self._open:
            socket.close()
        self._open.clear()

    def mend(self) -> None:
        self._is_cut = False
        self._context.set_offline(False)

    def _route(self, socket: WebSocketRoute) -> None:
        if self._is_cut:
            socket.close()
        else:
            self._open.append(socket)
            socket.connect_to_server()


class Lab:
    """One browser window with Lab."""

    def __init__(
        self,
        context: BrowserContext,
        server: Server,
        *,
        workspace: str | None = None,
        query: str = "",
        prepare: Callable[[BrowserContext], None] | None = None,
    ) -> None:
        self.context = context
        self.server = server
        self.workspace = workspace or uuid.uuid4().hex
        self.errors: list[str] = []
        self._others = len(context.pages)
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.wire = Wire(self.page, gives_way=prepare is not None)
        if prepare is not None:
            prepare(context)
        self.page.goto(
            f"{server.url}lab/workspaces/{self.workspace}?token={TOKEN}{query}", wait_until="commit"
        )
        self.ready()

    @property
    def tabs(self) -> int:
        """Tabs of the browser: its own, and those that were opened since."""
        return len(self.context.pages) - self._others

    def ready(self) -> Lab:
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0, timeout=60_000)
        # What Lab opens last takes the focus: a key pressed before would go nowhere.
        self.page.wait_for_function("window.jupyterapp?.restored.then(() => true)", timeout=60_000)
        self.page.wait_for_function("window.jupyterapp.shell.currentWidget !== null", timeout=60_000)
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")
        expect(
            self.page.locator(".jp-SideBar .lm-TabBar-tab[data-id='jupyter-toolrunner-sidebar']")
        ).to_be_visible(timeout=60_000)
        return self

    def reload(self) -> Lab:
        self.page.reload(wait_until="commit")
        return self.ready()

    def answered(self, method: str, end: str) -> AbstractContextManager[Any]:
        """Until our server has answered such a request; Lab puts the time behind some addresses."""
        path = re.compile(rf"/toolrunner/api(/.*)?{re.escape(end)}(\?|$)")
        return self.page.expect_response(
            lambda answer: answer.request.method == method and path.search(answer.url) is not None
        )

    def layout_saved(self, what: str) -> AbstractContextManager[object]:
        """Until Lab has kept a layout that has this in it; it does so some time after the last change."""
        return self.page.expect_response(
            lambda answer: (
                answer.request.method == "PUT"
                and "/lab/api/workspaces/" in answer.url
                and what in (answer.request.post_data or "")
            )
        )

    def command(self, name: str, **args: Any) -> None:
        self.page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, args])

    def copy(self, control: Locator) -> str:
        """The text that a click on `control` puts into the clipboard."""
        return self.copied(control.click)

    def copied(self, act: Callable[[], object]) -> str:
        """The text that `act` puts into the clipboard."""
        # Writes and reads of a clipboard overtake each other: what is read is new when the mark is seen to have gone.
        mark = uuid.uuid4().hex
        self.page.evaluate("mark => navigator.clipboard.writeText(mark)", mark)
        self._clipboard("text === mark", mark)
        act()
        return self._clipboard("text !== mark && text !== ''", mark)

    def _clipboard(self, condition: str, mark: str) -> str:
        """Its text, once the condition holds."""
        script = """async mark => {
          for (;;) {
            const text = await navigator.clipboard.readText();
            if (%s) return text;
            await new Promise(requestAnimationFrame);
          }
        }"""
        return str(self.page.evaluate(script % condition, mark))

    def dismiss(self) -> None:
        """Lab's own message about a lost connection."""
        dialog = self.page.locator(".jp-Dialog")
        if dialog.is_visible():
            self.page.keyboard.press("Escape")
            expect(dialog).to_have_count(0)

    def theme(self, name: str) -> None:
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
        )
        expect(self.page.locator(f"body[data-jp-theme-name='{name}']")).to_have_count(1)

    # -- the sidebar --------------------------------------------------------------------------------------------

    @property
    def panel(self) -> Locator:
        return self.page.locator("#jupyter-toolrunner-sidebar")

    @property
    def search(self) -> Locator:
        return self.panel.get_by_role("searchbox", name="Search tools")

    def show_panel(self) -> Lab:
        if not self.panel.is_visible():
            self.page.locator(".jp-SideBar .lm-TabBar-tab[data-id='jupyter-toolrunner-sidebar']").click()
        expect(self.panel).to_be_visible()
        back = self.panel.get_by_role("button", name="Tools", exact=True)
        if back.is_visible():
            back.click()
        expect(self.search).to_be_visible()
        return self

    def open_tool(self, name: str) -> Lab:
        """By the search, as one does."""
        self.show_panel()
        self.search.fill(name)
        self.panel.locator(".trn-tool", has_text=name).first.click()
        expect(self.panel.locator(".trn-form :is(.trn-fields, .trn-notice)")).to_be_visible()
        return self

    def field(self, label: str) -> Locator:
        return self.panel.get_by_label(re.compile(rf"^{re.escape(label)}\s*\*?$")).first

    def unfold(self) -> Lab:
        """Show the fields that are left at their defaults."""
        self.panel.get_by_role("button", name=re.compile("more, at their defaults$")).click()
        return self

    def pick_result(self, label: str, text: str = "") -> Lab:
        """Take an earlier result for a field: the newest, or the newest with this text."""
        self.panel.get_by_role("button", name=f"{label}: an earlier result").click()
        # Runs under way stand above them, and will leave more.
        options = self.page.locator(".trn-picker-list [role=option]:not(:has(.trn-mark))")
        options.filter(has_text=text).first.click()
        expect(self.panel.locator(".trn-chosen-file")).to_be_visible()
        return self

    def press_run(self) -> Lab:
        self.panel.locator(".trn-run").click()
        return self

    def run(self, name: str, **values: str) -> Locator:
        """Fill a tool's form, press Run; the run's page."""
        self.open_tool(name)
        for label, value in values.items():
            self.field(label).fill(value)
        run = self.submit()
        # The page of the run before may stand there until then.
        expect(self.page.locator(f"#toolrunner-run-{run} .trn-title")).to_have_text(name)
        return self.run_page

    def submit(self) -> str:
        """Press Run; the id of the run that comes of it."""
        with self.answered("POST", "/runs") as answer:
            self.press_run()
        assert answer.value.status == 201, answer.value.text()
        return str(answer.value.json()["id"])

    # -- a run's page -------------------------------------------------------------------------------------------

    @property
    def run_page(self) -> Locator:
        return self.page.locator(".trn-main[id^='toolrunner-run-']:visible")

    @property
    def run_id(self) -> str:
        return (self.run_page.get_attribute("id") or "").removeprefix("toolrunner-run-")

    def tab(self, name: str) -> None:
        self.run_page.get_by_role("tab", name=name).click()

    def expect_state(self, text: str, seconds: float = 60) -> None:
        expect(self.run_page.locator(".trn-state")).to_contain_text(text, timeout=seconds * 1000)

    def open_run(self, run: str) -> Locator:
        self.command("toolrunner:open-run", id=run)
        expect(self.run_page.locator(".trn-title")).to_be_visible()
        return self.run_page

    # -- looking ------------------------------------------------------------------------------------------------

    def violations(self, selector: str, *, themes: Sequence[str] = ()) -> list[str]:
        """What axe finds wrong inside, each with where; what depends on colours is looked for in each of these themes."""
        found = self._violations(selector, {})
        shown = self.page.locator("body").get_attribute("data-jp-theme-name")
        for theme in themes:
            if theme != shown:
                self.theme(theme)
                # A colour on its way to another one is neither.
                self.page.evaluate(UNTIL_STILL)
                found += [f"{theme}: {one}" for one in self._violations(selector, {"runOnly": _OF_COLOURS})]
        return found

    def _violations(self, selector: str, options: dict[str, Any]) -> list[str]:
        if not self.page.evaluate("typeof window.axe !== 'undefined'"):
            self.page.add_script_tag(content=AXE.read_text("utf-8"))
        found = self.page.evaluate(
            "([selector, options]) => window.axe.run(selector, options).then(found => found.violations)",
            [selector, options],
        )
        return [
            f"{one['id']}: {one['help']}: {[(n['target'], n['failureSummary']) for n in one['nodes'][:3]]}"
            for one in found
        ]
