"""``batch``: a tool run once for each row of a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InvalidRequest
from .errors import DONE, FAILED
from .params import read_params
from .session import check_detach, connected, is_embedded
from .terminal import shown_time

if TYPE_CHECKING:
    import argparse

    from ..api.schemas import BatchShape, RangeShape
    from ..client import Batch
    from .terminal import Terminal

#: Rows that failed which are told one by one.
_TOLD = 20
#: Seconds between two looks at how far it is.
_LOOK = 1.0
#: Why nothing of it may begin soon, for whoever waits.
_HELD_BACK = {
    "no workers": "There is no worker: its runs wait until one is started.",
    "the queue": "Its runs wait for something that nobody can foretell: `jupyter toolrunner queue show` tells what is held.",
}
_FINAL = ("succeeded", "failed", "canceled", "skipped")


def batch_run(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options, works=True) as client:
        check_detach(options, client)
        tool = client.tool(options.name)
        common = read_params(tool.params_schema, options.params, None)
        more = {
            "preset": options.preset,
            "title": options.title,
            "priority": options.priority,
            "reuse": options.reuse,
        }
        if options.sweep:
            batch = client.sweep(tool, _sweep(options), common, **more)
        else:
            batch = client.submit_all(tool, Path(_table(options)), common, **more)
        terminal.note(f"Batch #{batch.number}: {_runs(len(batch))} of {tool.name}{_foretold(batch)}.")
        if not options.detach:
            _wait(batch, terminal)
        return _tell(client.batch(batch.number), options, terminal, is_over=not options.detach)


def batch_wait(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options, works=True) as client:
        batch = client.batch(_name(options))
        _wait(batch, terminal)
        return _tell(batch, options, terminal, is_over=True)


def _table(options: argparse.Namespace) -> str:
    table: str | None = options.table
    if table is None:
        raise InvalidRequest(
            "There is neither a table nor a sweep.",
            field="table",
            hint="Give a file, or values: --sweep k=2..10",
        )
    return table


def _sweep(options: argparse.Namespace) -> dict[str, str]:
    if options.table is not None:
        raise InvalidRequest("A batch has the rows of a table or of a sweep, not both.", field="sweep")
    found: dict[str, str] = {}
    for said in options.sweep:
        name, sign, values = said.partition("=")
        if not sign or not name.strip():
            raise InvalidRequest(
                f"{said[:50]!r} names no param.", field="sweep", hint="Such as k=2..10 or k=2,4,8."
            )
        found[name.strip()] = values
    return found


def _wait(batch: Batch, terminal: Terminal) -> None:
    """Until all have ended; in a terminal that a person looks at with how far it is."""
    if not batch.shape.final and (why := _HELD_BACK.get(batch.forecast().why_not or "")):
        terminal.note(why)
    if not terminal.is_live:
        batch.wait()
        return
    while not batch.shape.final:
        left = batch.forecast()
        ended = sum(count for status, count in batch.shape.by_status.items() if status.value in _FINAL)
        said = f"{ended} of {batch.shape.rows} ended"
        if left.whole is not None:
            said += f", {_about(left.whole)} left"
        terminal.control(f"\r\x1b[2m{said}\x1b[0m\x1b[K")
        batch.refresh(wait=_LOOK)
    terminal.control("\r\x1b[K")
    batch.wait()


def _foretold(batch: Batch) -> str:
    """How long they will take, where that can be said."""
    whole = batch.forecast().whole
    return f", {_about(whole)}" if whole is not None else ""


def _about(whole: RangeShape) -> str:
    return f"about {_time(whole.middle)} ({_time(whole.low)} to {_time(whole.high)})"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def batch_list(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.batches(limit=options.limit)
    if options.json:
        terminal.json([batch.model_dump(mode="json") for batch in found])
        return DONE
    if not found:
        terminal.note("No batches.")
    terminal.table(
        [
            (f"#{batch.number}", batch.tool, batch.title, _counts(batch), shown_time(batch.created_at))
            for batch in found
        ]
    )
    return DONE


def batch_show(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        _tell(client.batch(_name(options)), options, terminal)
    return DONE


def batch_retry(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options, works=True) as client:
        batch = client.batch(_name(options))
        again = batch.retry(code=options.code)
        of = "the code that the batch was made of" if options.code == "kept" else "the code of now"
        terminal.note(f"{_runs(again)} made again, of {of}.")
        if is_embedded(client):
            batch.wait()
        _tell(client.batch(batch.number), options, terminal)
    return DONE


def batch_cancel(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        batch = client.batch(_name(options))
        batch.cancel()
        _tell(batch, options, terminal)
    return DONE


def batch_table(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        table = client.batch(_name(options)).csv()
    if options.output is None:
        terminal.flush()
        sys.stdout.buffer.write(table)
        sys.stdout.buffer.flush()
    else:
        Path(options.output).expanduser().write_bytes(table)
    return DONE


def _name(options: argparse.Namespace) -> str:
    text: str = options.batch
    return text.strip().removeprefix("#")


def _tell(batch: Batch, options: argparse.Namespace, terminal: Terminal, *, is_over: bool = False) -> int:
    if options.json:
        terminal.json(batch.shape.model_dump(mode="json"))
    else:
        name = f"{batch.shape.tool} {batch.shape.title}".rstrip()
        terminal.line(f"#{batch.number} {name}: {_counts(batch.shape)}")
        failed = [(row, run) for row, run in enumerate(batch, 1) if run.status == "failed"]
        for row, run in failed[:_TOLD]:
            said = f": {run.error.type}: {run.error.message}" if run.error else ""
            terminal.note(f"  data row {row}, run #{run.number} failed{said}")
        if len(failed) > _TOLD:
            terminal.note(f"  and {len(failed) - _TOLD} more")
    succeeded = all(run.status == "succeeded" for run in batch)
    return DONE if succeeded or not is_over else FAILED


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _counts(batch: BatchShape) -> str:
    return ", ".join(f"{count} {status.value}" for status, count in batch.by_status.items())
