"""Vega-Lite charts as files: what Lab draws, and pictures of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .extras import library

ENDING = ".vl.json"
#: Marks on one chart that a browser draws without effort.
MOST_MARKS = 5000
#: Of a picture, whose place nobody knows.
_WIDTH = 720


def altair() -> Any:
    """The library, set so that a chart carries its data whatever their number: we bound it ourselves."""
    module = library("altair")
    module.data_transformers.disable_max_rows()
    return module


def save(chart: Any, stem: str, *, picture: str = "none") -> list[str]:
    """The chart as Vega-Lite, and as SVG or PNG where one is wanted; the files' names."""
    specification = chart.to_dict()
    files = [f"{stem}{ENDING}"]
    Path(files[0]).write_text(json.dumps(specification, ensure_ascii=False, default=str), encoding="utf-8")
    if picture == "none":
        return files
    converter = library("vl_convert")
    if specification.get("width") == "container":
        specification["width"] = _WIDTH
    files.append(f"{stem}.{picture}")
    # Nothing is fetched: what a chart names by an address stays undrawn.
    if picture == "svg":
        text = converter.vegalite_to_svg(specification, allowed_base_urls=[])
        Path(files[1]).write_text(text, encoding="utf-8")
    else:
        Path(files[1]).write_bytes(converter.vegalite_to_png(specification, scale=2, allowed_base_urls=[]))
    return files
