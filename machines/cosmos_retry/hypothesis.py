"""A hypothesis: one run of the contract that explains what has been seen so far.

Where a fact was not seen, every possible value of it gives a hypothesis of its own.  What holds in all of
them is certain; what holds in some cannot be told from here.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cosmos_retry.contract import Row
from cosmos_retry.machine import Refusal
from cosmos_retry.memory import Memory

START = "start"
NEW = Memory()


@attrs.frozen
class Taken:
    """A row that took an event: the event's place in the trace (from 1), and what the step rests on."""

    event: int
    row: Row
    rests_on: frozenset[str]


@attrs.frozen
class Side:
    """A metadata call within the operation: which call it is, where it stands, what it remembers."""

    step: str
    state: str = START
    memory: Memory = NEW


@attrs.frozen
class Hypothesis:
    """A run: where the operation stands, what it remembers, and what had to be supposed to get here."""

    state: str = START
    memory: Memory = NEW
    side: Side | None = None
    supposed: frozenset[tuple[str, str]] = frozenset()
    path: tuple[Taken, ...] = ()

    @property
    def verdict(self) -> str:
        """What the run by itself amounts to: conforms, unspecified or unobservable."""
        verdicts = {taken.row.verdict for taken in self.path}
        if "unspecified" in verdicts:
            return "unspecified"
        return "unobservable" if "unobservable" in verdicts else "conforms"

    @property
    def rests_on(self) -> frozenset[str]:
        """The assumptions behind the run."""
        return frozenset().union(*(taken.rests_on for taken in self.path))


@attrs.frozen
class Lost:
    """A hypothesis that an event ruled out: what had been supposed, and why it is no run of the contract."""

    supposed: frozenset[tuple[str, str]]
    refusal: Refusal
    path: tuple[Taken, ...]

    @property
    def rests_on(self) -> frozenset[str]:
        """The assumptions behind the run that was ruled out."""
        return frozenset().union(*(taken.rests_on for taken in self.path))


def merge(hypotheses: Sequence[Hypothesis]) -> Sequence[Hypothesis]:
    """Return the hypotheses with those that stand at the same point made one.

    What they had supposed differently makes no difference any more, so only what they share is kept.
    """
    if len(hypotheses) == 1:
        return hypotheses
    found: dict[object, Hypothesis] = {}
    for one in hypotheses:
        verdict, rows = one.verdict, one.rests_on
        key = (one.state, _frozen(one.memory), _side(one.side), verdict, rows)
        if key in found:
            first = found[key]
            one = attrs.evolve(first, supposed=first.supposed & one.supposed)
        found[key] = one
    return list(found.values())


def _side(side: Side | None) -> object:
    return None if side is None else (side.step, side.state, _frozen(side.memory))


def _frozen(memory: Memory) -> object:
    plain = attrs.asdict(memory, recurse=False)
    return tuple((name, tuple(sorted(v.items())) if name == "windows" else v) for name, v in plain.items())
