"""How pages bear very much: ``python tests/bench/bench_pages.py [--only NAME …] [--write]``.

A real Lab in Chromium. History: from the command to the first row, over 100,000 runs and over 100, in turns. Queue: the
same over as many runs that wait, each with when it is expected to begin and to end. Log: the
work of the browser's main thread for each frame while a tool prints 1,000 lines a second. Results: a table of 5,000,000
rows, a picture of 100 megapixels and a JSON of 200 MB; how long until each is there the first time, how long one move in
it takes, and what the browser's renderers hold then (PSS) above what they hold for a small file of the same kind.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, in_turns, keep
from serving import TOKEN, Server, serving

from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.dev.many import many

TOOLS = '''"""Tools of the benchmark."""
import json
import random
import time
from pathlib import Path
from jupyter_toolrunner import tool


@tool
def chatter(seconds: float = 15) -> None:
    """Print a thousand lines a second."""
    begun, printed = time.monotonic(), 0
    while (gone := time.monotonic() - begun) < seconds:
        while printed < gone * 1000:
            print(f"line {printed}: " + "x" * (printed % 90))
            printed += 1
        time.sleep(0.01)


@tool
def table(rows: int) -> Path:
    """A table with a number, a text and a share in each row."""
    import numpy
    import pyarrow
    from pyarrow import parquet

    numbers = numpy.arange(rows)
    shares = numpy.random.default_rng(7).random(rows)
    columns = {"number": numbers, "text": numpy.char.add("row ", numbers.astype(str)), "share": shares}
    parquet.write_table(pyarrow.table(columns), "table.parquet")
    return Path("table.parquet")


@tool
def picture(side: int) -> Path:
    """A square picture."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save("picture.png", compress_level=1)
    return Path("picture.png")


@tool
def tree(megabytes: int) -> Path:
    """A JSON of about this size."""
    chance = random.Random(7)
    with open("tree.json", "w") as file:
        file.write("[")
        for number in range(megabytes * 10_000):
            values = [chance.random() for _ in range(3)]
            file.write(("," if number else "") + json.dumps({"number": number, "values": values, "of": {"a": None}}))
        file.write("]")
    return Path("tree.json")
