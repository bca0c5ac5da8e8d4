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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .forecasts import Belief, Past, Range, Work, believed

#: Times that it is played through, and runs or parts that are taken in all of them together.
_TRIALS, _FEWEST_TRIALS, _TAKEN = 100, 10, 20_000
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
        #: By owner and tool that has a limit, or none: place in the line, kind, runs, whether it is asked for.
        self._lines: dict[str, dict[str, list[_Stood]]] = {}
        for owner, line in scene.lines.items():
            lanes = self._lines.setdefault(owner, {})
            for place, each in enumerate(line):
                kind = pasts.setdefault(each.past, len(pasts))
                lane = each.tool if each.tool in scene.tool_limits else _ANY
                lanes.setdefault(lane, []).append((place, kind, each.runs, each.is_asked))
        self._pasts = list(pasts)
        #: The only owner with the whole line, where nothing but its order tells what is next.
        self._alone: tuple[str, list[_Stood]] | None = None
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
        steps = len(scene.running) + sum(map(len, scene.lines.values()))
        self.trials = max(_FEWEST_TRIALS, min(_TRIALS, _TAKEN // max(1, steps)))
        # Who asks twice is told the same.
        self._chance = random.Random(7)  # noqa: S311
        #: Whether all that was asked for began in the last trial.
        self.is_through = True
        #: Runs and parts that were taken, and owners that were looked at for them, in all trials.
        self.steps = 0

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
            lane = each.tool if each.tool in self._scene.tool_limits else _ANY
            of_tool[lane] += 1
            busy.append((end, place, each.owner, lane))
            if each.is_asked:
                last = max(last, end)
        heapq.heapify(busy)
        if self._alone is not None:
            return self._dealt(beliefs, [end for end, *_ in busy]), last
        free = self._workers - len(busy)
        lines = {
            owner: {tool: deque(lane) for tool, lane in lanes.items()} for owner, lanes in self._lines.items()
        }
        turns = _Turns(self._turns, of_owner)
        begun: dict[tuple[str, int], tuple[float, float]] = {}
        now, asked, count = 0.0, len(self.asked), len(busy)
        while len(begun) < asked:
            while free > 0 and (taken := self._next(lines, of_tool, turns)) is not None:
                owner, tool = taken
                place, kind, runs, is_asked = self._take(lines[owner], owner, tool, of_tool, turns)
                end = now + _drawn(beliefs[kind], runs)
                count += 1
                heapq.heappush(busy, (end, count, owner, tool))
                free -= 1
                if is_asked:
                    begun[owner, place] = now, end
            if not busy or busy[0][0] == math.inf:
                break
            now, _, owner, tool = heapq.heappop(busy)
            free += 1
            of_tool[tool] -= 1
            turns.ended(owner)
            if tool != _ANY:
                turns.admit(tool)
        self.is_through = len(begun) == asked
        return begun, last

    def _take(
        self,
        lanes: dict[str, deque[_Stood]],
        owner: str,
        tool: str,
        of_tool: dict[str, int],
        turns: _Turns,
    ) -> _Stood:
        taken = lanes[tool].popleft()
        if not lanes[tool]:
            del lanes[tool]
        of_tool[tool] += 1
        turns.took(owner, stays=bool(lanes))
        # The owner may have been let in for another tool than was taken: so is the next one.
        for other in lanes:
            if other != _ANY and of_tool[other] < self._scene.tool_limits[other]:
                turns.admit(other)
        return taken

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
        lines: Mapping[str, Mapping[str, deque[_Stood]]],
        of_tool: Mapping[str, int],
        turns: _Turns,
    ) -> tuple[str, str] | None:
        limits = self._scene.tool_limits
        while (owner := turns.first(self._scene.user_limit)) is not None:
            self.steps += 1
            first, which = math.inf, None
            for tool, lane in lines[owner].items():
                if lane[0][0] < first and of_tool[tool] < limits.get(tool, math.inf):
                    first, which = lane[0][0], tool
            if which is not None:
                return owner, which
            turns.hold(owner, lines[owner])
        return None


#: Place in the line, kind, runs, whether it is asked for.
_Stood = tuple[int, int, int, bool]
#: All tools without a limit, which no run of another one ever passes.
_ANY = ""


class _Turns:
    """Owners by who has the fewest that run, then whose turn was the longest ago, without looking at all of them."""

    def __init__(self, turns: Mapping[str, int], running: dict[str, int]) -> None:
        self._running = running
        self._turns = dict(turns)
        self._next = len(turns)
        self._heap = [(running[owner], turn, owner) for owner, turn in turns.items()]
        heapq.heapify(self._heap)
        self._waits = set(turns)
        #: Those of whom no tool may have another one, by each of these tools.
        self._held: set[str] = set()
        self._held_by: dict[str, list[tuple[int, int, str]]] = defaultdict(list)

    def first(self, most: int | None) -> str | None:
        """None where all that wait have so many as one may have, or there is nobody."""
        while self._heap:
            running, turn, owner = self._heap[0]
            if owner in self._waits and (running, turn) == (self._running[owner], self._turns[owner]):
                return owner if most is None or running < most else None
            # Of earlier: what is true of this owner stands elsewhere.
            heapq.heappop(self._heap)
        return None

    def took(self, owner: str, *, stays: bool) -> None:
        heapq.heappop(self._heap)
        self._running[owner] += 1
        self._turns[owner] = self._next
        self._next += 1
        if stays:
            heapq.heappush(self._heap, (self._running[owner], self._turns[owner], owner))
        else:
            self._waits.discard(owner)

    def ended(self, owner: str) -> None:
        self._running[owner] -= 1
        # Who is held may be before all others by that.
        if owner in self._held:
            self._let_in(owner)
        elif owner in self._waits:
            heapq.heappush(self._heap, (self._running[owner], self._turns[owner], owner))

    def hold(self, owner: str, tools: Iterable[str]) -> None:
        """Until one of these tools may have another run."""
        heapq.heappop(self._heap)
        self._waits.discard(owner)
        self._held.add(owner)
        for tool in tools:
            heapq.heappush(self._held_by[tool], (self._running[owner], self._turns[owner], owner))

    def admit(self, tool: str) -> None:
        """The first of those that are held, as the tool may have one more."""
        held = self._held_by[tool]
        while held:
            running, turn, owner = heapq.heappop(held)
            if owner in self._held and (running, turn) == (self._running[owner], self._turns[owner]):
                self._let_in(owner)
                return

    def _let_in(self, owner: str) -> None:
        self._held.discard(owner)
        self._waits.add(owner)
        heapq.heappush(self._heap, (self._running[owner], self._turns[owner], owner))


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
