"""The house: the doors, and what happens to whoever comes in, on one event loop."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from functools import partial

import attrs
from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from cosmos_retry.gateway import wire
from cosmos_retry.gateway.answer import error
from cosmos_retry.gateway.doors import Door
from cosmos_retry.gateway.fault import CONNECT, GLOBAL, Fault
from cosmos_retry.gateway.performance import Performance
from cosmos_retry.gateway.played import Place, Played
from cosmos_retry.gateway.scene import CONTAINER, DATABASE, Scene
from cosmos_retry.gateway.session import TOKEN
from cosmos_retry.gateway.signature import is_signed_with
from cosmos_retry.gateway.stage import Stage, Visit, Witness
from cosmos_retry.gateway.target import Target, target

_QUIET = logging.getLogger("cosmos_retry.gateway")
_NOTHING = Fault()
_REMEMBERED = 256  # scenes whose clients are known when they come late
_PATIENCE_S = 5  # for handlers that are cancelled, which none of them refuses
_TURNS = 10  # of the loop: a connection takes a few to be made, and a few to be lost
_OVER = "This scene is over."


@attrs.frozen
class Limits:
    """What the gateway takes at the most: bytes of a body, open connections, bytes of one header, headers."""

    body_bytes: int = 2 * 1024 * 1024
    connections: int = 512
    header_bytes: int = 16 * 1024
    headers: int = 128


class House:
    """One port for the account and one for each region; `stage` is the scene that is played, if one is."""

    def __init__(self, host: str, port: int, limits: Limits, witness: Witness | None) -> None:
        self._host, self._port, self._limits, self._witness = host, port, limits, witness
        self._old: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._doors: list[Door] = []
        self._servers: list[web.Server] = []
        self._names: list[str] = [GLOBAL]
        self._scenes = 0
        self._connections = itertools.count(1)
        self._known: dict[object, int] = {}
        self._held: set[asyncio.BaseTransport] = set()
        self._busy: set[asyncio.Task[object] | None] = set()
        self.stage: Stage | None = None

    async def play(self, scene: Scene) -> Place:
        """Set the stage for a scene; the account is there when this returns."""
        self._names = [GLOBAL, *scene.regions]
        while len(self._doors) < len(self._names):
            self._add_door(len(self._doors))
        self._scenes += 1
        self.stage = Stage(self._scenes, scene, self._url, self._witness)
        for door, name in itertools.zip_longest(self._doors, self._names):
            if name is None or name in scene.refused:
                door.shut()
            else:
                await door.open()
        return Place(
            endpoint=self._doors[0].url,
            endpoints={name: self._url(name) for name in scene.regions},
            key=self.stage.key,
            account=self.stage.account.name,
            database=DATABASE,
            container=CONTAINER,
        )

    async def curtain(self) -> Played:
        """End the scene: what hangs is released, all connections are reset."""
        stage, self.stage = self.stage, None
        if stage is None:
            return Played()
        self._old.append(stage.secret)
        self._reset_everything()
        busy = [task for task in self._busy if task is not None]
        for task in busy:
            task.cancel()
        if busy:
            await asyncio.wait(busy, timeout=_PATIENCE_S)
        self._known.clear()
        return stage.played()

    async def so_far(self) -> Played:
        """Return what was played so far."""
        return Played() if self.stage is None else self.stage.played()

    async def lose(self, region: str) -> None:
        """Lose a region; raises ValueError where there is no such."""
        self._lose(region)
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def leave(self) -> None:
        """End the scene and give all ports back."""
        await self.curtain()
        for door in self._doors:
            door.release()
        for _ in range(_TURNS):
            self._reset_everything()
            await asyncio.sleep(0)

    def _reset_everything(self) -> None:
        for server in self._servers:
            _reset_all(server)
        for transport in tuple(self._held):
            wire.reset(transport)

    def _url(self, name: str) -> str:
        return self._doors[self._names.index(name)].url

    def _add_door(self, place: int) -> None:
        server = web.Server(
            partial(self._handle, place),
            request_factory=self._request,
            handler_cancellation=True,
            logger=_QUIET,
            access_log=None,
            keepalive_timeout=10**6,  # seconds: connections end with their scene
            max_line_size=self._limits.header_bytes,
            max_field_size=self._limits.header_bytes,
            max_headers=self._limits.headers,
        )
        port = self._port + place if self._port else 0
        self._doors.append(Door(self._host, port, partial(self._connect, place)))
        self._servers.append(server)

    def _connect(self, place: int) -> asyncio.BaseProtocol:
        """Return what deals with a new connection."""
        if sum(len(server.connections) for server in self._servers) >= self._limits.connections:
            if self.stage is not None:
                self.stage.turned_away += 1
            return wire.Slam(self._held)
        if (stage := self.stage) is not None and place < len(self._names):
            port = self._names[place]
            if (met := stage.cues.take(CONNECT, (port,))) is not None:
                fault = stage.scene.faults[met].fault
                visit = stage.enter(port, Target(CONNECT, ()), connection=next(self._connections))
                done = "hung" if fault.hang is not None else "closed" if fault.close else "reset"
                visit.note(fault=met, done=done)
                stage.leave(visit)
                return wire.Slam(self._held, fault.delay + (fault.hang or 0), resets=fault.reset)
        return self._servers[place]()

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        most = self._limits.body_bytes
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=most)

    async def _handle(self, place: int, request: web.BaseRequest) -> web.StreamResponse:
        about = target(request.method, request.raw_path, request.headers)
        number = self._number(request)
        stage = self.stage
        if stage is None or place >= len(self._names):
            return _refused(503, _OVER)
        said = (self._names[place], about, request.method, request.raw_path, request.headers, number)
        if not stage.is_meant(request.method, about, request.headers):
            is_old = any(is_signed_with(key, request.method, about, request.headers) for key in self._old)
            status = 503 if is_old else 401
            visit = stage.enter(*said, late=True)
            visit.note(done="answered", status=status)
            stage.leave(visit)
            return _refused(status, _OVER if is_old else "The signature is not made with the account's key.")
        visit = stage.enter(*said)
        task = asyncio.current_task()
        self._busy.add(task)
        try:
            given = await self._perform(stage, visit, about, request)
        except asyncio.CancelledError:
            stage.leave(visit, "left" if self.stage is stage else "ended")
            raise
        except (ConnectionError, web.RequestPayloadError):
            stage.leave(visit, "left")
            return wire.Silence()
        else:
            stage.leave(visit)
            return given
        finally:
            self._busy.discard(task)

    async def _perform(
        self, stage: Stage, visit: Visit, about: Target, request: web.BaseRequest
    ) -> web.StreamResponse:
        region, port = visit.arrival.region, visit.arrival.port
        places = (port,) if about.kind == "account" else (region, port)
        met = stage.cues.take(about.kind, places, bool(request.headers.get(TOKEN)))
        visit.note(fault=met)
        fault = _NOTHING if met is None else stage.scene.faults[met].fault
        return await Performance(stage, visit, about, request, self._lose).give(fault)

    def _number(self, request: web.BaseRequest) -> int:
        """Return the number of a request's connection."""
        peer = request.transport.get_extra_info("peername") if request.transport else None
        if peer not in self._known:
            self._known[peer] = next(self._connections)
        return self._known[peer]

    def _lose(self, region: str) -> None:
        if self.stage is not None:
            self.stage.closed.add(region)
        place = self._names.index(region)
        self._doors[place].shut()
        asyncio.get_running_loop().call_soon(_reset_all, self._servers[place])


def _refused(status: int, reason: str) -> web.StreamResponse:
    refused = wire.response(error(status, reason))
    refused.force_close()
    return refused


def _reset_all(server: web.Server) -> None:
    for connection in server.connections:
        wire.reset(connection.transport)
