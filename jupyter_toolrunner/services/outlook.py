"""The queue as it is, for asking when something in it begins and ends: `core.outlook` plays it through."""

from __future__ import annotations

import math
import statistics
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ..core import forecasts
from ..core.forecasts import Past, Range, Work
from ..core.ids import Digest, RunId, ToolName
from ..core.likeness import Earlier, Experience, dealt
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
#: Those of which it is looked for anew which param explains; of the others that is done by later answers.
_MOST_EXPLAINED = 10
#: Parts in which quick runs pass while those that are asked about run, and how much more of them there is than time.
_PASSING, _MORE = 500, 2
#: Experiences that are kept, and seconds that one is, and that new runs change nothing where there are many.
_KEPT, _KEEP, _AS_NEW = 50, 60.0, 5.0
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
        self._kept = _Kept()

    def experience(self, tool: str, version: str | None = None) -> Experience:
        """What is known of a tool, by its runs of this version where they are enough."""
        return self._kept.of(
            tool, version, lambda: self._history.took(ToolName(tool), limit=forecasts.LATEST)
        )

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
        self._let_pass(standing, {whose for whose, _ in places.values()}, rules, workers, believed)
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
        self._let_pass(standing, {owner}, rules, workers, believed, but=owner)
        return whole(self._scene(standing, rules, workers, believed, mine))

    def _mixed(
        self, ahead: Mapping[str, int], rules: Mapping[str, QueueRule], believed: _Believed
    ) -> dict[str, list[Standing]]:
        """So many runs of each owner by the tools of all that the owner has waiting."""
        if not any(ahead.values()):
            return {}
        found: dict[str, list[Standing]] = {}
        for owner, tools in self._waiting(rules).items():
            if count := min(ahead.get(owner, 0), sum(tools.values())):
                found[owner] = _of(tools, count, believed)
        return found

    def _waiting(self, rules: Mapping[str, QueueRule]) -> dict[str, dict[str, int]]:
        """Runs of each owner by tool, without those that are held."""
        counted: dict[str, dict[str, int]] = {}
        for (owner, tool), count in self._queue.waiting().items():
            if not _is_held(rules, tool):
                counted.setdefault(owner, {})[tool] = count
        return counted

    def _let_pass(
        self,
        standing: dict[str, list[Standing]],
        asked: Iterable[str],
        rules: Mapping[str, QueueRule],
        workers: int,
        believed: _Believed,
        *,
        but: str | None = None,
    ) -> None:
        """Add what others have behind that, as far as it may be taken while the lines that are asked about run.

        Beside one long run of an owner, quick ones of another take many turns. ``but``: whose line has all that it needs.
        """
        if workers < 2 or len(standing) < 2:
            return
        longest = max(
            (sum(_mean(each.past) * each.runs for each in standing.get(owner, ())) for owner in asked),
            default=0.0,
        )
        seconds = longest * (workers - 1)
        if not seconds:
            return
        passing: dict[str, tuple[float, int, dict[str, int]]] = {}
        for owner, tools in self._waiting(rules).items():
            left = sum(tools.values()) - sum(each.runs for each in standing.get(owner, ()))
            if owner in standing and owner != but and left > 0:
                mean = sum(_mean(believed.whole(tool)) * count for tool, count in tools.items())
                passing[owner] = mean / sum(tools.values()), left, tools
        share = _MORE * _level([mean * left for mean, left, _ in passing.values()], seconds)
        for owner, (mean, left, tools) in passing.items():
            # Of what nobody knows how long it takes some are enough to keep all workers busy.
            count = min(left, math.ceil(share / mean) if mean else workers)
            size = math.ceil(seconds / _PASSING / mean) if mean else 1
            standing[owner] += in_parts(_of(tools, count, believed), size)

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


class _Kept:
    """Experiences of a while ago, which hold as long as no other run succeeded."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str | None], tuple[float, Sequence[Earlier], Experience]] = (
            OrderedDict()
        )
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, tool: str, version: str | None, look: Callable[[], Sequence[Earlier]]) -> Experience:
        now = time.monotonic()
        with self._lock:
            while self._known and now - next(iter(self._known.values()))[0] > _KEEP:
                self._known.popitem(last=False)
            made, earlier, known = self._known.get((tool, version), (0.0, (), None))
        if known is not None and len(earlier) >= forecasts.LATEST and now - made < _AS_NEW:
            return known
        newest = look()
        if known is None or newest != earlier:
            known = Experience(newest, None if version is None else Digest(version))
        with self._lock:
            self._known[tool, version] = now, newest, known
            self._known.move_to_end((tool, version))
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return known


class _Believed:
    """What is known of the tools of one answer, each looked at once."""

    def __init__(self, experience: Callable[[str, str | None], Experience]) -> None:
        self._look = experience
        self._known: dict[tuple[str, str | None], Experience] = {}
        self._explained = 0

    def of(self, run: Run) -> Past:
        known = self._of(run.tool, run.version)
        if known is None:
            return Past(())
        was_explained = known.is_explained
        past = known.past(run.params, explains=self._explained < _MOST_EXPLAINED)
        self._explained += known.is_explained and not was_explained
        return past

    def whole(self, tool: str) -> Past:
        known = self._of(tool, None)
        return known.whole if known else Past(())

    def _of(self, tool: str, version: str | None) -> Experience | None:
        if (tool, version) not in self._known:
            if len(self._known) >= _MOST_TOOLS:
                return None
            self._known[tool, version] = self._look(tool, version)
        return self._known[tool, version]


def _of(tools: Mapping[str, int], count: int, believed: _Believed) -> list[Standing]:
    """So many runs, of tools in such shares."""
    return [
        Standing(tool=tool, past=believed.whole(tool), runs=runs)
        for tool, runs in zip(tools, dealt(count, list(tools.values())), strict=True)
        if runs
    ]


def _level(available: Sequence[float], wanted: float) -> float:
    """What each gives where all give the same, or else all that they have, so that it is as much as is wanted."""
    for place, each in enumerate(sorted(available)):
        share = wanted / (len(available) - place)
        if each > share:
            return share
        wanted -= each
    return max(available, default=0.0)


def _mean(past: Past) -> float:
    """0 where nobody knows."""
    return statistics.fmean(past.seconds) if past.is_enough else 0.0


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
