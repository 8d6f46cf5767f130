"""The path of a run: the rows that it has taken, shared with the runs that went the same way so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import overload

import attrs

from cosmos_retry.contract import Row
from cosmos_retry.memory import Seen

NOTHING: frozenset[str] = frozenset()


@attrs.frozen
class Taken:
    """A row that took an event, and what the step rests on.

    `event` is the event's place in the trace (from 1); where nothing was seen (`hidden`), that of the event
    before which it was supposed.  `seen` is the event as the machine took it, with every fact settled.  With
    `follows` it is what an event means for the operation beside what it was; `step` is the metadata call
    that it belongs to, if any.
    """

    event: int
    row: Row
    rests_on: frozenset[str]
    seen: Seen | None = None
    hidden: bool = False
    follows: bool = False
    step: str | None = None


class Path(Sequence[Taken]):
    """A sequence to which a step is added without a copy: the new path holds on to the old one.

    Its last steps are found at once, its first ones by a walk over the whole.  `verdicts` are the verdicts
    of its rows, `rests_on` the assumptions behind its steps.
    """

    __slots__ = ("_before", "_last", "_length", "rests_on", "verdicts")

    def __init__(self, before: Path | None = None, last: Taken | None = None) -> None:
        """Make the path that goes on with a step from another one; an empty path without arguments."""
        self._before = before
        self._last = last
        self._length = 0
        self.verdicts = self.rests_on = NOTHING
        if before is not None and last is not None:
            self._length = before._length + 1
            known, verdict = before.verdicts, last.row.verdict
            self.verdicts = known if verdict in known else known | {verdict}
            rests, new = before.rests_on, last.rests_on
            self.rests_on = rests if new <= rests else rests | new

    def then(self, taken: Taken) -> Path:
        """Return the path with one step more."""
        return Path(self, taken)

    def __len__(self) -> int:
        return self._length

    def __reversed__(self) -> Iterator[Taken]:
        here: Path | None = self
        while here is not None and here._last is not None:
            yield here._last
            here = here._before

    def __iter__(self) -> Iterator[Taken]:
        return iter([*reversed(self)][::-1])

    @overload
    def __getitem__(self, index: int) -> Taken: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Taken, ...]: ...

    def __getitem__(self, index: int | slice) -> Taken | tuple[Taken, ...]:
        if isinstance(index, int):
            place = index + self._length if index < 0 else index
            if not 0 <= place < self._length:
                raise IndexError(index)
            return next(islice(reversed(self), self._length - 1 - place, None))
        start, stop, step = index.indices(self._length)
        if step < 0:
            return tuple(self)[index]
        tail = [*islice(reversed(self), self._length - start)][::-1]
        return tuple(tail[: max(0, stop - start) : step])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Path):
            return NotImplemented
        here: Path | None = self
        there: Path | None = other
        if self._length != other._length:
            return False
        # The two have in common what lies before the first shared place.
        while here is not there and here is not None and there is not None:
            if here._last != there._last:
                return False
            here, there = here._before, there._before
        return True

    def __hash__(self) -> int:
        return hash((self._length, self._last and self._last.row.id))

    def __repr__(self) -> str:
        return f"Path({', '.join(taken.row.id for taken in self)})"


EMPTY = Path()
