"""The spells: how long and how often a request was retried for one reason.  Times are microseconds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

import attrs

from cosmos_retry.invariants.faults import (
    GONE_FAULTS,
    METADATA,
    READ,
    RETRY_WITH,
    STRONG_LEVELS,
    THROTTLED,
    TIMED_OUT,
    UNCLEAR,
    WRITE,
)
from cosmos_retry.invariants.history import History, Request, Stay, Try

TIMED_OUT_FAULTS = frozenset({TIMED_OUT})
RETRY_WITH_FAULTS = frozenset({RETRY_WITH})
THROTTLED_FAULTS = frozenset({THROTTLED})


@attrs.frozen
class Spell:
    """The retries for one reason: from the start of the first attempt that met it, for as long as permitted.

    `limit` names the parameter that says how long; the end belongs to the spell.
    """

    history: History = attrs.field(repr=False)
    opened: int
    limit: str
    retries: tuple[Try, ...]

    @property
    def length(self) -> int:
        """How long retries may go on."""
        return int(self.history.number(self.limit))

    @property
    def end(self) -> int:
        """The last moment at which a retry may start."""
        return self.opened + self.length

    @property
    def delays(self) -> tuple[int, ...]:
        """The waits before the retries."""
        return tuple(one.delay for one in self.retries)

    @property
    def last_call(self) -> int:
        """The last moment from which the longest delay, grown as far as may be, would still end in time."""
        if not self.retries:
            return self.end
        growth, least = (self.history.number(f"backoff_{name}") for name in ("growth", "resolution"))
        longest = max(self.delays)
        return self.end - max(math.ceil(longest * growth), longest + int(least))


def gone_spell(history: History, request: Request, stay: Stay) -> Spell | None:
    """The retries after 410s in one region: 60 s for reads in Gateway mode or a strong level, else 30 s.

    None where there were none, and where nobody saw whether a write that failed had been sent.
    """
    if any(one.met == UNCLEAR for one in stay.tries):
        return None
    config = history.config
    long = request.kind == READ and (config.mode == "gateway" or config.consistency in STRONG_LEVELS)
    limit = "gone_window_long" if long else "gone_window_short"
    return _spell(history, stay.tries, stay.retries(GONE_FAULTS), GONE_FAULTS, limit)


def timeout_spell(history: History, stay: Stay) -> Spell | None:
    """The retries of a read after 408s in one region."""
    return _spell(history, stay.tries, stay.retries(TIMED_OUT_FAULTS), TIMED_OUT_FAULTS, "timeout_window")


def retry_with_spell(history: History, request: Request) -> Spell | None:
    """The retries of a write after 449s."""
    return _of_request(history, request, RETRY_WITH_FAULTS, "retry_with_window")


def throttle_spell(history: History, request: Request) -> Spell | None:
    """The retries after 429s."""
    return _of_request(history, request, THROTTLED_FAULTS, "throttle_window")


def backoff_spells(history: History, request: Request) -> Iterator[Spell]:
    """All spells of a request whose delays must grow exponentially; a read may go at any pace after a 410."""
    for stay in request.stays if request.kind != METADATA else ():
        gone = gone_spell(history, request, stay) if request.kind == WRITE else None
        for spell in (gone, timeout_spell(history, stay)):
            if spell is not None:
                yield spell
    if (spell := retry_with_spell(history, request)) is not None:
        yield spell


def _of_request(history: History, request: Request, faults: AbstractSet[str], limit: str) -> Spell | None:
    retries = tuple(one for one in request.tries if one.follows in faults)
    return _spell(history, request.tries, retries, faults, limit)


def _spell(
    history: History, tries: tuple[Try, ...], retries: tuple[Try, ...], faults: AbstractSet[str], limit: str
) -> Spell | None:
    opened = next((one.began for one in tries if one.met in faults), None)
    return None if opened is None else Spell(history, opened, limit, retries)
