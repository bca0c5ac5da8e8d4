"""A table of 200 rows under plain papermill, without a server and beside one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from serving import Server, serving
from vega_datasets import data

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "batch.ipynb"
TOOL = '''
from jupyter_toolrunner import tool


@tool(warm=True)
def consumption(Name: str, Cylinders: int, Origin: str, Miles_per_Gallon: float | None = None, unit: str = "l") -> dict:
    """Litres for 100 km."""
    if Miles_per_Gallon is None:
        raise ValueError(f"nobody knows how far {Name} goes")
    return {"car": Name, "from": Origin, "cylinders": Cylinders, unit: round(235.215 / Miles_per_Gallon, 2)}
'''


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("boxes") / "cars"
    folder.mkdir()
    (folder / "cars.py").write_text(TOOL)
    return folder


@pytest.fixture(scope="module")
def cars() -> pd.DataFrame:
    return pd.DataFrame(json.loads(data.cars.raw()))[
        ["Name", "Cylinders", "Origin", "Miles_per_Gallon"]
    ].head(200)


def papermill(
    folder: Path, box: Path, *words: str, beside: Server | None = None, expect: int = 0
) -> tuple[Any, pd.DataFrame | None, str]:
    """The executed notebook, its results, and what papermill said."""
    folder.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    environment |= {
        "HOME": str(folder),
        "TOOLRUNNER_DATA_DIR": str(beside.data_dir if beside else folder / "data"),
        "TOOLRUNNER_TOOLBOXES": str(box),
        "JUPYTER_RUNTIME_DIR": str((beside.folder if beside else folder) / "runtime"),
    }
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "papermill",
            str(NOTEBOOK),
            "done.ipynb",
            "--no-progress-bar",
            "-p",
            "tool",
            "consumption",
            *words,
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == expect, done.stderr[-4000:]
    results = folder / "results.csv"
    return (
        nbformat.read(folder / "done.ipynb", as_version=4),
        pd.read_csv(results) if results.exists() else None,
        done.stderr,
    )


def test_200_rows_have_the_same_results_without_a_server_and_beside_one(
    tmp_path: Path, box: Path, cars: pd.DataFrame
) -> None:
    cars.to_csv(tmp_path / "cars.csv", index=False)
    cars.to_parquet(tmp_path / "cars.parquet")
    _, alone, _ = papermill(tmp_path / "alone", box, "-p", "table", "../cars.csv")
    with serving(tmp_path / "server", toolboxes=(box,)) as server:
        _, beside, _ = papermill(tmp_path / "beside", box, "-p", "table", "../cars.parquet", beside=server)
        assert server.http.get("runs", params={"limit": 1}).json()["items"][0]["number"] == 200
    assert alone is not None
    assert beside is not None
    assert list(alone.columns) == ["row", "run", "status", "error", "result", "seconds"]
    same = ["row", "run", "status", "error", "result"]
    pd.testing.assert_frame_equal(alone[same], beside[same])
    unknown = cars["Miles_per_Gallon"].isna()
    assert unknown.any()
    assert list(alone["status"] == "failed") == list(unknown)
    assert alone["error"].iloc[10] == "ValueError: nobody knows how far citroen ds-21 pallas goes"
    assert (
        alone["result"].iloc[0]
        == '{"car": "chevrolet chevelle malibu", "from": "USA", "cylinders": 8, "l": 13.07}'
    )
    assert (alone["seconds"] >= 0).all()


def test_wrong_cells_are_named_by_row_and_column_before_anything_runs(tmp_path: Path, box: Path) -> None:
    (tmp_path / "cars.csv").write_text("Name;Cylinders;Origin\na;4;USA\nb;many;USA\nc;;Europe\n")
    _, results, said = papermill(tmp_path, box, "-p", "table", "cars.csv", expect=1)
    assert results is None
    assert "The rows are not valid, and nothing was run" in said
    assert "data row 2, Cylinders: " in said
    assert "data row 3, Cylinders: " in said
    listed = subprocess.run(
        [sys.executable, "-m", "jupyter_toolrunner.cli", "runs", "--json"],
        env={
            **os.environ,
            "TOOLRUNNER_DATA_DIR": str(tmp_path / "data"),
            "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        },
        capture_output=True,
        text=True,
    )
    assert listed.stdout.strip() == "[]"


def test_the_notebook_fails_at_its_end_only_where_that_was_asked_for(tmp_path: Path, box: Path) -> None:
    rows = "rows: [{Name: a, Cylinders: 4, Origin: USA, Miles_per_Gallon: 20}, {Name: b, Cylinders: 4, Origin: USA}]"
    words = ["-y", rows, "-y", "common: {unit: litres}", "-p", "fail_at_end", "True"]
    notebook, results, said = papermill(tmp_path, box, *words, expect=1)
    assert results is not None
    assert list(results["status"]) == ["succeeded", "failed"]
    assert '"litres": 11.76' in results["result"].iloc[0]
    assert "1 of 2 rows did not succeed; results.csv says why" in said
    assert "2 of 2 rows are done" in nbformat.writes(notebook)
