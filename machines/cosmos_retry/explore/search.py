"""The search: every state of a model, breadth first, with nothing but its tables.

Most of what a state can do depends on its place and on the few tallies that the tests of the place look at.
It is worked out once for these, and looked up for every other state that does not differ in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import attrs

from cosmos_retry.explore.flat import Packing, Pairs, Way
from cosmos_retry.explore.flat import State as State
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.model import NOWHERE, Model


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
        mask = self.packing.masks[0]
        return {code & mask for code in self.codes}

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


@attrs.frozen
class Chances:
    """What states that look alike can do.

    `edges` counts the moves that lead on; `ways` are those of them that may lead to different states;
    `clashes` are pairs of rows that take the same label.
    """

    edges: int
    ways: tuple[Way, ...]
    clashes: tuple[tuple[int, int], ...]


class Outlook:
    """The edges of a model, as they look from the states that a search comes to."""

    def __init__(self, model: Model, found: Found) -> None:
        """Take what is searched, and where to note what is found."""
        self._model, self._found = model, found

    def view(self, place: int) -> int:
        """Return the bits of a state that matter in a place: its number, and the tallies that tests look at."""
        edges, packing = self._model.edges[place], self._found.packing
        asked = {at for edge in edges for at, _ in edge.tests}
        asked.update(at for edge in edges for _, at, _ in edge.broken if at >= 0)
        return packing.place_bits | sum(mask << shift for shift, mask in map(packing.tally, asked))

    def chances(self, code: int) -> Chances:
        """Return what a state can do; note the rows that fire and the promises that are broken first here."""
        found, tests = self._found, self._model.test_tables
        state = found.packing.decode(code)
        place, *tallies = state
        count = 0
        ways: dict[tuple[int, Pairs], int] = {}
        takes: dict[Label, int] = {}
        clashes: dict[tuple[int, int], None] = {}
        for number, edge in enumerate(self._model.edges[place]):
            for at, table in edge.tests:
                if not tests[at][table][tallies[at]]:
                    break
            else:
                row, target = edge.row, edge.target
                found.fired.add(row)
                for label in edge.labels:
                    if takes.setdefault(label, row) != row:
                        clashes[takes[label], row] = None
                if target == NOWHERE:
                    continue
                count += 1
                ways.setdefault((target, edge.moves), number)
                for promise, at, table in edge.broken:
                    if promise not in found.broken and (at < 0 or tests[at][table][tallies[at]]):
                        found.broken[promise] = (state, number)
        on = tuple((to, moves, number) for (to, moves), number in ways.items() if moves or to != place)
        return Chances(count, on, tuple(clashes))


class After(dict[int, int]):
    """What moves make of the tallies, worked out once for each: from the bits of a state to those after it."""

    def __init__(self, model: Model, packing: Packing, moves: Pairs) -> None:
        """Take the moves: pairs of a policy and the number of a table over its tallies."""
        self._moves = [
            (*packing.tally(policy), model.move_tables[policy][number]) for policy, number in moves
        ]

    def __missing__(self, tallies: int) -> int:
        after = tallies
        for shift, mask, table in self._moves:
            old = tallies >> shift & mask
            after += (table[old] - old) << shift
        self[tallies] = after
        return after


def search(model: Model) -> Found:
    """Visit every state of a model."""
    codes, before, by = [0], [-1], [-1]
    found = Found(Packing.of(model), codes, before, by)
    outlook = Outlook(model, found)
    place_bits = found.packing.place_bits
    views: dict[int, int] = {}
    afters: dict[Pairs, After] = {}
    known: dict[int, tuple[Chances, list[tuple[int, After, int]]]] = {}
    seen = {0}
    for number, code in enumerate(codes):  # which grows meanwhile: it is the queue, too
        place = code & place_bits
        if place not in views:
            views[place] = outlook.view(place)
        alike = code & views[place]
        if alike not in known:
            chances = outlook.chances(code)
            for _, moves, _ in chances.ways:
                if moves not in afters:
                    afters[moves] = After(model, found.packing, moves)
            known[alike] = chances, [(to, afters[moves], edge) for to, moves, edge in chances.ways]
        chances, ways = known[alike]
        found.edges += chances.edges
        tallies = code - place
        for target, after, edge in ways:
            there = target + after[tallies]
            if there not in seen:
                seen.add(there)
                codes.append(there)
                before.append(number)
                by.append(edge)
        if chances.clashes:
            state = found.packing.decode(code)
            found.clashes += [(state, *rows) for rows in chances.clashes]
    return found


def best_search(model: Model) -> Found:
    """Visit every state of a model: compiled where numba is installed, in plain Python where it is not."""
    try:
        from cosmos_retry.explore.kernel import compiled_search
    except ImportError:
        return search(model)
    return compiled_search(model)
