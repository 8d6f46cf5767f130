"""Alike: states from which rows lead on in the same way, and what of a memory rows still look at there.

It is read off the tables alone.  Two runs of the sound contract in states that are alike, whose memories
differ only in what no row looks at any more, go on in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from cosmos_retry.contract import Contract, Lifecycle, Row
from cosmos_retry.explore.rules import OF_A_LABEL, OPERATION, SETTLED, Taken
from cosmos_retry.memory import Memory
from cosmos_retry.proof import ANSWERS

# Windows belong to policies, which are looked at by their names; times and what was met are no guard's.
_REMEMBERED = tuple(
    field.name
    for field in attrs.fields(Memory)
    if field.name not in ("windows", "met", "attempt_t", "answer_t")
)
_LOOKS_AT = {
    "addresses": ("addresses_stale",),
    "account_view": ("account_stale",),
    "pairing": ("paired",),
    "failovers": ("failovers",),
    "regions_left": ("visited",),
    "write_region_tried": ("visited",),
    "region": ("region", "visited"),
    "forward_target": ("told", "region"),
    "surfaced": ("received",),
    "replica_seen": ("replica",),
} | dict.fromkeys((*SETTLED, *OF_A_LABEL, OPERATION, "place_in_order", "target"), ())
_BY_REGION = ("here", "forward")  # ways to send that ask where the last attempt was


class Alike:
    """The states of one lifecycle of the sound contract."""

    def __init__(self, contract: Contract, lifecycle: str) -> None:
        """Take the contract and the name of the lifecycle."""
        self._contract, self._rows = contract, contract.lifecycles[lifecycle]
        self._classes = _classes(self._rows, self._rows.rows)
        # Where no attempt is under way nobody answers, and after the end none is made.
        unanswered = [row for row in self._rows.rows if row.on not in ANSWERS]
        self._unanswered = _classes(self._rows, unanswered)
        self._all = frozenset((*_REMEMBERED, *contract.vocabulary.policies))
        self._looked_at = self._looks()

    def what_counts(self, taken: Taken, opened: int) -> object:
        """Return what can be told apart once a row has been taken, with so many attempts under way."""
        if taken.control is None:
            return None
        state = taken.control.state
        if self._contract.vocabulary.states[state].terminal:
            return (self._classes if opened else self._unanswered).get(state, -1)
        parts = self._looked_at.get(state, self._all)
        kept = tuple(getattr(taken.control.memory, part) if part in parts else None for part in _REMEMBERED)
        policies = {name: one for name, one in taken.doings.items() if name in parts}
        return self._classes.get(state, state), kept, policies

    def _looks(self) -> dict[str, frozenset[str]]:
        """By state, the parts of a memory and the policies that rows look at from there on."""
        own = {
            state: {part for row in self._rows.rows if state in row.source for part in self._parts(row)}
            for state in self._rows.states
        }
        leads = {
            state: {str(row.to) for row in self._rows.rows if state in row.source and row.to in own}
            for state in own
        }
        known: Mapping[str, set[str]] = {}
        while known != own:
            known = own
            own = {state: own[state].union(*(own[there] for there in leads[state])) for state in own}
        return {state: frozenset(parts) for state, parts in own.items()}

    def _parts(self, row: Row) -> Iterable[str]:
        words = self._contract.vocabulary
        for guard in row.when:
            name = words.guards[guard].feature
            policy = words.features[name].policy
            yield from (policy,) if policy is not None else _LOOKS_AT.get(name, self._all)
        for _, instant in row.bounds:
            yield from ("asked", words.instants[instant].policy or "asked")
        if any(words.effects[effect].how in _BY_REGION for effect in row.do):
            yield "region"


def _classes(lifecycle: Lifecycle, rows: Iterable[Row]) -> dict[str, int]:
    """Number the states so that those have the same number whose rows lead on in the same way."""
    numbers = dict.fromkeys(lifecycle.states, 0)
    at = {state: [row for row in rows if state in row.source] for state in lifecycle.states}
    while True:
        looks = {
            state: (numbers[state], frozenset(_look(row, state, numbers) for row in at[state]))
            for state in lifecycle.states
        }
        order = {look: number for number, look in enumerate(dict.fromkeys(looks.values()))}
        new = {state: order[look] for state, look in looks.items()}
        if len(order) == len(set(numbers.values())):
            return new
        numbers = new


def _look(row: Row, state: str, numbers: Mapping[str, int]) -> object:
    there = state if row.to == "=" else row.to
    to = None if there is None else numbers.get(there)
    said = row.verdict, row.basis, frozenset(row.rests_on), frozenset(row.cites)
    return row.on, frozenset(row.when), row.bounds, row.do, said, to
