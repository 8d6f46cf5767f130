"""The oracle: what a client may do at a point of a run, and what is refused there."""

from __future__ import annotations

import pytest

from cases import CASES, Case
from cosmos_retry import Config, NotPermitted, Operation, judge, open_operation
from cosmos_retry.moves import Move
from cosmos_retry.notation import trace
from cosmos_retry.trace import Attempt, Error, Event


def watched(setting: str, story: str) -> Operation:
    """Return an operation that has been watched through a story."""
    told = trace("story", setting, story)
    operation = open_operation(Config.from_trace(told))
    for event in told.events:
        operation.observe(event)
    return operation


def moves(setting: str, story: str) -> list[str]:
    """Return what the client may do after a story, a line a move."""
    return [move.describe() for move in watched(setting, story).permitted()]


def test_first_attempt_goes_to_the_preferred_region() -> None:
    """Before anything was sent, an attempt in the first preferred region is permitted from the start on."""
    (first, *_) = watched("create direct Session WE/WE mwl pref=EW", "").permitted()
    assert (first.event, first.regions, first.not_before, first.not_after) == (
        "attempt",
        ("East US",),
        0,
        None,
    )


def test_nothing_but_the_error_follows_a_sent_timeout() -> None:
    """After a sent write timed out, the application may hear 408, and no attempt is permitted."""
    found = watched("create direct Session WE/WE mwl", "0 W; 6 timeout:sent").permitted()
    assert [move.status for move in found if move.event == "error"] == [408]
    assert not [move for move in found if move.event == "attempt"]


def test_retry_after_410_waits_for_the_refresh() -> None:
    """After a 410 no attempt is permitted in the region until the addresses have been resolved again."""
    stale = watched("create direct Session W/W", "0 W; 1 410").permitted()
    fresh = watched("create direct Session W/W", "0 W; 1 410; 1.5 refresh").permitted()
    assert "attempt" not in {move.event for move in stale}
    (retry,) = [move for move in fresh if move.event == "attempt"]
    assert (retry.not_before, retry.not_after, retry.regions) == (1.5, 30.0, ("West US",))


def test_interval_of_a_failover_begins_after_the_last_call() -> None:
    """A failover may come only after the moment at which a grown delay would no longer end in time."""
    found = watched("create direct Session WE/WE mwl", "0 W; 1 lost:unsent; 3 W; 4 lost:unsent").permitted()
    (over,) = [move for move in found if move.row == "write.unsent.next-region"]
    assert (over.not_before, over.after, over.regions) == (26.0, True, ("East US",))


def test_throttled_retry_has_both_ends() -> None:
    """After a 429 the retry lies between the asked wait and the end of the window, in the same region."""
    found = watched("point_read direct Session WE/W", "0 W.0; 0.1 429+250").permitted()
    (retry,) = [move for move in found if move.row == "all.429.retry"]
    assert (retry.not_before, retry.not_after, retry.regions) == (0.35, 30.0, ("West US",))
    assert retry.cites


def test_replica_is_part_of_the_move() -> None:
    """After a 404/1002 under Session the retry goes to another replica of the same region."""
    found = watched("point_read direct Session WE/W", "0 W.0; 0.1 404/1002").permitted()
    (retry,) = [move for move in found if move.event == "attempt"]
    assert (retry.replica, retry.regions) == ("other", ("West US",))


@pytest.mark.parametrize("case", [case for case in CASES if case.verdict == "violates"], ids=lambda c: c.name)
def test_refused_observation_changes_nothing(case: Case) -> None:
    """An observation that no run explains is refused, and what is permitted afterwards is what was before."""
    operation = open_operation(Config.from_trace(case.trace))
    for event in case.trace.events:
        before = operation.permitted(), operation.hypotheses, operation.events, operation.now
        try:
            operation.observe(event)
        except NotPermitted as caught:
            finding = caught
            break
    assert finding.event == operation.events + 1
    assert (operation.permitted(), operation.hypotheses, operation.events, operation.now) == before
    with pytest.raises(NotPermitted):
        operation.observe(event)


def _as_event(move: Move, t: float) -> Event | None:
    if move.event == "attempt":
        return Attempt(t=t, region=move.regions[0], replica=7 if move.replica == "other" else None)
    return Error(t=t, status=move.status) if move.event == "error" else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_permitted_moves_are_taken(case: Case) -> None:
    """Whatever the oracle permits, it takes: each move it names is accepted at its first and last moment."""
    operation = open_operation(Config.from_trace(case.trace))
    for count in range(len(case.trace.events)):
        for move in operation.permitted():
            if move.replica == "same" or operation.config.blind:
                continue
            first = move.not_before + (1e-6 if move.after else 0)
            for t in {first, move.not_after if move.not_after is not None else first}:
                event = _as_event(move, t)
                if event is not None:
                    fresh = open_operation(operation.config)
                    for seen in case.trace.events[:count]:
                        fresh.observe(seen)
                    fresh.observe(event)
        try:
            operation.observe(case.trace.events[count])
        except NotPermitted:
            return


def test_nothing_is_sent_after_the_end() -> None:
    """Once the application has heard, a further attempt is refused."""
    operation = watched("create direct Session W/W", "0 W; 1 201; 1 ok")
    assert operation.ended
    with pytest.raises(NotPermitted) as refused:
        operation.observe(Attempt(t=2, region="West US"))
    (lost,) = refused.value.lost
    assert lost.refusal.forbidding is not None
    assert lost.refusal.forbidding.id == "all.ended"


def test_unsent_and_unseen_agree_where_both_lead_to_503() -> None:
    """Whether a failed write was sent does not matter where both paths lead to the same error."""
    verdict = judge(trace("t", "create direct Session W/W", "0 W; 31 lost; 31 !503"))
    assert verdict.verdict == "conforms"
    assert not verdict.open


def test_many_unseen_facts_stay_bounded() -> None:
    """A hundred retries with unseen replicas leave few runs to follow, because equal ones are made one."""
    story = "0 W; 0 429" + "".join(f"; {n} W; {n} 429" for n in range(1, 30))
    operation = watched("point_read direct Session W/W throttle=99x99", story)
    assert len(operation.hypotheses) == 1
