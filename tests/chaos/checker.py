"""What must hold of every history."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .fleet import Ending
from .history import History, Mark
from .scenario import ONCE, PUBLISHED
from .toolbox.witness import content_of, result_of

#: Seconds after which what an attempt printed has been taken from it.
_HEARD = 0.3


@dataclass(frozen=True)
class Finding:
    #: ``lost``, ``stuck``, ``doubled``, ``two owners``, ``log``, ``left``
    kind: str
    text: str


def check(history: History, endings: Iterable[Ending], stuck: Iterable[str]) -> list[Finding]:
    starts, effects = history.by_key("start"), history.by_key("effect")
    late = set(stuck)
    findings = []
    for ending in endings:
        key, name = ending.run.key, f"{ending.run.tool} {ending.run.key} ({ending.run.run})"
        if ending.status is None:
            findings.append(Finding("lost", f"{name} was accepted and is not there"))
            continue
        if ending.run.run in late:
            findings.append(Finding("stuck", f"{name} is {ending.status}"))
        texts = [
            *_starts(ending, starts.get(key, ())),
            *_effects(ending, effects.get(key, ())),
            *_published(ending),
        ]
        findings += [Finding(kind, f"{name}: {text}") for kind, text in texts]
        findings += [
            Finding("log", f"{name}: {text}")
            for text in _logs(ending, starts.get(key, ()), effects.get(key, ()))
        ]
    return findings


def _starts(ending: Ending, marks: Iterable[Mark]) -> Iterable[tuple[str, str]]:
    marks = list(marks)
    for mark in marks:
        if not mark.alone:
            yield "two owners", f"attempt {mark.attempt} began while another one worked"
    if ending.run.tool in ONCE and len(marks) > 1:
        yield "doubled", f"started {len(marks)} times, and may be started once"
    for attempt, times in Counter(mark.attempt for mark in marks).items():
        if times > 1 and ending.attempts:
            yield "doubled", f"attempt {attempt} was started {times} times"
    unknown = {mark.attempt for mark in marks} - set(ending.attempts)
    if unknown and ending.attempts:
        yield "lost", f"attempts {sorted(unknown)} are not told of"


def _effects(ending: Ending, marks: Iterable[Mark]) -> Iterable[tuple[str, str]]:
    marks = list(marks)
    if ending.status == "succeeded" and not marks:
        yield "lost", "succeeded without having worked"
    # Where nothing is published in the end, what the work itself did is the effect.
    single = ONCE | PUBLISHED if ending.published is None else ONCE
    if ending.run.tool in single and len(marks) > 1:
        yield "doubled", f"took effect {len(marks)} times"


def _published(ending: Ending) -> Iterable[tuple[str, str]]:
    if ending.damaged:
        yield "lost", f"content of {sorted(ending.damaged)} is not what was published"
    if ending.published is None or ending.run.tool not in PUBLISHED:
        return
    if ending.status != "succeeded":
        # Files of a run that failed are kept for whoever looks for the reason; a result it has none.
        if "result.json" in ending.published:
            yield "doubled", f"{ending.status}, and published a result"
        return
    expected = {"content.bin": content_of(ending.run.key)}
    found = dict(ending.published)
    result = found.pop("result.json", b"")
    if not result or json.loads(result) != result_of(ending.run.key) or found != expected:
        yield "lost", f"published {sorted(ending.published)}, which is not its whole result"


def _logs(ending: Ending, starts: Iterable[Mark], effects: Iterable[Mark]) -> Iterable[str]:
    """An attempt that was heard is on record; one that succeeded wholly so."""
    if ending.logs is None:
        return
    ends: Mapping[int, float] = {mark.attempt: mark.at for mark in effects}
    last = max(ending.attempts, default=0)
    for mark in starts:
        log = ending.logs.get(mark.attempt, "")
        begun = f"attempt {mark.attempt} of {mark.key} begins\n"
        if ending.status == "succeeded" and mark.attempt == last:
            if log != f"{begun}{mark.key} is done\n":
                yield f"the log of attempt {mark.attempt} is {log!r}"
        elif begun not in log and ends.get(mark.attempt, 0.0) - mark.at > _HEARD:
            yield f"the log of attempt {mark.attempt} is {log!r}, though it worked for a while"
