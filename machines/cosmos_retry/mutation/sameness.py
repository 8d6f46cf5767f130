"""Sameness: the mutant and the sound contract in lockstep, until they come to say something else.

Both are explored as a whole, with what is forbidden and what the documents leave open.  The same label, at
the same time, must be taken with the same verdict for the same reasons, all the way.
"""

from __future__ import annotations

from collections import deque
from functools import cached_property

import attrs

from cosmos_retry.contract import Contract, Row
from cosmos_retry.explore.decisions import name_of
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.model import NOWHERE, Model
from cosmos_retry.explore.replay import Replay
from cosmos_retry.explore.space import promised_lengths
from cosmos_retry.mutation.difference import MOVES, WORST, Difference, Hop, kind_of, row_names
from cosmos_retry.mutation.grounds import Ground
from cosmos_retry.mutation.reasons import Reasons
from cosmos_retry.mutation.side import Side

Pair = tuple[int, int]
Way = tuple[Label, int, int]  # a label, and the edges that take it
Found = tuple[str, Label, tuple[str, ...], tuple[str, ...]]  # the kind, a label, and the rows that take it


def difference(ground: Ground, broken: Contract) -> Difference | None:
    """Return the shortest run of a configuration that tells a mutant from the sound contract, or None.

    A run on which one takes a move that the other refuses comes before one on which they differ in what they
    say of it, and another verdict before another reason.
    """
    return _Lockstep(ground, broken).difference


@attrs.frozen
class _Step:
    """What two states that look so can do: where they differ, and the pairs of edges to go on by."""

    found: Found | None
    ways: tuple[Way, ...]


class _Lockstep:
    """Two models, taken through the same labels."""

    def __init__(self, ground: Ground, broken: Contract) -> None:
        setting = ground.case.setting
        lengths = promised_lengths(ground.contract.profile, setting)
        other = Model(broken, setting, lengths, whole=True).variant(setting)
        self._where = ground.title
        self._sides = ground.side, Side(broken, other)
        self._contracts = ground.contract, broken
        self._setting = setting
        self._came: dict[Pair, tuple[Pair, Way] | None] = {(0, 0): None}
        self._known: dict[Pair, _Step] = {}

    @cached_property
    def difference(self) -> Difference | None:
        """The first difference in moves, or else in verdicts, or else in reasons."""
        ahead = deque(self._came)
        doubtful: Difference | None = None
        mine, theirs = self._sides
        while ahead:
            pair = one, other = ahead.popleft()
            step = self._step(pair)
            if step.found is not None:
                kind, label, before, after = step.found
                if mine.strayed(one) and not self._is_real(pair, step.found):
                    pass
                elif doubtful is None or WORST.index(kind) > WORST.index(doubtful.kind):
                    hops = self._hops(pair, label)
                    story = self._story(pair, label)
                    doubtful = Difference(kind, self._where, story, before, after, self._setting, hops)
                if doubtful is not None and doubtful.kind == MOVES:
                    return doubtful
            for way in step.ways:
                there = mine.after(one, way[1]), theirs.after(other, way[2])
                if there not in self._came:
                    self._came[there] = pair, way
                    ahead.append(there)
        return doubtful

    def _step(self, pair: Pair) -> _Step:
        key = self._sides[0].look(pair[0]), self._sides[1].look(pair[1])
        if key not in self._known:
            self._known[key] = self._compared(pair)
        return self._known[key]

    def _compared(self, pair: Pair) -> _Step:
        offers = [side.offers(code) for side, code in zip(self._sides, pair, strict=True)]
        worst: Found | None = None
        ways: dict[tuple[int, int], Label] = {}
        alike: dict[tuple[tuple[int, ...], tuple[int, ...], Label], bool] = {}
        for label in dict.fromkeys((*offers[0], *offers[1])):
            mine, theirs = offers[0].get(label, ()), offers[1].get(label, ())
            key = mine, theirs, label.untimed
            if key not in alike:
                alike[key] = self._says(0, pair, mine, label) == self._says(1, pair, theirs, label)
            if not alike[key] and (worst is None or worst[0] != MOVES):
                rows = self._rows(0, pair, mine), self._rows(1, pair, theirs)
                kind = kind_of(*rows)
                if worst is None or WORST.index(kind) > WORST.index(worst[0]):
                    worst = kind, label, row_names(rows[0]), row_names(rows[1])
            for one, other in zip(mine, theirs, strict=False):
                ways.setdefault((one, other), label)
        mine_edges, other_edges = (side.edges(code) for side, code in zip(self._sides, pair, strict=True))
        return _Step(
            worst,
            tuple(
                (label, one, other)
                for (one, other), label in ways.items()
                if mine_edges[one].target != NOWHERE and other_edges[other].target != NOWHERE
            ),
        )

    def _says(self, at: int, pair: Pair, edges: tuple[int, ...], label: Label) -> list[Reasons]:
        return sorted(self._sides[at].says(pair[at], edge, label) for edge in edges)

    def _rows(self, at: int, pair: Pair, edges: tuple[int, ...]) -> list[Row]:
        return [self._sides[at].row(pair[at], edge) for edge in edges]

    def _story(self, pair: Pair, last: Label) -> tuple[str, ...]:
        return tuple(name_of(label) for label in (*(way[0] for _, way in self._path(pair)), last))

    def _hops(self, pair: Pair, last: Label) -> tuple[Hop, ...]:
        """The same, with the rows of the sound contract."""
        hops = [(way[0], self._sides[0].row(before[0], way[1]).id) for before, way in self._path(pair)]
        takes = next((row.id for row in self._takes(0, pair, last) if not row.forbids), "")
        return (*hops, (last, takes))

    def _path(self, pair: Pair) -> list[tuple[Pair, Way]]:
        """How a pair of states was come upon: from which, and by which way."""
        path = []
        while (before := self._came[pair]) is not None:
            path.append(before)
            pair = before[0]
        return path[::-1]

    def _is_real(self, pair: Pair, found: Found) -> bool:
        """Whether a machine can be brought to take the last label.

        The model forgets what a run has counted once it has left what the documents describe.
        """
        label = found[1]
        at = 0 if any(not row.forbids for row in self._takes(0, pair, label)) else 1
        story = [
            (way[0], self._sides[at].row(before[at], way[1:][at]).id) for before, way in self._path(pair)
        ]
        rows = [row.id for row in self._takes(at, pair, label) if not row.forbids]
        whole = [(*story, (label, row)) for row in rows]
        contract, setting = self._contracts[at], self._setting
        return not rows or any(
            Replay(contract, setting, one, lambda events: True).events() is not None for one in whole
        )

    def _takes(self, at: int, pair: Pair, label: Label) -> list[Row]:
        return self._rows(at, pair, self._sides[at].offers(pair[at]).get(label, ()))
