"""Merging: of runs that stand at the same point one is kept, for they have the same future."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import attrs

from cosmos_retry.hypothesis import Hypothesis, Side
from cosmos_retry.memory import Memory

_PLAIN = attrgetter(*(field.name for field in attrs.fields(Memory) if field.name != "windows"))


def merge(hypotheses: Sequence[Hypothesis]) -> Sequence[Hypothesis]:
    """Return the hypotheses with those that stand at the same point made one.

    What they had supposed differently makes no difference any more, so only what they share is kept.
    """
    if len(hypotheses) == 1:
        return hypotheses
    found: dict[object, Hypothesis] = {}
    for one in hypotheses:
        first = found.setdefault((stands_at(one), one.path.rests_on), one)
        if first is not one:
            found[stands_at(one), one.path.rests_on] = _for_both(first, one)
    return list(found.values())


def thin(hypotheses: Sequence[Hypothesis]) -> Sequence[Hypothesis]:
    """Return the hypotheses, where times are unknown, without those that another one stands for.

    One stands for another where it stands at the same point, supposes no more to be missing, and demands no
    more of the unknown times.
    """
    if len(hypotheses) == 1:
        return hypotheses
    found: dict[object, list[Hypothesis]] = {}
    for one in sorted(hypotheses, key=lambda one: one.missing):
        alike = found.setdefault((stands_at(one), one.closed), [])
        for n, first in enumerate(alike):
            if _demanded(first) <= _demanded(one):
                alike[n] = _for_both(first, one)
                break
        else:
            alike.append(one)
    return [one for alike in found.values() for one in alike]


def _for_both(first: Hypothesis, other: Hypothesis) -> Hypothesis:
    shared = first.supposed & other.supposed
    return first if len(shared) == len(first.supposed) else attrs.evolve(first, supposed=shared)


def _demanded(one: Hypothesis) -> frozenset[object]:
    return frozenset() if one.times is None else one.times.demanded


def stands_at(one: Hypothesis, received: bool = True) -> object:
    """Return where a run stands, to be compared; with or without the status that it received last."""
    memory = one.memory if received else one.memory.but(received=None)
    return one.state, _values(memory), _side(one.side), one.verdict


def _side(side: Side | None) -> object:
    return None if side is None else (side.step, side.state, _values(side.memory))


def _values(memory: Memory) -> object:
    return _PLAIN(memory), frozenset(memory.windows.items())
