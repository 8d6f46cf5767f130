"""The outcome: what became of one vector, so that a person can see where a client went wrong and why."""

from __future__ import annotations

from typing import Any

import attrs
import msgspec

from cosmos_retry.contract import Contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.harness.judged import Judged
from cosmos_retry.trace import Attempt, Event, Failure, Response
from cosmos_retry.units import seconds_text, seconds_to_us
from cosmos_retry.vectors.vector import Breakdown, Vector

PASSED, UNSPECIFIED, FAILED, SKIPPED = "passed", "unspecified", "failed", "skipped"
OUTCOMES = (PASSED, FAILED, UNSPECIFIED, SKIPPED)
_LONGEST = 1_000  # characters of a line
_SHOWN = 24  # events of a play that a person is shown, the last ones


@attrs.frozen
class Outcome:
    """What became of a vector: `passed`, `unspecified`, `failed` or `skipped`.

    `reason` says why it did not pass; `judged` holds the moves that violate the contract, or on which the
    documents do not speak.  `broken` says that the program broke the protocol, or itself, and that nothing
    can be said of its client.  `events` are those of the play, `seconds` what it took in real time.
    """

    id: str
    lifecycle: str
    family: str
    outcome: str
    reason: str = ""
    judged: tuple[Judged, ...] = ()
    events: tuple[Event, ...] = ()
    broken: bool = False
    about: str = ""
    seconds: float = 0.0

    def lines(self, contract: Contract) -> list[str]:
        """Return the explanation of an outcome that is no pass, line by line."""
        said = [self.about] if self.about else []
        for judged in self.judged:
            said += judged.lines(contract)
        if not self.judged:
            said.append(self.reason)
        return [_short(one_line(line)) for line in [*said, *self._story()]]

    def _story(self) -> list[str]:
        if not self.events:
            return []
        first = max(0, len(self.events) - _SHOWN)
        told = [f"  {n}. {describe(event)}" for n, event in enumerate(self.events[first:], start=first + 1)]
        return ["what happened:" if not first else f"what happened, after {first} events:", *told]

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as plain data for JSON."""
        plain = attrs.asdict(self, recurse=False)
        plain["events"] = msgspec.to_builtins(self.events)
        plain["judged"] = [
            {**attrs.asdict(one), "event": msgspec.to_builtins(one.event)} for one in self.judged
        ]
        return plain


def _short(line: str) -> str:
    """A line that a program's very long names have not made longer than a person reads."""
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def family(vector: Vector) -> str:
    """Return what a vector is about in a few words: the first of its endings that is no success."""
    for ending in vector.endings:
        if isinstance(ending, Breakdown):
            return f"{ending.cause}, {'sent' if ending.sent else 'not sent'}"
        if not (200 <= ending.status < 300 or ending.status == 304):
            return f"{ending.status}/{ending.substatus}" if ending.substatus else str(ending.status)
    return "no fault"


def describe(event: Event) -> str:
    """Return an event of a play as a few words, with its time."""
    at = f"{seconds_text(seconds_to_us(event.t or 0.0))} s"
    match event:
        case Attempt():
            where = f" in {event.region}" if event.region is not None else ""
            replica = f", replica {event.replica}" if event.replica is not None else ""
            step = f" ({event.step})" if event.step not in (None, "page") else ""
            return f"{at}: attempt{step}{where}{replica}"
        case Response():
            asked = "" if event.retry_after_ms is None else f", asked to wait {event.retry_after_ms:g} ms"
            status = f"{event.status}/{event.substatus}" if event.substatus else str(event.status)
            return f"{at}: attempt {event.of} answered {status}{asked}"
        case Failure():
            return f"{at}: attempt {event.of} failed: {event.cause}, {'sent' if event.sent else 'not sent'}"
    kind = str(event.__struct_config__.tag).replace("_", " ")
    told = getattr(event, "write_regions", None)
    heard = getattr(event, "status", None)
    parts = [kind, f"names {', '.join(told)}" if told else "", "" if heard is None else str(heard)]
    return f"{at}: {' '.join(filter(None, parts))}"
