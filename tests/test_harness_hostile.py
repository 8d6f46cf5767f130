"""Whatever a program under test does, the run goes on: one clear line about it, and the next vector."""

import os
import sys
import time
from itertools import product
from pathlib import Path

import pytest

from cosmos_retry.harness.files import Found
from cosmos_retry.harness.outcome import FAILED, PASSED, Outcome
from cosmos_retry.harness.running import CannotRun, Plan, Run, run_here
from cosmos_retry.trace import Account
from cosmos_retry.vectors.vector import Vector
from processes import needs_proc, processes

HOSTILE = Path(__file__).with_name("hostile.py")
TIMEOUT_S = 1  # of those that hang; whoever answers is not judged by how long that takes
START_S = 30
WHILE_PLAYING = ("begin", "wait", "end", "over")

# What each misbehaviour is told as.
BREAKS = {
    "hang": "it gave no answer within 1 s",
    "hang-in-a-line": "it gave no answer within 1 s",
    "end": "it ended with status 0",
    "die": "it ended with status 1; it said: Traceback: it hurts\\x1b[31m",
    "kill-itself": "it was ended by signal 11",
    "rubbish": "it said 'Hello, world!', which is no message: JSON is malformed",
    "empty-line": "it said '', which is no message",
    "array": "it said '[1, 2]', which is no message: Expected `object`",
    "unknown-kind": "which is no message: Invalid value 'retry' - at `$.kind`",
    "unknown-key": "which is no message: Object contains unknown field `please`",
    "no-utf-8": "which is no message",
    "nul": "which is no message",
    "deep": "which is no message",
    "not-a-number": "which is no message",
    "endless-line": "it wrote a line of more than the 65536 bytes that a line may have",
    "endless-lines": "out of turn",
    "twice": "out of turn",
    "close-stdout": "it closed its standard output",
    "stop-reading": "it gave no answer within 1 s",
    "leave-a-child": "it ended with status 0, and something that it started holds its output",
}
SLOW = {"hang", "hang-in-a-line", "close-stdout", "stop-reading", "leave-a-child"}
QUICK = [how for how in BREAKS if how not in SLOW]
# Slow ones are tried at one moment each, another one for each.
MOMENTS = [
    *(moment for moment in product(QUICK, WHILE_PLAYING) if moment != ("endless-lines", "over")),
    *((how, WHILE_PLAYING[n % 4]) for n, how in enumerate(sorted(SLOW))),
]

WRONG = {  # what a client may not say at a moment, though it is a message
    ("past", "end"): "account_refresh: t 0.0 goes backwards: it is 0.01 s already",
    ("far-future", "begin"): "address_refresh: t 1e+300 is not permitted",
    ("wait-for-nothing", "begin"): "wait: it waits for an answer, and no attempt is under way",
    ("wait-for-nothing", "end"): "wait: it waits for an answer, and no attempt is under way",
    ("tell-itself", "end"): "account_refresh: write_regions is for the harness to tell",
    ("page", "begin"): "attempt: a page is asked for in a query only",
    ("wait-for-ever", "end"): "no end was reached within 1000 moves",
}


def vector(name: str) -> Found:
    """Return a vector in which nothing fails."""
    account = Account(regions=["West US"], write_regions=["West US"])
    made = Vector(
        id=name,
        about="A point read that succeeds.",
        operation="point_read",
        mode="gateway",
        consistency="Session",
        account=account,
        endings=[],
        turns=[],
        verdict="conforms",
    )
    return Found("vectors.json", "point_read", made)


def played(how: str, when: str, names: str = "abc", restarts: int = 3) -> Run:
    """Play vectors with these names to the hostile program."""
    command = (sys.executable, "-I", "-S", str(HOSTILE), how, when)
    timeout_s = TIMEOUT_S if how in SLOW else START_S
    start_s = TIMEOUT_S if (how, when) == ("hang", "hello") else START_S
    return run_here([vector(name) for name in names], Plan(command, timeout_s, start_s, restarts))


def others(outcomes: tuple[Outcome, ...]) -> list[str]:
    """Return what came of the vectors in which the program behaved."""
    return [one.outcome for one in outcomes if one.id != "b"]


