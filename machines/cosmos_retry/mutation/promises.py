"""The fourth judge: the promises, held against every run of a mutant in a few small configurations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cosmos_retry.contract import Contract, Row
from cosmos_retry.explore.decisions import name_of
from cosmos_retry.explore.proving import Explored, Finding, explore
from cosmos_retry.explore.rules import FOLLOWED
from cosmos_retry.explore.space import Case
from cosmos_retry.mutation.static import Spot


class Promises:
    """What the explorer finds, beyond what it finds in the sound contract."""

    def __init__(self, contract: Contract) -> None:
        """Take the sound contract: its numbers are those that are promised."""
        self._contract, self._promised = contract, contract.profile
        self._sound: dict[tuple[int, ...], set[tuple[str, str]]] = {}

    def broken(self, mutant: Contract, group: Sequence[Case]) -> tuple[str, str] | None:
        """Return what a mutant breaks in configurations that share a model: its kind and name, and a run."""
        for found in explore(mutant, self._promised, group):
            for kind, one in _findings(found):
                if (kind, one.what) not in self._of_sound(group):
                    story = "; ".join(name_of(label) for label, _ in one.story)
                    return kind, f"{one.what}: {story}"
        return None

    def _of_sound(self, group: Sequence[Case]) -> set[tuple[str, str]]:
        key = tuple(id(case) for case in group)
        if key not in self._sound:
            explored = explore(self._contract, self._promised, group)
            self._sound[key] = {(kind, one.what) for found in explored for kind, one in _findings(found)}
        return self._sound[key]


def followed(contract: Contract, spots: Iterable[Spot]) -> list[list[Row]]:
    """Return the rows at some places whose runs are followed: of all others nothing is promised."""
    return [
        [row for row in contract.lifecycles[name].at.get((state, event), ()) if row.verdict in FOLLOWED]
        for name, state, event in spots
    ]


def _findings(found: Explored) -> list[tuple[str, Finding]]:
    kinds = (("promise", found.broken), ("clash", found.clashes), ("stuck", found.stuck))
    return [(kind, one) for kind, some in kinds for one in some]
