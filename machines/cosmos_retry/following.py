"""Following: what becomes of one run when something is seen, for each way in which it may have been."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.holes.clock import Clock
from cosmos_retry.holes.known import as_found, event_as_found
from cosmos_retry.holes.moment import Moment
from cosmos_retry.holes.simplex import TooLong
from cosmos_retry.hypothesis import Hypothesis, Lost, Side
from cosmos_retry.machine import Refusal, Step
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.readings import NOTHING, Supposed, readings, seen_as
from cosmos_retry.table import Table, table_for
from cosmos_retry.taken import Taken
from cosmos_retry.trace import Attempt, Error, Event

GATEWAY_HIDES = frozenset({"replica", "address_refresh"})
MOST_SUPPOSED = 6_000
LONGEST_DELAY_US = 10**15
OF_DELAYS = ("backoff_end", "last_call")  # the instants that hang on the delays so far
_NO_DELAYS: dict[str, Any] = {"longest": 0, "grown": False, "flat": 0}
_REFRESH = {"address_refresh": "addresses", "account_refresh": "account_view"}


@attrs.frozen
class Open:
    """An attempt that has been made: when, and for which metadata call, if for one."""

    t: Moment | int
    step: str | None


@attrs.define(eq=False)  # made for each event: frozen, it would take twice as long
class Sight:
    """Something that was seen: its number in the trace (from 1), when it was, and which attempt it answers.

    `t` is the moment that the rules look at; None for an answer without a time, which is put at the start of
    its attempt.  With `hidden` it was not seen but supposed, before the event with that number; `asked` is
    the wait that an answer is then supposed to ask for.  With `follows` it is what the success of a metadata
    call means for the operation.
    """

    event: Event
    number: int
    t: Moment | int | None = None
    attempt: Open | None = None
    hidden: bool = False
    asked: Moment | None = None
    follows: bool = False


class Following:
    """Follows runs of an operation in one configuration, under one contract.

    With `loosely`, what the runs demand of times that are not known is not held against one another, and how
    long their delays were is forgotten: more runs pass then than there are, but they are few to follow.
    """

    def __init__(self, config: Config, contract: Contract, loosely: Clock | None = None) -> None:
        """Take the operation's configuration and the contract; `loosely` is the clock of its times."""
        self.config = config
        self.table = table_for(contract, config.lifecycle, config)
        self.hidden = config.blind | (GATEWAY_HIDES if config.mode == "gateway" else frozenset())
        self.gave_up = False
        self._supposed = 0
        self._any_delay = None if loosely is None else loosely.unknown(0, 0, LONGEST_DELAY_US)
        self._contract = contract
        self._refused: tuple[Seen, Memory, Refusal] | None = None  # what was refused last, at exact times

    @cached_property
    def metadata_config(self) -> Config:
        """The configuration of metadata calls: through the gateway in both modes, in the order of reads."""
        return attrs.evolve(self.config, operation="point_read", mode="gateway")

    @cached_property
    def side_table(self) -> Table:
        """The rows of the metadata calls within the operation."""
        return table_for(self._contract, "metadata", self.metadata_config)

    @cached_property
    def _backing_off(self) -> frozenset[str | None]:
        """The policies whose rules look at delays."""
        instants = self._contract.vocabulary.instants.values()
        return frozenset(instant.policy for instant in instants if instant.kind in OF_DELAYS)

    def explain(self, one: Hypothesis, sight: Sight) -> Iterator[Hypothesis | Lost]:
        """Yield what becomes of one run, for each way in which the event may have been."""
        event, attempt = sight.event, sight.attempt
        if isinstance(event, Attempt) and event.step not in (None, "page"):
            yield from self._side_attempt(one, event, sight)
        elif attempt is not None and attempt.step is not None:
            yield from self._side_answer(one, sight, attempt)
        elif isinstance(event, Error) and one.side is not None and one.side.state != "in_flight":
            yield from self._side_error(one, sight)
        else:
            # Most runs have no metadata call, and this is the way that everything takes.
            for run in (one,) if one.side is None else self._without_side(one, sight):
                for seen, supposed in self._readings(self.table, run.state, run.memory, sight):
                    yield from self._main(run, seen, supposed, sight)

    def may_suppose(self) -> bool:
        """Count one more thing that is supposed to be missing; false, from then on, where it is too much."""
        self._supposed += 1
        if self._supposed > MOST_SUPPOSED:
            self.gave_up = True
        return not self.gave_up

    def ways(
        self, table: Table, one: Hypothesis, state: str, memory: Memory, seen: Seen
    ) -> list[tuple[Hypothesis, Step]]:
        """Return the steps by which a run may take an event: one or none, or more where times are unknown."""
        times = one.times
        if times is None:
            step = table.step(state, memory, seen)
            if isinstance(step, Step):
                return [(one, step)]
            self._refused = seen, memory, step
            return []
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

    def hidden_refreshes(
        self, one: Hypothesis, t: Moment | int, event: str, number: int
    ) -> Iterator[tuple[str, Hypothesis]]:
        """Yield the runs after each refresh that cannot be seen and that would make a difference."""
        for hidden, feature in _REFRESH.items():
            if hidden not in self.hidden or not self.table.machine.uses(one.state, event, feature):
                continue
            seen = Seen(hidden, t=t)  # type: ignore[arg-type]
            for run, refresh in self.ways(self.table, one, one.state, one.memory, seen):
                if refresh.memory != one.memory:
                    fact = f"{hidden} before event {number}"
                    yield fact, follow(run, refresh, seen, frozenset({(fact, "made")}), number, hidden=True)

    def lost(
        self, table: Table, one: Hypothesis, state: str, memory: Memory, seen: Seen, supposed: Supposed
    ) -> Lost:
        """Return a run that an event rules out."""
        refused = self._refused
        known = refused[2] if refused and refused[0] is seen and refused[1] is memory else None

        def explain() -> Refusal:
            if known is not None:
                return known
            found = table.step(state, as_found(memory, one.times), event_as_found(seen, one.times))
            # Between two microseconds the refusal cannot be shown with whole ones.
            return found if isinstance(found, Refusal) else Refusal(state, seen.event, None, None, ())

        return Lost(one.supposed | supposed, one.path, one.times, explain)

    def _without_side(self, one: Hypothesis, sight: Sight) -> Iterator[Hypothesis]:
        """Yield the run with its metadata call given up, if the client goes on without it.

        Addresses and ranges may be fetched in the background; a plan is fetched for the sake of the pages.
        """
        side = one.side
        if (
            not isinstance(sight.event, Attempt)
            or side is None
            or (side.state == "in_flight" and side.step != "query_plan")
        ):
            yield one
            return
        seen = Seen("metadata_abandoned", t=sight.t)  # type: ignore[arg-type]
        gone = attrs.evolve(one, side=None)
        ways = self.ways(self.table, gone, one.state, one.memory, seen)
        yield from (follow(run, step, seen, NOTHING, sight.number, follows=True) for run, step in ways)
        if not ways:
            yield gone

    def _main(
        self, one: Hypothesis, seen: Seen, supposed: Supposed, sight: Sight
    ) -> Iterator[Hypothesis | Lost]:
        ways = self.ways(self.table, one, one.state, one.memory, seen)
        if ways:
            for run, step in ways:
                yield follow(run, step, seen, supposed, sight.number, sight.hidden, sight.follows)
            return
        ruled_out = self.lost(self.table, one, one.state, one.memory, seen, supposed)
        # The move may have been right after a refresh that this observer cannot see.
        unseen = list(self._after_hidden_refresh(one, seen, supposed, sight))
        not_made = {(fact, "not made") for fact, _ in unseen}
        yield attrs.evolve(ruled_out, supposed=ruled_out.supposed | not_made) if unseen else ruled_out
        yield from (run for _, run in unseen)

    def _after_hidden_refresh(
        self, one: Hypothesis, seen: Seen, supposed: Supposed, sight: Sight
    ) -> Iterator[tuple[str, Hypothesis | Lost]]:
        """Yield the runs in which a refresh that cannot be seen came before a move, and what they suppose."""
        for fact, between in self.hidden_refreshes(one, seen.t, seen.event, sight.number):
            run = attrs.evolve(between, supposed=between.supposed | supposed)
            ways = self.ways(self.table, run, run.state, run.memory, seen)
            if not ways:
                yield fact, self.lost(self.table, run, run.state, run.memory, seen, NOTHING)
            for after, step in ways:
                yield fact, follow(after, step, seen, NOTHING, sight.number, sight.hidden, sight.follows)

    def _side_attempt(self, one: Hypothesis, event: Attempt, sight: Sight) -> Iterator[Hypothesis | Lost]:
        side, table = one.side or Side(str(event.step)), self.side_table
        called = attrs.evolve(side, step=str(event.step))
        for seen, supposed in self._readings(table, side.state, side.memory, sight):
            ways = self.ways(table, one, side.state, side.memory, seen)
            if not ways:
                yield self.lost(table, one, side.state, side.memory, seen, supposed)
            for run, step in ways:
                yield _beside(run, called, step, seen, supposed, sight)

    def _side_answer(self, one: Hypothesis, sight: Sight, attempt: Open) -> Iterator[Hypothesis | Lost]:
        side, table = one.side or Side(str(attempt.step), "in_flight"), self.side_table
        seen = self._seen(sight)
        ways = self.ways(table, one, side.state, side.memory, seen)
        if not ways:
            yield self.lost(table, one, side.state, side.memory, seen, NOTHING)
        for run, step in ways:
            moved = _beside(run, side, step, seen, NOTHING, sight)
            if step.state == "succeeded":
                yield from self._side_success(attrs.evolve(moved, side=None), side.step, seen.t, sight)
            else:
                yield moved

    def _side_success(self, one: Hypothesis, step: str, t: int, sight: Sight) -> Iterator[Hypothesis | Lost]:
        """Tell the operation that a metadata call of its has succeeded."""
        event = {"address_resolution": "address_refresh", "query_plan": "query_plan"}.get(step)
        if event is None or (one.state, event) not in self.table.machine.lifecycle.at:
            yield one
            return
        follows = attrs.evolve(sight, asked=None, follows=True)
        yield from self._main(one, Seen(event, t=t), NOTHING, follows)

    def _side_error(self, one: Hypothesis, sight: Sight) -> Iterator[Hypothesis | Lost]:
        """An error of a metadata call that could not be helped is the operation's error."""
        side, table = one.side or Side("query_plan"), self.side_table
        seen = self._seen(sight)
        ways = self.ways(table, one, side.state, side.memory, seen)
        if not ways:
            yield self.lost(table, one, side.state, side.memory, seen, NOTHING)
        for run, step in ways:
            moved = _beside(run, side, step, seen, NOTHING, sight)
            yield attrs.evolve(moved, state=step.state, side=None)

    def _readings(
        self, table: Table, state: str, memory: Memory, sight: Sight
    ) -> Iterator[tuple[Seen, Supposed]]:
        event, number, t = sight.event, sight.number, self._t(sight)
        found = readings(table.machine, state, memory, event, number, t, self.config.regions)
        if sight.asked is None:
            return found
        asked: Any = sight.asked
        return ((attrs.evolve(seen, asked=asked), supposed) for seen, supposed in found)

    def _seen(self, sight: Sight) -> Seen:
        return seen_as(sight.event, self._t(sight))

    def _t(self, sight: Sight) -> int:
        t = sight.t
        if t is None:
            t = 0 if sight.attempt is None else sight.attempt.t
        return t  # type: ignore[return-value]


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


def _beside(
    one: Hypothesis, side: Side, step: Step, seen: Seen, supposed: Supposed, sight: Sight
) -> Hypothesis:
    return attrs.evolve(
        one,
        side=attrs.evolve(side, state=step.state, memory=step.memory),
        supposed=one.supposed | supposed,
        path=one.path.then(
            Taken(sight.number, step.row, step.rests_on, seen, sight.hidden, False, side.step)
        ),
    )
