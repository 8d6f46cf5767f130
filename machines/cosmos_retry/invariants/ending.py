"""The promise that every run ends: a bound on attempts and on time, worked out from the configuration."""

from __future__ import annotations

import math
from functools import lru_cache

import attrs

from cosmos_retry.config import Config
from cosmos_retry.invariants.faults import (
    FINAL,
    GONE,
    METADATA,
    READ,
    STRONG_LEVELS,
    UNCLEAR,
    UNDOCUMENTED,
    WRITE,
)
from cosmos_retry.invariants.history import History, Request, Violation
from cosmos_retry.invariants.registry import monitor
from cosmos_retry.invariants.spells import (
    Spell,
    gone_spell,
    retry_with_spell,
    throttle_spell,
    timeout_spell,
)
from cosmos_retry.parameters import Profile

# What bounds the attempts after these faults is time alone, or nothing.
UNCOUNTED = {
    READ: frozenset({GONE, UNDOCUMENTED, FINAL}),
    WRITE: frozenset({UNCLEAR, UNDOCUMENTED, FINAL}),
    METADATA: frozenset({UNDOCUMENTED, FINAL}),
}


@attrs.frozen
class Bound:
    """The most that a single request may take, both inclusive.

    `attempts` counts the attempts, but for those after a fault without a documented retry, and for those of a
    read after a 410, which may go at any pace within their time.  `retry_us` adds up the microseconds from
    the first attempt that met a fault to its last retry, over all faults and regions.
    """

    attempts: int
    retry_us: int


def bound(config: Config, profile: Profile) -> Bound:
    """Return the bound of every request that an operation of this configuration makes."""

    def number(name: str) -> int:
        return int(profile.number(name, config))

    # No region is failed over to twice; a write may be forwarded once, to a region that it has left.
    stays = len(config.regions) + config.is_write
    gone, timeout = number("gone_window_short" if config.is_write else "gone_window_long"), 0
    again = number("retry_with_window") if config.is_write else 0
    backoff = most_retries(config, profile, gone)
    if not config.is_write:
        timeout = number("timeout_window")
        backoff = most_retries(config, profile, timeout)
    in_one_region = 2 + backoff + number("unavailable_retries") + number("session_write_retries")
    rounds = stays * in_one_region + number("throttle_retries")
    rounds += 1 + most_retries(config, profile, again) if config.is_write else 0
    at_once = 2 if config.consistency in STRONG_LEVELS and not config.is_write else 1
    throttled = number("throttle_window")
    return Bound(rounds * at_once, stays * (gone + timeout) + again + throttled)


def most_retries(config: Config, profile: Profile, window_us: int) -> int:
    """Return how many retries fit into a window of so many microseconds, each as early as it may come.

    A delay is as short as the jitter lets it be; where as many as `backoff_flat_retries` would not have
    grown, it grows by as little as counts, or once by as much as it takes to reach the plateau.
    """
    names = ("jitter", "flat_retries", "plateau", "least_growth", "resolution")
    return _fit(window_us, *(profile.number(f"backoff_{name}", config) for name in names))


@lru_cache(maxsize=64)
def _fit(window_us: int, jitter: float, flat: float, plateau: float, growth: float, resolution: float) -> int:
    numbers = jitter, flat, plateau, growth, resolution
    creeping, growths = _greedy(window_us, *numbers, leap=0)
    return max([creeping, *(_greedy(window_us, *numbers, leap)[0] for leap in range(1, growths + 2))])


def _greedy(
    window_us: int, jitter: float, flat: float, plateau: float, growth: float, resolution: float, leap: int
) -> tuple[int, int]:
    """How many retries fit where the growth of this number (from 1) leaps to the plateau, and the growths."""
    spent = longest = retries = constant = growths = 0
    while True:
        delay = math.ceil(longest * (1 - jitter))
        constant += 1
        if constant >= flat and not (growths and longest >= plateau):
            delay, constant = max(math.ceil(round(longest * growth, 3)), longest + int(resolution)), 1
            growths += 1
            delay = max(delay, math.ceil(plateau)) if growths == leap else delay
        spent += delay
        if spent > window_us:
            return retries, growths
        longest, retries = max(longest, delay), retries + 1


@monitor("every-run-ends")
def ends(history: History) -> Violation | None:
    """Judge that no request takes more attempts, or a longer time for its retries, than its bound."""
    most = bound(history.config, history.profile)
    for request in history.requests:
        counted = [one for one in request.tries if one.follows not in UNCOUNTED[request.kind]]
        if len(counted) > most.attempts:
            return Violation(counted[most.attempts].event, f"more than {most.attempts} attempts")
        spent = retry_time(history, request)
        if spent > most.retry_us:
            return Violation(request.tries[-1].event, f"{spent} µs of retries, of {most.retry_us}")
    return None


def retry_time(history: History, request: Request) -> int:
    """Return the microseconds that a request spent on retries, over all faults and regions."""
    spells: list[Spell | None] = [throttle_spell(history, request)]
    for stay in request.stays if request.kind != METADATA else ():
        spells += [gone_spell(history, request, stay), timeout_spell(history, stay)]
    again = retry_with_spell(history, request)
    # The first retry after a 449 comes after its 10 ms, however long the attempt before it took.
    spells += [again] if again is not None and len(again.retries) > 1 else []
    return sum(spell.retries[-1].t - spell.opened for spell in spells if spell and spell.retries)
