"""A client under test: one that answers with its next move, or ordinary code that sends and sleeps.

Whichever it is, it carries out one operation, whose configuration it was given when it was made.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from cosmos_retry.harness.endings import Answer
from cosmos_retry.harness.messages import Wait
from cosmos_retry.harness.play import ClientEvent
from cosmos_retry.trace import AccountRefresh

if TYPE_CHECKING:
    from cosmos_retry.testing.asynchronous import AsyncTransport
    from cosmos_retry.testing.transport import Transport

Told = Answer | AccountRefresh


class Client(Protocol):
    """A client that is asked, again and again, what it does next."""

    def move(self, now: float, told: Sequence[Told]) -> ClientEvent | Wait:
        """Return the next move, at its own time, or `Wait` for the next answer.

        `now` is the time in seconds since the operation began; `told` is what has come since the last move:
        answers, `of` being the attempt counted from 1, or the account as it was read.  The time of a move is
        `now` or later.  A move for a time later than the next answer is not made: that answer is told, and
        the client is asked again.
        """


# Ordinary code: it returns the status of its success (None where it has none), or raises `Surfaced`.
Code = Callable[["Transport"], int | None]
AsyncCode = Callable[["AsyncTransport"], Awaitable[int | None]]
Testable = Client | Code | AsyncCode


class Surfaced(Exception):  # noqa: N818 - it is what the application hears, and no error of the code
    """The error that ordinary code hands to the application: its HTTP status, None where it has none."""

    def __init__(self, status: int | None, substatus: int | None = None) -> None:
        """Take the status and the substatus that the application sees."""
        super().__init__(status, substatus)
        self.status = status
        self.substatus = substatus


class Stopped(BaseException):
    """The play is over, so the code under test is left; no `except Exception` of a retry loop takes it."""
