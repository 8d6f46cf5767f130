"""The operators on what a row does: effects dropped or swapped, and the target swapped."""

from __future__ import annotations

from collections.abc import Iterator

from cosmos_retry.contract import Contract, Row
from cosmos_retry.mutation.mutant import Mutant, evolved

DROP, SWAP, TARGET = "drop an effect", "swap an effect", "swap the target"


def dropped(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row without each of its effects."""
    for effect in row.do:
        do = tuple(one for one in row.do if one != effect)
        yield Mutant(DROP, row.id, f"without {effect}", evolved(row, do=do))


def swapped(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row with each effect replaced by every other one of its verb: another policy, flag or way."""
    effects = contract.vocabulary.effects
    for effect in row.do:
        for other, one in effects.items():
            if one.verb == effects[effect].verb and other not in row.do:
                do = tuple(other if name == effect else name for name in row.do)
                yield Mutant(SWAP, row.id, f"{other} for {effect}", evolved(row, do=do))


def led_astray(contract: Contract, row: Row) -> Iterator[Mutant]:
    """Yield the row with its target replaced by every other state of its lifecycles, and by staying."""
    if row.to is None:
        return
    reached = {state for name in row.applies_to for state in contract.lifecycles[name].states}
    stays = row.source == (row.to,)
    for state in (*contract.vocabulary.states, "="):
        same = state == row.to or (state == "=" and stays) or (row.to == "=" and row.source == (state,))
        if (state in reached or state == "=") and not same:
            yield Mutant(TARGET, row.id, f"to {state} for {row.to}", evolved(row, to=state))
