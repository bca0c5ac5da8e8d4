"""Events with their dates, from the pages of a folder or from a table, on one line of time."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...authoring import progress
from .. import charts, reports
from ..dates import date_of, dates_in
from ..folders import Folder, FolderError
from ..pages import ENDINGS, Page, pages_of, tags_of
from ..words import sentences_of

_MOST_LANES = 12
_MOST_EVENTS = 200_000


@dataclass(frozen=True, slots=True)
class Event:
    date: datetime.date
    #: ``day``, ``month`` or ``year``.
    precision: str
    text: str
    #: The page, or what the table's group says.
    where: str
    lane: str
    end: datetime.date | None = None


def timeline(
    folder: Path | None,
    table: Path | None,
    *,
    source: str,
    date: str,
    label: str,
    group: str,
    end: str,
    begin_year: int,
    end_year: int,
    exclude: Sequence[str],
    picture: str,
) -> dict[str, Any]:
    """Write a chart, a table and a list of the events into the current folder."""
    if table is not None:
        title, events = _from_table(table, date, label, group, end)
        left_out = 0
    else:
        given = Folder(folder, exclude)
        title = given.title
        files = given.files(ENDINGS)
        events = []
        for number, page in pages_of(given, files):
            progress(0.5 + 6 * number / len(files), 10, page.name)
            events += _from_page(page, source)
            if len(events) > _MOST_EVENTS:
                raise FolderError(
                    f"More than {_MOST_EVENTS:,} dates were found: take a smaller folder, or leave parts out"
                )
        left_out = len(given.left_out)
    events = [event for event in events if begin_year <= event.date.year <= end_year]
    if not events:
        raise FolderError(
            f"No date was found in {title} from {begin_year} to {end_year}. Dates are read as 1961-04-12, 12 April 1961, "
            "April 12, 1961, 12 апреля 1961 and 12.04.1961"
        )
    events.sort(key=lambda event: (event.date, event.where, event.text))
    progress(8, 10, f"Drawing {len(events)} events")
    made = charts.save(_chart(title, events), f"{title}.timeline", picture=picture)
    report, listed = _write_report(title, events), _write_table(title, events)
    print(f"{', '.join(made)}, {report}, {listed}: {len(events)} events")
    progress(10, 10, f"{len(events)} events")
    return {
        "chart": made[0],
        "pictures": made[1:],
        "report": report,
        "table": listed,
        "events": len(events),
        "first": events[0].date.isoformat(),
        "last": events[-1].date.isoformat(),
        "left_out": left_out,
    }


# -- where events come from -----------------------------------------------------------------------------------------


def _from_page(page: Page, source: str) -> Iterator[Event]:
    tags = tags_of(page)
    lane = tags[0] if tags else page.name.rpartition("/")[0] or page.name
    if source in ("all", "front matter"):
        for name in ("date", "created", "published", "updated"):
            found = date_of(page.metadata.get(name))
            if found is not None:
                yield Event(found.date, found.precision, page.title, page.name, lane)
                break
    if source in ("all", "text"):
        for sentence in sentences_of(page.text):
            for found in dates_in(sentence):
                yield Event(found.date, found.precision, reports.short(sentence, 200), page.name, lane)


def _from_table(path: Path, date: str, label: str, group: str, end: str) -> tuple[str, list[Event]]:
    from ..table.database import Database
    from ..table.reading import read
    from ..table.tables import Column, Reading

    with Database() as database:
        table = read(database, path, Reading())
        dated = [column for column in table.columns if column.is_time] or list(table.columns)
        begin = table.column(date, "date") if date.strip() else dated[0]
        finish = table.column(end, "end") if end.strip() else None
        texts = [column for column in table.columns if column.is_text and column != begin] or list(
            table.columns
        )
        name = table.column(label, "label") if label.strip() else texts[0]
        lane = table.column(group, "group") if group.strip() else None

        def shown(column: Column | None) -> str:
            return "NULL" if column is None else f"CAST({column.sql} AS VARCHAR)"

        chosen = ", ".join(shown(each) for each in (begin, name, lane, finish))
        rows = database.rows(f"SELECT {chosen} FROM {table.name} LIMIT {_MOST_EVENTS + 1}")  # noqa: S608 - names are quoted
    if len(rows) > _MOST_EVENTS:
        raise FolderError(
            f"{table.title} has more than {_MOST_EVENTS:,} rows: filter it first, by Group and aggregate"
        )
    events = []
    for row in rows:
        found = date_of(int(row[0]) if row[0] and row[0].isdigit() else row[0])
        if found is not None:
            until, lane_ = date_of(row[3]), row[2] or ""
            text = reports.short(row[1] or "", 200)
            events.append(
                Event(
                    found.date,
                    found.precision,
                    text,
                    lane_,
                    lane_ or begin.name,
                    until.date if until else None,
                )
            )
    if not events:
        raise FolderError(f"date: the column {begin.name!r} of {table.title} holds no dates")
    if len(events) < len(rows):
        print(f"{len(rows) - len(events)} rows have no date and are left out")
    return table.title, events


# -- what is written ------------------------------------------------------------------------------------------------


def _chart(title: str, events: Sequence[Event]) -> Any:
    """Points, or bars from beginning to end, in a lane for each tag or group; of very many, chosen ones."""
    alt = charts.altair()
    lanes: dict[str, int] = {}
    for event in events:
        lanes[event.lane] = lanes.get(event.lane, 0) + 1
    kept = set(sorted(lanes, key=lambda lane: (-lanes[lane], lane))[:_MOST_LANES])
    shown = list(events)
    if len(shown) > charts.MOST_MARKS:
        step = len(shown) / charts.MOST_MARKS
        shown = [shown[int(number * step)] for number in range(charts.MOST_MARKS)]
        print(f"{len(shown)} of {len(events)} events are drawn, evenly chosen; all of them are in the table")
    data = [
        {
            "date": event.date.isoformat(),
            "end": event.end.isoformat() if event.end else None,
            "event": event.text,
            "where": event.where,
            "lane": event.lane if event.lane in kept else "other",
        }
        for event in shown
    ]
    base = alt.Chart(alt.Data(values=data), title=f"Timeline of {title}").encode(
        x=alt.X("date:T", title=None),
        y=alt.Y("lane:N", title=None, sort=alt.EncodingSortField("date", op="min")),
        color=alt.Color("lane:N", legend=None),
        tooltip=[alt.Tooltip("date:T", format="%Y-%m-%d"), alt.Tooltip("event:N"), alt.Tooltip("where:N")],
    )
    drawn = base.mark_point(filled=True, size=70, opacity=0.75)
    if any(event.end for event in shown):
        drawn = (
            base.mark_bar(height=8, cornerRadius=3).encode(x2="end:T").transform_filter("datum.end != null")
            + drawn
        )
    height = max(120, 34 * min(len(lanes), _MOST_LANES + 1))
    return drawn.properties(width="container", height=height).interactive(bind_y=False)


def _write_report(title: str, events: Sequence[Event]) -> str:
    report = reports.Report(f"Timeline of {title}")
    year = None
    lines: list[str] = []
    for event in events[:2000]:
        if event.date.year != year:
            if lines:
                report.points(lines)
            year = event.date.year
            report.heading(str(year))
            lines = []
        where = f" {reports.code(event.where)}" if event.where else ""
        lines.append(f"**{_shown(event)}** {reports.plain(event.text)}{where}")
    report.points(lines)
    if len(events) > 2000:
        report.text(f"… and {len(events) - 2000:,} more, in the table beside this list.")
    return report.save(f"{title}.timeline.md")


def _shown(event: Event) -> str:
    iso = event.date.isoformat()
    begin = {"day": iso, "month": iso[:7], "year": iso[:4]}[event.precision]
    return f"{begin} to {event.end.isoformat()}" if event.end else begin


def _write_table(title: str, events: Sequence[Event]) -> str:
    path = f"{title}.timeline.csv"
    with Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "end", "precision", "event", "where", "lane"])
        for event in events:
            writer.writerow(
                [
                    event.date.isoformat(),
                    event.end.isoformat() if event.end else "",
                    event.precision,
                    event.text,
                    event.where,
                    event.lane,
                ]
            )
    return path
