"""How soon a browser shows what happened: ``python tests/bench/bench_browser.py [--runs 40] [--write]``.

A real Lab in Chromium, with the page of a run open while it runs. Times are from the run's own clock (when the attempt
ended; when the tool printed its first line) to the change of the page, on one machine with one clock.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

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


def measure(folder: Path, runs: int) -> list[Row]:
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
        chromium.close()
    return [
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
    parser.add_argument("--write", action="store_true", help="keep the rows in RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), options.runs)
    print(*(str(row) for row in rows), sep="\n")
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
