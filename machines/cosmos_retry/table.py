"""The table: the rows of a lifecycle, compiled for one configuration; the fast twin of the machine.

What the configuration settles is settled once: rows that can never apply are gone, and so are the guards that
always hold.  What is left is looked up by state and event.  A refusal is left to the machine, which explains
it; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import DOCUMENTED, Contract, Row
from cosmos_retry.effects import apply
from cosmos_retry.features import Measure, measure_for
from cosmos_retry.instants import instant_us
from cosmos_retry.machine import LifecycleMachine, Refusal, Step
from cosmos_retry.machines import machine_for
from cosmos_retry.memory import Memory, Seen

SETTLED = frozenset({"mode", "level", "operation", "account_writes", "multi_write"})
_NOTHING = Seen("")
_EMPTY = Memory()

Bound = Callable[[Memory, int], bool]


@attrs.frozen
class Entry:
    """A row as it stands in one configuration: what is still to be looked at, and what it rests on anyway."""

    row: Row
    tests: tuple[tuple[str, Measure, frozenset[str]], ...]
    bounds: tuple[Bound, ...]
    rests_on: frozenset[str]
    rests_by_value: tuple[tuple[str, dict[str, str]], ...]


class Disagreement(Exception):  # noqa: N818 - a finding about this very program, which no caller can handle
    """The table refuses what the machine takes: one of the two is wrong."""


class Table:
    """A lifecycle in one configuration: `step` does what the machine's `step` does."""

    def __init__(self, contract: Contract, lifecycle: str, config: Config) -> None:
        """Compile the rows of a lifecycle for a configuration."""
        self.machine: LifecycleMachine = machine_for(contract, lifecycle)
        self._contract = contract
        self._config = config
        self._entries: dict[tuple[str, str], list[Entry]] = {}
        words = contract.vocabulary
        self._measures = {
            name: measure_for(name, feature, contract.profile) for name, feature in words.features.items()
        }
        settled = {name: self._measures[name](config, _EMPTY, _NOTHING) for name in SETTLED}
        for row in self.machine.lifecycle.rows:
            entry = None if row.forbids else self._compile(row, settled)
            for state in row.source if entry else ():
                self._entries.setdefault((state, row.on), []).append(entry)  # type: ignore[arg-type]

    def step(self, state: str, memory: Memory, seen: Seen) -> Step | Refusal:
        """Take one event in a state; see `LifecycleMachine.step`.

        Raises `Disagreement` where the machine takes an event that the table does not.
        """
        step = self.take(state, memory, seen)
        if step is not None:
            return step
        refusal = self.machine.step(self._config, state, memory, seen)
        if isinstance(refusal, Step):
            raise Disagreement(f"{self.machine.lifecycle.name}: {refusal.row.id} takes {seen} in {state}")
        return refusal

    def take(self, state: str, memory: Memory, seen: Seen) -> Step | None:
        """Take one event in a state, or return None where no row does, with no word on why."""
        config = self._config
        known: dict[str, str] = {}
        for entry in self._entries.get((state, seen.event), ()):
            for feature, measure, allowed in entry.tests:
                if feature not in known:
                    known[feature] = measure(config, memory, seen)
                if known[feature] not in allowed:
                    break
            else:
                if all(bound(memory, seen.t) for bound in entry.bounds):
                    return self._step(entry, state, memory, seen, known)
        return None

    def _step(self, entry: Entry, state: str, memory: Memory, seen: Seen, known: dict[str, str]) -> Step:
        row, words = entry.row, self._contract.vocabulary
        after = apply(row.do, words, self._contract.profile, self._config, memory, seen)
        rests_on = entry.rests_on
        for feature, reasons in entry.rests_by_value:
            if known[feature] in reasons:
                rests_on |= {reasons[known[feature]]}
        if len(after.met) > 1:
            rests_on |= {words.mixed_rests_on}
        return Step(row, state if row.to in (None, "=") else str(row.to), after, rests_on)

    def _compile(self, row: Row, settled: dict[str, str]) -> Entry | None:
        words = self._contract.vocabulary
        rests = {row.basis, *row.rests_on} - {DOCUMENTED}
        tests, by_value = [], []
        for name in row.when:
            guard = words.guards[name]
            reasons = words.features[guard.feature].rests_on
            if guard.feature in settled:
                if settled[guard.feature] not in guard.is_:
                    return None
                rests |= {reasons.get(settled[guard.feature], "")}
                continue
            tests.append((guard.feature, self._measures[guard.feature], guard.is_))
            if reasons:
                by_value.append((guard.feature, reasons))
        rests |= {words.instants[instant].rests_on or "" for _, instant in row.bounds}
        bounds = tuple(self._bound(relation, instant) for relation, instant in row.bounds)
        return Entry(row, tuple(tests), bounds, frozenset(rests - {""}), tuple(by_value))

    def _bound(self, relation: str, name: str) -> Bound:
        instant = self._contract.vocabulary.instants[name]
        profile, config = self._contract.profile, self._config
        if relation == "not_before":
            return lambda memory, t: t >= instant_us(instant, profile, config, memory)
        if relation == "after":
            return lambda memory, t: t > instant_us(instant, profile, config, memory)
        return lambda memory, t: t <= instant_us(instant, profile, config, memory)


@attrs.frozen(eq=False)
class _ByIdentity:
    """A contract as a key of the cache: a contract equals itself alone, and is not worth a look inside."""

    contract: Contract

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.contract is self.contract

    def __hash__(self) -> int:
        return id(self.contract)


@lru_cache(maxsize=4096)
def _cached(contract: _ByIdentity, lifecycle: str, config: Config) -> Table:
    return Table(contract.contract, lifecycle, config)


def table_for(contract: Contract, lifecycle: str, config: Config) -> Table:
    """Return the table of a lifecycle of this very contract in a configuration, compiled once."""
    return _cached(_ByIdentity(contract), lifecycle, config)
