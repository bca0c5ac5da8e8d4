"""The interface in Russian: no English is left in it, and its longer words are not cut off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import httpx
import pytest
from e2e.lab import Lab
from playwright.sync_api import expect
from serving import TOKEN, Server

pytestmark = pytest.mark.skipif(
    find_spec("jupyterlab_language_pack_ru_RU") is None,
    reason="needs pip install jupyterlab-language-pack-ru-RU",
)

PANEL = "#jupyter-toolrunner-sidebar"
PAGE = ".trn-main:not(.lm-mod-hidden)"
MENU = ".trn-menu, .trn-popup, [role=menu], [role=dialog]"
WORD = re.compile(r"[A-Za-z]{3,}")
#: The same in every language.
NAMES = {
    "JSON",
    "CSV",
    "HTML",
    "SVG",
    "Markdown",
    "Python",
    "REST",
    "Alt",
    "Ctrl",
    "Shift",
    "Enter",
    "Esc",
    "UTC",
    "home",
    "scripts",
}
#: Keys whose values have keys that people chose.
CHOSEN = {"params", "properties", "metadata", "environment", "packages"}
#: What is read, and heard, in a part of the page; not what tools wrote.
TEXTS = """
part => [...document.querySelectorAll(part)].flatMap(root => {
  const found = [];
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement;
    if (at.offsetParent !== null && !at.closest('pre, code, style, .trn-log-text, .trn-hex-rows, .trn-frame-text')) {
      found.push(walk.currentNode.textContent.trim());
    }
  }
  for (const name of ['aria-label', 'title', 'placeholder']) {
    for (const one of root.querySelectorAll(`[${name}]`)) if (one.offsetParent !== null) found.push(one.getAttribute(name));
  }
  return found;
})
"""
CUT = """
part => [...document.querySelectorAll(part)].flatMap(root =>
  [...root.querySelectorAll('button, label, h1, h2, h3, th, [role=tab], [role=columnheader]')]
    .filter(one => one.offsetParent !== null && one.clientWidth > 0 && !one.closest('.trn-artifact, .trn-tool'))
    .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')
    .map(one => `${one.className}: ${one.innerText}: ${one.scrollWidth} > ${one.clientWidth}`))
"""


@pytest.fixture
def russian(server: Server) -> Iterator[None]:
    setting = f"{server.url}lab/api/settings/@jupyterlab/translation-extension:plugin?token={TOKEN}"
    httpx.put(setting, json={"raw": '{"locale": "ru_RU"}'}).raise_for_status()
    yield
    httpx.put(setting, json={"raw": "{}"}).raise_for_status()


def _words(value: object, *, chosen: bool = False) -> set[str]:
    """What a value of the API says that is not the API's own."""
    if isinstance(value, dict):
        keys = {word for key in value if chosen for word in WORD.findall(key)}
        return keys.union(*(_words(each, chosen=key in CHOSEN) for key, each in value.items()))
    if isinstance(value, list):
        return set().union(*map(_words, value))
    return set(WORD.findall(value)) if isinstance(value, str) else set()


def _unknown(text: str, known: set[str]) -> set[str]:
    """Words of what is read that are nobody's; where a long value was cut, its last word may be half of one."""
    words = set(WORD.findall(text)) - known
    cut = re.search(r"([A-Za-z]{3,})…$", text)
    if cut is not None and any(word.startswith(cut[1]) for word in known):
        words.discard(cut[1])
    return words


