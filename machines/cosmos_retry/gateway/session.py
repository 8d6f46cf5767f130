"""Sessions: the token of a container's state, and whether a region has what a request asks for."""

from __future__ import annotations

from cosmos_retry.gateway.account import PARTITION
from cosmos_retry.gateway.answer import ServiceError
from cosmos_retry.gateway.fault import READS
from cosmos_retry.gateway.request import Request
from cosmos_retry.gateway.scene import LEVELS

TOKEN = "x-ms-session-token"  # the name of a header
NOT_AVAILABLE = 1002


def token(lsn: int) -> str:
    """Return the session token of a container whose log sequence number is `lsn`."""
    return f"{PARTITION}:-1#{lsn}"


def check(account_level: str, request: Request, lsn: int) -> None:
    """Check a request's consistency level and its session against the container's state.

    Raises ServiceError 400 for a level stronger than the account's, or a token that is none, and 404/1002
    for a session read that asks for more than there is.
    """
    level = request.headers.get("x-ms-consistency-level") or account_level
    if level not in LEVELS or LEVELS.index(level) < LEVELS.index(account_level):
        raise ServiceError(400, "The consistency level is stronger than the account's, or is none.")
    asked = request.headers.get(TOKEN)
    if asked and level == "Session" and request.target.kind in READS and _lsn(asked) > lsn:
        raise stale()


def stale() -> ServiceError:
    """Return the answer of a region that has not heard of the session yet."""
    return ServiceError(404, "This region is behind the session token.", NOT_AVAILABLE)


def _lsn(text: str) -> int:
    """Return the log sequence number of this partition in a token; 0 where the token does not speak of it."""
    for part in text.split(","):
        partition, colon, state = part.strip().rpartition(":")
        numbers = state.split("#")
        try:
            lsn = int(numbers[1] if len(numbers) > 1 else numbers[0])
        except ValueError:
            raise ServiceError(400, "The session token is none.") from None
        if not colon or partition == PARTITION:
            return lsn
    return 0
