"""The wording: what a verdict says in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from cosmos_retry.holes import effort
from cosmos_retry.holes.known import event_as_found
from cosmos_retry.holes.reconstruction import RunStep, describe_seen
from cosmos_retry.holes.times import Times
from cosmos_retry.hypothesis import Lost
from cosmos_retry.machine import Refusal
from cosmos_retry.oracle import Operation
from cosmos_retry.rows import Row
from cosmos_retry.taken import Taken
from cosmos_retry.trace import Event
from cosmos_retry.units import seconds_text, seconds_to_us

TOO_MANY = "cannot be told: more runs are possible than are followed"
_MOST_SHOWN = 3


def followed_to(operation: Operation, event: int) -> str:
    """Say how far a search came that was given up; `event` is the number of the event that it ended at."""
    if operation.exhausted:
        return f"the search was given up at event {event}, after {effort.MOST_WORK} steps"
    return f"of those that were followed none explains event {event}"


def reason(operation: Operation, lost: Lost, rule: Row | None, event: Event) -> str:
    """Say why an observation is no part of a run: the row that forbids it, or what the nearest one lacks."""
    where = operation.contract.vocabulary.states[lost.refusal.state].says
    what = describe_event(event)
    if rule is None:
        return f"{what}: nothing permits it here. {where}"
    if rule.forbids:
        return f"{what}: {rule.says} ({rule.id} forbids it)"
    because = "; ".join(_false(operation, name, lost.refusal) for name in lost.refusal.failing)
    return f"{what}: not permitted; of {rule.id} this does not hold: {because}"


def _false(operation: Operation, condition: str, refusal: Refusal) -> str:
    words = operation.contract.vocabulary
    relation, _, instant = condition.partition(":")
    if not instant:
        return words.guards[condition].says.rstrip(".")
    moment = seconds_text(dict(refusal.moments).get(condition, 0))
    return f"{relation.replace('_', ' ')} {moment} s ({words.instants[instant].says.rstrip('.')})"


def describe_event(event: Event) -> str:
    """Return an observation as a few words."""
    kind = str(event.__struct_config__.tag).replace("_", " ")
    region = getattr(event, "region", None)
    status = getattr(event, "status", None)
    parts = [kind, f"in {region}" if region else "", str(status) if status is not None else ""]
    t = f"at {seconds_text(seconds_to_us(event.t))} s" if event.t is not None else ""
    return " ".join(part for part in (*parts, t) if part)


def mark(taken: Taken) -> str:
    """Say that a step was one of which the documents do not speak, or that it cannot be seen."""
    said = "the documents do not say" if taken.row.verdict == "unspecified" else "cannot be seen"
    return f"{said}: {taken.row.id} at event {taken.event} ({taken.row.basis})"


def notes(operation: Operation) -> tuple[str, ...]:
    """Say what a reader of a verdict should know about the trace itself."""
    found = []
    if operation.answers_without_time:
        count = operation.answers_without_time
        found.append(
            f"{count} answer{'s' if count > 1 else ''} without a time: put at the start of the attempt, "
            "so delays are upper bounds"
        )
    if operation.config.requested != operation.config.consistency:
        found.append(
            f"{operation.config.requested} was asked for, stronger than the account's "
            f"{operation.config.consistency}: the service answers such a request with 400"
        )
    return tuple(found)


def supposed_missing(path: Sequence[Taken], times: Times | None) -> str:
    """Say what a run supposes to be missing from the record."""
    missing = [taken for taken in path if taken.hidden and taken.row.on in ("attempt", "response", "failure")]
    parts = (
        f"before event {taken.event}: {describe_seen(event_as_found(taken.seen, times))}"
        for taken in missing
        if taken.seen is not None
    )
    return f"cannot be seen: whether something is missing (supposed: {'; '.join(parts)})"


def tolerance_needed(steps: Sequence[RunStep]) -> tuple[str, ...]:
    """Say which times a run has elsewhere than they were seen."""
    shown = [
        f"event {step.event} at {seconds_text(seconds_to_us(step.t))} s"
        for step in steps
        if step.t_seen is not None and seconds_to_us(step.t) != seconds_to_us(step.t_seen)
    ]
    if not shown:
        return ()
    more = f" and {len(shown) - _MOST_SHOWN} more" if len(shown) > _MOST_SHOWN else ""
    return (f"the declared tolerance is needed: {', '.join(shown[:_MOST_SHOWN])}{more}",)
