"""Whatever a tool writes, wherever it is shown: it runs nothing, asks nobody, and puts nothing into the page."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import WINDOW, settle
from e2e.lab import Lab
from e2e.payloads import payloads
from playwright.sync_api import Browser, Dialog, Error, Page, expect
from serving import Server, serving

LOADING = re.compile("^(Loading|Drawing)")
#: What goes away from its page.
LEAVING = re.compile(r"location=|refresh|open\(|onbeforeunload|print\(")
KINDS = ("html", "svg", "md", "ipynb", "json", "csv", "txt", "xml", "vl.json", "plotly.json")

WRITER = '''
"""Write what it is given, in every way."""

import json
import sys
from pathlib import Path

from jupyter_toolrunner import tool


#: Ends what a text leaves open, which would swallow those after it.
ENDS = "".join(f"</{one}>" for one in ("textarea", "script", "style", "iframe", "title", "noscript", "template", "select"))


def _contents(kind: str, texts: list[str]) -> str:
    text = f"\\n{ENDS}-->\\n\\n".join(texts)
    if kind == "svg":
        spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        return f'<svg {spaces} width="99" height="99">{text}</svg>'
    if kind == "ipynb":
        types = ("text/html", "text/markdown", "image/svg+xml", "application/javascript", "text/latex")
        outputs = [
            {"output_type": "display_data", "metadata": {}, "data": dict.fromkeys(types, text)},
            {"output_type": "stream", "name": "stdout", "text": text},
            {"output_type": "error", "ename": text, "evalue": text, "traceback": texts},
        ]
        cells = [
            {"cell_type": "markdown", "metadata": {}, "source": text},
            {"cell_type": "raw", "metadata": {}, "source": text},
            {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": text, "outputs": outputs},
        ]
        return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
    if kind == "json":
        return json.dumps({one: one for one in texts})
    if kind == "csv":
        return "\\n".join(",".join('"' + one.replace('"', '""') + '"' for one in row) for row in zip(texts, reversed(texts)))
    if kind == "xml":
        return f"<?xml version='1.0'?><root>{text}</root>"
    if kind == "vl.json":
        values = [{"a": one, "b": 1, "url": one, "tip": one} for one in texts]
        names = {"href": {"field": "url"}, "tooltip": {"field": "tip"}}
        encoding = {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}, **names}
        chart = {"title": texts[0], "data": {"values": values}, "mark": "bar", "encoding": encoding}
        return json.dumps({**chart, "usermeta": {"embedOptions": {"loader": {"http": texts}}}})
    if kind == "plotly.json":
        note = [{"text": one, "x": 1, "y": 1} for one in texts]
        line = {"x": texts, "y": [1] * len(texts), "text": texts, "hovertext": texts, "name": texts[0]}
        layout = {"title": {"text": texts[0]}, "annotations": note, "images": [{"source": one} for one in texts]}
        return json.dumps({"data": [line], "layout": layout})
    return text


def _read() -> list[str]:
    return json.loads(Path(__PLACE__).read_text("utf-8"))


@tool
def contents(kind: str, batch: int, step: int = 1) -> None:
    """Files with so many of the texts in each; ``step`` leaves some out."""
    texts = _read()[::step]
    for i in range(0, len(texts), batch):
        Path(f"{i:04d}.{kind}").write_text(_contents(kind, texts[i : i + batch]), "utf-8", errors="replace")


@tool
def names() -> None:
    """Files that are called so."""
    for i, text in enumerate(_read()):
        name = text.replace("/", "\\u2215").replace("\\0", "")[:100]
        Path(f"{i}{name}").write_bytes(b"x")


@tool
def lines() -> None:
    """A log with each."""
    for text in _read():
        print(text)


@tool
def given(texts: list[str], text: str) -> list[str]:
    """Give back what came."""
    return texts


@tool
def fails() -> None:
    """An error with all of them."""
    raise ValueError("\\n".join(_read()))
'''

LOOK = """
() => {
  const shown = nodes => nodes.map(one => one.outerHTML.slice(0, 300));
  const all = selector => [...document.querySelectorAll(selector)];
  const isScript = text => /^\\s*javascript:/i.test(text ?? '');
  return {
    hit: [window.__hit, Object.prototype.__hit, localStorage.evil, document.cookie.includes('evil')].filter(one => one),
    ours: shown(all('[data-evil], .evil, base, frameset, object, embed, meta[http-equiv=refresh]')),
    far: shown([
      ...all('[src], [href]').filter(one => isScript(one.getAttribute('href')) || isScript(one.getAttribute('src'))),
      ...all(`[src*="${FAR}"], link[href*="${FAR}"], [style*="${FAR}"]`)
    ])
  };
}
"""

ERRORS = """
if (window === window.top) {
  window.__errors = [];
  window.addEventListener('error', event => window.__errors.push(event.message));
  window.addEventListener('unhandledrejection', event => window.__errors.push(String(event.reason)));
}
"""


class Far:
    """A server that nobody should ask for anything."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        #: Served at the root.
        self.page = ""
        far = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                far.asked.append(self.path)
                page = far.page.encode(errors="replace") if self.path == "/" else b""
                self.send_response(200 if page else 204)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            do_POST = do_GET  # noqa: N815 - the name that http.server looks for

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def far() -> Iterator[Far]:
    far = Far()
    yield far
    far.close()


