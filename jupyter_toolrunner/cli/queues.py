"""``queue show``, ``hold``, ``release``, ``move`` and ``priority``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ToolrunnerError
from .errors import DONE, FAILED
from .session import connected
from .terminal import shown_time

if TYPE_CHECKING:
    import argparse

    from ..api.schemas import QueueRuleShape, QueueShape
    from .terminal import Terminal


def queue_show(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        found = client.queue(limit=options.limit, owner=options.owner)
    if options.json:
        terminal.json(found.model_dump(mode="json"))
        return DONE
    for line in _facts(found):
        terminal.line(line)
    if not found.items:
        terminal.note("Nothing stands in the queue." if found.later else "Nothing waits.")
    terminal.table(
        [
            (
                str(each.position),
                f"#{each.run.number}",
                each.run.tool,
                each.run.priority,
                each.run.owner,
                each.waits.text if each.waits else "",
            )
            for each in found.items
        ]
    )
    if found.total > len(found.items):
        terminal.note(f"The first {len(found.items):,} of {found.total:,} are shown; --limit shows more.")
    return DONE


def queue_hold(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        return _tell(client.hold(options.name, note=options.note), options, terminal)


def queue_release(options: argparse.Namespace, terminal: Terminal) -> int:
    with connected(options) as client:
        return _tell(client.release(options.name), options, terminal)


def queue_move(options: argparse.Namespace, terminal: Terminal) -> int:
    beside = options.before or options.after
    to = "before" if options.before else "after" if options.after else "end" if options.end else "front"
    with connected(options) as client:
        answer = client.move(options.runs, to, beside=beside)
    if options.json:
        terminal.json(answer.model_dump(mode="json", exclude={"moved": {"__all__": {"attempts"}}}))
    else:
        for run in answer.moved:
            terminal.line(f"#{run.number} {run.tool} is moved; its priority is {run.priority}.")
    for each in answer.refused:
        terminal.note(each.message)
    return FAILED if answer.refused else DONE


def queue_priority(options: argparse.Namespace, terminal: Terminal) -> int:
    done, failed = [], False
    with connected(options) as client:
        for number in options.runs:
            try:
                done.append(client.run(number).edit(priority=options.priority).shape)
            except ToolrunnerError as error:
                failed = True
                terminal.note(error.message)
    if options.json:
        terminal.json([shape.model_dump(mode="json", exclude={"attempts"}) for shape in done])
    else:
        for shape in done:
            terminal.line(f"#{shape.number} {shape.tool}: {options.priority}")
    return FAILED if failed else DONE


def _facts(found: QueueShape) -> list[str]:
    of_all = f" of {found.total_running}" if found.total_running is not None else ""
    lines = [f"{found.running:,}{of_all} running, {found.waiting + found.later:,} waiting"]
    if found.later:
        lines.append(f"Of these {found.later:,} wait for other runs, for a time or for their next attempt.")
    if found.user_running is not None:
        lines.append(f"At most {found.user_running} runs of one user run at a time.")
    lines += [_said(rule) for rule in (found.whole, *found.tools) if rule.held_by]
    lines += [
        f"{rule.tool}: {rule.running} of {rule.max_running} running"
        for rule in found.tools
        if rule.max_running is not None
    ]
    if len(found.owners) > 1:
        lines += [f"{each.owner}: {each.waiting:,} waiting, {each.running} running" for each in found.owners]
    return lines


def _said(rule: QueueRuleShape) -> str:
    what = rule.tool or "The queue"
    if rule.held_by is None or rule.held_at is None:
        return f"{what} is not held."
    note = f": {rule.note}" if rule.note else ""
    return f"{what} is held by {rule.held_by} since {shown_time(rule.held_at)}{note}"


def _tell(rule: QueueRuleShape, options: argparse.Namespace, terminal: Terminal) -> int:
    if options.json:
        terminal.json(rule.model_dump(mode="json"))
    else:
        terminal.line(_said(rule))
    return DONE
