"""What a search finds: the states in order, how each was come upon, and what happened on the way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import attrs

from cosmos_retry.explore.flat import Packing, State


@attrs.define(slots=False)
class Found:
    """What a search has found.

    `codes` are the states in the order of the search, each as one number; `before` says from which of them,
    counted from 0, each was come upon (-1: the start), and `by` on which edge.  `edges` counts the moves of
    all states, those that lead on; `fired` are the rows that took or forbade something somewhere; `broken`
    has, by promise, the state before the first edge that breaks it, and the edge; `clashes` are states in
    which two rows take the same label.
    """

    packing: Packing
    codes: Sequence[int]
    before: Sequence[int]
    by: Sequence[int]
    edges: int = 0
    fired: set[int] = attrs.field(factory=set)
    broken: dict[int, tuple[State, int]] = attrs.field(factory=dict)
    clashes: list[tuple[State, int, int]] = attrs.field(factory=list)

    @property
    def states(self) -> int:
        """How many states there are."""
        return len(self.codes)

    @property
    def places(self) -> set[int]:
        """The places of the states."""
        place_bits = self.packing.place_bits
        return {code & place_bits for code in self.codes}

    @cached_property
    def numbers(self) -> dict[int, int]:
        """The position of each state in `codes`, by its code."""
        return {code: number for number, code in enumerate(self.codes)}

    def path(self, state: State) -> list[tuple[State, int]]:
        """Return the shortest way from the start to a state: states, each with the edge taken there.

        Raises `KeyError` for a state that no run comes to.
        """
        way = []
        at = self.numbers[self.packing.encode(state)]
        while at:
            way.append((self.packing.decode(self.codes[self.before[at]]), self.by[at]))
            at = self.before[at]
        return way[::-1]
