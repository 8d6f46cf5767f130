"""The simplex method: times that meet a set of demands, or the certainty that there are none.

The variant of Dutertre and de Moura (2006): it starts from times as they were seen and moves only what must
be moved.  Its numbers are exact, so its "none" is a proof.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from cosmos_retry.holes.clock import Clock, Demand, values
from cosmos_retry.holes.effort import Effort
from cosmos_retry.holes.moment import Number

MOST_DEMANDS = 2_000
HASTY_PIVOTS = 100


class TooLong(Exception):  # noqa: N818 - it says that a search was given up, not that anything is wrong
    """The search was given up: whether there are such times is not known."""


def times_for(
    demands: Sequence[Demand], clock: Clock, start: Mapping[int, Number]
) -> dict[int, Number] | None:
    """Return times that meet all demands, for each unknown that they speak of; None where there are none.

    `start` are times to begin with; those of the other unknowns are the ones that were seen.  The times are
    within the bounds of the clock and may be fractions of a microsecond.  Raises `TooLong` and `Spent`.
    """
    if len(demands) > MOST_DEMANDS or clock.pivots_left <= 0:
        raise TooLong
    unknowns = sorted(values(demands))
    tableau = _Tableau(
        clock.effort,
        {n: start.get(n, clock.homes[n]) for n in unknowns},
        {n: clock.lows[n] for n in unknowns},
        {n: clock.highs[n] for n in unknowns},
    )
    first = len(clock.homes)  # the sums are numbered after the unknown times
    for place, asked in enumerate(demands):
        tableau.add(first + place, asked)
    settled = tableau.settle(clock.pivots_left)
    clock.pivots_left -= tableau.pivots
    if settled is None:
        raise TooLong
    if not settled:
        return None
    return {n: tableau.value[n] for n in unknowns}


class _Tableau:
    """Sums that depend on other quantities, each with the factors of those; every quantity has bounds.

    The factors of a sum are whole numbers, all of them so many times too large as its `scale` says: sums of
    fractions would take several times as long.
    """

    def __init__(
        self,
        effort: Effort,
        value: Mapping[int, Number],
        low: Mapping[int, Number],
        high: Mapping[int, Number],
    ) -> None:
        self.effort = effort
        self.value = dict(value)
        self.low: dict[int, Number] = dict(low)
        self.high: dict[int, Number] = dict(high)
        self.rows: dict[int, dict[int, int]] = {}
        self.scale: dict[int, int] = {}
        self.columns: dict[int, set[int]] = {n: set() for n in value}
        self.amiss: set[int] = set()  # the sums that are out of their bounds
        self.pivots = 0

    def add(self, name: int, asked: Demand) -> None:
        self.effort.spend(len(asked.terms))
        self.rows[name], self.scale[name] = dict(asked.terms), 1
        self.low[name] = asked.least
        self._put(name, sum(factor * self.value[n] for n, factor in asked.terms))
        for n, _ in asked.terms:
            self.columns[n].add(name)

    def settle(self, most: int) -> bool | None:
        """Move values until all are within their bounds; false where that cannot be, None after too long."""
        while self.pivots < most:
            wrong = self._wrong()
            if wrong is None:
                return True
            row, up = self.rows[wrong], self._below(wrong)
            able = [n for n, factor in row.items() if self._may(n, (factor > 0) == up)]
            # What few sums depend on is moved first; later the first one, as in `_wrong`.
            helps = min(able, key=self._ease, default=None)
            if helps is None:
                return False
            self._move(wrong, helps, self.low[wrong] if up else self.high[wrong])
            self.pivots += 1
        return None

    def _wrong(self) -> int | None:
        """A sum that is out of its bounds: the one furthest out, later always the first one.

        Always taking the first cannot go in circles (Bland's rule), but it takes long.
        """
        self.effort.spend(len(self.rows))
        if self.pivots >= HASTY_PIVOTS:
            return min(self.amiss, default=None)
        return max((name for name in self.rows if name in self.amiss), key=self._amiss, default=None)

    def _amiss(self, name: int) -> Number:
        """How far a sum is out of its bounds."""
        low, value = self.low.get(name), self.value[name]
        return low - value if low is not None and value < low else value - self.high[name]

    def _ease(self, name: int) -> tuple[int, int]:
        return (0 if self.pivots >= HASTY_PIVOTS else len(self.columns[name])), name

    def _below(self, name: int) -> bool:
        return name in self.low and self.value[name] < self.low[name]

    def _put(self, name: int, value: Number) -> None:
        """Give a sum a value."""
        self.value[name] = value
        low, high = self.low.get(name), self.high.get(name)
        if (low is not None and value < low) or (high is not None and value > high):
            self.amiss.add(name)
        else:
            self.amiss.discard(name)

    def _may(self, name: int, up: bool) -> bool:
        if up:
            return name not in self.high or self.value[name] < self.high[name]
        return name not in self.low or self.value[name] > self.low[name]

    def _move(self, name: int, other: int, to: Number) -> None:
        """Bring a sum to a value by moving another quantity, which becomes the sum in its place."""
        row, scale = self.rows.pop(name), self.scale.pop(name)
        factor = row.pop(other)
        step = divide((to - self.value[name]) * scale, factor)
        self._put(name, to)
        self._put(other, self.value[other] + step)
        self.columns[other].discard(name)
        for affected in self.columns[other]:
            moved = divide(self.rows[affected][other] * step, self.scale[affected])
            self._put(affected, self.value[affected] + moved)
        for n in row:
            self.columns[n].discard(name)
        # scale * name = factor * other + rest, so factor * other = scale * name - rest.
        sign = 1 if factor > 0 else -1
        turned = {n: -sign * c for n, c in row.items()}
        turned[name] = sign * scale
        self.scale[other] = abs(factor)
        self.columns[name] = set()
        for affected in self.columns.pop(other):
            self._substitute(affected, other, turned)
        self.rows[other] = turned
        for n in turned:
            self.columns[n].add(other)

    def _substitute(self, name: int, other: int, by: Mapping[int, int]) -> None:
        self.effort.spend(len(by))
        row = self.rows[name]
        factor, scale = row.pop(other), self.scale[other]
        common = math.gcd(factor, scale)
        factor, scale = factor // common, scale // common
        if scale != 1:
            row = self.rows[name] = {n: c * scale for n, c in row.items()}
        for n, c in by.items():
            changed = row.get(n, 0) + factor * c
            if changed:
                row[n] = changed
                self.columns[n].add(name)
            elif n in row:
                del row[n]
                self.columns[n].discard(name)
        scale *= self.scale[name]
        common = 1 if scale == 1 else math.gcd(scale, *row.values())
        if common != 1:
            self.rows[name] = {n: c // common for n, c in row.items()}
        self.scale[name] = scale // common


def divide(number: Number, by: Number) -> Number:
    """Return an exact quotient, as a whole number where it is one."""
    if by in (1, -1):
        return number * by
    quotient = Fraction(number) / by
    return int(quotient) if quotient.denominator == 1 else quotient
