"""The choices: at a point of a run, every move that a row permits, leaves open or forbids, with its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Row
from cosmos_retry.explore.labels import FOREIGN, OTHER_STATUS
from cosmos_retry.instants import NEVER, instant_us
from cosmos_retry.machine import LifecycleMachine
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.moves import CLIENT_EVENTS, SURFACED
from cosmos_retry.oracle import Operation, Standing
from cosmos_retry.trace import Attempt, Event, Failure, Response
from cosmos_retry.units import US_PER_SECOND, seconds_to_us
from cosmos_retry.vectors.vector import Bound, Choice

NO_REGION = "*"  # stands for a region that the account does not have
OF_WINDOWS = ("window_end", "last_call", "last_asked_call")
OF_DELAYS = ("backoff_end", "last_call")


def choices_at(operation: Operation, events: Sequence[Event]) -> list[Choice]:
    """Return what the client may do now, after these events, and what it must not.

    Where more than one run explains them a move counts as forbidden only if all of them forbid it.
    """
    found = [tuple(_of_standing(one, operation.now, events)) for one in operation.standings()]
    everywhere = [choice for some in found[:1] for choice in some if all(choice in one for one in found)]
    return list(
        dict.fromkeys(
            choice
            for some in found
            for choice in some
            if choice.verdict != "forbidden" or choice in everywhere
        )
    )


def _of_standing(standing: Standing, now: int, events: Sequence[Event]) -> Iterator[Choice]:
    machine, _, state, _ = standing
    for event in CLIENT_EVENTS:
        for row in machine.lifecycle.at.get((state, event), ()):
            yield from of_row(standing, row, now, events)


def of_row(standing: Standing, row: Row, now: int, events: Sequence[Event]) -> Iterator[Choice]:
    """Yield the moves of one row where a run stands, from `now` (microseconds) on."""
    machine, config, state, memory = standing
    low, strict, high = now, False, NEVER
    for relation, _, moment in moments(machine, row, config, memory):
        if relation == "not_after":
            high = min(high, moment)
        elif moment > low or (moment == low and relation == "after"):
            low, strict = moment, relation == "after"
    if low > high or (strict and low >= high):
        return
    time = Choice(
        move=row.on,  # type: ignore[arg-type]
        row=row.id,
        verdict=row.verdict,  # type: ignore[arg-type]
        from_s=low / US_PER_SECOND,
        after=strict,
        until_s=None if high >= NEVER // 2 else high / US_PER_SECOND,
        bounds=tuple(_shown(machine, one, memory, events) for one in moments(machine, row, config, memory)),
    )
    base = Seen(row.on, t=low + strict)

    def holds(**facts: object) -> bool:
        seen = attrs.evolve(base, **facts)  # type: ignore[arg-type]
        return not {*machine.failing(row, config, state, memory, seen)} & {*row.when}

    match row.on:
        case "attempt":
            for replica in ("same", "other") if machine.row_uses(row, "replica") else (None,):
                regions = [one for one in (*config.regions, FOREIGN) if holds(region=one, replica_is=replica)]
                if regions:
                    shown = tuple(NO_REGION if one == FOREIGN else one for one in regions)
                    yield _but(time, regions=shown, replica=replica)
        case "error" | "result":
            known: dict[int | None, int | str] = {200: "success"} if row.on == "result" else {}
            if row.on == "error":
                numbers = dict.fromkeys((memory.received, *SURFACED.values()))
                known = {one: one for one in numbers if one is not None} | {None: "none"}
            statuses = [shown for one, shown in {**known, OTHER_STATUS: "other"}.items() if holds(status=one)]
            if statuses:
                yield _but(time, statuses=tuple(statuses))
        case _:
            if holds():
                yield time


def moments(
    machine: LifecycleMachine, row: Row, config: Config, memory: Memory
) -> Iterator[tuple[str, str, int]]:
    """Yield the time bounds of a row: relation, instant, and the moment in microseconds."""
    for relation, name in row.bounds:
        instant = machine.contract.vocabulary.instants[name]
        yield relation, name, instant_us(instant, machine.contract.profile, config, memory)


def _shown(
    machine: LifecycleMachine, bound: tuple[str, str, int], memory: Memory, events: Sequence[Event]
) -> Bound:
    relation, name, moment = bound
    instant = machine.contract.vocabulary.instants[name]
    window = memory.windows.get(instant.policy or "")
    since, kinds = memory.answer_t, (Response, Failure)
    if instant.kind in OF_WINDOWS and window is not None:
        since, kinds = window.opened, (Attempt,)  # type: ignore[assignment]
    numbers = [
        number
        for number, event in enumerate(events, start=1)
        if isinstance(event, kinds) and event.t is not None and seconds_to_us(event.t) == since
    ]
    return Bound(
        side=relation,  # type: ignore[arg-type]
        instant=name,
        t_s=moment / US_PER_SECOND,
        event=numbers[-1] if numbers else 1,
        plus_s=(moment - since) / US_PER_SECOND,
        own_delays=instant.kind in OF_DELAYS and window is not None and window.retries > 0,
    )


def _but(choice: Choice, **changes: object) -> Choice:
    return Choice(**{name: getattr(choice, name) for name in choice.__struct_fields__} | changes)
