"""What files say of themselves, measured against the libraries that write them; files that lie say nothing."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import networkx
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from jupyter_toolrunner.core.artifacts import media_type_of
from jupyter_toolrunner.storage.measures import _LOOKS, measure


@pytest.mark.parametrize("kind", ["png", "gif", "webp", "jpeg"])
def test_pictures_tell_their_size(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture.{kind}"
    Image.new("RGB", (321, 123), "red").save(path)
    assert measure(path, media_type_of(path.name)) == {"width": 321, "height": 123}


def test_a_webp_without_loss_tells_its_size() -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (300, 7)).save(stream, "WEBP", lossless=True)
    assert measure(stream.getvalue(), "image/webp") == {"width": 300, "height": 7}


def test_drawings_tell_their_size() -> None:
    stream = io.BytesIO()
    Figure(figsize=(4, 3)).savefig(stream, format="svg")
    assert measure(stream.getvalue(), "image/svg+xml") == {"width": 288, "height": 216}


def test_a_document_tells_its_pages(tmp_path: Path) -> None:
    from matplotlib.backends.backend_pdf import PdfPages

    with PdfPages(tmp_path / "a.pdf") as pages:
        for _ in range(3):
            pages.savefig(Figure())
    assert measure(tmp_path / "a.pdf", "application/pdf") == {"pages": 3}


FRAME = pandas.DataFrame({"a": range(500), "text": ['says "x", and\ngoes on'] * 500, "c": 1.5})


@pytest.mark.parametrize(
    ("name", "separator"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.csv", "|")]
)
def test_tables_tell_their_rows_line_ends_in_cells_included(
    name: str, separator: str, tmp_path: Path
) -> None:
    FRAME.to_csv(tmp_path / name, sep=separator, index=False)
    assert measure(tmp_path / name, media_type_of(name)) == {"rows": 500, "columns": 3}


def test_a_large_table_is_counted_through(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 500_000)
    assert measure(tmp_path / "a.csv", "text/csv") == {"rows": 500_000, "columns": 2}


def test_a_large_table_with_quotes_tells_only_what_is_sure(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + '1,"2"\n' * 500_000)
    assert measure(tmp_path / "a.csv", "text/csv") == {"columns": 2}


def test_records_are_a_table_and_other_json_is_not() -> None:
    records = [{"a": 1}, {"a": 2, "b": 3}]
    assert measure(json.dumps(records).encode(), "application/json") == {"rows": 2, "columns": 2}
    for other in ([], [1], {"a": 1}, None, "text"):
        assert measure(json.dumps(other).encode(), "application/json") == {}


def test_graphs_tell_nodes_and_edges(tmp_path: Path) -> None:
    graph = networkx.path_graph(5)
    link = json.dumps(networkx.node_link_data(graph, edges="edges")).encode()
    assert measure(link, "application/vnd.toolrunner.graph+json") == {"nodes": 5, "edges": 4}
    networkx.write_graphml(graph, tmp_path / "a.graphml")
    assert measure(tmp_path / "a.graphml", media_type_of("a.graphml")) == {"nodes": 5, "edges": 4}
    networkx.write_gexf(graph, tmp_path / "a.gexf")
    assert measure(tmp_path / "a.gexf", media_type_of("a.gexf")) == {"nodes": 5, "edges": 4}


def test_notebooks_texts_and_archives_tell_their_parts(tmp_path: Path) -> None:
    assert measure(json.dumps({"cells": [{}, {}]}).encode(), "application/x-ipynb+json") == {"cells": 2}
    assert measure(b"a\nb", "text/plain") == {"lines": 2}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(7):
            archive.writestr(f"{number}.txt", "x")
    assert measure(tmp_path / "a.zip", "application/zip") == {"files": 7}


@pytest.mark.parametrize("media_type", [f"{prefix}x" for prefix, _ in _LOOKS])
@given(data=st.binary(max_size=200))
def test_a_file_that_lies_about_its_kind_is_no_error(media_type: str, data: bytes) -> None:
    for content in (
        data,
        b"\xff\xd8" + data,
        b"RIFFxxxxWEBP" + data,
        b'{"nodes": ' + data,
        b"PK\x05\x06" + data,
    ):
        assert isinstance(measure(content, media_type), dict)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b"a,b\n" * 30_000_000,
        b"<svg" + b" " * 5_000_000,
        b"\xff\xd8" + b"\xff\xe0\0\0" * 100_000,
    ],
    ids=["deep", "long", "empty", "endless"],
)
@pytest.mark.parametrize(
    "media_type", ["application/json", "text/csv", "image/svg+xml", "image/jpeg", "text/x"]
)
def test_what_is_large_or_endless_takes_no_time(content: bytes, media_type: str) -> None:
    begun = time.process_time()
    found: Any = measure(content, media_type)
    assert isinstance(found, dict)
    assert time.process_time() - begun < 1.0


def test_a_file_that_is_gone_has_no_measures(tmp_path: Path) -> None:
    assert measure(tmp_path / "absent.png", "image/png") == {}
