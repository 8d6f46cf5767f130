"""The tables: tests and moves over the tallies of each policy, worked out once for each tally."""

from __future__ import annotations

from collections.abc import Mapping

from cosmos_retry.explore.observing import IF_ANY, LIMIT, MANY, Change
from cosmos_retry.explore.rules import Test, Variant
from cosmos_retry.explore.tallies import Caps, Doing, Tally, go_on

# ("test", a row's test), or ("made", the least and the most true retries, both included)
Key = tuple[str, Test] | tuple[str, int, int]
# By policy: the tallies that moves can make, and the tests and the moves over them.
Tabulated = tuple[list[list[Tally]], list[list[list[bool]]], list[list[list[int]]]]


class Tables:
    """Tests and moves by policy, numbered as they are asked for."""

    def __init__(self, policies: tuple[str, ...]) -> None:
        """Begin with no tables."""
        self.policies = policies
        self._numbers = {policy: n for n, policy in enumerate(policies)}
        self._tests: list[dict[Key, int]] = [{} for _ in policies]
        self._moves: list[dict[tuple[Doing, Change], int]] = [{} for _ in policies]

    def test(self, policy: str, key: Key) -> tuple[int, int]:
        """Return the numbers of a policy and of its table for a test."""
        at = self._numbers[policy]
        known = self._tests[at]
        return at, known.setdefault(key, len(known))

    def move(self, policy: str, doing: Doing, change: Change) -> tuple[int, int]:
        """Return the numbers of a policy and of its table for a move."""
        at = self._numbers[policy]
        known = self._moves[at]
        return at, known.setdefault((doing, change), len(known))

    def tabulate(self, variant: Variant, caps: Mapping[str, Caps]) -> Tabulated:
        """Return the tables for one variant of the model; `caps` bound the tallies of each policy."""
        tallies, tests, moves = [], [], []
        for at, policy in enumerate(self.policies):
            numbers = {Tally(): 0}
            rows: list[list[int]] = []
            for tally in (found := [Tally()]):
                row = []
                for doing, change in self._moves[at]:
                    after = go_on(tally, doing, change, caps[policy])
                    if after not in numbers:
                        numbers[after] = len(found)
                        found.append(after)
                    row.append(numbers[after])
                rows.append(row)
            limit = variant.retries.get(policy, MANY)
            tallies.append(found)
            tests.append([[_holds(key, tally, variant, limit) for tally in found] for key in self._tests[at]])
            moves.append([list(table) for table in zip(*rows, strict=True)])
        return tallies, tests, moves


def _holds(key: Key, tally: Tally, variant: Variant, limit: int) -> bool:
    if len(key) == 3:
        _, low, high = key
        low = limit if low == LIMIT else low
        return low <= tally.made <= (min(0, limit - 1) if high == IF_ANY else high)
    return key[1].holds(tally, variant)
