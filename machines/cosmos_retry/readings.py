"""The readings: the ways in which an event may have been, where some of its facts were not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import attrs

from cosmos_retry.machine import LifecycleMachine
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.sight import Sight
from cosmos_retry.trace import (
    AccountRefresh,
    AddressRefresh,
    Attempt,
    Error,
    Event,
    Failure,
    Response,
    Result,
)

Supposed = frozenset[tuple[str, str]]
Reading = tuple[Seen, Supposed]
NOTHING: Supposed = frozenset()


class Readings:
    """The ways in which one event may have been, each with what it supposes about unseen facts.

    Only facts that some row looks at in a state are told apart.  What does not hang on the run is worked out
    once, and the runs share it.
    """

    def __init__(self, sight: Sight, regions: tuple[str, ...]) -> None:
        """Take the event as it was seen, and the account's regions."""
        self._event, self._number = sight.event, sight.number
        self._splits: dict[tuple[LifecycleMachine, str], bool] = {}
        self.plain = plain = seen_as(sight.event, sight.moment)  # type: ignore[arg-type]
        self._all: Sequence[Reading] = ((plain, NOTHING),)
        if sight.asked is not None:
            asked: Any = sight.asked
            self._all = ((attrs.evolve(plain, asked=asked), NOTHING),)
        elif isinstance(sight.event, Attempt) and plain.region is None:
            self._all = [
                (attrs.evolve(plain, region=region), self._fact("region", region)) for region in regions
            ]

    def of(self, machine: LifecycleMachine, state: str, memory: Memory) -> Sequence[Reading]:
        """Return the ways in which the event may have been for a run that stands somewhere."""
        event = self._event
        if isinstance(event, Attempt):
            if (event.replica is None or memory.replica is None) and self._looks(machine, state, "replica"):
                return [one for way in self._all for one in self._by_replica(way, memory)]
        elif isinstance(event, Failure) and event.sent is None and self._looks(machine, state, "sent"):
            return self._sent_or_not
        return self._all

    @cached_property
    def _sent_or_not(self) -> Sequence[Reading]:
        return [
            (attrs.evolve(self.plain, sent=sent), self._fact("sent", "yes" if sent else "no"))
            for sent in (True, False)
        ]

    def _by_replica(self, way: Reading, memory: Memory) -> Iterator[Reading]:
        seen, where = way
        if seen.region != memory.region:
            # In another region every replica is another one.
            yield way
            return
        for relation in ("other", "same"):
            yield attrs.evolve(seen, replica_is=relation), where | self._fact("replica", relation)

    def _looks(self, machine: LifecycleMachine, state: str, feature: str) -> bool:
        """Whether some row looks at the fact of this event that was not seen."""
        place = machine, state
        looks = self._splits.get(place)
        if looks is None:
            looks = self._splits[place] = machine.uses(state, self.plain.event, feature)
        return looks

    def _fact(self, what: str, value: str) -> Supposed:
        return frozenset({(f"{what} of event {self._number}", value)})


def seen_as(event: Event, t: int) -> Seen:
    """Return an event as the machine takes it, at a time in microseconds."""
    match event:
        case Attempt():
            return Seen("attempt", t, region=event.region, replica=event.replica)
        case Response():
            asked = None if event.retry_after_ms is None else round(event.retry_after_ms * 1000)
            return Seen("response", t, status=event.status, substatus=event.substatus, asked=asked)
        case Failure():
            return Seen("failure", t, cause=event.cause, sent=event.sent)
        case AddressRefresh():
            return Seen("address_refresh", t)
        case AccountRefresh():
            told = None if event.write_regions is None else tuple(event.write_regions)
            return Seen("account_refresh", t, write_regions=told)
        case Result():
            return Seen("result", t, status=event.status)
        case Error():
            return Seen("error", t, status=event.status)
