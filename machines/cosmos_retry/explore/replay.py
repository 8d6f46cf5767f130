"""The replay: a run of the model as a trace in real time, each step taken by the machine itself.

The model knows no times, only on which side of a bound something happens.  Here moments are looked for at
which the machine takes the very same rows, and the promise breaks in the eyes of the monitors of traces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import attrs
import msgspec

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.watch import Setting
from cosmos_retry.instants import NEVER, instant_us
from cosmos_retry.machine import LifecycleMachine, Step
from cosmos_retry.machines import machine_for
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.trace import (
    Account,
    AccountRefresh,
    AddressRefresh,
    Attempt,
    Client,
    Error,
    Event,
    Failure,
    Response,
    Result,
    Throttling,
    Trace,
)
from cosmos_retry.units import US_PER_SECOND

MOST_TRIED = 20_000  # moments tried before a run is given up
ASKED_US = (1_000_000, 40_000_000)  # waits that a 429 may ask for
SECOND = 1_000_000
Story = Sequence[tuple[Label, str]]  # each label with the id of the row that takes it


@attrs.frozen
class Point:
    """A run so far: where the machine stands, the time, what has been seen, and how many steps it took."""

    state: str
    memory: Memory
    now: int
    replica: int
    events: tuple[Event, ...]
    steps: int = 0


class Replay:
    """Looks for real moments for one run of a model."""

    def __init__(
        self, contract: Contract, setting: Setting, story: Story, wanted: Callable[[tuple[Event, ...]], bool]
    ) -> None:
        """Take the run, label by label with the row that takes each, and what its events must come to."""
        self._config, self._lifecycle = setting.config, setting.lifecycle
        self._contract = contract
        self._machine: LifecycleMachine = machine_for(contract, setting.lifecycle)
        self._story, self._wanted = story, wanted
        self._left = MOST_TRIED

    def events(self) -> tuple[Event, ...] | None:
        """Return the events of the first such run that was found, or None."""
        end = self.end()
        return None if end is None else end.events

    def end(self) -> Point | None:
        """Return where the machine stands after the first such run that was found, or None."""
        return self._go(0, Point("start", Memory(), 0, 0, ()))

    def _go(self, at: int, point: Point) -> Point | None:
        if at == len(self._story):
            return point if self._wanted(point.events) else None
        label, row = self._story[at]
        for after in self._steps(label, row, point):
            found = self._go(at + 1, after)
            if found is not None or self._left <= 0:
                return found
        return None

    def _steps(self, label: Label, row: str, point: Point) -> Iterator[Point]:
        for asked in ASKED_US if label.hint else (None,):
            for t in self._moments(label, point):
                self._left -= 1
                replica = point.replica + (label.replica == "other")
                seen = attrs.evolve(label.seen(self._config), t=t, asked=asked)
                step = self._machine.step(self._config, point.state, point.memory, seen)
                if isinstance(step, Step) and step.row.id == row:
                    events = (*point.events, *self._shown(label, seen, replica))
                    yield Point(step.state, step.memory, t, replica, events, point.steps + 1)

    def _moments(self, label: Label, point: Point) -> list[int]:
        """Moments worth a try, the earliest first: now, and about every bound there is."""
        found = {point.now}
        words, profile = self._contract.vocabulary, self._contract.profile
        bounds = [instant_us(one, profile, self._config, point.memory) for one in words.instants.values()]
        starts = [round(event.t * SECOND) for event in point.events if isinstance(event, Attempt)]
        # Where a row has lost its bound, the promise still has it.
        bounds += [start + length * SECOND for start in starts for length in (30, 60)]
        for bound in bounds:
            if abs(bound) < NEVER // 2:
                found |= {bound - 1, bound, bound + 1}
        return sorted(t for t in found if t >= point.now)

    def _shown(self, label: Label, seen: Seen, replica: int) -> Iterator[Event]:
        t = seen.t / SECOND
        direct = self._config.mode == "direct" and self._lifecycle != "write"
        match label.event:
            case "attempt" if self._lifecycle == "metadata":
                yield Attempt(t=t, region=seen.region, step="address_resolution")
            case "attempt":
                yield Attempt(t=t, region=seen.region, replica=replica % 4 if direct else None)
            case "response":
                asked = None if seen.asked is None else seen.asked / 1000
                yield Response(t=t, status=seen.status or 0, substatus=seen.substatus, retry_after_ms=asked)
            case "failure":
                cause = "timeout" if seen.cause == "timeout" else "connectivity"
                yield Failure(t=t, cause=cause, sent=seen.sent)  # type: ignore[arg-type]
            case "address_refresh":
                yield AddressRefresh(t=t)
            case "account_refresh":
                told = seen.write_regions
                yield AccountRefresh(t=t, write_regions=None if told is None else list(told))
            case "query_plan":
                yield Attempt(t=t, region=self._config.order[0], step="query_plan")
                yield Response(t=t, status=200)
            case "result":
                yield Result(t=t, status=seen.status)
            case "error":
                yield Error(t=t, status=seen.status)


def as_trace(name: str, config: Config, events: Sequence[Event], note: str | None = None) -> Trace:
    """Return events of an operation in a configuration as a trace."""
    wait_us = config.throttle_max_wait_us
    return Trace(
        id=name,
        operation=config.operation,  # type: ignore[arg-type]
        mode=config.mode,  # type: ignore[arg-type]
        consistency=config.consistency,  # type: ignore[arg-type]
        account=Account(regions=list(config.regions), write_regions=list(config.write_regions)),
        client=Client(
            preferred_locations=list(config.preferred),
            use_multiple_write_locations=config.use_multiple_write_locations,
            throttling=Throttling(
                max_retries=config.throttle_max_retries,
                max_wait_s=None if wait_us is None else wait_us / US_PER_SECOND,
            ),
        ),
        events=with_owners(events),
        note=note,
    )


def with_owners(events: Sequence[Event]) -> list[Event]:
    """Return events in which an answer says whose it is where several attempts are open: the last one's."""
    found: list[Event] = []
    open_: list[int] = []
    count = 0
    for event in events:
        if isinstance(event, Attempt):
            count += 1
            open_.append(count)
        elif isinstance(event, Response | Failure) and open_:
            last = event.of or open_[-1]
            event = msgspec.structs.replace(event, of=last) if len(open_) > 1 else event
            open_.remove(last)
        found.append(event)
    return found
