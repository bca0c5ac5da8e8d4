"""Notebooks as the catalog lists them: parameters, texts, versions, and what is no tool."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_toolrunner import notebooks
from jupyter_toolrunner.core.params import complete
from jupyter_toolrunner.core.tools import Tool, ToolKind
from jupyter_toolrunner.registry.catalog import Catalog
from jupyter_toolrunner.registry.notebook_params import schema_of

Open = Callable[[], Catalog]


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


@pytest.fixture
def open_catalog(tmp_path: Path, box: Path) -> Iterator[Open]:
    opened: list[Catalog] = []

    def open_() -> Catalog:
        catalog = Catalog([str(box)], tmp_path / "tools.json", entry_points=False, watch=False)
        opened.append(catalog.start())
        assert catalog.refresh(wait=True)
        return catalog

    yield open_
    for catalog in opened:
        catalog.close()


def write(path: Path, *cells: Any, parameters: str | None = "n: int = 1", **metadata: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = [
        nbformat.v4.new_markdown_cell(cell[4:])
        if cell.startswith("[md]")
        else nbformat.v4.new_code_cell(cell)
        for cell in cells
    ]
    if parameters is not None:
        first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        made.insert(1 if cells and cells[0].startswith("[md]") else 0, first)
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, **metadata}
    for number, cell in enumerate(made):
        cell.id = f"cell-{number}"
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=spec), path)
    return path


def only(catalog: Catalog) -> Tool:
    (tool,) = catalog.tools()
    return tool


def properties(source: str) -> dict[str, Any]:
    found: dict[str, Any] = schema_of(source, "python3", "python")["properties"]
    for prop in found.values():
        prop.pop("title")
    return found


# -- parameters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = 3", {"type": "integer", "default": 3}),
        ("x = -1.5", {"type": "number", "default": -1.5}),
        ("x = True", {"type": "boolean", "default": True}),
        ("x = 'a'", {"type": "string", "default": "a"}),
        ('x = "#ff0000"', {"type": "string", "default": "#ff0000"}),
        ('x = "a=b"', {"type": "string", "default": "a=b"}),
        ("x = [1, 2]", {"type": "array", "items": {"type": "integer"}, "default": [1, 2]}),
        ("x = [1, 2.5]", {"type": "array", "items": {"type": "number"}, "default": [1, 2.5]}),
        ("x = ('a',)", {"type": "array", "items": {"type": "string"}, "default": ["a"]}),
        ("x = [1, 'a']", {"type": "array", "default": [1, "a"]}),
        ("x = {'a': 1}", {"type": "object", "default": {"a": 1}}),
        ("x = {\n  'a': 1,\n}", {"type": "object", "default": {"a": 1}}),
        ("x = None", {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}),
        ("x: int = None", {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}),
        ("x: int | None = None", {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}),
        ("x: 'Optional[float]' = 2", {"anyOf": [{"type": "number"}, {"type": "null"}], "default": 2}),
        ("x: float = 1", {"type": "number", "default": 1}),
        ("x: List[str] = []", {"type": "array", "items": {"type": "string"}, "default": []}),
        (
            "x: dict[str, int] = {}",
            {"type": "object", "additionalProperties": {"type": "integer"}, "default": {}},
        ),
        ("x: Literal['a', 'b'] = 'b'", {"enum": ["a", "b"], "default": "b"}),
        ("x: date = '2026-01-31'", {"type": "string", "format": "date", "default": "2026-01-31"}),
        ("x = Path('data.csv')", {"type": "string", "format": "path", "x-default": "Path('data.csv')"}),
        ("x = datetime.date(2026, 1, 1)", {"type": "string", "format": "date", "x-default": "datetime.date(2026, 1, 1)"}),
        ("x = float('nan')", {"type": "number", "x-default": "float('nan')"}),
        ("x: pd.Index = None", {"anyOf": [{"type": "string"}, {"type": "null"}], "x-type": "pd.Index", "default": None}),
        ("x = 1 # type: float how much", {"type": "number", "default": 1, "description": "how much"}),
        ("x = 1  # how many", {"type": "integer", "default": 1, "description": "how many"}),
        ("# How many\n# of them\nx = 1", {"type": "integer", "default": 1, "description": "How many of them"}),
        ("# Parameters\nx = 1", {"type": "integer", "default": 1}),
        ("x = 'it is # not help'", {"type": "string", "default": "it is # not help"}),
        ("api_key = ''", {"type": "string", "default": "", "x-advanced": True, "x-secret": True}),
    ],
)  # fmt: skip
def test_a_parameter_has_the_type_default_and_help_that_stand_there(
    line: str, expected: dict[str, Any]
) -> None:
    (prop,) = properties(line).values()
    assert prop == expected


def test_only_names_at_the_top_of_the_cell_are_parameters() -> None:
    source = "import os\nx = y = 1\nif x:\n    hidden = 2\ndef f(a=1):\n    z = 3\na, b = 1, 2\nprint(x)"
    assert list(properties(source)) == ["x", "y"]


def test_a_name_without_a_value_is_required() -> None:
    schema = schema_of("n: int\nm: int = 2", "python3", "python")
    assert schema["required"] == ["n"]
    assert schema["x-order"] == ["n", "m"]
    assert complete(schema, {"n": 1}) == {"n": 1, "m": 2}


def test_a_cell_that_python_cannot_parse_is_read_as_papermill_does() -> None:
    assert properties("%matplotlib inline\nn: int = 3  # how many") == {
        "n": {"type": "integer", "default": 3, "description": "how many"}
    }


def test_what_papermill_finds_is_found(tmp_path: Path) -> None:
    import papermill

    source = "a = 1\nb: str = 'x'  # help\nc = [\n  1,\n  2\n]\nd = None\n_e = 2.5"
    path = write(tmp_path / "n.ipynb", parameters=source, language_info={"name": "python"})
    assert list(papermill.inspect_notebook(str(path))) == list(properties(source))


# -- listing --------------------------------------------------------------------------------------------------------


def test_title_description_and_source_come_from_the_cells(box: Path, open_catalog: Open) -> None:
    write(box / "sales" / "weekly_report.ipynb", "[md]# Report of the *week*\n\nWhat was sold.", "print(n)")
    tool = only(open_catalog())
    assert (tool.name, tool.kind, tool.title) == (
        "box.sales.weekly_report",
        ToolKind.NOTEBOOK,
        "Report of the week",
    )
    assert (tool.description, tool.category) == ("What was sold.", "Sales")
    assert tool.source == (
        "# %% [markdown]\n# # Report of the *week*\n#\n# What was sold.\n\n"
        '# %% tags=["parameters"]\nn: int = 1\n\n# %%\nprint(n)\n'
    )
    assert tool.entry.kernel == "python3"
    assert Tool.from_json(json.loads(json.dumps(tool.to_json()))) == tool


def test_a_notebook_without_texts_is_named_after_its_file(box: Path, open_catalog: Open) -> None:
    write(box / "monthly_report.ipynb", "print(n)")
    tool = only(open_catalog())
    assert (tool.title, tool.description) == ("Monthly report", "")


def test_notebooks_without_parameters_and_executed_ones_are_no_tools(box: Path, open_catalog: Open) -> None:
    write(box / "scratch.ipynb", "1", parameters=None)
    write(box / ".ipynb_checkpoints" / "a-checkpoint.ipynb", "1")
    executed = write(box / "out.ipynb", "1")
    notebook = nbformat.read(executed, as_version=4)
    notebook.cells[1].metadata.tags = ["injected-parameters"]
    nbformat.write(notebook, executed)
    assert open_catalog().tools() == ()


def test_the_settings_make_a_tool_of_one_without_parameters(box: Path, open_catalog: Open) -> None:
    write(box / "scratch.ipynb", "print(1)", parameters=None)
    (box / "toolbox.yaml").write_text("tools: {scratch: {title: Scratch, warm: true, kernel: other}}")
    tool = only(open_catalog())
    assert (tool.title, tool.policy.warm, tool.entry.kernel) == ("Scratch", True, "other")
    assert tool.params_schema["properties"] == {}


def test_settings_hold_for_notebooks_as_for_scripts(box: Path, open_catalog: Open) -> None:
    write(box / "a.ipynb", "1")
    write(box / "b.ipynb", "1")
    (box / "toolbox.yaml").write_text(
        "policy: {time_limit: 60}\n"
        "tools:\n  a: {title: Anders, time_limit: 5, params: {n: {description: Wie viele}}}\n  b: {hidden: true}\n"
    )
    tool = only(open_catalog())
    assert (tool.title, tool.policy.time_limit) == ("Anders", 5)
    assert tool.params_schema["properties"]["n"]["description"] == "Wie viele"


def test_a_notebook_may_ask_itself_for_a_warm_kernel(box: Path, open_catalog: Open) -> None:
    write(box / "a.ipynb", "1", toolrunner={"warm": True})
    assert only(open_catalog()).policy.warm


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "It is empty"),
        (b"{", "It can't be read as a notebook: "),
        (b"\xff\xfe", "It can't be read as a notebook: "),
        (b"[]", "It is no notebook: it is JSON without nbformat"),
        (b'{"nbformat": 4}', "It is no notebook: it has no list of cells"),
        (b'{"nbformat": 4, "cells": [1]}', "It is no notebook: it has no list of cells"),
        (b'{"nbformat": 9, "cells": []}', "It is a notebook of version 9, which is newer"),
        (b"[" * 200_000, "It can't be read as a notebook: "),
    ],
)
def test_one_that_cannot_be_read_is_listed_with_its_error(
    box: Path, open_catalog: Open, content: bytes, message: str
) -> None:
    (box / "bad.ipynb").write_bytes(content)
    tool = only(open_catalog())
    assert tool.kind is ToolKind.NOTEBOOK
    assert tool.error is not None
    assert tool.error.message.startswith(message)
    assert tool.error.path == str(box / "bad.ipynb")


def test_notebooks_of_the_time_before_version_4_are_read(box: Path, open_catalog: Open) -> None:
    cell = {
        "cell_type": "code", "input": ["n = 3"], "outputs": [], "language": "python", "collapsed": False,
        "metadata": {"tags": ["parameters"]},
    }  # fmt: skip
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "x"},
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    (box / "old.ipynb").write_text(json.dumps(old))
    assert list(only(open_catalog()).params_schema["properties"]) == ["n"]


def test_a_language_whose_parameters_papermill_cannot_read_says_so(box: Path, open_catalog: Open) -> None:
    write(
        box / "stats.ipynb",
        "x",
        parameters="n <- 3",
        kernelspec={"name": "ir", "display_name": "R", "language": "R"},
        language_info={"name": "R"},
    )
    tool = only(open_catalog())
    assert tool.error is None
    assert tool.notice is not None
    assert "a notebook in R" in tool.notice
    assert (tool.entry.kernel, tool.params_schema["properties"]) == ("ir", {})


# -- versions -------------------------------------------------------------------------------------------------------


def test_the_version_is_of_the_sources_and_not_of_outputs(box: Path, open_catalog: Open) -> None:
    path = write(box / "a.ipynb", "print(n)")
    catalog = open_catalog()
    before = only(catalog).version
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="1\n")]
    notebook.cells[1].execution_count = 7
    nbformat.write(notebook, path)
    catalog.refresh(wait=True)
    assert only(catalog).version == before
    notebook.cells[1].source = "print(n + 1)"
    nbformat.write(notebook, path)
    catalog.refresh(wait=True)
    assert only(catalog).version != before


def test_a_module_beside_it_that_it_imports_belongs_to_the_version(box: Path, open_catalog: Open) -> None:
    (box / "helper.py").write_text("def f(): return 1\n")
    write(box / "a.ipynb", "%matplotlib inline\nimport helper\nhelper.f()")
    catalog = open_catalog()
    before = only(catalog)
    assert str(box / "helper.py") in before.entry.files
    (box / "helper.py").write_text("def f(): return 22\n")
    catalog.refresh(wait=True)
    assert only(catalog).version != before.version


def test_heavy_modules_are_imported_ahead_by_their_whole_names(box: Path, open_catalog: Open) -> None:
    code = "import json\nimport matplotlib.pyplot as plt\nfrom pandas import DataFrame\nif 1:\n    import networkx"
    write(box / "a.ipynb", "%%time\nimport numpy", code)
    assert only(open_catalog()).entry.preload == ("matplotlib.pyplot", "numpy", "pandas")


def test_a_notebook_that_reaches_into_the_folder_above_works_there(
    tmp_path: Path, box: Path, open_catalog: Open
) -> None:
    write(box / "sub" / "a.ipynb", "open('../../data/x.csv', 'w')")
    assert only(open_catalog()).entry.root == str(tmp_path)


def test_names_of_cells_are_what_a_reader_would_call_them() -> None:
    cells: list[notebooks.Cell] = [
        {"cell_type": "markdown", "source": ["# Title\n", "text\n", "## Load [the data](x)"]},
        {"cell_type": "code", "source": "x = 1"},
        {"cell_type": "code", "source": ["# Clean it\n", "y = 2"]},
        {"cell_type": "code", "source": "\n\nz = 3"},
        {"cell_type": "code", "source": "a", "metadata": {"name": "Named"}},
        {"cell_type": "code", "source": ""},
    ]
    assert notebooks.names_of(cells) == ["Title", "Load the data", "Clean it", "z = 3", "Named", ""]
