"""A trace is refused at the first thing in it that no record of one operation can hold."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import pytest

from cosmos_retry.trace import (
    Account,
    AccountRefresh,
    AddressRefresh,
    Attempt,
    Client,
    Error,
    Event,
    Failure,
    Response,
    Result,
    Throttling,
    Trace,
)
from cosmos_retry.wellformed import Fault, check

PARTS: dict[str, Event] = {
    "attempt": Attempt(t=0),
    "response": Response(status=200),
    "response of 1": Response(status=200, of=1),
    "response of 2": Response(status=200, of=2),
    "failure": Failure(cause="timeout"),
    "address refresh": AddressRefresh(t=0),
    "account refresh": AccountRefresh(t=0),
    "result": Result(t=0),
    "error": Error(t=0, status=None),
}
ANSWERS = (Response, Failure)
ENDS = (Result, Error)
TIMED: list[tuple[type[Event], dict[str, Any]]] = [
    (Attempt, {}),
    (Response, {"status": 200, "of": 1}),
    (Failure, {"cause": "timeout", "of": 1}),
    (AddressRefresh, {}),
    (AccountRefresh, {}),
    (Result, {}),
    (Error, {"status": 500}),
]


def trace(*events: Event, **settings: Any) -> Trace:
    """Return a trace of these events: one region and Direct mode, unless the settings say otherwise."""
    whole: dict[str, Any] = {
        "id": "t",
        "operation": "create",
        "mode": "direct",
        "consistency": "Session",
        "account": Account(regions=["West US"], write_regions=["West US"]),
    }
    return Trace(**(whole | settings), events=list(events))


def first_impossible(events: Sequence[Event]) -> int | None:
    """Return the index of the first event that cannot be where it is, by the rules taken one by one."""
    for index, event in enumerate(events):
        before = events[:index]
        attempts = sum(isinstance(part, Attempt) for part in before)
        still_open = set(range(1, attempts + 1))
        for place, part in enumerate(before):
            if isinstance(part, ANSWERS):
                so_far = sum(isinstance(earlier, Attempt) for earlier in before[:place])
                still_open.remove(part.of or min(n for n in still_open if n <= so_far))
        ended = any(isinstance(part, ENDS) for part in before)
        if isinstance(event, ANSWERS):
            if event.of is None and len(still_open) != 1:
                return index
            if event.of is not None and event.of not in still_open:
                return index
        elif ended:
            return index
    return None


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_every_order_of_events_is_judged_by_the_rules(length: int) -> None:
    """For each sequence of up to four events, the event refused is the first that the rules exclude."""
    accepted = refused = 0
    for names in itertools.product(PARTS, repeat=length):
        events = [PARTS[name] for name in names]
        fault, index = check(trace(*events)), first_impossible(events)
        if index is None:
            accepted += 1
            assert fault is None, names
        else:
            refused += 1
            assert fault is not None, names
            assert fault.field in (f"events[{index}]", f"events[{index}].of"), names
    assert accepted
    assert refused


def test_a_trace_without_events_is_refused() -> None:
    """An operation of which nothing was seen is no record."""
    assert check(trace()) == Fault("events", "is empty; permitted: one event or more")


@pytest.mark.parametrize(("kind", "rest"), TIMED)
@pytest.mark.parametrize("t", [-1.0, -1e-9, math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_is_refused(kind: type[Event], rest: dict[str, Any], t: float) -> None:
    """A time is finite and not negative, in every kind of event."""
    fault = check(trace(Attempt(t=0), kind(t=t, **rest)))
    assert fault is not None
    assert fault.field == "events[1].t"
    assert fault.reason.endswith("is not permitted; permitted: a finite number of seconds, 0 or more")


@pytest.mark.parametrize(("kind", "rest"), TIMED)
def test_time_never_goes_backwards(kind: type[Event], rest: dict[str, Any]) -> None:
    """Each kind of event may be as late as the one before it, or later, but not earlier."""
    for earlier in (0, 0.999_999):
        assert check(trace(Attempt(t=1), kind(t=earlier, **rest))) == Fault(
            "events[1].t", f"{earlier} goes backwards; permitted: 1 s (the time before it) or later"
        )
    for later in (1, 1.000_001, 1e300):
        assert check(trace(Attempt(t=1), kind(t=later, **rest))) is None


@pytest.mark.parametrize("answer", [Response(status=503), Failure(cause="connectivity")])
def test_an_answer_without_a_time_is_passed_over(answer: Event) -> None:
    """Times on both sides of an answer without a time are compared with each other."""
    assert check(trace(Attempt(t=1), answer, Attempt(t=1))) is None
    fault = check(trace(Attempt(t=1), answer, Attempt(t=0.5)))
    assert fault is not None
    assert fault.field == "events[2].t"


@pytest.mark.parametrize("answer", [Response(status=503), Failure(cause="connectivity")])
@pytest.mark.parametrize(
    ("attempts", "which"),
    [
        (2, "attempts 1 and 2 are both open"),
        (3, "attempts 1, 2 and 3 are all open"),
        (9, "attempts 1, 2, 3, 4, 5, 6, 7, 8 and 9 are all open"),
        (12, "attempts 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more are all open"),
    ],
)
def test_which_attempt_is_meant_must_be_said(answer: Event, attempts: int, which: str) -> None:
    """Where several attempts are open, an answer that names none of them is refused with their numbers."""
    fault = check(trace(*[Attempt(t=0)] * attempts, answer))
    assert fault == Fault(f"events[{attempts}]", f"of is needed: {which}")


def test_attempts_answered_before_are_not_among_the_open_ones() -> None:
    """The attempts from which to choose are those without an answer."""
    events: list[Event] = [
        Attempt(t=0),
        Response(status=503),
        Attempt(t=1),
        Attempt(t=2),
        Response(status=200),
    ]
    assert check(trace(*events)) == Fault("events[4]", "of is needed: attempts 2 and 3 are both open")


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        (
            [Response(status=200)],
            Fault("events[0]", "answers nothing: no attempt is open here; permitted: after an attempt"),
        ),
        (
            [Failure(cause="timeout", of=1)],
            Fault("events[0]", "answers nothing: no attempt is open here; permitted: after an attempt"),
        ),
        (
            [Attempt(t=0), Response(status=200, of=2)],
            Fault("events[1].of", "2 is no attempt made so far; permitted: 1"),
        ),
        (
            [Attempt(t=0), Attempt(t=0), Response(status=200, of=7)],
            Fault("events[2].of", "7 is no attempt made so far; permitted: 1 to 2"),
        ),
        (
            [Attempt(t=0), Failure(cause="timeout"), Response(status=200, of=1)],
            Fault("events[2].of", "attempt 1 has its answer already, events[1]; permitted: one answer each"),
        ),
        (
            [Attempt(t=0), Result(t=1), Attempt(t=2)],
            Fault("events[2]", "attempt after the result of events[1]; permitted: an answer to attempt 1"),
        ),
        (
            [Attempt(t=0), Response(status=200), Result(t=1), Error(t=2, status=500)],
            Fault("events[3]", "error after the result of events[2]; permitted: nothing"),
        ),
        (
            [Attempt(t=0), Attempt(t=0), Error(t=1, status=500), AddressRefresh(t=1)],
            Fault(
                "events[3]",
                "address_refresh after the error of events[2]; permitted: an answer to attempts 1 and 2",
            ),
        ),
    ],
)
def test_a_reason_says_what_was_found_and_what_is_permitted(events: list[Event], fault: Fault) -> None:
    """The line for each kind of fault is complete."""
    assert check(trace(*events)) == fault


@pytest.mark.parametrize("end", [Result(t=1), Error(t=1, status=503)])
@pytest.mark.parametrize(
    "late", [Response(status=200), Failure(cause="timeout"), Response(status=200, of=1, t=9)]
)
def test_a_late_answer_is_a_fact(end: Event, late: Event) -> None:
    """An attempt that was open at the end may have its answer afterwards, once."""
    assert check(trace(Attempt(t=0), end, late)) is None
    assert check(trace(Attempt(t=0), end, late, late)) is not None


@pytest.mark.parametrize(
    "operation",
    [
        "point_read",
        "create",
        "upsert",
        "replace",
        "delete",
        "patch",
        "transactional_batch",
        "stored_procedure",
    ],
)
def test_a_page_is_asked_for_in_a_query_only(operation: str) -> None:
    """The step `page` is refused in any other operation, and taken in a query."""
    page = Attempt(t=0, step="page")
    assert check(trace(page, operation="query")) is None
    assert check(trace(page, operation=operation)) == Fault(
        "events[0].step", "'page' is not permitted; permitted: in a query only"
    )


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"client": Client(request_timeout_s=4)},
            "client.request_timeout_s: 4 is outside 5 to 10 s (inclusive)",
        ),
        (
            {"client": Client(throttling=Throttling(max_retries=-1))},
            "client.throttling.max_retries: -1 is outside 0 to 2147483647 (inclusive)",
        ),
        (
            {"account": Account(regions=["West US"], write_regions=["Mars"])},
            "account.write_regions: 'Mars' is not a region of the account",
        ),
    ],
)
def test_a_configuration_that_cannot_be_is_a_fault(settings: dict[str, Any], line: str) -> None:
    """A setting that is not permitted makes the trace unreadable, with the same words."""
    assert str(check(trace(Attempt(t=0), **settings))) == line


def test_an_asked_for_level_that_is_too_strong_is_no_fault() -> None:
    """A request for a stronger level than the account's is something the service answers, with a 400."""
    account = Account(regions=["West US"], write_regions=["West US"], consistency="Eventual")
    assert check(trace(Attempt(t=0), account=account, consistency="Strong")) is None


def test_a_hundred_thousand_open_attempts_are_no_burden() -> None:
    """Answers to many open attempts, the last one first, are each found without a search."""
    many = range(1, 100_001)
    events: list[Event] = [
        *(Attempt(t=0) for _ in many),
        *(Response(status=200, of=n) for n in reversed(many)),
    ]
    assert check(trace(*events)) is None


def test_a_fault_of_the_whole_has_no_field() -> None:
    """As text, a fault without a field is its reason."""
    assert str(Fault("", "is not JSON")) == "is not JSON"
    assert str(Fault("id", "is missing")) == "id: is missing"
