"""Attempts and answers that are missing: what the search finds, held against every record that may be."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from cases import CASES, Case
from cosmos_retry import judge
from cosmos_retry.config import Config
from cosmos_retry.holes import effort
from cosmos_retry.holes.effort import Effort
from cosmos_retry.notation import trace
from cosmos_retry.oracle import NotPermitted, Operation
from cosmos_retry.trace import Event, Missing, Tolerance, Trace
from cosmos_retry.verdict import Verdict
from cosmos_retry.wellformed import check
from holes import as_whole, best, every_answer, every_attempt, without_answers, without_attempts


def _plain(case: Case) -> bool:
    """Whether the oracle that writes every record can write this one's."""
    events = case.trace.events
    odd = any(getattr(event, "of", None) or getattr(event, "step", None) for event in events)
    return len(events) <= 5 and not odd and all(event.t is not None for event in events)


PLAIN = [case for case in CASES if _plain(case)]
RIGHT = [case for case in CASES if case.verdict == "conforms" and len(case.trace.events) <= 12]


def allowing(told: Trace, attempts: int = 0, responses: int = 0) -> Verdict:
    """Return the verdict on a trace of which something may be missing."""
    return judge(replace(told, missing=Missing(attempts=attempts, responses=responses)))


def expected(strict: str, tried: str) -> str:
    """Return the verdict where something may be missing: `tried` is the best with one thing more."""
    if strict in ("conforms", "unobservable"):
        return strict
    explains = tried == "conforms" or (strict == "violates" and tried != "violates")
    return "unobservable" if explains else strict


@pytest.mark.parametrize("case", PLAIN[::8], ids=lambda case: case.name)
def test_a_missing_answer_is_found_where_there_may_be_one(case: Case) -> None:
    """With one answer missing the search finds a run just where one of the records with one more is one."""
    verdict = allowing(case.trace, responses=1)
    assert verdict.verdict == expected(judge(case.trace).verdict, best(every_answer(case.trace)))


@pytest.mark.parametrize("case", PLAIN[::24], ids=lambda case: case.name)
def test_a_missing_attempt_is_found_where_there_may_be_one(case: Case) -> None:
    """With one attempt missing the search finds a run just where one of the records with one more is one.

    The oracle tries few times, so a run may lie between them: then it must be one as a record of its own.
    """
    strict = judge(case.trace).verdict
    verdict = allowing(case.trace, attempts=1)
    if verdict.verdict != expected(strict, best(every_attempt(case.trace))):
        assert verdict.verdict == "unobservable"
        assert judge(as_whole(case.trace, verdict)).verdict in ("conforms", "unobservable")


@pytest.mark.thorough
@pytest.mark.parametrize("case", RIGHT[::3], ids=lambda case: case.name)
def test_what_is_left_out_of_a_right_story_makes_no_violation(case: Case) -> None:
    """A story that conforms violates nothing without one of its answers, or one of its attempts."""
    for told in (*without_answers(case.trace), *without_attempts(case.trace)):
        if check(told) is None:
            verdict = judge(told)
            assert verdict.answer != "violates", verdict.reason


@pytest.mark.thorough
@pytest.mark.parametrize("case", RIGHT[::5], ids=lambda case: case.name)
def test_the_run_with_what_was_missing_is_one(case: Case) -> None:
    """The reconstructed run, with what it supposes written down as if it had been seen, is a run."""
    for told in (*without_answers(case.trace), *without_attempts(case.trace)):
        if check(told) is None and all(getattr(event, "of", None) is None for event in told.events):
            verdict = judge(told)
            record = as_whole(told, verdict)
            assert judge(record).answer != "violates", verdict.run


def test_a_missing_answer_before_a_retry() -> None:
    """A create that was sent twice cannot be told from a right one where the answer between is missing.

    Without such a hole it violates; and the run that explains it is shown, the missing answer in its place.
    """
    told = trace("t", "create direct Session W/W", "0 W; 1 W; 1.1 201; 1.1 ok")
    assert judge(told).verdict == "violates"
    verdict = allowing(told, responses=1)
    assert (verdict.verdict, verdict.answer) == ("unobservable", "cannot tell")
    assert [step.how for step in verdict.run] == ["seen", "supposed", "seen", "seen", "seen"]
    supposed = verdict.run[1]
    assert supposed.event == 2
    assert 0 <= supposed.t <= 1
    assert supposed.record["kind"] in ("response", "failure")
    assert supposed.row


