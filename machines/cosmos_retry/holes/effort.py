"""The effort: how much work the search for runs may be, so that it ends whatever a record declares.

Work is counted, not timed: the same trace gets the same verdict on every machine.
"""

from __future__ import annotations

import attrs

MOST_WORK = 6_000_000  # numbers that are looked at, in all searches with the same effort
WORK_AN_EVENT = 200  # more for each event: a long record that needs no search is followed to its end
A_WAY = 100  # so much work is about one way in which the rules take an event
A_LOOK = 10  # and a look at whether one run demands no more than another


class Spent(Exception):  # noqa: N818 - it says that a search was given up, not that anything is wrong
    """There is no effort left: which runs are possible is not known."""


@attrs.define(eq=False)
class Effort:
    """The work that is left to the searches that share it; `left` counts numbers that are looked at."""

    left: int = attrs.field(factory=lambda: MOST_WORK)

    def begin(self) -> None:
        """Begin with another event."""
        self.left += WORK_AN_EVENT

    def spend(self, work: int) -> None:
        """Take so much off what is left.  Raises `Spent` where that is more than there was."""
        self.left -= work
        if self.left < 0:
            raise Spent
