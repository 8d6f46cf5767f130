"""Situations of regions: what testing must have reached about writes, changes of region, and pages."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from cosmos_retry.invariants.faults import (
    BEHIND,
    GONE_FAULTS,
    METADATA,
    MISSING,
    MOVED,
    RETRY_WITH,
    SENT_LOST,
    SENT_TIMEOUT,
    SESSION_WRITE,
    THROTTLED,
    TIMED_OUT,
    UNAVAILABLE,
    UNSENT,
    WRITE,
)
from cosmos_retry.invariants.history import History, Request, Stay, Try
from cosmos_retry.invariants.regions import FAILOVER
from cosmos_retry.invariants.registry import situation
from cosmos_retry.invariants.spells import gone_spell


def _met(history: History, fault: str) -> bool:
    return any(one.met == fault for request in history.own for one in request.tries)


def _moves(history: History, faults: AbstractSet[str]) -> Iterator[tuple[Request, Stay, Try]]:
    for request in history.requests:
        for stay, there in request.moves:
            if there.follows in faults:
                yield request, stay, there


def _retried_with_region_left(history: History, fault: str) -> bool:
    return any(
        one.follows == fault and request.next_region(one.event)
        for request in history.own
        for one in request.tries
    )


@situation("a write was sent and no answer came in time")
def sent_timeout(history: History) -> bool:
    """A write timed out after it was sent."""
    return _met(history, SENT_TIMEOUT)


@situation("a write was sent and the connection was lost")
def sent_lost(history: History) -> bool:
    """A write lost its connection after it was sent."""
    return _met(history, SENT_LOST)


@situation("a write that had not been sent was sent again")
def sent_again(history: History) -> bool:
    """A retry followed a write that failed unsent."""
    return any(one.follows == UNSENT for request in history.own for one in request.tries)


@situation("a write went on to another region")
def write_moved(history: History) -> bool:
    """A write failed over."""
    return any(request.kind == WRITE for request, _, _ in _moves(history, FAILOVER))


@situation("a write stayed where multi-write is not enabled, its time for retries spent")
def write_stayed(history: History) -> bool:
    """A write without multi-write was surfaced after 410s, and the account has another region."""
    if history.failed is None or history.config.multi_write_enabled or len(history.config.regions) == 1:
        return False
    _, request = history.failed
    return request.kind == WRITE and request.answers[-1].fault in GONE_FAULTS and len(request.stays) == 1


@situation("a write went on to another region after a 410")
def write_moved_after_gone(history: History) -> bool:
    """A write failed over after 410s."""
    return any(request.kind == WRITE for request, _, _ in _moves(history, GONE_FAULTS))


@situation("a write was forwarded to a region that the refresh named")
def forwarded(history: History) -> bool:
    """A write followed a 403/3 to another region."""
    return any(there.told and there.region in there.told for _, _, there in _moves(history, {MOVED}))


@situation("a request went to a region outside of the preferred locations")
def outside_order(history: History) -> bool:
    """An attempt went to a region of the account that its order of preference lacks."""
    return any(
        one.region in history.config.regions and one.region not in request.order
        for request in history.requests
        for one in request.tries
    )


@situation("a region was left after a 410")
def left_gone(history: History) -> bool:
    """A failover followed a 410."""
    return any(_moves(history, GONE_FAULTS))


@situation("a region was left after a 503")
def left_unavailable(history: History) -> bool:
    """A failover followed a 503."""
    return any(_moves(history, {UNAVAILABLE}))


@situation("a request went through three regions")
def three_regions(history: History) -> bool:
    """A request failed over twice."""
    return any(len({stay.region for stay in request.stays}) > 2 for request in history.requests)


@situation("a region was left one microsecond after the last moment for a retry")
def left_at_once(history: History) -> bool:
    """A failover came at the first moment that permits it, after a retry."""
    for request, stay, there in _moves(history, GONE_FAULTS):
        spell = gone_spell(history, request, stay)
        if spell is not None and spell.retries and there.t == spell.last_call + 1:
            return True
    return False


@situation("a region was left with two replicas behind the session")
def left_behind(history: History) -> bool:
    """A read left a region in which two replicas were behind its session."""
    return any(stay.answers(BEHIND, there.event) == 2 for _, stay, there in _moves(history, {BEHIND}))


@situation("a write left a region after a 404/1002")
def left_session_write(history: History) -> bool:
    """A write failed over after a 404/1002."""
    return any(_moves(history, {SESSION_WRITE}))


@situation("a read behind its session went on to the write region")
def to_write_region(history: History) -> bool:
    """In an account with one write region a read behind its session went there."""
    single = not history.config.multi_write_account
    return single and any(
        there.region == history.config.write_regions[0] for _, _, there in _moves(history, {BEHIND})
    )


@situation("a 429 was retried with another region left")
def throttled_stayed(history: History) -> bool:
    """A retry after a 429 could have gone elsewhere and did not."""
    return _retried_with_region_left(history, THROTTLED)


@situation("a 449 was retried with another write region left")
def retry_with_stayed(history: History) -> bool:
    """A retry after a 449 could have gone elsewhere and did not."""
    return _retried_with_region_left(history, RETRY_WITH)


@situation("a read that met a 408 was retried with another region left")
def timeout_stayed(history: History) -> bool:
    """A retry after a 408 could have gone elsewhere and did not."""
    return _retried_with_region_left(history, TIMED_OUT)


@situation("a read that waited in vain for the gateway was retried")
def gateway_timeout(history: History) -> bool:
    """A retry followed a timeout that the client made."""
    return any(
        one.follows == TIMED_OUT and one.after is not None and one.after.status is None
        for request in history.own
        for one in request.tries
    )


@situation("two replicas answered 404 under a strong level, with another region left")
def missing_stayed(history: History) -> bool:
    """A 404 was surfaced after two replicas though the order of preference has another region."""
    if history.failed is None:
        return False
    end, request = history.failed
    return request.answers[-1].fault == MISSING and request.next_region(end.event) is not None


@situation("a page was asked for in the region of the last one, not the first")
def page_stayed(history: History) -> bool:
    """A page was asked for where a failover had led."""
    return any(
        request.left is not None and one.region == request.left != request.order[0]
        for request in history.own
        for one in request.tries[:1]
    )


@situation("a page was asked for in the first region again")
def page_home(history: History) -> bool:
    """A page was asked for in the first region after one from another."""
    return any(
        request.left is not None and one.region == request.order[0] != request.left
        for request in history.own
        for one in request.tries[:1]
    )


@situation("a metadata call spent its retries in every region")
def metadata_everywhere(history: History) -> bool:
    """A metadata call met 503s in two regions or more, and no region was left."""
    if history.failed is None or history.failed[1].kind != METADATA:
        return False
    end, request = history.failed
    spent = request.answers[-1].fault == UNAVAILABLE and request.next_region(end.event) is None
    return spent and len(request.stays) > 1
