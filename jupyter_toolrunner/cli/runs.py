"""``run``, ``runs``, ``show``, ``logs``, ``cancel``, ``retry``, ``tag`` and ``note``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..core.errors import NotAvailable, ToolUnavailable
from .delivery import LOST
from .errors import DONE, FAILED
from .json_lines import JsonLines
from .params import bring_files, read_params, with_files
from .session import check_detach, connected, find_run, is_elsewhere, is_embedded, run_json
from .terminal import shown_duration, shown_size, shown_time
from .watching import watch

if TYPE_CHECKING:
    import argparse

    from ..api.schemas import ProgressShape, ReusedShape, RunShape
    from ..client import Run
    from .terminal import Terminal


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options, works=True) as client:
        check_detach(options, client)
        tool = client.tool(options.name, options.version)
        if tool.error is not None:
            where = f" ({tool.error.path}, line {tool.error.line})" if tool.error.line else ""
            raise ToolUnavailable(
                f"{tool.name} cannot run: {tool.error.message}{where}", hint=tool.error.hint
            )
        params = with_files(tool, read_params(tool.params_schema, options.params, options.params_file))
        if is_elsewhere(client):
            params = bring_files(client, tool, params)
        submitted = client.submit(
            tool.name,
            params,
            preset=options.preset,
            priority=options.priority,
            version=options.version and tool.version,
            after=[each.removeprefix("#") for each in options.after],
            after_rule=options.after_rule,
            reuse=options.reuse,
        )
        if options.detach:
            _tell_run(submitted, options, terminal)
            return DONE
        return _watched(submitted, options, terminal, may_leave=not is_embedded(client))


def _watched(run: Run, options: argparse.Namespace, terminal: Terminal, *, may_leave: bool) -> int:
    if getattr(options, "json_lines", False):
        left = watch(run, terminal, may_leave=may_leave, lines=JsonLines(terminal))
    else:
        left = watch(run, terminal, may_leave=may_leave)
        _tell_run(run, options, terminal)
    if left:
        return DONE
    return DONE if run.status == "succeeded" else FAILED


def _tell_run(run: Run, options: argparse.Namespace, terminal: Terminal) -> None:
    """The answer of every command that did something to a run."""
    if options.json:
        terminal.json(run_json(run))
        return
    took = shown_duration(run.started_at, run.finished_at)
    terminal.line(f"#{run.number} {run.tool} {_state(run)}" + (f" in {took}" if took else ""))
    if run.reused:
        terminal.note(_taken_from(run.reused))
    if run.error:
        terminal.note(f"{run.error.type}: {run.error.message}")
        for frame in [frame for frame in run.error.frames if frame.own][-1:]:
            terminal.note(f"  at {frame.file}:{frame.line} in {frame.function}")
        if run.error.hint:
            terminal.note(f"Hint: {run.error.hint}")
    if run.artifacts:
        rows = [(each.name, each.media_type, shown_size(each.size)) for each in run.artifacts]
        terminal.table(rows, indent="  ")


def _taken_from(reused: ReusedShape) -> str:
    return f"The result of run #{reused.number} of {reused.owner}, {shown_time(reused.finished_at)}."


def _state(run: Run | RunShape) -> str:
    return f"{run.status} ({run.reason})" if run.reason else str(run.status)


def runs(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.runs(
            tool=options.tool,
            status=options.status,
            tags=options.tags or (),
            owner=options.owner,
            params=options.conditions or (),
            search=options.search,
            limit=options.limit + 1,
        )
        if has_more := len(found) > options.limit:
            found = found[: options.limit]
        if options.json:
            terminal.json([run.shape.model_dump(mode="json", exclude={"attempts"}) for run in found])
            _note_more(options, terminal, has_more)
            return DONE
        if not found:
            terminal.note("No runs.")
        shapes = [run.shape for run in found]
    terminal.table(
        [
            (
                f"#{shape.number}",
                f"{shape.status} ({shape.reason})" if shape.reason else str(shape.status),
                shape.tool,
                shown_time(shape.created_at),
                shown_duration(shape.started_at, shape.finished_at),
            )
            for shape in shapes
        ]
    )
    _note_more(options, terminal, has_more)
    return DONE


def _note_more(options: argparse.Namespace, terminal: Terminal, has_more: bool) -> None:
    if has_more:
        newest = "The newest run is" if options.limit == 1 else f"The newest {options.limit} runs are"
        terminal.note(
            f"{newest} listed, and there are more: --limit {options.limit * 10} lists so many, "
            "--tool, --status, --tag, --param and --search narrow the list."
        )


def show(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = find_run(client, options.run)
        if options.code:
            return _show_code(found, options, terminal)
        if options.json:
            terminal.json(found.shape.model_dump(mode="json"))
            return DONE
        shape = found.shape
    terminal.line(f"#{shape.number} {shape.tool} {_state(shape)}")
    facts = [
        ("id", shape.id),
        ("owner", shape.owner),
        ("priority", str(shape.priority)),
        ("version", shape.version[:12]),
        ("created", shown_time(shape.created_at)),
        ("started", shown_time(shape.started_at)),
        ("finished", shown_time(shape.finished_at)),
        ("took", shown_duration(shape.started_at, shape.finished_at)),
        ("next attempt", shown_time(shape.ready_at)),
        ("reused", _taken_from(shape.reused) if shape.reused else ""),
        ("worker lost", "" if shape.status.is_final else f"it {LOST[shape.delivery]} ({shape.delivery})"),
        ("tags", ", ".join(shape.tags)),
    ]
    if shape.progress:
        facts.append(
            (
                "progress",
                f"{shape.progress.done:g} of {_total(shape.progress)} {shape.progress.text}".rstrip(),
            )
        )
    terminal.table([fact for fact in facts if fact[1]], indent="  ")
    if shape.note:
        terminal.line(f"\nNote\n{_indented(shape.note)}")
    terminal.line(f"\nParams\n{_indented(json.dumps(shape.params, ensure_ascii=False, indent=2))}")
    if len(shape.attempts or ()) > 1:
        terminal.line("\nAttempts")
        rows = [
            (
                str(each.number),
                f"{each.status} ({each.reason})" if each.reason else str(each.status),
                each.worker,
            )
            for each in shape.attempts or ()
        ]
        terminal.table(rows, indent="  ")
    if shape.error:
        terminal.line(
            f"\nError\n{_indented(shape.error.traceback or f'{shape.error.type}: {shape.error.message}')}"
        )
        if shape.error.hint:
            terminal.line(f"  Hint: {shape.error.hint}")
    if shape.artifacts:
        terminal.line("\nArtifacts")
        terminal.table([(a.name, a.media_type, shown_size(a.size)) for a in shape.artifacts], indent="  ")
    return DONE


def _total(progress: ProgressShape) -> str:
    return f"{progress.total:g}" if progress.total else "?"


def _show_code(found: Run, options: argparse.Namespace, terminal: Terminal) -> int:
    code = found.code()
    if options.json:
        terminal.json(code)
        return DONE
    if not code:
        raise NotAvailable(f"What run #{found.number} ran was not kept.")
    for path, text in code.items():
        if len(code) > 1:
            terminal.line(f"# ---- {path}")
        terminal.raw(text if text.endswith("\n") else f"{text}\n")
    return DONE


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.rstrip().splitlines())


def logs(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options, works=options.follow) as client:
        found = find_run(client, options.run)
        if options.follow and options.attempt is None:
            for piece in found.follow():
                terminal.raw(piece)
        else:
            terminal.raw(found.log(options.attempt))
    return DONE


def cancel(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = find_run(client, options.run).cancel()
        try:
            found.wait(timeout=10)
        except TimeoutError:
            terminal.note("It was asked to end, and has not ended yet.")
        _tell_run(found, options, terminal)
    return DONE


def retry(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options, works=True) as client:
        found = find_run(client, options.run).retry()
        if is_embedded(client):
            return _watched(found, options, terminal, may_leave=False)
        _tell_run(found, options, terminal)
    return DONE


def tag(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = find_run(client, options.run)
        if options.tags:
            found.tag(*options.tags)
        if options.remove:
            found.untag(*options.remove)
        if options.json:
            terminal.json(found.tags)
        else:
            terminal.line(", ".join(found.tags) or "No tags.")
    return DONE


def note(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = find_run(client, options.run)
        if options.text is not None:
            found.edit(note=options.text)
        if options.json:
            terminal.json(found.note)
        else:
            terminal.line(found.note or "No note.")
    return DONE
