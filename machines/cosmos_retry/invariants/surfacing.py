"""Promises about what the application hears: the right error, not too soon, and no invented success."""

from __future__ import annotations

from cosmos_retry.config import Config
from cosmos_retry.invariants.faults import (
    BEHIND,
    GONE_FAULTS,
    METADATA,
    MISSING,
    RETRY_WITH,
    SENT_LOST,
    SENT_TIMEOUT,
    SESSION_WRITE,
    THROTTLED,
    TIMED_OUT,
    UNAVAILABLE,
    UNCLEAR,
    UNDOCUMENTED,
    WRITE,
    is_success,
)
from cosmos_retry.invariants.history import Answer, End, History, Request, Violation
from cosmos_retry.invariants.regions import failovers
from cosmos_retry.invariants.registry import monitor
from cosmos_retry.invariants.spells import (
    Spell,
    gone_spell,
    retry_with_spell,
    throttle_spell,
    timeout_spell,
)


@monitor("surfaced-as-mapped")
def mapped(history: History) -> Violation | None:
    """Judge that the application hears the status that the documents map the last fault to."""
    if history.failed is None:
        return None
    end, request = history.failed
    last = request.answers[-1]
    expected = {SENT_TIMEOUT: 408, SENT_LOST: 503, TIMED_OUT: 408} | dict.fromkeys(GONE_FAULTS, 503)
    if last.fault == UNCLEAR or _metadata_lost(request, last):
        return None
    status = expected.get(last.fault, last.status)
    if end.status not in (None, status):
        return Violation(end.event, f"{end.status} was surfaced where {status} was due")
    return None


def _metadata_lost(request: Request, last: Answer) -> bool:
    """Whether a metadata call failed in a way that the documents map to nothing."""
    lost = last.status is None or last.status in (404, 408, 410)
    return request.kind == METADATA and last.fault == UNDOCUMENTED and lost


@monitor("gone-never-surfaced")
def never_410(history: History) -> Violation | None:
    """Judge that the application never hears 410 from a request whose last fault was a 410."""
    if history.failed is None:
        return None
    end, request = history.failed
    if request.answers[-1].fault in GONE_FAULTS and end.status == 410:
        return Violation(end.event, "410 was surfaced")
    return None


@monitor("retried-before-surfaced")
def retried(history: History) -> Violation | None:
    """Judge that no fault that is to be retried is surfaced without a retry while one would be in time."""
    if history.failed is None:
        return None
    end, request = history.failed
    if _owes_a_retry(history, request, end):
        return Violation(end.event, f"surfaced without a retry: {request.answers[-1].fault}")
    return None


def _owes_a_retry(history: History, request: Request, end: End) -> bool:
    fault = request.answers[-1].fault
    if fault == RETRY_WITH:
        return _time_left(retry_with_spell(history, request), end)
    if fault == THROTTLED:
        spell, asked = throttle_spell(history, request), request.answers[-1].asked or 0
        return history.number("throttle_retries") > 0 and _time_left(spell, end, asked)
    if not request.stays or len(request.located) < len(request.tries):
        return False
    stay = request.stays[-1]
    if fault in GONE_FAULTS:
        return _time_left(gone_spell(history, request, stay), end)
    if fault == TIMED_OUT:
        return _time_left(timeout_spell(history, stay), end)
    if fault == UNAVAILABLE:
        return not stay.retries({UNAVAILABLE})
    if fault == SESSION_WRITE:
        return not stay.retries({SESSION_WRITE}) and not failovers(request, end.event)
    if fault == BEHIND:
        return history.config.mode == "direct" and stay.answers(BEHIND, end.event) < 2
    if fault == MISSING:
        return stay.answers(MISSING, end.event) < 2 and stay.tries[-1].replica is not None
    return False


def _time_left(spell: Spell | None, end: End, asked: int = 0) -> bool:
    return spell is not None and not spell.retries and end.t <= spell.end - asked


@monitor("regions-before-surfaced")
def regions(history: History) -> Violation | None:
    """Judge that no fault is surfaced while a region is left that the documents send the request to."""
    if history.failed is None:
        return None
    end, request = history.failed
    left = _region_owed(history.config, request, end)
    if left is not None:
        return Violation(end.event, f"surfaced before {left} was tried: {request.answers[-1].fault}")
    return None


def _region_owed(config: Config, request: Request, end: End) -> str | None:
    if len(request.located) < len(request.tries):
        return None
    fault, following = request.answers[-1].fault, request.next_region(end.event)
    moved = failovers(request, end.event) > 0
    if request.kind == WRITE and not config.multi_write_enabled:
        return None
    if fault == BEHIND and not config.multi_write_account:
        return config.write_regions[0] if config.write_regions[0] not in request.visited(end.event) else None
    if fault == UNAVAILABLE and (request.kind in (WRITE, METADATA) or not moved):
        return following
    if fault in GONE_FAULTS and (request.kind != WRITE or not moved):
        return following
    return following if fault == SESSION_WRITE and not moved else None


@monitor("success-never-invented")
def invented(history: History) -> Violation | None:
    """Judge that the application hears of a success only after the service reported one."""
    end = history.end
    if end is None or not end.success or end.of is None:
        return None
    if end.of.succeeded is None:
        return Violation(end.event, "a success was reported and the service had sent none")
    if end.status is not None and not is_success(end.status):
        return Violation(end.event, f"{end.status} was reported as a success")
    return None


@monitor("success-never-denied")
def denied(history: History) -> Violation | None:
    """Judge that a success is neither surfaced as an error nor followed by another attempt; pages apart."""
    query = history.config.operation == "query"
    for request in history.own:
        done = request.succeeded
        later = [one.event for one in request.tries if done is not None and one.event > done.event]
        if later and not query:
            return Violation(later[0], "an attempt after the service had reported a success")
    end = history.end
    if end is None or end.success or end.of is None or query or end.of.kind == METADATA:
        return None
    if end.of.succeeded is not None and not end.of.open:
        return Violation(end.event, "an error was surfaced and the service had reported a success")
    return None


@monitor("ended-once")
def ended(history: History) -> Violation | None:
    """Judge that after the result or the error the client does nothing more for the operation."""
    if history.beyond is not None:
        return Violation(history.beyond, "the application had heard already")
    return None
