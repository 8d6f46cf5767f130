"""A program under test: a process that is told a line and answers with a line, and is trusted with nothing.

It may hang, die, write without end, close its pipes or leave children behind: each of these is one `Broken`
with one line of text, within a bounded time and with a bounded memory.  POSIX only.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence

from cosmos_retry.excerpt import excerpt, one_line
from cosmos_retry.harness.messages import LONGEST_LINE

_PORTION = 65_536
_KEPT = 4_096  # bytes of standard error, the last ones
_GRACE_S = 0.5  # to a program that is about to end by itself


class Broken(Exception):  # noqa: N818 - a finding about the program under test, and no error of ours
    """The program does not keep to the protocol any more; as text, one line that says how."""


class Program:
    """A process started from a command, in a process group of its own."""

    def __init__(self, command: Sequence[str], timeout_s: float, memory_mib: int | None = None) -> None:
        """Start it.  Raises `OSError` where that cannot be done.

        `timeout_s` is how long it may take to answer, in real seconds; `memory_mib` limits its address space,
        where the system can do so.
        """
        self._timeout_s = timeout_s
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )
        self._pipes = [self._process.stdin, self._process.stdout, self._process.stderr]
        self._in, self._out, error = (pipe.fileno() for pipe in self._pipes if pipe is not None)
        for pipe in (self._in, self._out, error):
            os.set_blocking(pipe, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)
        self._selector.register(error, selectors.EVENT_READ)
        self._unread = bytearray()
        self._unwritten = bytearray()
        self._said = bytearray()  # the end of standard error
        self._ended = False
        if memory_mib is not None:
            _limit_memory(self._process.pid, memory_mib)

    def ask(self, line: bytes, within_s: float | None = None) -> bytes:
        """Tell the program a line, and return its answer, both without their ends.

        `within_s` takes the place of the timeout.  Raises `Broken`; after that, and in the end, there is only
        `stop`.
        """
        self.listen()
        self._unwritten += line + b"\n"
        allowed = self._timeout_s if within_s is None else within_s
        deadline = time.monotonic() + allowed
        while (end := self._unread.find(b"\n")) < 0:
            if len(self._unread) >= LONGEST_LINE:
                raise Broken(f"it wrote a line of more than the {LONGEST_LINE} bytes that a line may have")
            if self._ended:
                raise Broken(self._with_error(self._end(_GRACE_S) or "it closed its standard output"))
            left = deadline - time.monotonic()
            if left <= 0:
                gone = self._end(0)
                held = f"{gone}, and something that it started holds its output" if gone else None
                raise Broken(self._with_error(held or f"it gave no answer within {allowed:g} s"))
            self._pump(left)
        answer = bytes(self._unread[:end])
        del self._unread[: end + 1]
        return answer

    def tell(self, line: bytes) -> None:
        """Tell the program a line that has no answer; it is written no later than the next one."""
        self._unwritten += line + b"\n"

    def listen(self) -> None:
        """Take what the program has said without being asked.  Raises `Broken` if that is anything."""
        self._pump(0)
        if self._unread:
            raise Broken(f"it spoke out of turn: {excerpt(_text(self._unread))}")

    def stop(self) -> None:
        """End the program and whatever it has started in its group."""
        # The process is not waited for before, so its number cannot have gone to another one.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._selector.close()
        for pipe in filter(None, self._pipes):
            with contextlib.suppress(OSError):
                pipe.close()

    def leave(self) -> None:
        """Give the program a moment to end by itself, then stop it."""
        deadline = time.monotonic() + _GRACE_S
        while not self._ended and (left := deadline - time.monotonic()) > 0:
            if not self._unwritten and self._process.stdin is not None:
                self._process.stdin.close()
            self._pump(left)
            self._unread.clear()
        self.stop()

    def _pump(self, seconds: float) -> None:
        """Write and read what can be, within a time."""
        self._write()
        watched = self._selector.get_map()
        if not watched:
            return
        for key, _ in self._selector.select(seconds):
            if key.fd == self._in:
                self._write()
            elif (found := _read(key.fd)) == b"":
                self._selector.unregister(key.fd)
                self._ended |= key.fd == self._out
            elif key.fd == self._out:
                self._unread += found or b""
            else:
                self._said = (self._said + (found or b""))[-_KEPT:]

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

    def _end(self, within_s: float) -> str | None:
        """How the process ended; None where it still runs after a time.  It is left to be waited for."""
        deadline = time.monotonic() + within_s
        while (end := os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is None:
            if time.monotonic() >= deadline:
                return None
            self._pump(0)
            time.sleep(0.005)
        if end.si_code == os.CLD_EXITED:
            return f"it ended with status {end.si_status}"
        return f"it was ended by signal {end.si_status} ({signal.strsignal(end.si_status)})"

    def _with_error(self, reason: str) -> str:
        """The reason, and the last line that the program wrote to standard error."""
        lines = [line.strip() for line in _text(self._said).splitlines() if line.strip()]
        return one_line(f"{reason}; it said: {lines[-1][:200]}") if lines else reason


def _read(pipe: int) -> bytes | None:
    """What can be read now; None where that is nothing yet, empty at the end."""
    try:
        return os.read(pipe, _PORTION)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _text(found: bytearray) -> str:
    return bytes(found[:_KEPT]).decode("utf-8", "replace")


def _limit_memory(process: int, mib: int) -> None:
    try:
        import resource

        resource.prlimit(process, resource.RLIMIT_AS, (mib << 20, mib << 20))
    except (ImportError, AttributeError) as error:  # there is no such limit on this system
        raise OSError(f"the memory of a program cannot be limited here: {error}") from None
