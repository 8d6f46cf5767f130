"""Whether a trace can be a record of one operation at all, before anybody asks whether it was right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs

from cosmos_retry.config import LONGEST_WAIT_S, Config, ConfigError
from cosmos_retry.excerpt import excerpt, plain
from cosmos_retry.holes.declared import EXACT, Holes
from cosmos_retry.trace import Attempt, Error, Event, Failure, Response, Result, Trace


@attrs.frozen
class Fault:
    """Why input cannot be taken: the JSON path of what is wrong ("" for the whole), and the reason."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


def check(trace: Trace, holes: Holes = EXACT) -> Fault | None:
    """Return the first thing about a trace that cannot be, or None.

    The configuration is one that a client can have.  There is an event.  Times are finite, 0 s or more, and
    never go backwards (equal ones are in order; an answer without a time has none to compare).  A response
    or a failure answers an attempt that was made and has no answer yet, and says which one where several are
    open.  After the result or the error comes nothing but an answer to an attempt that is still open.  A page
    is asked for in a query only.

    Where attempts may be missing, as many answers may have no attempt; where answers may be missing, an
    answer that does not say to which of several attempts it belongs is that of the last one.  `holes` widens
    what the trace declares.
    """
    try:
        config = Config.from_trace(trace)
    except ConfigError as error:
        return Fault(error.field, error.reason)
    holes = config.holes if holes is EXACT else config.holes.widened(holes)
    return _check_events(trace.events, config.lifecycle == "query", holes)


def _check_events(events: Sequence[Event], is_query: bool, holes: Holes = EXACT) -> Fault | None:
    if not events:
        return Fault("events", "is empty; permitted: one event or more")
    latest = 0.0
    made = 0  # attempts so far
    still_open: dict[int, None] = {}  # by number; not a list, where a search takes as long as the list is
    answered_by: dict[int, int] = {}
    end: int | None = None
    unseen = holes.attempts  # attempts that may be missing still
    for index, event in enumerate(events):
        t = event.t
        if t is not None:
            if not latest <= t < math.inf:
                return _time_fault(index, t, latest)
            latest = t
        # `is` and not isinstance: the classes are final, and isinstance takes twice as long with a metaclass.
        if type(event) is Response and (event.retry_after_ms or 0) > LONGEST_WAIT_S * 1000:
            return _wait_fault(index, event.retry_after_ms)
        if type(event) is Response or type(event) is Failure:
            of = event.of
            if of is None and 1 <= len(still_open) <= 1 + holes.answers:
                of, _ = still_open.popitem()
            elif of is not None and of in still_open:
                del still_open[of]
            elif of is None and not still_open and unseen and end is None:
                unseen -= 1
                continue
            else:
                return _answer_fault(index, of, made, list(still_open), answered_by)
            answered_by[of] = index
        elif end is not None:
            return _after_end_fault(index, event, end, events[end], list(still_open))
        elif type(event) is Attempt:
            made += 1
            still_open[made] = None
            if event.step == "page" and not is_query:
                return Fault(f"events[{index}].step", "'page' is not permitted; permitted: in a query only")
        elif type(event) is Result or type(event) is Error:
            end = index
    return None


def _time_fault(index: int, t: float, latest: float) -> Fault:
    if 0 <= t < math.inf:
        reason = f"{plain(t)} goes backwards; permitted: {plain(latest)} s (the time before it) or later"
    else:
        reason = f"{plain(t)} is not permitted; permitted: a finite number of seconds, 0 or more"
    return Fault(f"events[{index}].t", reason)


def _wait_fault(index: int, asked: float | None) -> Fault:
    reason = (
        f"{plain(asked or 0)} is not permitted; permitted: 0 to {LONGEST_WAIT_S * 1000:.0f} ms, inclusive"
    )
    return Fault(f"events[{index}].retry_after_ms", reason)


def _answer_fault(
    index: int, of: int | None, made: int, still_open: list[int], answered_by: dict[int, int]
) -> Fault:
    field = f"events[{index}]"
    if of is None and still_open:
        both = "both" if len(still_open) == 2 else "all"
        return Fault(field, f"of is needed: {_attempts(still_open)} are {both} open")
    if of is None or not made:
        return Fault(field, "answers nothing: no attempt is open here; permitted: after an attempt")
    if of in answered_by:
        reason = f"attempt {of} has its answer already, events[{answered_by[of]}]; permitted: one answer each"
        return Fault(f"{field}.of", reason)
    numbers = "1" if made == 1 else f"1 to {made}"
    return Fault(f"{field}.of", f"{excerpt(of)} is no attempt made so far; permitted: {numbers}")


def _after_end_fault(index: int, event: Event, end: int, last: Event, still_open: list[int]) -> Fault:
    found, ended = _kind(event), _kind(last)
    permitted = f"an answer to {_attempts(still_open)}" if still_open else "nothing"
    return Fault(f"events[{index}]", f"{found} after the {ended} of events[{end}]; permitted: {permitted}")


def _kind(event: Event) -> str:
    return str(event.__struct_config__.tag)


def _attempts(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"attempt {numbers[0]}"
    *others, last = numbers[:9]
    more = f" and {len(numbers) - 9} more" if len(numbers) > 9 else ""
    return f"attempts {', '.join(map(str, others))}{',' if more else ' and'} {last}{more}"
