"""A scenario: one operation, its settings, and the faults that its attempts meet."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cosmos_retry.catalogue import parse_code
from cosmos_retry.trace import Account, Client, Event, Failure, Response, Throttling, Trace
from cosmos_retry.units import US_PER_SECOND, seconds_to_us

ANSWER_S = 0.1  # from an attempt to an answer, or to a connection that is lost
TIMEOUT_S = {"direct": 6.0, "gateway": 65.0}  # where no request timeout is set
SUCCESS = {"create": 201, "delete": 204}
FAILURES = {
    f"{name}-{how}": (cause, how == "sent")
    for name, cause in (("timeout", "timeout"), ("connection", "connectivity"))
    for how in ("sent", "unsent")
}


@attrs.frozen
class Fault:
    """What an attempt meets: an answer with a status, or a failure with its cause.

    `sent` says of a failure whether the request had been sent over the wire.
    """

    text: str
    status: int | None = None
    substatus: int = 0
    cause: str | None = None
    sent: bool = True


def parse_fault(text: str) -> Fault:
    """Return the fault that a person wrote: a code such as `410/1002` or `503`, or one of `FAILURES`.

    Raises `ValueError` with one line that says what is permitted.
    """
    if text in FAILURES:
        cause, sent = FAILURES[text]
        return Fault(text, cause=cause, sent=sent)
    try:
        status, substatus = parse_code(text)
    except ValueError:
        status = substatus = None
    if status is None:
        names = ", ".join(FAILURES)
        raise ValueError(
            f"{text!a} is no fault: write a status (503), one with a substatus (410/1002), {names}"
        )
    return Fault(text, status=status, substatus=substatus or 0)


@attrs.frozen
class Scenario:
    """What is given before a walkthrough.

    The attempts meet the faults in turn, and the last fault from there on; after `times` attempts, where it
    is given, the service answers with success.  `retry_after_ms` goes with a 429, and so with no other
    status.  `request_timeout_s` applies in Direct mode only.
    """

    operation: str
    mode: str
    consistency: str
    regions: tuple[str, ...]
    write_regions: tuple[str, ...]
    faults: tuple[Fault, ...] = attrs.field(validator=attrs.validators.min_len(1))
    preferred: tuple[str, ...] = ()
    use_multiple_write_locations: bool = False
    times: int | None = None
    retry_after_ms: float | None = None
    request_timeout_s: float | None = None
    max_retries: int | None = None
    max_wait_s: float | None = None

    @property
    def timeout_s(self) -> float:
        """How long a request waits for its answer, in seconds."""
        if self.mode == "gateway" or self.request_timeout_s is None:
            return TIMEOUT_S[self.mode]
        return self.request_timeout_s

    @property
    def name(self) -> str:
        """The scenario in a few words."""
        return f"{self.operation} {' '.join(fault.text for fault in self.faults)}"

    def trace(self, events: Sequence[Event]) -> Trace:
        """Return a trace of the scenario's operation with these events."""
        direct = self.mode == "direct"
        return Trace(
            id=f"walkthrough {self.name}",
            operation=self.operation,  # type: ignore[arg-type]
            mode=self.mode,  # type: ignore[arg-type]
            consistency=self.consistency,  # type: ignore[arg-type]
            account=Account(regions=list(self.regions), write_regions=list(self.write_regions)),
            client=Client(
                preferred_locations=list(self.preferred),
                use_multiple_write_locations=self.use_multiple_write_locations,
                request_timeout_s=self.timeout_s if direct else self.request_timeout_s,
                throttling=Throttling(max_retries=self.max_retries, max_wait_s=self.max_wait_s),
            ),
            events=list(events),
        )

    def answer(self, attempt: int, now_us: int) -> Response | Failure:
        """Return what the attempt with this number (from 1), made at `now_us` (microseconds), ends in."""
        soon = _later(now_us, ANSWER_S)
        if self.times is not None and attempt > self.times:
            return Response(t=soon, status=SUCCESS.get(self.operation, 200))
        fault = self.faults[min(attempt, len(self.faults)) - 1]
        if fault.status is None:
            t = _later(now_us, self.timeout_s) if fault.cause == "timeout" else soon
            return Failure(t=t, cause=fault.cause, sent=fault.sent)  # type: ignore[arg-type]
        asked = self.retry_after_ms if fault.status == 429 else None
        return Response(t=soon, status=fault.status, substatus=fault.substatus, retry_after_ms=asked)


def _later(now_us: int, seconds: float) -> float:
    return (now_us + seconds_to_us(seconds)) / US_PER_SECOND
