"""The operators on guards: dropped, turned into their contrary, swapped for another one of the feature."""

from __future__ import annotations

from collections.abc import Iterator

from cosmos_retry.contract import Contract, Row
from cosmos_retry.mutation.mutant import Mutant, evolved
from cosmos_retry.vocabulary import Guard

DROP, NEGATE = "drop a guard", "negate a guard"
SWAPS = {
    "answer": "swap a status guard",
    "region": "swap a region selector",
    "replica": "swap a replica selector",
}
SWAP = "swap another guard"


def dropped(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row without each of its guards."""
    for guard in row.when:
        when = tuple(one for one in row.when if one != guard)
        yield Mutant(DROP, row.id, f"without {guard}", evolved(row, when=when))


def negated(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row with each of its guards turned into the other values of the feature."""
    words = contract.vocabulary
    for guard in row.when:
        feature = words.guards[guard].feature
        others = frozenset(words.features[feature].values) - words.guards[guard].is_
        contrary = f"not_{guard}"
        yield Mutant(
            NEGATE,
            row.id,
            f"not {guard}",
            evolved(row, when=_with(row, guard, contrary)),
            guards={contrary: Guard(f"Not so: {words.guards[guard].says}", feature, others)},
        )


def swapped(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row with each of its guards replaced by every other one of the same feature."""
    guards = contract.vocabulary.guards
    for guard in row.when:
        feature = guards[guard].feature
        for other, one in guards.items():
            if one.feature == feature and other != guard:
                operator = SWAPS.get(feature, SWAP)
                yield Mutant(
                    operator, row.id, f"{other} for {guard}", evolved(row, when=_with(row, guard, other))
                )


def _with(row: Row, guard: str, other: str) -> tuple[str, ...]:
    return tuple(other if one == guard else one for one in row.when)
