"""A moment that is not known exactly: a sum of unknown times that the rules take for a number.

The rules add times, scale delays and compare.  A comparison that depends on the unknown times is put to the
clock, which tries both outcomes; so the rules themselves need not know that a time was not exact.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Protocol

Number = int | Fraction
Terms = tuple[tuple[int, Number], ...]


class Decider(Protocol):
    """Whoever decides whether a sum of unknown times is at least nothing."""

    def decide(self, terms: Terms, plus: Number, strict: bool) -> bool:
        """Return whether the sum is 0 or more; with `strict`, whether it is more than 0."""


class Moment:
    """A sum of unknown times, each with a factor, and a known number of microseconds."""

    __slots__ = ("decider", "plus", "terms")

    def __init__(self, decider: Decider, terms: Terms, plus: Number = 0) -> None:
        """Take the terms in the order of the unknowns, none of them with the factor 0."""
        self.decider = decider
        self.terms = terms
        self.plus = plus

    def __add__(self, other: object) -> Moment:
        return self._with(other, 1)

    __radd__ = __add__

    def __sub__(self, other: object) -> Moment:
        return self._with(other, -1)

    def __rsub__(self, other: object) -> Moment:
        return self * -1 + other

    def __mul__(self, factor: float | Fraction) -> Moment:
        # A factor such as 1.1 stands for the decimal number that was written down.
        by = factor if isinstance(factor, int | Fraction) else exact(factor)
        return Moment(self.decider, tuple((n, c * by) for n, c in self.terms if by), self.plus * by)

    __rmul__ = __mul__

    def __round__(self, digits: int = 0) -> Moment:
        # What is rounded away is the noise of floating point, of which there is none here.
        return self

    def __ceil__(self) -> Moment:
        # A whole number is at least a sum just where it is at least the sum rounded up, and less than the
        # one just where it is less than the other.  These are the comparisons in which the rules round.
        return self

    def __ge__(self, other: object) -> bool:
        return self._decide(self - other)

    def __gt__(self, other: object) -> bool:
        return self._decide(self - other, strict=True)

    def __le__(self, other: object) -> bool:
        return self._decide((self - other) * -1)

    def __lt__(self, other: object) -> bool:
        return self._decide((self - other) * -1, strict=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and (self.terms, self.plus) == (other.terms, other.plus)

    def __hash__(self) -> int:
        return hash((self.terms, self.plus))

    def __repr__(self) -> str:
        return " + ".join([*(f"{factor}*t{n}" for n, factor in self.terms), str(self.plus)])

    def _decide(self, difference: Moment, strict: bool = False) -> bool:
        return self.decider.decide(difference.terms, difference.plus, strict)

    def _with(self, other: object, sign: int) -> Moment:
        if isinstance(other, int | float | Fraction):
            by = other if isinstance(other, int | Fraction) else exact(other)
            return Moment(self.decider, self.terms, self.plus + sign * by)
        if not isinstance(other, Moment):
            raise TypeError(f"{other!r} is no moment and no number")
        sums = dict(self.terms)
        for n, factor in other.terms:
            sums[n] = sums.get(n, 0) + sign * factor
        terms = tuple((n, factor) for n, factor in sorted(sums.items()) if factor)
        return Moment(self.decider, terms, self.plus + sign * other.plus)


@lru_cache(maxsize=256)
def exact(number: float) -> Number:
    """Return the decimal number that a float was written as: 1.1 is eleven tenths."""
    return int(number) if number.is_integer() else Fraction(repr(number))
