"""When runs that wait begin and end: the queue is played through again and again, as workers will take from it.

A run goes to the worker that is free first (Graham 1969). Whose run that is: of the owners who may have another one the one
with the fewest that run, then the one whose turn was the longest ago; of an owner's runs the first whose tool may have
another one. Durations are drawn anew each time from what is believed of each kind of run (`forecasts.py`).

Where many wait, some of the same kind stand together as one part, which a worker takes as it takes a run.
"""

from __future__ import annotations

import heapq
import math
import random
import statistics
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .forecasts import Belief, Past, Range, Work, believed

#: Times that it is played through, and runs or parts that are taken in all of them together.
_TRIALS, _FEWEST_TRIALS, _TAKEN = 100, 20, 20_000
#: Parts of what waits.
_PARTS = 200
#: Those of each worker, so that the last ones end about when the runs would.
_PARTS_OF_A_WORKER = 12
_MOST_PARTS = 1_000
#: Ends of one in so many trials that may never come.
_NEVER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Runs of a kind that wait, one behind the other."""

    tool: str
    past: Past
    runs: int = 1
    #: Whether it is asked when this one begins and ends.
    is_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """A run that a worker has."""

    owner: str
    tool: str
    past: Past
    #: Seconds since it began.
    elapsed: float
    is_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The queue as it is now."""

    workers: int
    #: What each owner has waiting, whose turn is next first.
    lines: Mapping[str, Sequence[Standing]]
    running: Sequence[Under] = ()
    #: Runs at a time; of each tool that has a limit.
    user_limit: int | None = None
    total_limit: int | None = None
    tool_limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stay:
    """When a run that waits begins and ends, in seconds from now; None where nobody can say."""

    start: Range | None = None
    end: Range | None = None


def stays(scene: Scene) -> dict[tuple[str, int], Stay]:
    """When each that is asked for begins and ends, by owner and place in the line from 0."""
    played = _Played(scene)
    trials = [played.trial() for _ in range(played.trials)]
    return {
        key: Stay(
            _range([begun.get(key, _NOT)[0] for begun, _ in trials]),
            _range([begun.get(key, _NOT)[1] for begun, _ in trials])
            if scene.lines[key[0]][key[1]].past.is_enough
            else None,
        )
        for key in played.asked
    }


def whole(scene: Scene) -> tuple[Range | None, Range | None]:
    """When the first that is asked for begins, and until all of them have ended."""
    played = _Played(scene)
    firsts, lasts = [], []
    for _ in range(played.trials):
        begun, last = played.trial()
        lasts.append(max(last, *(end for _, end in begun.values()), 0.0) if played.is_through else math.inf)
        firsts.append(min((start for start, _ in begun.values()), default=math.inf))
    return _range(firsts) if played.asked else None, _range(lasts)


def of_all(work: Sequence[Work], workers: int) -> Range | None:
    """How long until all of it has ended where nobody else wants anything.

    None where there is not enough to learn from of any tool in it, or nobody works.
    """
    if workers < 1 or any(not each.past.is_enough for each in work if each.runs or each.running):
        return None
    line = [
        Standing(tool=str(place), past=each.past, runs=each.runs, is_asked=True)
        for place, each in enumerate(work)
        if each.runs
    ]
    running = [
        Under(owner="", tool=str(place), past=each.past, elapsed=elapsed, is_asked=True)
        for place, each in enumerate(work)
        for elapsed in each.running
    ]
    parts = in_parts(line, part_size(sum(each.runs for each in line), workers))
    return whole(Scene(workers=workers, lines={"": parts}, running=running))[1]


def part_size(runs: int, workers: int) -> int:
    """Of a part, where so many runs wait."""
    return max(1, math.ceil(runs / min(_MOST_PARTS, max(_PARTS, workers * _PARTS_OF_A_WORKER))))


def in_parts(line: Sequence[Standing], size: int) -> list[Standing]:
    """The same as parts of so many runs, those of all kinds mixed."""
    placed = []
    for kind, each in enumerate(line):
        count = math.ceil(each.runs / size)
        for part in range(count):
            runs = min(size, each.runs - part * size)
            one = Standing(tool=each.tool, past=each.past, runs=runs, is_asked=each.is_asked)
            placed.append(((part + 0.5) / count, kind, one))
    return [one for _, _, one in sorted(placed, key=lambda each: each[:2])]


_NOT = (math.inf, math.inf)


