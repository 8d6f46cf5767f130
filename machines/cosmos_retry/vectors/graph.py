"""The graph: the runs of one small configuration, state by state, with the row behind each step."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import attrs

from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.model import NOWHERE, Edge
from cosmos_retry.mutation.grounds import Ground

Hop = tuple[Label, str]  # what happens, and the row that takes it
FARTHEST = 12  # steps to an end that are looked for


@attrs.frozen
class Step:
    """What can happen in a state: the number of the edge, its row, and one of its labels."""

    edge: int
    row: str
    label: Label
    leads: bool


class Graph:
    """The states of a configuration, each known by its code; the start is 0."""

    def __init__(self, ground: Ground) -> None:
        """Take the configuration, explored."""
        self.ground = ground
        self._side, self._model = ground.side, ground.model
        self._steps: dict[int, tuple[Step, ...]] = {}
        self._ends: dict[int, tuple[Step, ...] | None] = {}

    @property
    def codes(self) -> Iterator[int]:
        """The states, nearest first."""
        return iter(self.ground.found.codes)

    def look(self, code: int) -> int:
        """Return what of a state decides what it can do."""
        return self._side.look(code)

    def steps(self, code: int) -> tuple[Step, ...]:
        """Return what can happen in a state; what a row forbids is there, too, and leads nowhere."""
        look = self.look(code)
        if look not in self._steps:
            labels: dict[int, Label] = {}
            for label, edges in self._side.offers(code).items():
                for edge in edges:
                    labels.setdefault(edge, label)
            self._steps[look] = tuple(self._step(code, edge, label) for edge, label in labels.items())
        return self._steps[look]

    def every_step(self, code: int) -> Iterator[Step]:
        """Yield what can happen in a state, label by label."""
        for label, edges in self._side.offers(code).items():
            yield from (self._step(code, edge, label) for edge in edges)

    def _step(self, code: int, number: int, label: Label) -> Step:
        edge = self.edge(code, number)
        return Step(number, self._model.rows[edge.row].id, label, edge.target != NOWHERE)

    def edge(self, code: int, number: int) -> Edge:
        """Return an edge of a state."""
        return self._side.edges(code)[number]

    def after(self, code: int, step: Step) -> int:
        """Return the state that a step leads to."""
        return self._side.after(code, step.edge)

    def strayed(self, code: int) -> bool:
        """Whether the run has left what the documents describe."""
        return self._side.strayed(code)

    def heard(self, code: int) -> bool:
        """Whether the application has heard, or a metadata call has come to its good end."""
        place = self._model.places[code & self.ground.found.packing.place_bits]
        done = self.ground.lifecycle == "metadata" and place.control.state == "succeeded"
        return place.watch.heard or done

    def way(self, code: int) -> list[Hop]:
        """Return the shortest way from the start to a state."""
        found = self.ground.found
        hops = []
        for state, number in found.path(found.packing.decode(code)):
            edge = self._model.edges[state[0]][number]
            hops.append((edge.label, self._model.rows[edge.row].id))
        return hops

    def way_out(self, code: int) -> list[Hop]:
        """Return a short way to the end, by what is permitted if it can be; empty if there is none."""
        for strict in (True, False):
            came: dict[int, tuple[int, Step] | None] = {code: None}
            ahead = deque([(code, 0)])
            while ahead:
                here, depth = ahead.popleft()
                if self.heard(here):
                    return self._hops(came, here)
                for step in self.steps(here) if depth < FARTHEST else ():
                    if step.leads and (not strict or self._permitted(step)):
                        there = self.after(here, step)
                        if there not in came:
                            came[there] = here, step
                            ahead.append((there, depth + 1))
        return []

    def _permitted(self, step: Step) -> bool:
        return self.ground.contract.rows[step.row].verdict == "permitted"

    def _hops(self, came: dict[int, tuple[int, Step] | None], code: int) -> list[Hop]:
        hops: list[Hop] = []
        while (before := came[code]) is not None:
            code, step = before
            hops.append((step.label, step.row))
        return hops[::-1]
