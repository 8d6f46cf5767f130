"""The instants: when a row's time bounds fall, in microseconds, worked out from the run so far."""

from __future__ import annotations

import math

from cosmos_retry.config import Config
from cosmos_retry.memory import Memory, Window
from cosmos_retry.parameters import Profile
from cosmos_retry.vocabulary import Instant

NEVER = 2**62
KINDS: dict[str, tuple[str, ...]] = {  # each with the fields that it needs
    "after_answer": ("parameters",),
    "asked_wait_end": (),
    "window_end": ("policy",),
    "last_call": ("policy",),
    "last_asked_call": ("policy",),
    "backoff_end": ("policy",),
}


def instant_us(instant: Instant, profile: Profile, config: Config, memory: Memory) -> int:
    """Return the moment of an instant in microseconds since the operation began.

    A window that was never opened ends never: no row asks for its end before an effect has opened it.
    """
    window = memory.windows.get(instant.policy or "")
    match instant.kind:
        case "after_answer":
            return memory.answer_t + sum(int(profile.number(name, config)) for name in instant.parameters)
        case "asked_wait_end":
            return memory.answer_t + (memory.asked or 0)
        case "window_end":
            return window_end(window)
        case "last_call":
            return window_end(window) - _reach(window, profile, config)
        case "last_asked_call":
            return window_end(window) - (memory.asked or 0)
        case "backoff_end":
            return memory.answer_t + _least_delay(window, profile, config)
    raise ValueError(f"unknown kind of instant {instant.kind!r}")


def window_end(window: Window | None) -> int:
    """Return the last moment of a window, which belongs to it."""
    return NEVER if window is None or window.length is None else window.opened + window.length


def _reach(window: Window | None, profile: Profile, config: Config) -> int:
    """How long the next delay would be, if it grew as far as the contract allows for, and grew at all."""
    if window is None or not window.retries:
        return 0
    grown = math.ceil(window.longest * profile.number("backoff_growth", config))
    return max(grown, grown_delay(window.longest, profile, config))


def _least_delay(window: Window | None, profile: Profile, config: Config) -> int:
    """The shortest delay that still counts as exponential after the delays before it."""
    if window is None or not window.retries:
        return 0
    flat_end = profile.number("backoff_flat_retries", config) - 1
    may_stay = window.grown and window.longest >= profile.number("backoff_plateau", config)
    if window.flat >= flat_end and not may_stay:
        return grown_delay(window.longest, profile, config)
    return math.ceil(window.longest * (1 - profile.number("backoff_jitter", config)))


def grown_delay(delay: int, profile: Profile, config: Config) -> int:
    """Return the shortest delay that counts as longer than `delay`."""
    factor = profile.number("backoff_least_growth", config)
    return max(math.ceil(round(delay * factor, 3)), delay + int(profile.number("backoff_resolution", config)))
