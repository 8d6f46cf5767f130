"""Promises about time: no retry after its window, waits that were asked for, delays that grow."""

from __future__ import annotations

from cosmos_retry.invariants.history import History, Try, Violation
from cosmos_retry.invariants.registry import monitor
from cosmos_retry.invariants.spells import (
    RETRY_WITH_FAULTS,
    THROTTLED_FAULTS,
    Spell,
    backoff_spells,
    gone_spell,
    retry_with_spell,
    throttle_spell,
    timeout_spell,
)

US = 1_000_000


def _late(spell: Spell | None, retries: tuple[Try, ...], name: str) -> Violation | None:
    for one in retries:
        if spell is not None and one.t > spell.end:
            reason = (
                f"a retry after a {name} started {one.t / US:g} s in, its time ended {spell.end / US:g} s in"
            )
            return Violation(one.event, reason)
    return None


@monitor("gone-window")
def gone(history: History) -> Violation | None:
    """Judge that no retry after a 410 starts after the window of its region (the end belongs to it)."""
    for request in history.own:
        for stay in request.stays:
            spell = gone_spell(history, request, stay)
            if found := _late(spell, spell.retries if spell else (), "410"):
                return found
    return None


@monitor("timeout-window")
def timed_out(history: History) -> Violation | None:
    """Judge that no retry of a read after a 408 starts after its window."""
    for request in history.own:
        for stay in request.stays:
            spell = timeout_spell(history, stay)
            if found := _late(spell, spell.retries if spell else (), "408"):
                return found
    return None


@monitor("retry-with-window")
def retry_with(history: History) -> Violation | None:
    """Judge that no retry after a 449 but the first one starts after the window."""
    for request in history.own:
        spell = retry_with_spell(history, request)
        if found := _late(spell, spell.retries[1:] if spell else (), "449"):
            return found
    return None


@monitor("retry-with-first")
def retry_with_first(history: History) -> Violation | None:
    """Judge that the first retry after a 449 comes 10 ms after it, and not much later."""
    least = history.number("retry_with_first")
    most = least + history.number("retry_with_first_slack")
    for request in history.own:
        first = next((one for one in request.tries if one.follows in RETRY_WITH_FAULTS), None)
        if first is None or first.after is None:
            continue
        if first.delay < least:
            return Violation(first.event, f"the first retry after a 449 came after {first.delay} µs")
        if first.after.timed and first.delay > most:
            return Violation(first.event, f"the first retry after a 449 came after {first.delay / US:g} s")
    return None


@monitor("backoff-exponential")
def exponential(history: History) -> Violation | None:
    """Judge that no delay falls short of the longest by more than the jitter, and that delays grow."""
    for request in history.requests:
        for spell in backoff_spells(history, request):
            if not all(one.after is not None and one.after.timed for one in spell.retries):
                continue
            for number, one in enumerate(spell.retries):
                if (reason := _not_exponential(history, spell.delays[: number + 1])) is not None:
                    return Violation(one.event, reason)
    return None


def _not_exponential(history: History, delays: tuple[int, ...]) -> str | None:
    """Say what is wrong with the last one of some delays, if anything is."""
    *before, last = delays
    if not before:
        return None
    longest = max(before)
    if last < longest * (1 - history.number("backoff_jitter")):
        return f"a delay of {last} µs after one of {longest}"
    flat = int(history.number("backoff_flat_retries"))
    growths = [_grew(history, delays[:end]) for end in range(1, len(delays) + 1)]
    on_plateau = any(growths[:-1]) and longest >= history.number("backoff_plateau")
    # The first of the constant delays is the first of all, or one that had grown itself.
    if len(delays) >= flat and not any(growths[len(delays) - flat + 1 :]) and not on_plateau:
        return f"{flat} delays in a row that did not grow, the last one of {last} µs"
    return None


def _grew(history: History, delays: tuple[int, ...]) -> bool:
    """Whether the last delay is longer than all before it."""
    *before, last = delays
    factor, step = history.number("backoff_least_growth"), history.number("backoff_resolution")
    if not before:
        return False
    # In thousandths of a microsecond, so that 200000 times 1.1 is 220000 and no more.
    return last >= round(max(before) * factor, 3) and last >= max(before) + step


@monitor("throttled-wait")
def asked_wait(history: History) -> Violation | None:
    """Judge that a retry after a 429 waits at least as long as the service asked."""
    for request in history.requests:
        for one in request.tries:
            asked = one.after.asked if one.after is not None else None
            if one.follows in THROTTLED_FAULTS and asked is not None and one.delay < asked:
                return Violation(one.event, f"{one.delay} µs after a 429 that asked for {asked}")
    return None


@monitor("throttled-limits")
def limits(history: History) -> Violation | None:
    """Judge that a 429 is retried no more often and no longer than the client is configured to."""
    most = int(history.number("throttle_retries"))
    for request in history.requests:
        spell = throttle_spell(history, request)
        if spell is None:
            continue
        if found := _late(spell, spell.retries[:most], "429"):
            return found
        for one in spell.retries[most:]:
            return Violation(one.event, f"more than {most} retries after a 429")
    return None
