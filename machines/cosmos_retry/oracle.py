"""The oracle: an operation that is watched as it goes, and that says at any point what the client may do.

>>> operation = open_operation(config)
>>> operation.observe(Attempt(t=0.0, region="West US"))
>>> operation.permitted()
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, load_contract
from cosmos_retry.following import Following
from cosmos_retry.holes.clock import Clock
from cosmos_retry.holes.declared import EXACT
from cosmos_retry.holes.effort import Effort, Spent
from cosmos_retry.holes.known import as_found
from cosmos_retry.holes.missing import Gap, before
from cosmos_retry.holes.moment import Moment
from cosmos_retry.holes.times import Times
from cosmos_retry.hypothesis import Hypothesis, Lost
from cosmos_retry.machine import LifecycleMachine, Refusal
from cosmos_retry.memory import Memory
from cosmos_retry.merging import Vital, merge, thin
from cosmos_retry.moves import Move, moves_at
from cosmos_retry.sight import Open, Sight
from cosmos_retry.trace import Attempt, Event, Failure, Response
from cosmos_retry.units import seconds_to_us

MOST_HYPOTHESES = 256
FEW_HYPOTHESES = 8  # so few that what each of them takes is held against the machine
MOST_BLURRED = 24  # where times are not exact: each such run stands for many
Standing = tuple[LifecycleMachine, Config, str, Memory]


class NotPermitted(Exception):  # noqa: N818 - it is a finding about a client, not an error of ours
    """No run of the contract explains an observation; `lost` holds the runs that it ruled out."""

    def __init__(self, event: int, lost: list[Lost]) -> None:
        """Take the event's number in the trace, counted from 1, and the runs that it ruled out."""
        super().__init__(event, lost)
        self.event = event
        self.lost = lost


