"""What is seen of a view where there is nothing of ours: on GitHub, in a mail, in a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    return text, title + "".join(f"<div>{escape(line)}</div>" for line in lines)


def of_tools(tools: Sequence[Tool]) -> tuple[str, str]:
    """The tools that there are, one in a line."""
    lines = [f"{tool.name}: {tool.title}" for tool in tools]
    items = "".join(f"<li>{escape(tool.title)} <code>{escape(tool.name)}</code></li>" for tool in tools)
    return "\n  ".join([f"<Tools: {len(tools)}>", *lines]), f"<ul>{items}</ul>"


def of_results(tool: str, snapshot: str) -> tuple[str, str]:
    """The files of a run."""
    if not snapshot:
        return f"<Results {tool}: no run yet>", f"<p><code>{escape(tool)}</code> has not run yet</p>"
    text, html = of_run(snapshot, with_params=False)
    return text.replace("<Run ", "<Results of ", 1), html
