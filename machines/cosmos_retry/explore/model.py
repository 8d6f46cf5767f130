"""The model: a lifecycle in a configuration as flat integer tables.

A state of a run is the number of a place (where the contract and the promises stand) and the numbers of the
tallies, one for each policy.  A place has edges; an edge has tests, each a table over one tally, and moves,
each a table over one tally as well.  Whatever interprets these tables knows nothing of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy

import attrs

from cosmos_retry.contract import Contract, Row
from cosmos_retry.explore.labels import Label, answers
from cosmos_retry.explore.observing import MANY, Broken, Change, breaks, observe
from cosmos_retry.explore.rules import FOLLOWED, OPERATION, Control, Rules, Taken
from cosmos_retry.explore.tables import Tables
from cosmos_retry.explore.tallies import Caps, Doing
from cosmos_retry.explore.watch import COUNTED, Setting, Watch
from cosmos_retry.explore.world import Needs, happenings

NOWHERE = -1
# What happens in the same way wherever the request stands, unless a row looks at regions.
UNGROUNDED = frozenset({"response", "failure", "address_refresh", "query_plan", "metadata_abandoned"})


@attrs.frozen
class Edge:
    """What a row takes or forbids in a place: labels that all come to the same.

    `tests` are pairs of a policy's number and a table's; the edge is there where all of them hold.  `moves`
    are the same of tables that give the tally after it.  `broken` are the promises that the edge breaks: a
    promise's number, and the test that says when (a policy's number of -1: always).  `target` is the place
    it leads to, -1 where the row forbids the move or leaves what the documents describe.
    """

    labels: tuple[Label, ...]
    row: int
    target: int
    tests: tuple[tuple[int, int], ...]
    moves: tuple[tuple[int, int], ...]
    broken: tuple[tuple[int, int, int], ...]

    @property
    def label(self) -> Label:
        """One of the labels."""
        return self.labels[0]


@attrs.frozen(cache_hash=True)
class Place:
    """Where the contract and the promises stand; `ground` is what both know of regions, `faults` the rest."""

    control: Control = attrs.field(eq=False)
    watch: Watch = attrs.field(eq=False)
    faults: tuple[object, ...] = attrs.field(init=False)
    ground: tuple[object, ...] = attrs.field(init=False)

    @faults.default
    def _faults(self) -> tuple[object, ...]:
        return self.control.faults, self.watch.faults

    @ground.default
    def _ground(self) -> tuple[object, ...]:
        return self.control.ground, self.watch.ground


class Model:
    """The tables of one lifecycle in one configuration."""

    def __init__(
        self, contract: Contract, setting: Setting, promised: Mapping[str, int], whole: bool = False
    ):
        """Compile the tables.

        `promised` are the numbers that the promises name: windows in microseconds by policy, and the first
        retry after a 449.  As a `whole` the model has what rows forbid, too, and follows runs where the
        documents leave them open; what is promised of such a run ends there.
        """
        self.contract, self.setting = contract, setting
        self.rules = Rules(contract, setting.lifecycle, setting.config, promised, whole)
        self.rows: tuple[Row, ...] = self.rules.lifecycle.rows
        # What rows ask of the operation is asked like a count.
        self.policies = (*self.rules.policies, OPERATION)
        self.places: list[Place] = []
        self.edges: list[tuple[Edge, ...]] = []
        self.promises: list[str] = []
        self._whole = whole
        self._row_numbers = {row.id: n for n, row in enumerate(self.rows)}
        self._answers = answers(contract.vocabulary)
        # A place is known by the numbers of its two parts.
        self._numbers: dict[tuple[int, int], int] = {}
        self._parts: list[tuple[int, int]] = []
        self._part_numbers: dict[tuple[object, ...], int] = {}
        self._anywhere: dict[tuple[int, Label], list[tuple[Edge, int]]] = {}
        # What can happen next depends on so much of a watch and no more.
        self._happenings: dict[tuple[object, ...], dict[Label, list[tuple[Label, Needs]]]] = {}
        self._promise_numbers: dict[str, int] = {}
        self._tables = Tables(self.policies)
        self._place(Place(self.rules.start, Watch()))
        while len(self.edges) < len(self.places):
            number = len(self.edges)
            self.edges.append(tuple(self._edges(number, self.places[number])))
        self._tabulate()

    def variant(self, setting: Setting) -> Model:
        """Return this model for a configuration that differs in the operation or in a limit, and no more."""
        other = copy(self)
        other.setting = setting
        other._tabulate()
        return other

    def _tabulate(self) -> None:
        setting = self.setting
        made = {"throttle": setting.throttle_retries, "unavailable": setting.unavailable_retries}
        variant = self.rules.variant(setting.config, made)
        features = self.contract.vocabulary.features
        caps = {}
        for policy in self.policies:
            limits = [
                variant.limits[name] for name, one in features.items() if one.policy == policy and one.limit
            ]
            caps[policy] = Caps(max([1, *limits]), max(1, made.get(policy, 1)) if policy in COUNTED else 0)
        self.tallies, self.test_tables, self.move_tables = self._tables.tabulate(variant, caps)

    def _place(self, place: Place) -> int:
        parts = self._part(place.faults), self._part(place.ground)
        number = self._numbers.setdefault(parts, len(self.places))
        if number == len(self.places):
            self.places.append(place)
            self._parts.append(parts)
        return number

    def _part(self, part: tuple[object, ...]) -> int:
        return self._part_numbers.setdefault(part, len(self._part_numbers))

    def _next(self, watch: Watch) -> dict[Label, list[tuple[Label, Needs]]]:
        """What can happen next, by label without its time."""
        shape = (watch.open > 0, watch.heard, watch.strayed, watch.last, watch.status, watch.hint)
        if shape not in self._happenings:
            found: dict[Label, list[tuple[Label, Needs]]] = {}
            for label, needs in happenings(self.setting, watch, self._answers):
                found.setdefault(label.untimed, []).append((label, needs))
            self._happenings[shape] = found
        return self._happenings[shape]

    def _edges(self, number: int, place: Place) -> Iterator[Edge]:
        for untimed, labels in self._next(place.watch).items():
            if untimed.event in UNGROUNDED:
                known = self._known_edges(number, untimed)
                if known is None:
                    known = list(self._worked_out(place, untimed, labels))
                    self._note(number, place, untimed, known)
                yield from known
            elif self.rules.speaks(place.control.state, untimed.event):
                yield from self._worked_out(place, untimed, labels)

    def _known_edges(self, number: int, label: Label) -> list[Edge] | None:
        """The edges that are the same wherever the request stands, if they and their targets are known."""
        faults, ground = self._parts[number]
        known = self._anywhere.get((faults, label))
        if known is None:
            return None
        edges = []
        for edge, target in known:
            there = self._numbers.get((target, ground)) if target >= 0 else target
            if there is None:
                return None
            edges.append(Edge(edge.labels, edge.row, there, edge.tests, edge.moves, edge.broken))
        return edges

    def _note(self, number: int, place: Place, label: Label, edges: list[Edge]) -> None:
        """Remember edges that do not depend on regions."""
        faults, ground = self._parts[number]
        leads = [self._parts[edge.target] for edge in edges if edge.target >= 0]
        stays = all(there == ground for _, there in leads)
        if stays and not self.rules.looks_at_ground(place.control.state, label):
            self._anywhere[faults, label] = [
                (edge, self._parts[edge.target][0] if edge.target >= 0 else NOWHERE) for edge in edges
            ]

    def _worked_out(self, place: Place, untimed: Label, labels: list[tuple[Label, Needs]]) -> Iterator[Edge]:
        taken = self.rules.takes(place.control, untimed)
        for one in taken:
            if one.row.verdict in FOLLOWED:
                yield from self._followed(place, untimed, labels, one)
            elif self._whole:
                yield from self._open(place, untimed, labels, one)

    def _followed(
        self, place: Place, untimed: Label, labels: list[tuple[Label, Needs]], taken: Taken
    ) -> Iterator[Edge]:
        """The edges of a row that is followed: labels that ask and break the same are one edge."""
        assert taken.control is not None
        watch, changes = observe(self.setting, place.watch, untimed)
        target = self._place(Place(taken.control, watch))
        moves = self._forget() if place.watch.strayed else self._moves(taken, changes)
        row = self._row_numbers[taken.row.id]
        for (tests, broken), alike in self._alike(place, labels, taken).items():
            yield Edge(alike, row, target, tests, moves, tuple(self._broken(one) for one in broken))

    def _open(
        self, place: Place, untimed: Label, labels: list[tuple[Label, Needs]], taken: Taken
    ) -> Iterator[Edge]:
        """The edges of a row that forbids, or that leaves what the documents describe."""
        row, target = self._row_numbers[taken.row.id], NOWHERE
        moves: tuple[tuple[int, int], ...] = ()
        if taken.control is not None:
            watch, _ = observe(self.setting, place.watch, untimed)
            watch = watch if watch.heard else Watch(open=watch.open, strayed=True)
            target, moves = self._place(Place(taken.control, watch)), self._forget()
        for (tests, _), alike in self._alike(place, labels, taken).items():
            yield Edge(alike, row, target, tests, moves, ())

    def _alike(
        self, place: Place, labels: list[tuple[Label, Needs]], taken: Taken
    ) -> dict[tuple[tuple[tuple[int, int], ...], tuple[Broken, ...]], tuple[Label, ...]]:
        """The labels that a row takes in time, by what they ask of the tallies and what they break."""
        active, asked = place.watch.policy, place.control.memory.asked is not None
        counts = tuple(self._tables.test(test.policy, ("test", test)) for test in taken.tests)
        found: dict[tuple[tuple[tuple[int, int], ...], tuple[Broken, ...]], tuple[Label, ...]] = {}
        for label, needs in labels:
            bounds = self.rules.in_time(taken.row, label, active, asked)
            if bounds is None:
                continue
            tests = {*counts, *(self._tables.test(test.policy, ("test", test)) for test in bounds)}
            if needs is not None:
                tests.add(self._tables.test(needs[0], ("made", 1, MANY) if needs[1] else ("made", 0, 0)))
            broken = () if taken.row.forbids else breaks(self.setting, place.watch, label)
            key = tuple(sorted(tests)), broken
            found[key] = (*found.get(key, ()), label)
        return found

    def _moves(self, taken: Taken, changes: Mapping[str, Change]) -> tuple[tuple[int, int], ...]:
        return tuple(
            self._tables.move(policy, taken.doings.get(policy, Doing()), changes.get(policy, Change()))
            for policy in dict.fromkeys((*taken.doings, *changes))
        )

    def _forget(self) -> tuple[tuple[int, int], ...]:
        """The moves of a run about which nothing is promised: to count on would make it longer only."""
        return tuple(
            self._tables.move(policy, Doing(clear=True), Change(clear=True)) for policy in self.rules.policies
        )

    def _broken(self, broken: Broken) -> tuple[int, int, int]:
        name, policy, low, high = broken
        if name not in self._promise_numbers:
            self._promise_numbers[name] = len(self.promises)
            self.promises.append(name)
        if policy is None:
            return self._promise_numbers[name], -1, -1
        return self._promise_numbers[name], *self._tables.test(policy, ("made", low, high))
