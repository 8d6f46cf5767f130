"""Checking: the whole space explored, by as many processes as there are cores, and all that was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import attrs

from cosmos_retry.contract import LIFECYCLES, Contract
from cosmos_retry.explore.proving import Explored, Finding, explore
from cosmos_retry.explore.space import Case, Space
from cosmos_retry.explore.witnesses import Witness, in_group, in_others, ranked, wanted
from cosmos_retry.parameters import Profile
from cosmos_retry.tasks import Task, run_tasks

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
    tasks: list[Task] = [(_explore, (contract, promised, group)) for group in groups]
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
    space = Space(contract, promised)
    groups = {name: ranked(space, name) for name in lifecycles}
    left = {name: wanted(contract, name) for name in lifecycles}
    found: list[Witness] = []
    # Nearly all is found in a few configurations at once, and what is left in one after the other.
    tasks: list[Task] = [
        (in_group, (contract, promised, group, left[name]))
        for name in lifecycles
        for group in groups[name][0]
    ]
    for one in chain.from_iterable(run_tasks(tasks, jobs)):
        name, met = one.case.setting.lifecycle, (one.row, one.bound)
        if met in left[name] or one.heard is not None:
            left[name].discard(met)
            found.append(one)
    tasks = [(in_others, (contract, promised, groups[name][1], left[name])) for name in lifecycles]
    for one in chain.from_iterable(run_tasks(tasks, jobs)):
        left[one.case.setting.lifecycle].discard((one.row, one.bound))
        found.append(one)
    return found, [(name, *one) for name in lifecycles for one in sorted(left[name])]
