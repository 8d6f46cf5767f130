"""The wire: how a connection is closed, reset or left in the middle of an answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from cosmos_retry.gateway.answer import Answer

_NO_LINGER = struct.pack("ii", 1, 0)


class Silence(web.StreamResponse):
    """No answer: what a handler returns when it has dealt with the connection itself."""

    def __init__(self) -> None:
        super().__init__()
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send no head."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Send no body."""


def response(answer: Answer) -> web.Response:
    """Return an answer as the HTTP library sends it."""
    headers = dict(answer.headers)
    if answer.substatus:
        headers["x-ms-substatus"] = str(answer.substatus)
    if not has_body(answer):
        return web.Response(status=answer.status, headers=headers)
    return web.Response(
        status=answer.status, headers={"content-type": "application/json", **headers}, body=answer.body
    )


def has_body(answer: Answer) -> bool:
    """Whether the answer has a body: an answer of 204 or 304 has none."""
    return bool(answer.body) and answer.status not in (204, 304)


async def send_half(request: web.BaseRequest, answer: Answer) -> None:
    """Send the head of an answer and half of its body, or half of its status where there is no body; close.

    A first line that has its whole status would be taken for an answer by some clients.
    """
    transport = request.transport
    if transport is None:
        return
    if has_body(answer):
        half = web.StreamResponse(status=answer.status, headers=response(answer).headers)
        half.content_length = len(answer.body)
        await half.prepare(request)
        await half.write(answer.body[: len(answer.body) // 2])
    else:
        transport.write(f"HTTP/1.1 {answer.status}"[:-2].encode())
    transport.close()


def close(transport: asyncio.BaseTransport | None) -> None:
    """Close a connection: the other side reads its end (FIN)."""
    if transport is not None:
        transport.close()


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Reset a connection (RST), whatever is still on its way."""
    if not isinstance(transport, asyncio.WriteTransport):
        return
    # Without this the system ends the connection in good order: abort() alone is a FIN.
    wire = transport.get_extra_info("socket")
    if wire is not None:
        with suppress(OSError):  # it is closed already
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


class Slam(asyncio.Protocol):
    """A connection that is accepted, and ends with nothing read; `held` has those that wait for it."""

    def __init__(self, held: set[asyncio.BaseTransport], delay: float = 0.0, *, resets: bool = True) -> None:
        self._held, self._delay = held, delay
        self._end = reset if resets else close
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Read nothing, and end it when its time has come."""
        self._transport = transport
        self._held.add(transport)
        if isinstance(transport, asyncio.ReadTransport):
            transport.pause_reading()
        asyncio.get_running_loop().call_later(self._delay, self._end, transport)

    def connection_lost(self, error: Exception | None) -> None:
        """It is no longer held."""
        if self._transport is not None:
            self._held.discard(self._transport)
