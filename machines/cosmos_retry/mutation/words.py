"""The operators on words: what a policy's counts belong to, and which statuses a value stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.mutation.mutant import Mutant

SCOPE, RANGE = "turn a scope", "move a range"
_OTHER = {"region": "request", "request": "region"}


def scoped(contract: Contract) -> Iterator[Mutant]:
    """Yield the contract with each policy's counts and window belonging to the request, or to the region."""
    policies = contract.vocabulary.policies
    for name, policy in policies.items():
        other = attrs.evolve(policy, scope=_OTHER[policy.scope])
        changed = {"policies": {**policies, name: other}}
        yield Mutant(SCOPE, name, f"of the {other.scope}", words=changed)


def ranged(contract: Contract) -> Iterator[Mutant]:
    """Yield the contract with each range of statuses one status longer or shorter, at either side."""
    features = contract.vocabulary.features
    for name, feature in features.items():
        for value, ranges in feature.ranges.items():
            for moved in _moved(ranges):
                other = attrs.evolve(feature, ranges={**feature.ranges, value: moved})
                said = ", ".join(f"{low} to {high}" for low, high in moved)
                yield Mutant(RANGE, name, f"{value} is {said}", words={"features": {**features, name: other}})


def _moved(ranges: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    found = []
    for place, (low, high) in enumerate(ranges):
        for end in ((low + 1, high), (low - 1, high), (low, high - 1), (low, high + 1)):
            # Of a single status nothing is left.
            some = [end] if end[0] <= end[1] else []
            moved = [*ranges[:place], *some, *ranges[place + 1 :]]
            if moved not in found:
                found.append(moved)
    return found
