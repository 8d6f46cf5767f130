"""The metadata calls of an operation: each beside it, with a state and a memory of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.hypothesis import Hypothesis, Lost, Side
from cosmos_retry.readings import NOTHING, Reading, Readings
from cosmos_retry.sight import Sight
from cosmos_retry.table import Table, table_for
from cosmos_retry.taken import Taken
from cosmos_retry.ways import Ways

UNDER_WAY, SUCCEEDED = "in_flight", "succeeded"


class Calls:
    """Follows the metadata calls of runs of an operation."""

    def __init__(self, operation: Config, contract: Contract, ways: Ways) -> None:
        """Take the operation's configuration, the contract and the ways of the steps."""
        self._operation = operation
        self._contract = contract
        self._ways = ways

    @cached_property
    def config(self) -> Config:
        """The configuration of metadata calls: through the gateway in both modes, in the order of reads."""
        return attrs.evolve(self._operation, operation="point_read", mode="gateway")

    @cached_property
    def table(self) -> Table:
        """The rows of the metadata calls within the operation."""
        return table_for(self._contract, "metadata", self.config)

    def attempt(
        self, one: Hypothesis, step: str, readings: Readings, sight: Sight
    ) -> Iterator[Hypothesis | Lost]:
        """Yield what becomes of a run that makes an attempt for the call `step`."""
        side = one.side or Side(step)
        ways = readings.of(self.table.machine, side.state, side.memory)
        return self._follow(one, side, step, ways, sight)

    def answer(
        self, one: Hypothesis, step: str, readings: Readings, sight: Sight
    ) -> Iterator[Hypothesis | Lost]:
        """Yield what becomes of a run whose call `step` has its answer; one that succeeded is still there."""
        side = one.side or Side(step, UNDER_WAY)
        return self._follow(one, side, side.step, [(readings.plain, NOTHING)], sight)

    def error(self, one: Hypothesis, readings: Readings, sight: Sight) -> Iterator[Hypothesis | Lost]:
        """Yield what becomes of a run whose call could not be helped: its error is the operation's."""
        side = one.side or Side("query_plan")
        for after in self._follow(one, side, side.step, [(readings.plain, NOTHING)], sight):
            if isinstance(after, Lost) or after.side is None:
                yield after
            else:
                yield attrs.evolve(after, state=after.side.state, side=None)

    def _follow(
        self, one: Hypothesis, side: Side, step: str, readings: Iterable[Reading], sight: Sight
    ) -> Iterator[Hypothesis | Lost]:
        table = self.table
        for seen, supposed in readings:
            ways = self._ways.of(table, one, side.state, side.memory, seen)
            if not ways:
                yield self._ways.ruled_out(table, one, side.state, side.memory, seen, supposed)
            for run, taken in ways:
                yield attrs.evolve(
                    run,
                    side=Side(step, taken.state, taken.memory),
                    supposed=run.supposed | supposed,
                    path=run.path.then(
                        Taken(sight.number, taken.row, taken.rests_on, seen, sight.hidden, False, step)
                    ),
                )
