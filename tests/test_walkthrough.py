"""The reference client keeps to the contract whatever it meets, and the walkthrough tells how."""

from __future__ import annotations

import itertools
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosmos_retry import ConfigError, judge, load_contract, trace
from cosmos_retry.config import OPERATIONS
from cosmos_retry.scenario import FAILURES, Scenario, parse_fault
from cosmos_retry.trace import AccountRefresh, AddressRefresh, Attempt, Error, Failure, Response
from cosmos_retry.walkthrough import Walkthrough, walk
from cosmos_retry.wellformed import check

MODES = get_args(trace.Mode)
LEVELS = get_args(trace.Level)
FAULTS = (
    *("400", "401", "403", "403/3", "404", "404/1002", "408", "409", "410/1002", "412", "413", "418"),
    *("429", "449", "500", "503"),
    *FAILURES,
)
NAMES = ("West US", "East US", "North Europe")
TOPOLOGIES: dict[str, dict[str, Any]] = {
    "one region": {"regions": NAMES[:1], "write_regions": NAMES[:1]},
    "one write region": {"regions": NAMES, "write_regions": NAMES[:1], "preferred": NAMES},
    "writes not preferred": {"regions": NAMES, "write_regions": NAMES[1:2], "preferred": NAMES[:1]},
    "multi-write": {
        "regions": NAMES,
        "write_regions": NAMES,
        "preferred": NAMES[::-1],
        "use_multiple_write_locations": True,
    },
    "multi-write in two": {
        "regions": NAMES,
        "write_regions": NAMES[1:],
        "preferred": NAMES[:2],
        "use_multiple_write_locations": True,
    },
    "multi-write unused": {"regions": NAMES, "write_regions": NAMES},
}
# No row of a write looks at the level, and no row of a read tells these three from the other two.
KINDS = [
    *itertools.product(("point_read", "query"), MODES, ("Strong", "Session", "Eventual")),
    *itertools.product(("create", "delete"), MODES, ("Session",)),
]
# Every topology with a fault that stays, and two of them with one that goes after two attempts.
PLACES: list[tuple[dict[str, Any], int | None]] = [(topology, None) for topology in TOPOLOGIES.values()]
PLACES += [(topology, 2) for topology in list(TOPOLOGIES.values())[2:4]]


def scenario(*faults: str, **settings: Any) -> Scenario:
    """A scenario with these faults; what is not given is a create in Direct mode, Session, two regions."""
    usual = {
        "operation": "create",
        "mode": "direct",
        "consistency": "Session",
        "regions": NAMES[:2],
        "write_regions": NAMES[:1],
    }
    return Scenario(faults=tuple(map(parse_fault, faults)), **(usual | settings))


def regions(walkthrough: Walkthrough) -> list[str | None]:
    """Where the attempts went, in order."""
    return [step.event.region for step in walkthrough.steps if isinstance(step.event, Attempt)]


def times(walkthrough: Walkthrough) -> list[float]:
    """When the attempts began, in seconds."""
    return [step.event.t for step in walkthrough.steps if isinstance(step.event, Attempt)]


def heard(walkthrough: Walkthrough) -> tuple[str, int | None, float]:
    """What the application heard in the end: result or error, its status, and when."""
    last = walkthrough.steps[-1].event
    return type(last).__name__.lower(), getattr(last, "status", None), last.t or 0.0


def assert_conforms(walkthrough: Walkthrough) -> None:
    """The run has an end, its trace is one, and the oracle has nothing to say against it."""
    assert walkthrough.stopped == ""
    assert check(walkthrough.trace) is None
    verdict = judge(walkthrough.trace)
    assert (verdict.verdict, verdict.reason) == ("conforms", "every observation is permitted")
    assert verdict.complete


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("operation", "mode", "level"), KINDS)
@pytest.mark.thorough
def test_reference_client_conforms(operation: str, mode: str, level: str, fault: str) -> None:
    """The oracle finds that the reference client conforms, for a fault that stays and one that goes.

    A level takes one half of the places, and the next one the other.
    """
    for topology, often in PLACES[KINDS.index((operation, mode, level)) % 2 :: 2]:
        settings = {"operation": operation, "mode": mode, "consistency": level, "times": often}
        assert_conforms(walk(scenario(fault, **settings, **topology)))


