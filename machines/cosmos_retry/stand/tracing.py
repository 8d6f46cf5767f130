"""Tracing: from what a client's transport and the gateway saw to a trace, as spec/trace.md has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from cosmos_retry.stand.operations import KIND
from cosmos_retry.stand.protocol import Heard, Tried
from cosmos_retry.stand.record import Arrived, Played
from cosmos_retry.trace import (
    Account,
    Attempt,
    BlindSpot,
    Client,
    Error,
    Event,
    Failure,
    Missing,
    Response,
    Result,
    Step,
    Throttling,
    Tolerance,
    Trace,
)

BLIND: list[BlindSpot] = ["replica", "address_refresh", "account_refresh"]
UNSEEN = 8  # attempts that may have been refused without anybody seeing them
GATEWAYS_CLOCK_S = 0.05  # between the client and the gateway, where only the gateway saw an attempt
_STEPS: dict[str, Step] = {"pkranges": "partition_key_ranges", "query_plan": "query_plan", "query": "page"}


def trace_of(
    scenario: Played, heard: Heard, arrivals: Sequence[Arrived], regions: Mapping[str, str], seconds: float
) -> Trace:
    """Return the trace of an operation.

    regions: of each endpoint, by its address.  seconds: that the operation took by the stand's clock.
    """
    told = heard.attempts
    reached = {one.attempt for one in arrivals}
    timed = _seen(arrivals) if told is None else _told(told, reached, regions)
    timed.sort(key=lambda one: one[:2])
    end = max(heard.t if heard.t is not None else seconds, *(when for when, _, _ in timed), 0.0)
    blind_to_refusals = told is None and bool(scenario.refuse)
    return Trace(
        id=scenario.id,
        operation=scenario.operation,
        mode="gateway",
        consistency=scenario.consistency,
        account=Account(scenario.account.regions, scenario.account.write_regions, scenario.consistency),
        events=[*(event for _, _, event in timed), _end(heard, round(end, 6), timed)],
        client=_client(scenario),
        blind=[*BLIND, *(["attempt"] if blind_to_refusals else [])],  # type: ignore[list-item]
        tolerance=Tolerance(clock_s=GATEWAYS_CLOCK_S) if told is None else Tolerance(),
        missing=Missing(UNSEEN, None, scenario.refuse, True) if blind_to_refusals else Missing(),
        note=_note(scenario, told, arrivals),
    )


def multiple(scenario: Played) -> bool:
    """Whether the scenario's client uses multiple write locations; by default it follows the account."""
    option = scenario.client.use_multiple_write_locations
    return len(scenario.account.write_regions) > 1 if option is None else option


def _client(scenario: Played) -> Client:
    options = scenario.client
    return Client(
        preferred_locations=scenario.preferred,
        use_multiple_write_locations=multiple(scenario),
        throttling=Throttling(options.max_retries, options.max_wait_s),
    )


_Timed = list[tuple[float, int, Event]]  # an event with its time and its place among those of that time


def _told(told: Sequence[Tried], reached: set[int | None], regions: Mapping[str, str]) -> _Timed:
    """Return the attempts that the client's transport made; the gateway knows which of them were sent."""
    open_ended = any(one.status is None and one.failure is None for one in told)
    several = open_ended or any(one.t < (before.ended or 0.0) for before, one in pairwise(told))
    timed: _Timed = []
    for number, one in enumerate(told, start=1):
        region = regions.get(one.endpoint.rstrip("/"))
        timed.append((one.t, number * 2, Attempt(t=one.t, region=region, step=one.step)))
        of = number if several else None
        ended = max(one.ended, one.t) if one.ended is not None else None
        if one.failure is None and one.status is None:
            continue
        answer: Response | Failure
        if one.failure is not None:
            answer = Failure(cause=one.failure, t=ended, sent=number in reached, of=of)
        else:
            assert one.status is not None
            answer = Response(one.status, ended, one.substatus, one.retry_after_ms, of)
        timed.append((one.t if ended is None else ended, number * 2 + 1, answer))
    return timed


def _seen(arrivals: Sequence[Arrived]) -> _Timed:
    """Return the attempts that the gateway saw, for a client that cannot tell its own."""
    timed: _Timed = []
    for number, one in enumerate(arrivals, start=1):
        step = _STEPS.get(one.kind)
        timed.append((one.t, number * 2, Attempt(t=one.t, region=one.region, step=step)))
        if one.done == "answered" and one.status is not None:
            answer: Response | Failure = Response(
                one.status, substatus=one.substatus, retry_after_ms=one.retry_after_ms, of=number
            )
        else:
            cause = "timeout" if one.done in ("hung", "left") else "connectivity"
            answer = Failure(cause=cause, sent=True, of=number)  # type: ignore[arg-type]
        timed.append((one.t, number * 2 + 1, answer))
    return timed


def _end(heard: Heard, t: float, timed: _Timed) -> Result | Error:
    if heard.outcome == "error":
        return Error(t=t, status=heard.status, substatus=heard.substatus, name=heard.name)
    last = next((event for _, _, event in reversed(timed) if isinstance(event, Response)), None)
    return Result(t=t, status=heard.status or (last.status if last else None))


def _note(scenario: Played, told: Sequence[Tried] | None, arrivals: Sequence[Arrived]) -> str:
    read = len(arrivals)
    parts = [f"Faults to {KIND[scenario.operation]}: {scenario.fault}"]
    parts.append(f"the gateway read {read} request{'s' * (read != 1)}")
    if told is None:
        parts.append("attempts are those that the gateway saw, by its clock")
    elif below := read - len({one.attempt for one in arrivals}):
        parts.append(f"{below} of them sent again by the HTTP library below the client")
    if any(one.region is None for one in arrivals):
        parts.append("an attempt without a region went to the account's own endpoint")
    return "; ".join(parts) + "."
