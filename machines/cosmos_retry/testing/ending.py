"""Faults: strategies for how one attempt ends, now and then just at one of the contract's bounds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from hypothesis import strategies as st

from cosmos_retry.config import Config
from cosmos_retry.parameters import load_profile
from cosmos_retry.paths import spec_dir
from cosmos_retry.units import US_PER_SECOND
from cosmos_retry.vectors.vector import Breakdown, Ending, Reply

QUICK_S = (0.0, 0.001, 0.1, 1.0, 6.0)
ASKED_MS = (None, 0.0, 100.0, 1_000.0, 5_000.0)  # a 429's wait; None where it names none
# The codes that some client, in some configuration, meets with more than one attempt come first.
RETRIED = ((410, 0), (410, 1002), (404, 1002), (404, 0), (408, 0), (449, 0), (503, 0), (403, 3))
FINAL = ((400, 0), (401, 0), (403, 0), (409, 0), (412, 0), (500, 0))
# One status that no document lists stands for all of those.
RARE = ((404, 1003), (413, 0), (418, 0), (423, 0), (424, 0), (503, 21005))
OFF_S = (0.0, -1e-6, 1e-6)  # at a bound, and a microsecond to either side of it


@lru_cache(maxsize=1)
def bounds_s() -> tuple[float, ...]:
    """Return the lengths of the contract's windows in seconds, each once, the shortest one first."""
    parameters = load_profile(spec_dir()).parameters.items()
    return tuple(sorted({one.value for name, one in parameters if "window" in name.split("_")}))


def latencies(config: Config) -> st.SearchStrategy[float]:
    """Return a strategy for seconds from an attempt to its ending; none at all is simplest.

    Now and then it lies at one of the contract's bounds: see `near_bounds`.
    """
    return _latencies(config.request_timeout_us)


@lru_cache(maxsize=64)
def _latencies(timeout_us: int | None) -> st.SearchStrategy[float]:
    timeout = () if timeout_us is None else (timeout_us / US_PER_SECOND,)
    return st.one_of(st.just(0.0), st.sampled_from((*QUICK_S, *timeout)), near_bounds())


def near_bounds() -> st.SearchStrategy[float]:
    """Return a strategy for the length of a window of the contract, or a microsecond less, or one more."""
    return st.sampled_from([round(bound + off, 6) for bound in bounds_s() for off in OFF_S])


def faults(config: Config, latency: st.SearchStrategy[float] | None = None) -> st.SearchStrategy[Ending]:
    """Return a strategy for what an attempt of this operation may end in other than success.

    A reply with a status, or a breakdown (a timeout or a lost connection, sent or not).  It is the ending of
    attempt 1; see `numbered`.  The simplest is a 410 at once.  `latency` replaces `latencies(config)`.
    """
    return _faults(latencies(config) if latency is None else latency)


@lru_cache(maxsize=64)
def _faults(after: st.SearchStrategy[float]) -> st.SearchStrategy[Ending]:
    # Kept, because a state machine asks at every step, and to make a strategy takes longer than to draw.
    breakdown = st.builds(
        Breakdown,
        attempt=st.just(1),
        cause=st.sampled_from(("timeout", "connectivity")),
        sent=st.booleans(),
        after_s=after,
    )
    throttled = st.builds(
        Reply,
        attempt=st.just(1),
        status=st.just(429),
        after_s=after,
        retry_after_ms=st.sampled_from(ASKED_MS),
    )
    return st.one_of(
        replies(RETRIED, after), breakdown, throttled, replies(FINAL, after), replies(RARE, after)
    )


@st.composite
def replies(draw: st.DrawFn, codes: Sequence[tuple[int, int]], after: st.SearchStrategy[float]) -> Ending:
    """Return a strategy for replies with one of the codes, each a status and a substatus."""
    status, substatus = draw(st.sampled_from(codes))
    return Reply(attempt=1, status=status, substatus=substatus, after_s=draw(after))


def numbered(endings: Sequence[Ending]) -> tuple[Ending, ...]:
    """Return endings as those of attempts 1, 2, and so on."""
    return tuple(msgspec.structs.replace(one, attempt=n) for n, one in enumerate(endings, start=1))