@given(
    faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=6),
    operation=st.sampled_from(OPERATIONS),
    mode=st.sampled_from(MODES),
    level=st.sampled_from(LEVELS),
    topology=st.sampled_from(list(TOPOLOGIES.values())),
    often=st.none() | st.integers(0, 6),
    asked=st.sampled_from([None, 0.0, 1.0, 50.0, 1000.0, 10_000.0, 29_900.0, 30_000.0, 100_000.0]),
    timeout=st.sampled_from([None, 5.0, 10.0]),
    retries=st.sampled_from([None, 0, 1, 50]),
    wait=st.sampled_from([None, 0.0, 0.05, 1.0, 300.0]),
)
def test_reference_client_conforms_in_mixed_faults(
    faults: list[str],
    operation: str,
    mode: str,
    level: str,
    topology: dict[str, Any],
    often: int | None,
    asked: float | None,
    timeout: float | None,
    retries: int | None,
    wait: float | None,
) -> None:
    """Faults that alternate, hints of any length and limits of any size leave the client conforming."""
    given_ = scenario(
        *faults,
        operation=operation,
        mode=mode,
        consistency=level,
        times=often,
        retry_after_ms=asked,
        request_timeout_s=timeout if mode == "direct" else None,
        max_retries=retries,
        max_wait_s=wait,
        **topology,
    )
    assert_conforms(walk(given_))


@pytest.mark.thorough
def test_reference_client_goes_everywhere_that_one_request_leads() -> None:
    """Walkthroughs take every permitted row but those of background, parallel, late and paged requests."""
    contract = load_contract()
    taken: set[str] = set()
    for (operation, mode, level), fault, topology in itertools.product(
        [*KINDS, ("patch", "direct", "Session")], (*FAULTS, "423", "424"), list(TOPOLOGIES.values())[2:5]
    ):
        settings = {"operation": operation, "mode": mode, "consistency": level, **topology}
        met = [scenario(fault, **settings), scenario(fault, "200", **settings)]
        met += [scenario(fault, retry_after_ms=10_000.0, **settings)] if fault == "429" else []
        taken.update(step.row.id for one in met for step in walk(one, contract).steps)
    of_one_request = {
        row.id
        for row in contract.rows.values()
        if row.verdict == "permitted" and row.applies_to != ("metadata",)
    }
    beside = ("point.pair", "query.plan", "query.page.", "all.late-", "all.outside.")
    missed = {row for row in of_one_request - taken if not row.startswith(beside)}
    assert missed == {
        "all.address-refresh",
        "all.account-refresh",
        "write.404-1002.next-region.later",
        "write.404-1002.surface.later",
    }


@pytest.mark.parametrize("operation", OPERATIONS[2:])
@pytest.mark.parametrize(("mode", "timeout"), [("direct", 6.0), ("gateway", 65.0)])
def test_sent_write_is_never_sent_again(operation: str, mode: str, timeout: float) -> None:
    """A write that was sent and timed out makes one attempt, and the application hears 408 at once."""
    run = walk(scenario("timeout-sent", operation=operation, mode=mode, use_multiple_write_locations=True))
    assert regions(run) == ["West US"]
    assert heard(run) == ("error", 408, timeout)


def test_gone_write_stays_for_thirty_seconds() -> None:
    """A write that meets 410s refreshes, retries after 1, 2, 4 and 8 s, and ends in 503 within its 30 s."""
    run = walk(scenario("410/1002"))
    assert times(run) == [0.0, 1.1, 3.2, 7.3, 15.4]
    assert set(regions(run)) == {"West US"}
    assert sum(isinstance(step.event, AddressRefresh) for step in run.steps) == 4
    assert heard(run) == ("error", 503, 15.5)


def test_gone_write_fails_over_once() -> None:
    """With multi-write a write whose retries are spent goes to the next region, and no further."""
    run = walk(scenario("connection-unsent", **TOPOLOGIES["multi-write"]))
    assert list(dict.fromkeys(regions(run))) == ["North Europe", "East US"]
    assert heard(run)[:2] == ("error", 503)


def test_gateway_503_makes_three_attempts_in_two_regions() -> None:
    """A gateway's 503 is retried twice on one endpoint, then in one more region, for a read."""
    run = walk(scenario("503", operation="point_read", mode="gateway", **TOPOLOGIES["one write region"]))
    assert regions(run) == ["West US"] * 3 + ["East US"] * 3
    assert heard(run)[:2] == ("error", 503)


