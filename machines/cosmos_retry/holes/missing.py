"""What may be missing: attempts and answers that a run may have had just before something was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import attrs

from cosmos_retry.following import Following
from cosmos_retry.holes.clock import Clock
from cosmos_retry.holes.declared import Holes
from cosmos_retry.holes.moment import Moment
from cosmos_retry.holes.simplex import TooLong
from cosmos_retry.hypothesis import Hypothesis
from cosmos_retry.merging import stands_at
from cosmos_retry.sight import Open, Sight
from cosmos_retry.trace import Attempt, Cause, Error, Event, Failure, Response, Result, Step

THROTTLED = 429  # the answer that may ask for a wait
LONGEST_WAIT_US = 10**12  # that a service is supposed to have asked for: eleven days


@attrs.frozen
class Gap:
    """The gap before an event, in which something may be missing.

    `most` is how much may be missing from the whole record, `happened` when the event did, `unanswered` the
    attempts that were seen, but whose answers were not, by number.
    """

    following: Following
    clock: Clock
    holes: Holes
    most: int
    sight: Sight
    happened: Moment | int | None
    unanswered: Mapping[int, Open]

    @property
    def orphaned(self) -> bool:
        """Whether the event answers an attempt that was not seen."""
        return isinstance(self.sight.event, Response | Failure) and self.sight.attempt is None


def before(one: Hypothesis, gap: Gap) -> Iterator[Hypothesis]:
    """Yield the run as it may stand just before the event of the gap, at the event's time.

    First as it stands with nothing missing, then with more and more.  Raises `Spent`.
    """
    if gap.orphaned:
        yield from _in_time(one, gap)
    runs = [one]
    went_on: set[object] = set()
    while runs:
        further: list[Hypothesis] = []
        for run in runs:
            if not gap.orphaned:
                yield from _in_time(run, gap)
            if run.missing >= gap.most or not gap.following.supposes:
                continue
            further += _answers_of_seen(run, gap)
            # The status of an answer makes no difference to the attempt that follows it.
            place = (stands_at(run, False), run.attempts, run.closed)
            if run.attempts < gap.holes.attempts and place not in went_on:
                went_on.add(place)
                for attempt, step in _attempts(run, gap):
                    if gap.orphaned and step is None:
                        yield from _in_time(attempt, gap)
                    further += _answered(attempt, gap, step)
        runs = further


def _in_time(run: Hypothesis, gap: Gap) -> Iterator[Hypothesis]:
    if gap.happened is None or run.times is None:
        yield run
        return
    try:
        times = run.times.then(gap.happened)
    except TooLong:
        gap.following.ways.gave_up = True
        return
    if times is not None:
        yield attrs.evolve(run, times=times)


def _answers_of_seen(run: Hypothesis, gap: Gap) -> Iterator[Hypothesis]:
    """Suppose that an attempt which was seen had its answer."""
    if run.answers < gap.holes.answers:
        for number, attempt in gap.unanswered.items():
            if number not in run.closed:
                for after in _answered(run, gap, attempt.step):
                    yield attrs.evolve(after, answers=run.answers + 1, closed=run.closed | {number})


def _attempts(run: Hypothesis, gap: Gap) -> Iterator[tuple[Hypothesis, str | None]]:
    """Suppose that the client made an attempt: of the operation itself, or for a metadata call of its."""
    started = _moment(run, gap)
    if started is None:
        return
    for step in (None, *_calls(run, gap)):
        for region in gap.holes.regions or gap.following.config.regions:
            unseen = Attempt(t=0.0, region=region, step=step)
            for after in _taken(started, gap, unseen):
                yield attrs.evolve(after, attempts=run.attempts + 1), step


def _calls(run: Hypothesis, gap: Gap) -> Iterator[Step]:
    """The metadata calls that make a difference here: one under way, or one that would do something."""
    if run.side is not None:
        yield cast(Step, run.side.step)
        return
    at = gap.following.table.machine.lifecycle.at
    if (run.state, "query_plan") in at:
        yield "query_plan"
    if isinstance(gap.sight.event, Error) or (run.state, "address_refresh") in at:
        yield "address_resolution"


def _answered(run: Hypothesis, gap: Gap, step: str | None) -> Iterator[Hypothesis]:
    """Suppose that the last attempt was answered, in each way that makes a difference."""
    started = _moment(run, gap)
    if started is None:
        return
    event, known = gap.sight.event, set()
    for answer, asked in _answers(gap):
        for after in _taken(started, gap, answer, step, asked):
            received: object = after.memory.received
            if isinstance(event, Error):
                received = received == event.status
            elif isinstance(event, Attempt | Result):
                received = None
            place = (stands_at(after, False), after.path[-1].row.verdict, received)
            if place not in known:
                known.add(place)
                yield after


def _taken(
    run: Hypothesis, gap: Gap, event: Event, step: str | None = None, asked: Moment | None = None
) -> Iterator[Hypothesis]:
    """Let a run take what is supposed, at its last moment."""
    if not gap.following.may_suppose() or run.times is None:
        return
    t = run.times.last
    attempt = None if isinstance(event, Attempt) else Open(0 if t is None else t, step)
    sight = Sight(event, gap.sight.number, t, attempt, hidden=True, asked=asked)
    for after in gap.following.explain(run, sight):
        if isinstance(after, Hypothesis):
            # What is supposed of an event that was not seen is part of the run, no fact of the record.
            yield attrs.evolve(after, supposed=run.supposed)


def _moment(run: Hypothesis, gap: Gap) -> Hypothesis | None:
    """Return the run at some moment between its last one and the event."""
    times = run.times
    if times is None:
        return None
    low = min(0, gap.clock.low(_end(gap, 0))) if times.last is None else gap.clock.low(times.last)
    high = gap.clock.high(_end(gap, low))
    if low > high:
        return None
    home = low if times.last is None else min(max(times.at(times.last), low), high)
    try:
        after = times.then(gap.clock.unknown(home, low, high))
    except TooLong:
        gap.following.ways.gave_up = True
        return None
    return None if after is None else attrs.evolve(run, times=after)


def _end(gap: Gap, otherwise: int) -> Moment | int:
    return otherwise if gap.happened is None else gap.happened


def _answers(gap: Gap) -> Iterator[tuple[Event, Moment | None]]:
    """Yield an answer of each kind that the vocabulary tells apart, and the wait that it may ask for."""
    words = gap.following.table.machine.contract.vocabulary
    for sent in (False,) if gap.holes.unsent else (True, False):
        for cause in words.features["cause"].values:
            yield Failure(cause=cast(Cause, cause), sent=sent), None
    if gap.holes.unsent:
        return
    answer = words.features["answer"]
    named = {int(value.partition("/")[0]) for value in answer.values if value[0].isdigit()}
    ranges = {value: some[0][0] for value, some in answer.ranges.items()}
    unlisted = next(status for status in range(418, 600) if status not in named)
    for value in answer.values:
        status, _, substatus = value.partition("/")
        number = int(status) if status.isdigit() else ranges.get(value, unlisted)
        response = Response(status=number, substatus=int(substatus or 0))
        yield response, None
        if number == THROTTLED:
            yield response, gap.clock.unknown(0, 0, LONGEST_WAIT_US)
