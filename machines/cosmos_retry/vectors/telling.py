"""Telling: a run of a configuration turned into what a vector says of it, under one contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.hypothesis import Hypothesis
from cosmos_retry.oracle import NotPermitted, Operation
from cosmos_retry.trace import Attempt, Error, Event, Failure, Response
from cosmos_retry.units import US_PER_SECOND, seconds_to_us
from cosmos_retry.vectors.choices import choices_at
from cosmos_retry.vectors.vector import Breakdown, Ending, Reply, RowNote, Turn

METADATA = "metadata"
BEGINNING = ""  # stands for the row before the first one
ENVIRONMENT = (Response, Failure)
Pair = tuple[str, str]  # a row, and one that takes or forbids the very next thing
SOON_US = 10_000_000  # an answer that takes longer is timed by the window that it has to do with


@attrs.frozen
class Told:
    """A run as a contract sees it: its turns, its verdict, and the rows that it names."""

    turns: tuple[Turn, ...]
    endings: tuple[Ending, ...]
    verdict: str
    ended: bool
    notes: dict[str, RowNote]
    pairs: frozenset[Pair]
    offered: frozenset[Pair]


def tell(contract: Contract, lifecycle: str, config: Config, events: Sequence[Event]) -> Told | None:
    """Return what a contract says of a run, or None where it does not permit it.

    The pairs are those of one lifecycle: the operation's, or `metadata`.
    """
    operation = Operation(config, contract)
    turns: list[Turn] = []
    endings: list[Ending] = []
    pairs: set[Pair] = set()
    offered: set[Pair] = set()
    aside: set[int] = set()
    attempts: list[Attempt] = []
    for number, event in enumerate(events, start=1):
        if not isinstance(event, ENVIRONMENT):
            turns.append(Turn(choices_at(operation, events[: number - 1]), [], []))
            last = {one[-1]: None for one in _sequences(operation, aside, lifecycle)}
            offered.update(_offered(operation, turns[-1], tuple(last)))
        whose = answered(events[:number]) if isinstance(event, ENVIRONMENT) else 0
        if _is_aside(event, attempts, whose) or ends_aside(operation, event):
            aside.add(number)
        try:
            operation.observe(event)
        except NotPermitted:
            return None
        if isinstance(event, Attempt):
            attempts.append(event)
        for one in _sequences(operation, aside, lifecycle):
            pairs.update(pairwise(one))
        turns[-1].then.append(event)
        turns[-1].rows.extend(rows_of(operation, number))
        if isinstance(event, ENVIRONMENT):
            endings.append(_ending(operation, attempts, whose, event))
    return Told(
        turns=tuple(turns),
        endings=tuple(endings),
        verdict=verdict_of(operation),
        ended=operation.ended,
        notes=_notes(contract, turns),
        pairs=frozenset(pairs),
        offered=frozenset(offered),
    )


def answered(events: Sequence[Event]) -> int:
    """Return the number of the attempt that the last event answers, counted from 1."""
    last, waiting, count = events[-1], list[int](), 0
    assert isinstance(last, ENVIRONMENT)
    for event in events[:-1]:
        if isinstance(event, Attempt):
            count += 1
            waiting.append(count)
        elif isinstance(event, ENVIRONMENT):
            waiting.remove(event.of or waiting[-1])
    return last.of or waiting[-1]


def verdict_of(operation: Operation) -> str:
    """Return what the runs of an operation amount to: the best that one of them does."""
    verdicts = {one.verdict for one in operation.hypotheses}
    return next(one for one in ("conforms", "unobservable", "unspecified") if one in verdicts)


def _notes(contract: Contract, turns: Sequence[Turn]) -> dict[str, RowNote]:
    named = {choice.row for turn in turns for choice in turn.choices}
    named.update(row for turn in turns for row in turn.rows)
    rows = [contract.rows[name] for name in sorted(named)]
    return {row.id: RowNote(row.says, list(row.cites), row.basis) for row in rows}


def _sequences(operation: Operation, aside: Set[int], lifecycle: str) -> list[list[str]]:
    return [_sequence(one, aside, lifecycle) for one in operation.hypotheses]


def _sequence(one: Hypothesis, aside: Set[int], lifecycle: str) -> list[str]:
    """The rows of a lifecycle that a run has taken: the operation's own, or those of its metadata calls.

    Of the rows that take an event of a metadata call the first is the call's, and any other the operation's.
    """
    of_calls = lifecycle == METADATA
    found = [BEGINNING]
    last = 0
    for taken in one.path:
        is_call = taken.event in aside and taken.event != last
        last = taken.event
        if is_call == of_calls:
            found.append(taken.row.id)
    return found


def _offered(operation: Operation, turn: Turn, last: Sequence[str]) -> Iterator[Pair]:
    """The last row with each that is not taken but told of: a move that ends the run, or is not permitted."""
    words, rows = operation.contract.vocabulary, operation.contract.rows
    for choice in turn.choices:
        target = words.states.get(str(rows[choice.row].to))
        if choice.verdict != "permitted" or (target is not None and target.terminal):
            yield from ((row, choice.row) for row in last)


def _is_aside(event: Event, attempts: Sequence[Attempt], number: int) -> bool:
    """Whether an event belongs to a metadata call; `number` is the attempt that it answers."""
    step = event.step if isinstance(event, Attempt) else None
    if isinstance(event, ENVIRONMENT):
        step = attempts[number - 1].step
    return step not in (None, "page")


def ends_aside(operation: Operation, event: Event) -> bool:
    """Return whether the application hears of a metadata call that could not be helped."""
    sides = [one.side for one in operation.hypotheses if one.side is not None]
    return isinstance(event, Error) and any(side.state != "in_flight" for side in sides)


def rows_of(operation: Operation, number: int) -> list[str]:
    """Return the rows that took an event, in any of the runs that explain it."""
    found = (taken.row.id for one in operation.hypotheses for taken in one.path if taken.event == number)
    return list(dict.fromkeys(found))


def _ending(
    operation: Operation, attempts: Sequence[Attempt], number: int, answer: Response | Failure
) -> Ending:
    """How an attempt ended, timed by what matters about it."""
    mine = attempts[number - 1]
    at, since = seconds_to_us(answer.t or 0), number
    if at - seconds_to_us(mine.t) > SOON_US:
        opened = {w.opened for one in operation.hypotheses for w in one.memory.windows.values()}
        marks = [n for n, one in enumerate(attempts, start=1) if seconds_to_us(one.t) in opened]
        since = marks[0] if marks else number
    after = (at - seconds_to_us(attempts[since - 1].t)) / US_PER_SECOND
    mark = None if since == number else since
    if isinstance(answer, Response):
        return Reply(
            number, answer.status, after, answer.substatus, answer.retry_after_ms, since=mark, step=mine.step
        )
    return Breakdown(number, answer.cause, bool(answer.sent), after, since=mark, step=mine.step)
