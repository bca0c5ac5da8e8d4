"""``batch``: a tool run once for each row of a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import DONE, FAILED
from .params import read_params
from .session import check_detach, connected, is_embedded
from .terminal import shown_time

if TYPE_CHECKING:
    import argparse

    from ..api.schemas import BatchShape
    from ..client import Batch
    from .terminal import Terminal

#: Rows that failed which are told one by one.
_TOLD = 20


def batch_run(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options, works=True) as client:
        check_detach(options, client)
        tool = client.tool(options.name)
        batch = client.submit_all(
            tool,
            Path(options.table),
            read_params(tool.params_schema, options.params, None),
            preset=options.preset,
            title=options.title,
            priority=options.priority,
        )
        terminal.note(f"Batch #{batch.number}: {_runs(len(batch))} of {tool.name}.")
        if not options.detach:
            batch.wait()
        return _tell(client.batch(batch.number), options, terminal, is_over=not options.detach)


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
        again = batch.retry()
        terminal.note(f"{_runs(again)} made again, of the code that the batch was made of.")
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
        terminal.line(f"#{batch.number} {batch.shape.tool} {batch.shape.title}: {_counts(batch.shape)}")
        failed = [(row, run) for row, run in enumerate(batch, 1) if run.status == "failed"]
        for row, run in failed[:_TOLD]:
            said = f": {run.error.type}: {run.error.message}" if run.error else ""
            terminal.note(f"  row {row}, run #{run.number} failed{said}")
        if len(failed) > _TOLD:
            terminal.note(f"  and {len(failed) - _TOLD} more")
    succeeded = all(run.status == "succeeded" for run in batch)
    return DONE if succeeded or not is_over else FAILED


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _counts(batch: BatchShape) -> str:
    return ", ".join(f"{count} {status.value}" for status, count in batch.by_status.items())
