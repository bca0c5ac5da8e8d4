"""Every notebook that we ship runs from top to bottom, alone, and shows what it says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_toolrunner.core.dashboards import VIEW_TYPE

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def executed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A notebook with its outputs, and the folder that it ran in."""
    here, data = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("data")
    notebook = nbformat.read(request.param, as_version=4)
    notebook.metadata["title"] = request.param.stem
    client = NotebookClient(
        notebook, timeout=100, kernel_name="python3", resources={"metadata": {"path": str(here)}}
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TOOLRUNNER_DATA_DIR", str(data))
        environment.setenv("HOME", str(data))
        for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            environment.setenv(name, str(data / name.lower()))
        asyncio.run(client.async_execute())
    return notebook, here


def shown(notebook: Any) -> str:
    """All outputs that are text."""
    texts: list[str] = []
    before = None
    for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        # What is printed at once may come in several pieces.
        if output.output_type == "stream" and before == output.get("name"):
            texts[-1] += text
        else:
            texts.append(text)
        before = output.get("name")
    return "\n".join(texts)


#: Pages that come along: they are kept with the state of their view, which is what is shown without a kernel.
DASHBOARDS = {"history", "results", "tool_runner"}
#: Those with a picture.
DRAWS = {"first_run", "your_own_function"}
#: What each leaves in the folder that it ran in.
LEAVES = {"batch": ["results.csv"]}
#: What stands in the outputs of each.
SAYS = {
    "batch": ["<Batch of 3 runs>", "3 of 3 rows are done", "{'succeeded': 3}", '"packages.ranked.graph.json'],
    "configuration": [
        "TOOLRUNNER_DATA_DIR\nTOOLRUNNER_DATABASE_URL\n",
        "database:    sqlite:///…/toolrunner.db",
        "('/srv/tools', 'our_package.tools')",
        "one uploaded file: 5 GiB",
        "TOOLRUNNER_WORKERS is 'many', which is not a number",
        "another instance, with a history of its own: True",
        "ok    queue: embedded, Valkey",
        "ok    workers: ",
    ],
    "queue": [
        "['succeeded', 'succeeded', 'succeeded']",
        "packages.png",
        "{'succeeded': 10}",
        "learnt from 11 runs; a range is told: True",
        "[3, 1, 2]\n1 of 3",
        "20 succeeded canceled",
    ],
    "dashboards": [
        "['stream', 'execute_result', 'display_data']",
        "Packages of this environment | toolrunner/dashboards/packages | needs a kernel: False",
        "packages | Packages, once more",
        "('history', 'comes with a package')",
        "This is no notebook.",
        "largest-packages | needs a kernel: True",
        "['history', 'results', 'tool_runner']\n['packages.ipynb', 'sliders.ipynb']",
    ],
    "first_run": [
        "starter.graph_visualizer",
        "packages.png",
        "packages are installed",
        "typing-extensions",
        "damping",
    ],
    "history": ["<History>"],
    "results": ["<Results starter.graph_visualizer: no run yet>"],
    "schedules": [
        "At 02:30 on Monday through Friday (Europe/Berlin)",
        "At 02:30 every day (Europe/Berlin) | active | 10 firings are known",
        "paused []",
        "Every 2 h",
        "runs so far: []",
        "[('nightly', 'starter.build_graph')]",
    ],
    "tool_runner": ["<Tools: ", "starter.build_graph: "],
    "widgets": [
        "['damping', 'graph']",
        "'rank':",
        "starter.calculate_pagerank succeeded",
        "Results of #2 starter.graph_visualizer succeeded",
        "<History tool=starter.calculate_pagerank,starter.graph_visualizer status=succeeded>",
        "(0.5, 1)",
        "'damping': 0.8",
    ],
    "your_own_function": [
        "function | Package sizes | Environment | How much room the installed packages take.",
        "rows   {'skip': 0, 'most': 10} | Which part of the table to keep.",
        "<ToolForm my_functions.package_sizes unit=KiB>",
        "succeeded | 3 of ",
        'unit: "TB" must be one of "B", "KiB", "MiB"',
        "rows.most: 0 must be at least 1",
        "{'count': 'int', 'graph': 'DiGraph', 'table': 'DataFrame', 'figure': 'PngImageFile', 'names': 'PosixPath'}",
        "failed | The function returned _io.TextIOWrapper, which cannot become a result.",
        "failed | NetworkXError | The node no-such-package is not in the digraph.",
        "failed | timeout | waiting",
        "1 failed | try 1: nobody answers\n2 failed | try 2: nobody answers\n3 succeeded | \n",
        "Good evening, Ada\nHello, Grace\n    return f'Hello, {name}'\n",
        "1 2 3 = 6 | run\n1 2 3 = 6 | the result of #",
        "1 2 4 = 7 | run\n1 2 3 = 6 | the result of #",
        "ada, run 2 of this process",
        "{'password': True, 'user': False}",
    ],
    "your_own_notebook": [
        "notebook | Sales of a region | Draws what was sold, month by month.",
        "'description': 'how many, from January on'",
        r"""succeeded | 'O\'Brien "North"\n': 126 in 3 months, 58 in the best""",
        "['sales.ipynb', 'sales.csv']",
        "months = 3",
        "failed | ValueError | max() ",
        "[('In [3], line 2',",
        "1 False\n11 False",
    ],
    "your_own_script": [
        "succeeded | 10 words, 8 different ones",
        "['word_count.py']",
        "Привет, Ада!",
        "failed | ZeroDivisionError | division by zero",
        "['fails.py:7']",
    ],
}


def test_it_shows_what_it_says_and_leaves_nothing_else_beside_it(executed: tuple[Any, Path]) -> None:
    notebook, here = executed
    text = shown(notebook)
    for expected in SAYS[notebook.metadata["title"]]:
        assert expected in text
    assert sorted(path.name for path in here.iterdir()) == LEAVES.get(notebook.metadata["title"], [])


def test_what_it_draws_is_a_picture(executed: tuple[Any, Path]) -> None:
    notebook, _ = executed
    kinds = {
        kind
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        for kind in output.get("data", {})
    }
    assert ("image/png" in kinds) == (notebook.metadata["title"] in DRAWS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    if path.stem in DASHBOARDS:
        outputs = [output.data for cell in cells for output in cell.outputs]
        views = [data[VIEW_TYPE] for data in outputs]
        assert len(views) == len(cells)
        # Nothing of the machine that it was made on.
        assert not any(
            view[name] for view in views for name in ("instance", "place", "run", "snapshot", "model")
        )
        return
    assert not any(cell.outputs or cell.execution_count for cell in cells), (
        f"clear the outputs of {path.name}"
    )