@pytest.fixture
def asked_freely() -> Iterator[Far]:
    """One that may be asked: what the texts do where nothing holds them."""
    far = Far()
    yield far
    far.close()


@pytest.fixture(scope="module")
def texts(far: Far) -> list[str]:
    made = payloads(far.place)
    assert len(made) >= 300
    return made


@pytest.fixture(scope="module")
def hostile(texts: list[str], built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    toolbox = folder / "root" / "toolbox"
    toolbox.mkdir(parents=True)
    place = folder / "texts.json"
    place.write_text(json.dumps(texts), "utf-8")
    (toolbox / "writer.py").write_text(WRITER.replace("__PLACE__", repr(str(place))), "utf-8")
    named = "".join(
        f"\n@tool(title={text[:200]!r}, description={text!r}, category={text[:40]!r}, tags=[{text[:40]!r}])\n"
        f"def named_{i}(value: str = {text!r}) -> None:\n    pass\n"
        for i, text in enumerate(texts[::6])
    )
    (toolbox / "named.py").write_text(f"from jupyter_toolrunner import tool\n{named}", "utf-8")
    # A file that cannot be read says so with its own words.
    (toolbox / "broken.py").write_text(f"raise ValueError({' '.join(texts[:40])!r})\n", "utf-8")
    with serving(folder, app="lab", toolboxes=(toolbox,), **settle(folder, built)) as server:
        server.eventually(
            lambda: {"contents", "fails"} <= {tool["short_name"] for tool in server.http.get("tools").json()},
            "the tools are not read",
        )
        yield server


def _refused(page: Page) -> list[str]:
    """What dialogs of the page say, which are closed at once."""
    said: list[str] = []

    def refuse(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    return said


@pytest.fixture(scope="module")
def guarded(hostile: Server, far: Far, browser: Browser) -> Iterator[tuple[Lab, Callable[[str], None]]]:
    """One for all: what is done to it once is there to be seen from then on."""
    context = browser.new_context(**WINDOW)
    context.add_init_script(ERRORS)
    lab = Lab(context, hostile)
    dialogs = _refused(lab.page)
    opened: list[str] = []
    lab.context.on("page", lambda page: opened.append(page.url))
    script = LOOK.replace("FAR", json.dumps(far.place))

    def nothing_happened(where: str) -> None:
        assert lab.page.evaluate(script) == {"hit": [], "ours": [], "far": []}, where
        assert dialogs == [], where
        assert opened == [], where
        assert far.asked == [], where
        assert lab.page.url.startswith(hostile.url), where
        assert lab.page.evaluate("window.__errors") == [], where

    yield lab, nothing_happened
    # Scripts that are locked into a frame fail there, which is as it should be: only our own page's errors count.
    context.close()


@pytest.fixture
def window(guarded: tuple[Lab, Callable[[str], None]]) -> Iterator[tuple[Lab, Callable[[str], None]]]:
    """The same, with nothing open that another test would have to wait for."""
    yield guarded
    guarded[0].command("application:close-all")


def test_the_same_texts_do_harm_in_a_page_that_holds_nothing_back(
    browser: Browser, asked_freely: Far
) -> None:
    """What the other tests look for is there to be found."""
    page = browser.new_page()
    dialogs = _refused(page)
    script = LOOK.replace("FAR", json.dumps(asked_freely.place))
    hits = marks = 0
    texts = [text for text in payloads(asked_freely.place) if not re.search(LEAVING, text)][::4]
    for asked_freely.page in texts:
        page.goto(f"http://{asked_freely.place}/", wait_until="commit")
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")
        found = page.evaluate(script)
        hits += bool(found["hit"])
        marks += bool(found["ours"])
    page.close()
    asked = {path for path in asked_freely.asked if path.startswith(("/request/", "/script/"))}
    assert hits > 10
    assert marks > 20
    assert len(dialogs) > 10
    assert len(asked) > 10


def _still(lab: Lab) -> None:
    """Until what was put into the page, and into its frames, has had its turn."""
    for frame in lab.page.frames[1:]:
        # One that goes away meanwhile has nothing to say any more.
        with contextlib.suppress(Error):
            frame.wait_for_url("about:srcdoc", wait_until="load", timeout=10_000)
    lab.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 150)))")


