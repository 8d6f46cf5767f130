"""Promises about writes: never sent twice in the dark, and elsewhere only where they are accepted."""

from __future__ import annotations

from cosmos_retry.invariants.faults import (
    GONE_FAULTS,
    MOVED,
    SENT_LOST,
    SENT_TIMEOUT,
    SESSION_WRITE,
    UNAVAILABLE,
    UNCLEAR,
    WRITE,
)
from cosmos_retry.invariants.history import History, Request, Violation
from cosmos_retry.invariants.registry import monitor

FAILOVER = GONE_FAULTS | {UNAVAILABLE, SESSION_WRITE}


def writes(history: History) -> tuple[Request, ...]:
    """The requests of the run that change data."""
    return tuple(request for request in history.requests if request.kind == WRITE)


@monitor("write-never-resent")
def never_resent(history: History) -> Violation | None:
    """Judge that no attempt follows one that was sent and got no definite answer."""
    for request in writes(history):
        for earlier, later in zip(request.tries, request.tries[1:], strict=False):
            if later.beside:
                return Violation(later.event, "sent again while an attempt was under way")
            if earlier.met in (SENT_TIMEOUT, SENT_LOST):
                return Violation(later.event, f"sent again after observation {earlier.event}: {earlier.met}")
    return None


@monitor("write-region")
def region(history: History) -> Violation | None:
    """Judge that a write leaves its region only with multi-write enabled, or when it is forwarded."""
    for request in writes(history):
        for _, there in request.moves:
            if there.follows not in (MOVED, UNCLEAR) and not history.config.multi_write_enabled:
                return Violation(there.event, f"the write went on to {there.region} without multi-write")
    return None


@monitor("write-one-failover")
def one_failover(history: History) -> Violation | None:
    """Judge that a write leaves a region after a 410 only if it has not changed region before."""
    for request in writes(history):
        changed = 0
        for _, there in request.moves:
            if there.follows in GONE_FAULTS and changed:
                return Violation(there.event, f"a further region after a 410: {there.region}")
            changed += there.follows in FAILOVER
    return None


@monitor("forward-after-refresh")
def forward(history: History) -> Violation | None:
    """Judge that a write met by 403/3 is sent on only after an account refresh, and where that one said."""
    if "account_refresh" in history.config.blind:
        return None
    for request in writes(history):
        for one in request.tries:
            if one.follows != MOVED:
                continue
            if not one.account_read:
                return Violation(one.event, "sent on after 403/3 without reading the account again")
            if one.told is not None and one.region is not None and one.region not in one.told:
                return Violation(one.event, f"sent on to {one.region}, which the refresh did not name")
    return None
