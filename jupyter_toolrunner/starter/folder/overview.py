"""What is in a folder: kinds, sizes, ages, and what looks odd."""

from __future__ import annotations

import datetime
import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...authoring import progress
from .. import charts, reports
from ..folders import File, Folder
from ..texts import NotText, read_text

#: What people call kinds of files.
_KINDS = {
    "text": {".md", ".markdown", ".txt", ".rst", ".org", ".adoc", ".tex", ".html", ".htm", ".log"},
    "notebook": {".ipynb"},
    "table": {".csv", ".tsv", ".xlsx", ".xls", ".parquet", ".arrow", ".feather", ".ods", ".sqlite", ".db"},
    "data": {".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".toml", ".xml", ".ini", ".cfg", ".h5", ".npy", ".npz"},
    "code": {".py", ".js", ".ts", ".tsx", ".jsx", ".c", ".h", ".cpp", ".hpp", ".rs", ".go", ".java", ".r", ".sh", ".sql",
             ".css", ".pyi", ".pyx", ".so", ".pyc"},
    "picture": {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".tif", ".tiff", ".bmp", ".ico"},
    "sound or film": {".mp3", ".wav", ".ogg", ".flac", ".mp4", ".webm", ".mov", ".avi", ".m4a"},
    "document": {".pdf", ".docx", ".doc", ".odt", ".pptx", ".ppt", ".epub"},
    "archive": {".zip", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".whl", ".rar"},
}  # fmt: skip
_BATCH = 50_000
_TEXTS = _KINDS["text"] | _KINDS["code"] | _KINDS["data"]
#: Beyond so many bytes of text lines are not counted any more.
_MOST_READ = 256 * 2**20


@dataclass(slots=True)
class Group:
    files: int = 0
    size: int = 0
    lines: int = 0

    def add(self, size: int, lines: int) -> None:
        self.files += 1
        self.size += size
        self.lines += lines


@dataclass(slots=True)
class Summary:
    files: int = 0
    size: int = 0
    read: int = 0
    deepest: int = 0
    by_kind: dict[str, Group] = field(default_factory=dict)
    by_ending: dict[str, Group] = field(default_factory=dict)
    by_folder: dict[str, Group] = field(default_factory=dict)
    by_month: Counter[tuple[str, str]] = field(default_factory=Counter)
    empty: list[str] = field(default_factory=list)


def summarize(folder: Path | None, *, exclude: Sequence[str], largest: int) -> dict[str, Any]:
    """Write a report, a table of all files and a chart into the current folder."""
    given = Folder(folder, exclude)
    files = given.files()
    summary = Summary()
    table = f"{given.title}.files.parquet"
    _write_table(table, _looked_at(given, files, summary))
    newest = heapq.nlargest(largest, files, key=lambda file: file.modified)
    biggest = heapq.nlargest(largest, files, key=lambda file: file.size)
    oldest = min(files, key=lambda file: file.modified)
    progress(9, 10, "Writing the report")
    report = _write_report(given, summary, biggest, newest, oldest)
    made = charts.save(_chart(summary), f"{given.title}.summary") if _can_draw() else []
    print(f"{report}, {table}: {summary.files} files, {_bytes(summary.size)}")
    progress(10, 10, f"{summary.files} files, {_bytes(summary.size)}")
    return {
        "report": report,
        "table": table,
        "chart": made[0] if made else None,
        "files": summary.files,
        "bytes": summary.size,
        "folders": len(summary.by_folder),
        "deepest": summary.deepest,
        "empty": len(summary.empty),
        "left_out": len(given.left_out),
        "kinds": {kind: group.files for kind, group in _ranked(summary.by_kind)},
    }


def _looked_at(folder: Folder, files: Sequence[File], summary: Summary) -> Iterator[tuple[Any, ...]]:
    """A row for each file, counted on the way."""
    for number, file in enumerate(files):
        if number % 20 == 0:
            progress(0.5 + 8.5 * number / len(files), 10, file.name)
        kind = kind_of(file)
        lines = _lines(folder, file, summary)
        place = file.name.rpartition("/")[0]
        when = datetime.datetime.fromtimestamp(file.modified, datetime.UTC)
        summary.files += 1
        summary.size += file.size
        summary.deepest = max(summary.deepest, file.name.count("/"))
        summary.by_kind.setdefault(kind, Group()).add(file.size, lines or 0)
        summary.by_ending.setdefault(file.ending or "(none)", Group()).add(file.size, lines or 0)
        summary.by_folder.setdefault(place or ".", Group()).add(file.size, lines or 0)
        summary.by_month[(f"{when:%Y-%m}", kind)] += 1
        if file.size == 0:
            summary.empty.append(file.name)
        yield file.name, place, file.ending, kind, file.size, lines, when


def kind_of(file: File) -> str:
    return next((kind for kind, endings in _KINDS.items() if file.ending in endings), "other")


def _lines(folder: Folder, file: File, summary: Summary) -> int | None:
    """None for what is no text, and where enough was read."""
    if file.ending not in _TEXTS or summary.read > _MOST_READ:
        return None
    summary.read += file.size
    try:
        text = read_text(file.path)
    except NotText:
        return None
    except OSError as error:
        folder.leave_out(file.name, f"its lines cannot be counted: {error.strerror}")
        return None
    return text.count("\n") + (not text.endswith("\n") and bool(text))


def _write_table(path: str, rows: Iterator[tuple[Any, ...]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [("file", pa.string()), ("folder", pa.string()), ("ending", pa.string()), ("kind", pa.string()),
         ("bytes", pa.int64()), ("lines", pa.int64()), ("modified", pa.timestamp("s", tz="UTC"))]
    )  # fmt: skip
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        batch: list[tuple[Any, ...]] = []
        for row in rows:
            batch.append(row)
            if len(batch) >= _BATCH:
                writer.write_batch(_batch(batch, schema))
                batch = []
        if batch:
            writer.write_batch(_batch(batch, schema))


def _batch(rows: list[tuple[Any, ...]], schema: Any) -> Any:
    import pyarrow as pa

    columns = [list(column) for column in zip(*rows, strict=True)]
    for place in range(4):
        # A name on disk may hold bytes that are no text.
        columns[place] = [str(value).encode("utf-8", "backslashreplace").decode() for value in columns[place]]
    return pa.record_batch(
        [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)], schema=schema
    )


def _ranked(groups: dict[str, Group]) -> list[tuple[str, Group]]:
    return sorted(groups.items(), key=lambda item: (-item[1].size, item[0]))


def _write_report(
    folder: Folder, summary: Summary, biggest: Sequence[File], newest: Sequence[File], oldest: File
) -> str:
    report = reports.Report(f"What is in {folder.title}")
    points = [
        f"{reports.number(summary.files, 'file')} of {_bytes(summary.size)}",
        f"{reports.number(len(summary.by_folder), 'folder')}, up to {summary.deepest} deep",
        f"The newest is of {_day(newest[0])}, the oldest of {_day(oldest)}",
    ]
    if summary.empty:
        shown = ", ".join(reports.code(name) for name in summary.empty[:10])
        rest = f" and {len(summary.empty) - 10} more" if len(summary.empty) > 10 else ""
        points.append(f"{reports.number(len(summary.empty), 'file is', 'files are')} empty: {shown}{rest}")
    if folder.left_out:
        points.append(f"{len(folder.left_out)} could not be read: the log says why")
    report.points(points)
    for title, groups, head in (
        ("Kinds", summary.by_kind, "Kind"),
        ("Endings", summary.by_ending, "Ending"),
        ("Folders", summary.by_folder, "Folder"),
    ):
        report.heading(title)
        ranked = _ranked(groups)
        report.table(
            [head, "Files", "Size", "Share", "Lines"],
            [
                [
                    reports.code(name) if head != "Kind" else name,
                    f"{group.files:,}",
                    _bytes(group.size),
                    f"{100 * group.size / max(1, summary.size):.0f} %",
                    f"{group.lines:,}" if group.lines else "",
                ]
                for name, group in ranked[:40]
            ],
        )
        if len(ranked) > 40:
            report.text(f"… and {len(ranked) - 40:,} more")
    for title, files in (("Largest", biggest), ("Newest", newest)):
        report.heading(title)
        report.table(
            ["File", "Size", "Changed"],
            [[reports.code(file.name), _bytes(file.size), _day(file)] for file in files],
        )
    return report.save(f"{folder.title}.summary.md")


def _can_draw() -> bool:
    """The chart is an addition: without the library the report is whole all the same."""
    import importlib.util

    found = importlib.util.find_spec("altair") is not None
    if not found:
        print("No chart: pip install 'jupyter_toolrunner[starter]' brings what draws it")
    return found


def _chart(summary: Summary) -> Any:
    """How many bytes are of which kind, and when files were changed last."""
    alt = charts.altair()
    sizes = [
        {"kind": kind, "bytes": group.size, "files": group.files} for kind, group in _ranked(summary.by_kind)
    ]
    months = [
        {"month": month, "kind": kind, "files": n} for (month, kind), n in sorted(summary.by_month.items())
    ][-2000:]
    color = alt.Color("kind:N", title="kind")
    by_size = (
        alt.Chart(alt.Data(values=sizes), title="Bytes by kind")
        .mark_bar()
        .encode(
            x=alt.X("bytes:Q", axis=alt.Axis(format="~s")),
            y=alt.Y("kind:N", sort="-x", title=None),
            color=color,
            tooltip=[alt.Tooltip("kind:N"), alt.Tooltip("bytes:Q", format=","), alt.Tooltip("files:Q")],
        )
        .properties(width=560)
    )
    by_month = (
        alt.Chart(alt.Data(values=months), title="Files by the month of their last change")
        .mark_bar()
        .encode(
            x=alt.X("month:O", title=None),
            y=alt.Y("files:Q"),
            color=color,
            tooltip=[alt.Tooltip("month:O"), alt.Tooltip("kind:N"), alt.Tooltip("files:Q")],
        )
        .properties(width=560, height=200)
    )
    return alt.vconcat(by_size, by_month)


def _day(file: File) -> str:
    return f"{datetime.datetime.fromtimestamp(file.modified, datetime.UTC):%Y-%m-%d}"


def _bytes(size: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1024
    return f"{size:,.1f} TiB"
