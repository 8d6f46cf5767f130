"""The tallies: what a run holds of one policy, as the contract remembers it and as it truly was.

The contract's half is what effects wrote: a window and a number of retries.  The other half is what the watch
saw.  Where both began at once and last equally long, a place in the true time is a place in the window.
"""

from __future__ import annotations

import attrs

from cosmos_retry.explore.labels import END, IN_TIME, LAST_CALL, OVER, Label
from cosmos_retry.explore.observing import Change

# The contract's window: none, the true one, another one, one without an end, or begun with the true one and
# shorter or longer than it.
NONE, TRUE, OTHER, ENDLESS, SHORTER, LONGER = range(6)


@attrs.frozen
class Tally:
    """One policy: the contract's window and retries, the true retries, and whether the true time runs."""

    window: int = NONE
    retries: int = 0
    running: bool = False
    made: int = 0


@attrs.frozen
class Doing:
    """What a row does to a policy, in this order; `opens` is the window's length against the true one."""

    clear: bool = False
    opens: int | None = None
    count: bool = False


@attrs.frozen
class Caps:
    """From which number on retries are no longer told apart, by the contract and by the promises."""

    retries: int
    made: int


def go_on(tally: Tally, doing: Doing, change: Change, caps: Caps) -> Tally:
    """Return the tally after a row and the observation that it took."""
    window, retries = (NONE, 0) if doing.clear else (tally.window, tally.retries)
    running, made = (False, 0) if change.clear else (tally.running, tally.made)
    fresh = doing.opens is not None and window == NONE
    starts = change.open and not running
    if fresh:
        window = OTHER
        if starts:
            window = {0: TRUE, -1: SHORTER, 1: LONGER}[doing.opens or 0]
    elif window in (TRUE, SHORTER, LONGER) and (starts or change.clear):
        window = OTHER
    if doing.count:
        retries = min(retries + 1, caps.retries)
        window = ENDLESS if window == NONE else window
    return Tally(window, retries, running or change.open, min(made + change.count, caps.made))


def in_time(relation: str, sign: int | None) -> bool:
    """Whether a bound can hold where the time lies before (-1), at (0) or after (1) it, or nobody knows."""
    if sign is None:
        return True
    return {"not_before": sign >= 0, "after": sign > 0, "not_after": sign <= 0}[relation]


def against_window(kind: str, label: Label, tally: Tally, active: bool, asked: bool) -> int | None:
    """Return where a label lies against the end of the contract's window, or against its last call."""
    if tally.window in (NONE, ENDLESS):
        return -1
    if not active or label.clock is None or tally.window == OTHER:
        return None
    place: int | None = END
    if kind == "last_asked_call" and asked:
        place = LAST_CALL
    elif kind == "last_call" and tally.retries:
        # A retry that the contract counts and that never was has a last call of its own.
        place = LAST_CALL if tally.made else None
    if tally.window == SHORTER:
        return 1 if label.clock >= (END if place is None else place) else None
    if place is None:
        return 1 if tally.window == TRUE and label.clock in (END, OVER) else None
    if tally.window == LONGER:
        return -1 if label.clock <= place else None
    return (label.clock > place) - (label.clock < place)


def against_backoff(label: Label, tally: Tally) -> int | None:
    """Return where a label lies against the end of the backoff."""
    if not tally.retries:
        return None if label.pace is None else 1 if label.pace > IN_TIME else None
    if label.pace is None or not tally.made:
        return None
    return (label.pace > IN_TIME) - (label.pace < IN_TIME)
