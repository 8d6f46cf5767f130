"""The first two judges: what the loader refuses, and what the proof finds in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from cosmos_retry.contract import Contract
from cosmos_retry.errors import ContractError
from cosmos_retry.mutation.mutant import Mutant
from cosmos_retry.proof import ANSWERS, Place, excludes, idle, open_states
from cosmos_retry.rows import check_row

Spot = tuple[str, str, str]  # a lifecycle, a state, an event


def refused(mutant: Mutant, broken: Contract) -> str | None:
    """Return why the tables of a mutant cannot be loaded, or None; `broken` is its contract."""
    for name, parameter in mutant.numbers.items():
        if name == mutant.subject and parameter.value < 0:
            return "value: must be a finite number, 0 or more"
    for row in (mutant.row, mutant.beside):
        if row is not None:
            try:
                check_row(Path(row.file), row, broken.vocabulary, broken.assumptions, broken.clauses)
            except ContractError as error:
                return f"{error.field}: {error.reason}"
    return None


class Proof:
    """The proof, over a contract and over mutants of it: only what has changed is looked at."""

    def __init__(self, contract: Contract) -> None:
        """Take the sound contract; in whatever a mutant leaves as it is there is nothing to find."""
        self._contract = contract
        self._open = {name: open_states(one) for name, one in contract.lifecycles.items()}
        self._idle = set(idle(contract))

    def finds(self, broken: Contract) -> tuple[str, str] | None:
        """Return what the proof finds in a mutant's contract, its kind and where, or None."""
        changed = list(changed_places(self._contract, broken))
        for name, state, event in changed:
            place = Place(broken, broken.lifecycles[name], state, event)
            for (one, _), (other, _) in combinations(place.rows, 2):
                if not excludes(broken, one, other):
                    return "overlap", f"{one.id} × {other.id}"
        for name, state, event in self._answered(broken, set(changed)):
            if holes := Place(broken, broken.lifecycles[name], state, event).holes():
                values = ", ".join(f"{feature} {value}" for feature, value in holes[0].values)
                return "hole", f"{name}, {event} in {state}: {values or 'always'}"
        for found in idle(broken) if changed else ():
            if found not in self._idle:
                return "idle", f"{found.name}: {found.reason}"
        return None

    def _answered(self, broken: Contract, changed: set[Spot]) -> Iterator[Spot]:
        """Where the environment may answer, if anything has changed there, or if it could not before."""
        for name in dict.fromkeys(name for name, _, _ in changed):
            for state in open_states(broken.lifecycles[name]):
                for event in ANSWERS:
                    if state not in self._open[name] or (name, state, event) in changed:
                        yield name, state, event


def changed_places(contract: Contract, broken: Contract) -> Iterator[Spot]:
    """Yield the lifecycles, states and events for which two contracts have other rows."""
    for name, lifecycle in broken.lifecycles.items():
        before, after = contract.lifecycles[name].at, lifecycle.at
        for state, event in dict.fromkeys((*before, *after)):
            if before.get((state, event)) != after.get((state, event)):
                yield name, state, event
