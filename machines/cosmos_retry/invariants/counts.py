"""Promises about counts: answers that nobody retries, and how often one endpoint is asked."""

from __future__ import annotations

from collections.abc import Callable

from cosmos_retry.invariants.faults import FINAL, UNAVAILABLE, WEAK_LEVELS
from cosmos_retry.invariants.history import Answer, History, Request, Violation
from cosmos_retry.invariants.registry import monitor


def _once(history: History, which: Callable[[Request, Answer], bool]) -> Violation | None:
    for request in history.requests:
        for one in request.tries:
            before = one.after
            if before is not None and one.follows == FINAL and which(request, before):
                return Violation(one.event, f"another attempt after the {before.status} of {before.event}")
    return None


@monitor("refused-once")
def refused(history: History) -> Violation | None:
    """Judge that 400, 401, 403, 500, and 409 and 412 of a write, are never followed by another attempt."""
    statuses = (400, 401, 403, 409, 412, 500)
    return _once(history, lambda request, answer: answer.status in statuses)


@monitor("write-timeout-once")
def write_timeout(history: History) -> Violation | None:
    """Judge that a write which the service answered with 408 is not sent again."""
    return _once(history, lambda request, answer: answer.status == 408)


@monitor("weak-missing-once")
def weak_missing(history: History) -> Violation | None:
    """Judge that a point read under Eventual or ConsistentPrefix makes one attempt when it meets a 404."""
    weak = history.config.consistency in WEAK_LEVELS
    return _once(history, lambda request, answer: weak and answer.status == 404)


@monitor("direct-503-once")
def direct_503(history: History) -> Violation | None:
    """Judge that a 503 from the service in Direct mode is not retried."""
    return _once(history, lambda request, answer: answer.status == 503)


@monitor("gateway-503-twice")
def gateway_503(history: History) -> Violation | None:
    """Judge that one endpoint of the gateway gets no more than two retries after a 503."""
    most = int(history.number("unavailable_retries"))
    for request in history.requests:
        for stay in request.stays:
            for one in stay.retries({UNAVAILABLE})[most:]:
                return Violation(one.event, f"more than {most} retries after a 503 in {stay.region}")
    return None
