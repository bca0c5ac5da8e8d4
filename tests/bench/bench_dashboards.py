"""How soon a dashboard shows what it has stored: ``python tests/bench/bench_dashboards.py [--rounds 30] [--write]``.

From the navigation to the first painted content, in one browser, by turns: a dashboard with texts, a table of pandas
and a form of ours; and a file of the same content without any script, which the same server gives.
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
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pandas as pd
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, keep
from serving import TOKEN, Server, serving

from jupyter_toolrunner.core.dashboards import VIEW_TYPE

GOAL = 1.2
#: Milliseconds from the navigation to the first content, once it is on the screen.
PAINTED = """
() => new Promise(done => {
  const look = () => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    if (paint) done(paint.startTime); else requestAnimationFrame(look);
  };
  look();
})
"""


def notebook() -> dict[str, Any]:
    """A report as people make them, with the results that it had."""
    frame = pd.DataFrame({f"column {n}": range(60) for n in range(8)})
    table = nbformat.v4.new_code_cell("frame")
    table.outputs = [
        nbformat.v4.new_output("display_data", {"text/html": frame.to_html(), "text/plain": "…"})
    ]
    form = nbformat.v4.new_code_cell("ToolForm('build_graph')")
    view = {"kind": "form", "tool": "starter.build_graph", "values": "{}"}
    form.outputs = [nbformat.v4.new_output("display_data", {VIEW_TYPE: view, "text/plain": "<ToolForm>"})]
    words = "A paragraph of a report, which says what was measured, how, and what follows from it. " * 12
    texts = [nbformat.v4.new_markdown_cell(f"## Part {n}\n\n{words}") for n in range(12)]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A report"), *texts, table, form])
    return dict(json.loads(nbformat.writes(made)))


def publish(server: Server) -> str:
    """The dashboard's address; the file without scripts lies beside it."""
    server.http.post("dashboards", json={"notebook": notebook(), "name": "report"}).raise_for_status()
    url = f"{server.url}toolrunner/dashboards/report"
    text = httpx.get(url, headers={"Authorization": f"token {TOKEN}"}).raise_for_status().text
    still = re.sub(r"<script.*?</script>|<link rel=\"stylesheet\".*?>", "", text, flags=re.DOTALL)
    (server.root / "report.html").write_text(still, "utf-8")
    return url


def painted(page: Page, url: str) -> float:
    page.goto(url, wait_until="commit")
    return float(page.evaluate(PAINTED))


def measure(folder: Path, rounds: int) -> list[Row]:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    ours: list[float] = []
    still: list[float] = []
    with serving(folder / "server") as server, sync_playwright() as playwright:
        url = publish(server)
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
        page.goto(f"{url}?token={TOKEN}", wait_until="networkidle")
        painted(page, f"{server.url}files/report.html")
        for turn in range(rounds):
            pair = [(ours, url), (still, f"{server.url}files/report.html")]
            for times, address in pair if turn % 2 else reversed(pair):
                times.append(painted(page, address))
        chromium.close()
    here, there = statistics.median(ours), statistics.median(still)
    against = f"a file of the same content without scripts {there:.0f} ms (n={len(still)})"
    name = "dashboard's stored content on the screen, p50"
    return [Row(name, f"{here:.0f} ms (n={len(ours)})", against, here / there, GOAL)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--write", action="store_true", help="keep the rows in RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), options.rounds)
    print(*(str(row) for row in rows), sep="\n")
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
