"""Checking: the whole space explored, by as many processes as there are cores, and all that was found."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import starmap
from typing import Any

import attrs

from cosmos_retry.contract import LIFECYCLES, Contract
from cosmos_retry.explore.proving import Explored, Finding, explore
from cosmos_retry.explore.space import Case, Space
from cosmos_retry.explore.witnesses import Witness, at_bounds, witnesses
from cosmos_retry.parameters import Profile

MOST_REGIONS = 4


@attrs.define
class Totals:
    """How much was explored of one lifecycle."""

    configurations: int = 0
    explored: int = 0
    places: int = 0
    states: int = 0
    edges: int = 0

    def add(self, one: Explored) -> None:
        """Add a configuration, with all that it stands for."""
        self.configurations += one.case.stands_for
        self.explored += 1
        self.places += one.places
        self.states += one.states
        self.edges += one.edges


@attrs.define
class Check:
    """What an exploration has come to so far.

    `broken` holds for each promise the shortest runs that break it in a configuration, the shortest of all
    first; `clashes` are rows that take the same thing, `stuck` states in which nobody can move, both with a
    run that leads there, in the smallest configuration.
    """

    totals: dict[str, Totals]
    broken: dict[str, list[Finding]] = attrs.field(factory=dict)
    clashes: dict[str, Finding] = attrs.field(factory=dict)
    stuck: dict[tuple[str, str, int], Finding] = attrs.field(factory=dict)

    def add(self, one: Explored) -> list[str]:
        """Add what was found in one configuration; return the promises that break for the first time."""
        lifecycle = one.case.setting.lifecycle
        self.totals[lifecycle].add(one)
        new = [finding.what for finding in one.broken if finding.what not in self.broken]
        for finding in one.broken:
            known = self.broken.setdefault(finding.what, [])
            known.append(finding)
            known.sort(key=lambda found: len(found.story))
            del known[_KEPT:]
        for finding in one.clashes:
            self.clashes.setdefault(finding.what, finding)
        for finding in one.stuck:
            self.stuck.setdefault((lifecycle, finding.what, min(one.case.setting.replicas, 2)), finding)
        return new


_KEPT = 8  # runs kept for each promise: one of them will do in real time
_Task = tuple[Callable[..., Any], tuple[Any, ...]]
_WORK: list[_Task] = []


def check(
    contract: Contract,
    promised: Profile,
    lifecycles: Sequence[str] = LIFECYCLES,
    most_regions: int = MOST_REGIONS,
    jobs: int | None = None,
) -> Iterator[Check]:
    """Explore every configuration, the small ones first, and yield what was found after each model.

    `promised` are the numbers of the promises.  `jobs` is the number of processes, by default one a core.
    """
    found = Check({name: Totals() for name in lifecycles})
    groups = [group for name in lifecycles for group in Space(contract, promised).groups(name)]
    groups = [group for group in groups if len(group[0].setting.config.regions) <= most_regions]
    groups.sort(key=lambda group: len(group[0].setting.config.regions))
    tasks: list[_Task] = [(_explore, (contract, promised, group)) for group in groups]
    for explored in run_tasks(tasks, jobs):
        for one in explored:
            found.add(one)
        yield found


def _explore(contract: Contract, promised: Profile, group: Sequence[Case]) -> list[Explored]:
    return list(explore(contract, promised, group))


def reach(
    contract: Contract, promised: Profile, lifecycles: Sequence[str] = LIFECYCLES, jobs: int | None = None
) -> tuple[list[Witness], list[tuple[str, str, str]]]:
    """Return a run to every row and every bound of a row, and those that no run reaches.

    What is not reached is a lifecycle, a row's id, and the bound as relation and instant, empty for the row.
    """
    tasks: list[_Task] = [(_witnesses, (contract, promised, name)) for name in lifecycles]
    found = [witness for some in run_tasks(tasks, jobs) for witness in some]
    met = {(one.case.setting.lifecycle, one.row, one.bound) for one in found}
    wanted = [
        (name, row.id, bound)
        for name in lifecycles
        for row in contract.lifecycles[name].rows
        for bound in ("", *at_bounds(contract, row))
    ]
    return found, [one for one in wanted if one not in met]


def _witnesses(contract: Contract, promised: Profile, lifecycle: str) -> list[Witness]:
    return list(witnesses(contract, promised, lifecycle))


def run_tasks(tasks: Sequence[_Task], jobs: int | None = None) -> Iterator[Any]:
    """Yield the results of tasks, in their order, worked out by several processes where that is possible.

    The tasks are handed over by forking, because a contract is slow to pack; where there is no fork, they are
    worked out here, one after the other.
    """
    count = jobs or os.cpu_count() or 1
    if count == 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from starmap(_work, tasks)
        return
    _WORK[:] = tasks
    try:
        with multiprocessing.get_context("fork").Pool(count) as pool:
            yield from pool.imap(_numbered, range(len(tasks)))
    finally:
        _WORK.clear()


def _numbered(number: int) -> Any:
    return _work(*_WORK[number])


def _work(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(*arguments)
