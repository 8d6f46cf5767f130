"""The reconstructed run: what happened step by step, as a run that explains a record has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import msgspec

from cosmos_retry.holes.known import event_as_found
from cosmos_retry.holes.times import Times
from cosmos_retry.memory import Seen
from cosmos_retry.taken import Taken
from cosmos_retry.trace import Attempt, Event, Failure
from cosmos_retry.units import US_PER_SECOND, seconds_text, seconds_to_us

SEEN, SUPPOSED, FOLLOWS, REFUSED = "seen", "supposed", "follows", "refused"


@attrs.frozen
class RunStep:
    """One step of a run.

    `how` is `seen` for an event of the trace, `supposed` for what the trace does not show, `follows` for what
    an event of a metadata call means for the operation, and `refused` for the event that no run explains.
    `event` is the event's number in the trace; of what is supposed, that of the event before which it comes.
    `t` is the time in seconds at which the run has it, and `t_seen` the time in the trace, None where it has
    none.  `supposed` are the facts about a seen event that were not seen, `row` is the row that takes the
    event, and `record` the event as a trace without holes would have it.
    """

    how: str
    event: int
    t: float
    t_seen: float | None
    what: str
    supposed: tuple[str, ...] = ()
    row: str = ""
    record: dict[str, Any] = attrs.field(factory=dict)

    def cells(self) -> tuple[str, str, str, str]:
        """Return the step as a line of a table: time, event, what happened, row."""
        t = f"{seconds_text(seconds_to_us(self.t))} s"
        if self.t_seen is not None and seconds_to_us(self.t) != seconds_to_us(self.t_seen):
            t += f" (seen at {seconds_text(seconds_to_us(self.t_seen))} s)"
        facts = f" (supposed: {', '.join(self.supposed)})" if self.supposed else ""
        number = self.how if self.how in (SUPPOSED, FOLLOWS) else f"event {self.event}"
        return t, number, self.what + facts, REFUSED if self.how == REFUSED else f"[{self.row}]"


def run_steps(path: Iterable[Taken], times: Times | None, events: Sequence[Event]) -> tuple[RunStep, ...]:
    """Return the steps of a run through the events of a trace."""
    steps: list[RunStep] = []
    numbers: dict[int, int] = {}  # of the attempts: in the trace, and in the run
    made = 0
    for taken in path:
        step = _step(taken, times, events[taken.event - 1])
        if step.record.get("kind") == "attempt":
            made += 1
            if step.how == SEEN:
                numbers[len(numbers) + 1] = made
        if "of" in step.record:
            step.record["of"] = numbers[step.record["of"]]
        steps.append(step)
    # Only differences of times count; a record begins at 0 even where its clock was behind.
    began = min((step.t for step in steps), default=0.0)
    for step in steps:
        if began < 0 and "t" in step.record:
            step.record["t"] = round(step.record["t"] - began, 6)
    return tuple(steps)


def refused_step(number: int, events: Sequence[Event], what: str) -> RunStep:
    """Return the step at which no run goes on."""
    t = events[number - 1].t
    return RunStep(REFUSED, number, t or 0.0, t, what)


def _step(taken: Taken, times: Times | None, event: Event) -> RunStep:
    seen = event_as_found(taken.seen or Seen(""), times)
    how = FOLLOWS if taken.follows else SUPPOSED if taken.hidden else SEEN
    what = describe_seen(seen)
    if taken.step is not None and seen.event == "attempt":
        what += f" for {taken.step}"
    return RunStep(
        how=how,
        event=taken.event,
        t=seen.t / US_PER_SECOND,
        t_seen=event.t if how == SEEN else None,
        what=what,
        supposed=tuple(_facts(seen, event)) if how == SEEN else (),
        row=taken.row.id,
        record=_record(seen, event, how, taken.step),
    )


def _record(seen: Seen, event: Event, how: str, step: str | None) -> dict[str, Any]:
    """The event in the format of a trace, with every fact that the run has settled."""
    if how == FOLLOWS:
        return {}
    found = msgspec.to_builtins(event) if how == SEEN else {"kind": seen.event}
    if how == SUPPOSED or event.t is not None:
        found["t"] = seen.t / US_PER_SECOND
    facts: dict[str, Any] = {
        "region": seen.region,
        "step": step if seen.event == "attempt" else None,
        "cause": seen.cause,
        "sent": seen.sent,
        "status": seen.status,
        "substatus": seen.substatus or None,
        "retry_after_ms": None if seen.asked is None else seen.asked / 1000,
    }
    return found | {key: value for key, value in facts.items() if value is not None and key not in found}


def _facts(seen: Seen, event: Event) -> Iterable[str]:
    """What was not seen of an event, as the run has it."""
    if isinstance(event, Attempt) and event.region is None:
        yield f"region {seen.region}"
    if isinstance(event, Failure) and event.sent is None and seen.sent is not None:
        yield "sent" if seen.sent else "not sent"
    if seen.replica_is is not None:
        yield f"{seen.replica_is} replica"


def describe_seen(seen: Seen) -> str:
    """Return an event as the machine takes it in a few words."""
    parts = [seen.event.replace("_", " ")]
    if seen.region is not None:
        parts.append(f"in {seen.region}")
    if seen.status is not None:
        parts.append(f"{seen.status}/{seen.substatus}" if seen.substatus else str(seen.status))
    if seen.asked is not None:
        parts.append(f"with a wait of {seconds_text(seen.asked)} s")
    if seen.cause is not None:
        parts.append(seen.cause)
    if seen.sent is not None:
        parts.append("sent" if seen.sent else "not sent")
    return " ".join(parts)
