"""The probes: rows that are never taken, and that show where a guard of a row would decide alone.

A probe is a row with one of its guards turned into its contrary.  It holds just where the row holds but for
that guard.  Because it forbids, the runs of the contract stay the same.
"""

from __future__ import annotations

import attrs

from cosmos_retry.contract import Contract, with_rows
from cosmos_retry.mutation.guards import negated
from cosmos_retry.mutation.mutant import evolved

MARK = "?"


def with_probes(contract: Contract) -> Contract:
    """Return the contract with a probe for each guard of each row."""
    found = []
    words = contract.vocabulary
    guards = dict(words.guards)
    for row in contract.rows.values():
        for mutant, guard in zip(negated(contract, row), row.when, strict=True):
            assert mutant.row is not None
            guards |= mutant.guards
            found.append(evolved(mutant.row, id=f"{row.id}{MARK}{guard}", verdict="forbidden"))
    changed = attrs.evolve(contract, vocabulary=attrs.evolve(words, guards=guards))
    return with_rows(changed, [*contract.rows.values(), *found])


def probed(name: str) -> tuple[str, str]:
    """Return the row and the guard that a row stands for: no guard, "", for one that is no probe."""
    row, _, guard = name.partition(MARK)
    return row, guard
