"""A notebook in Lab, as a person works in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
from e2e.lab import Lab
from playwright.sync_api import Locator, Page, expect

IMPORTS = (
    "from jupyter_toolrunner.widgets import BatchView, History, Queue, Results, RunView, ToolForm, Workers\n"
)
#: The model of the document that is in front.
_PANEL = "window.jupyterapp.shell.currentWidget"


def write_notebook(path: Path, *cells: str) -> Path:
    """With a kernel chosen, so that nobody is asked for one."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    path.write_text(nbformat.writes(notebook), "utf-8")
    return path


class Notebook:
    """The notebook of a page, opened with a kernel unless told otherwise."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path

    @classmethod
    def open(cls, lab: Lab, path: Path) -> Notebook:
        lab.page.evaluate(
            "async path => void (await window.jupyterapp.commands.execute('docmanager:open', { path }))",
            path.name,
        )
        return cls(lab.page, path).ready()

    def ready(self) -> Notebook:
        expect(self.page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=60_000)
        return self

    def with_kernel(self) -> Notebook:
        self.page.evaluate(f"{_PANEL}.sessionContext.ready.then(() => undefined)")
        self.page.wait_for_function(
            f"{_PANEL}.sessionContext.session?.kernel?.status === 'idle'", timeout=60_000
        )
        return self

    def run(self, number: int) -> Locator:
        """Run one cell, counted from 0; its output, once the kernel is done with it."""
        self.page.evaluate(
            f"""async number => {{
              const {{ content }} = {_PANEL};
              content.deselectAll();
              content.activeCellIndex = number;
              if (!(await window.jupyterapp.commands.execute('notebook:run-cell'))) throw new Error('it was not run');
            }}""",
            number,
        )
        expect(self.cell(number).locator(".jp-InputArea-prompt")).not_to_have_text("[*]:", timeout=60_000)
        return self.output(number)

    def cell(self, number: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def output(self, number: int) -> Locator:
        return self.cell(number).locator(".jp-OutputArea")

    def kept(self, number: int) -> dict[str, Any]:
        """The output of a cell as the file has it, once it is saved."""
        self.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        self.page.wait_for_function(f"!{_PANEL}.context.model.dirty")
        cell = json.loads(self.path.read_text("utf-8"))["cells"][number]
        return dict(cell["outputs"][0]["data"])

    def end_kernel(self) -> None:
        self.page.evaluate(f"{_PANEL}.sessionContext.shutdown()")
        self.page.wait_for_function(f"!{_PANEL}.sessionContext.session?.kernel")


def field(view: Locator, label: str) -> Locator:
    return view.get_by_label(re.compile(rf"^{re.escape(label)}\s*\*?$")).first


def press_run(view: Locator) -> None:
    view.locator(".trn-run").first.click()


def expect_state(view: Locator, text: str) -> None:
    expect(view.locator(".trn-state").first).to_contain_text(text, timeout=60_000)
