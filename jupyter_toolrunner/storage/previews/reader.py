"""Answers what previews ask: from what the workshop made, or with how much of it is done."""

from __future__ import annotations

import json
import mmap
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from ...core.artifacts import Artifact
from ...core.errors import InvalidRequest
from ...core.ports import TableQuery
from . import graphs, images, json_index
from .json_nodes import JsonFile
from .table_pages import Pages, page
from .workshop import Order, Workshop

_TABLES = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.apache.arrow.file": "arrow",
    "application/x-ndjson": "lines",
    "application/json": "records",
}
_GRAPHS = {
    "application/graphml+xml": "xml",
    "application/gexf+xml": "xml",
    "application/vnd.toolrunner.graph+json": "json",
    "application/json": "json",
}
#: Seconds for which an answer waits for what is nearly done.
_PATIENCE = 0.35
_TABLE_SECONDS, _SECONDS = 300.0, 90.0
#: Bytes of JSON that is looked at without a process of its own.
_SMALL_JSON = 4 * 2**20
_OPEN = 8
SIZES = (96, 512, 2048, 4096)


class FolderPreviews:
    """`core.ports.Previews` with a folder on a local disk."""

    def __init__(self, folder: Path) -> None:
        self._workshop = Workshop(folder)
        self._pages = Pages()
        self._json: OrderedDict[str, JsonFile] = OrderedDict()
        self._lock = Lock()

    def close(self) -> None:
        self._workshop.close()

    # -- tables ---------------------------------------------------------------------------------------------------

    def table(self, artifact: Artifact, path: Path, query: TableQuery) -> Mapping[str, Any]:
        order = _table_order(artifact, path)
        meta = self._workshop.begin(order, _PATIENCE)
        head = meta or self._pages.head(self._workshop.place(order))
        if head is None:
            return _reading_table(query, self._workshop.progress(order))
        _check(query, len(head["columns"]))
        try:
            if query.is_plain:
                return self._plain_page(order, head, meta is not None, query)
            if meta is not None:
                return self._ordered_page(order, head, query)
        except FileNotFoundError:
            # It went at this moment, to make room; it is made again by who asks again.
            pass
        return {**_reading_table(query, self._workshop.progress(order)), **_heading(head)}

    def _plain_page(
        self, order: Order, head: Mapping[str, Any], is_whole: bool, query: TableQuery
    ) -> Mapping[str, Any]:
        last = min(query.offset + query.limit, head["rows"])
        numbers = range(query.offset, max(query.offset, last))
        rows = self._pages.rows(self._workshop.place(order), numbers, len(head["columns"]))
        found = page(head, rows, query.offset, head["rows"] if is_whole else None, None)
        return {**found, "state": "ready" if is_whole else "reading", "done": self._share(order, is_whole)}

    def _ordered_page(self, table: Order, head: Mapping[str, Any], query: TableQuery) -> Mapping[str, Any]:
        place = self._workshop.place(table)
        order = Order(
            kind="rows",
            source=place,
            digest=table.key,
            options={
                "types": head["types"],
                "sort": [list(each) for each in query.sort],
                "filters": [dict(each) for each in query.filters],
                "search": query.search,
            },
            seconds=_TABLE_SECONDS,
        )
        meta = self._workshop.begin(order, _PATIENCE)
        if meta is None:
            return {**_reading_table(query, self._workshop.progress(order)), **_heading(head)}
        total = int(meta["rows"])
        offset = min(query.offset, total)
        numbers = self._pages.ordered(self._workshop.place(order), offset, query.limit)
        rows = self._pages.rows(place, numbers, len(head["columns"]))
        found = page(head, rows, offset, total, numbers)
        return {**found, "state": "ready", "done": 1.0}

    def _share(self, order: Order, is_whole: bool) -> float:
        return 1.0 if is_whole else self._workshop.progress(order)

    # -- trees ----------------------------------------------------------------------------------------------------

    def json(
        self, artifact: Artifact, path: Path, at: int | None, offset: int, limit: int
    ) -> Mapping[str, Any]:
        file = self._json_file(artifact, path)
        if file is None:
            share = self._workshop.progress(_json_order(artifact, path))
            return {"state": "reading", "done": share, "value": None}
        return {"state": "ready", "done": 1.0, "value": file.page(at, offset, limit)}

    def _json_file(self, artifact: Artifact, path: Path) -> JsonFile | None:
        with self._lock:
            if found := self._json.get(artifact.digest):
                self._json.move_to_end(artifact.digest)
                return found
        made = self._open_json(artifact, path)
        if made is not None:
            with self._lock:
                self._json[artifact.digest] = made
                while len(self._json) > _OPEN:
                    self._json.popitem(last=False)
        return made

    def _open_json(self, artifact: Artifact, path: Path) -> JsonFile | None:
        import numpy as np

        if not artifact.size:
            raise InvalidRequest("The file is empty.")
        if artifact.size <= _SMALL_JSON:
            data = path.read_bytes()
            return JsonFile(data, json_index.index_of(data))
        order = _json_order(artifact, path)
        if self._workshop.begin(order, _PATIENCE) is None:
            return None
        try:
            with np.load(self._workshop.place(order) / json_index.NAME, allow_pickle=False) as opened:
                index = dict(opened)
        except FileNotFoundError:
            return None
        with open(path, "rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return JsonFile(mapped, index)

    # -- things that are made whole -----------------------------------------------------------------------------------

    def picture(self, artifact: Artifact, path: Path, size: int) -> tuple[Path, Mapping[str, Any]] | None:
        allowed = next((each for each in SIZES if each >= size), SIZES[-1])
        order = Order(
            kind="image", source=path, digest=artifact.digest, options={"size": allowed}, seconds=_SECONDS
        )
        meta = self._workshop.begin(order, _PATIENCE)
        made = self._workshop.place(order) / images.NAME
        # What was made may go at any moment, to make room; it is made again then.
        return (made, meta) if meta is not None and made.exists() else None

    def entries(self, artifact: Artifact, path: Path) -> Mapping[str, Any]:
        order = Order(kind="archive", source=path, digest=artifact.digest, seconds=_SECONDS)
        meta = self._workshop.begin(order, _PATIENCE)
        return self._whole(order, meta)

    def graph(self, artifact: Artifact, path: Path) -> Mapping[str, Any]:
        format_ = _GRAPHS.get(artifact.media_type)
        if format_ is None:
            raise InvalidRequest(f"A file of type {artifact.media_type} is not drawn as a graph.")
        order = Order(
            kind="graph", source=path, digest=artifact.digest, options={"format": format_}, seconds=_SECONDS
        )
        meta = self._workshop.begin(order, _PATIENCE)
        if meta is None:
            return self._whole(order, None)
        try:
            drawn = json.loads((self._workshop.place(order) / graphs.NAME).read_text("utf-8"))
        except FileNotFoundError:
            drawn = None
        return self._whole(order, drawn)

    def _whole(self, order: Order, value: Mapping[str, Any] | None) -> Mapping[str, Any]:
        is_made = value is not None
        return {
            "state": "ready" if is_made else "reading",
            "done": self._share(order, is_made),
            "value": value,
        }


def _table_order(artifact: Artifact, path: Path) -> Order:
    format_ = _TABLES.get(artifact.media_type)
    if format_ is None:
        raise InvalidRequest(f"A file of type {artifact.media_type} is not shown as a table.")
    return Order(
        kind="table",
        source=path,
        digest=artifact.digest,
        options={"format": format_},
        seconds=_TABLE_SECONDS,
    )


def _json_order(artifact: Artifact, path: Path) -> Order:
    return Order(kind="json", source=path, digest=artifact.digest, seconds=_SECONDS)


def _check(query: TableQuery, columns: int) -> None:
    named = [column for column, _ in query.sort] + [int(each["column"]) for each in query.filters]
    for column in named:
        if not 0 <= column < columns:
            raise InvalidRequest(f"The table has no column {column}: it has {columns}.", field="sort")


def _reading_table(query: TableQuery, share: float) -> dict[str, Any]:
    nothing: dict[str, Any] = {"columns": [], "types": [], "rows": 0, "hidden_columns": 0, "uneven_rows": 0}
    found = page({**nothing, "cut": False}, [], query.offset, None, None)
    return {**found, "state": "reading", "done": share}


def _heading(head: Mapping[str, Any]) -> dict[str, Any]:
    return {"columns": head["columns"], "types": head["types"], "read": head["rows"]}
