"""A file as the object that its kind stands for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import InvalidRequest, NotAvailable

_Reader = Callable[[Path], Any]


def load(path: Path, media_type: str = "", codec: str | None = None) -> Any:
    """A DataFrame, a chart, a graph, a picture, what JSON holds, a notebook or a text; else the bytes.

    ``codec``: how a function's result was written, where it is one. Raises InvalidRequest where the file is not what its
    name says, NotAvailable where the library for it is not installed here.
    """
    reader = _reader(path, media_type, codec)
    try:
        return reader(path)
    except ImportError as error:
        raise NotAvailable(
            f"{path.name} needs {error.name}, which is not installed here."
            if error.name
            else f"{path.name} cannot be read here: {error}",
            hint="Install it, or take the bytes with read().",
        ) from None
    except Exception as error:
        raise InvalidRequest(
            f"{path.name} cannot be read as what its name says: {error}", hint="read() gives its bytes."
        ) from error


def _reader(path: Path, media_type: str, codec: str | None) -> _Reader:
    if codec is not None and codec not in ("bundle", "file"):
        from ..runners import codec as codecs

        return lambda file: codecs.read(file, codec)
    name = path.name.lower()
    for endings, reader in _READERS.items():
        if name.endswith(endings):
            return reader
    if media_type.startswith("text/") or media_type.endswith(("+xml", "/xml", "/yaml")):
        return _text
    return Path.read_bytes


def _of_codec(name: str) -> _Reader:
    def read(path: Path) -> Any:
        from ..runners import codec

        return codec.read(path, name)

    return read


def _of_pandas(function: str, **options: Any) -> _Reader:
    def read(path: Path) -> Any:
        import pandas

        return getattr(pandas, function)(path, **options)

    return read


def _of_networkx(function: str) -> _Reader:
    def read(path: Path) -> Any:
        import networkx

        return getattr(networkx, function)(path)

    return read


def _notebook(path: Path) -> Any:
    import nbformat

    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def _lines(path: Path) -> Any:
    return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


#: By the ends of names; the longer end of two comes first.
_READERS: Mapping[tuple[str, ...], _Reader] = {
    (".vl.json",): _of_codec("vega-lite"),
    (".plotly.json",): _of_codec("plotly"),
    (".graph.json",): _of_codec("graph"),
    (".json", ".geojson"): _of_codec("json"),
    (".jsonl", ".ndjson"): _lines,
    (".parquet",): _of_codec("parquet"),
    (".feather", ".arrow"): _of_pandas("read_feather"),
    (".csv", ".csv.gz"): _of_pandas("read_csv"),
    (".tsv",): _of_pandas("read_csv", sep="\t"),
    (".xlsx", ".xls"): _of_pandas("read_excel"),
    (".graphml",): _of_networkx("read_graphml"),
    (".gexf",): _of_networkx("read_gexf"),
    (".png", ".jpg", ".jpeg", ".gif", ".webp", ".tif", ".tiff", ".bmp"): _of_codec("png"),
    (".ipynb",): _notebook,
    (".txt", ".md", ".html", ".svg", ".log", ".yaml", ".yml", ".xml"): _text,
}
