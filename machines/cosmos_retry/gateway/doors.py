"""A door: one port on which a region is played, open or closed; a closed one refuses connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable


class Door:
    """A port that stays ours while nothing listens on it.

    A second socket, bound and never listening, keeps the port from being given to somebody else while the
    door is closed; where a system cannot share a port so, it is bound anew.  Raises OSError where the port
    is taken.
    """

    def __init__(self, host: str, port: int, protocol: Callable[[], asyncio.BaseProtocol]) -> None:
        self._host = host
        self._protocol = protocol
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        if port:
            self._bound(port, shared=False).close()  # it must not be shared with another process either
        self._holder = self._bound(port)
        self.port: int = self._holder.getsockname()[1]
        self._server: asyncio.Server | None = None
        if not hasattr(socket, "SO_REUSEPORT"):
            self._holder.close()

    @property
    def is_open(self) -> bool:
        """Whether connections are accepted."""
        return self._server is not None

    @property
    def url(self) -> str:
        """The address of the door."""
        host = f"[{self._host}]" if self._family == socket.AF_INET6 else self._host
        return f"http://{host}:{self.port}/"

    async def open(self) -> None:
        """Accept connections."""
        if self._server is None:
            listener = self._bound(self.port)
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self._protocol, sock=listener, backlog=512)

    def shut(self) -> None:
        """Refuse connections from here on; those that were made stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def release(self) -> None:
        """Refuse connections and give the port back."""
        self.shut()
        self._holder.close()

    def _bound(self, port: int, *, shared: bool = True) -> socket.socket:
        made = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if shared and hasattr(socket, "SO_REUSEPORT"):
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            made.bind((self._host, port))
            made.setblocking(False)
        except OSError:
            made.close()
            raise
        return made
