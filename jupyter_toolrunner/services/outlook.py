"""The queue as it is, for asking when something in it begins and ends: `core.outlook` plays it through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..core import forecasts
from ..core.forecasts import Past, Range, Work
from ..core.ids import Digest, RunId, ToolName
from ..core.likeness import Experience
from ..core.outlook import Scene, Standing, Stay, Under, in_parts, part_size, stays, whole
from ..core.ports import QueueStore, RunHistory
from ..core.queue import WHOLE, Limits, QueueLine, QueuePage, QueueRule, Wait
from ..core.runs import Run

#: Runs at the beginning of the queue that are looked at one by one; beyond that by their tools alone.
_ONE_BY_ONE = 300
#: Those behind a page that a limit lets by.
_LET_BY = 50
#: Tools of which the past is looked at for one answer.
_MOST_TOOLS = 50
#: What a run waits for whose end nobody can foretell.
_UNTIL_SOMEBODY = ("queue_held", "tool_held", "no_worker")
#: Waits of each run of some.
Waits = Callable[[Sequence[Run]], Sequence[Wait | None]]


class QueueOutlook:
    def __init__(
        self, *, queue: QueueStore, history: RunHistory, limits: Limits, workers: Callable[[], int]
    ) -> None:
        """``workers``: how many there are to take runs now."""
        self._queue = queue
        self._history = history
        self._limits = limits
        self.workers = workers

    def experience(self, tool: str, version: str | None = None) -> Experience:
        """What is known of a tool, by its runs of this version where they are enough."""
        earlier = self._history.took(ToolName(tool), limit=forecasts.LATEST)
        return Experience(earlier, None if version is None else Digest(version))

    def stays(self, page: QueuePage, waits: Waits, *, owner: str | None = None) -> Sequence[Stay]:
        """When each run of a page begins and ends; ``owner``: whose runs alone the page has."""
        nothing = [Stay()] * len(page.items)
        rules, workers = self._queue.rules(), self.workers()
        if not page.items or workers < 1 or _is_held(rules, WHOLE):
            return nothing
        lines = self._queue.lines()
        ahead = _ahead(lines, page.items[0][0] - 1, owner)
        asked = {run.id for _, run in page.items}
        end = sum(ahead.values()) + len(page.items)
        is_limited = self._limits.user is not None or any(rule.max_running for rule in rules.values())
        one_by_one = end <= _ONE_BY_ONE
        runs = [run for _, run in page.items]
        if one_by_one and (owner is not None or len(runs) < end or is_limited):
            first = self._queue.page(offset=0, limit=end + (_LET_BY if is_limited else 0))
            known = {run.id for _, run in first.items}
            runs = [*(run for _, run in first.items), *(run for run in runs if run.id not in known)]
        believed = _Believed(self.experience)
        size = 1 if one_by_one else part_size(sum(ahead.values()), workers)
        standing: dict[str, list[Standing]] = {line.owner: [] for line in lines}
        if not one_by_one:
            for whose, some in self._mixed(ahead, rules, believed).items():
                standing.setdefault(whose, []).extend(in_parts(some, size))
        places: dict[RunId, tuple[str, int]] = {}
        for run, wait in zip(runs, waits(runs), strict=True):
            if wait is not None and wait.kind in _UNTIL_SOMEBODY:
                continue
            line = standing.setdefault(run.owner, [])
            places[run.id] = run.owner, len(line)
            past = believed.of(run)
            line.append(Standing(tool=run.tool, past=past, is_asked=run.id in asked))
        found = stays(self._scene(standing, rules, workers, believed))
        return [
            found.get(places[run.id], Stay()) if run.id in places else Stay()
            for run in (each for _, each in page.items)
        ]

    def whole(
        self,
        tool: str,
        works: Sequence[Work],
        *,
        owner: str,
        mine: frozenset[RunId] = frozenset(),
        waiting_ahead: int | None = None,
    ) -> tuple[Range | None, Range | None]:
        """When the first of this work begins, and until all of it has ended.

        ``mine``: runs of it that run already. ``waiting_ahead``: runs of the owner that go before it; all that wait where it
        is None.
        """
        rules, workers = self._queue.rules(), self.workers()
        if workers < 1 or any(not each.past.is_enough for each in works):
            return None, None
        waits = any(each.runs for each in works)
        if waits and (_is_held(rules, WHOLE) or _is_held(rules, tool)):
            return None, None
        lines = self._queue.lines() if waits else []
        runs = sum(each.runs for each in works)
        own = next((line.waiting for line in lines if line.owner == owner), 0)
        before = own if waiting_ahead is None else min(own, waiting_ahead)
        ahead = {
            line.owner: before if line.owner == owner else min(line.waiting, before + runs + 1)
            for line in lines
        }
        size = part_size(sum(ahead.values()) + runs, workers)
        believed = _Believed(self.experience)
        standing: dict[str, list[Standing]] = {line.owner: [] for line in lines}
        for whose, some in self._mixed(ahead, rules, believed).items():
            standing.setdefault(whose, []).extend(in_parts(some, size))
        asked = [
            Standing(tool=tool, past=each.past, runs=each.runs, is_asked=True) for each in works if each.runs
        ]
        standing.setdefault(owner, []).extend(in_parts(asked, size))
        return whole(self._scene(standing, rules, workers, believed, mine))

    def _mixed(
        self, ahead: Mapping[str, int], rules: Mapping[str, QueueRule], believed: _Believed
    ) -> dict[str, list[Standing]]:
        """So many runs of each owner by the tools of all that the owner has waiting."""
        if not any(ahead.values()):
            return {}
        counted: dict[str, dict[str, int]] = {}
        for (owner, tool), count in self._queue.waiting().items():
            if ahead.get(owner) and not _is_held(rules, tool):
                counted.setdefault(owner, {})[tool] = count
        found: dict[str, list[Standing]] = {}
        for owner, tools in counted.items():
            of_all = sum(tools.values())
            share = min(1.0, ahead[owner] / of_all)
            found[owner] = [
                Standing(tool=tool, past=believed.whole(tool), runs=round(count * share))
                for tool, count in tools.items()
                if round(count * share)
            ]
        return found

    def _scene(
        self,
        standing: Mapping[str, Sequence[Standing]],
        rules: Mapping[str, QueueRule],
        workers: int,
        believed: _Believed,
        mine: frozenset[RunId] = frozenset(),
    ) -> Scene:
        return Scene(
            workers=workers,
            lines={owner: line for owner, line in standing.items() if line},
            running=[
                Under(
                    owner=run.owner,
                    tool=run.tool,
                    past=believed.of(run),
                    elapsed=seconds,
                    is_asked=run.id in mine,
                )
                for run, seconds in self._queue.under_way()
            ],
            user_limit=self._limits.user,
            total_limit=self._limits.total,
            tool_limits={
                tool: rule.max_running for tool, rule in rules.items() if rule.max_running is not None
            },
        )


class _Believed:
    """What is known of the tools of one answer, each looked at once."""

    def __init__(self, experience: Callable[[str, str | None], Experience]) -> None:
        self._look = experience
        self._known: dict[tuple[str, str | None], Experience] = {}

    def of(self, run: Run) -> Past:
        known = self._of(run.tool, run.version)
        return known.past(run.params) if known else Past(())

    def whole(self, tool: str) -> Past:
        known = self._of(tool, None)
        return known.whole if known else Past(())

    def _of(self, tool: str, version: str | None) -> Experience | None:
        if (tool, version) not in self._known:
            if len(self._known) >= _MOST_TOOLS:
                return None
            self._known[tool, version] = self._look(tool, version)
        return self._known[tool, version]


def _is_held(rules: Mapping[str, QueueRule], tool: str) -> bool:
    rule = rules.get(tool)
    return rule is not None and rule.held_by is not None


def _ahead(lines: Sequence[QueueLine], before: int, owner: str | None) -> dict[str, int]:
    """Runs of each owner that stand before a page: of all before it, or of an owner before one of theirs."""
    if owner is not None:
        return {
            line.owner: before if line.owner == owner else min(line.waiting, before + 1) for line in lines
        }
    ahead = dict.fromkeys((line.owner for line in lines), 0)
    left = before
    open_ = [line for line in lines if line.waiting]
    while left > 0 and open_:
        # As many turns as the shortest line has left, or as all of them take.
        turns = max(1, min(*(line.waiting - ahead[line.owner] for line in open_), left // len(open_)))
        for line in open_:
            taken = min(turns, left)
            ahead[line.owner] += taken
            left -= taken
        open_ = [line for line in open_ if ahead[line.owner] < line.waiting]
    return ahead


def one_of(works: Sequence[Work]) -> Past:
    """How long any one of them takes: each kind has a voice for each of its runs."""
    if len(works) == 1:
        return works[0].past
    runs = sum(each.runs for each in works)
    found: list[float] = []
    for each in works:
        known = sorted(each.past.seconds)
        count = max(1, round(forecasts.LATEST * each.runs / max(1, runs)))
        found += [known[int((place + 0.5) * len(known) / count)] for place in range(count)] if known else []
    first = works[0].past if works else Past(())
    return replace(first, seconds=tuple(found))
