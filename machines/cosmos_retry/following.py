"""Following: what becomes of one run when something is seen, for each way in which it may have been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from cosmos_retry.calls import SUCCEEDED, UNDER_WAY, Calls
from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.holes.clock import Clock
from cosmos_retry.hypothesis import Hypothesis, Lost
from cosmos_retry.memory import Seen
from cosmos_retry.readings import NOTHING, Reading, Readings, Supposed
from cosmos_retry.refreshes import Refreshes
from cosmos_retry.sight import Sight
from cosmos_retry.table import table_for
from cosmos_retry.trace import Attempt, Error
from cosmos_retry.ways import Ways, follow

MOST_SUPPOSED = 6_000
_TELLS = {"address_resolution": "address_refresh", "query_plan": "query_plan"}


class Following:
    """Follows runs of an operation in one configuration, under one contract.

    With `loosely`, what the runs demand of times that are not known is not held against one another, and how
    long their delays were is forgotten: more runs pass then than there are, but they are few to follow.
    """

    def __init__(self, config: Config, contract: Contract, loosely: Clock | None = None) -> None:
        """Take the operation's configuration and the contract; `loosely` is the clock of its times."""
        self.config = config
        self.table = table_for(contract, config.lifecycle, config)
        self.ways = Ways(contract, loosely)
        self.calls = Calls(config, contract, self.ways)
        self.refreshes = Refreshes(config, self.table, self.ways)
        self._supposed = 0
        self._readings: tuple[Sight | None, Readings | None] = None, None

    def explain(self, one: Hypothesis, sight: Sight) -> Iterator[Hypothesis | Lost]:
        """Yield what becomes of one run, for each way in which the event may have been."""
        event, attempt, readings = sight.event, sight.attempt, self._readings_of(sight)
        if isinstance(event, Attempt) and event.step not in (None, "page"):
            return self.calls.attempt(one, str(event.step), readings, sight)
        if attempt is not None and attempt.step is not None:
            return self._answered(self.calls.answer(one, attempt.step, readings, sight), sight)
        if one.side is None:
            # Most runs have no metadata call, and this is the way that everything takes.
            return self._main(one, readings.of(self.table.machine, one.state, one.memory), sight)
        if isinstance(event, Error) and one.side.state != UNDER_WAY:
            return self.calls.error(one, readings, sight)
        return self._beside(one, readings, sight)

    def may_suppose(self) -> bool:
        """Count one more thing that is supposed to be missing; false, from then on, where it is too much."""
        self._supposed += 1
        return self.supposes

    @property
    def supposes(self) -> bool:
        """Whether more may be supposed to be missing."""
        if self._supposed > MOST_SUPPOSED:
            self.ways.gave_up = True
        return not self.ways.gave_up

    def _readings_of(self, sight: Sight) -> Readings:
        of, readings = self._readings
        if readings is None or of is not sight:
            readings = Readings(sight, self.config.regions)
            self._readings = sight, readings
        return readings

    def _main(
        self, one: Hypothesis, readings: Sequence[Reading], sight: Sight, follows: bool = False
    ) -> Iterator[Hypothesis | Lost]:
        """Yield what becomes of the operation itself."""
        table, ways, state, memory = self.table, self.ways.of, one.state, one.memory
        refreshed: list[tuple[str, Hypothesis]] | None = None
        for seen, supposed in readings:
            taken = ways(table, one, state, memory, seen)
            for run, step in taken:
                yield follow(run, step, seen, supposed, sight.number, sight.hidden, follows)
            if taken:
                continue
            # The move may have been right after a refresh that this observer cannot see.
            if refreshed is None:
                refreshed = list(self.refreshes.before(one, seen.t, seen.event, sight.number))
            not_made = frozenset([(fact, "not made") for fact, _ in refreshed])
            yield self.ways.ruled_out(table, one, state, memory, seen, supposed | not_made)
            for _, between in refreshed:
                yield from self._after_refresh(between, seen, supposed, sight, follows)

    def _after_refresh(
        self, one: Hypothesis, seen: Seen, supposed: Supposed, sight: Sight, follows: bool
    ) -> Iterator[Hypothesis | Lost]:
        taken = self.ways.of(self.table, one, one.state, one.memory, seen)
        if not taken:
            yield self.ways.ruled_out(self.table, one, one.state, one.memory, seen, supposed)
        for run, step in taken:
            yield follow(run, step, seen, supposed, sight.number, sight.hidden, follows)

    def _beside(self, one: Hypothesis, readings: Readings, sight: Sight) -> Iterator[Hypothesis | Lost]:
        """Yield what becomes of the operation while a metadata call of its has not come to an end."""
        for run in self._without_call(one, sight):
            yield from self._main(run, readings.of(self.table.machine, run.state, run.memory), sight)

    def _without_call(self, one: Hypothesis, sight: Sight) -> Iterator[Hypothesis]:
        """Yield the run with its metadata call given up, if the client goes on without it.

        Addresses and ranges may be fetched in the background; a plan is fetched for the sake of the pages.
        """
        side = one.side
        if (
            not isinstance(sight.event, Attempt)
            or side is None
            or (side.state == UNDER_WAY and side.step != "query_plan")
        ):
            yield one
            return
        seen = Seen("metadata_abandoned", t=sight.t)  # type: ignore[arg-type]
        gone = attrs.evolve(one, side=None)
        taken = self.ways.of(self.table, gone, one.state, one.memory, seen)
        yield from (follow(run, step, seen, NOTHING, sight.number, follows=True) for run, step in taken)
        if not taken:
            yield gone

    def _answered(self, found: Iterator[Hypothesis | Lost], sight: Sight) -> Iterator[Hypothesis | Lost]:
        """Tell the operation of metadata calls that have succeeded."""
        for after in found:
            if isinstance(after, Lost) or after.side is None or after.side.state != SUCCEEDED:
                yield after
                continue
            run = attrs.evolve(after, side=None)
            event = _TELLS.get(after.side.step)
            if event is None or (run.state, event) not in self.table.machine.lifecycle.at:
                yield run
                continue
            told = Seen(event, t=sight.moment)  # type: ignore[arg-type]
            yield from self._main(run, [(told, NOTHING)], sight, follows=True)
