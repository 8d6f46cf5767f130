"""What may be missing: attempts and answers that a run may have had just before something was seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from cosmos_retry.holes.clock import Clock
from cosmos_retry.holes.declared import Holes
from cosmos_retry.holes.moment import Moment
from cosmos_retry.holes.simplex import TooLong
from cosmos_retry.hypothesis import Hypothesis, stands_at
from cosmos_retry.memory import Seen
from cosmos_retry.readings import NOTHING, readings
from cosmos_retry.trace import Attempt, Error, Failure, Response, Result

if TYPE_CHECKING:
    from cosmos_retry.following import Following, Sight

LONGEST_WAIT_US = 10**12  # that a service is supposed to have asked for: eleven days


@attrs.frozen
class Gap:
    """The gap before an event, in which something may be missing.

    `most` is how much may be missing from the whole record, `happened` when the event did, `unanswered` the
    attempts that were seen, but whose answers were not.
    """

    following: Following
    clock: Clock
    holes: Holes
    most: int
    sight: Sight
    happened: Moment | int | None
    unanswered: tuple[int, ...]

    @property
    def orphaned(self) -> bool:
        """Whether the event answers an attempt that was not seen."""
        return isinstance(self.sight.event, Response | Failure) and self.sight.attempt is None


def before(one: Hypothesis, gap: Gap) -> Iterator[Hypothesis]:
    """Yield the run as it may stand just before the event of the gap, at the event's time.

    First as it stands with nothing missing, then with more and more.
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
            if run.missing >= gap.most or run.side is not None:
                continue
            further += _answers_of_seen(run, gap)
            # The status of an answer makes no difference to the attempt that follows it.
            place = (stands_at(run, False), run.attempts, run.closed)
            if run.attempts < gap.holes.attempts and place not in went_on:
                went_on.add(place)
                for attempt in _attempts(run, gap):
                    if gap.orphaned:
                        yield from _in_time(attempt, gap)
                    further += _answered(attempt, gap)
        runs = further


def _in_time(run: Hypothesis, gap: Gap) -> Iterator[Hypothesis]:
    if gap.happened is None or run.times is None:
        yield run
        return
    try:
        times = run.times.then(gap.happened)
    except TooLong:
        gap.following.gave_up = True
        return
    if times is not None:
        yield attrs.evolve(run, times=times)


def _answers_of_seen(run: Hypothesis, gap: Gap) -> Iterator[Hypothesis]:
    """Suppose that an attempt which was seen had its answer."""
    if run.answers < gap.holes.answers:
        for number in gap.unanswered:
            if number not in run.closed:
                for after in _answered(run, gap):
                    yield attrs.evolve(after, answers=run.answers + 1, closed=run.closed | {number})


def _attempts(run: Hypothesis, gap: Gap) -> Iterator[Hypothesis]:
    """Suppose that the client made an attempt."""
    following, sight = gap.following, gap.sight
    started = _moment(run, gap)
    if started is None:
        return
    machine, regions = following.table.machine, gap.holes.regions or following.config.regions
    unseen = Attempt(t=0.0)
    t: int = started.times.last  # type: ignore[union-attr, assignment]
    for seen, _ in readings(machine, run.state, run.memory, unseen, sight.number, t, regions):
        refreshed = following.hidden_refreshes(started, t, "attempt", sight.number)
        for stand in (started, *(after for _, after in refreshed)):
            for after in _taken(stand, seen, gap):
                yield attrs.evolve(after, attempts=run.attempts + 1)


def _answered(run: Hypothesis, gap: Gap) -> Iterator[Hypothesis]:
    """Suppose that the last attempt was answered, in each way that makes a difference."""
    started = _moment(run, gap)
    if started is None:
        return
    t: int = started.times.last  # type: ignore[union-attr, assignment]
    event, known = gap.sight.event, set()
    for seen in _answers(gap):
        for after in _taken(started, attrs.evolve(seen, t=t), gap):
            received: object = after.memory.received
            if isinstance(event, Error):
                received = received == event.status
            elif isinstance(event, Attempt | Result):
                received = None
            place = (stands_at(after, False), after.path[-1].row.verdict, received)
            if place not in known:
                known.add(place)
                yield after


def _taken(run: Hypothesis, seen: Seen, gap: Gap) -> Iterator[Hypothesis]:
    from cosmos_retry.following import follow

    if not gap.following.may_suppose():
        return
    for after, step in gap.following.ways(gap.following.table, run, run.state, run.memory, seen):
        yield follow(after, step, seen, NOTHING, gap.sight.number, hidden=True)


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
        gap.following.gave_up = True
        return None
    return None if after is None else attrs.evolve(run, times=after)


def _end(gap: Gap, otherwise: int) -> Moment | int:
    return otherwise if gap.happened is None else gap.happened


def _answers(gap: Gap) -> Iterator[Seen]:
    """Yield an answer of each kind that the vocabulary tells apart."""
    words = gap.following.table.machine.contract.vocabulary
    for sent in (False,) if gap.holes.unsent else (True, False):
        for cause in words.features["cause"].values:
            yield Seen("failure", cause=cause, sent=sent)
    if gap.holes.unsent:
        return
    answer = words.features["answer"]
    named = {int(value.partition("/")[0]) for value in answer.values if value[0].isdigit()}
    ranges = {value: some[0][0] for value, some in answer.ranges.items()}
    unlisted = next(status for status in range(418, 600) if status not in named)
    for value in answer.values:
        status, _, substatus = value.partition("/")
        number = int(status) if status.isdigit() else ranges.get(value, unlisted)
        yield Seen("response", status=number, substatus=int(substatus or 0))
        if number == 429:
            asked = gap.clock.unknown(0, 0, LONGEST_WAIT_US)
            yield Seen("response", status=number, asked=asked)  # type: ignore[arg-type]
