"""A walkthrough: one run of the contract, in which faults are given and a reference client picks its moves.

The reference client takes no move but those that `Operation.permitted` offers as permitted, so the contract
decides what it does.  Where the contract leaves a choice it takes, in this order: the application's answer, a
refresh that changes something, a retry in the region, the next region, the error.  How long it waits within
the permitted times is a schedule of its own: one out of many that the contract permits.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, Row
from cosmos_retry.memory import Memory
from cosmos_retry.moves import Move
from cosmos_retry.oracle import Operation
from cosmos_retry.scenario import Scenario
from cosmos_retry.trace import (
    AccountRefresh,
    AddressRefresh,
    Attempt,
    Error,
    Event,
    Failure,
    Response,
    Result,
    Trace,
)
from cosmos_retry.units import US_PER_SECOND, seconds_to_us

MOST_EVENTS = 1000
REPLICAS = 4
FIRST_DELAY_S = {"gone": 1.0, "timeout": 1.0, "unavailable": 1.0, "session": 1.0, "retry_with": 0.010}
NO_HINT_DELAY_S = 1.0  # before each retry after a 429 that names no wait
_IN_FLIGHT = "in flight"


@attrs.frozen
class WalkStep:
    """One event of a walkthrough: what happened, the row that took it, and the state that it led to.

    `cites` are the clauses behind the event; of a row that stands for many answers, those of this one.
    """

    event: Event
    state: str
    row: Row
    cites: tuple[str, ...]


@attrs.frozen
class Walkthrough:
    """A whole run: its steps, the same as a trace, and why it stopped early, or "" where it did not."""

    steps: tuple[WalkStep, ...]
    trace: Trace
    stopped: str


def walk(
    scenario: Scenario,
    contract: Contract | None = None,
    most: int = MOST_EVENTS,
    eager: bool = False,
    begun: Sequence[Event] = (),
) -> Walkthrough:
    """Return the run of one operation through the faults of a scenario.

    An `eager` client retries as soon as that is permitted, any other by a schedule of its own.  It goes on
    from what has `begun` already, where that is nothing that the contract forbids.

    It ends when the application has heard, after `most` events (inclusive), or where the contract permits
    no move; `stopped` tells the last two.  Raises `ConfigError` where the scenario's settings are not
    permitted, and `NotPermitted` for a beginning that the contract forbids.
    """
    config = Config.from_trace(scenario.trace([]))
    run = _Run(scenario, Operation(config, contract), eager)
    for known in begun:
        run.take(known)
    while not run.operation.ended and len(run.steps) < most:
        event = run.next_event()
        if event is None:
            return run.finish(f"the contract permits no move in the state {run.state}")
        run.take(event)
    return run.finish("" if run.operation.ended else f"no end was reached within {most} events")


class _Run:
    """A walkthrough under way."""

    def __init__(self, scenario: Scenario, operation: Operation, eager: bool = False) -> None:
        self.scenario = scenario
        self.eager = eager
        self.operation = operation
        self.steps: list[WalkStep] = []
        self.attempts = 0
        self.replica = -1
        self._substatus = 0

    @property
    def state(self) -> str:
        return self.operation.hypotheses[0].state

    @property
    def memory(self) -> Memory:
        return self.operation.hypotheses[0].memory

    def next_event(self) -> Event | None:
        """What happens next: the environment's answer, or the client's move; None where it has none."""
        if self.operation.contract.vocabulary.states[self.state].group == _IN_FLIGHT:
            return self.scenario.answer(self.attempts, self.operation.now)
        moves = [move for move in self.operation.permitted() if move.verdict == "permitted"]
        return next(self._choices(moves), None)

    def take(self, event: Event) -> None:
        """Let the operation observe an event, and keep the step."""
        self.operation.observe(event)
        if isinstance(event, Attempt):
            self.attempts += 1
            self.replica = -1 if event.replica is None else event.replica
        elif isinstance(event, Response):
            self._substatus = event.substatus
        row = self.operation.hypotheses[0].path[-1].row
        self.steps.append(WalkStep(event, self.state, row, self._clauses(row)))

    def _clauses(self, row: Row) -> tuple[str, ...]:
        """The clauses behind a step: those that speak of such operations, and of the answer that led here."""
        operation = self.operation
        register, lifecycle = operation.contract.clauses, operation.config.lifecycle
        cites = tuple(cite for cite in row.cites if register[cite].concerns(lifecycle))
        if not row.by_answer:
            return cites
        led_here = next((step.cites for step in reversed(self.steps) if _answers(step.event)), ())
        return tuple(cite for cite in cites if cite in led_here) or cites

    def finish(self, stopped: str) -> Walkthrough:
        """Return what was walked."""
        trace = self.scenario.trace([step.event for step in self.steps])
        return Walkthrough(tuple(self.steps), trace, stopped)

    def _choices(self, moves: Sequence[Move]) -> Iterator[Event]:
        """Yield the client's possible next events, the most wanted first."""
        here = self.memory.region
        yield from (
            Result(t=_at(move), status=self.memory.received) for move in moves if move.event == "result"
        )
        refreshes = [self._refresh(move) for move in moves if self._changes_something(move)]
        yield from (refresh for refresh in refreshes if self._opens_a_way(refresh))
        attempts = [move for move in moves if move.event == "attempt"]
        # Another replica first: where the contract tells replicas apart, the same one is no choice for it.
        for move in sorted(attempts, key=lambda move: move.replica == "same"):
            if here in move.regions and (t := self._retry_at(move)) is not None:
                yield self._attempt(move, t, str(here))
        for move in attempts:
            order = [region for region in self.operation.config.order if region in move.regions]
            for region in [*order, *move.regions]:
                if region != here:
                    yield self._attempt(move, _at(move), region)
        yield from (self._error(move) for move in moves if move.event == "error")

    def _changes_something(self, move: Move) -> bool:
        """Whether the move is a refresh after which the run remembers something else."""
        contract = self.operation.contract
        effects = [contract.vocabulary.effects[name] for name in contract.rows[move.row].do]
        return move.event in ("address_refresh", "account_refresh") and any(
            effect.flag is not None and getattr(self.memory, effect.flag) != effect.to for effect in effects
        )

    def _opens_a_way(self, refresh: Event) -> bool:
        """Whether an attempt would follow the refresh; without one, it would be for nothing."""
        # A shallow copy serves, because taking a refresh replaces what it changes.
        ahead = _Run(self.scenario, copy.copy(self.operation), self.eager)
        ahead.operation.observe(refresh)
        return isinstance(ahead.next_event(), Attempt)

    def _refresh(self, move: Move) -> Event:
        if move.event == "address_refresh":
            return AddressRefresh(t=_at(move))
        config, here = self.operation.config, self.memory.region
        told = [region for region in config.write_regions if region != here]
        told = told or [region for region in config.regions if region != here][:1]
        return AccountRefresh(t=_at(move), write_regions=told or list(config.regions))

    def _retry_at(self, move: Move) -> float | None:
        """When the retry would start by the client's own schedule, or None where that is too late."""
        if self.eager:
            return _at(move)
        contract = self.operation.contract
        effects = [contract.vocabulary.effects[name] for name in contract.rows[move.row].do]
        policy = next((str(effect.policy) for effect in effects if effect.verb == "count"), "")
        delay = seconds_to_us(FIRST_DELAY_S.get(policy, 0.0))
        window = self.memory.windows.get(policy)
        if delay and window is not None and window.retries:
            delay = 2 * window.longest
        if policy == "throttle" and self.memory.asked is None:
            delay = seconds_to_us(NO_HINT_DELAY_S)
        t = max((self.memory.answer_t + delay) / US_PER_SECOND, _at(move))
        return t if move.not_after is None or t <= move.not_after else None

    def _attempt(self, move: Move, t: float, region: str) -> Attempt:
        # A write goes to the primary replica; a read takes the replicas in turn.
        replica = 0
        if not self.operation.config.is_write and region == self.memory.region:
            replica = (self.replica + (move.replica != "same")) % REPLICAS
        is_query = self.operation.config.lifecycle == "query"
        return Attempt(t=t, region=region, replica=replica, step="page" if is_query else None)

    def _error(self, move: Move) -> Error:
        substatus = self._substatus if move.status == self.memory.received else 0
        return Error(t=_at(move), status=move.status, substatus=substatus)


def _at(move: Move) -> float:
    """The earliest time of a move, in seconds."""
    return (seconds_to_us(move.not_before) + move.after) / US_PER_SECOND


def _answers(event: Event) -> bool:
    return isinstance(event, Response | Failure)
