"""Driving: a client under test carries out one operation in a play, to its end."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TypeGuard, cast

from cosmos_retry.harness.messages import MOST_MOVES, Wait
from cosmos_retry.harness.play import Play
from cosmos_retry.harness.record import BadMove
from cosmos_retry.testing import asynchronous
from cosmos_retry.testing.asynchronous import AsyncTransport
from cosmos_retry.testing.client import AsyncCode, Client, Code, Stopped, Surfaced, Testable, Told
from cosmos_retry.testing.transport import Transport
from cosmos_retry.testing.violation import Violation
from cosmos_retry.trace import AccountRefresh, Error, Result, Step


def drive(client: Testable, play: Play, needs: Sequence[Step] = (), pages: int = 1) -> None:
    """Let a client carry out a play's operation until the application has heard or a move violates.

    `needs` and `pages` are told to ordinary code by its transport.  Raises `BadMove` for what is no move at
    that point, and whatever the client itself raises but `Surfaced`.
    """
    if is_client(client):
        _ask(client, play)
        return
    try:
        if _is_async(client):
            status = asynchronous.run(client, AsyncTransport(play, needs, pages))
        else:
            status = _call(cast(Code, client), Transport(play, needs, pages))
    except Surfaced as error:
        if not play.over:
            play.move(Error(t=play.now, status=error.status, substatus=error.substatus))
    except Stopped:
        pass
    else:
        if not play.over:
            play.move(Result(t=play.now, status=status))


def check(client: Testable, play: Play, needs: Sequence[Step] = (), pages: int = 1, about: str = "") -> Play:
    """Drive a client and return the play.  Raises `Violation` where the client did what it must not do."""
    __tracebackhide__ = True
    try:
        drive(client, play, needs, pages)
    except BadMove as bad:
        raise Violation(play, str(bad), about) from None
    if play.violation is not None:
        raise Violation(play, about=about)
    return play


def is_client(client: Testable) -> TypeGuard[Client]:
    """Return whether a client answers with moves; what does not is ordinary code."""
    return hasattr(client, "move")


def _is_async(client: Testable) -> TypeGuard[AsyncCode]:
    return inspect.iscoroutinefunction(client) or inspect.iscoroutinefunction(
        getattr(client, "__call__", None)  # noqa: B004 - the method itself, not whether there is one
    )


def _call(code: Code, transport: Transport) -> int | None:
    status: object = code(transport)
    if inspect.iscoroutine(status):
        status.close()
        raise TypeError("a client that returns a coroutine is to be an `async def` function itself")
    return cast(int | None, status)


def _ask(client: Client, play: Play) -> None:
    told: tuple[Told, ...] = ()
    for _ in range(MOST_MOVES):
        move = client.move(play.now, told)
        if isinstance(move, Wait):
            told = play.wait(move.until)
        elif play.due is not None and getattr(move, "t", 0.0) > play.due:
            told = play.wait()
        else:
            event = play.move(move).event
            told = (event,) if isinstance(event, AccountRefresh) else ()
        if play.over:
            return
    raise BadMove(f"no end was reached within {MOST_MOVES} moves")
