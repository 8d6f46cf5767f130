"""The proof: that the rows leave no event unanswered, contradict each other nowhere, and can all be taken.

It works on the tables alone: on the values that guards name and on the sides of time bounds.  Nothing is
sampled, so an empty list of findings says that there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import combinations, product

import attrs

from cosmos_retry.config import READS
from cosmos_retry.contract import Contract, Lifecycle, Row

START = "start"
ANSWERS = ("response", "failure")
MOST_OPEN = 2  # attempts of one request under way at once: the two replicas of a strong read

Valuation = Mapping[str, str]
Relations = Mapping[str, int]  # by instant: -1 before it, 0 at it, 1 after it


@attrs.frozen
class Overlap:
    """Two rows for one event in one state that are not shown to exclude each other."""

    lifecycle: str
    state: str
    event: str
    rows: tuple[str, str]


@attrs.frozen
class Hole:
    """An answer of the environment that no row takes, where an attempt is under way: its measured values."""

    lifecycle: str
    state: str
    event: str
    values: tuple[tuple[str, str], ...]


@attrs.frozen
class Idle:
    """A row that can never be taken or a state that cannot be reached or left, and why."""

    lifecycle: str
    name: str
    reason: str


def overlaps(contract: Contract) -> list[Overlap]:
    """Return the pairs of rows that share state and event and do not exclude each other.

    Two rows exclude each other where they name disjoint values of one feature, or where one holds up to an
    instant (inclusive) and the other after it.
    """
    return [
        Overlap(lifecycle.name, state, event, (one.id, other.id))
        for lifecycle in contract.lifecycles.values()
        for (state, event), rows in lifecycle.at.items()
        for one, other in combinations(rows, 2)
        if not excludes(contract, one, other)
    ]


def excludes(contract: Contract, one: Row, other: Row) -> bool:
    """Return whether two rows can never take the same event."""
    mine, theirs = allowed(contract, one), allowed(contract, other)
    if any(not mine[feature] & theirs[feature] for feature in mine.keys() & theirs.keys()):
        return True
    early, late = ("not_after", "after")
    return any(
        {relation, opposite} == {early, late} and instant == same
        for relation, instant in one.bounds
        for opposite, same in other.bounds
    )


def allowed(contract: Contract, row: Row) -> dict[str, frozenset[str]]:
    """Return the values at which a row's guards hold, by feature."""
    guards = contract.vocabulary.guards
    return {guards[name].feature: guards[name].is_ for name in row.when}


def holes(contract: Contract) -> list[Hole]:
    """Return the answers that no row takes: the environment may always answer an open attempt."""
    return [
        hole
        for lifecycle in contract.lifecycles.values()
        for state in open_states(lifecycle)
        for event in ANSWERS
        for hole in Place(contract, lifecycle, state, event).holes()
    ]


@attrs.frozen
class Place:
    """One event in one state of a lifecycle, with the rows that speak of it."""

    contract: Contract
    lifecycle: Lifecycle
    state: str
    event: str

    @cached_property
    def rows(self) -> tuple[tuple[Row, dict[str, frozenset[str]]], ...]:
        """The rows, each with the values at which its guards hold."""
        rows = self.lifecycle.at.get((self.state, self.event), ())
        return tuple((row, allowed(self.contract, row)) for row in rows)

    @property
    def instants(self) -> tuple[str, ...]:
        """The instants that bound the rows."""
        return tuple(dict.fromkeys(instant for row, _ in self.rows for _, instant in row.bounds))

    def valuations(self) -> Iterator[dict[str, str]]:
        """Yield every combination of values of the features that the rows look at."""
        names = list(dict.fromkeys(feature for _, held in self.rows for feature in held))
        for values in product(*(self._values(name) for name in names)):
            yield dict(zip(names, values, strict=True))

    def matching(self, values: Valuation, relations: Relations | None = None) -> list[Row]:
        """Return the rows that take the event, or forbid it, at these values and at this time.

        `relations` says where the time lies; without it the time bounds are not looked at.
        """
        return [
            row
            for row, held in self.rows
            if all(values[feature] in some for feature, some in held.items())
            and (relations is None or all(_in_time(side, relations[instant]) for side, instant in row.bounds))
        ]

    def holes(self) -> list[Hole]:
        """Return the combinations of values at which no row takes the event, whatever the time."""
        return [
            Hole(self.lifecycle.name, self.state, self.event, tuple(values.items()))
            for values in self.valuations()
            if all(row.forbids for row in self.matching(values))
        ]

    def _values(self, feature: str) -> tuple[str, ...]:
        values = self.contract.vocabulary.features[feature].values
        if feature != "operation":
            return values
        # A lifecycle is run through by its own operations only.
        return tuple(value for value in values if READS.get(value, "write") == self.lifecycle.name)


def _in_time(side: str, relation: int) -> bool:
    return {"not_before": relation >= 0, "after": relation > 0, "not_after": relation <= 0}[side]


def open_states(lifecycle: Lifecycle) -> tuple[str, ...]:
    """Return the states in which an attempt can be under way, found by counting attempts and answers."""
    found = {(START, 0)}
    ahead = [(START, 0)]
    while ahead:
        state, count = ahead.pop()
        for row in lifecycle.rows:
            if state not in row.source or row.forbids:
                continue
            after = count + (row.on == "attempt") - (row.on in ANSWERS)
            there = (state if row.to == "=" else str(row.to), min(after, MOST_OPEN))
            if after >= 0 and there not in found:
                found.add(there)
                ahead.append(there)
    return tuple(state for state in lifecycle.states if any((state, n) in found for n in (1, MOST_OPEN)))


def idle(contract: Contract) -> list[Idle]:
    """Return the rows that can never be taken, and the states that nothing reaches or that nothing leaves.

    A state is left where permitted rows alone lead from it to a terminal state.
    """
    states = contract.vocabulary.states
    found: list[Idle] = []
    for lifecycle in contract.lifecycles.values():
        name, leaving = lifecycle.name, _leaving(contract, lifecycle)
        for row in lifecycle.rows:
            if not set(row.source) & set(lifecycle.states):
                found.append(Idle(name, row.id, "no state that it starts from is reached"))
            if row.after is not None and row.after == row.not_after:
                found.append(Idle(name, row.id, "its time bounds leave no moment"))
        stuck = [s for s in lifecycle.states if not states[s].terminal and s not in leaving]
        found += [Idle(name, state, "no terminal state can be reached from it") for state in stuck]
    reached = {state for lifecycle in contract.lifecycles.values() for state in lifecycle.states}
    found += [Idle("all", state, "no lifecycle reaches it") for state in states if state not in reached]
    return found


def _leaving(contract: Contract, lifecycle: Lifecycle) -> set[str]:
    """The states from which permitted rows lead to a terminal state."""
    good = {state for state in lifecycle.states if contract.vocabulary.states[state].terminal}
    while True:
        new = {
            state
            for row in lifecycle.rows
            if row.verdict == "permitted" and row.to in good
            for state in row.source
        } - good
        if not new:
            return good
        good |= new
