"""Finding: runs of a lifecycle that meet every goal which some run can meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.explore.replay import with_owners
from cosmos_retry.explore.watch import Setting
from cosmos_retry.trace import Attempt, Error, Event, Response, Result
from cosmos_retry.units import US_PER_SECOND, seconds_to_us
from cosmos_retry.vectors.alone import Condition, deciding
from cosmos_retry.vectors.goals import Goals, Places, Spot
from cosmos_retry.vectors.graph import Hop
from cosmos_retry.vectors.telling import METADATA, Pair, Told, tell
from cosmos_retry.vectors.timing import LATENCY_US, Demand, Timing
from cosmos_retry.vectors.tours import tours

MOST_VAIN = 8  # places


@attrs.frozen
class Run:
    """A run, what the contract says of it, and which goals it meets."""

    config: Config
    events: tuple[Event, ...]
    told: Told
    pairs: frozenset[Pair]
    conditions: frozenset[Condition]


def run_of(
    contract: Contract, lifecycle: str, setting: Setting, hops: Sequence[Hop], demand: Demand | None = None
) -> Run | None:
    """Return a run in real time, or None where no moments for it were found."""
    events = Timing(contract, setting, hops, demand).events()
    if not events:
        return None
    if lifecycle == METADATA and not isinstance(events[-1], Error):
        # The operation goes on once it has what it asked for.
        t = float(events[-1].t or 0)
        after = (seconds_to_us(t) + LATENCY_US) / US_PER_SECOND
        region = setting.config.order[0]
        events = (
            *events,
            Attempt(t=t, region=region),
            Response(t=after, status=200),
            Result(t=after, status=200),
        )
    return told_run(contract, lifecycle, setting.config, with_owners(events))


def told_run(contract: Contract, lifecycle: str, config: Config, events: Sequence[Event]) -> Run | None:
    """Return a run with what the contract says of it, or None where the contract does not permit it."""
    told = tell(contract, lifecycle, config, events)
    if told is None:
        return None
    conditions = deciding(contract, lifecycle, config, events)
    return Run(config, tuple(events), told, told.pairs | told.offered, frozenset(conditions))


class Finding:
    """The search for runs, and what is left of the goals."""

    def __init__(self, goals: Goals, runs: Iterable[Run] = ()) -> None:
        """Take the goals, and runs that are there already."""
        self._goals, self.runs = goals, list(runs)
        self._vain: Counter[object] = Counter()
        self.pairs: set[Pair] = set()
        self.conditions: set[Condition] = set()
        self.met_pairs = {pair for run in self.runs for pair in run.pairs}
        self.met_conditions = {one for run in self.runs for one in run.conditions}

    @property
    def left(self) -> tuple[set[Pair], set[Condition]]:
        """The goals that no run meets, of those that some place promises."""
        return self.pairs - self.met_pairs, self.conditions - self.met_conditions

    def search(self) -> None:
        """Look through all places."""
        for places in self._goals.places():
            wanted = [pair for pair in places.pairs if self._goals.counts(pair)]
            self.pairs.update(wanted)
            self.conditions |= places.probes.keys() | {(row, "") for _, row in wanted}
            for pair in wanted:
                if pair not in self.met_pairs:
                    self._try(places, places.pairs[pair], pair, None)
            for probe, spots in places.probes.items():
                if probe not in self.met_conditions:
                    self._try(places, spots, None, probe)

    def _try(
        self, places: Places, spots: Sequence[Spot], pair: Pair | None, condition: Condition | None
    ) -> None:
        """Look for a run that meets a goal; one that was looked for in vain often enough is given up."""
        setting, goal = places.graph.ground.case.setting, (pair, condition)
        for spot in spots if self._vain[goal] < MOST_VAIN else ():
            for hops in tours(places.graph, spot, self.pairs - self.met_pairs):
                run = run_of(self._goals.contract, self._goals.lifecycle, setting, hops)
                if run is not None and (pair in run.pairs or condition in run.conditions):
                    self.runs.append(run)
                    self.met_pairs |= run.pairs
                    self.met_conditions |= run.conditions
                    return
            self._vain[goal] += 1


def fewest(runs: Sequence[Run], beside: Sequence[Run] = ()) -> Iterator[Run]:
    """Yield the runs but for those whose every goal another one meets, or one that is there `beside` them."""
    count = Counter(goal for run in (*runs, *beside) for goal in (*run.pairs, *run.conditions))
    for run in sorted(runs, key=lambda one: len(one.pairs) + len(one.conditions)):
        mine = (*run.pairs, *run.conditions)
        if all(count[goal] > 1 for goal in mine):
            count.subtract(mine)
        else:
            yield run
