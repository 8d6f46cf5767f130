"""The faults: what an answer means for the request that met it."""

from __future__ import annotations

from cosmos_retry.config import Config
from cosmos_retry.trace import Failure, Response

READ, WRITE, METADATA = "read", "write", "metadata"

SUCCESS = "success"  # the service carried the request out
FINAL = "final"  # a definite answer that nobody retries
MOVED = "moved"  # 403/3 to a write: the region has ceased to accept writes
BEHIND = "behind"  # 404/1002 to a read under Session
MISSING = "missing"  # 404 to a point read under Strong or BoundedStaleness
SESSION_WRITE = "session write"  # 404/1002 to a write, multi-write enabled
TIMED_OUT = "timed out"  # 408 to a read, or a read that waited in vain for the gateway
GONE = "gone"  # 410, or a read whose request never got through
UNSENT = "unsent"  # a write that failed before it was sent
SENT_TIMEOUT = "sent, no answer"  # a write that was sent and timed out
SENT_LOST = "sent, connection lost"  # a write that was sent and whose connection was lost
UNCLEAR = "unclear"  # a write that failed; nobody saw whether it had been sent
THROTTLED = "throttled"  # 429
RETRY_WITH = "retry with"  # 449 to a write
UNAVAILABLE = "unavailable"  # 503 of the gateway
UNDOCUMENTED = "undocumented"  # the documents name no retry, and do not forbid one

GONE_FAULTS = frozenset({GONE, UNSENT})
STRONG_LEVELS = frozenset({"Strong", "BoundedStaleness"})
WEAK_LEVELS = frozenset({"Eventual", "ConsistentPrefix"})


def is_success(status: int) -> bool:
    """Return whether an HTTP status is a success: 200 to 299 inclusive, and 304."""
    return 200 <= status <= 299 or status == 304


def fault_of(config: Config, kind: str, answer: Response | Failure) -> str:
    """Return what an answer means for a request of this kind (`READ`, `WRITE` or `METADATA`)."""
    if isinstance(answer, Failure):
        return _failure(config, kind, answer)
    status, session = answer.status, answer.substatus == 1002
    if is_success(status):
        return SUCCESS
    if status in (400, 401, 500):
        return FINAL
    if status == 403:
        return MOVED if kind == WRITE and answer.substatus == 3 else FINAL
    if status == 429:
        return THROTTLED
    if status == 503:
        return UNAVAILABLE if kind == METADATA or config.mode == "gateway" else FINAL
    if kind == METADATA:
        return UNDOCUMENTED
    if status == 410:
        return GONE
    if kind == WRITE:
        return _write(config, status, session)
    return TIMED_OUT if status == 408 else _read(config, status, session)


def _failure(config: Config, kind: str, failure: Failure) -> str:
    if kind == METADATA:
        return UNDOCUMENTED
    if kind == READ:
        return TIMED_OUT if config.mode == "gateway" and failure.cause == "timeout" else GONE
    if failure.sent is None:
        return UNCLEAR
    if not failure.sent:
        return UNSENT
    return SENT_TIMEOUT if failure.cause == "timeout" else SENT_LOST


def _write(config: Config, status: int, session: bool) -> str:
    if status in (408, 409, 412):
        return FINAL
    if status == 404 and session and config.multi_write_enabled:
        return SESSION_WRITE
    return RETRY_WITH if status == 449 else UNDOCUMENTED


def _read(config: Config, status: int, session: bool) -> str:
    if status != 404:
        return UNDOCUMENTED
    if session and config.consistency == "Session":
        return BEHIND
    if config.operation != "point_read" or config.consistency == "Session":
        return UNDOCUMENTED
    return MISSING if config.consistency in STRONG_LEVELS else FINAL