@pytest.mark.parametrize("width", [1440, 1024])
@pytest.mark.timeout(240)
def test_every_view_speaks_russian_and_has_room_for_it(
    open_lab: Callable[..., Lab], server: Server, russian: None, width: int
) -> None:
    lab = open_lab()
    lab.page.set_viewport_size({"width": width, "height": 900})
    done, failed = server.done("toolbox.files"), server.wait(server.submit("toolbox.failing")["id"])
    waiting = [server.submit("toolbox.slow", seconds=600) for _ in range(4)]
    error = {**failed["error"], "hint": None}
    data = [server.http.get("tools").json(), done, {**failed, "error": error}, waiting]
    data += [server.http.get(f"tools/{one}").json() for one in ("every_kind", "failing")]
    data += [server.http.get("toolboxes").json(), str(server.folder), server.http.get("workers").json()]
    known = NAMES | {word for one in data for word in _words(one)}
    english: dict[str, list[str]] = {}
    cut: dict[str, list[str]] = {}

    def look(name: str, part: str) -> None:
        lab.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")
        texts = [text for text in lab.page.evaluate(TEXTS, part) if _unknown(text, known)]
        if texts:
            english[name] = sorted(set(texts))
        if found := lab.page.evaluate(CUT, part):
            cut[name] = found

    try:
        _walk(lab, look, done["id"], failed["id"], [run["id"] for run in waiting])
    finally:
        ids = [run["id"] for run in waiting]
        server.http.post("runs/bulk", json={"ids": ids, "action": "cancel"}).raise_for_status()
    assert not english, "\n".join(f"{name}: {texts}" for name, texts in english.items())
    assert not cut, "\n".join(f"{name}: {texts}" for name, texts in cut.items())


def _walk(lab: Lab, look: Callable[[str, str], None], done: str, failed: str, waiting: list[str]) -> None:
    page, panel = lab.page, lab.panel
    lab.command("toolrunner:open-panel")
    search = panel.get_by_role("searchbox").first
    expect(search).to_be_visible()
    expect(panel.locator(".trn-tool").first).to_be_visible()
    look("tools", PANEL)
    search.fill("ъъъъ")
    look("nothing found", PANEL)
    search.fill("")
    lab.command("toolrunner:open-tool", tool="every_kind")
    expect(panel.locator(".trn-form .trn-fields")).to_be_visible()
    look("form", PANEL)
    panel.locator(".trn-run").click()
    expect(panel.locator(".trn-error").first).to_be_visible()
    look("errors", PANEL)
    for button in panel.locator("button[aria-haspopup=menu]:enabled").all():
        button.click()
        look(f"menu {button.inner_text()}", MENU)
        page.keyboard.press("Escape")
    for name, run in (("done", done), ("failed", failed), ("running", waiting[0]), ("waits", waiting[-1])):
        lab.open_run(run)
        look(name, PAGE)
        for tab in lab.run_page.get_by_role("tab").all():
            tab.click()
            look(f"{name}, {tab.inner_text()}", PAGE)
        for button in lab.run_page.locator("button[aria-haspopup=menu]:enabled").all():
            button.click()
            look(f"{name}, menu {button.inner_text()}", MENU)
            page.keyboard.press("Escape")
    lab.open_run(done)
    for artifact in lab.run_page.locator(".trn-artifact").all():
        artifact.click()
        look(f"artifact {artifact.inner_text()}", PAGE)
    for command, row in (
        ("toolrunner:open-queue", "tr, [role=row]"),
        ("toolrunner:open-history", "[data-run]"),
    ):
        lab.command(command)
        expect(page.locator(PAGE).locator(row).first).to_be_visible()
        look(command, PAGE)
        for button in page.locator(PAGE).locator("button[aria-haspopup]:enabled").all():
            button.click()
            look(f"{command}, {button.inner_text()}", f"{MENU}, {PAGE}")
            page.keyboard.press("Escape")
        page.locator(PAGE).get_by_role("checkbox").nth(1).click()
        look(f"{command}, chosen", PAGE)
    lab.command("toolrunner:open-workers")
    busy = page.locator(f"{PAGE} [data-state=busy]").first
    expect(busy).to_be_visible()
    look("workers", PAGE)
    busy.get_by_role("button").last.click()
    look("a worker that may be stopped", PAGE)
    page.keyboard.press("Escape")
    lab.command("toolrunner:open-retention")
    expect(page.locator(PAGE).get_by_role("region", name="Последние очистки")).to_be_visible()
    look("retention", PAGE)
    lab.command("toolrunner:add-toolbox")
    look("toolboxes", PANEL)
