"""The situations: what testing must have reached, so that no promise holds only because nothing happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cosmos_retry.invariants.ending import retry_time
from cosmos_retry.invariants.faults import (
    BEHIND,
    FINAL,
    GONE,
    GONE_FAULTS,
    METADATA,
    MISSING,
    MOVED,
    READ,
    RETRY_WITH,
    SENT_LOST,
    SENT_TIMEOUT,
    SESSION_WRITE,
    SUCCESS,
    THROTTLED,
    TIMED_OUT,
    UNAVAILABLE,
    UNSENT,
    WRITE,
)
from cosmos_retry.invariants.history import End, History, Request, Stay, Try
from cosmos_retry.invariants.regions import FAILOVER, failovers
from cosmos_retry.invariants.registry import situation
from cosmos_retry.invariants.spells import (
    Spell,
    backoff_spells,
    gone_spell,
    retry_with_spell,
    throttle_spell,
    timeout_spell,
)
