"""A hypothesis: one run of the contract that explains what has been seen so far.

Where a fact was not seen, every possible value of it gives a hypothesis of its own.  What holds in all of
them is certain; what holds in some cannot be told from here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import attrs

from cosmos_retry.holes.times import Times
from cosmos_retry.machine import Refusal
from cosmos_retry.memory import Memory
from cosmos_retry.taken import EMPTY, Path, Taken

__all__ = ["Hypothesis", "Lost", "Side", "Taken"]

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
    """A hypothesis that an event ruled out: where it stood, what it had supposed, and how it came there."""

    state: str
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
