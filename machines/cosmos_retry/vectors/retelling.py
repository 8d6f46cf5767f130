"""Retelling: whether another contract says of a vector's run what the vector says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from functools import cached_property

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.explore.replay import as_trace
from cosmos_retry.memory import Memory
from cosmos_retry.oracle import NotPermitted, Operation
from cosmos_retry.vectors.choices import choices_at
from cosmos_retry.vectors.departure import Departure, of_choices, of_rows
from cosmos_retry.vectors.telling import ENVIRONMENT, rows_of, verdict_of
from cosmos_retry.vectors.vector import RowNote, Vector
from cosmos_retry.verdict import judge

NOTHING: Set[str] = frozenset()
Stand = tuple[tuple[str, Memory], ...]  # where the runs stand at a turn


@attrs.frozen(slots=False)
class Kept:
    """A vector, the lifecycle that it is about, and what its file says of the rows that it names."""

    lifecycle: str
    vector: Vector = attrs.field(eq=False)
    notes: Mapping[str, RowNote] = attrs.field(eq=False)
    name: str = attrs.field(init=False)

    @name.default
    def _name(self) -> str:
        return self.vector.id

    @cached_property
    def named(self) -> frozenset[str]:
        """The rows that the vector names."""
        turns = self.vector.turns
        return frozenset(
            (
                *(row for turn in turns for row in turn.rows),
                *(choice.row for turn in turns for choice in turn.choices),
            )
        )

    def stands(self, contract: Contract) -> list[Stand]:
        """Return where the runs stand at each turn, under a contract that bears the vector out."""
        operation = Operation(self.vector.config, contract)
        found = []
        for event in self.vector.events:
            if not isinstance(event, ENVIRONMENT):
                found.append(_stand(operation))
            operation.observe(event)
        return found

    def is_borne_out(
        self, contract: Contract, known: Sequence[Stand] = (), changed: Set[str] = NOTHING
    ) -> bool:
        """Whether a contract says the same of the run, and of the rows (see `departure`)."""
        return not self.reworded(contract) and self.departure(contract, known, changed) is None

    def reworded(self, contract: Contract) -> list[str]:
        """Return the rows of which a contract says something else, in words, clauses or basis."""
        return [name for name in sorted(self.named) if note(contract, name) != self.notes[name]]

    def otherwise_founded(self, contract: Contract) -> list[str]:
        """Return how the verdict on the run rests on other assumptions or clauses under a contract."""
        vector = self.vector
        verdict = judge(as_trace("-", vector.config, vector.events), contract)
        found = []
        for what, was, now in (
            ("assumption", vector.assumptions, verdict.assumptions),
            ("clause", vector.cites, verdict.cites),
        ):
            found += [f"without the {what} {name}" for name in was if name not in now]
            found += [f"with the {what} {name}" for name in now if name not in was]
        return found

    def departure(
        self, contract: Contract, known: Sequence[Stand] = (), changed: Set[str] = NOTHING
    ) -> Departure | None:
        """Return where a contract first says something else of the run, in choices, rows or verdict.

        Where the runs stand just as they are `known` to under a contract that bears the vector out, and in no
        state in which rows have `changed`, the choices are the same and need not be worked out.
        """
        operation, vector = Operation(self.vector.config, contract), self.vector
        number = 0
        for at, turn in enumerate(vector.turns):
            stand = _stand(operation) if known else ()
            settled = known and stand == known[at] and not changed & {state for state, _ in stand}
            if not settled and (choices := choices_at(operation, vector.events[:number])) != turn.choices:
                return of_choices(number, turn.choices, choices)
            rows: list[str] = []
            for event in turn.then:
                number += 1
                try:
                    operation.observe(event)
                except NotPermitted:
                    return of_rows(number, turn.rows[len(rows) :], ())
                rows += rows_of(operation, number)
            if rows != turn.rows:
                return of_rows(number, turn.rows, rows)
        was, now = (vector.verdict, vector.ended), (verdict_of(operation), operation.ended)
        return None if was == now else Departure(number, (_end(*was),), (_end(*now),))


def _end(verdict: str, ended: bool) -> str:
    return f"{verdict}, and the application has {'' if ended else 'not '}heard"


def note(contract: Contract, name: str) -> RowNote | None:
    """Return what a contract says of a row, or None where it does not have it."""
    row = contract.rows.get(name)
    return None if row is None else RowNote(row.says, list(row.cites), row.basis)


def _stand(operation: Operation) -> Stand:
    return tuple((state, memory) for _, _, state, memory in operation.standings())
