"""Timing: a run of the model in seconds that a reader can follow, each step taken by the machine itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.explore.labels import END, OVER, Label
from cosmos_retry.explore.replay import MOST_TRIED, SECOND, Point, Replay
from cosmos_retry.explore.watch import Setting
from cosmos_retry.instants import instant_us
from cosmos_retry.memory import Seen
from cosmos_retry.trace import Attempt, Event, Failure
from cosmos_retry.units import seconds_to_us
from cosmos_retry.vectors.graph import Hop

LATENCY_US = 10_000
TIMEOUT_US = 6 * SECOND  # within the 5 to 10 s that a Direct client may set
FIRST_DELAY_US = SECOND
WINDOWS_US = (30 * SECOND, 60 * SECOND)
ENVIRONMENT = ("response", "failure")
REFRESHES = ("address_refresh", "account_refresh", "query_plan", "metadata_abandoned")


@attrs.frozen
class Demand:
    """That the last step of a run falls just at a bound: its side and its instant."""

    side: str
    instant: str


class Timing(Replay):
    """Looks for moments as a client and a service would have them, and for any others after that."""

    def __init__(
        self, contract: Contract, setting: Setting, story: Sequence[Hop], demand: Demand | None = None
    ) -> None:
        """Take the run, and what is asked of its last moment."""
        super().__init__(contract, setting, story, lambda events: True)
        self._demand = demand
        self._left = MOST_TRIED // 10

    def _steps(self, label: Label, row: str, point: Point) -> Iterator[Point]:
        last = point.steps == len(self._story) - 1
        for after in super()._steps(label, row, point):
            if not (last and self._demand) or after.now == self._wanted_at(point):
                yield after

    def _wanted_at(self, point: Point) -> int:
        assert self._demand is not None
        instant = self._contract.vocabulary.instants[self._demand.instant]
        moment = instant_us(instant, self._contract.profile, self._config, point.memory)
        return moment + (self._demand.side == "after")

    def _moments(self, label: Label, point: Point) -> list[int]:
        every = super()._moments(label, point)
        liked = self._liked(label, point)
        return list(dict.fromkeys([t for t in liked if t >= point.now] + every))

    def _liked(self, label: Label, point: Point) -> list[int]:
        """The moments to try first."""
        if label.event in ENVIRONMENT:
            usual = point.now + (TIMEOUT_US if label.cause == "timeout" and label.sent else LATENCY_US)
            return [*self._late(point), usual]
        if label.event == "attempt" and point.events and point.state not in ("in_flight", "start"):
            memory = point.memory
            longest = max((window.longest for window in memory.windows.values()), default=0)
            asked = [memory.answer_t + memory.asked] if memory.asked else []
            return [*asked, memory.answer_t + (2 * longest or FIRST_DELAY_US), point.now]
        return [point.now]

    def _late(self, point: Point) -> list[int]:
        """Moments for an answer after which the client's next decision falls at the end of a window."""
        ahead = (label for label, _ in self._story[point.steps + 1 :])
        decision = next((label for label in ahead if label.event not in REFRESHES), None)
        if decision is None or decision.clock not in (END, OVER):
            return []
        ends = [seconds_to_us(t) + length for t in _starts(point.events) for length in WINDOWS_US]
        if decision.clock == OVER:
            return [end + 1 for end in ends]
        return [end - delay for end in ends for delay in (FIRST_DELAY_US, 2 * FIRST_DELAY_US, 0)]

    def _shown(self, label: Label, seen: Seen, replica: int) -> Iterator[Event]:
        if label.event == "metadata_abandoned":
            # What was given up: a call that failed.
            t = seen.t / SECOND
            yield Attempt(t=t, region=self._config.read_order[0], step="address_resolution")
            yield Failure(t=t, cause="connectivity", sent=False)
        else:
            yield from super()._shown(label, seen, replica)


def _starts(events: Sequence[Event]) -> list[float]:
    return [event.t for event in events if isinstance(event, Attempt)]