def test_no_missing_answer_excuses_a_second_region() -> None:
    """A create of a single-write account that turns up in another region violates, whatever is missing."""
    told = trace("t", "create direct Session WE/W", "0 W; 1 E; 1.1 403; 1.1 !403")
    verdict = allowing(told, responses=1)
    assert (verdict.verdict, verdict.event) == ("violates", 2)
    assert verdict.run[-1].how == "refused"
    assert verdict.run[-1].event == 2
    assert "whatever may be missing" in verdict.reason


def test_nothing_is_supposed_where_nothing_needs_to_be() -> None:
    """A record that conforms as it stands conforms, however much might be missing from it."""
    told = trace("t", "create direct Session W/W", "0 W; 0.1 201; 0.1 ok")
    verdict = allowing(told, attempts=5, responses=5)
    assert verdict.verdict == "conforms"
    assert {step.how for step in verdict.run} == {"seen"}


def test_more_must_be_missing_than_may_be() -> None:
    """Two missing answers explain three attempts of a create; where one may be missing they violate."""
    told = trace("t", "create direct Session W/W", "0 W; 1 W; 3 W; 3.1 201; 3.1 ok")
    one, two = allowing(told, responses=1), allowing(told, responses=2)
    assert (one.verdict, one.event) == ("violates", 3)
    assert two.verdict == "unobservable"
    assert sum(step.how == "supposed" for step in two.run) == 2


def test_blind_names_what_may_be_missing() -> None:
    """`attempt` and `response` in `blind` allow for two of them; a number in `missing` says how many else."""
    told = trace("t", "create direct Session W/W blind=response", "0 W; 1 W; 3 W; 3.1 201; 3.1 ok")
    assert judge(told).verdict == "unobservable"
    assert judge(replace(told, missing=Missing(responses=1))).verdict == "violates"
    assert judge(replace(told, missing=Missing(responses=0))).verdict == "violates"


def test_an_attempt_is_missing_in_declared_regions_only() -> None:
    """An attempt that may be missing is looked for in the regions that are declared, and nowhere else."""
    story = "0 W; 0.1 503; 0.2 W; 0.3 503; 0.5 E; 0.6 200; 0.6 ok"
    told = trace("t", "point_read gateway Eventual WE/W", story)
    somewhere = replace(told, missing=Missing(attempts=1))
    here = replace(told, missing=Missing(attempts=1, regions=["West US"]))
    there = replace(told, missing=Missing(attempts=1, regions=["East US"]))
    assert [judge(one).verdict for one in (somewhere, here, there)] == [
        "unobservable",
        "unobservable",
        "violates",
    ]


def test_only_refused_connections_are_missing() -> None:
    """With `unsent`, an attempt may be missing that never got through, and no other.

    A gateway sees no connection that was refused on its way; what it cannot have been is answered.
    """
    told = trace("t", "create gateway Session W/W", "0 W; 0.1 409; 0.2 W; 0.3 201; 0.3 ok")
    assert judge(replace(told, missing=Missing(attempts=1, unsent=True))).verdict == "violates"
    lost = trace("t", "create direct Session WE/WE mwl", "40 E; 40.1 201; 40.1 ok")
    found = judge(replace(lost, missing=Missing(attempts=1, unsent=True)))
    assert found.verdict == "unobservable"
    assert [step.record.get("sent") for step in found.run if step.how == "supposed"] == [None, False]


def test_an_answer_shows_its_missing_attempt() -> None:
    """Where attempts may be missing, an answer to none that was seen is a trace, and explained."""
    told = trace("t", "create direct Session W/W", "0.1 201; 0.1 ok")
    assert check(told) is not None
    sampled = replace(told, missing=Missing(attempts=1))
    assert check(sampled) is None
    verdict = judge(sampled)
    assert verdict.verdict == "unobservable"
    assert [step.how for step in verdict.run] == ["supposed", "seen", "seen"]


def test_an_answer_after_a_missing_one_is_of_the_last_attempt() -> None:
    """Where answers may be missing, one that names no attempt belongs to the last one."""
    told = trace("t", "create direct Session W/W", "0 W; 1 W; 1.1 201; 1.1 ok")
    assert check(told) is not None
    assert check(replace(told, missing=Missing(responses=1))) is None


