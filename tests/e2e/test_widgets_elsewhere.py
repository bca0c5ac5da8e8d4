"""The same views outside of Lab: in Jupyter Notebook, and in a page of Voilà, which has none of Lab's parts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.conftest import TOOLBOX, settle
from e2e.notebook import IMPORTS, expect_state, field, press_run, write_notebook
from playwright.sync_api import Browser, Page, expect
from serving import TOKEN, Server, serving

PACKAGING = Path(__file__).parents[2] / "jupyter_toolrunner" / "packaging"
CELLS = (
    f"{IMPORTS}form = ToolForm('harvest', rows=2)\nform",
    "Results(tool='harvest')",
)


@pytest.fixture(scope="module")
def everywhere(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with Notebook and Voilà, and what is installed beside the extensions."""
    folder = tmp_path_factory.mktemp("everywhere")
    root = folder / "root"
    shutil.copytree(TOOLBOX, root / "toolbox")
    write_notebook(root / "page.ipynb", *CELLS)
    environment = settle(folder, built)
    # Voilà serves no extension through a link.
    extensions = folder / "jupyter" / "labextensions"
    for link in list(extensions.iterdir()):
        place = link.resolve()
        link.unlink()
        shutil.copytree(place, extensions / link.name)
    shutil.copy(PACKAGING / "voila.json", folder / "config")
    # Those of the environment may be links of somebody who works on them.
    environment["JUPYTER_PREFER_ENV_PATH"] = "0"
    with serving(folder, app="notebook", toolboxes=(root / "toolbox",), **environment) as server:
        server.eventually(lambda: len(server.http.get("tools").json()) > 5)
        yield server


def opened(browser: Browser, url: str, **options: object) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": 1200, "height": 900}, **options)  # type: ignore[arg-type]
    errors: list[str] = []
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    page.goto(url, wait_until="commit")
    return page, errors


def test_a_notebook_page_runs_a_tool(browser: Browser, everywhere: Server) -> None:
    pytest.importorskip("notebook")
    page, errors = opened(browser, f"{everywhere.url}notebooks/page.ipynb?token={TOKEN}")
    page.wait_for_function("window.jupyterapp?.restored.then(() => true)", timeout=60_000)
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=60_000,
    )
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    form = page.locator(".trn-cell").first
    expect(field(form, "rows")).to_have_value("2", timeout=30_000)
    press_run(form)
    expect_state(form, "Succeeded")
    form.locator(".trn-title").click()
    expect(page.locator("#jupyter-toolrunner-sidebar .trn-form-title")).to_have_text("Harvest")
    assert [one for one in errors if "toolrunner" in one] == []
    page.close()


def test_a_dashboard_runs_a_tool_and_shows_what_it_made(browser: Browser, everywhere: Server) -> None:
    page, errors = opened(browser, f"{everywhere.url}voila/render/page.ipynb?token={TOKEN}")
    form, results = page.locator(".trn-cell").first, page.locator(".trn-cell").nth(1)
    expect(field(form, "rows")).to_have_value("2", timeout=60_000)
    field(form, "rows").fill("4")
    press_run(form)
    expect_state(form, "Succeeded")
    expect(results.locator(".trn-preview")).to_contain_text("result.parquet", timeout=30_000)
    expect(results.locator(".trn-preview")).to_contain_text("4 rows")
    assert [one for one in errors if "toolrunner" in one or "shared" in one.lower()] == []
    page.close()


def test_a_dashboard_speaks_the_language_of_the_browser(browser: Browser, everywhere: Server) -> None:
    page, _ = opened(browser, f"{everywhere.url}voila/render/page.ipynb?token={TOKEN}", locale="ru-RU")
    expect(page.locator(".trn-run").first).to_contain_text("Запустить", timeout=60_000)
    expect(page.locator(".trn-cell-choice")).to_contain_text("последний запуск")
    page.close()
