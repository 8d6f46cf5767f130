"""The outlook: what states can do that look alike, worked out once for all of them.

What a state can do depends on its place and on the few tallies that the tests of the place look at.
"""

from __future__ import annotations

import attrs

from cosmos_retry.explore.flat import Ways
from cosmos_retry.explore.found import Found
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.model import NOWHERE, Model


@attrs.frozen
class Chances:
    """What states that look alike can do.

    `edges` counts the moves that lead on; `ways` are those of them that may lead to different states;
    `clashes` are pairs of rows that take the same label.
    """

    edges: int
    ways: Ways
    clashes: tuple[tuple[int, int], ...]


class Outlook:
    """The edges of a model, as they look from the states that a search comes to."""

    def __init__(self, model: Model, found: Found) -> None:
        """Take what is searched, and where to note what is found."""
        self._model, self._found = model, found
        # By policy: where its tally lies in a state, and for each tally which tests hold of it.
        self._holding = [
            (
                *found.packing.tally(at),
                [tuple(test[tally] for test in tests) for tally in range(len(tallies))],
            )
            for at, (tests, tallies) in enumerate(zip(model.test_tables, model.tallies, strict=True))
        ]

    def view(self, place: int) -> int:
        """Return the bits of a state that matter in a place: its number, and the tallies that are tested."""
        edges, packing = self._model.edges[place], self._found.packing
        asked = {at for edge in edges for at, _ in edge.tests}
        asked.update(at for edge in edges for _, at, _ in edge.broken if at >= 0)
        return packing.place_bits | sum(mask << shift for shift, mask in map(packing.tally, asked))

    def chances(self, code: int) -> Chances:
        """Return what a state can do; note the rows that fire and the promises that are broken first here."""
        found, fired = self._found, self._found.fired
        place = code & found.packing.place_bits
        holds = [holding[code >> shift & mask] for shift, mask, holding in self._holding]
        count = many = 0
        labels: set[int] = set()
        ways: Ways = {}
        for number, edge in enumerate(self._model.edges[place]):
            for at, test in edge.tests:
                if not holds[at][test]:
                    break
            else:
                fired.add(edge.row)
                # A place has each label once, as one object: as many labels as objects are free of clashes.
                many += len(edge.labels)
                labels.update(map(id, edge.labels))
                target, moves = edge.target, edge.moves
                if target == NOWHERE:
                    continue
                count += 1
                if moves or target != place:
                    ways.setdefault((target, moves), number)
                for promise, at, test in edge.broken:
                    if (at < 0 or holds[at][test]) and promise not in found.broken:
                        found.broken[promise] = (found.packing.decode(code), number)
        return Chances(count, ways, () if len(labels) == many else self._clashes(place, holds))

    def _clashes(self, place: int, holds: list[tuple[bool, ...]]) -> tuple[tuple[int, int], ...]:
        """The rows that take the same label, each with the first that does."""
        takes: dict[Label, int] = {}
        clashes: dict[tuple[int, int], None] = {}
        for edge in self._model.edges[place]:
            for label in edge.labels if all(holds[at][test] for at, test in edge.tests) else ():
                if takes.setdefault(label, edge.row) != edge.row:
                    clashes[takes[label], edge.row] = None
        return tuple(clashes)
