"""The oracle: an operation that is watched as it goes, and that says at any point what the client may do.

>>> operation = open_operation(config)
>>> operation.observe(Attempt(t=0.0, region="West US"))
>>> operation.permitted()
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, load_contract
from cosmos_retry.hypothesis import Hypothesis, Lost, Side, Taken, merge
from cosmos_retry.machine import LifecycleMachine, Refusal, Step
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.moves import Move, moves_at
from cosmos_retry.readings import NOTHING, Supposed, readings, seen_as
from cosmos_retry.table import Table, table_for
from cosmos_retry.trace import Attempt, Error, Event, Failure, Response
from cosmos_retry.units import seconds_to_us

MOST_HYPOTHESES = 256
GATEWAY_HIDES = frozenset({"replica", "address_refresh"})
Standing = tuple[LifecycleMachine, Config, str, Memory]
_REFRESH = {"address_refresh": "addresses", "account_refresh": "account_view"}


class NotPermitted(Exception):  # noqa: N818 - it is a finding about a client, not an error of ours
    """No run of the contract explains an observation; `lost` holds the runs that it ruled out."""

    def __init__(self, event: int, lost: list[Lost]) -> None:
        """Take the event's number in the trace, counted from 1, and the runs that it ruled out."""
        super().__init__(event, lost)
        self.event = event
        self.lost = lost


@attrs.define
class _Open:
    """An attempt that has been made: when, and for which metadata call, if for one."""

    t: int
    step: str | None


