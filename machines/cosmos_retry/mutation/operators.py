"""The operators: every way in which a contract is broken, over all its rows and parameters."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from cosmos_retry.contract import Contract, Row
from cosmos_retry.mutation import bounds, effects, guards, numbers, rows, words
from cosmos_retry.mutation.mutant import Mutant

OF_ROWS: tuple[Callable[[Contract, Row], Iterator[Mutant]], ...] = (
    guards.dropped,
    guards.negated,
    guards.swapped,
    bounds.dropped,
    bounds.moved,
    bounds.turned,
    bounds.swapped,
    effects.dropped,
    effects.swapped,
    effects.led_astray,
    rows.removed,
    rows.doubled,
    rows.judged,
    rows.founded,
)
OF_NUMBERS = (numbers.nudged, numbers.scaled, words.scoped, words.ranged)
NAMES = (
    *(guards.DROP, guards.NEGATE, *guards.SWAPS.values(), guards.SWAP),
    *(bounds.DROP, bounds.MOVE, bounds.TURN, bounds.SWAP),
    *(effects.DROP, effects.SWAP, effects.TARGET),
    *(rows.REMOVE, rows.DOUBLE, rows.VERDICT, rows.BASIS),
    *(numbers.NUDGE, numbers.SCALE, words.SCOPE, words.RANGE),
)


def mutants(contract: Contract) -> Iterator[Mutant]:
    """Yield every mutant of a contract, row by row in the order of the tables, then parameters and words."""
    for row in contract.rows.values():
        for operator in OF_ROWS:
            yield from operator(contract, row)
    for change in OF_NUMBERS:
        yield from change(contract)


def chosen(
    contract: Contract,
    subjects: Sequence[str] = (),
    operators: Sequence[str] = (),
    sample: int | None = None,
    seed: int = 0,
) -> list[Mutant]:
    """Return the mutants of some rows or parameters and of some operators; nothing named stands for all.

    `sample` are so many of them at most, the same for the same `seed`, in the order of the tables.
    """
    found = [
        mutant
        for mutant in mutants(contract)
        if (not subjects or mutant.subject in subjects) and (not operators or mutant.operator in operators)
    ]
    if sample is None or sample >= len(found):
        return found
    places = sorted(random.Random(seed).sample(range(len(found)), sample))
    return [found[place] for place in places]
