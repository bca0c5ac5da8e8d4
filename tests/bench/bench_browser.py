"""How soon a browser shows what happened: ``python tests/bench/bench_browser.py [--runs 40] [--write]``.

A real Lab in Chromium, with the page of a run open while it runs. Times are from the run's own clock (when the attempt
ended; when the tool printed its first line) to the change of the page, on one machine with one clock.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import uuid
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, keep
from serving import TOKEN, Server, serving

TOOL = '''"""Tools of the benchmark."""
import time
from jupyter_toolrunner import tool

@tool
def say_when() -> None:
    """Print the time, and go on for a moment."""
    time.sleep(0.5)
    print(f"{time.time() * 1000:.1f}", flush=True)
    time.sleep(0.5)
'''
#: Notes when the first line of the log and the end of the run show.
WATCH = """
run => {
  const page = document.getElementById('toolrunner-run-' + run);
  window.seen = {};
  const look = () => {
    const line = page.querySelector('.trn-log-line');
    if (line && !window.seen.line) { window.seen.line = Date.now(); window.seen.text = line.innerText; }
    const state = page.querySelector('.trn-state')?.innerText ?? '';
    if (/Succeeded/.test(state) && !window.seen.end) window.seen.end = Date.now();
  };
  new MutationObserver(look).observe(page, {subtree: true, childList: true, characterData: true});
  look();
}
"""


#: Notes when Lab is restored, its splash is gone and what must be there can be clicked, since the navigation began.
START = """
(() => {
  const wanted = %s;
  const look = () => {
    const app = window.jupyterapp;
    if (!app?.restored || document.getElementById('jupyterlab-splash') || !document.querySelector(wanted)) {
      return setTimeout(look, 4);
    }
    app.restored.then(() => requestAnimationFrame(() => setTimeout(() => { window.interactive = performance.now(); }, 0)));
  };
  look();
})()
"""
FILES = ".jp-SideBar .lm-TabBar-tab[data-id='filebrowser']"
TOOLS = ".jp-SideBar .lm-TabBar-tab[data-id='jupyter-toolrunner-sidebar']"
NAMES = {"jupyter-toolrunner", "jupyter-toolrunner-widgets"}


def one_start(browser: Browser, server: Server, *, extended: bool) -> float:
    """Milliseconds until Lab can be used by someone who comes for the first time, with or without the extension."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(START % json.dumps(TOOLS if extended else FILES))

    def serve(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text() if extended else _without_extension(answer.text()))

    context.route(re.compile(r"/lab/workspaces/"), serve)
    page = context.new_page()
    page.goto(f"{server.url}lab/workspaces/{uuid.uuid4().hex}?token={TOKEN}", wait_until="commit")
    page.wait_for_function("window.interactive", timeout=120_000)
    there = page.locator(TOOLS).count() > 0
    assert there == extended
    taken = float(page.evaluate("window.interactive"))
    context.close()
    return taken


def _without_extension(html: str) -> str:
    """Lab's page as it would be where the extension is not installed."""
    begin = html.index(">", html.index('id="jupyter-config-data"')) + 1
    end = html.index("</script>", begin)
    config = json.loads(html[begin:end])
    extensions = config["federated_extensions"]
    config["federated_extensions"] = [one for one in extensions if one["name"] not in NAMES]
    assert len(config["federated_extensions"]) == len(extensions) - len(NAMES)
    return html[:begin] + json.dumps(config) + html[end:]


def measure_start(browser: Browser, server: Server, rounds: int) -> Row:
    one_start(browser, server, extended=True)
    one_start(browser, server, extended=False)
    extended: list[float] = []
    plain: list[float] = []
    for turn in range(rounds):
        for with_extension in (True, False) if turn % 2 else (False, True):
            (extended if with_extension else plain).append(
                one_start(browser, server, extended=with_extension)
            )
    here, against = statistics.median(extended), statistics.median(plain)
    return Row(
        "Lab's start to the first click, cold browser",
        f"{here:.0f} ms (n={rounds})",
        f"without the extension {against:.0f} ms (n={rounds})",
        here / against,
        1.05,
    )


def one_run(page: Page, server: Server) -> tuple[float, float]:
    """Milliseconds from the end of the run, and from its first line, to the page."""
    run = server.submit("say_when")["id"]
    page.evaluate("run => window.jupyterapp.commands.execute('toolrunner:open-run', {id: run})", run)
    page.wait_for_selector(f"#toolrunner-run-{run} .trn-state", state="attached")
    page.evaluate(WATCH, run)
    page.wait_for_function("window.seen.end && window.seen.line", timeout=30_000)
    seen = page.evaluate("window.seen")
    ended = datetime.fromisoformat(server.run(run)["finished_at"]).timestamp() * 1000
    page.evaluate("window.jupyterapp.shell.currentWidget.close()")
    return seen["end"] - ended, seen["line"] - float(seen["text"].split()[-1])


def measure(folder: Path, runs: int, starts: int) -> list[Row]:
    box = folder / "box"
    box.mkdir()
    (box / "tools.py").write_text(TOOL)
    config = folder / "config"
    config.mkdir()
    (config / "jupyter_lab_config.json").write_text('{"LabApp": {"expose_app_in_browser": true}}')
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with (
        serving(folder / "lab", app="lab", toolboxes=(box,), JUPYTER_CONFIG_DIR=str(config)) as server,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{server.url}lab?token={TOKEN}", wait_until="commit")
        page.wait_for_function("window.jupyterapp?.restored.then(() => true)", timeout=60_000)
        page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=60_000)
        one_run(page, server)
        measured = [one_run(page, server) for _ in range(runs)]
        page.close()
        start = measure_start(chromium, server, starts)
        chromium.close()
    return [
        start,
        _row("end of a run to the page, p95, ms", [end for end, _ in measured]),
        _row("first line of a log to the page, p95, ms", [line for _, line in measured]),
    ]


def _row(what: str, times: list[float]) -> Row:
    p95 = statistics.quantiles(times, n=20)[-1]
    return Row(
        what, f"p50 {statistics.median(times):.0f} ms (n={len(times)})", "the run's own clock", p95, 300
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--starts", type=int, default=12)
    parser.add_argument("--write", action="store_true", help="keep the rows in RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), options.runs, options.starts)
    print(*(str(row) for row in rows), sep="\n")
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
