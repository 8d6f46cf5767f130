"""Deciding alone: the conditions of rows on which, at some point of a run, everything hangs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, Row
from cosmos_retry.explore.labels import FOREIGN, OTHER_STATUS
from cosmos_retry.machine import LifecycleMachine, conditions
from cosmos_retry.machines import machine_for
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.moves import CLIENT_EVENTS, SURFACED
from cosmos_retry.oracle import Operation, Standing
from cosmos_retry.readings import seen_as
from cosmos_retry.trace import Attempt, Event
from cosmos_retry.units import seconds_to_us
from cosmos_retry.vectors.choices import moments
from cosmos_retry.vectors.telling import ENVIRONMENT, METADATA, answered, ends_aside

Condition = tuple[str, str]  # a row, and one of its guards or bounds, "" for the row as a whole


def all_conditions(contract: Contract, lifecycle: str) -> set[Condition]:
    """Return every condition of every row of a lifecycle, and the rows themselves."""
    rows = contract.lifecycles[lifecycle].rows
    return {(row.id, name) for row in rows for name in ("", *conditions(row))}


def deciding(contract: Contract, lifecycle: str, config: Config, events: Sequence[Event]) -> set[Condition]:
    """Return the conditions that decide alone somewhere in a run: a row holds but for this one.

    The run's answers are looked at as they came, the client's moves in every way in which it could move.  A
    row that holds, or is taken, is told as one without a condition.
    """
    operation = Operation(config, contract)
    found: set[Condition] = set()
    attempts: list[Attempt] = []
    for number, event in enumerate(events, start=1):
        answer = attempts[answered(events[:number]) - 1] if isinstance(event, ENVIRONMENT) else None
        step = answer.step if answer else getattr(event, "step", None)
        aside = step not in (None, "page") or ends_aside(operation, event)
        for standing in standings(operation, lifecycle) if aside == (lifecycle == METADATA) else ():
            if answer is not None:
                found.update(_failing(standing, seen_as(event, seconds_to_us(answer.t))))
            else:
                found.update(
                    one for seen in _moves(standing, operation.now) for one in _failing(standing, seen)
                )
        operation.observe(event)
        rows = {row.id for row in contract.lifecycles[lifecycle].rows}
        taken = [one.row.id for run in operation.hypotheses for one in run.path if one.event == number]
        found.update((row, "") for row in taken if row in rows)
        if isinstance(event, Attempt):
            attempts.append(event)
    return found


def standings(operation: Operation, lifecycle: str) -> Iterator[Standing]:
    """Yield where the runs of the operation, or of its metadata calls, stand; the client may move or not."""
    machine, config = machine_for(operation.contract, lifecycle), operation.config
    if lifecycle == METADATA:
        # Metadata calls go through the gateway in both modes, in the order of reads.
        config = attrs.evolve(config, operation="point_read", mode="gateway")
    for one in operation.hypotheses:
        if lifecycle != METADATA:
            yield machine, config, one.state, one.memory
        elif one.side is None:
            yield machine, config, "start", Memory()
        else:
            yield machine, config, one.side.state, one.side.memory


def _failing(standing: Standing, seen: Seen) -> Iterator[Condition]:
    machine, config, state, memory = standing
    for row in machine.lifecycle.at.get((state, seen.event), ()):
        failing = machine.failing(row, config, state, memory, seen)
        if len(failing) < 2:
            yield row.id, failing[0] if failing else ""


def _moves(standing: Standing, now: int) -> Iterator[Seen]:
    """Everything that the client could do, now and about every bound."""
    machine, config, state, memory = standing
    for event in CLIENT_EVENTS:
        rows = machine.lifecycle.at.get((state, event), ())
        for t in _times(machine, rows, config, memory, now) if rows else ():
            yield from _facts(Seen(event, t=t), config, memory)


def _facts(base: Seen, config: Config, memory: Memory) -> Iterator[Seen]:
    match base.event:
        case "attempt":
            for region in (*config.regions, FOREIGN):
                for replica in ("same", "other"):
                    yield attrs.evolve(base, region=region, replica_is=replica)
        case "error":
            for status in dict.fromkeys((memory.received, *SURFACED.values(), None, OTHER_STATUS)):
                yield attrs.evolve(base, status=status)
        case "result":
            for status in (200, OTHER_STATUS):
                yield attrs.evolve(base, status=status)
        case _:
            yield base


def _times(
    machine: LifecycleMachine, rows: Sequence[Row], config: Config, memory: Memory, now: int
) -> list[int]:
    bounds = {moment for row in rows for _, _, moment in moments(machine, row, config, memory)}
    return sorted({now, *(t for moment in bounds for t in (moment - 1, moment, moment + 1) if t >= now)})
