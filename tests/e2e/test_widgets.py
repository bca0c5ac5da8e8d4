"""Tools in a notebook: with a kernel, without one, and with one that is elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.lab import THEMES, Lab
from e2e.notebook import IMPORTS, Notebook, expect_state, field, press_run, write_notebook
from playwright.sync_api import expect
from serving import Server

MIME_TYPE = "application/vnd.toolrunner.view+json"


@pytest.fixture
def open_notebook(lab: Lab, request: pytest.FixtureRequest) -> Callable[..., Notebook]:
    """A notebook of the test's own, with a kernel."""

    def open_(*cells: str) -> Notebook:
        name = request.node.name.replace("[", "-").replace("]", "")[:60]
        path = write_notebook(lab.server.root / f"{name}.ipynb", IMPORTS + cells[0], *cells[1:])
        return Notebook.open(lab, path).with_kernel()

    return open_


def count_runs(server: Server, tool: str) -> int:
    return len(server.http.get("runs", params={"tool": tool, "limit": 200}).json()["items"])


def test_an_analyst_goes_from_a_form_to_a_table_to_another_form_to_a_chart_and_finds_it_all_again(
    lab: Lab, open_notebook: Callable[..., Notebook]
) -> None:
    notebook = open_notebook(
        "form = ToolForm('harvest', crop='oats')\nform",
        "frame = form.result()\nframe",
        "drawing = ToolForm('draw_harvest', table=frame)\ndrawing",
        "drawing.result()",
    )
    form = notebook.run(0)
    field(form, "rows").fill("5")
    press_run(form)
    expect_state(form, "Succeeded")
    expect(notebook.run(1).locator("tbody tr")).to_have_count(5)
    drawing = notebook.run(2)
    press_run(drawing)
    expect_state(drawing, "Succeeded")
    expect(drawing.locator(".trn-image img")).to_be_visible()
    expect(notebook.run(3).locator("img")).to_be_visible()
    assert "rows</th><td>5" in "".join(notebook.kept(0)["text/html"])

    before = count_runs(lab.server, "harvest")
    notebook.end_kernel()
    lab.reload()
    notebook.ready()
    expect(field(form, "rows")).to_have_value("5")
    expect(field(form, "crop")).to_have_value("oats")
    expect_state(form, "Succeeded")
    expect(drawing.locator(".trn-image img")).to_be_visible()
    expect(notebook.output(1).locator("tbody tr")).to_have_count(5)
    assert count_runs(lab.server, "harvest") == before

    field(form, "rows").fill("7")
    with lab.answered("POST", "/runs") as answer:
        press_run(form)
    made = answer.value.json()["id"]
    expect(form.locator(".trn-head .trn-number")).to_contain_text(f"#{answer.value.json()['number']}")
    expect_state(form, "Succeeded")
    kept = notebook.kept(0)[MIME_TYPE]
    assert (kept["run"], kept["values"]) == (made, '{"rows":7,"crop":"oats"}')
    assert lab.server.wait(made)["params"] == {"rows": 7, "crop": "oats"}


def test_what_is_written_by_hand_and_what_the_kernel_writes_are_the_same_values(
    open_notebook: Callable[..., Notebook],
) -> None:
    notebook = open_notebook(
        "form = ToolForm('nasty')\nform", "form.params", "form.params = {'count': 2**70}", "form.params"
    )
    form = notebook.run(0)
    field(form, "text").fill('O\'Brien "North"')
    expect(notebook.run(1)).to_contain_text("""{'text': 'O\\'Brien "North"'}""")
    notebook.run(2)
    expect(field(form, "count")).to_have_value(str(2**70))
    expect(field(form, "text")).to_have_value("")
    expect(notebook.run(3)).to_contain_text(str(2**70))


def test_a_run_is_live_while_the_kernel_waits_for_it(
    lab: Lab, open_notebook: Callable[..., Notebook]
) -> None:
    go = lab.server.root / "go"
    notebook = open_notebook(
        "from IPython.display import display\n"
        f"run = ToolForm('wait_until', file={str(go)!r}).submit()\n"
        "display(RunView(run))\nrun.result()"
    )
    notebook.page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    view = notebook.output(0)
    expect_state(view, "Running")
    expect(view.locator(".trn-log-lines")).to_contain_text("waiting")
    go.touch()
    expect_state(view, "Succeeded")
    expect(view.locator("[data-artifact]")).to_contain_text("result.json")


