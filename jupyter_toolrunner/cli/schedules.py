"""``schedule add``, ``list``, ``show``, ``next``, ``runs``, ``change``, ``pause``, ``resume`` and ``remove``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .errors import DONE, WrongCall
from .params import bring_files, read_params, with_files
from .session import connected, is_elsewhere, is_embedded
from .terminal import shown_time

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from ..api.schemas import DueShape, FiringShape
    from ..client import Client, Schedule
    from .terminal import Terminal


def schedule_add(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        tool = client.tool(options.name)
        params = with_files(tool, read_params(tool.params_schema, options.params, options.params_file))
        if is_elsewhere(client):
            params = bring_files(client, tool, params)
        made = client.add_schedule(
            tool.name,
            params,
            **_rule(options),
            name=options.title or "",
            catch_up=options.catch_up,
            priority=options.priority,
        )
        return _tell(client, made, options, terminal)


def schedule_list(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.schedules(options.query, limit=options.limit)
    if options.json:
        terminal.json([each.shape.model_dump(mode="json") for each in found])
        return DONE
    if not found:
        terminal.note("No schedules. `jupyter toolrunner schedule add TOOL --cron '0 3 * * *'` makes one.")
    terminal.table(
        [
            (
                each.id,
                each.name,
                each.tool,
                each.words,
                each.next[0].words if each.next else each.state,
                each.problem or "",
            )
            for each in found
        ]
    )
    return DONE


def schedule_show(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        return _tell(client, client.schedule(options.schedule), options, terminal)


def schedule_next(options: argparse.Namespace, terminal: Terminal) -> int:
    rule = _rule(options)
    named = [name for name in ("cron", "every", "at", "after_run") if rule[name] is not None]
    if (options.schedule is None) != bool(named) or "after_run" in named:
        raise WrongCall(
            "name either a schedule or one of --cron, --every and --at",
            hint="When a run ends is not known beforehand",
        )
    with connected(options) as client:
        if options.schedule is not None:
            found = client.schedule(options.schedule)
            words, due = found.words, found.next
        else:
            times = {name: rule[name] for name in ("cron", "every", "at", "start", "zone")}
            preview = client.preview_schedule(**times)
            words, due = preview.words, preview.next
    if options.json:
        terminal.json([each.model_dump(mode="json") for each in due])
        return DONE
    terminal.line(words)
    _list_due(due, terminal)
    return DONE


def schedule_runs(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.schedule(options.schedule).firings(options.limit)
    if options.json:
        terminal.json([each.model_dump(mode="json") for each in found])
        return DONE
    if not found:
        terminal.note("Nothing was due yet.")
    terminal.table([(shown_time(each.due), _became(each)) for each in found])
    return DONE


def schedule_change(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.schedule(options.schedule)
        found.change(
            **_rule(options), name=options.title, catch_up=options.catch_up, priority=options.priority
        )
        return _tell(client, found, options, terminal)


def schedule_pause(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        return _tell(client, client.schedule(options.schedule).pause(), options, terminal)


def schedule_resume(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        return _tell(client, client.schedule(options.schedule).resume(), options, terminal)


def schedule_remove(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.schedule(options.schedule)
        found.remove()
    if options.json:
        terminal.json({"id": found.id, "removed": True})
    else:
        terminal.line(f"{found.name or found.id} is removed; its runs stay.")
    return DONE


def _rule(options: argparse.Namespace) -> dict[str, Any]:
    return {
        name: getattr(options, name)
        for name in ("cron", "every", "at", "after_run", "condition", "start", "zone")
    }


def _tell(client: Client, schedule: Schedule, options: argparse.Namespace, terminal: Terminal) -> int:
    if options.json:
        terminal.json(schedule.shape.model_dump(mode="json"))
        return DONE
    shape = schedule.shape
    terminal.line(f"{schedule.name or schedule.id}: {schedule.words}")
    facts = [
        ("tool", schedule.tool),
        ("params", json.dumps(schedule.params, ensure_ascii=False) if schedule.params else ""),
        ("state", schedule.state),
        ("owner", shape.owner),
        ("catch up", shape.catch_up.value),
        ("problem", schedule.problem or ""),
        ("last", f"{shown_time(shape.last.due)}  {_became(shape.last)}" if shape.last else ""),
        ("id", schedule.id),
    ]
    terminal.table([fact for fact in facts if fact[1]], indent="  ")
    _list_due(schedule.next, terminal)
    if schedule.state == "active" and is_embedded(client):
        terminal.note("No server of yours runs: nothing fires until one does.")
    return DONE


def _list_due(due: Sequence[DueShape], terminal: Terminal) -> None:
    for each in due:
        terminal.line(f"  {each.words}")


def _became(firing: FiringShape) -> str:
    run = firing.run_shape
    what = f"#{run.number} {run.status}" if run else firing.problem or firing.outcome.value
    times = "1 earlier time" if firing.missed == 1 else f"{firing.missed:,} earlier times"
    return f"{what}, and {times} passed without a run" if firing.missed else what
