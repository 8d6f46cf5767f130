"""Situations of the end: what testing must have reached about what the application hears."""

from __future__ import annotations

from collections.abc import Callable

from cosmos_retry.invariants.faults import (
    BEHIND,
    FINAL,
    GONE_FAULTS,
    METADATA,
    MOVED,
    READ,
    RETRY_WITH,
    SENT_LOST,
    SENT_TIMEOUT,
    SESSION_WRITE,
    THROTTLED,
    TIMED_OUT,
    UNAVAILABLE,
    WRITE,
)
from cosmos_retry.invariants.history import End, History, Request
from cosmos_retry.invariants.regions import failovers
from cosmos_retry.invariants.registry import situation

OWN = frozenset({READ, WRITE})


def _surfaced(name: str, status: int, faults: frozenset[str], kinds: frozenset[str] = OWN) -> None:
    """Declare that an error of this status, after one of these faults, is a situation to be reached."""

    def tell(history: History) -> bool:
        if history.failed is None:
            return False
        end, request = history.failed
        return end.status == status and request.answers[-1].fault in faults and request.kind in kinds

    situation(name)(tell)


READS, WRITES = frozenset({READ}), frozenset({WRITE})
for _status in (400, 401, 403, 500):
    _surfaced(f"a {_status} was surfaced", _status, frozenset({FINAL}))
for _status in (409, 412):
    _surfaced(f"a {_status} of a write was surfaced", _status, frozenset({FINAL}), WRITES)
_surfaced("a 403/3 was surfaced", 403, frozenset({MOVED}))
_surfaced("a 408 of the service to a write was surfaced", 408, frozenset({FINAL}), WRITES)
_surfaced("a 503 of the service was surfaced in Direct mode", 503, frozenset({FINAL}))
_surfaced("503 was surfaced by a read after 410s", 503, GONE_FAULTS, READS)
_surfaced("503 was surfaced by a write after 410s", 503, GONE_FAULTS, WRITES)
_surfaced("503 was surfaced by a sent write whose connection was lost", 503, frozenset({SENT_LOST}))
_surfaced("408 was surfaced by a sent write that timed out", 408, frozenset({SENT_TIMEOUT}))
_surfaced("408 was surfaced by a read", 408, frozenset({TIMED_OUT}))
_surfaced("429 was surfaced", 429, frozenset({THROTTLED}))
_surfaced("449 was surfaced", 449, frozenset({RETRY_WITH}))
_surfaced("404 was surfaced by a read behind its session", 404, frozenset({BEHIND}))
_surfaced("404 was surfaced by a write after a 404/1002", 404, frozenset({SESSION_WRITE}))
_surfaced("503 was surfaced in Gateway mode", 503, frozenset({UNAVAILABLE}))
_surfaced("503 of a metadata call was surfaced", 503, frozenset({UNAVAILABLE}), frozenset({METADATA}))


def _failed(history: History, holds: Callable[[End, Request, str], bool]) -> bool:
    if history.failed is None:
        return False
    end, request = history.failed
    return holds(end, request, request.answers[-1].fault)


@situation("a 404 was surfaced under Eventual")
def weak_missing(history: History) -> bool:
    """A point read under Eventual ended with its 404."""
    eventual = history.config.consistency == "Eventual"
    return eventual and _failed(history, lambda end, request, fault: fault == FINAL and end.status == 404)


@situation("a 404 was surfaced under ConsistentPrefix")
def prefix_missing(history: History) -> bool:
    """A point read under ConsistentPrefix ended with its 404."""
    prefix = history.config.consistency == "ConsistentPrefix"
    return prefix and _failed(history, lambda end, request, fault: fault == FINAL and end.status == 404)


@situation("an error without a status was surfaced")
def unnumbered(history: History) -> bool:
    """The application got an error that carries no status."""
    return _failed(history, lambda end, request, fault: end.status is None)


def _retries(request: Request, fault: str) -> int:
    return sum(one.follows == fault for one in request.tries)


@situation("a 429 was retried nine times and then surfaced")
def nine_times(history: History) -> bool:
    """The default limit of retries after a 429 was spent."""
    return _failed(history, lambda end, request, fault: fault == THROTTLED and _retries(request, fault) == 9)


@situation("a 429 was surfaced because its time was spent")
def throttle_time(history: History) -> bool:
    """A 429 was surfaced with retries left after at least one."""
    most = history.number("throttle_retries")
    return _failed(
        history, lambda end, request, fault: fault == THROTTLED and 0 < _retries(request, fault) < most
    )


@situation("a 429 was surfaced at the limit of the client's own options")
def own_limit(history: History) -> bool:
    """A client with another limit than nine spent it."""
    most = history.number("throttle_retries")
    return most not in (0, 9) and _failed(
        history, lambda end, request, fault: fault == THROTTLED and _retries(request, fault) == most
    )


@situation("a 429 was surfaced without a retry, as the client's options ask")
def no_retries(history: History) -> bool:
    """A client that permits no retries after a 429 made none."""
    return history.number("throttle_retries") == 0 and _failed(
        history, lambda end, request, fault: fault == THROTTLED
    )


@situation("a write surfaced 503 in its second region with a third one left")
def second_region(history: History) -> bool:
    """A write went on once after 410s, and no further."""
    return _failed(
        history,
        lambda end, request, fault: (
            request.kind == WRITE
            and fault in GONE_FAULTS
            and failovers(request, end.event) == 1
            and request.next_region(end.event) is not None
        ),
    )


@situation("a read was surfaced after 503s in two regions with a third one left")
def one_more(history: History) -> bool:
    """A read went on once after 503s, and no further."""
    return _failed(
        history,
        lambda end, request, fault: (
            request.kind == READ
            and fault == UNAVAILABLE
            and failovers(request, end.event) == 1
            and request.next_region(end.event) is not None
        ),
    )


@situation("a read spent its time for retries in every region")
def read_everywhere(history: History) -> bool:
    """A read met 410s in three regions or more, and no region was left."""
    return _failed(
        history,
        lambda end, request, fault: request.kind == READ and fault in GONE_FAULTS and len(request.stays) > 2,
    )


@situation("a write was surfaced after 503s in every region")
def write_everywhere(history: History) -> bool:
    """A write met 503s in two regions or more, and no region was left."""
    return _failed(
        history,
        lambda end, request, fault: (
            request.kind == WRITE
            and fault == UNAVAILABLE
            and len(request.stays) > 1
            and request.next_region(end.event) is None
        ),
    )


@situation("an error was surfaced after retries")
def after_retries(history: History) -> bool:
    """The fault that was surfaced had been retried."""
    return _failed(history, lambda end, request, fault: _retries(request, fault) > 0)


@situation("a fault was surfaced without a retry, its time being over")
def time_over(history: History) -> bool:
    """A 410 was surfaced after one attempt that outlasted the window."""
    return _failed(history, lambda end, request, fault: fault in GONE_FAULTS and len(request.tries) == 1)


@situation("a success was reported")
def success(history: History) -> bool:
    """The application got its answer."""
    return history.end is not None and history.end.success


@situation("a success was reported after a fault")
def success_after_fault(history: History) -> bool:
    """The application got its answer after a retry."""
    end = history.end
    return end is not None and end.success and end.of is not None and len(end.of.tries) > 1


@situation("a second page of a query was asked for")
def second_page(history: History) -> bool:
    """A query had two requests or more."""
    return len(history.own) > 1


@situation("an answer came after the application had heard")
def late(history: History) -> bool:
    """An attempt that was still under way was answered after the end."""
    end = history.end
    return end is not None and any(
        answer.event > end.event for request in history.requests for answer in request.answers
    )
