"""The points: where the runs of vectors ask something of the rows, and where a change shows at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, Row
from cosmos_retry.machines import machine_for
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.moves import CLIENT_EVENTS
from cosmos_retry.oracle import Operation
from cosmos_retry.readings import seen_as
from cosmos_retry.trace import Attempt, Event
from cosmos_retry.units import seconds_to_us
from cosmos_retry.vectors.alone import standings
from cosmos_retry.vectors.choices import of_row
from cosmos_retry.vectors.telling import ENVIRONMENT, METADATA, answered

ASIDE = ("query_plan", "address_refresh", "metadata_abandoned")  # what becomes of a metadata call


@attrs.frozen(eq=False)
class Point:
    """A state of a run in which something is asked: what takes an event, or what the client may do (None)."""

    lifecycle: str
    config: Config
    state: str
    memory: Memory
    event: str
    seen: Seen | None
    now: int

    @property
    def key(self) -> object:
        """What makes two points the same."""
        return self.lifecycle, self.config, self.state, repr(self.memory), self.event, self.seen, self.now

    def holding(self, contract: Contract, rows: Sequence[Row]) -> list[object]:
        """Return which of some rows of a contract hold here: take the event, or give the client a choice."""
        machine = machine_for(contract, self.lifecycle)
        standing = machine, self.config, self.state, self.memory
        if self.seen is None:
            return [(row, *of_row(standing, row, self.now, ())) for row in rows]
        return [row for row in rows if not machine.failing(row, *standing[1:], self.seen)]


def points(contract: Contract, lifecycle: str, config: Config, events: Sequence[Event]) -> Iterator[Point]:
    """Yield the points of a run, those of its metadata calls among them."""
    operation = Operation(config, contract)
    attempts: list[Attempt] = []
    for number, event in enumerate(events, start=1):
        answer = attempts[answered(events[:number]) - 1] if isinstance(event, ENVIRONMENT) else None
        begun = 0 if answer is None else seconds_to_us(answer.t)
        seen = seen_as(event, begun)
        for name in (config.lifecycle, METADATA):
            for machine, its_config, state, memory in standings(operation, name):
                if not isinstance(event, ENVIRONMENT):
                    for kind in CLIENT_EVENTS:
                        yield Point(name, its_config, state, memory, kind, None, operation.now)
                for one in (seen, *(Seen(kind, t=seen.t) for kind in ASIDE)):
                    if (state, one.event) in machine.lifecycle.at:
                        yield Point(name, its_config, state, memory, one.event, one, operation.now)
        operation.observe(event)
        if isinstance(event, Attempt):
            attempts.append(event)
