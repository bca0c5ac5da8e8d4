"""Files as the objects that they stand for, whatever wrote them."""

from __future__ import annotations

import builtins
import json
import sys
from pathlib import Path
from typing import Any

import networkx
import pandas
import pytest
import vega_datasets
from PIL import Image

from jupyter_toolrunner.client.loading import load
from jupyter_toolrunner.core.errors import InvalidRequest, NotAvailable


@pytest.fixture
def cars() -> Any:
    path = Path(vega_datasets.__file__).parent / "_data" / "cars.json"
    return pandas.read_json(path)[["Name", "Cylinders", "Horsepower"]]


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "tsv", "parquet", "feather", "xlsx"])
def test_tables_become_data_frames(tmp_path: Path, cars: Any, ending: str) -> None:
    path = tmp_path / f"Cars.{ending.upper()}"
    writers = {
        "csv": lambda: cars.to_csv(path, index=False),
        "csv.gz": lambda: cars.to_csv(path, index=False, compression="gzip"),
        "tsv": lambda: cars.to_csv(path, index=False, sep="\t"),
        "parquet": lambda: cars.to_parquet(path),
        "feather": lambda: cars.to_feather(path),
        "xlsx": lambda: cars.to_excel(path.with_suffix(".xlsx"), index=False),
    }
    writers[ending]()
    written = next(tmp_path.iterdir())
    if ending == "csv.gz":
        written = written.rename(tmp_path / "cars.csv.gz")
    pandas.testing.assert_frame_equal(load(written), cars, check_dtype=False)


def test_graphs_pictures_json_notebooks_and_texts_become_what_they_are(tmp_path: Path) -> None:
    club = networkx.karate_club_graph()
    networkx.write_graphml(club, tmp_path / "club.graphml")
    networkx.write_gexf(club, tmp_path / "club.gexf")
    node_link = networkx.node_link_data(club, edges="edges")
    (tmp_path / "club.graph.json").write_text(json.dumps(node_link, default=str))
    for name in ("club.graphml", "club.gexf", "club.graph.json"):
        assert load(tmp_path / name).number_of_edges() == 78
    Image.new("RGB", (30, 20), "red").save(tmp_path / "red.png")
    assert load(tmp_path / "red.png").size == (30, 20)
    (tmp_path / "a.json").write_text('{"big": 123456789012345678901}')
    assert load(tmp_path / "a.json") == {"big": 123456789012345678901}
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n\n{"n": 2}\n')
    assert load(tmp_path / "a.jsonl") == [{"n": 1}, {"n": 2}]
    (tmp_path / "a.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    assert load(tmp_path / "a.ipynb").cells == []
    (tmp_path / "a.md").write_text("# Привет")
    assert load(tmp_path / "a.md") == "# Привет"
    (tmp_path / "LICENSE").write_text("do")
    assert load(tmp_path / "LICENSE", "text/plain") == "do"
    assert load(tmp_path / "LICENSE") == b"do"


def test_the_result_of_a_function_is_read_as_it_was_written(tmp_path: Path, cars: Any) -> None:
    path = tmp_path / "result.parquet"
    cars[["Horsepower"]].to_parquet(path)
    assert load(path, codec="series").name == "Horsepower"
    assert load(path, codec="arrow").num_rows == len(cars)


def test_what_is_not_what_its_name_says_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("no table")
    with pytest.raises(InvalidRequest, match=r"a\.parquet cannot be read"):
        load(tmp_path / "a.parquet")


def test_a_library_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "networkx":
            raise ModuleNotFoundError("No module named 'networkx'", name="networkx")
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "networkx")
    monkeypatch.setattr(builtins, "__import__", without)
    (tmp_path / "a.gexf").touch()
    with pytest.raises(NotAvailable, match="needs networkx") as caught:
        load(tmp_path / "a.gexf")
    assert "read()" in (caught.value.hint or "")
