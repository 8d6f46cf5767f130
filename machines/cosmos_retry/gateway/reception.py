"""The reception: what happens to a connection and to a request when it comes in."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable

import attrs
from aiohttp import web

from cosmos_retry.gateway import wire
from cosmos_retry.gateway.answer import error
from cosmos_retry.gateway.fault import CONNECT, GLOBAL, Fault
from cosmos_retry.gateway.performance import Performance
from cosmos_retry.gateway.session import TOKEN
from cosmos_retry.gateway.signature import is_signed_with
from cosmos_retry.gateway.stage import Stage
from cosmos_retry.gateway.target import Target, target
from cosmos_retry.gateway.visit import Visit

_NOTHING = Fault()
_REMEMBERED = 256  # scenes whose clients are known when they come late
_OVER = "This scene is over."
_FULL = "There were more requests than this gateway takes in one scene."
_STRANGER = "The signature is not made with the account's key."


@attrs.frozen
class Limits:
    """What the gateway takes at the most.

    body_bytes: of one body, as the service does.  connections: open at a time.  requests: in one scene.
    header_bytes: of one header.  headers: of one request.
    """

    body_bytes: int = 2 * 1024 * 1024
    connections: int = 512
    requests: int = 100_000
    header_bytes: int = 16 * 1024
    headers: int = 128


class Reception:
    """Lets requests in to the stage, the others not; `names` are the regions by the number of their door."""

    def __init__(self, limits: Limits, lose: Callable[[str], None]) -> None:
        self.stage: Stage | None = None
        self.names: list[str] = [GLOBAL]
        self.held: set[asyncio.BaseTransport] = set()
        self._limits, self._lose = limits, lose
        self._old: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._connections = itertools.count(1)
        self._known: dict[object, int] = {}
        self._busy: set[asyncio.Task[object] | None] = set()

    def leave_stage(self) -> Stage | None:
        """End the scene and return it; its requests are cancelled, and its clients are late from here on."""
        stage, self.stage = self.stage, None
        if stage is not None:
            self._old.append(stage.secret)
        for task in self.busy:
            task.cancel()
        self._known.clear()
        return stage

    @property
    def busy(self) -> list[asyncio.Task[object]]:
        """The requests that are being dealt with."""
        return [task for task in self._busy if task is not None]

    def connect(self, door: int, connections: int) -> asyncio.BaseProtocol | None:
        """Return what ends a new connection, or None for one that is welcome; so many others are open."""
        stage = self.stage
        if connections + len(self.held) >= self._limits.connections:
            if stage is not None:
                stage.turned_away += 1
            return wire.Slam(self.held)
        if stage is None or door >= len(self.names):
            return None
        port = self.names[door]
        if (met := stage.cues.take(CONNECT, (port,))) is None:
            return None
        fault = stage.scene.faults[met].fault
        visit = stage.enter(port, Target(CONNECT, ()), connection=next(self._connections))
        done = "hung" if fault.hang is not None else "closed" if fault.close else "reset"
        visit.note(fault=met, done=done)
        stage.leave(visit)
        return wire.Slam(self.held, fault.delay + (fault.hang or 0), resets=fault.reset)

    async def handle(self, door: int, request: web.BaseRequest) -> web.StreamResponse:
        """Deal with one request, and return what is left to be sent."""
        stage = self.stage
        if stage is None or door >= len(self.names):
            return _refused(503, _OVER)
        if stage.requests >= self._limits.requests:
            stage.turned_away += 1
            return _refused(503, _FULL)
        about = target(request.method, request.raw_path, request.headers)
        port, number = self.names[door], self._number(request)
        said = (port, about, request.method, request.raw_path, request.headers, number)
        if not stage.is_meant(request.method, about, request.headers):
            is_old = any(is_signed_with(key, request.method, about, request.headers) for key in self._old)
            status = 503 if is_old else 401
            visit = stage.enter(*said, late=True)
            visit.note(done="answered", status=status)
            stage.leave(visit)
            return _refused(status, _OVER if is_old else _STRANGER)
        visit = stage.enter(*said)
        task = asyncio.current_task()
        self._busy.add(task)
        done = "failed"
        try:
            given = await self._perform(stage, visit, about, request)
            done = "answered"
        except asyncio.CancelledError:
            done = self._why(stage, port)
            raise
        except (ConnectionError, web.RequestPayloadError):
            done = self._why(stage, port)
            return wire.Silence()
        finally:
            self._busy.discard(task)
            stage.leave(visit, done)
        return given

    async def _perform(
        self, stage: Stage, visit: Visit, about: Target, request: web.BaseRequest
    ) -> web.StreamResponse:
        region, port = visit.arrival.region, visit.arrival.port
        # The account's own endpoint is nobody's region as long as only the account is read there.
        places = (port,) if about.kind == "account" else (region, port)
        met = stage.cues.take(about.kind, places, bool(request.headers.get(TOKEN)))
        visit.note(fault=met)
        fault = _NOTHING if met is None else stage.scene.faults[met].fault
        return await Performance(stage, visit, about, request, self._lose).give(fault)

    def _why(self, stage: Stage, port: str) -> str:
        """Return why a connection ended before its request was dealt with."""
        if self.stage is not stage:
            return "ended"
        return "reset" if port in stage.closed else "left"

    def _number(self, request: web.BaseRequest) -> int:
        """Return the number of a request's connection."""
        peer = request.transport.get_extra_info("peername") if request.transport else None
        if peer not in self._known:
            self._known[peer] = next(self._connections)
        return self._known[peer]


def _refused(status: int, reason: str) -> web.StreamResponse:
    refused = wire.response(error(status, reason))
    refused.force_close()
    return refused
