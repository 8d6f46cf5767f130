"""The goals: what the vectors must show, and the places in small configurations where it can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.explore.model import Model
from cosmos_retry.explore.space import Case, Space, promised_lengths
from cosmos_retry.mutation.alike import Alike
from cosmos_retry.mutation.grounds import SOME_RETRIES, Ground
from cosmos_retry.vectors.graph import Graph, Step
from cosmos_retry.vectors.probes import MARK, probed, with_probes
from cosmos_retry.vectors.telling import BEGINNING, METADATA, Pair

# Regions, and how many of them are preferred: one left in the order and one outside it; three in order.
SHAPES = ((2, 2), (3, 2), (2, 1), (3, 3), (1, 1))
CANDIDATES = 3
REFRESHES = ("all.address-refresh", "all.account-refresh")
ENDED = "all.ended"  # a trace that goes on after its end is malformed

Spot = tuple[int, Step | None, Step]  # a state, a step there, and what can follow it


class Places:
    """Where the goals can be met in one configuration: states, each with one or two steps."""

    def __init__(self, graph: Graph) -> None:
        """Go through every state."""
        self.graph = graph
        self.pairs: dict[Pair, list[Spot]] = {}
        self.probes: dict[Pair, list[Spot]] = {}  # by the row and the guard
        done: set[tuple[str, int]] = set()
        for following in graph.steps(0):
            self._note(BEGINNING, (0, None, following))
        for code in graph.codes:
            for step in graph.steps(code):
                if not step.leads:
                    continue
                there = graph.after(code, step)
                key = step.row, graph.look(there)
                if key not in done:
                    done.add(key)
                    for following in graph.steps(there):
                        self._note(step.row, (code, step, following))

    def _note(self, row: str, spot: Spot) -> None:
        last = spot[-1].row
        goals, goal = (self.probes, probed(last)) if MARK in last else (self.pairs, (row, last))
        found = goals.setdefault(goal, [])
        if len(found) < CANDIDATES:
            found.append(spot)


class Goals:
    """The goals of one lifecycle, over as many configurations as it takes."""

    def __init__(self, contract: Contract, lifecycle: str) -> None:
        """Take the contract."""
        self.contract, self.lifecycle = contract, lifecycle
        self._probing = with_probes(contract)

    @cached_property
    def grounds(self) -> list[Ground]:
        """A configuration for each set of rows that is left in it, and each lie of regions."""
        space = Space(self._probing, self._probing.profile)
        picked: dict[tuple[tuple[int, int], int, frozenset[str]], list[Case]] = {}
        for group in space.groups(self.lifecycle):
            config = group[0].setting.config
            shape = len(config.regions), len(config.order)
            if shape in SHAPES:
                key = shape, _write_place(config), space.rows(self.lifecycle, config)
                if _told(group) > _told(picked.get(key)):
                    picked[key] = group
        found = []
        alike = Alike(self._probing, self.lifecycle)
        for _, group in sorted(picked.items(), key=lambda one: SHAPES.index(one[0][0])):
            first = group[0].setting
            model = Model(self._probing, first, promised_lengths(self._probing.profile, first), whole=True)
            some = [case for case in group if case.setting.config.throttle_max_retries == SOME_RETRIES]
            found += [Ground(self._probing, model, case, alike) for case in some or group[:1]]
        return found

    def places(self) -> Iterator[Places]:
        """Yield where goals can be met, the small configurations first."""
        for ground in self.grounds:
            yield Places(Graph(ground))

    def counts(self, pair: Pair) -> bool:
        """Whether a pair is a goal.

        Nothing is after the end, or after a move that the documents leave open; nor is a refresh within a
        metadata call: it is the operation's.
        """
        row = self.contract.rows.get(pair[0])
        aside = self.lifecycle == METADATA and bool({*pair} & {*REFRESHES})
        return pair[1] != ENDED and not aside and (row is None or row.verdict != "unspecified")


def _write_place(config: Config) -> int:
    """Where a read meets the only region that accepts writes: first, later, or outside the order."""
    if config.is_write or config.multi_write_account:
        return 0
    region = config.write_regions[0]
    return min(config.order.index(region), 1) if region in config.order else 2


def _told(group: list[Case] | None) -> tuple[int, int]:
    """How much can be told apart: replicas, and regions that accept writes."""
    if group is None:
        return 0, 0
    setting = group[0].setting
    return setting.replicas, len(setting.config.write_regions)
