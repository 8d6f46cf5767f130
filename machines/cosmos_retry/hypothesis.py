"""A hypothesis: one run of the contract that explains what has been seen so far.

Where a fact was not seen, every possible value of it gives a hypothesis of its own.  What holds in all of
them is certain; what holds in some cannot be told from here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import attrs

from cosmos_retry.holes.times import Times
from cosmos_retry.machine import Refusal
from cosmos_retry.memory import Memory
from cosmos_retry.taken import EMPTY, Path, Taken

__all__ = ["Hypothesis", "Lost", "Side", "Taken", "merge", "thin"]

START = "start"
NEW = Memory()


@attrs.frozen
class Side:
    """A metadata call within the operation: which call it is, where it stands, what it remembers."""

    step: str
    state: str = START
    memory: Memory = NEW


@attrs.frozen
class Hypothesis:
    """A run: where the operation stands, what it remembers, and what had to be supposed to get here.

    `times` is what the run asks of the true times, where they are not known exactly.  `attempts` and
    `answers` count the attempts and the answers that it supposes to be missing from the record; `closed`
    are the numbers of the attempts whose answers are.
    """

    state: str = START
    memory: Memory = NEW
    side: Side | None = None
    supposed: frozenset[tuple[str, str]] = frozenset()
    path: Path = EMPTY
    times: Times | None = None
    attempts: int = 0
    answers: int = 0
    closed: frozenset[int] = frozenset()

    @property
    def verdict(self) -> str:
        """What the run by itself amounts to: conforms, unspecified or unobservable."""
        verdicts = self.path.verdicts
        if "unspecified" in verdicts:
            return "unspecified"
        return "unobservable" if "unobservable" in verdicts else "conforms"

    @property
    def rests_on(self) -> frozenset[str]:
        """The assumptions behind the run."""
        return self.path.rests_on

    @property
    def missing(self) -> int:
        """How many attempts and answers the run supposes to be missing from the record."""
        return self.attempts + self.answers


@attrs.frozen(slots=False)
class Lost:
    """A hypothesis that an event ruled out: what had been supposed, and the way that it had come."""

    supposed: frozenset[tuple[str, str]]
    path: Path
    times: Times | None
    _explain: Callable[[], Refusal] = attrs.field(eq=False, repr=False)

    @cached_property
    def refusal(self) -> Refusal:
        """Why the event makes it no run of the contract; worked out when somebody asks."""
        return self._explain()

    @property
    def rests_on(self) -> frozenset[str]:
        """The assumptions behind the run that was ruled out."""
        return self.path.rests_on


def merge(hypotheses: Sequence[Hypothesis]) -> Sequence[Hypothesis]:
    """Return the hypotheses with those that stand at the same point made one.

    What they had supposed differently makes no difference any more, so only what they share is kept.
    """
    if len(hypotheses) == 1:
        return hypotheses
    found: dict[object, Hypothesis] = {}
    for one in hypotheses:
        key = (stands_at(one), one.rests_on)
        if key in found:
            first = found[key]
            one = attrs.evolve(first, supposed=first.supposed & one.supposed)
        found[key] = one
    return list(found.values())


def thin(hypotheses: Sequence[Hypothesis]) -> Sequence[Hypothesis]:
    """Return the hypotheses, where times are unknown, without those that another one stands for.

    One stands for another where it stands at the same point, supposes no more to be missing, and demands no
    more of the unknown times.
    """
    if len(hypotheses) == 1:
        return hypotheses
    found: dict[object, list[Hypothesis]] = {}
    for one in sorted(hypotheses, key=lambda one: one.missing):
        alike = found.setdefault((stands_at(one), one.closed), [])
        for n, first in enumerate(alike):
            if _demanded(first) <= _demanded(one):
                alike[n] = attrs.evolve(first, supposed=first.supposed & one.supposed)
                break
        else:
            alike.append(one)
    return [one for alike in found.values() for one in alike]


def _demanded(one: Hypothesis) -> frozenset[object]:
    return frozenset() if one.times is None else one.times.demanded


def stands_at(one: Hypothesis, received: bool = True) -> object:
    """Return where a run stands, to be compared; with or without the status that it received last."""
    memory = one.memory if received else one.memory.but(received=None)
    return one.state, _frozen(memory), _side(one.side), one.verdict


def _side(side: Side | None) -> object:
    return None if side is None else (side.step, side.state, _frozen(side.memory))


def _frozen(memory: Memory) -> object:
    return tuple(
        tuple(sorted(value.items())) if name == "windows" else value
        for name, value in ((name, getattr(memory, name)) for name in _NAMES)
    )


_NAMES = tuple(field.name for field in attrs.fields(Memory))
