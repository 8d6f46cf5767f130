"""The machine: one lifecycle of the contract as a `transitions` state machine.

Every row that permits something is a transition; its guards and time bounds are the transition's conditions,
by name.  Rows that forbid are no transitions: they explain a refusal.  The machine has no clock; each event
carries its time.  One machine serves any number of runs: a run's state and memory are handed in and out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import attrs
from transitions import EventData, Machine

from cosmos_retry.config import Config
from cosmos_retry.contract import DOCUMENTED, Contract, Lifecycle, Row
from cosmos_retry.effects import apply
from cosmos_retry.features import Measure, measure_for
from cosmos_retry.instants import instant_us
from cosmos_retry.memory import Memory, Seen


@attrs.frozen
class Step:
    """An event that was taken: the row that took it, and the state and memory it leads to.

    `rests_on` names the assumptions behind the row, and behind the values and moments that it looked at.
    """

    row: Row
    state: str
    memory: Memory
    rests_on: frozenset[str]


@attrs.frozen
class Refusal:
    """An event that no row takes; the run stays as it was.

    `forbidding` is the row that forbids the move, if one does; `nearest` is the permitting row that comes
    closest, and `failing` names the conditions of it that fail, `moments` when its failing time bounds fall,
    in microseconds.
    """

    state: str
    event: str
    forbidding: Row | None
    nearest: Row | None
    failing: tuple[str, ...]
    moments: tuple[tuple[str, int], ...] = ()


class Cursor:
    """The model that `transitions` drives: one run's state, memory and the event at hand.

    Its methods named after guards and bounds are made from the vocabulary by `LifecycleMachine`.
    """

    state: str
    config: Config
    memory: Memory
    seen: Seen
    fired: Row | None

    def __init__(self, measures: Mapping[str, Measure]) -> None:
        self._measures = measures
        self._known: dict[str, str] = {}

    def place(self, config: Config, state: str, memory: Memory, seen: Seen) -> None:
        """Put the cursor on a run, before an event."""
        self.config, self.state, self.memory, self.seen = config, state, memory, seen
        self.fired = None
        self._known = {}

    def measure(self, feature: str) -> str:
        """Return the value of a feature for the event at hand; measured once."""
        if feature not in self._known:
            self._known[feature] = self._measures[feature](self.config, self.memory, self.seen)
        return self._known[feature]


class LifecycleMachine:
    """A lifecycle that can be run: `step` takes one event, or says why not."""

    def __init__(self, contract: Contract, name: str) -> None:
        self.contract = contract
        self.lifecycle: Lifecycle = contract.lifecycles[name]
        words, profile = contract.vocabulary, contract.profile
        self._takes = {(s, row.on) for row in self.lifecycle.rows if not row.forbids for s in row.source}
        measures = {f: measure_for(f, feature, profile) for f, feature in words.features.items()}
        self._cursor = Cursor(measures)
        self._conditions: dict[str, Callable[..., bool]] = {}
        for guard in words.guards:
            self._add_condition(guard, partial(self._guard_holds, guard))
        for row in self.lifecycle.rows:
            for relation, instant in row.bounds:
                self._add_condition(f"{relation}:{instant}", partial(self._bound_holds, relation, instant))
        self.machine = Machine(
            model=self._cursor,
            states=list(self.lifecycle.states),
            initial="start",
            transitions=[self._transition(row) for row in self.lifecycle.rows if not row.forbids],
            auto_transitions=False,
            send_event=True,
        )

    def step(self, config: Config, state: str, memory: Memory, seen: Seen) -> Step | Refusal:
        """Take one event in a state: the step that it leads to, or the refusal, with nothing changed.

        Raises `KeyError` for a state or an event that the lifecycle does not have.
        """
        if state not in self.machine.states:
            raise KeyError(f"{self.lifecycle.name} has no state {state!r}")
        if seen.event not in self.contract.vocabulary.events:
            raise KeyError(f"no event {seen.event!r} in the vocabulary")
        cursor = self._cursor
        cursor.place(config, state, memory, seen)
        taken = (state, seen.event) in self._takes and self.machine.events[seen.event].trigger(cursor)
        row = cursor.fired
        if not taken or row is None:
            return self._refusal(state, seen.event)
        after = apply(row.do, self.contract.vocabulary, self.contract.profile, config, memory, seen)
        return Step(row, cursor.state, after, self._rests_on(row, after))

    def failing(self, row: Row, config: Config, state: str, memory: Memory, seen: Seen) -> tuple[str, ...]:
        """Return the names of the row's conditions that do not hold for an event."""
        self._cursor.place(config, state, memory, seen)
        return self._failing(row)

    def measured(self, feature: str, config: Config, state: str, memory: Memory, seen: Seen) -> str:
        """Return the value of a feature for an event."""
        self._cursor.place(config, state, memory, seen)
        return self._cursor.measure(feature)

    def uses(self, state: str, event: str, feature: str) -> bool:
        """Whether any row for this event in this state looks at a feature."""
        return any(self.row_uses(row, feature) for row in self._places.get((state, event), ()))

    def row_uses(self, row: Row, feature: str) -> bool:
        """Whether a guard of the row looks at a feature."""
        return any(self.contract.vocabulary.guards[guard].feature == feature for guard in row.when)

    def _rests_on(self, row: Row, after: Memory) -> frozenset[str]:
        words = self.contract.vocabulary
        found = {row.basis, *row.rests_on} - {DOCUMENTED}
        for name in row.when:
            feature = words.guards[name].feature
            found.add(words.features[feature].rests_on.get(self._cursor.measure(feature), ""))
        found |= {words.instants[instant].rests_on or "" for _, instant in row.bounds}
        if len(after.met) > 1:
            found.add(words.mixed_rests_on)
        return frozenset(found - {""})

    @property
    def _places(self) -> Mapping[tuple[str, str], tuple[Row, ...]]:
        return self.lifecycle.at

    def _add_condition(self, name: str, holds: Callable[[], bool]) -> None:
        self._conditions[name] = holds
        # `transitions` finds a condition by its name on the model.
        setattr(self._cursor, name, lambda event: holds())

    def _transition(self, row: Row) -> dict[str, Any]:
        return {
            "trigger": row.on,
            "source": list(row.source),
            "dest": row.to,
            "conditions": list(conditions(row)),
            "before": partial(self._fire, row),
        }

    def _fire(self, row: Row, event: EventData) -> None:
        self._cursor.fired = row

    def _guard_holds(self, name: str) -> bool:
        guard = self.contract.vocabulary.guards[name]
        return self._cursor.measure(guard.feature) in guard.is_

    def _bound_holds(self, relation: str, name: str) -> bool:
        bound, t = self._moment(name), self._cursor.seen.t
        if relation == "not_before":
            return t >= bound
        return t > bound if relation == "after" else t <= bound

    def _moment(self, name: str) -> int:
        cursor, contract = self._cursor, self.contract
        instant = contract.vocabulary.instants[name]
        return instant_us(instant, contract.profile, cursor.config, cursor.memory)

    def _failing(self, row: Row) -> tuple[str, ...]:
        return tuple(name for name in conditions(row) if not self._conditions[name]())

    def _refusal(self, state: str, event: str) -> Refusal:
        rows = self._places.get((state, event), ())
        forbidding = next((row for row in rows if row.forbids and not self._failing(row)), None)
        near = [
            (self._distance(failing), n, row, failing)
            for n, row in enumerate(rows)
            if not row.forbids and (failing := self._failing(row))
        ]
        if not near:
            return Refusal(state, event, forbidding, None, ())
        _, _, nearest, failing = min(near, key=lambda one: one[:2])
        moments = tuple(
            (f"{relation}:{instant}", self._moment(instant))
            for relation, instant in nearest.bounds
            if f"{relation}:{instant}" in failing
        )
        return Refusal(state, event, forbidding, nearest, failing, moments)

    def _distance(self, failing: tuple[str, ...]) -> tuple[int, int]:
        """How far a row is from holding: a guard that fails is worse than a time bound that does."""
        guards = sum(name in self.contract.vocabulary.guards for name in failing)
        return guards, len(failing)


def conditions(row: Row) -> tuple[str, ...]:
    """Return the names of a row's conditions: its guards, then its bounds as `relation:instant`."""
    return (*row.when, *(f"{relation}:{instant}" for relation, instant in row.bounds))
