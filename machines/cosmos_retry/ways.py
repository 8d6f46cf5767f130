"""The ways of a step: how a run may take an event, and how it is ruled out where it takes it in none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.holes.clock import Clock
from cosmos_retry.holes.known import as_found, event_as_found
from cosmos_retry.holes.simplex import TooLong
from cosmos_retry.hypothesis import Hypothesis, Lost
from cosmos_retry.machine import Refusal, Step
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.readings import NOTHING, Supposed
from cosmos_retry.table import Table
from cosmos_retry.taken import Taken

LONGEST_DELAY_US = 10**15
OF_DELAYS = ("backoff_end", "last_call")  # the instants that hang on the delays so far
_NO_DELAYS: dict[str, Any] = {"longest": 0, "grown": False, "flat": 0}


class Ways:
    """The steps of runs under one contract: one or none, or more where times are unknown.

    With `loosely`, what the runs demand of times that are not known is not held against one another, and how
    long their delays were is forgotten.  `gave_up` says that it was too much to find out whether times meet
    all demands, so that a run is missing; `many` that very many runs are followed.
    """

    def __init__(self, contract: Contract, loosely: Clock | None = None) -> None:
        """Take the contract; `loosely` is the clock of the times."""
        self.gave_up = False
        self.many = False
        self._refused: tuple[Seen, Memory, Refusal] | None = None  # what was refused last, at exact times
        self._contract = contract
        self._any_delay = None if loosely is None else loosely.unknown(0, 0, LONGEST_DELAY_US)

    def of(
        self, table: Table, one: Hypothesis, state: str, memory: Memory, seen: Seen
    ) -> Sequence[tuple[Hypothesis, Step]]:
        """Return the steps by which a run may take an event."""
        times = one.times
        if times is None:
            # The machine, which has the last word on a refusal, is slow: of very many nobody will ask why.
            step = table.take(state, memory, seen) if self.many else table.step(state, memory, seen)
            if isinstance(step, Step):
                return ((one, step),)
            self._refused = None if step is None else (seen, memory, step)
            return ()
        found = []
        for taken, asked in times.clock.ways(lambda: self._take(table, state, memory, seen), times.demanded):
            if taken is None:
                continue
            if self._any_delay is not None:
                found.append((one, taken))
                continue
            try:
                after = times.such_that(asked)
            except TooLong:
                self.gave_up = True
                continue
            if after is not None:
                found.append((one if after is times else attrs.evolve(one, times=after), taken))
        return found

    def ruled_out(
        self,
        table: Table,
        one: Hypothesis,
        state: str,
        memory: Memory,
        seen: Seen,
        supposed: Supposed = NOTHING,
    ) -> Lost:
        """Return a run that an event rules out; the reason is worked out when somebody asks, or known."""
        refused = self._refused
        known = refused[2] if refused and refused[0] is seen and refused[1] is memory else None

        def explain() -> Refusal:
            if known is not None:
                return known
            found = table.step(state, as_found(memory, one.times), event_as_found(seen, one.times))
            # Between two microseconds the refusal cannot be shown with whole ones.
            return found if isinstance(found, Refusal) else Refusal(state, seen.event, None, None, ())

        return Lost(
            state, one.supposed | supposed if supposed else one.supposed, one.path, one.times, explain
        )

    @cached_property
    def _backing_off(self) -> frozenset[str | None]:
        """The policies whose rules look at delays."""
        instants = self._contract.vocabulary.instants.values()
        return frozenset(instant.policy for instant in instants if instant.kind in OF_DELAYS)

    def _take(self, table: Table, state: str, memory: Memory, seen: Seen) -> Step | None:
        """Take an event, and remember of delays only what some rule will look at."""
        step = table.take(state, memory, seen)
        if step is None or step.memory.windows is memory.windows:
            return step
        forgotten = {} if self._any_delay is None else {"longest": self._any_delay}
        windows = {
            policy: attrs.evolve(window, **(forgotten if policy in self._backing_off else _NO_DELAYS))
            for policy, window in step.memory.windows.items()
        }
        return attrs.evolve(step, memory=step.memory.but(windows=windows))


def follow(
    one: Hypothesis,
    step: Step,
    seen: Seen,
    supposed: Supposed,
    number: int,
    hidden: bool = False,
    follows: bool = False,
) -> Hypothesis:
    """Return a run after a step of the operation itself."""
    return Hypothesis(
        step.state,
        step.memory,
        one.side,
        one.supposed | supposed if supposed else one.supposed,
        one.path.then(Taken(number, step.row, step.rests_on, seen, hidden, follows)),
        one.times,
        one.attempts,
        one.answers,
        one.closed,
    )