def test_holes_of_both_kinds_at_once() -> None:
    """A missing answer and rounded times together: the run has both the answer and the times."""
    told = trace("t", "create direct Session W/W", "0 W; 1 W; 2 429+1000; 2.9 W; 3 201; 3 ok")
    holes = replace(told, missing=Missing(responses=1), tolerance=Tolerance(clock_s=0.1))
    assert judge(replace(told, missing=Missing(responses=1))).verdict == "violates"
    verdict = judge(holes)
    assert verdict.verdict == "unobservable"
    assert judge(as_whole(holes, verdict)).verdict == "conforms"


def test_a_search_that_is_given_up_says_so() -> None:
    """Where more runs are possible than are followed, the answer is that it cannot be told, and why."""
    retries = "".join(f"; {n} W; {n}.5 503" for n in range(1, 7))
    told = trace("t", "point_read gateway Session WEN/WEN", f"0 W; 0.5 503{retries}; 7 !410")
    verdict = allowing(told, attempts=9, responses=9)
    assert verdict.answer == "cannot tell"
    assert "more runs are possible than are followed" in verdict.reason


BLURRED = "0 W; 0.1 449; 0.2 W; 0.3 449; 0.4 W; 0.5 449; 0.6 W; 0.7 449; 0.8 W; 0.9 201; 0.9 ok"


def blurred() -> Trace:
    """Return a trace with holes of both kinds, on which the search has to work."""
    told = trace("t", "create gateway Session W/W blind=account_refresh", BLURRED)
    return replace(
        told, missing=Missing(attempts=2, responses=2), tolerance=Tolerance(clock_s=0.05, jitter_s=0.02)
    )


@pytest.mark.parametrize("steps", [0, 1_000, 10_000])
def test_a_search_ends_where_its_steps_are_spent(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """A search that takes more steps than it has is given up; the verdict says where, and after how many."""
    monkeypatch.setattr(effort, "MOST_WORK", steps)
    verdict = judge(blurred())
    assert (verdict.verdict, verdict.complete) == ("unobservable", False)
    assert "more runs are possible than are followed" in verdict.reason
    assert f"given up at event {verdict.event}, after {steps} steps" in verdict.reason
    assert judge(blurred()) == verdict


def test_steps_that_are_left_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that ends by itself says the same however many steps more it might have taken."""
    told = blurred()
    verdicts = []
    for steps in (effort.MOST_WORK, 10 * effort.MOST_WORK):
        monkeypatch.setattr(effort, "MOST_WORK", steps)
        verdicts.append(judge(told))
    assert verdicts[0] == verdicts[1]
    assert "more runs are possible" not in verdicts[0].reason


def test_a_violation_whatever_the_times_outlasts_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A move that no times excuse violates even where the search for times was given up before it."""
    monkeypatch.setattr(effort, "MOST_WORK", 3_000)
    told = trace("t", "create gateway Session WE/W", BLURRED.replace("0.8 W", "0.8 E"))
    verdict = judge(replace(told, tolerance=Tolerance(clock_s=0.05, jitter_s=0.02)))
    assert (verdict.verdict, verdict.event) == ("violates", 9)


def test_a_long_record_that_needs_no_search_is_followed_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event brings steps of its own, so that nothing is given up only because a record is long."""
    monkeypatch.setattr(effort, "MOST_WORK", 0)
    story = "; ".join(f"{n} W; {n}.5 429+500" for n in range(9))
    told = trace("t", "create gateway Session W/W", f"{story}; 9 W; 9.5 201; 9.5 ok")
    assert allowing(told, attempts=5, responses=5).verdict == "conforms"


def observe_all(operation: Operation, events: Sequence[Event]) -> None:
    """Feed events to an operation."""
    for event in events:
        operation.observe(event)


def test_an_operation_whose_steps_are_spent_refuses_and_says_why() -> None:
    """An operation under watch that is too much work refuses the event, and has followed no run any more."""
    told = blurred()
    operation = Operation(Config.from_trace(told), missing=0, effort=Effort(1_000))
    for _ in range(2):
        with pytest.raises(NotPermitted):
            observe_all(operation, told.events[operation.events :])
        assert operation.given_up
        assert operation.exhausted
    assert 0 < operation.events < len(told.events)
    assert operation.permitted()