class _Played:
    """A scene, to be played through."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._workers = scene.workers
        if scene.total_limit is not None:
            self._workers = min(self._workers, scene.total_limit)
        pasts: dict[Past, int] = {}
        self._running = [
            (each, pasts.setdefault(each.past, len(pasts)))
            for each in sorted(scene.running, key=lambda each: each.elapsed)
        ]
        #: By owner and tool: place in the line, kind, runs, whether it is asked for.
        self._lines = {
            owner: _lanes(
                [
                    (place, each.tool, pasts.setdefault(each.past, len(pasts)), each.runs, each.is_asked)
                    for place, each in enumerate(line)
                ]
            )
            for owner, line in scene.lines.items()
        }
        self._pasts = list(pasts)
        #: The only owner with the whole line, where nothing but its order tells what is next.
        self._alone: tuple[str, list[tuple[int, int, int, bool]]] | None = None
        if len(self._lines) == 1 and scene.user_limit is None and not scene.tool_limits:
            ((owner, lanes),) = self._lines.items()
            self._alone = owner, sorted(each for lane in lanes.values() for each in lane)
        self._turns = {owner: turn for turn, owner in enumerate(scene.lines)}
        self.asked = [
            (owner, place)
            for owner, line in scene.lines.items()
            for place, each in enumerate(line)
            if each.is_asked
        ]
        steps = sum(map(len, scene.lines.values())) * max(1, len(scene.lines) // 4)
        self.trials = max(_FEWEST_TRIALS, min(_TRIALS, _TAKEN // max(1, steps)))
        # Who asks twice is told the same.
        self._chance = random.Random(7)  # noqa: S311
        #: Whether all that was asked for began in the last trial.
        self.is_through = True

    def trial(self) -> tuple[dict[tuple[str, int], tuple[float, float]], float]:
        """Start and end of each that is asked for; the end of the last that is asked for of those that run."""
        beliefs = [believed(past.seconds, self._chance) for past in self._pasts]
        of_owner: dict[str, int] = defaultdict(int)
        of_tool: dict[str, int] = defaultdict(int)
        busy: list[tuple[float, int, str, str]] = []
        last = 0.0
        for place, (each, kind) in enumerate(self._running):
            end = beliefs[kind].rest(each.elapsed)
            of_owner[each.owner] += 1
            of_tool[each.tool] += 1
            busy.append((end, place, each.owner, each.tool))
            if each.is_asked:
                last = max(last, end)
        heapq.heapify(busy)
        if self._alone is not None:
            return self._dealt(beliefs, [end for end, *_ in busy]), last
        free = self._workers - len(busy)
        lines = {
            owner: {tool: deque(lane) for tool, lane in lanes.items()} for owner, lanes in self._lines.items()
        }
        turns = dict(self._turns)
        begun: dict[tuple[str, int], tuple[float, float]] = {}
        now, asked, count = 0.0, len(self.asked), len(busy)
        while len(begun) < asked:
            while free > 0 and (taken := self._next(lines, of_owner, of_tool, turns)) is not None:
                owner, tool = taken
                place, kind, runs, is_asked = lines[owner][tool].popleft()
                if not lines[owner][tool]:
                    del lines[owner][tool]
                    if not lines[owner]:
                        del lines[owner]
                end = now + _drawn(beliefs[kind], runs)
                count += 1
                heapq.heappush(busy, (end, count, owner, tool))
                free -= 1
                of_owner[owner] += 1
                of_tool[tool] += 1
                turns[owner] = len(turns) + count
                if is_asked:
                    begun[owner, place] = now, end
            if not busy or busy[0][0] == math.inf:
                break
            now, _, owner, tool = heapq.heappop(busy)
            free += 1
            of_owner[owner] -= 1
            of_tool[tool] -= 1
        self.is_through = len(begun) == asked
        return begun, last

    def _dealt(
        self, beliefs: Sequence[Belief], ends: list[float]
    ) -> dict[tuple[str, int], tuple[float, float]]:
        """The same where no owner and no limit lets another run go before the next one, which is most of the time."""
        assert self._alone is not None
        owner, line = self._alone
        free = [*ends, *[0.0] * max(0, self._workers - len(ends))]
        heapq.heapify(free)
        # Where more run than work, as while one worker is lost, the first that end have no follower.
        for _ in range(len(free) - self._workers):
            heapq.heappop(free)
        singles: dict[int, int] = defaultdict(int)
        for _, kind, runs, _ in line:
            singles[kind] += runs == 1
        drawn = {kind: iter(beliefs[kind].draw(count)) for kind, count in singles.items()}
        begun: dict[tuple[str, int], tuple[float, float]] = {}
        for place, kind, runs, is_asked in line:
            now = free[0]
            if now == math.inf:
                break
            end = now + (next(drawn[kind]) if runs == 1 else beliefs[kind].many(runs))
            heapq.heapreplace(free, end)
            if is_asked:
                begun[owner, place] = now, end
        self.is_through = len(begun) == len(self.asked)
        return begun

    def _next(
        self,
        lines: Mapping[str, Mapping[str, deque[tuple[int, int, int, bool]]]],
        of_owner: Mapping[str, int],
        of_tool: Mapping[str, int],
        turns: Mapping[str, int],
    ) -> tuple[str, str] | None:
        scene = self._scene
        best, found = (math.inf, math.inf), None
        for owner, lanes in lines.items():
            key = (of_owner[owner], turns[owner])
            if key >= best or (scene.user_limit is not None and key[0] >= scene.user_limit):
                continue
            first, which = math.inf, None
            for tool, lane in lanes.items():
                if lane[0][0] < first and of_tool[tool] < scene.tool_limits.get(tool, math.inf):
                    first, which = lane[0][0], tool
            if which is not None:
                best, found = key, (owner, which)
        return found


def _lanes(
    line: Sequence[tuple[int, str, int, int, bool]],
) -> dict[str, list[tuple[int, int, int, bool]]]:
    lanes: dict[str, list[tuple[int, int, int, bool]]] = {}
    for place, tool, kind, runs, is_asked in line:
        lanes.setdefault(tool, []).append((place, kind, runs, is_asked))
    return lanes


def _drawn(belief: Belief, runs: int) -> float:
    return belief.draw(1)[0] if runs == 1 else belief.many(runs)


def _range(values: Sequence[float]) -> Range | None:
    """None where too often it never comes."""
    known = sorted(value for value in values if value < math.inf)
    never = len(values) - len(known)
    if not known or never * _NEVER > len(values):
        return None
    deciles = statistics.quantiles([*known, *[known[-1]] * never], n=10, method="inclusive")
    return Range(low=deciles[0], middle=deciles[4], high=deciles[8])
