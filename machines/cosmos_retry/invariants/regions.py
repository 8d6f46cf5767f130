"""Promises about regions: which one comes next, what must be spent before, and when the request stays."""

from __future__ import annotations

from cosmos_retry.invariants.faults import (
    BEHIND,
    GONE_FAULTS,
    MISSING,
    READ,
    RETRY_WITH,
    SESSION_WRITE,
    THROTTLED,
    TIMED_OUT,
    UNAVAILABLE,
    UNCLEAR,
)
from cosmos_retry.invariants.history import History, Request, Stay, Try, Violation
from cosmos_retry.invariants.registry import monitor
from cosmos_retry.invariants.spells import gone_spell

SPENT = GONE_FAULTS | {UNAVAILABLE}
FAILOVER = SPENT | {SESSION_WRITE, BEHIND}


def failovers(request: Request, before: int) -> int:
    """How often the request had changed region before an observation (exclusive), forwards apart.

    A change after a write that failed, and nobody saw whether it had been sent, counts: it may be one.
    """
    faults = FAILOVER | {UNCLEAR}
    return sum(there.event < before and there.follows in faults for _, there in request.moves)


@monitor("region-of-account")
def of_account(history: History) -> Violation | None:
    """Judge that every attempt goes to a region that the account has."""
    for request in history.requests:
        for one in request.tries:
            if one.region is not None and one.region not in history.config.regions:
                return Violation(one.event, f"the account has no region {one.region}")
    return None


@monitor("region-order")
def order(history: History) -> Violation | None:
    """Judge that a failover goes to the next untried region in order of preference, while there is one.

    In an account with one write region a read behind its session follows another promise.
    """
    single = not history.config.multi_write_account
    for request in history.requests:
        for _, there in request.moves:
            if there.follows not in FAILOVER or (there.follows == BEHIND and single):
                continue
            if there.region != request.next_region(there.event) and not _left_open(request, there):
                return Violation(there.event, f"{there.region} is not next in the order of preference")
    return None


def _left_open(request: Request, there: Try) -> bool:
    """Whether an attempt goes to an untried region outside the order, when nothing is said of that."""
    untried = there.region not in (*request.order, *request.visited(there.event))
    return untried and (request.next_region(there.event) is None or there.follows == BEHIND)


@monitor("region-not-revisited")
def not_revisited(history: History) -> Violation | None:
    """Judge that no failover goes to a region that the request has been to."""
    for request in history.requests:
        for _, there in request.moves:
            if there.follows in FAILOVER and there.region in request.visited(there.event):
                return Violation(there.event, f"{there.region} had been tried before")
    return None


@monitor("local-retries-first")
def local_first(history: History) -> Violation | None:
    """Judge that a region is left only when what may be tried there is spent."""
    for request in history.requests:
        for stay, there in request.moves:
            reason = _left_too_soon(history, request, stay, there)
            if reason is not None:
                return Violation(there.event, reason)
    return None


def _left_too_soon(history: History, request: Request, stay: Stay, there: Try) -> str | None:
    if there.follows in GONE_FAULTS:
        spell = gone_spell(history, request, stay)
        if spell is not None and there.t <= spell.last_call:
            return f"{stay.region} was left with time for retries after a 410 left"
    elif there.follows == UNAVAILABLE:
        if len(stay.retries({UNAVAILABLE})) < history.number("unavailable_retries"):
            return f"{stay.region} was left with retries after a 503 left"
    elif there.follows == BEHIND and history.config.mode == "direct":
        if stay.answers(BEHIND, there.event) < 2:
            return f"{stay.region} was left after one replica"
    elif there.follows == SESSION_WRITE:
        retried = stay.retries({SESSION_WRITE}) or failovers(request, there.event)
        return None if retried else f"{stay.region} was left without a retry after a 404/1002"
    return None


@monitor("session-write-region")
def session_write_region(history: History) -> Violation | None:
    """Judge that a read behind its session goes on to the write region where the account has one."""
    if history.config.multi_write_account:
        return None
    (write_region,) = history.config.write_regions
    for request in history.requests:
        for _, there in request.moves:
            untried = write_region not in request.visited(there.event)
            if there.follows == BEHIND and untried and there.region != write_region:
                return Violation(
                    there.event, f"{there.region} was tried before the write region {write_region}"
                )
    return None


def _stays(history: History, fault: str, name: str) -> Violation | None:
    for request in history.requests:
        for _, there in request.moves:
            if there.follows == fault:
                return Violation(there.event, f"after a {name} the request went on to {there.region}")
    return None


@monitor("throttled-region")
def throttled(history: History) -> Violation | None:
    """Judge that a 429 is retried in its region only."""
    return _stays(history, THROTTLED, "429")


@monitor("retry-with-region")
def retry_with(history: History) -> Violation | None:
    """Judge that a 449 is retried in its region only."""
    return _stays(history, RETRY_WITH, "449")


@monitor("timeout-region")
def timed_out(history: History) -> Violation | None:
    """Judge that a read which met a 408 is retried in its region only."""
    return _stays(history, TIMED_OUT, "408")


@monitor("strong-missing-region")
def missing(history: History) -> Violation | None:
    """Judge that a 404 under Strong or BoundedStaleness never leads to another region."""
    return _stays(history, MISSING, "404")


@monitor("page-region")
def page(history: History) -> Violation | None:
    """Judge that a page of a query is asked for where the last one came from, or in the first region."""
    for request in history.requests:
        if request.kind == READ and request.left is not None and request.located:
            first = request.located[0]
            if first.region not in (request.left, request.order[0]):
                return Violation(first.event, f"the next page was asked for in {first.region}")
    return None
