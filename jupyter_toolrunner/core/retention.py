"""What is kept of ended runs, and for how long. Their rows in the history stay."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from .ids import ArtifactId, Digest, RunId
from .limits import bytes_of, size_text

#: A run with this tag keeps all that it left.
KEEP_TAG = "keep"
#: What was about to be named within this time stays: whoever names it may not have committed yet.
IN_USE = timedelta(days=1)
_NUMBER = re.compile(r"#(\d{1,18})")
#: Every key of a rule, with what it is for.
KEYS = {
    "days": "Days after the end of the run.",
    "runs": "Newest runs of each tool.",
    "size": "Size of all of them together, such as `20 GB`; the oldest go first.",
}


class Kept(StrEnum):
    """What runs leave."""

    LOG = "log"
    ARTIFACT = "artifact"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one kind is kept; what any of them names is freed. None for no bound."""

    days: float | None = None
    runs: int | None = None
    #: Bytes.
    size: int | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Rule:
        """From a mapping of `KEYS`. Raises ValueError with a sentence."""
        if unknown := [key for key in said if key not in KEYS]:
            raise ValueError(f"{unknown[0]!r} is no rule; there are {', '.join(KEYS)}")
        return cls(
            days=_above_zero("days", said["days"]) if said.get("days") else None,
            runs=int(_above_zero("runs", said["runs"])) if said.get("runs") else None,
            size=bytes_of(said["size"]) if said.get("size") else None,
        )

    @classmethod
    def of_text(cls, said: str) -> Rule:
        """From ``days=180,size=20 GB``; ``for ever`` for no bound. Raises ValueError with a sentence."""
        if said.strip() == "for ever":
            return cls()
        pairs = [each.partition("=") for each in said.split(",") if each.strip()]
        return cls.of({key.strip(): value.strip() for key, _, value in pairs})

    def to_text(self) -> str:
        named = [(key, getattr(self, key)) for key in KEYS]
        return ",".join(f"{key}={value}" for key, value in named if value is not None) or "for ever"

    def words(self) -> list[str]:
        """For people, one for each bound."""
        return [
            *([f"{self.days:g} days after the run"] if self.days else []),
            *([f"the newest {self.runs} runs of each tool"] if self.runs else []),
            *([f"up to {size_text(self.size)} together"] if self.size else []),
        ]


def _above_zero(key: str, said: Any) -> float:
    try:
        number = float(said)
    except (TypeError, ValueError):
        number = 0.0
    if not 0 < number < 1e6:
        raise ValueError(f"{key}: {said!r} must be a number above 0")
    return number


_LOGS, _FOR_EVER = Rule(days=180, size=20 * 10**9), Rule()


@dataclass(frozen=True, slots=True)
class Retention:
    logs: Rule = _LOGS
    artifacts: Rule = _FOR_EVER
    #: Runs that keep everything: ``tool:NAME``, ``owner:NAME``. A tool's short name means every tool of that name.
    exceptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError: what is not understood would be freed in silence."""
        for said in self.exceptions:
            kind, _, name = said.partition(":")
            if kind not in ("tool", "owner") or not name or name != name.strip():
                raise ValueError(f"{said!r} names no runs; write tool:NAME or owner:NAME")

    def rule(self, kind: Kept) -> Rule:
        return self.logs if kind is Kept.LOG else self.artifacts

    def excepts(self, tool: str, owner: str) -> bool:
        # The name of a toolbox may have dots too: from each of them on it may be the short name.
        parts = tool.split(".")
        names = {"tool:" + ".".join(parts[start:]) for start in range(len(parts))}
        return not names.isdisjoint(self.exceptions) or f"owner:{owner}" in self.exceptions


DEFAULT_RETENTION = Retention()


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A log or an artifact of an ended run, as the rules see it."""

    kind: Kept
    run: RunId
    number: int
    tool: str
    owner: str
    finished_at: datetime
    attempt: int
    size: int
    #: Of an artifact; as the following ones.
    artifact: ArtifactId | None = None
    name: str = ""
    digest: Digest | None = None
    #: Whether something refers to it, or its run is to keep everything.
    pinned: bool = False


def numbers_in(note: str) -> list[int]:
    """Of the runs that a note refers to."""
    return [int(number) for number in _NUMBER.findall(note)]


@dataclass(frozen=True, slots=True)
class Freed:
    left: Left
    #: Which bound it was, for people.
    rule: str


def choose(left: Iterable[Left], retention: Retention, now: datetime) -> Choice:
    """What the rules free of what is left, which comes with the newest run first.

    Days and runs first; then the oldest until the rest fits. What stays for another reason counts: the size is that of
    the disk. Where it is too large by itself, nothing is freed for the size, as nothing that is freed would do.
    """
    choice = Choice()
    runs: dict[tuple[Kept, str], set[RunId]] = {}
    staying: dict[Kept, dict[Digest | Left, _Content]] = {kind: {} for kind in Kept}
    for one in left:
        rule = retention.rule(one.kind)
        of_tool = runs.setdefault((one.kind, one.tool), set())
        of_tool.add(one.run)
        stays = one.pinned or retention.excepts(one.tool, one.owner)
        said = "" if stays else _broken(rule, one, len(of_tool), now)
        if said:
            choice.freed.append(Freed(one, said))
        elif rule.size is not None:
            # Equal contents are there once, and are as new as the newest that has them.
            content = staying[one.kind].setdefault(one.digest or one, _Content(one.size))
            content.stays |= stays
            content.of.append(one)
    for kind, contents in staying.items():
        _fit(choice, kind, list(contents.values()), retention.rule(kind).size)
    return choice


