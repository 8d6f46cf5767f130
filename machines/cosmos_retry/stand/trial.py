"""A trial: one scenario, played by a gateway to one client, and the record of it."""

from __future__ import annotations

import time
from collections.abc import Mapping

import attrs

from cosmos_retry.gateway import Gateway, Place
from cosmos_retry.gateway import Played as Performed
from cosmos_retry.stand.arrivals import own_arrivals, unexplained, writes_of
from cosmos_retry.stand.contradictions import contradiction
from cosmos_retry.stand.errors import AdapterDeclinedError, AdapterError
from cosmos_retry.stand.operations import work
from cosmos_retry.stand.process import Adapter
from cosmos_retry.stand.protocol import Close, Closed, Heard, Perform, Ready
from cosmos_retry.stand.record import Clock, Made, Played, Record
from cosmos_retry.stand.staging import lose, preparation, scene_of
from cosmos_retry.stand.tracing import trace_of
from cosmos_retry.trace import Trace
from cosmos_retry.wellformed import check

_LONGEST_S = 30.0  # for a client to start, and to close


@attrs.frozen
class Conditions:
    """How trials are held.

    limit_s: real seconds that an operation may take before the client is ended.
    patience_s: real seconds for an answer where requests hang and time is compressed.
    """

    made: Made
    clock: Clock
    limit_s: float
    patience_s: float


@attrs.define
class Observed:
    """What is known of a trial, step by step."""

    began: float | None = None  # when the operation began, seconds since the scene did
    heard: Heard | None = None
    seconds: float = 0.0
    problem: str | None = None
    lost: AdapterError | None = None


def hold(
    gateway: Gateway, adapter: Adapter, scenario: Played, conditions: Conditions
) -> tuple[Record, AdapterError | None]:
    """Return the record of a trial, and what the adapter was lost by, or None where it can go on.

    What the adapter does wrong is the record's `problem`.  Raises GatewayError and TimeoutError where the
    gateway is lost.
    """
    place = gateway.play(scene_of(scenario))
    opened = time.monotonic()
    seen = Observed()
    try:
        _play(place, adapter, scenario, conditions, seen, opened)
    except AdapterError as error:
        seen.lost, seen.problem = error, str(error)
    finally:
        performed = gateway.curtain()
    return _record(place, scenario, conditions, performed, seen), seen.lost


def _play(
    place: Place, adapter: Adapter, scenario: Played, conditions: Conditions, seen: Observed, opened: float
) -> None:
    adapter.ask(preparation(place, scenario, conditions.clock), Ready, _LONGEST_S)
    for region in scenario.refuse:
        lose(place.endpoints[region])
    compressed = conditions.clock == "compressed"
    hangs = any("hang" in one["fault"] for one in scenario.fault_script)
    asked = Perform(
        operation=scenario.operation,
        per_call=scenario.per_call,
        patience_s=conditions.patience_s if compressed and hangs else None,
        **work(scenario.operation),
    )
    seen.began = time.monotonic() - opened
    try:
        seen.heard = adapter.ask(asked, Heard, conditions.limit_s)
    except AdapterDeclinedError as error:
        seen.problem = str(error)
    seen.seconds = time.monotonic() - opened - seen.began
    adapter.ask(Close(), Closed, _LONGEST_S)


def _record(
    place: Place, scenario: Played, conditions: Conditions, performed: Performed, seen: Observed
) -> Record:
    losses = len(scenario.refuse)
    arrivals, background = own_arrivals(scenario, performed, seen.began, losses)
    trace: Trace | None = None
    problem = seen.problem
    if seen.heard is not None:
        regions = _regions(place.endpoints)
        trace = trace_of(scenario, seen.heard, arrivals, regions, seen.seconds)
        problem = (
            problem
            or unexplained(scenario, seen.heard, arrivals)
            or contradiction(seen.heard, arrivals, regions, seen.seconds)
        )
        if (wrong := check(trace)) is not None:
            problem, trace = f"what the client told makes no trace: {wrong.field}: {wrong.reason}", None
    unused = {
        place for place, count in performed.used.items() if count < (performed.script[place].limit or 1)
    }
    return Record(
        client=conditions.made,
        scenario=scenario,
        trace=trace,
        arrivals=arrivals,
        background=background,
        writes=writes_of(scenario, arrivals, performed, seen.heard, losses),
        unconsumed=[scenario.fault_script[number - losses] for number in sorted(unused) if number >= losses],
        clock=conditions.clock,
        problem=problem,
    )


def _regions(endpoints: Mapping[str, str]) -> dict[str, str]:
    return {address.rstrip("/"): region for region, address in endpoints.items()}