'''
#: Counts frames, and how long each took from its start until what it drew was handed on.
FRAMES = """
() => {
  window.gaps = [];
  let last = performance.now();
  const next = now => { window.gaps.push(now - last); last = now; requestAnimationFrame(next); };
  requestAnimationFrame(next);
}
"""
HISTORY = "#toolrunner-history"
FIRST_ROW = f"{HISTORY} .trn-history-row[data-run]"
QUEUE = "#toolrunner-queue"
#: Runs of one batch of those that wait.
AT_ONCE = 10_000
#: Renderers may hold this much more (MiB) for the largest than for a small file of the same kind.
BOUND = 200


@contextlib.contextmanager
def lab(folder: Path, runs: int = 0) -> Iterator[Server]:
    """A Lab that has so many runs behind it."""
    folder.mkdir()
    box = folder / "box"
    box.mkdir()
    (box / "tools.py").write_text(TOOLS)
    config = folder / "config"
    config.mkdir()
    overrides = config / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir()
    overrides.write_text('{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}')
    (config / "jupyter_lab_config.json").write_text('{"LabApp": {"expose_app_in_browser": true}}')
    data = folder / "lab" / "data"
    if runs:
        data.mkdir(parents=True)
        many(runs, Settings(data_dir=data).effective_database_url)
    with serving(folder / "lab", app="lab", toolboxes=(box,), JUPYTER_CONFIG_DIR=str(config)) as server:
        yield server


def open_page(browser: Browser, server: Server) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server.url}lab/workspaces/{uuid.uuid4().hex}?token={TOKEN}", wait_until="commit")
    page.wait_for_function("window.jupyterapp?.restored.then(() => true)", timeout=60_000)
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=60_000)
    return page


def command(page: Page, name: str, **options: Any) -> None:
    page.evaluate("([name, options]) => window.jupyterapp.commands.execute(name, options)", [name, options])


# -- history ------------------------------------------------------------------------------------------------------


def history(browser: Browser, folder: Path) -> list[Row]:
    with lab(folder / "few", 100) as few, lab(folder / "many", 100_000) as much:
        pages = {"few": open_page(browser, few), "many": open_page(browser, much)}
        for page in pages.values():
            first_rows(page, "")
        times: dict[str, list[float]] = {"few": [], "many": [], "filtered": []}
        for _ in range(15):
            times["few"].append(first_rows(pages["few"], ""))
            times["many"].append(first_rows(pages["many"], ""))
            times["filtered"].append(first_rows(pages["many"], "tool=box.weekly_report&status=failed"))
    p50 = {name: statistics.median(each) for name, each in times.items()}
    p95 = {name: statistics.quantiles(each, n=20)[-1] for name, each in times.items()}
    return [
        Row(
            "history of 100,000 runs, command to first rows, p50",
            f"{p50['many']:.0f} ms (n=15)",
            f"of 100 runs {p50['few']:.0f} ms (n=15)",
            p50["many"] / p50["few"],
            1.5,
        ),
        Row(
            "the same, two filters, p95",
            f"{p95['filtered']:.0f} ms (n=15)",
            f"without a filter {p95['many']:.0f} ms (n=15)",
            p95["filtered"] / p95["many"],
            2.0,
        ),
    ]


def first_rows(page: Page, view: str) -> float:
    """Milliseconds until a history that is opened anew shows its rows."""
    return rows_of(page, "toolrunner:open-history", {"view": view}, HISTORY, FIRST_ROW)


def rows_of(page: Page, name: str, options: dict[str, Any], at: str, row: str) -> float:
    taken = page.evaluate(
        """async ([name, options, row]) => {
          const begun = performance.now();
          await window.jupyterapp.commands.execute(name, options);
          while (!document.querySelector(row)) {
            if (performance.now() - begun > 60_000) throw new Error('there are no rows');
            await new Promise(requestAnimationFrame);
          }
          return performance.now() - begun;
        }""",
        [name, options, row],
    )
    page.evaluate("window.jupyterapp.shell.currentWidget.close()")
    expect(page.locator(at)).to_have_count(0)
    return float(taken)


# -- queue --------------------------------------------------------------------------------------------------------


def queue(browser: Browser, folder: Path) -> list[Row]:
    with lab(folder / "few") as few, lab(folder / "many") as much:
        _wait_there(few, 100)
        _wait_there(much, 100_000)
        pages = [open_page(browser, server) for server in (few, much)]

        def shown(page: Page) -> float:
            row = f"{QUEUE} .trn-history-row[data-run] .trn-seconds.trn-cut"
            return rows_of(page, "toolrunner:open-queue", {}, QUEUE, row)

        of_few, of_many = in_turns(*(partial(shown, page) for page in pages), rounds=15, each=1, warm=1)
    p50 = [statistics.median(each) for each in (of_many, of_few)]
    return [
        Row(
            "queue of 100,000 runs that wait, command to first rows, p50",
            f"{p50[0]:.0f} ms (n=15)",
            f"of 100 {p50[1]:.0f} ms (n=15)",
            p50[0] / p50[1],
            1.5,
        )
    ]


def _wait_there(server: Server, count: int) -> None:
    """So many runs, behind those that the workers have for long, of a tool of which it is known how long it takes."""
    for each in range(1, 7):
        server.wait(server.submit("chatter", seconds=each / 5)["id"])
    for begin in range(0, count, AT_ONCE):
        rows = [{"seconds": 900 + place % 60} for place in range(begin, min(begin + AT_ONCE, count))]
        made = server.http.post("batches", json={"tool": "chatter", "rows": rows}, timeout=120)
        made.raise_for_status()
    server.eventually(lambda: server.http.get("queue", params={"limit": 1}).json()["running"] == 2)


# -- log ----------------------------------------------------------------------------------------------------------


def log(browser: Browser, folder: Path) -> list[Row]:
    with lab(folder / "log") as server:
        page = open_page(browser, server)
        run = server.submit("chatter", seconds=15)["id"]
        command(page, "toolrunner:open-run", id=run)
        page.locator(f"#toolrunner-run-{run}").get_by_role("tab", name="Log").click()
        page.wait_for_selector(".trn-log-line")
        page.evaluate(FRAMES)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        begun = _busy(session)
        page.wait_for_timeout(10_000)
        work = (_busy(session) - begun) * 1000
        gaps = page.evaluate("window.gaps")
        lines = page.locator(".trn-log-line").count()
        assert lines > 10
    p95 = statistics.quantiles(gaps, n=20)[-1]
    return [
        Row(
            "log, 1,000 lines a second: work of the main thread per frame, ms",
            f"{len(gaps)} frames in 10 s",
            f"p95 from frame to frame {p95:.1f} ms",
            work / len(gaps),
            16,
        )
    ]


def _busy(session: Any) -> float:
    """Seconds that the page's main thread has worked."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


# -- results ------------------------------------------------------------------------------------------------------


def results(browser: Browser, folder: Path) -> list[Row]:
    with lab(folder / "results") as server:
        return [
            _result(browser, server, "table", "table of 5,000,000 rows", "1,000 rows", 5_000_000, 1000, "rows", _turn),
            _result(browser, server, "picture", "picture of 100 megapixels", "0.01", 10_000, 100, "side", _zoom),
            _result(browser, server, "tree", "JSON of 200 MB", "1 MB", 200, 1, "megabytes", _open_last),
        ]  # fmt: skip


def _result(
    browser: Browser,
    server: Server,
    tool: str,
    what: str,
    small: str,
    large_size: int,
    small_size: int,
    param: str,
    move: Callable[[Page], None],
) -> Row:
    held: dict[str, float] = {}
    said: dict[str, str] = {}
    for name, size in (("small", small_size), ("large", large_size)):
        run = server.done(tool, **{param: size})
        page = open_page(browser, server)
        begun = time.perf_counter()
        command(page, "toolrunner:open-run", id=run["id"])
        page.locator(f"#toolrunner-run-{run['id']}").get_by_role("tab", name="Results").click()
        body = page.locator(".trn-preview-body")
        expect(body.locator("[role=gridcell], img, .trn-json").first).to_be_visible(timeout=300_000)
        opened = time.perf_counter() - begun
        begun = time.perf_counter()
        move(page)
        said[name] = f"there after {opened:.1f} s, one move {time.perf_counter() - begun:.2f} s"
        held[name] = _renderers(browser)
        page.close()
    return Row(
        f"{what}: memory of the tab, MiB above",
        f"{said['large']}, {held['large']:.0f} MiB",
        f"{small}: {said['small']}, {held['small']:.0f} MiB",
        held["large"] - held["small"],
        BOUND,
    )


def _turn(page: Page) -> None:
    """To the end of a table."""
    before = page.locator(".trn-preview-body [role=gridcell]").first.inner_text()
    page.locator(".trn-preview-body [role=gridcell]").first.click()
    page.keyboard.press("Control+End")
    expect(page.locator(".trn-preview-body [role=gridcell]").first).not_to_have_text(before, timeout=60_000)


def _zoom(page: Page) -> None:
    """To the pixels as they are."""
    page.locator(".trn-preview-body, .trn-preview").get_by_role("button", name="Actual size").first.click()
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")


def _open_last(page: Page) -> None:
    """To the end of a long list."""
    preview = page.locator(".trn-preview").first
    preview.get_by_label("Go to number").fill("9900")
    preview.get_by_label("Go to number").press("Enter")
    expect(preview).to_contain_text("9900", timeout=60_000)


def _renderers(browser: Browser) -> float:
    """MiB that the browser's renderers hold."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    total = 0
    for process in processes:
        if process["type"] == "renderer":
            with contextlib.suppress(psutil.Error):
                total += psutil.Process(process["id"]).memory_full_info().pss
    return total / 2**20


PARTS: dict[str, Callable[[Browser, Path], list[Row]]] = {
    "history": history,
    "queue": queue,
    "log": log,
    "results": results,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--write", action="store_true", help="keep the rows in RESULTS.md")
    options = parser.parse_args()
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    rows: list[Row] = []
    with sync_playwright() as playwright:
        for name in options.only:
            # Each part has a browser of its own, which holds nothing of another's.
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            with tempfile.TemporaryDirectory() as folder:
                made = PARTS[name](browser, Path(folder))
            browser.close()
            print(*(str(row) for row in made), sep="\n", flush=True)
            rows += made
    if options.write:
        keep(rows)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
