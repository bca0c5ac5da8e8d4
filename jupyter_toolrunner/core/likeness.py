"""Which of the earlier runs of a tool a run with other values is like, and how long it takes by them.

Runs with the same values are the best to learn from; where these are too few, those that are alike in the one param which
explains durations best, as Smith, Foster and Taylor find templates of similar jobs (Predicting Application Run Times Using
Historical Information, 1998). Which one explains best, and whether any does, is told by leaving out each run in turn
(Stone 1974): by logarithms, as durations differ by factors.

What a number explains is a straight line or a power of it, by the median of the slopes of all pairs (Theil 1950, Sen 1968),
of which those far apart count for more (Jaeckel 1972). The runs next to it say how far one is off the line, each as a
factor; beyond the values that were seen every line that fits speaks, and the further out, the wider. What a number
explains of which too few values were seen nobody knows: from nothing at all to a duration in proportion to it.

A value whose runs are few has their mean and everybody's spread (one-way analysis of variance); one that never was seen is
like any other value, of which each has one voice (two layers of exchangeability: Dunn, Wasserman and Ramdas 2023).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from .forecasts import LEAST, Past, Work
from .history import value_key, value_number
from .ids import Digest
from .values import Params

#: What is left of the errors where a param is said to explain durations.
_EXPLAINS = 0.75
#: Params that are looked at, and values of one that are compared in pairs.
_MOST_FIELDS, _PAIRED = 30, 60
#: Runs that are next to a value.
_NEXT = 40
#: Beyond what was seen, lines that are off so many times as much as the best one have no say, where it is a tenth or more.
_FITS, _CLOSE = 2.0, 0.1
#: Factors beyond what was seen: that count for nothing, and that nothing is known of.
_NEAR, _FAR = 2.0, 1_000.0
#: Rows of a batch that are looked at, and kinds of them that are told apart.
_LOOKED_AT, _KINDS = 300, 24
_SMALLEST = 0.001


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run that succeeded."""

    version: Digest
    seconds: float
    params: Params


