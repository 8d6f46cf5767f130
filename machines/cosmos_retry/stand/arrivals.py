"""Arrivals: which requests at the gateway were the operation's own, and what they come to for a write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cosmos_retry.gateway import Arrival
from cosmos_retry.gateway import Played as Performed
from cosmos_retry.stand.faults import WAIT, short
from cosmos_retry.stand.ghost import Delivery, check
from cosmos_retry.stand.operations import KIND
from cosmos_retry.stand.protocol import Heard
from cosmos_retry.stand.record import Arrived, Played, Writes
from cosmos_retry.trace import Operation

MARK = "x-ms-stand-attempt"  # a header by which an adapter may tell which attempt a request belongs to
_EARLY_S = 0.05  # the operation's first request may be read before the stand has looked at its clock
_ALSO_OF_A_QUERY = ("query_plan",)
_STANDS_OWN = "other"


def own_arrivals(
    scenario: Played, performed: Performed, began: float | None, losses: int
) -> tuple[list[Arrived], int]:
    """Return the operation's own requests in order, and the number of all others.

    began: when the operation began, seconds since the scene did; None where it never did.  losses: how many
    entries of the script are the stand's own.
    """
    own: list[Arrived] = []
    background = 0
    for one in performed.arrivals:
        late_enough = began is not None and one.t >= began - _EARLY_S
        if late_enough and began is not None and _is_own(scenario.operation, one):
            own.append(_arrived(scenario, one, began, losses))
        elif one.kind != _STANDS_OWN:
            background += 1
    return own, background


def _is_own(operation: Operation, arrival: Arrival) -> bool:
    if arrival.kind == "pkranges":  # a client that marks its requests tells which of these are its own
        return operation == "query" or MARK in arrival.headers
    return arrival.kind == KIND[operation] or (operation == "query" and arrival.kind in _ALSO_OF_A_QUERY)


def _arrived(scenario: Played, one: Arrival, began: float, losses: int) -> Arrived:
    fault = _scripted(scenario, one, losses)
    asked = {name.lower(): value for name, value in (fault or {}).get("headers", {}).items()}.get(WAIT)
    mark = one.headers.get(MARK, "")
    return Arrived(
        t=round(max(one.t - began, 0.0), 6),
        region=None if one.port == "global" else one.region,
        kind=one.kind,
        fault=short(fault) if fault is not None else None,
        done=one.done,
        status=one.status,
        substatus=one.substatus,
        retry_after_ms=float(asked) if asked and asked.isdigit() else None,
        applied=one.applied,
        attempt=int(mark) if mark.isdigit() else None,
    )


def _scripted(scenario: Played, one: Arrival, losses: int) -> Mapping[str, Any] | None:
    """Return the fault of the scenario's script that a request met."""
    if one.fault is None or one.fault < losses:
        return None
    fault: Mapping[str, Any] = scenario.fault_script[one.fault - losses]["fault"]
    return fault


def writes_of(
    scenario: Played, arrivals: Sequence[Arrived], performed: Performed, heard: Heard | None, losses: int
) -> Writes | None:
    """Return what became of a write, None for a read."""
    kind = KIND[scenario.operation]
    if scenario.operation in ("point_read", "query"):
        return None
    found = [one for one in performed.arrivals if one.kind == kind and one.body_read]
    deliveries = [
        Delivery(
            applied=one.applied > 0,
            status=one.status if one.done == "answered" else None,
            pretended="status" in (_scripted(scenario, one, losses) or {}),
        )
        for one in found
    ]
    return check(
        deliveries,
        heard.outcome if heard is not None else "nothing",
        heard.status if heard is not None else None,
    )


def unexplained(scenario: Played, heard: Heard, arrivals: Sequence[Arrived]) -> str | None:
    """Return what no fault explains: an attempt that failed although nothing was done to it, or None.

    A machine that is too busy makes such: a request that was to hang for a moment only, and did not come
    back in time.  The trial is then worth nothing.
    """
    if heard.outcome == "error" and not arrivals and not heard.attempts and not scenario.refuse:
        return f"the client made no attempt: {heard.name}: {heard.message or ''}"
    reached = {one.attempt: one for one in arrivals if one.attempt is not None}
    faults = [entry["fault"] for entry in scenario.fault_script]
    can_refuse = bool(scenario.refuse) or any(
        fault.get("lose") or entry["op"] == "connect"
        for fault, entry in zip(faults, scenario.fault_script, strict=True)
    )
    for number, one in enumerate(heard.attempts or (), start=1):
        met = reached.get(number)
        if one.failure is None or (met is None and can_refuse):
            continue
        if met is None or met.fault is None:
            where = "never arrived" if met is None else "met no fault"
            return f"attempt {number} failed ({one.error or one.failure}), though it {where}"
    return None
