"""Situations of retries: what testing must have reached about windows, delays, counts and replicas."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cosmos_retry.invariants.ending import retry_time
from cosmos_retry.invariants.faults import (
    BEHIND,
    GONE,
    GONE_FAULTS,
    METADATA,
    MISSING,
    READ,
    RETRY_WITH,
    SUCCESS,
    THROTTLED,
    UNAVAILABLE,
    WRITE,
)
from cosmos_retry.invariants.history import History, Request, Stay, Try
from cosmos_retry.invariants.registry import situation
from cosmos_retry.invariants.spells import Spell, backoff_spells, gone_spell, retry_with_spell, timeout_spell


def _stays(history: History) -> Iterator[tuple[Request, Stay]]:
    for request in history.requests:
        for stay in request.stays:
            yield request, stay


def _at_end(spell: Spell | None) -> bool:
    return spell is not None and any(one.t == spell.end for one in spell.retries)


def _tries(history: History, holds: Callable[[Request, Try], bool]) -> bool:
    return any(holds(request, one) for request in history.own for one in request.tries)


def _gone_at_end(history: History, name: str) -> bool:
    length = int(history.number(name))
    spells = [gone_spell(history, request, stay) for request, stay in _stays(history)]
    return any(spell.length == length and _at_end(spell) for spell in spells if spell is not None)


@situation("a retry after a 410 started exactly 30 s after the first attempt there")
def short_end(history: History) -> bool:
    """A retry came at the bound of the short window."""
    return _gone_at_end(history, "gone_window_short")


@situation("a retry after a 410 started exactly 60 s after the first attempt there")
def long_end(history: History) -> bool:
    """A retry came at the bound of the long window."""
    return _gone_at_end(history, "gone_window_long")


@situation("a retry after a 410 was made in a second region")
def second_window(history: History) -> bool:
    """The window of a second region was used."""
    return any(stay.retries(GONE_FAULTS) for request in history.own for stay in request.stays[1:])


@situation("a retry after a 408 started exactly 30 s after the first attempt there")
def timeout_end(history: History) -> bool:
    """A retry after a 408 came at the bound."""
    return any(_at_end(timeout_spell(history, stay)) for _, stay in _stays(history))


@situation("a retry after a 449 started exactly 30 s after the first attempt")
def retry_with_end(history: History) -> bool:
    """A retry after a 449 came at the bound."""
    return any(_at_end(retry_with_spell(history, request)) for request in history.own)


@situation("the first retry after a 449 came after exactly 10 ms")
def retry_with_first(history: History) -> bool:
    """The first retry after a 449 came as early as it may."""
    least = int(history.number("retry_with_first"))
    return _tries(history, lambda request, one: one.follows == RETRY_WITH and one.delay == least)


@situation("four delays of one backoff")
def four_delays(history: History) -> bool:
    """A backoff of four retries or more was judged."""
    return any(
        len(spell.retries) > 3 for request in history.own for spell in backoff_spells(history, request)
    )


@situation("a delay shrank by the jitter")
def shrank(history: History) -> bool:
    """A delay was shorter than the one before."""
    return any(
        later < earlier
        for request in history.own
        for spell in backoff_spells(history, request)
        for earlier, later in zip(spell.delays, spell.delays[1:], strict=False)
    )


@situation("three equal delays in a row after growth")
def plateau(history: History) -> bool:
    """A backoff that had grown stayed as it was."""
    spells = [spell for request in history.own for spell in backoff_spells(history, request)]
    return any(
        spell.delays[0] < a == b == c
        for spell in spells
        for a, b, c in zip(spell.delays, spell.delays[1:], spell.delays[2:], strict=False)
    )


@situation("a retry after a 429 came exactly when the wait that was asked for was over")
def waited(history: History) -> bool:
    """A retry after a 429 came as early as it may."""
    return _tries(
        history,
        lambda request, one: (
            one.follows == THROTTLED
            and one.after is not None
            and bool(one.after.asked)
            and one.delay == one.after.asked
        ),
    )


@situation("both retries after a 503 were spent")
def endpoint_spent(history: History) -> bool:
    """One endpoint was retried twice."""
    return any(len(stay.retries({UNAVAILABLE})) == 2 for _, stay in _stays(history))


@situation("a metadata call spent both retries after a 503")
def metadata_spent(history: History) -> bool:
    """A metadata call retried one endpoint twice."""
    spent = (r for r, stay in _stays(history) if len(stay.retries({UNAVAILABLE})) == 2)
    return any(request.kind == METADATA for request in spent)


def _answers(history: History, fault: str, count: int) -> bool:
    return any(sum(one.met == fault for one in stay.tries) == count for _, stay in _stays(history))


@situation("two replicas of a region were behind the session")
def both_behind(history: History) -> bool:
    """Two 404/1002 came from one region."""
    return _answers(history, BEHIND, 2)


@situation("the second replica was not behind the session")
def one_behind(history: History) -> bool:
    """A success followed a 404/1002 in one region."""
    return _tries(history, lambda request, one: one.follows == BEHIND and one.met == SUCCESS)


@situation("two replicas answered 404 under a strong level")
def both_missing(history: History) -> bool:
    """Two 404 came from one region under a strong level."""
    return _answers(history, MISSING, 2)


@situation("one replica answered 404 and the other had the data")
def one_missing(history: History) -> bool:
    """A success followed a 404 under a strong level."""
    return _tries(history, lambda request, one: one.follows == MISSING and one.met == SUCCESS)


@situation("the first retry of a read after a 410 was seen to go to another replica")
def other_replica(history: History) -> bool:
    """The replicas of a read that met 410 and of its first retry were seen."""
    for request, stay in _stays(history):
        for before, one in zip(stay.tries, stay.tries[1:], strict=False):
            seen = before.replica is not None and one.replica is not None
            if request.kind == READ and one.follows == GONE and seen and before.replica != one.replica:
                return True
    return False


def _retried(history: History, kind: str, answered: bool) -> bool:
    def holds(request: Request, one: Try) -> bool:
        gone = request.kind == kind and one.follows == GONE and one.refreshed and one.after is not None
        return gone and one.after is not None and (one.after.status == 410) == answered

    return history.config.mode == "direct" and _tries(history, holds)


@situation("a read was retried after a 410 of the service")
def read_retried(history: History) -> bool:
    """In Direct mode a refresh came between the 410 of a read and its retry."""
    return _retried(history, READ, answered=True)


@situation("a read was retried after its connection was lost")
def lost_read_retried(history: History) -> bool:
    """In Direct mode a refresh came between the failure of a read and its retry."""
    return _retried(history, READ, answered=False)


@situation("a write was retried after a 410 of the service")
def write_retried(history: History) -> bool:
    """In Direct mode a refresh came between the 410 of a write and its retry."""
    return _retried(history, WRITE, answered=True)


@situation("an address resolution that was seen preceded a retry")
def resolved(history: History) -> bool:
    """A metadata call was made before a retry after a 410."""
    calls = [one.event for request in history.requests if request.kind == METADATA for one in request.tries]
    return bool(calls) and _tries(
        history, lambda request, one: one.follows == GONE and one.refreshed and one.event > min(calls)
    )


@situation("two replicas were asked at once")
def pair(history: History) -> bool:
    """An attempt was made beside another one."""
    return _tries(history, lambda request, one: one.beside > 0)


@situation("a request met three kinds of fault")
def mixed(history: History) -> bool:
    """One request was retried for three reasons."""
    return any(len({one.follows for one in request.tries} - {None}) > 2 for request in history.own)


@situation("a request spent more than a minute on retries")
def long_run(history: History) -> bool:
    """The windows of one request add up to more than a minute."""
    return any(retry_time(history, request) > 60_000_000 for request in history.own)


@situation("a request made ten attempts")
def ten_attempts(history: History) -> bool:
    """One request was sent ten times or more."""
    return any(len(request.tries) > 9 for request in history.own)