@dataclass(slots=True)
class Choice:
    freed: list[Freed] = field(default_factory=list)
    #: Sentences about bounds that cannot be kept.
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Content:
    size: int
    #: Whether anything that has it stays for another reason.
    stays: bool = False
    of: list[Left] = field(default_factory=list)


def _fit(choice: Choice, kind: Kept, contents: Sequence[_Content], most: int | None) -> None:
    """Choose of contents, the newest first, until the others have this size together."""
    if most is None:
        return
    fixed = sum(one.size for one in contents if one.stays)
    if fixed > most:
        choice.notes.append(
            f"{kind.title()}s that are pinned have {size_text(fixed)} together, more than the {size_text(most)} of the "
            "rule: for the size nothing is freed."
        )
        return
    # What does not even fit alone goes first: all that is older would go in vain.
    goes = [one for one in contents if not one.stays and fixed + one.size > most]
    size = sum(one.size for one in contents) - sum(one.size for one in goes)
    for one in reversed(contents):
        if size <= most:
            break
        if not one.stays and fixed + one.size <= most:
            size -= one.size
            goes.append(one)
    said = f"{kind}s may have {size_text(most)} together"
    choice.freed += [Freed(each, said) for one in goes for each in one.of]


def _broken(rule: Rule, one: Left, runs: int, now: datetime) -> str:
    """The bound but for the size that it is beyond; empty for none."""
    if rule.days is not None and one.finished_at < now - timedelta(days=rule.days):
        return f"{one.kind}s stay {rule.days:g} days"
    if rule.runs is not None and runs > rule.runs:
        return f"{one.kind}s of the newest {rule.runs} runs of each tool stay"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """What one cleaning freed, or would free."""

    at: datetime
    #: Who asked for it; empty where it came by itself.
    by: str = ""
    #: Of which something is freed.
    runs: int = 0
    logs: int = 0
    log_bytes: int = 0
    artifacts: int = 0
    artifact_bytes: int = 0
    #: By bound, how many it freed.
    rules: Mapping[str, int]
    #: The largest: number of the run, kind, name, bytes, bound.
    examples: Sequence[Mapping[str, Any]] = ()
    #: Sentences about bounds that cannot be kept.
    notes: Sequence[str] = ()

    def plus(self, more: Cleaning) -> Cleaning:
        """With what it freed further on."""
        return replace(
            self,
            runs=self.runs + more.runs,
            logs=self.logs + more.logs,
            log_bytes=self.log_bytes + more.log_bytes,
            artifacts=self.artifacts + more.artifacts,
            artifact_bytes=self.artifact_bytes + more.artifact_bytes,
            rules=dict(Counter(self.rules) + Counter(more.rules)),
            examples=_largest([*self.examples, *more.examples]),
        )

    def to_json(self) -> dict[str, Any]:
        """What goes over the wire: `api.schemas.CleaningShape`."""
        return {
            "at": self.at.isoformat().replace("+00:00", "Z"),
            "by": self.by,
            "runs": self.runs,
            "logs": self.logs,
            "log_bytes": self.log_bytes,
            "artifacts": self.artifacts,
            "artifact_bytes": self.artifact_bytes,
            "rules": dict(self.rules),
            "examples": [dict(one) for one in self.examples],
            "notes": list(self.notes),
        }


def freed_sentence(what: str, at: datetime | None, by: str | None) -> str | None:
    """For whoever asks for it; None where it was not freed."""
    return None if at is None else f"{what} was freed on {at:%Y-%m-%d %H:%M} UTC by a rule: {by}."


#: Examples in one answer.
EXAMPLES = 50


def _largest(examples: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return heapq.nlargest(EXAMPLES, examples, key=lambda one: int(one["size"]))


def summed(
    freed: Sequence[Freed],
    at: datetime,
    by: str = "",
    needed: frozenset[Digest] = frozenset(),
    notes: Sequence[str] = (),
    counted: Set[RunId] = frozenset(),
) -> Cleaning:
    """``needed``: contents that stay in the store, as something else has them too; ``counted``: runs that were counted."""
    rules: dict[str, int] = {}
    for one in freed:
        rules[one.rule] = rules.get(one.rule, 0) + 1
    logs = [one.left for one in freed if one.left.kind is Kept.LOG]
    artifacts = [one.left for one in freed if one.left.kind is Kept.ARTIFACT]
    contents = {one.digest: one.size for one in artifacts if one.digest not in needed}
    return Cleaning(
        at=at,
        by=by,
        runs=len({one.left.run for one in freed} - counted),
        logs=len(logs),
        log_bytes=sum(one.size for one in logs),
        artifacts=len(artifacts),
        artifact_bytes=sum(contents.values()),
        rules=rules,
        examples=_largest(
            {
                "number": one.left.number,
                "kind": one.left.kind.value,
                "name": one.left.name,
                "size": one.left.size,
                "rule": one.rule,
            }
            for one in freed
        ),
        notes=notes,
    )
