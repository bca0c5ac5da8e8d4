"""How soon a form shows in a notebook: ``python tests/bench/bench_widgets.py [--rounds 20] [--write]``.

From the execution of a cell to the last field on the screen, in one Lab, against a form of as many fields that somebody
wrote by hand with ipywidgets; by turns, in one notebook, the kernel the same.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, keep
from e2e.notebook import write_notebook
from serving import TOKEN, Server, serving

TOOL = '''"""A tool with fields of every usual kind."""
from typing import Literal
from jupyter_toolrunner import tool

@tool
def survey(title: str = "", place: str = "here", share: float = 0.85, rounds: int = 5, seed: int = 0,
           method: Literal["fast", "exact", "sampled"] = "fast", verbose: bool = False, notes: str = "") -> None:
    """Do nothing with eight values."""
'''
OURS = "ToolForm('survey')"
BY_HAND = """box = widgets.VBox([
    widgets.Text(description='title'),
    widgets.Text('here', description='place'),
    widgets.FloatText(0.85, description='share'),
    widgets.IntText(5, description='rounds'),
    widgets.IntText(0, description='seed'),
    widgets.Dropdown(options=['fast', 'exact', 'sampled'], description='method'),
    widgets.Checkbox(description='verbose'),
    widgets.Text(description='notes'),
    widgets.Button(description='Run'),
])
box"""
#: Runs the cell and waits until so many controls have their place on the screen; milliseconds.
SHOW = """
async ([number, controls]) => {
  const { content } = window.jupyterapp.shell.currentWidget;
  content.deselectAll();
  content.activeCellIndex = number;
  const cell = content.widgets[number];
  cell.model.clearExecution();
  const count = () => [...cell.outputArea.node.querySelectorAll(controls)].filter(one => one.offsetParent !== null).length;
  while (count() > 0) await new Promise(requestAnimationFrame);
  const begun = performance.now();
  void window.jupyterapp.commands.execute('notebook:run-cell');
  while (count() < 9) {
    if (performance.now() - begun > 20_000) throw new Error(`${count()} controls show`);
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - begun;
}
"""
#: Eight fields and the button.
CONTROLS = {
    1: ".trn-fields [data-field], .trn-run",
    2: ".widget-vbox > *",
}
GOAL = 1.3


def opened(chromium: Browser, server: Server, notebook: str) -> Page:
    """A page in which neither form was shown, with a kernel in which none was made."""
    page = chromium.new_context(viewport={"width": 1440, "height": 1200}).new_page()
    # A workspace of its own: what another page had open would come back first.
    page.goto(
        f"{server.url}lab/workspaces/{Path(notebook).stem}/tree/{notebook}?token={TOKEN}", wait_until="commit"
    )
    page.wait_for_function("window.jupyterapp?.restored.then(() => true)", timeout=60_000)
    # As long as nobody needs to look at what was opened.
    page.wait_for_timeout(3000)
    panel = "window.jupyterapp.shell.currentWidget"
    page.wait_for_function(f"{panel}?.sessionContext?.session?.kernel?.status === 'idle'", timeout=60_000)
    page.evaluate(f"{panel}.content.activeCellIndex = 0")
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell').then(() => undefined)")
    return page


def measure(folder: Path, rounds: int, pages: int) -> list[Row]:
    box = folder / "box"
    box.mkdir()
    (box / "tools.py").write_text(TOOL)
    config = folder / "config"
    config.mkdir()
    (config / "jupyter_lab_config.json").write_text('{"LabApp": {"expose_app_in_browser": true}}')
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    first: dict[int, list[float]] = {1: [], 2: []}
    again: dict[int, list[float]] = {1: [], 2: []}
    with (
        serving(folder / "lab", app="lab", toolboxes=(box,), JUPYTER_CONFIG_DIR=str(config)) as server,
        sync_playwright() as playwright,
    ):
        # What is asked for once in a kernel is no part of a form; the page has no widget before the first form.
        imports = (
            "import ipywidgets as widgets\nfrom jupyter_toolrunner.widgets import ToolForm\n"
            "from jupyter_toolrunner.widgets.connection import the_client\n"
            "_ = the_client().tool('survey')"
        )
        server.eventually(lambda: any("survey" in tool["name"] for tool in server.http.get("tools").json()))
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for turn in range(pages):
            for number in (1, 2) if turn % 2 else (2, 1):
                other = 3 - number
                name = f"page-{turn}-{number}.ipynb"
                write_notebook(server.root / name, imports, OURS, BY_HAND)
                page = opened(chromium, server, name)
                first[number].append(page.evaluate(SHOW, [number, CONTROLS[number]]))
                page.evaluate(SHOW, [other, CONTROLS[other]])
                for _ in range(-(-rounds // pages // 2)):
                    for each in (number, other):
                        again[each].append(page.evaluate(SHOW, [each, CONTROLS[each]]))
                page.context.close()
        chromium.close()
    return [
        _row("ToolForm shown, first in its page, p50", first),
        _row("ToolForm shown, p50", again),
    ]


def _row(what: str, times: dict[int, list[float]]) -> Row:
    ours, by_hand = (statistics.median(times[number]) for number in (1, 2))
    against = f"hand-written ipywidgets form {by_hand:.0f} ms (n={len(times[2])})"
    return Row(what, f"{ours:.0f} ms (n={len(times[1])})", against, ours / by_hand, GOAL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="keep the rows in RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), options.rounds, options.pages)
    print(*(str(row) for row in rows), sep="\n")
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
