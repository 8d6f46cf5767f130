"""Merging: of runs that stand at the same point one is kept, for they have the same future."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.holes.effort import A_LOOK
from cosmos_retry.hypothesis import Hypothesis, Side
from cosmos_retry.memory import Memory, Window

_PLAIN = attrgetter(*(field.name for field in attrs.fields(Memory) if field.name != "windows"))


class Vital:
    """What of a window any rule will ever look at, in one configuration: the rest tells no runs apart."""

    def __init__(self, contract: Contract, config: Config) -> None:
        """Look through the words of a contract."""
        words, profile = contract.vocabulary, contract.profile
        self._timed = {instant.policy for instant in words.instants.values()}
        self._most: dict[str, float] = {}
        for feature in words.features.values():
            if feature.policy is not None:
                limit = 1 if feature.limit is None else profile.number(feature.limit, config)
                self._most[feature.policy] = max(1, limit, self._most.get(feature.policy, 0))

    def of(self, policy: str, window: Window) -> object:
        """Return it, to be compared: all of it, or how many retries are told apart where no time matters."""
        return window if policy in self._timed else min(window.retries, self._most.get(policy, 0))


def merge(hypotheses: Sequence[Hypothesis], vital: Vital | None = None) -> Sequence[Hypothesis]:
    """Return the hypotheses with those that stand at the same point made one.

    What they had supposed differently makes no difference any more, so only what they share is kept.
    """
    if len(hypotheses) == 1:
        return hypotheses
    found: dict[object, Hypothesis] = {}
    for one in hypotheses:
        place = stands_at(one, vital=vital), one.path.rests_on
        first = found.setdefault(place, one)
        if first is not one:
            found[place] = _for_both(first, one)
    return list(found.values())


def thin(hypotheses: Sequence[Hypothesis]) -> Sequence[Hypothesis]:
    """Return the hypotheses, where times are unknown, without those that another one stands for.

    One stands for another where it stands at the same point, supposes no more to be missing, and demands no
    more of the unknown times.  Raises `Spent`.
    """
    if len(hypotheses) == 1:
        return hypotheses
    found: dict[object, list[Hypothesis]] = {}
    for one in sorted(hypotheses, key=lambda one: one.missing):
        alike = found.setdefault((stands_at(one), one.closed), [])
        demanded = _demanded(one)
        for n, first in enumerate(alike):
            if one.times is not None:
                one.times.clock.effort.spend(A_LOOK)
            if _demanded(first) <= demanded:
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


def stands_at(one: Hypothesis, received: bool = True, vital: Vital | None = None) -> object:
    """Return where a run stands, to be compared; with or without the status that it received last."""
    memory = one.memory if received else one.memory.but(received=None)
    return one.state, _values(memory, vital), _side(one.side, vital), one.verdict


def _side(side: Side | None, vital: Vital | None) -> object:
    return None if side is None else (side.step, side.state, _values(side.memory, vital))


def _values(memory: Memory, vital: Vital | None) -> object:
    windows = memory.windows.items()
    if vital is not None:
        return _PLAIN(memory), frozenset((policy, vital.of(policy, window)) for policy, window in windows)
    return _PLAIN(memory), frozenset(windows)
