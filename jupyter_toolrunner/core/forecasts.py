"""How long runs will take, learnt from how long earlier ones took.

One run: of n exchangeable durations the next one lies below the k-th smallest with probability k / (n + 1) (Hahn and
Meeker, Statistical Intervals, 1991, 5.5), so that the bounds are the quantiles which Hyndman and Fan (1996) call
definition 6. Below nine durations no such bound lies within what was seen: there it is the interval of Student's t on the
logarithms (Hahn and Meeker 4.7), as durations are nearer to log-normal than to normal.

Many runs (`outlook.py`) take durations like those of the past, again and again, and what one does not know of a tool is in
it: with many past durations by the Bayesian bootstrap, which gives them other weights each time (Rubin 1981); with few,
whose tail nobody has seen yet, by a log-normal whose mean and spread are drawn anew each time from what they may be (Gelman
and others, Bayesian Data Analysis, 3.2).
"""

from __future__ import annotations

import math
import random
import statistics
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

#: Durations without which nothing is said.
LEAST = 5
#: The latest runs of a tool that are looked at.
LATEST = 200
#: Durations of which the tenth and the ninetieth percentile lie within what was seen.
_FOR_ORDER = 9
#: Student's t at 0.9, by degrees of freedom.
_T = {4: 1.533, 5: 1.476, 6: 1.440, 7: 1.415}
_SMALLEST = 0.001
#: Past durations that stand for themselves.
_MANY = 30
#: A tool of few runs is not expected to take so many times what it ever took.
_BEYOND = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Seconds: one of ten is below low, and one above high."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Past:
    """Durations of succeeded runs in seconds, the newest first, and what they are of."""

    seconds: tuple[float, ...]
    #: Whether all are of the version that was asked for; else of the tool, whichever version.
    of_version: bool = True

    @property
    def is_enough(self) -> bool:
        return len(self.seconds) >= LEAST


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Runs of one tool that have not ended."""

    past: Past
    #: Those that wait.
    runs: int = 0
    #: Seconds that each of the others has been running.
    running: tuple[float, ...] = ()


def of_one(past: Past) -> Range | None:
    """How long one more run will take; None where there is not enough to learn from."""
    seconds = [max(_SMALLEST, each) for each in past.seconds]
    if len(seconds) < LEAST:
        return None
    if len(seconds) >= _FOR_ORDER:
        deciles = statistics.quantiles(seconds, n=10, method="exclusive")
        return Range(low=deciles[0], middle=deciles[4], high=deciles[8])
    logarithms = [math.log(each) for each in seconds]
    middle = statistics.fmean(logarithms)
    spread = _T[len(seconds) - 1] * statistics.stdev(logarithms) * math.sqrt(1 + 1 / len(seconds))
    return Range(low=math.exp(middle - spread), middle=math.exp(middle), high=math.exp(middle + spread))


class Belief(ABC):
    """What durations a tool has, as one trial takes it."""

    def __init__(self, seconds: Sequence[float], chance: random.Random) -> None:
        self._chance = chance
        self._seconds = seconds
        self._known: tuple[float, float] | None = None

    @abstractmethod
    def draw(self, count: int) -> list[float]: ...

    @abstractmethod
    def moments(self) -> tuple[float, float]:
        """Mean and mean square."""

    def many(self, count: int) -> float:
        """The sum of so many draws."""
        if self._known is None:
            self._known = self.moments()
        mean, square = self._known
        return max(0.0, self._chance.gauss(count * mean, math.sqrt(count * max(0.0, square - mean**2))))

    def rest(self, elapsed: float) -> float:
        """What is left of a run that has taken so long: of a duration among the longer ones."""
        first = bisect_right(self._seconds, elapsed)
        if first == len(self._seconds):
            # Longer than any: what took so long is half over, as far as anybody knows (Gott 1993).
            return elapsed
        return self._chance.choice(self._seconds[first:]) - elapsed


class Unknown(Belief):
    """Of a tool with too little data: over at once, or never, and whatever holds for both is known."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__((), chance)

    def draw(self, count: int) -> list[float]:
        return [self._chance.choice((0.0, math.inf)) for _ in range(count)]

    def moments(self) -> tuple[float, float]:
        return math.nan, math.nan

    def many(self, count: int) -> float:
        return self.draw(1)[0]

    def rest(self, elapsed: float) -> float:
        return self.draw(1)[0]


class _Weighted(Belief):
    def __init__(self, seconds: Sequence[float], chance: random.Random) -> None:
        super().__init__(seconds, chance)
        self._weights = [chance.expovariate(1.0) for _ in seconds]
        self._sums = list(accumulate(self._weights))

    def draw(self, count: int) -> list[float]:
        return self._chance.choices(self._seconds, cum_weights=self._sums, k=count)

    def moments(self) -> tuple[float, float]:
        pairs = list(zip(self._weights, self._seconds, strict=True))
        mean, square = (sum(weight * each**power for weight, each in pairs) for power in (1, 2))
        return mean / self._sums[-1], square / self._sums[-1]


class _LogNormal(Belief):
    def __init__(self, seconds: Sequence[float], chance: random.Random) -> None:
        super().__init__(seconds, chance)
        logarithms = [math.log(each) for each in seconds]
        free = len(seconds) - 1
        self._spread = statistics.stdev(logarithms) * math.sqrt(free / chance.gammavariate(free / 2, 2))
        self._middle = chance.gauss(statistics.fmean(logarithms), self._spread / math.sqrt(len(seconds)))
        self._most = seconds[-1] * _BEYOND

    def draw(self, count: int) -> list[float]:
        draw, middle, spread, most = (
            self._chance.normalvariate,
            self._middle,
            self._spread,
            math.log(self._most),
        )
        # Cut before the power: of five runs that differ much the spread may be such that it is beyond any number.
        return [math.exp(min(most, draw(middle, spread))) for _ in range(count)]

    def moments(self) -> tuple[float, float]:
        return self._moment(1), self._moment(2)

    def _moment(self, power: int) -> float:
        """Of a log-normal that ends at the most."""
        variance = self._spread**2
        if not variance:
            return min(math.exp(self._middle), self._most) ** power
        normal = statistics.NormalDist(self._middle, self._spread)
        most = math.log(self._most)
        try:
            whole = math.exp(power * self._middle + power**2 * variance / 2)
        except OverflowError:
            # So wide that nearly all of it lies at the most.
            return self._most**power
        below = whole * normal.cdf(most - power * variance)
        return below + self._most**power * (1 - normal.cdf(most))


def believed(seconds: Sequence[float], chance: random.Random) -> Belief:
    """As one trial takes a tool that took so long."""
    if len(seconds) < LEAST:
        return Unknown(chance)
    known = sorted(max(_SMALLEST, each) for each in seconds)
    return (_Weighted if len(known) >= _MANY else _LogNormal)(known, chance)
