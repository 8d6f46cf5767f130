"""Running: many vectors played to a program, which is started again where it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import attrs

from cosmos_retry.contract import load_contract
from cosmos_retry.harness.conversation import Conversation
from cosmos_retry.harness.files import Found
from cosmos_retry.harness.messages import Introduction
from cosmos_retry.harness.outcome import FAILED, Outcome, family
from cosmos_retry.harness.processes import in_processes
from cosmos_retry.harness.program import Broken, Program


class CannotRun(Exception):  # noqa: N818 - told to whoever gave the command
    """The program cannot be started, or does not introduce itself; as text, one line."""


@attrs.frozen
class Plan:
    """How a program is run: its command, how long it may take to answer, and how often it is started again.

    `timeout_s` is in real seconds, `start_s` is what it takes to introduce itself, or the timeout where that
    is longer; `memory_mib` limits its address space, None does not.
    """

    command: tuple[str, ...]
    timeout_s: float = 5.0
    start_s: float = 30.0
    restarts: int = 20
    memory_mib: int | None = None


@attrs.frozen
class Run:
    """What came of all vectors, in their order; who was asked; and why the run stopped early, or ""."""

    introduction: Introduction
    outcomes: tuple[Outcome, ...]
    restarts: int = 0
    stopped: str = ""


def run(found: Sequence[Found], plan: Plan, jobs: int = 1) -> Run:
    """Play the vectors, in `jobs` processes that each have a program of their own.

    Raises `CannotRun` where the program cannot be started for the first time, or does not introduce itself.
    """
    jobs = max(1, min(jobs, len(found)))
    if jobs == 1:
        return run_here(found, plan)
    runs = in_processes(run_here, [(found[first::jobs], plan) for first in range(jobs)], CannotRun)
    dealt = zip_longest(*(one.outcomes for one in runs))
    return Run(
        introduction=runs[0].introduction,
        outcomes=tuple(outcome for hand in dealt for outcome in hand if outcome is not None),
        restarts=sum(one.restarts for one in runs),
        stopped=next((one.stopped for one in runs if one.stopped), ""),
    )


def run_here(found: Sequence[Found], plan: Plan) -> Run:
    """Play the vectors in this process; see `run`."""
    runner = _Runner(plan)
    try:
        runner.ready()
        outcomes = tuple(runner.play(one) for one in found)
        runner.bye()
    finally:
        runner.stop()
    assert runner.introduction is not None
    return Run(runner.introduction, outcomes, runner.starts - 1, runner.stopped)


class _Runner:
    """A program that is started when it is needed, and again where it broke."""

    def __init__(self, plan: Plan) -> None:
        self.introduction: Introduction | None = None
        self.starts = 0
        self.stopped = ""
        self._plan = plan
        self._contract = load_contract()
        self._program: Program | None = None
        self._conversation: Conversation | None = None

    def play(self, one: Found) -> Outcome:
        conversation = self.ready()
        if conversation is None:
            vector, reason = one.vector, f"not played: {self.stopped}"
            return Outcome(vector.id, one.lifecycle, family(vector), FAILED, reason, broken=True)
        outcome = conversation.play(one.vector, one.lifecycle)
        if outcome.broken:
            self.stop()
        return outcome

    def ready(self) -> Conversation | None:
        """Return a conversation with a program that is well, or None where it was started too often."""
        plan = self._plan
        while self._conversation is None and not self.stopped:
            if self.starts > plan.restarts:
                self.stopped = f"the program broke, and was started again {plan.restarts} times"
                break
            self.starts += 1
            try:
                self._program = Program(plan.command, plan.timeout_s, plan.memory_mib)
                self._conversation = Conversation(
                    self._program, self._contract, max(plan.start_s, plan.timeout_s)
                )
                self.introduction = self._conversation.introduction
            except (OSError, ValueError, Broken) as error:
                self.stop()
                if self.introduction is None:
                    raise CannotRun(f"{plan.command[0]}: {_why(error)}") from None
        return self._conversation

    def bye(self) -> None:
        """Let the program end by itself."""
        if self._conversation is not None:
            self._conversation.bye()
            self._program = self._conversation = None

    def stop(self) -> None:
        """End the program."""
        if self._program is not None:
            self._program.stop()
        self._program = self._conversation = None


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be started: {error.strerror}"
    return str(error)