def test_where_the_kernel_works_with_other_tools_it_says_so_and_runs_them(
    tmp_path: Path, open_notebook: Callable[..., Notebook]
) -> None:
    elsewhere = {
        "TOOLRUNNER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path),
        "TOOLRUNNER_WORKERS": "1",
    }
    notebook = open_notebook(
        f"import os\nos.environ.update({elsewhere})\nform = ToolForm('nasty', text='far away')\nform",
        "form.result()",
    )
    form = notebook.run(0)
    expect(form.locator(".trn-window-banner").first).to_contain_text(
        "The kernel works with tools of another place (in the kernel itself)"
    )
    field(form, "count").fill("many")
    press_run(form)
    expect(form.get_by_text("1 field needs a change")).to_be_visible()
    field(form, "count").fill("4")
    press_run(form)
    expect(form.locator(".trn-snapshot .trn-state")).to_contain_text("Succeeded", timeout=30_000)
    expect(form.locator(".trn-kept-results")).to_contain_text("result.json")
    expect(notebook.run(1)).to_contain_text("'text': 'far away', 'count': 4")


def test_a_queue_a_batch_and_workers_stand_in_a_notebook_and_again_without_its_kernel(
    lab: Lab, open_notebook: Callable[..., Notebook]
) -> None:
    notebook = open_notebook(
        "from jupyter_toolrunner import connect\ntr = connect()\nheld = tr.hold('harvest', note='new seeds')\n"
        "batch = tr.submit_all('harvest', [{'rows': rows} for rows in (1, 2, 3)])\nQueue(mine=True)",
        "BatchView(batch)",
        "Workers()",
    )
    queue = notebook.run(0)
    waiting = queue.locator(".trn-queue [role=row][data-run]")
    expect(waiting).to_have_count(3)
    expect(waiting.first).to_contain_text("held by")
    batch = notebook.run(1)
    rows = batch.locator(".trn-batch-rows [data-run]")
    expect(rows).to_have_count(3)
    expect(batch).to_contain_text("Cancel what is left")
    workers = notebook.run(2)
    expect(workers.locator(".trn-workers-body")).to_be_visible()
    assert lab.server.http.post("queue/release", json={"tool": "harvest"}).status_code == 200
    expect(rows.filter(has_text="Succeeded")).to_have_count(3, timeout=30_000)
    expect(waiting).to_have_count(0)
    notebook.end_kernel()
    lab.reload()
    notebook.ready()
    expect(rows.filter(has_text="Succeeded")).to_have_count(3, timeout=30_000)
    expect(queue.locator(".trn-queue")).to_be_visible()
    assert "3 succeeded" in "".join(notebook.kept(1)["text/plain"])


def test_history_and_results_say_to_the_kernel_what_is_chosen_in_them(
    lab: Lab, open_notebook: Callable[..., Notebook]
) -> None:
    run = lab.server.done("harvest", rows=2)
    notebook = open_notebook(
        "history = History(tool='harvest')\nhistory",
        "[run.number for run in history.selected]",
        "results = Results(tool='harvest')\nresults",
        "results.selected",
    )
    history = notebook.run(0)
    row = history.locator(f"[data-run='{run['id']}']").first
    expect(row).to_be_visible()
    row.get_by_role("checkbox").check()
    expect(notebook.run(1)).to_contain_text(f"[{run['number']}]")
    results = notebook.run(2)
    expect(results.locator(".trn-preview")).to_contain_text("result.parquet")
    expect(notebook.run(3)).to_contain_text("<Artifact result.parquet")


def test_keys_belong_to_the_form_while_it_has_the_focus(open_notebook: Callable[..., Notebook]) -> None:
    notebook = open_notebook("form = ToolForm('nasty', text='a')\nform", "form.params")
    form = notebook.run(0)
    button = form.get_by_role("button", name="Presets")
    button.focus()
    for key in ("d", "d", "a", "Enter"):
        notebook.page.keyboard.press(key)
    expect(notebook.page.get_by_role("menu")).to_be_visible()
    notebook.page.keyboard.press("Escape")
    expect(notebook.page.locator(".jp-CodeCell")).to_have_count(2)
    field(form, "text").focus()
    notebook.page.keyboard.type("dd")
    notebook.page.keyboard.press("Control+Enter")
    expect_state(form, "Succeeded")
    expect(notebook.page.locator(".jp-CodeCell")).to_have_count(2)
    expect(notebook.run(1)).to_contain_text("dd")


def test_axe_finds_nothing_in_views_of_a_notebook(lab: Lab, open_notebook: Callable[..., Notebook]) -> None:
    lab.server.done("harvest", rows=2)
    notebook = open_notebook(
        "form = ToolForm('survey')\nform",
        "form2 = ToolForm('harvest')\nform2.submit().wait()\nform2",
        "History(tool='harvest')",
        "Results(tool='harvest')",
        "Queue()",
        "Workers()",
    )
    parts = [".trn-fields", ".trn-preview", ".trn-run-rows", ".trn-preview", ".trn-lanes", ".trn-crew"]
    for number, ready in enumerate(parts):
        expect(notebook.run(number).locator(ready).first).to_be_visible()
    assert lab.violations(".trn-cell", themes=THEMES) == []
