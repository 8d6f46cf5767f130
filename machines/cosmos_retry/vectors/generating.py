"""Generating: the vectors of all lifecycles, those that are out already first, and what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from cosmos_retry.contract import LIFECYCLES, Contract
from cosmos_retry.vectors.beyond import beyond
from cosmos_retry.vectors.coverage import Coverage, coverage
from cosmos_retry.vectors.finding import Finding, Run, fewest, told_run
from cosmos_retry.vectors.goals import Goals
from cosmos_retry.vectors.lasting import lasting_from, read_again, scenarios, walked
from cosmos_retry.vectors.making import vector_of
from cosmos_retry.vectors.publishing import notes
from cosmos_retry.vectors.retelling import Kept
from cosmos_retry.vectors.telling import Pair
from cosmos_retry.vectors.vector import Vector


@attrs.frozen
class Generated:
    """The vectors of one lifecycle, and what they show."""

    lifecycle: str
    vectors: tuple[Vector, ...]
    pairs: frozenset[Pair]
    coverage: Coverage

    def kept(self, contract: Contract) -> list[Kept]:
        """Return the vectors as they would be read again."""
        said = notes(contract, self.vectors)
        return [Kept(self.lifecycle, one, said) for one in self.vectors]


def generate(
    contract: Contract,
    published: Iterable[Kept],
    more: Mapping[str, Sequence[Run]],
    say: Callable[[str], None],
) -> list[Generated]:
    """Return the vectors of all lifecycles.

    A published vector that the contract bears out stays, whether or not it is still needed.  `more` are runs
    to be shown beside, by lifecycle.
    """
    kept = [one for one in published if one.is_borne_out(contract) and not one.otherwise_founded(contract)]
    return [
        _of_lifecycle(
            contract,
            lifecycle,
            [one for one in kept if one.lifecycle == lifecycle],
            more.get(lifecycle, ()),
            say,
        )
        for lifecycle in LIFECYCLES
    ]


def _of_lifecycle(
    contract: Contract, lifecycle: str, kept: Sequence[Kept], more: Sequence[Run], say: Callable[[str], None]
) -> Generated:
    told = (told_run(contract, lifecycle, one.vector.config, one.vector.events) for one in kept)
    there = [run for run in told if run is not None]
    lasting = [(scenario, walked(contract, lifecycle, scenario)) for scenario in scenarios(lifecycle)]
    finding = Finding(Goals(contract, lifecycle), [*there, *more, *(run for _, run in lasting)])
    known = list(finding.runs)
    finding.search()
    new = [*more, *fewest(finding.runs[len(known) :], known)]
    vectors = {one.vector.id: one.vector for one in kept}
    seen: set[object] = {goal for run in there for goal in (*run.pairs, *run.conditions)}
    for run in new:
        vector = vector_of(contract, lifecycle, run.config, run.told, flags(run, seen))
        vectors.setdefault(vector.id, vector)
    for scenario, run in lasting:
        why = [scenario.name, *flags(run, seen)]
        vector = vector_of(contract, lifecycle, run.config, run.told, why, lasting_from(scenario))
        vectors.setdefault(vector.id, vector)
        # Of those that come to several faults; where one lasts from the beginning nothing was forwarded yet.
        again = read_again(contract, lifecycle, run) if len(scenario.faults) > 1 else None
        if again is not None:
            vector = vector_of(contract, lifecycle, again.config, again.told, why)
            vectors.setdefault(vector.id, vector)
    for name, last, run in beyond(contract, lifecycle, [*known, *new]):
        vector = vector_of(contract, lifecycle, run.config, run.told, [name, *flags(run, seen)], last)
        vectors.setdefault(vector.id, vector)
    say(f"{lifecycle}: {len(kept)} vectors stay, {len(vectors) - len(kept)} are new")
    found = coverage(contract, lifecycle, [*known, *new], finding.pairs)
    return Generated(lifecycle, tuple(vectors.values()), frozenset(finding.pairs), found)


def flags(run: Run, seen: set[object]) -> list[str]:
    """Return what a run shows that was not `seen` before: pairs of rows, and conditions that decide alone."""
    pairs = [f"{one or 'the beginning'} -> {other}" for one, other in run.pairs - seen]
    conditions = [f"{row}: {condition}" for row, condition in run.conditions - seen if condition]
    seen |= run.pairs | run.conditions
    return sorted((*pairs, *conditions))


def index(generated: Sequence[Generated], withdrawn: Mapping[str, str]) -> dict[str, Any]:
    """Return the index: how many vectors there are, what they show, and which were withdrawn and why."""
    return {
        "version": 1,
        "vectors": sum(len(one.vectors) for one in generated),
        "lifecycles": {
            one.lifecycle: {"vectors": len(one.vectors), **one.coverage.plain} for one in generated
        },
        "withdrawn": dict(withdrawn),
    }
