"""Records with holes made out of whole ones, and an oracle that finds runs by trying everything.

The oracle knows nothing of demands, of the simplex method or of a search: it writes down whole records, one
after the other, and asks what the contract says of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import Any

import msgspec
from msgspec.structs import replace

from cosmos_retry import judge
from cosmos_retry.trace import Attempt, Event, Failure, Missing, Response, Tolerance, Trace
from cosmos_retry.verdict import Verdict

ORDER = ("conforms", "unobservable", "unspecified", "violates")
CLIENT = ("attempt", "address_refresh", "account_refresh", "result", "error")
ANSWERS: tuple[dict[str, Any], ...] = (
    *({"kind": "response", "status": status} for status in (200, 400, 403, 404, 408, 410, 429, 449, 503)),
    {"kind": "response", "status": 404, "substatus": 1002},
    {"kind": "response", "status": 403, "substatus": 3},
    *(
        {"kind": "failure", "cause": cause, "sent": sent}
        for cause in ("timeout", "connectivity")
        for sent in (True, False)
    ),
)


def whole(trace: Trace, events: Sequence[Any]) -> Trace:
    """Return a record without holes, of the same operation with other events."""
    made = msgspec.convert(list(events), list[Event]) if events and isinstance(events[0], dict) else events
    blind = [spot for spot in trace.blind if spot not in ("attempt", "response")]
    return replace(trace, events=list(made), tolerance=Tolerance(), missing=Missing(), blind=blind)


def at_times(trace: Trace, times: Sequence[float]) -> list[Event]:
    """Return the events of a trace at other times; answers without a time stay without."""
    left = iter(times)
    return [event if event.t is None else replace(event, t=next(left)) for event in trace.events]


def rounded(trace: Trace, step: float) -> Trace:
    """Return a trace with its times rounded to a step, and the tolerance declared that belongs to it."""
    times = [round(round(event.t / step) * step, 6) for event in trace.events if event.t is not None]
    return replace(trace, events=at_times(trace, times), tolerance=Tolerance(clock_s=step / 2))


def seen_times(trace: Trace) -> list[float]:
    """Return the times of a trace's events, of those that have one."""
    return [event.t for event in trace.events if event.t is not None]


def found_times(trace: Trace, verdict: Verdict) -> list[float]:
    """Return the times at which the reconstructed run has the events of a trace."""
    found = {step.event: step.t for step in verdict.run if step.how in ("seen", "refused")}
    return [found[n] for n, event in enumerate(trace.events, 1) if event.t is not None]


def as_whole(trace: Trace, verdict: Verdict) -> Trace:
    """Return the reconstructed run as a record without holes."""
    return whole(trace, [step.record for step in verdict.run if step.record])


def best(traces: Iterator[Trace]) -> str:
    """Return the verdict that says most for the client, out of those on some traces."""
    found = "violates"
    for trace in traces:
        found = min(found, judge(trace).verdict, key=ORDER.index)
        if found == "conforms":
            break
    return found


def every_time(trace: Trace, steps: Sequence[float], jitters: Sequence[float] = (0.0,)) -> Iterator[Trace]:
    """Yield a trace with each of its times moved by each step; a client's moves by each jitter as well."""
    times = seen_times(trace)
    kinds = [str(event.__struct_config__.tag) for event in trace.events if event.t is not None]
    for moved in product(steps, repeat=len(times)):
        true = [round(t + by, 6) for t, by in zip(times, moved, strict=True)]
        if any(later < earlier for earlier, later in pairwise(true)):
            continue
        for meant in product(*(jitters if kind in CLIENT else (0.0,) for kind in kinds)):
            shaken = [round(t + by, 6) for t, by in zip(true, meant, strict=True)]
            yield whole(trace, at_times(trace, shaken))


def every_answer(trace: Trace) -> Iterator[Trace]:
    """Yield a trace with one answer more, of each kind, in each place where an attempt is open."""
    events = [msgspec.to_builtins(event) for event in trace.events]
    for place in range(1, len(events) + 1):
        before = events[:place]
        answered = sum(event["kind"] in ("response", "failure") for event in before)
        if sum(event["kind"] == "attempt" for event in before) > answered:
            for answer, t in product(ANSWERS, _between(events, place)):
                yield whole(trace, [*before, {**answer, "t": t}, *events[place:]])


def every_attempt(trace: Trace) -> Iterator[Trace]:
    """Yield a trace with one attempt and its answer more, in each place, region and replica, of each kind."""
    events = [msgspec.to_builtins(event) for event in trace.events]
    replicas = (None, 0, 9) if trace.mode == "direct" else (None,)
    for place in range(len(events) + 1):
        times = _between(events, place)
        for region, replica, answer in product(trace.account.regions, replicas, ANSWERS):
            for t, later in product(times, times):
                if t <= later:
                    attempt: dict[str, Any] = {"kind": "attempt", "t": t, "region": region}
                    attempt |= {} if replica is None else {"replica": replica}
                    more = [attempt, {**answer, "t": later}]
                    yield whole(trace, [*events[:place], *more, *events[place:]])


def _between(events: Sequence[dict[str, Any]], place: int) -> list[float]:
    """The times of the events on both sides of a place."""
    near = [event["t"] for event in (*events[:place][-1:], *events[place:][:1]) if "t" in event]
    return sorted(set(near))


def without_answers(trace: Trace) -> Iterator[Trace]:
    """Yield a trace without one of its answers, each in turn, and with that declared."""
    for place, event in enumerate(trace.events):
        if isinstance(event, Response | Failure):
            left = [*trace.events[:place], *trace.events[place + 1 :]]
            yield replace(trace, events=left, missing=Missing(responses=1))


def without_attempts(trace: Trace) -> Iterator[Trace]:
    """Yield a trace without one of its attempts and the answer that follows it, and with that declared."""
    for place, (event, answer) in enumerate(pairwise(trace.events)):
        if isinstance(event, Attempt) and isinstance(answer, Response | Failure) and len(trace.events) > 2:
            left = [*trace.events[:place], *trace.events[place + 2 :]]
            yield replace(trace, events=left, missing=Missing(attempts=1))
