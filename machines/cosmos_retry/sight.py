"""The sight: something that was seen of an operation, or supposed, with what it belongs to."""

from __future__ import annotations

import attrs

from cosmos_retry.holes.moment import Moment
from cosmos_retry.trace import Event


@attrs.frozen
class Open:
    """An attempt that has been made: when, and for which metadata call, if for one."""

    t: Moment | int
    step: str | None


@attrs.define(eq=False)  # made for each event: frozen, it would take twice as long
class Sight:
    """Something that was seen: its number in the trace (from 1), when it was, and which attempt it answers.

    `t` is the moment that the rules look at; None for an answer without a time, which is put at the start of
    its attempt.  With `hidden` it was not seen but supposed, before the event with that number; `asked` is
    the wait that an answer is then supposed to ask for.
    """

    event: Event
    number: int
    t: Moment | int | None = None
    attempt: Open | None = None
    hidden: bool = False
    asked: Moment | None = None

    @property
    def moment(self) -> Moment | int:
        """The moment that the rules look at, wherever it comes from."""
        if self.t is not None:
            return self.t
        return 0 if self.attempt is None else self.attempt.t
