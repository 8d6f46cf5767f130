"""The readings: the ways in which an event may have been, where some of its facts were not seen."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cosmos_retry.machine import LifecycleMachine
from cosmos_retry.memory import Memory, Seen
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
NOTHING: Supposed = frozenset()


def readings(
    machine: LifecycleMachine,
    state: str,
    memory: Memory,
    event: Event,
    number: int,
    t: int,
    regions: tuple[str, ...],
) -> Iterator[tuple[Seen, Supposed]]:
    """Yield the ways in which an event may have been, each with what it supposes about unseen facts.

    Only facts that some row looks at in this state are told apart.  `number` is the event's place in the
    trace, `t` its time in microseconds, `regions` the account's.
    """
    plain = seen_as(event, t)
    if isinstance(event, Failure) and event.sent is None and machine.uses(state, "failure", "sent"):
        for sent in (True, False):
            yield attrs.evolve(plain, sent=sent), frozenset({_fact("sent", number, "yes" if sent else "no")})
        return
    if not isinstance(event, Attempt):
        yield plain, NOTHING
        return
    for region in [event.region] if event.region is not None else regions:
        where = NOTHING if event.region else frozenset({_fact("region", number, region)})
        seen = plain if region == plain.region else attrs.evolve(plain, region=region)
        # In another region every replica is another one.
        unseen = region == memory.region and (event.replica is None or memory.replica is None)
        if not (unseen and machine.uses(state, "attempt", "replica")):
            yield seen, where
            continue
        for relation in ("other", "same"):
            yield attrs.evolve(seen, replica_is=relation), where | {_fact("replica", number, relation)}


def _fact(what: str, number: int, value: str) -> tuple[str, str]:
    return f"{what} of event {number}", value


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