class Operation:
    """One operation of a client under watch.

    Observations are fed one at a time, in order; the operation keeps every run of the contract that
    explains them.  It never looks at a clock.  `given_up` says that there were more runs than are followed,
    so that a refusal proves nothing any more; `exhausted` that it was too much work to follow any at all.
    """

    def __init__(
        self,
        config: Config,
        contract: Contract | None = None,
        missing: int | None = None,
        loosely: bool = False,
        effort: Effort | None = None,
    ) -> None:
        """Begin an operation with its configuration, under the documented contract or another one.

        `missing` limits how many attempts and answers may be supposed where the configuration says that
        some may be missing; None is no further limit.  With `loosely`, times that are not known exactly are
        not held against one another, so that what is refused is refused for sure, and nothing else is sure.
        `effort` is the work that may be put into times that are not exact and into what may be missing; with
        None it is this operation's own.
        """
        self.config = config
        self.contract = contract or load_contract()
        self.missing = config.holes.any_missing if missing is None else missing
        self._effort = effort or Effort()
        exact = config.holes is EXACT or config.holes == EXACT
        self._clock = None if exact else Clock(effort=self._effort)
        self.hypotheses: list[Hypothesis] = [
            Hypothesis(times=None if self._clock is None else Times(self._clock))
        ]
        self.lost: list[Lost] = []
        self._ruled_out: set[object] = set()
        self.events = 0
        self.now = 0
        self.answers_without_time = 0
        self.given_up = self.exhausted = False
        self._attempts: list[Open] = []
        self._open: list[int] = []
        self._following = Following(config, self.contract, self._clock if loosely else None)

    @cached_property
    def _vital(self) -> Vital:
        return Vital(self.contract, self.config)

    @property
    def ended(self) -> bool:
        """Whether the application has heard."""
        states = self.contract.vocabulary.states
        return all(states[one.state].terminal for one in self.hypotheses)

    def observe(self, event: Event) -> None:
        """Take one observation.  Raises `NotPermitted` where no run explains it; then nothing has changed.

        The observation must be well-formed (see `wellformed.check`): `of` names an open attempt where it
        must.
        """
        number = self.events + 1
        if self._clock is not None:
            self._clock.begin()
        alive: list[Hypothesis] = []
        lost: list[Lost] = []
        whose = self._whose(event)
        happened, meant = self._when(event)
        sight = Sight(event, number, meant, self._attempts[whose - 1] if whose else None)
        ways = self._following.ways
        ways.gave_up, ways.many = False, len(self.hypotheses) > FEW_HYPOTHESES
        starts = self.hypotheses if self._clock is None else self._starts(self._clock, sight, whose, happened)
        explain = self._following.explain
        try:
            for one in starts:
                for outcome in explain(one, sight):
                    (alive if isinstance(outcome, Hypothesis) else lost).append(outcome)  # type: ignore[arg-type]
            self.given_up |= ways.gave_up
            if alive:
                self._keep(alive, lost)
        except Spent:
            self.given_up = self.exhausted = True
            alive, lost = [], []
        if not alive:
            raise NotPermitted(number, lost or [_out_of_time(one, event) for one in self.hypotheses])
        self.events = number
        self._remember(event, whose, happened)

    def permitted(self, runs: Sequence[Hypothesis] | None = None) -> tuple[Move, ...]:
        """Return the moves that the client may make now, those of every run that explains what was seen.

        Or those of some of the runs, `runs`.
        """
        found: dict[Move, None] = {}
        for machine, config, state, memory in self.standings(runs):
            found |= dict.fromkeys(moves_at(machine, config, state, memory, self.now))
        return tuple(found)

    def standings(self, runs: Sequence[Hypothesis] | None = None) -> Iterator[Standing]:
        """Yield where the runs stand from which the client may move now, and the machine that knows its rows.

        A run may stand where a refresh that cannot be seen would have brought it.  Times that are not known
        exactly are put where the run found them possible.
        """
        following = self._following
        for one in self.hypotheses if runs is None else runs:
            if self.contract.vocabulary.states[one.state].terminal:
                continue
            if one.side is not None and one.side.state != "in_flight":
                memory = as_found(one.side.memory, one.times)
                yield following.calls.table.machine, following.calls.config, one.side.state, memory
                continue
            for run in (one, *self._refreshed(one)):
                yield following.table.machine, self.config, run.state, as_found(run.memory, run.times)

    def _refreshed(self, one: Hypothesis) -> list[Hypothesis]:
        """The run after each refresh that may have been; none any more where too much work has been done."""
        try:
            before = self._following.refreshes.before(one, self.now, "attempt", self.events + 1)
            return [run for _, run in before]
        except Spent:
            return []

    def _whose(self, event: Event) -> int | None:
        """The number of the attempt that an answer belongs to; None where that attempt was not seen."""
        if not isinstance(event, Response | Failure):
            return None
        return event.of if event.of is not None else next(reversed(self._open), None)

    def _when(self, event: Event) -> tuple[Moment | int | None, Moment | int | None]:
        """When an event happened, and the moment it was meant for, which the rules look at."""
        if event.t is None:
            return None, None
        t = seconds_to_us(event.t)
        holes, clock = self.config.holes, self._clock
        if clock is None:
            return t, t
        off, shaken = holes.clock_us, holes.jitter_us
        happened: Moment | int = clock.unknown(t, t - off, t + off) if off else t
        kind = str(event.__struct_config__.tag)
        if not shaken or self.contract.vocabulary.events[kind].by != "client":
            return happened, happened
        return happened, clock.unknown(0, -shaken, shaken) + happened

    def _starts(
        self, clock: Clock, sight: Sight, whose: int | None, happened: Moment | int | None
    ) -> Iterator[Hypothesis]:
        """Yield the runs as they may stand just before an event, at its time."""
        holes = attrs.evolve(
            self.config.holes,
            attempts=min(self.missing, self.config.holes.attempts),
            answers=min(self.missing, self.config.holes.answers),
        )
        for one in self.hypotheses:
            unanswered = {n: self._attempts[n - 1] for n in self._open}
            gap = Gap(self._following, clock, holes, self.missing, sight, happened, unanswered)
            yield from (run for run in before(one, gap) if whose not in run.closed)

    def _keep(self, alive: list[Hypothesis], lost: list[Lost]) -> None:
        if self._clock is None:
            kept = merge(alive, self._vital)
            self._rule_out(lost)
            if len(kept) <= MOST_HYPOTHESES:
                self.hypotheses = list(kept)
                return
        else:
            kept = sorted(thin(alive), key=lambda one: (one.missing, "unspecified" in one.path.verdicts))
            standing = {one.supposed for one in kept}
            # A fact is ruled out only where no times are left with which it would be possible.
            self._rule_out([one for one in lost if one.supposed and one.supposed not in standing])
        most = MOST_HYPOTHESES if self._clock is None or self.missing else MOST_BLURRED
        self.given_up |= len(kept) > most
        self.hypotheses = list(kept[:most])

    def _rule_out(self, lost: list[Lost]) -> None:
        """Keep runs that were ruled out, of those that say the same of facts and states the first."""
        known = self._ruled_out
        for one in lost:
            if one.state not in known or not one.supposed <= known:
                known.add(one.state)
                known |= one.supposed
                self.lost.append(one)

    def _remember(self, event: Event, whose: int | None, happened: Moment | int | None) -> None:
        if event.t is not None:
            self.now = max(self.now, seconds_to_us(event.t))
        if isinstance(event, Attempt) and happened is not None:
            step = None if event.step in (None, "page") else event.step
            self._attempts.append(Open(happened, step))
            self._open.append(len(self._attempts))
        elif isinstance(event, Response | Failure):
            if whose is not None:
                self._open.remove(whose)
            self.answers_without_time += event.t is None


def _out_of_time(one: Hypothesis, event: Event) -> Lost:
    """A run in which there is no time left for an event, or which has supposed it to be missing."""
    refusal = Refusal(one.state, str(event.__struct_config__.tag), None, None, ())
    return Lost(one.state, one.supposed, one.path, one.times, lambda: refusal)


def open_operation(config: Config, contract: Contract | None = None) -> Operation:
    """Return an operation under watch, before its first attempt."""
    return Operation(config, contract)