def _look_through(
    window: tuple[Lab, Callable[[str], None]], hostile: Server, kind: str, batch: int, step: int = 1
) -> None:
    lab, nothing_happened = window
    run = hostile.done("contents", kind=kind, batch=batch, step=step)
    lab.open_run(run["id"])
    lab.tab("Results")
    for artifact in run["artifacts"]:
        lab.run_page.locator(f"[data-artifact='{artifact['id']}']").click()
        preview = lab.run_page.locator(".trn-preview")
        expect(preview.get_by_role("heading", name=artifact["name"])).to_be_visible()
        body = preview.locator(".trn-preview-body")
        expect(
            body.locator("iframe, img, [role=grid], [role=region], .trn-notice, .trn-failure").first
        ).to_be_visible()
        expect(body.locator(".trn-notice", has_text=LOADING)).to_have_count(0, timeout=30_000)
        _still(lab)
        nothing_happened(artifact["name"])
        scripts = body.get_by_role("button", name="Run its scripts")
        if scripts.is_visible():
            scripts.click()
            _still(lab)
            nothing_happened(f"{artifact['name']} with its scripts")


@pytest.mark.parametrize("kind", KINDS)
def test_contents_of_a_result_do_nothing(
    window: tuple[Lab, Callable[[str], None]], hostile: Server, kind: str
) -> None:
    _look_through(window, hostile, kind, 110)


def test_contents_of_a_picture_do_nothing(window: tuple[Lab, Callable[[str], None]], hostile: Server) -> None:
    # A picture whose text is not well-formed is none: each stands alone.
    _look_through(window, hostile, "svg", 1, step=9)


def test_names_of_results_are_only_names(window: tuple[Lab, Callable[[str], None]], hostile: Server) -> None:
    lab, nothing_happened = window
    run = hostile.done("names")
    assert len(run["artifacts"]) > 300
    lab.open_run(run["id"])
    lab.tab("Results")
    for artifact in run["artifacts"][::12]:
        lab.run_page.locator(f"[data-artifact='{artifact['id']}']").click()
        expect(lab.run_page.locator(f"[data-artifact='{artifact['id']}']")).to_have_attribute(
            "aria-current", "true"
        )
    _still(lab)
    nothing_happened("names")


def test_a_log_is_only_text(window: tuple[Lab, Callable[[str], None]], hostile: Server) -> None:
    lab, nothing_happened = window
    lab.open_run(hostile.done("lines")["id"])
    lab.tab("Log")
    lines = lab.run_page.locator(".trn-log-lines").first
    for key in ("Home", *["PageDown"] * 12, "End"):
        lines.press(key)
        _still(lab)
        nothing_happened(f"log, {key}")


def test_values_of_params_are_only_text(
    window: tuple[Lab, Callable[[str], None]], hostile: Server, texts: list[str]
) -> None:
    lab, nothing_happened = window
    run = hostile.done("given", texts=texts, text="\n".join(texts))
    lab.open_run(run["id"])
    lab.tab("Parameters")
    _still(lab)
    nothing_happened("parameters")
    lab.command("toolrunner:edit-and-run-again", id=run["id"])
    expect(lab.panel.locator(".trn-form .trn-fields")).to_be_visible()
    _still(lab)
    nothing_happened("form")
    lab.command("toolrunner:open-history")
    expect(lab.page.locator(f".trn-history [data-run='{run['id']}']")).to_be_visible()
    _still(lab)
    nothing_happened("history")


def test_what_tools_say_of_themselves_is_only_text(
    window: tuple[Lab, Callable[[str], None]], hostile: Server
) -> None:
    lab, nothing_happened = window
    lab.show_panel()
    expect(lab.panel.locator(".trn-tool").first).to_be_visible()
    _still(lab)
    nothing_happened("tools")
    named = [tool for tool in hostile.http.get("tools").json() if tool["short_name"].startswith("named_")]
    assert len(named) >= 50
    for tool in named:
        lab.command("toolrunner:open-tool", tool=tool["name"])
        expect(lab.panel.locator(".trn-form .trn-fields")).to_be_visible()
        nothing_happened(tool["name"])


def test_an_error_is_only_text(window: tuple[Lab, Callable[[str], None]], hostile: Server) -> None:
    lab, nothing_happened = window
    run = hostile.wait(hostile.submit("fails")["id"])
    assert run["status"] == "failed"
    lab.open_run(run["id"])
    lab.expect_state("Failed")
    _still(lab)
    nothing_happened("error")
