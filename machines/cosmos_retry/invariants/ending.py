"""The promise that every run ends: a bound on attempts and on time, worked out from the configuration."""

from __future__ import annotations

import math

import attrs

from cosmos_retry.config import Config
from cosmos_retry.invariants.faults import (
    FINAL,
    METADATA,
    STRONG_LEVELS,
    UNCLEAR,
    UNDOCUMENTED,
)
from cosmos_retry.invariants.history import History, Request, Violation
from cosmos_retry.invariants.registry import monitor
from cosmos_retry.invariants.spells import gone_spell, retry_with_spell, timeout_spell
from cosmos_retry.parameters import Profile

UNBOUNDED = frozenset({UNDOCUMENTED, UNCLEAR, FINAL})


@attrs.frozen
class Bound:
    """The most that a single request may take, both inclusive.

    `attempts` counts the attempts, those after a fault without a documented retry apart; `retry_us` the
    microseconds from the first attempt that met a fault to its last retry, over all faults and regions.
    The waits of a 429 are not in it: they have their own limit.
    """

    attempts: int
    retry_us: int


def bound(config: Config, profile: Profile) -> Bound:
    """Return the bound of every request that an operation of this configuration makes."""

    def number(name: str) -> int:
        return int(profile.number(name, config))

    # No region is failed over to twice; a write may be forwarded once, to a region that it has left.
    stays = len(config.regions) + config.is_write
    gone, timeout = number("gone_window_long"), number("timeout_window")
    again = number("retry_with_window") if config.is_write else 0
    in_one_region = 1 + most_retries(config, profile, gone) + most_retries(config, profile, timeout)
    in_one_region += number("unavailable_retries") + number("session_write_retries") + 1
    rounds = stays * in_one_region + number("throttle_retries")
    rounds += 1 + most_retries(config, profile, again) if config.is_write else 0
    at_once = 2 if config.consistency in STRONG_LEVELS and not config.is_write else 1
    return Bound(rounds * at_once, stays * (gone + timeout) + again)


def most_retries(config: Config, profile: Profile, window_us: int) -> int:
    """Return how many retries fit into a window of so many microseconds.

    Before the delays have grown there are fewer than `backoff_flat_retries` of them.  Then each may be
    shorter than the one before by the jitter, down to the shortest delay, in whole microseconds, that the
    jitter cannot shorten.
    """
    shortest = max(1, math.ceil(1 / profile.number("backoff_jitter", config)) - 1)
    return int(profile.number("backoff_flat_retries", config)) + window_us // shortest


@monitor("every-run-ends")
def ends(history: History) -> Violation | None:
    """Judge that no request takes more attempts, or a longer time for its retries, than its bound."""
    most = bound(history.config, history.profile)
    for request in history.requests:
        counted = [one for one in request.tries if one.follows not in UNBOUNDED]
        if len(counted) > most.attempts:
            return Violation(counted[most.attempts].event, f"more than {most.attempts} attempts")
        spent = retry_time(history, request)
        if spent > most.retry_us:
            return Violation(request.tries[-1].event, f"{spent} µs of retries, of {most.retry_us}")
    return None


def retry_time(history: History, request: Request) -> int:
    """Return the microseconds that a request spent on retries, 429 apart."""
    if request.kind == METADATA:
        return 0
    spells = [gone_spell(history, request, stay) for stay in request.stays]
    spells += [timeout_spell(history, stay) for stay in request.stays]
    again = retry_with_spell(history, request)
    # The first retry after a 449 comes after its 10 ms, however long the attempt before it took.
    spells += [again] if again is not None and len(again.retries) > 1 else []
    return sum(spell.retries[-1].t - spell.opened for spell in spells if spell and spell.retries)
