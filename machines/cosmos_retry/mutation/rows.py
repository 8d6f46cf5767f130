"""The operators on whole rows: removed, doubled, given another verdict or another basis."""

from __future__ import annotations

from collections.abc import Iterator

from cosmos_retry.contract import DOCUMENTED, VERDICTS, Contract, Row
from cosmos_retry.mutation.mutant import Mutant, evolved

REMOVE, DOUBLE, VERDICT, BASIS = "remove a row", "double a row", "change the verdict", "swap the basis"
_OPEN = ("unspecified", "unobservable")


def removed(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the contract without the row."""
    yield Mutant(REMOVE, row.id, "removed")


def doubled(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row with a second one beside it, alike but for its id and its target."""
    if row.to is None:
        twin = evolved(row, id=f"{row.id}.twice", cites=row.cites[:1])
    else:
        states = contract.lifecycles[row.applies_to[0]].states
        other = next(state for state in reversed(states) if state != row.to)
        twin = evolved(row, id=f"{row.id}.twice", to=other)
    yield Mutant(DOUBLE, row.id, f"and {twin.id}", row, twin)


def judged(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row with every other verdict, and with what a row of that verdict must have.

    A row that ceases to forbid leads where the first row leads that takes its event in one of its states.
    """
    for verdict in VERDICTS:
        if verdict == row.verdict:
            continue
        changed = evolved(row, verdict=verdict)
        if changed.forbids:
            changed = evolved(changed, to=None, do=(), says=row.says or "Forbidden by the mutant.")
        elif row.forbids:
            model = _alike(contract, row)
            changed = evolved(changed, to=model.to, do=model.do)
        if verdict in _OPEN and row.basis == DOCUMENTED:
            changed = evolved(changed, basis=next(iter(contract.assumptions)))
        yield Mutant(VERDICT, row.id, f"{verdict} for {row.verdict}", changed)


def _alike(contract: Contract, row: Row) -> Row:
    """A row that takes the same event, in the same state if there is one."""
    takes = [one for one in contract.rows.values() if one.on == row.on and not one.forbids]
    near = [one for one in takes if set(one.source) & set(row.source)]
    mine = [one for one in near or takes if set(one.applies_to) & set(row.applies_to)]
    return (mine or near or takes)[0]


def founded(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row documented if it rests on an assumption, and with the register's next assumption."""
    names = list(contract.assumptions)
    if row.basis == DOCUMENTED:
        # Any will do; one by the row's place spreads them over the register.
        other = names[list(contract.rows).index(row.id) % len(names)]
    else:
        yield Mutant(BASIS, row.id, f"documented for {row.basis}", evolved(row, basis=DOCUMENTED))
        other = names[(names.index(row.basis) + 1) % len(names)]
    yield Mutant(BASIS, row.id, f"{other} for {row.basis}", evolved(row, basis=other))
