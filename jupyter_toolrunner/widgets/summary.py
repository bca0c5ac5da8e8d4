"""What is seen of a view where there is nothing of ours: on GitHub, in a mail, in a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..api.schemas import QueuedShape, QueueShape, WorkerShape
    from ..client import Run, Tool

#: Characters of one value.
_LONGEST = 200


def of_form(tool: Tool, params: Mapping[str, Any], snapshot: str) -> tuple[str, str]:
    """A form with its values, and the run that was made with it."""
    values = ", ".join(f"{name}={_short(value)}" for name, value in params.items())
    text = f"<ToolForm {tool.name} {values}>".replace(" >", ">")
    html = f"<p><strong>{escape(tool.title)}</strong> <code>{escape(tool.name)}</code></p>{_table(params)}"
    if snapshot:
        run_text, run_html = of_run(snapshot, with_params=False)
        text, html = f"{text}\n{run_text}", html + run_html
    return text, html


def of_run(snapshot: str, *, with_params: bool = True) -> tuple[str, str]:
    """How a run ended, or does, and what it left."""
    run = json.loads(snapshot)
    state = run["status"] + (f": {run['reason']}" if run.get("reason") else "")
    error = run.get("error") or {}
    why = f"{error.get('type')}: {error.get('message')}" if error else ""
    files = [f"{one['name']} ({one['media_type']}, {one['size']:,} bytes)" for one in run["artifacts"]]
    text = "\n  ".join([f"<Run #{run['number']} {run['tool']} {state}>", *([why] if why else []), *files])
    html = (
        f"<p><strong>#{run['number']}</strong> <code>{escape(run['tool'])}</code> {escape(state)}"
        + (f"<br>{escape(why)}" if why else "")
        + "</p>"
        + (_table(run["params"]) if with_params else "")
        + (f"<ul>{''.join(f'<li>{escape(file)}</li>' for file in files)}</ul>" if files else "")
    )
    return text, html


def _table(params: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(_short(value))}</td></tr>" for name, value in params.items()
    )
    return f"<table>{rows}</table>" if rows else ""


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def of_history(words: Mapping[str, Sequence[str]], runs: Sequence[Run]) -> tuple[str, str]:
    """The newest runs of a history, one in a line."""
    filters = " ".join(f"{name}={','.join(values)}" for name, values in words.items() if values)
    lines = [f"#{run.number} {run.tool} {run.status} {run.created_at:%Y-%m-%d %H:%M}" for run in runs]
    text = "\n  ".join([f"<History {filters}>".replace(" >", ">"), *lines])
    title = f"<p><strong>History</strong> <code>{escape(filters)}</code></p>"
    return text, title + _divided(lines)


def of_tools(tools: Sequence[Tool]) -> tuple[str, str]:
    """The tools that there are, one in a line."""
    lines = [f"{tool.name}: {tool.title}" for tool in tools]
    items = "".join(f"<li>{escape(tool.title)} <code>{escape(tool.name)}</code></li>" for tool in tools)
    return "\n  ".join([f"<Tools: {len(tools)}>", *lines]), f"<ul>{items}</ul>"


def of_queue(queue: QueueShape) -> tuple[str, str]:
    """What waits, one run in a line."""
    held = f", held by {queue.whole.held_by}" if queue.whole.held_by else ""
    head = f"{queue.running:,} running, {queue.total:,} waiting{held}"
    lines = [f"{item.position}. #{item.run.number} {item.run.tool} {_expected(item)}" for item in queue.items]
    if (more := queue.total - len(lines)) > 0:
        lines.append(f"and {more:,} more")
    text = "\n  ".join([f"<Queue: {head}>", *lines])
    return text, f"<p><strong>Queue</strong> {escape(head)}</p>" + _divided(lines)


def _expected(item: QueuedShape) -> str:
    if item.waits is not None:
        return item.waits.text
    if item.start is None:
        return "not enough data"
    return f"starts in {_seconds(item.start.low)} to {_seconds(item.start.high)}"


def _seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{round(seconds)} s"
    return f"{round(seconds / 60)} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def of_workers(workers: Sequence[WorkerShape]) -> tuple[str, str]:
    """Who works on what, one in a line."""
    lines = [
        f"{one.name} on {one.host}: {one.state}"
        + (f", run #{one.run.number} {one.run.tool}" if one.run else "")
        for one in workers
    ]
    text = "\n  ".join([f"<Workers: {len(workers)}>", *lines])
    return text, "<p><strong>Workers</strong></p>" + _divided(lines)


def of_batch(snapshot: str) -> tuple[str, str]:
    """How far a batch is."""
    batch = json.loads(snapshot)
    counts = ", ".join(f"{count:,} {status}" for status, count in batch["by_status"].items())
    title = f" {batch['title']}" if batch["title"] else ""
    text = f"<Batch #{batch['number']}{title} {batch['tool']} {batch['rows']:,} rows: {counts}>"
    html = (
        f"<p><strong>#{batch['number']}{escape(title)}</strong> <code>{escape(batch['tool'])}</code></p>"
        f"<p>{batch['rows']:,} rows: {escape(counts)}</p>"
    )
    return text, html


def _divided(lines: Sequence[str]) -> str:
    return "".join(f"<div>{escape(line)}</div>" for line in lines)


def of_results(tool: str, snapshot: str) -> tuple[str, str]:
    """The files of a run."""
    if not snapshot:
        return f"<Results {tool}: no run yet>", f"<p><code>{escape(tool)}</code> has not run yet</p>"
    text, html = of_run(snapshot, with_params=False)
    return text.replace("<Run ", "<Results of ", 1), html
