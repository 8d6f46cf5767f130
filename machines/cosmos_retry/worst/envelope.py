"""The envelope: the largest of many lines N + k T, for every T, from a function that finds it for one T."""

from __future__ import annotations

from collections.abc import Callable

from cosmos_retry.worst.clock import Span

LEAST_TIMEOUT_US = 1_000
MOST_TIMEOUT_US = 1_000_000_000_000  # eleven days: longer than any sum of windows


def envelope(line_at: Callable[[int], Span]) -> list[tuple[int, Span]]:
    """Return the lines that are the largest for some T, each with the first such T in µs.

    `line_at` returns a line that is the largest where T is so many microseconds.  The least T looked at is a
    millisecond.
    """
    first, last = line_at(LEAST_TIMEOUT_US), line_at(MOST_TIMEOUT_US)
    return [(LEAST_TIMEOUT_US, first), *_between(line_at, first, last)]


def _between(line_at: Callable[[int], Span], low: Span, high: Span) -> list[tuple[int, Span]]:
    """The lines after `low` up to `high`, each with the T from which on it is the largest.

    The largest of many lines is convex: either none is larger where the two cross, or another lies between.
    """
    if low == high or high.attempts <= low.attempts:
        return []
    crossing = -(-(low.us - high.us) // (high.attempts - low.attempts))
    middle = line_at(crossing)
    if middle.at(crossing) <= max(low.at(crossing), high.at(crossing)):
        return [(crossing, high)]
    return [*_between(line_at, low, middle), *_between(line_at, middle, high)]
