"""One file of each kind that has a preview, and large ones."""

import io
import json
import struct
import tarfile
import wave
import zipfile
from pathlib import Path

from jupyter_toolrunner import tool


@tool(category="Previews")
def every_preview() -> str:
    """Leave a file of each kind."""
    _tables()
    _trees()
    _pages()
    _pictures()
    _archives()
    Path("unknown.bin").write_bytes(bytes(range(256)) * 40)
    Path("windows.txt").write_bytes("Привет, мир!\nСтрока вторая\n".encode("cp1251"))
    return "made"


def _tables() -> None:
    import pandas

    rows = [{"name": f"row {i}", "value": i * 1.5, "kind": "abc"[i % 3], "day": f"2026-01-{i % 28 + 1:02d}"} for i in range(2500)]
    frame = pandas.DataFrame(rows)
    frame.to_csv("table.csv", index=False)
    frame.to_csv("table.tsv", index=False, sep="\t")
    frame.to_parquet("table.parquet")
    frame.to_feather("table.feather")
    Path("records.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")


def _trees() -> None:
    import networkx

    tree = {"list": list(range(250)), "big": 123456789012345678901234567890, "nested": {"deep": {"deeper": None}}, "text": "слово"}
    Path("tree.json").write_text(json.dumps(tree, ensure_ascii=False), "utf-8")
    graph = networkx.karate_club_graph()
    networkx.write_graphml(graph, "club.graphml")
    networkx.write_gexf(graph, "club.gexf")
    large = networkx.barabasi_albert_graph(4000, 2, seed=1)
    Path("large.graph.json").write_text(json.dumps(networkx.node_link_data(large, edges="edges")), "utf-8")


def _pages() -> None:
    Path("page.md").write_text(
        "# A page\n\nSome *text*, `code`, a [link](https://example.org) and [what is below](#что-вышло-в-конце).\n\n"
        "![the plot](plot.png)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nprint(1)\n```\n\n"
        + "One more line.\n\n" * 80
        + "## Что вышло, в конце?\n\nBack [to the top](#a-page).\n",
        "utf-8",
    )
    Path("report.html").write_text(
        "<h1>A report</h1><img src=./plot.png alt=plot><p id=p>still</p><script>document.getElementById('p').textContent='moved'</script>"
        "<a href='https://good.example@other.example/page?a=1' target=_top>the\u202e source</a> <a href='#p'>above</a>",
        "utf-8",
    )
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# A notebook\n", "with text"]},
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "source": "print('hello')",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": "hello\n"},
                {"output_type": "execute_result", "metadata": {}, "execution_count": 1, "data": {"text/html": "<table><tr><td>cell</td></tr></table>"}},
                {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["\u001b[31mValueError\u001b[0m: no"]},
            ],
        },
    ]
    Path("book.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}), "utf-8")
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": "container",
        "data": {"values": [{"a": "A", "b": 28}, {"a": "B", "b": 55}, {"a": "C", "b": 43}]},
        "mark": "bar",
        "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
    }
    Path("chart.vl.json").write_text(json.dumps(spec), "utf-8")
    figure = {"data": [{"type": "scatter", "x": [1, 2, 3], "y": [2, 6, 3]}], "layout": {"title": {"text": "A figure"}}}
    Path("figure.plotly.json").write_text(json.dumps(figure), "utf-8")
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.figure(figsize=(6, 4))
    pyplot.plot([1, 3, 2])
    pyplot.title("A plot on paper")
    pyplot.savefig("paper.pdf")
    pyplot.savefig("plot.png")


def _pictures() -> None:
    from PIL import Image

    Path("drawing.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="120"><rect width="200" height="120" fill="#4878a8"/></svg>', "utf-8"
    )
    Image.linear_gradient("L").resize((640, 480)).save("scan.tiff")
    with wave.open("tone.wav", "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"".join(struct.pack("<h", (i * 400) % 20000 - 10000) for i in range(8000)))


def _archives() -> None:
    with zipfile.ZipFile("files.zip", "w") as archive:
        archive.writestr("folder/a.txt", "x" * 1000)
        archive.writestr("../slip.txt", "")
    with tarfile.open("files.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("inside.txt")
        info.size = 5
        archive.addfile(info, io.BytesIO(b"hello"))


@tool(category="Previews")
def large_files(rows: int = 5_000_000, side: int = 10_000, megabytes: int = 200) -> str:
    """Leave a long table, a large picture and a large JSON file.

    Args:
        rows: Rows of the table.
        side: Pixels of a side of the picture.
        megabytes: Of JSON.
    """
    import numpy
    import pyarrow
    from PIL import Image
    from pyarrow import csv

    chance = numpy.random.default_rng(1)
    table = pyarrow.table({"id": numpy.arange(rows), "value": chance.normal(size=rows).round(4), "count": chance.integers(0, 1000, rows)})
    csv.write_csv(table, "long.csv")
    noise = numpy.tile(chance.integers(0, 255, (250, 250, 3), dtype=numpy.uint8), (side // 250, side // 250, 1))
    Image.fromarray(noise).save("large.png", compress_level=1)
    item = json.dumps({"name": "thing", "tags": ["a", "b"], "nested": {"x": 1.5, "y": None}})
    with open("large.json", "w", encoding="utf-8") as file:
        file.write('{"items":[')
        file.write(",".join([item] * (megabytes * 1_000_000 // (len(item) + 1))))
        file.write('],"end":12345678901234567890123}')
    return "made"
