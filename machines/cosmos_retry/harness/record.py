"""The record of a play: its events as a trace, and the times that they may have."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cosmos_retry.config import Config
from cosmos_retry.trace import Account, Client, Event, Throttling, Trace
from cosmos_retry.units import US_PER_SECOND, seconds_to_us

LONGEST_S = 1e9


class BadMove(ValueError):  # noqa: N818 - the client's mistake, told to it, and none of the harness
    """Something that is no move at this point, whatever the contract says; as text, one line."""


def moment_us(t: float, now: int) -> int:
    """Return a time in whole microseconds.  Raises `BadMove` where it cannot come next after `now`."""
    if not (math.isfinite(t) and 0 <= t <= LONGEST_S):
        raise BadMove(f"t {t!r} is not permitted: from 0 to {LONGEST_S:.0f} s")
    if (us := seconds_to_us(t)) < now:
        raise BadMove(f"t {t!r} goes backwards: it is {now / US_PER_SECOND!r} s already")
    return us


def record(config: Config, events: Sequence[Event], name: str) -> Trace:
    """Return a trace of these events in this configuration, whose `Config.from_trace` is the same again."""
    return Trace(
        id=name,
        operation=config.operation,  # type: ignore[arg-type]
        mode=config.mode,  # type: ignore[arg-type]
        consistency=config.requested,  # type: ignore[arg-type]
        account=Account(
            regions=list(config.regions),
            write_regions=list(config.write_regions),
            consistency=config.consistency,  # type: ignore[arg-type]
        ),
        client=Client(
            preferred_locations=list(config.preferred),
            use_multiple_write_locations=config.use_multiple_write_locations,
            request_timeout_s=_seconds(config.request_timeout_us),
            throttling=Throttling(config.throttle_max_retries, _seconds(config.throttle_max_wait_us)),
        ),
        events=list(events),
        blind=sorted(config.blind),  # type: ignore[arg-type]
    )


def _seconds(us: int | None) -> float | None:
    return None if us is None else us / US_PER_SECOND
