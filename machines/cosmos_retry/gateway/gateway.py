"""The gateway: a house of its own thread and event loop, played from outside, scene by scene."""

from __future__ import annotations

import asyncio
import ipaddress
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from cosmos_retry.gateway.check import check
from cosmos_retry.gateway.house import House
from cosmos_retry.gateway.played import Place, Played
from cosmos_retry.gateway.reception import Limits
from cosmos_retry.gateway.scene import Scene
from cosmos_retry.gateway.stage import Witness

_T = TypeVar("_T")
LOOPBACK = "127.0.0.1"
_PATIENCE_S = 30  # for the gateway's own thread


class GatewayError(RuntimeError):
    """The gateway was asked for what it does not do; as text, one line that says what."""


class Gateway:
    """A gateway; use it in a `with` statement, or call `close` in the end.

    host: a loopback address; another one raises GatewayError unless `allow_other_address` is given.
    port: of the account's own endpoint, and the next ones are the regions'; 0 takes ports that are free.
    witness: told of every request once it is over, and of every write at once, on the gateway's own thread.
    Every method may be called from any thread.  Ports are kept from scene to scene.
    """

    def __init__(
        self,
        host: str = LOOPBACK,
        port: int = 0,
        limits: Limits | None = None,
        witness: Witness | None = None,
        *,
        allow_other_address: bool = False,
    ) -> None:
        if not allow_other_address and not is_loopback(host):
            raise GatewayError(f"{host!a} is no loopback address such as {LOOPBACK}; it was not allowed")
        self._lock = threading.Lock()
        self._is_playing = False
        self._house = House(host, port, limits or Limits(), witness)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)
        self._thread.start()

    def play(self, scene: Scene) -> Place:
        """Begin a scene, and return where it is played once it can be reached.

        Raises ScriptError for a scene that cannot be played, GatewayError while another one is, and OSError
        where a port is taken.
        """
        check(scene)
        with self._lock:
            if self._is_playing:
                raise GatewayError("a scene is being played; let the curtain fall first")
            place = self._do(self._house.play(scene))
            self._is_playing = True
            return place

    def curtain(self) -> Played:
        """End the scene and return what was played; what still hangs is released.  Raises GatewayError."""
        with self._lock:
            if not self._is_playing:
                raise GatewayError("no scene is being played")
            self._is_playing = False
            return self._do(self._house.curtain())

    def so_far(self) -> Played:
        """Return what was played of the scene so far, and let it go on.  Raises GatewayError."""
        with self._lock:
            if not self._is_playing:
                raise GatewayError("no scene is being played")
            return self._do(self._house.so_far())

    def lose(self, region: str) -> None:
        """Lose a region of the scene now: its connections are reset and its port refuses when this returns.

        Raises GatewayError where no scene is played, and ValueError where it has no such region.
        """
        with self._lock:
            if not self._is_playing:
                raise GatewayError("no scene is being played")
            self._do(self._house.lose(region))

    def close(self) -> None:
        """End the scene, if one is played, and give the ports back.  A second call does nothing."""
        with self._lock:
            if self._loop.is_closed():
                return
            self._is_playing = False
            self._do(self._house.leave())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _do(self, what: Coroutine[Any, Any, _T]) -> _T:
        if self._loop.is_closed():
            what.close()
            raise GatewayError("the gateway is closed")
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(_PATIENCE_S)


def is_loopback(host: str) -> bool:
    """Whether an address is this computer's alone.  A name is not: where it leads is not known here."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
