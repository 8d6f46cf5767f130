"""The house: one door for the account and one for each region, all on one event loop."""

from __future__ import annotations

import asyncio
import itertools
import logging
from functools import partial

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from cosmos_retry.gateway import wire
from cosmos_retry.gateway.doors import Door
from cosmos_retry.gateway.fault import GLOBAL
from cosmos_retry.gateway.played import Place, Played
from cosmos_retry.gateway.reception import Limits, Reception
from cosmos_retry.gateway.scene import CONTAINER, DATABASE, Scene
from cosmos_retry.gateway.stage import Stage, Witness

_QUIET = logging.getLogger("cosmos_retry.gateway")  # what is no HTTP gets a 400, and no line anywhere
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False
_PATIENCE_S = 5  # for handlers that are cancelled, which none of them refuses
_TURNS = 10  # of the loop: a connection takes a few to be made, and a few to be lost


class House:
    """Plays one scene at a time; doors are made when a scene needs them, and keep their ports."""

    def __init__(self, host: str, port: int, limits: Limits, witness: Witness | None) -> None:
        self._host, self._port, self._limits, self._witness = host, port, limits, witness
        self._reception = Reception(limits, self._lose)
        self._doors: list[Door] = []
        self._servers: list[web.Server] = []
        self._scenes = 0
        self._coming: set[asyncio.BaseProtocol] = set()

    async def play(self, scene: Scene) -> Place:
        """Set the stage for a scene; the account is there when this returns.  Raises OSError."""
        self._reception.names = [GLOBAL, *scene.regions]
        while len(self._doors) < len(self._reception.names):
            self._add_door(len(self._doors))
        for door, name in itertools.zip_longest(self._doors, self._reception.names):
            if name is None or name in scene.refused:
                door.shut()
            else:
                await door.open()
        self._scenes += 1
        self._reception.stage = stage = Stage(self._scenes, scene, self._url, self._witness)
        return Place(
            endpoint=self._doors[0].url,
            endpoints={name: self._url(name) for name in scene.regions},
            key=stage.key,
            account=stage.account.name,
            database=DATABASE,
            container=CONTAINER,
        )

    async def curtain(self) -> Played:
        """End the scene: what hangs is released, all connections are reset."""
        self._reset_everything()
        busy = self._reception.busy
        stage = self._reception.leave_stage()
        if busy:
            await asyncio.wait(busy, timeout=_PATIENCE_S)
        return Played() if stage is None else stage.played()

    async def so_far(self) -> Played:
        """Return what was played so far."""
        stage = self._reception.stage
        return Played() if stage is None else stage.played()

    async def lose(self, region: str) -> None:
        """Lose a region; raises ValueError where the scene has no such."""
        if region not in self._reception.names[1:]:
            raise ValueError(f"{region!a} is not a region of the scene")
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

    def _lose(self, region: str) -> None:
        if self._reception.stage is not None:
            self._reception.stage.closed.add(region)
        place = self._reception.names.index(region)
        self._doors[place].shut()
        asyncio.get_running_loop().call_soon(_reset_all, self._servers[place])

    def _reset_everything(self) -> None:
        for server in self._servers:
            _reset_all(server)
        for transport in tuple(self._reception.held):
            wire.reset(transport)

    def _url(self, name: str) -> str:
        return self._doors[self._reception.names.index(name)].url

    def _add_door(self, place: int) -> None:
        server = web.Server(
            partial(self._reception.handle, place),
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
        open_now = sum(len(server.connections) for server in self._servers) + len(self._coming)
        if (ended := self._reception.connect(place, open_now)) is not None:
            return ended
        # Its server counts it from the next turn of the loop on, and a burst comes in one turn.
        welcome = self._servers[place]()
        self._coming.add(welcome)
        asyncio.get_running_loop().call_soon(self._coming.discard, welcome)
        return welcome

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        """Return a request whose body has a bound; the library's own default is another one."""
        loop = asyncio.get_running_loop()
        most = self._limits.body_bytes
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=most)


def _reset_all(server: web.Server) -> None:
    for connection in server.connections:
        wire.reset(connection.transport)