@pytest.mark.parametrize(("how", "when"), MOMENTS)
def test_a_program_that_breaks_loses_one_vector(how: str, when: str) -> None:
    """The vector in which the program breaks has failed, with one line on how; the next ones are played."""
    ran = played(how, when)
    bad = ran.outcomes[1]
    assert (bad.outcome, bad.broken, others(ran.outcomes)) == (FAILED, True, [PASSED, PASSED])
    assert BREAKS[how] in bad.reason
    assert bad.reason.isprintable()
    assert (ran.restarts, ran.stopped) == (1, "")


# Two lines for one are noticed when the program is asked the next time; one that hangs stands for all.
@pytest.mark.parametrize("how", sorted({*QUICK, "hang"} - {"endless-lines", "twice"}))
def test_a_program_that_breaks_at_once_cannot_be_run(how: str) -> None:
    """Where the program does not introduce itself there is nothing to run, and one line that says why."""
    with pytest.raises(CannotRun) as caught:
        played(how, "hello")
    text = str(caught.value)
    assert BREAKS[how] in text
    assert text.isprintable()
    assert sys.executable in text


@pytest.mark.parametrize(("how", "when"), WRONG)
def test_a_client_that_cannot_be_right_loses_one_vector(how: str, when: str) -> None:
    """A message that makes no sense where it is said fails its vector; the program plays on."""
    ran = played(how, when)
    bad = ran.outcomes[1]
    assert (bad.outcome, bad.broken, others(ran.outcomes)) == (FAILED, False, [PASSED, PASSED])
    assert WRONG[how, when] in bad.reason
    assert ran.restarts == 0


@pytest.mark.parametrize(("how", "when"), [*product(["out-of-turn", "skip-late"], ["wait", "end", "over"])])
def test_a_message_of_another_moment_is_out_of_turn(how: str, when: str) -> None:
    """An introduction or a skip in the middle of a vector breaks the conversation."""
    bad = played(how, when).outcomes[1]
    assert (bad.outcome, bad.broken) == (FAILED, True)
    assert "it answered out of turn" in bad.reason


def test_a_flood_after_a_vector_is_told_in_that_one_or_in_the_next() -> None:
    """Lines that come when a vector is over are found when the program is listened to; no later than then."""
    ran = played("endless-lines", "over")
    (bad,) = [one for one in ran.outcomes if one.outcome == FAILED]
    assert bad.id in "bc"
    assert bad.broken
    assert "out of turn" in bad.reason


@pytest.mark.thorough
@pytest.mark.parametrize(("how", "when"), [*product(["talk", "start-a-child", "dawdle"], WHILE_PLAYING)])
def test_what_is_only_odd_does_no_harm(how: str, when: str) -> None:
    """Megabytes on standard error, a child of its own, and slow answers are no fault of a client."""
    ran = played(how, when)
    assert ([one.outcome for one in ran.outcomes], ran.restarts) == ([PASSED] * 3, 0)


def test_a_program_is_started_again_a_few_times_only() -> None:
    """Where the program breaks again and again the run stops, and the vectors after that have not passed."""
    ran = played("end", "begin", names="abbbbba"[1:], restarts=2)
    assert [one.outcome for one in ran.outcomes] == [FAILED] * 6
    assert ran.stopped == "the program broke, and was started again 2 times"
    assert [one.reason.startswith("not played: ") for one in ran.outcomes] == [False] * 3 + [True] * 3
    assert ran.restarts == 2


@needs_proc
@pytest.mark.parametrize("how", ["leave-a-child", "start-a-child"])
def test_nothing_is_left_behind(how: str) -> None:
    """What the program has started in its group ends with it."""
    played(how, "end")
    deadline = time.monotonic() + 5
    while left := _sleepers():
        assert time.monotonic() < deadline, left
        time.sleep(0.01)


def _sleepers() -> list[str]:
    """The children that a hostile program has started and that still run."""
    return [one.command for one in processes() if "-S -c import time; time.sleep(600)" in one.command]


@pytest.mark.parametrize("command", [("/no/such/program",), (os.devnull,), (str(HOSTILE.parent),), ("a\0b",)])
def test_a_program_that_cannot_be_started(command: tuple[str, ...]) -> None:
    """A program that is missing, or is no program, cannot be run; one line says so."""
    with pytest.raises(CannotRun) as caught:
        run_here([vector("a")], Plan(command))
    assert command[0] in str(caught.value)