class Operation:
    """One operation of a client under watch.

    Observations are fed one at a time, in order; the operation keeps every run of the contract that
    explains them.  It never looks at a clock.
    """

    def __init__(self, config: Config, contract: Contract | None = None) -> None:
        """Begin an operation with its configuration, under the documented contract or another one."""
        self.config = config
        self.contract = contract or load_contract()
        self.hypotheses: list[Hypothesis] = [Hypothesis()]
        self.lost: list[Lost] = []
        self.events = 0
        self.now = 0
        self.answers_without_time = 0
        self._attempts: list[_Open] = []
        self._open: list[int] = []
        self._hidden = config.blind | (GATEWAY_HIDES if config.mode == "gateway" else frozenset())
        # Metadata calls go through the gateway in both modes, in the order of reads.
        self._metadata_config = attrs.evolve(config, operation="point_read", mode="gateway")
        self._table = table_for(self.contract, config.lifecycle, config)

    @property
    def _side_table(self) -> Table:
        return table_for(self.contract, "metadata", self._metadata_config)

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
        alive: list[Hypothesis] = []
        lost: list[Lost] = []
        whose = self._whose(event)
        for one in self.hypotheses:
            for outcome in self._explain(one, event, number, whose):
                (alive if isinstance(outcome, Hypothesis) else lost).append(outcome)  # type: ignore[arg-type]
        if not alive:
            raise NotPermitted(number, lost)
        self.hypotheses = list(merge(alive)[:MOST_HYPOTHESES])
        self.lost += lost
        self.events = number
        self._remember(event, whose)

    def permitted(self) -> tuple[Move, ...]:
        """Return the moves that the client may make now, those of every run that explains what was seen."""
        found: dict[Move, None] = {}
        for machine, config, state, memory in self.standings():
            found |= dict.fromkeys(moves_at(machine, config, state, memory, self.now))
        return tuple(found)

    def standings(self) -> Iterator[Standing]:
        """Yield where the runs stand from which the client may move now, and the machine that knows its rows.

        A run may stand where a refresh that cannot be seen would have brought it.
        """
        for one in self.hypotheses:
            if self.contract.vocabulary.states[one.state].terminal:
                continue
            if one.side is not None and one.side.state != "in_flight":
                yield self._side_table.machine, self._metadata_config, one.side.state, one.side.memory
                continue
            hidden = self._hidden_refreshes(one, self.now, "attempt", self.events + 1)
            for run in (one, *(run for _, run in hidden)):
                yield self._table.machine, self.config, run.state, run.memory

    def _whose(self, event: Event) -> int | None:
        """The number of the attempt that an answer belongs to."""
        if isinstance(event, Response | Failure):
            return event.of if event.of is not None else self._open[-1]
        return None

    def _remember(self, event: Event, whose: int | None) -> None:
        if event.t is not None:
            self.now = max(self.now, seconds_to_us(event.t))
        if isinstance(event, Attempt):
            step = None if event.step in (None, "page") else event.step
            self._attempts.append(_Open(seconds_to_us(event.t), step))
            self._open.append(len(self._attempts))
        elif whose is not None:
            self._open.remove(whose)
            self.answers_without_time += event.t is None

    def _explain(
        self, one: Hypothesis, event: Event, number: int, whose: int | None
    ) -> Iterator[Hypothesis | Lost]:
        """Yield what becomes of one hypothesis, for each way in which the event may have been."""
        if isinstance(event, Attempt) and event.step not in (None, "page"):
            yield from self._side_attempt(one, event, number)
        elif whose is not None and self._attempts[whose - 1].step is not None:
            yield from self._side_answer(one, event, number, self._attempts[whose - 1])
        elif isinstance(event, Error) and one.side is not None and one.side.state != "in_flight":
            yield from self._side_error(one, event, number)
        else:
            one = self._without_side(one, event, number)
            for seen, supposed in self._readings(self._table, one.state, one.memory, event, number, whose):
                yield from self._main(one, seen, supposed, number)

    def _without_side(self, one: Hypothesis, event: Event, number: int) -> Hypothesis:
        """Return the run with its metadata call given up, if the client goes on without it.

        Addresses and ranges may be fetched in the background; a plan is fetched for the sake of the pages.
        """
        side = one.side
        if not isinstance(event, Attempt) or side is None:
            return one
        if side.state == "in_flight" and side.step != "query_plan":
            return one
        step = self._table.step(one.state, one.memory, Seen("metadata_abandoned", t=seconds_to_us(event.t)))
        gone = attrs.evolve(one, side=None)
        return _follow(gone, step, NOTHING, number) if isinstance(step, Step) else gone

    def _main(
        self,
        one: Hypothesis,
        seen: Seen,
        supposed: Supposed,
        number: int,
    ) -> Iterator[Hypothesis | Lost]:
        step = self._table.step(one.state, one.memory, seen)
        if isinstance(step, Step):
            yield _follow(one, step, supposed, number)
            return
        # The move may have been right after a refresh that this observer cannot see.
        unseen = list(self._after_hidden_refresh(one, seen, supposed, number))
        not_made = {(fact, "not made") for fact, _ in unseen}
        yield Lost(one.supposed | supposed | not_made, step, one.path)
        yield from (run for _, run in unseen)

    def _after_hidden_refresh(
        self, one: Hypothesis, seen: Seen, supposed: Supposed, number: int
    ) -> Iterator[tuple[str, Hypothesis | Lost]]:
        """Yield the runs in which a refresh that cannot be seen came before a move, and what they suppose."""
        for fact, between in self._hidden_refreshes(one, seen.t, seen.event, number):
            run = attrs.evolve(between, supposed=between.supposed | supposed)
            step = self._table.step(run.state, run.memory, seen)
            if isinstance(step, Step):
                yield fact, _follow(run, step, NOTHING, number)
            else:
                yield fact, Lost(run.supposed, step, run.path)

    def _hidden_refreshes(
        self, one: Hypothesis, t: int, event: str, number: int
    ) -> Iterator[tuple[str, Hypothesis]]:
        """Yield the runs after each refresh that cannot be seen and that would make a difference."""
        for hidden, feature in _REFRESH.items():
            if hidden not in self._hidden or not self._table.machine.uses(one.state, event, feature):
                continue
            refresh = self._table.step(one.state, one.memory, Seen(hidden, t=t))
            if isinstance(refresh, Step) and refresh.memory != one.memory:
                fact = f"{hidden} before event {number}"
                yield fact, _follow(one, refresh, frozenset({(fact, "made")}), number)

    def _side_attempt(self, one: Hypothesis, event: Attempt, number: int) -> Iterator[Hypothesis | Lost]:
        side = one.side or Side(str(event.step))
        for seen, supposed in self._readings(self._side_table, side.state, side.memory, event, number, None):
            step = self._side_table.step(side.state, side.memory, seen)
            if isinstance(step, Refusal):
                yield Lost(one.supposed | supposed, step, one.path)
            else:
                yield _beside(one, attrs.evolve(side, step=str(event.step)), step, supposed, number)

    def _side_answer(
        self, one: Hypothesis, event: Event, number: int, attempt: _Open
    ) -> Iterator[Hypothesis | Lost]:
        side = one.side or Side(str(attempt.step), "in_flight")
        seen = seen_as(event, attempt.t)
        step = self._side_table.step(side.state, side.memory, seen)
        if isinstance(step, Refusal):
            yield Lost(one.supposed, step, one.path)
            return
        moved = _beside(one, side, step, NOTHING, number)
        if step.state != "succeeded":
            yield moved
            return
        yield from self._side_success(attrs.evolve(moved, side=None), side.step, seen.t, number)

    def _side_success(self, one: Hypothesis, step: str, t: int, number: int) -> Iterator[Hypothesis | Lost]:
        """Tell the operation that a metadata call of its has succeeded."""
        event = {"address_resolution": "address_refresh", "query_plan": "query_plan"}.get(step)
        if event is None or (one.state, event) not in self._table.machine.lifecycle.at:
            yield one
            return
        yield from self._main(one, Seen(event, t=t), NOTHING, number)

    def _side_error(self, one: Hypothesis, event: Error, number: int) -> Iterator[Hypothesis | Lost]:
        """An error of a metadata call that could not be helped is the operation's error."""
        side = one.side or Side("query_plan")
        step = self._side_table.step(side.state, side.memory, seen_as(event, 0))
        if isinstance(step, Refusal):
            yield Lost(one.supposed, step, one.path)
        else:
            moved = _beside(one, side, step, NOTHING, number)
            yield attrs.evolve(moved, state=step.state, side=None)

    def _readings(
        self, table: Table, state: str, memory: Memory, event: Event, number: int, whose: int | None = None
    ) -> Iterator[tuple[Seen, Supposed]]:
        attempt_t = self._attempts[whose - 1].t if whose else 0
        return readings(table.machine, state, memory, event, number, attempt_t, self.config.regions)


def open_operation(config: Config, contract: Contract | None = None) -> Operation:
    """Return an operation under watch, before its first attempt."""
    return Operation(config, contract)


def _follow(one: Hypothesis, step: Step, supposed: Supposed, number: int) -> Hypothesis:
    return Hypothesis(
        state=step.state,
        memory=step.memory,
        side=one.side,
        supposed=one.supposed | supposed if supposed else one.supposed,
        path=(*one.path, Taken(number, step.row, step.rests_on)),
    )


def _beside(one: Hypothesis, side: Side, step: Step, supposed: Supposed, number: int) -> Hypothesis:
    return attrs.evolve(
        one,
        side=attrs.evolve(side, state=step.state, memory=step.memory),
        supposed=one.supposed | supposed,
        path=(*one.path, Taken(number, step.row, step.rests_on)),
    )