@pytest.mark.parametrize(("asked", "attempts"), [(100.0, 10), (10_000.0, 3), (30_000.0, 1), (None, 10)])
def test_throttled_client_waits_what_is_asked(asked: float | None, attempts: int) -> None:
    """A 429 is retried after the wait that was asked for, nine times and within 30 s at most."""
    run = walk(scenario("429", retry_after_ms=asked))
    assert len(times(run)) == attempts
    waits = [later - earlier for earlier, later in itertools.pairwise(times(run))]
    assert all(wait >= (asked or 0) / 1000 for wait in waits)
    assert heard(run)[:2] == ("error", 429)


def test_retry_with_begins_with_ten_milliseconds() -> None:
    """After a 449 the first wait is 10 ms, and each further one twice as long."""
    first, second, third, *_ = times(walk(scenario("449")))
    assert (first, round(second - 0.1, 6), round(third - second - 0.1, 6)) == (0.0, 0.01, 0.02)


def test_session_read_asks_two_replicas_in_two_regions() -> None:
    """A Session read asks two replicas of its region, then two of the write region."""
    run = walk(scenario("404/1002", operation="point_read", regions=NAMES[:2], write_regions=NAMES[1:2]))
    asked = [(s.event.region, s.event.replica) for s in run.steps if isinstance(s.event, Attempt)]
    assert asked == [("West US", 0), ("West US", 1), ("East US", 0), ("East US", 1)]
    assert heard(run)[:2] == ("error", 404)


def test_redirected_write_follows_the_account() -> None:
    """A write that meets 403/3 reads the account, goes where that leads, and succeeds there."""
    run = walk(scenario("403/3", times=1))
    (refresh,) = [step.event for step in run.steps if isinstance(step.event, AccountRefresh)]
    assert refresh.write_regions == ["East US"]
    assert regions(run) == ["West US", "East US"]
    assert heard(run)[:2] == ("result", 201)


def test_faults_are_met_in_turn() -> None:
    """The first attempt meets the first fault, the next the next, and the last fault stays."""
    run = walk(scenario("429", "503", "410", mode="gateway", times=4))
    answers = [step.event.status for step in run.steps if isinstance(step.event, Response)]
    assert answers == [429, 503, 410, 410, 201]


def test_request_timeout_is_the_clients() -> None:
    """A timeout comes after the request timeout that was set."""
    run = walk(scenario("timeout-sent", request_timeout_s=9.5))
    (failure,) = [step.event for step in run.steps if isinstance(step.event, Failure)]
    assert failure.t == 9.5


def test_hint_goes_with_a_429_only() -> None:
    """The asked wait is in the 429 and in no other answer."""
    run = walk(scenario("449", "429", retry_after_ms=7.0))
    hints = {s.event.status: s.event.retry_after_ms for s in run.steps if isinstance(s.event, Response)}
    assert hints == {449: None, 429: 7.0}


def test_walkthrough_without_end_is_stopped() -> None:
    """A client that may retry for ever is stopped at the bound, and it is said."""
    run = walk(scenario("429", retry_after_ms=0.0, max_retries=10**9, max_wait_s=1e9), most=50)
    assert run.stopped == "no end was reached within 50 events"
    assert len(run.steps) == 50


def test_every_step_names_its_row() -> None:
    """Each step carries the row that took its event, and of a row for many answers the clause of this one."""
    steps = walk(scenario("401")).steps
    assert [step.row.id for step in steps] == ["all.first", "all.401", "all.refused.surface"]
    assert steps[-1].cites == ("002/401/no-retry",)


def test_error_keeps_its_substatus() -> None:
    """An error that is handed on keeps its substatus; a 503 of the client's own has none."""
    last = walk(scenario("400/1001")).steps[-1].event
    assert isinstance(last, Error)
    assert (last.status, last.substatus) == (400, 1001)
    last = walk(scenario("410/1002")).steps[-1].event
    assert isinstance(last, Error)
    assert (last.status, last.substatus) == (503, 0)


def test_wrong_settings_are_refused() -> None:
    """A scenario whose settings are not permitted is refused by field and reason."""
    with pytest.raises(ConfigError, match="request_timeout_s: 4 is outside 5 to 10 s"):
        walk(scenario("503", request_timeout_s=4.0))


@pytest.mark.parametrize(
    "text", ["", "x", "99", "1002", "/1002", "410/", "timeout", "sent-timeout", "410/1002/3"]
)
def test_wrong_faults_are_refused(text: str) -> None:
    """What is neither a status nor a failure is refused in one line that says what is permitted."""
    with pytest.raises(ValueError, match=r"\A[^\n]* is no fault: write a status [^\n]*timeout-sent[^\n]*\Z"):
        parse_fault(text)