class Experience:
    """What is known of a tool by its earlier runs, the newest first."""

    def __init__(self, earlier: Sequence[Earlier], version: Digest | None = None) -> None:
        """Those of this version, or all where these are not enough."""
        own = [each for each in earlier if each.version == version]
        self.of_version = version is None or len(own) >= LEAST
        self._runs = own if len(own) >= LEAST else list(earlier)
        self._logs = [math.log(max(_SMALLEST, each.seconds)) for each in self._runs]
        self._alike: dict[frozenset[tuple[str, str]], list[float]] = {}
        for each in self._runs:
            self._alike.setdefault(_keys(each.params), []).append(each.seconds)
        self._names = list(dict.fromkeys(name for each in self._runs for name in each.params))[:_MOST_FIELDS]

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def is_explained(self) -> bool:
        """Whether it was looked for which param explains, which takes a while."""
        return "_by" in vars(self)

    @property
    def field(self) -> str | None:
        """The param that durations depend on most; None where none is known to matter."""
        return self._by.name if self._by else None

    @property
    def whole(self) -> Past:
        """Whatever the values."""
        return Past(tuple(each.seconds for each in self._runs), self.of_version)

    def past(self, params: Params | None, *, explains: bool = True) -> Past:
        """Durations of runs like one with these values; of all where the values are not known.

        ``explains``: whether there is time to look for the param that explains, where that was not done yet.
        """
        if params is None or len(self._runs) < LEAST:
            return self.whole
        same = self._alike.get(_keys(params), [])
        if len(same) >= LEAST:
            return Past(tuple(same), self.of_version)
        if not explains and not self.is_explained:
            return self.whole
        seconds = self._by.seconds(params) if self._by else [each.seconds for each in self._runs]
        for name in self._names:
            if name != self.field and seconds:
                seconds = self._unknown(name, params, seconds)
        return Past(tuple(seconds), self.of_version)

    def works(self, rows: Sequence[Params], count: int) -> list[Work]:
        """Of so many runs that wait, of which these are some, in kinds that take about the same."""
        step = max(1, len(rows) / _LOOKED_AT)
        looked = [rows[int(place * step)] for place in range(min(len(rows), _LOOKED_AT))]
        pasts: dict[Past, int] = {}
        known: dict[frozenset[tuple[str, str]], Past] = {}
        for params in looked:
            key = _keys(params)
            past = known[key] if key in known else known.setdefault(key, self.past(params))
            pasts[past] = pasts.get(past, 0) + 1
        if any(not past.is_enough for past in pasts):
            return [Work(past=Past(()), runs=count)]
        kinds = sorted(pasts.items(), key=lambda pair: statistics.median(pair[0].seconds))
        size = math.ceil(len(kinds) / _KINDS)
        merged = [kinds[place : place + size] for place in range(0, len(kinds), size)]
        shares = [sum(runs for _, runs in kind) for kind in merged]
        given = dealt(count, shares)
        return [
            Work(past=kind[len(kind) // 2][0], runs=runs)
            for kind, runs in zip(merged, given, strict=True)
            if runs
        ]

    # -- which param explains -----------------------------------------------------------------------------------

    @cached_property
    def _by(self) -> _Explained | None:
        if len(self._runs) < LEAST:
            return None
        best, least = None, _EXPLAINS * _left_out(self._logs)
        for name in self._names:
            for make in (_Groups, _Lines):
                try:
                    found = make(name, self._runs, self._logs)
                except _Unfit:
                    continue
                if found.error < least:
                    best, least = found, found.error
        return best

    def _unknown(self, name: str, params: Params, seconds: list[float]) -> list[float]:
        """With a number of which too few values were seen to know that it matters not."""
        asked = value_number(params.get(name))
        seen = {number for each in self._runs if (number := value_number(each.params.get(name))) is not None}
        if asked is None or not seen or len(seen) >= LEAST:
            return seconds
        nearest = min(max(asked, min(seen)), max(seen))
        if nearest == asked or not asked or not nearest:
            return seconds
        factor = asked / nearest
        if factor < 0 or 1 / _NEAR <= factor <= _NEAR:
            return seconds
        if not 1 / _FAR <= factor <= _FAR:
            return []
        return [*seconds, *(each * factor for each in seconds)]


class _Unfit(Exception):
    """These values are none that could explain anything so."""


class _Explained:
    """What one param explains."""

    name: str
    #: Sum of what is left in logarithms where each run is left out in turn.
    error: float

    def seconds(self, params: Params) -> list[float]:
        """Durations of a run with these values; empty where nobody can say."""
        raise NotImplementedError


class _Groups(_Explained):
    """Runs with the same value are alike."""

    def __init__(self, name: str, runs: Sequence[Earlier], logs: Sequence[float]) -> None:
        self.name = name
        self._groups: dict[str, list[float]] = {}
        for each, log in zip(runs, logs, strict=True):
            self._groups.setdefault(value_key(each.params.get(name)), []).append(log)
        if not 1 < len(self._groups) < len(logs):
            raise _Unfit
        mean, rest = statistics.fmean(logs), len(logs) - 1
        self.error = 0.0
        self._spread: list[float] = []
        for group in self._groups.values():
            if len(group) == 1:
                self.error += abs(group[0] - mean) * (rest + 1) / rest
                continue
            center = statistics.fmean(group)
            self.error += sum(abs(log - center) for log in group) * len(group) / (len(group) - 1)
            scale = math.sqrt(len(group) / (len(group) - 1))
            self._spread += [(log - center) * scale for log in group]

    def seconds(self, params: Params) -> list[float]:
        group = self._groups.get(value_key(params.get(self.name)), [])
        if len(group) >= LEAST:
            return [math.exp(log) for log in group]
        if group:
            center, scale = statistics.fmean(group), math.sqrt(1 + 1 / len(group))
            return [math.exp(center + scale * off) for off in self._spread]
        return [math.exp(each[0]) for each in self._groups.values()]


class _Lines(_Explained):
    """A number explains by a line."""

    def __init__(self, name: str, runs: Sequence[Earlier], logs: Sequence[float]) -> None:
        self.name = name
        pairs = [
            (number, log)
            for each, log in zip(runs, logs, strict=True)
            if (number := value_number(each.params.get(name))) is not None
        ]
        values = sorted({number for number, _ in pairs})
        if len(pairs) < len(logs) or len(values) < 3:
            raise _Unfit
        self._low, self._high = values[0], values[-1]
        self._longest = max(logs)
        step = max(1, len(pairs) / _PAIRED)
        some = [pairs[int(place * step)] for place in range(min(len(pairs), _PAIRED))]
        lines = [_straight(some)]
        if self._low > 0:
            lines.append(_power(some))
        fits = []
        for line in lines:
            off = [(line(number), log - line(number)) for number, log in pairs]
            fits.append((sum(abs(each) for _, each in off) * len(off) / (len(off) - 2), line, off))
        fits.sort(key=lambda fit: fit[0])
        self.error = fits[0][0]
        most = max(_FITS * self.error, _CLOSE * len(pairs))
        self._fits = [(line, off) for error, line, off in fits if error <= most]

    def seconds(self, params: Params) -> list[float]:
        asked = value_number(params.get(self.name))
        if asked is None:
            return []
        edge = min(max(asked, self._low), self._high)
        most = self._longest + math.log(_FAR)
        found: list[float] = []
        for line, off in self._fits if edge != asked else self._fits[:1]:
            if edge != asked and isinstance(line, _PowerLine) and asked <= 0:
                continue
            expected = line(asked)
            if expected > most:
                return []
            near = sorted(off, key=lambda pair: abs(pair[0] - expected))[:_NEXT]
            wider = math.sqrt(1 + 2 / len(near)) * (1 + abs(expected - line(edge)))
            found += [math.exp(min(most, expected + wider * each)) for _, each in near]
        return found


@dataclass(frozen=True, slots=True)
class _StraightLine:
    at_nothing: float
    slope: float
    least: float

    def __call__(self, number: float) -> float:
        return math.log(max(self.least, self.at_nothing + self.slope * number))


@dataclass(frozen=True, slots=True)
class _PowerLine:
    at_one: float
    power: float

    def __call__(self, number: float) -> float:
        return self.at_one + self.power * math.log(number)


_Line = Callable[[float], float]
_Pairs = Sequence[tuple[float, float]]


def _straight(pairs: _Pairs) -> _Line:
    seconds = [(number, math.exp(log)) for number, log in pairs]
    slope = _slope(seconds)
    # Where durations are short, a line that is off by little is off by much.
    at_nothing = _median([(each - slope * number, 1 / each) for number, each in seconds])
    return _StraightLine(at_nothing, slope, min(each for _, each in seconds) / 2)


def _power(pairs: _Pairs) -> _Line:
    logs = [(math.log(number), log) for number, log in pairs]
    power = _slope(logs)
    return _PowerLine(statistics.median(log - power * number for number, log in logs), power)


def _slope(pairs: _Pairs) -> float:
    slopes = [
        ((y - v) / (x - u), abs(x - u))
        for place, (x, y) in enumerate(pairs)
        for u, v in pairs[:place]
        if x != u
    ]
    return _median(slopes) if slopes else 0.0


def _median(weighed: Iterable[tuple[float, float]]) -> float:
    """Of values with weights."""
    known = sorted(weighed)
    half, passed = sum(weight for _, weight in known) / 2, 0.0
    for value, weight in known:
        passed += weight
        if passed >= half:
            return value
    return known[-1][0]


def _left_out(logs: Sequence[float]) -> float:
    mean, count = statistics.fmean(logs), len(logs)
    return sum(abs(log - mean) for log in logs) * count / (count - 1)


def _keys(params: Params) -> frozenset[tuple[str, str]]:
    return frozenset((name, value_key(value)) for name, value in params.items())


def dealt(count: int, shares: Sequence[int]) -> list[int]:
    """So many dealt out by shares."""
    ends, passed, of_all = [0], 0, sum(shares)
    for share in shares:
        passed += share
        ends.append(round(count * passed / of_all))
    return [end - begin for begin, end in pairwise(ends)]
