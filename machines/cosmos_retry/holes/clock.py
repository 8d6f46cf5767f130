"""The clock: the unknown times of a record, each with its bounds, and comparisons of them tried both ways."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Set
from typing import TypeVar

import attrs

from cosmos_retry.holes.effort import A_WAY, Effort
from cosmos_retry.holes.moment import Moment, Number, Terms

T = TypeVar("T")
MOST_PIVOTS = 4_000
PIVOTS_AN_EVENT = 300  # that are always there, whatever was used up before


@attrs.frozen
class Demand:
    """A demand on the unknown times, which are whole microseconds: a sum of them is at least so much."""

    terms: tuple[tuple[int, int], ...]
    least: int

    @property
    def opposite(self) -> Demand:
        """The demand that holds just where this one does not."""
        return Demand(tuple((n, -factor) for n, factor in self.terms), 1 - self.least)


def demand(terms: Terms, plus: Number, strict: bool = False) -> Demand:
    """Return the demand that a sum is 0 or more; with `strict`, that it is more than 0."""
    scale = math.lcm(plus.denominator, *(factor.denominator for _, factor in terms))
    whole = [(n, factor.numerator * (scale // factor.denominator)) for n, factor in terms]
    least = -plus.numerator * (scale // plus.denominator) + strict
    # Whole times make whole sums: what lies between two multiples of the common factor is out of reach.
    common = math.gcd(*(factor for _, factor in whole)) or 1
    return Demand(tuple((n, factor // common) for n, factor in whole), -(-least // common))


@attrs.define(eq=False)
class Clock:
    """Hands out unknown times, and decides comparisons between them.

    `homes` are the times as they were seen, or any within the bounds where nothing was seen; `lows` and
    `highs` are the bounds, both included, in microseconds.  `pivots_left` is how much more may be worked out
    about them, and `effort` the work that is left to the whole search.
    """

    homes: list[int] = attrs.field(factory=list)
    lows: list[int] = attrs.field(factory=list)
    highs: list[int] = attrs.field(factory=list)
    pivots_left: int = MOST_PIVOTS
    effort: Effort = attrs.field(factory=Effort)
    _script: list[tuple[Demand, bool]] = attrs.field(factory=list)
    _outcomes: dict[Demand, bool] = attrs.field(factory=dict)
    _settled: Set[Demand] = frozenset()
    _at: int = 0

    def begin(self) -> None:
        """Begin with another event."""
        self.effort.begin()
        self.pivots_left = max(self.pivots_left, PIVOTS_AN_EVENT)

    def unknown(self, home: int, low: int, high: int) -> Moment:
        """Return a new unknown time between two bounds, both included."""
        self.homes.append(home)
        self.lows.append(low)
        self.highs.append(high)
        return Moment(self, ((len(self.homes) - 1, 1),))

    def always(self, asked: Demand) -> bool:
        """Whether a demand holds wherever in their bounds the times are."""
        return self._sum(asked.terms) >= asked.least

    def never(self, asked: Demand) -> bool:
        """Whether a demand holds nowhere within the bounds of the times."""
        lows, highs = self.lows, self.highs
        return sum(factor * (highs if factor > 0 else lows)[n] for n, factor in asked.terms) < asked.least

    def low(self, moment: Moment | int) -> int:
        """Return the earliest that a moment may be."""
        if isinstance(moment, int):
            return moment
        return math.ceil(self._sum(moment.terms) + moment.plus)

    def high(self, moment: Moment | int) -> int:
        """Return the latest that a moment may be."""
        return moment if isinstance(moment, int) else -self.low(moment * -1)

    def ways(
        self, act: Callable[[], T], settled: Set[Demand] = frozenset()
    ) -> list[tuple[T, tuple[Demand, ...]]]:
        """Return what an act comes to, for each way its comparisons may come out, and what that way demands.

        The act is carried out once for each way, so it must change nothing.  A comparison that makes no
        difference to what the act comes to demands nothing, nor does one that is `settled`.  Raises `Spent`.
        """
        self._settled = settled
        script = self._script = []
        ways: list[tuple[T, tuple[Demand, ...]]] = []
        while True:
            self.effort.spend(A_WAY)
            self._at, self._outcomes = 0, {}
            ways.append((act(), tuple(asked if so else asked.opposite for asked, so in script)))
            while script and not script[-1][1]:
                script.pop()
                # Both outcomes have been tried, each with all that follows.
                (one, asked), (other, last) = ways[-2:]
                if one == other and len(asked) == len(last) == len(script) + 1:
                    ways[-2:] = [(one, asked[:-1])]
            if not script:
                return ways
            script[-1] = (script[-1][0], False)

    def decide(self, terms: Terms, plus: Number, strict: bool) -> bool:
        """Return whether a sum is 0 or more (`strict`: more), in the way that is being tried."""
        asked = demand(terms, plus, strict)
        if self.always(asked):
            return True
        if self.never(asked):
            return False
        if asked in self._settled:
            return True
        if asked.opposite in self._settled:
            return False
        if (known := self._outcomes.get(asked)) is not None:
            return known
        if self._at == len(self._script):
            self._script.append((asked, True))
        _, so = self._script[self._at]
        self._at += 1
        self._outcomes[asked], self._outcomes[asked.opposite] = so, not so
        return so

    def _sum(self, terms: Terms) -> Number:
        """The least that a sum may come to."""
        return sum(factor * (self.lows[n] if factor > 0 else self.highs[n]) for n, factor in terms)


def values(demands: Iterable[Demand]) -> set[int]:
    """Return the numbers of the unknown times that demands speak of."""
    return {n for asked in demands for n, _ in asked.terms}
