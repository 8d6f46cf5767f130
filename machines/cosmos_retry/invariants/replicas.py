"""Promises about replicas and their addresses: which one is asked, how many, and after what."""

from __future__ import annotations

from cosmos_retry.invariants.faults import (
    BEHIND,
    GONE,
    GONE_FAULTS,
    MISSING,
    READ,
    STRONG_LEVELS,
    WEAK_LEVELS,
)
from cosmos_retry.invariants.history import History, Request, Try, Violation
from cosmos_retry.invariants.registry import monitor


def _two_replicas(history: History, fault: str) -> Violation | None:
    for request in history.own:
        for stay in request.stays:
            for before, one in zip(stay.tries, stay.tries[1:], strict=False):
                if one.follows != fault:
                    continue
                if stay.answers(fault, one.event) > 1:
                    return Violation(one.event, f"a third replica of {stay.region} was asked")
                if _same_replica(before, one):
                    return Violation(one.event, f"the same replica of {stay.region} was asked again")
    return None


def _same_replica(before: Try, one: Try) -> bool:
    return one.replica is not None and one.replica == before.replica


@monitor("session-two-replicas")
def session_replicas(history: History) -> Violation | None:
    """Judge that a read behind its session asks two different replicas of a region, and no third."""
    return _two_replicas(history, BEHIND)


@monitor("strong-two-replicas")
def strong_replicas(history: History) -> Violation | None:
    """Judge that a read that met 404 under a strong level asks two different replicas, and no third."""
    return _two_replicas(history, MISSING)


@monitor("gone-other-replica")
def other_replica(history: History) -> Violation | None:
    """Judge that the first retry of a read after a 410 goes to another replica, but under the weak levels."""
    if history.config.consistency in WEAK_LEVELS:
        return None
    for request in history.own:
        for stay in request.stays:
            first = next(iter(stay.retries(GONE_FAULTS)), None)
            if request.kind == READ and first is not None:
                before = stay.tries[stay.tries.index(first) - 1]
                if _same_replica(before, first):
                    return Violation(first.event, "the first retry after a 410 went to the same replica")
    return None


@monitor("refresh-before-retry")
def refresh(history: History) -> Violation | None:
    """Judge that in Direct mode a retry after a 410 follows an address refresh, but for a write not sent."""
    if history.config.mode == "gateway" or "address_refresh" in history.config.blind:
        return None
    for request in history.own:
        for stay in request.stays:
            for one in stay.retries({GONE}):
                if not one.refreshed:
                    return Violation(one.event, "a retry after a 410 without an address refresh")
    return None


@monitor("one-at-a-time")
def one_at_a_time(history: History) -> Violation | None:
    """Judge that only a read under a strong level is under way twice, in one region, at two replicas."""
    for request in history.own:
        strong = request.kind == READ and history.config.consistency in STRONG_LEVELS
        for before, one in zip(request.tries, request.tries[1:], strict=False):
            if one.beside and not (strong and _second_half(request, before, one)):
                return Violation(one.event, "an attempt beside one that is under way")
    return None


def _second_half(request: Request, before: Try, one: Try) -> bool:
    """Whether an attempt is the second one to the two replicas that a strong read may ask at once."""
    if None not in (before.region, one.region) and before.region != one.region:
        return False
    asked = any(one in stay.tries and stay.answers(MISSING, one.event) for stay in request.stays)
    return not (asked or before.beside or _same_replica(before, one))
