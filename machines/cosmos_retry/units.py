"""Units of time: seconds in what is read and shown, whole microseconds in what is compared."""

from __future__ import annotations

import math

US_PER_SECOND = 1_000_000


def seconds_to_us(seconds: float) -> int:
    """Return `seconds` as whole microseconds, rounded to the nearest, halves to the even one.

    Bounds are compared in whole microseconds, so that 0.1 + 0.2 and 0.3 are the same instant.  Any finite
    number is accepted, however large.  Raises ValueError where `seconds` is infinite or not a number.
    """
    if not math.isfinite(seconds):
        raise ValueError(f"{seconds} s cannot be counted in microseconds: a finite number is permitted")
    whole = math.floor(seconds)
    # The fraction is scaled alone: the product of a large number and a million may overflow to infinity.
    return whole * US_PER_SECOND + round((seconds - whole) * US_PER_SECOND)


def seconds_text(us: int) -> str:
    """Return whole microseconds as seconds, with as many digits as they need: 30, 0.305, 30.000001."""
    text = f"{us / US_PER_SECOND:.6f}".rstrip("0").rstrip(".")
    return text or "0"
