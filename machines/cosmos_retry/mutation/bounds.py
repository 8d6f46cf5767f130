"""The operators on time bounds: dropped, moved to the other side of their instant, or to another instant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from cosmos_retry.contract import Contract, Row
from cosmos_retry.mutation.mutant import Mutant, evolved
from cosmos_retry.parameters import Parameter

DROP, MOVE, TURN, SWAP = "drop a bound", "move a bound by one side", "turn a bound", "swap an instant"
_SIDES = {"not_before": "after", "after": "not_before"}
_TURNED = {"not_before": "not_after", "after": "not_after", "not_after": "after"}
_ONE_LESS = Parameter(-1e-6, "s", "inclusive", "One microsecond less.")


def dropped(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row without each of its time bounds."""
    for side, instant in row.bounds:
        yield Mutant(DROP, row.id, f"without {side} {instant}", evolved(row, **{side: None}))


def moved(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row with the instant of each bound left out that was in, and the other way round.

    A row cannot say that it ends before an instant.  It ends one microsecond earlier, where the instant is a
    sum of parameters; the other ends are moved by the length of their window (see `numbers`).
    """
    instants = contract.vocabulary.instants
    for side, instant in row.bounds:
        other = _SIDES.get(side)
        if other is not None and getattr(row, other) is None:
            changed = evolved(row, **{side: None, other: instant})
            yield Mutant(MOVE, row.id, f"{other} {instant} for {side}", changed)
        elif side == "not_after" and instants[instant].kind == "after_answer":
            earlier, less = f"{instant}_less", "one_microsecond_less"
            before = attrs.evolve(instants[instant], parameters=(*instants[instant].parameters, less))
            yield Mutant(
                MOVE,
                row.id,
                f"before {instant} for {side}",
                evolved(row, **{side: earlier}),
                instants={earlier: before},
                numbers={less: _ONE_LESS},
            )


def turned(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row with each bound turned round: it ends where it began, or begins where it ended."""
    for side, instant in row.bounds:
        other = _TURNED[side]
        if getattr(row, other) is None:
            changes: dict[str, Any] = {side: None, other: instant}
            yield Mutant(TURN, row.id, f"{other} {instant} for {side}", evolved(row, **changes))


def swapped(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row with the instant of each bound replaced by every other one of the same policy."""
    instants = contract.vocabulary.instants
    for side, instant in row.bounds:
        for other, one in instants.items():
            if other != instant and one.policy == instants[instant].policy:
                yield Mutant(SWAP, row.id, f"{side} {other} for {instant}", evolved(row, **{side: other}))
