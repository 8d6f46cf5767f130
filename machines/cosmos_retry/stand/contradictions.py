"""Contradictions: what a client told of its attempts, held against what the gateway did with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cosmos_retry.stand.arrivals import MARK
from cosmos_retry.stand.protocol import Heard
from cosmos_retry.stand.record import Arrived


def contradiction(
    heard: Heard, arrivals: Sequence[Arrived], regions: Mapping[str, str], seconds: float
) -> str | None:
    """Return where what a client told is not what the gateway did, or None.

    regions: by the address of their endpoint.  seconds: the real time at which the application had heard;
    what arrived later the client could not tell of.
    """
    told = heard.attempts
    if told is None:
        return None
    for one in arrivals:
        if one.attempt is None and one.t <= seconds:
            return f"a request to {one.region or 'the account'} arrived without {MARK}, at {one.t:g} s"
        if one.attempt is not None and not 1 <= one.attempt <= len(told) and one.t <= seconds:
            many = f"{len(told)} attempt{'s' * (len(told) != 1)}"
            return f"attempt {one.attempt} arrived, and the client told of {many}"
    for number, tried in enumerate(told, start=1):
        mine = [one for one in arrivals if one.attempt == number]
        region = regions.get(tried.endpoint.rstrip("/"))
        if elsewhere := [one.region or "the account" for one in mine if one.region != region]:
            to = region or "the account"
            return f"attempt {number} arrived at {elsewhere[0]}, and is told to have gone to {to}"
        if tried.status is None or tried.failure is not None or tried.step not in (None, "page"):
            continue
        if not mine:
            return f"attempt {number} is told to have been answered with {tried.status}, and never arrived"
        answered = [one.status for one in mine if one.done in ("answered", "truncated")]
        if tried.status not in answered:
            did = f"answered it with {answered[-1]}" if answered else "gave it no answer"
            return (
                f"attempt {number} is told to have been answered with {tried.status}, and the gateway {did}"
            )
    return None
