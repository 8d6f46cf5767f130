"""The pipes of a process, read and written without ever waiting for it, and with a bounded memory."""

from __future__ import annotations

import contextlib
import os
import selectors
from collections.abc import Sequence
from typing import IO

PORTION = 65_536  # bytes that are read at once
KEPT = 4_096  # bytes of standard error that are kept, the last ones


class Pipes:
    """Standard input, output and error of a process.

    `unread` is what the process has written and nobody has taken yet, `said` the end of its standard error;
    `ended` says that its standard output is closed.
    """

    def __init__(self, pipes: Sequence[IO[bytes]]) -> None:
        """Take the three pipes, standard input first."""
        self.unread = bytearray()
        self.said = bytearray()
        self.ended = False
        self._unwritten = bytearray()
        self._pipes = pipes
        self._in, self._out, error = (pipe.fileno() for pipe in pipes)
        self._selector = selectors.DefaultSelector()
        for pipe in (self._in, self._out, error):
            os.set_blocking(pipe, False)
        for pipe in (self._out, error):
            self._selector.register(pipe, selectors.EVENT_READ)

    def write(self, data: bytes) -> None:
        """Put something down to be written as soon as the process takes it."""
        self._unwritten += data

    def hang_up(self) -> None:
        """Close standard input, once all is written."""
        if not self._unwritten:
            self._pipes[0].close()

    def pump(self, seconds: float) -> None:
        """Write and read what can be, and wait for that no longer than a time."""
        self._write()
        if not self._selector.get_map():
            return
        for key, _ in self._selector.select(seconds):
            if key.fd == self._in:
                self._write()
            elif (found := _read(key.fd)) == b"":
                self._selector.unregister(key.fd)
                self.ended |= key.fd == self._out
            elif key.fd == self._out:
                self.unread += found or b""
            else:
                self.said = (self.said + (found or b""))[-KEPT:]

    def close(self) -> None:
        """Close them all."""
        self._selector.close()
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                pipe.close()

    def _write(self) -> None:
        try:
            while self._unwritten:
                del self._unwritten[: os.write(self._in, self._unwritten)]
        except BlockingIOError:
            pass
        except OSError:  # it reads no more, and we shall see what it still says
            self._unwritten.clear()
        waiting = self._in in self._selector.get_map()
        if self._unwritten and not waiting:
            self._selector.register(self._in, selectors.EVENT_WRITE)
        elif waiting and not self._unwritten:
            self._selector.unregister(self._in)


def _read(pipe: int) -> bytes | None:
    """What can be read now; None where that is nothing yet, empty at the end."""
    try:
        return os.read(pipe, PORTION)
    except BlockingIOError:
        return None
    except OSError:
        return b""
