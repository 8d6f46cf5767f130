"""A program under test: a process that is told a line and answers with a line, and is trusted with nothing.

It may hang, die, write without end, close its pipes or leave children behind: each of these is one `Broken`
with one line of text, within a bounded time and with a bounded memory.  POSIX only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence

from cosmos_retry.excerpt import excerpt, one_line
from cosmos_retry.harness.messages import LONGEST_LINE
from cosmos_retry.harness.pipes import KEPT, Pipes

_GRACE_S = 0.5  # to a program that is about to end by itself
_SHOWN = 200  # characters of its last words


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
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            list(command), stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True, bufsize=0
        )
        process = self._process
        self._pipes = Pipes([one for one in (process.stdin, process.stdout, process.stderr) if one])
        if memory_mib is not None:
            try:
                _limit_memory(process.pid, memory_mib)
            except OSError:
                self.stop()
                raise

    def ask(self, line: bytes, within_s: float | None = None) -> bytes:
        """Tell the program a line, and return its answer, both without their ends.

        `within_s` takes the place of the timeout.  Raises `Broken`; after that, and in the end, there is only
        `stop`.
        """
        self.listen()
        pipes = self._pipes
        pipes.write(line + b"\n")
        allowed = self._timeout_s if within_s is None else within_s
        deadline = time.monotonic() + allowed
        while (end := pipes.unread.find(b"\n", 0, LONGEST_LINE)) < 0:
            if len(pipes.unread) >= LONGEST_LINE:
                raise Broken(f"it wrote a line of more than the {LONGEST_LINE} bytes that a line may have")
            if pipes.ended:
                raise Broken(self._with_error(self._end(_GRACE_S) or "it closed its standard output"))
            left = deadline - time.monotonic()
            if left <= 0:
                gone = self._end(0)
                held = f"{gone}, and something that it started holds its output" if gone else None
                raise Broken(self._with_error(held or f"it gave no answer within {allowed:g} s"))
            pipes.pump(left)
        answer = bytes(pipes.unread[:end])
        del pipes.unread[: end + 1]
        return answer

    def tell(self, line: bytes) -> None:
        """Tell the program a line that has no answer; it is written no later than the next one."""
        self._pipes.write(line + b"\n")

    def listen(self) -> None:
        """Take what the program has said without being asked.  Raises `Broken` if that is anything."""
        self._pipes.pump(0)
        if self._pipes.unread:
            raise Broken(f"it spoke out of turn: {excerpt(_text(self._pipes.unread))}")

    def stop(self) -> None:
        """End the program and whatever it has started in its group."""
        # The process is not waited for before, so its number cannot have gone to another one.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._pipes.close()

    def leave(self) -> None:
        """Give the program a moment to end by itself, then stop it."""
        deadline = time.monotonic() + _GRACE_S
        while not self._pipes.ended and (left := deadline - time.monotonic()) > 0:
            self._pipes.hang_up()
            self._pipes.pump(left)
            self._pipes.unread.clear()
        self.stop()

    def _end(self, within_s: float) -> str | None:
        """How the process ended; None where it still runs after a time.  It is left to be waited for."""
        deadline = time.monotonic() + within_s
        while (end := os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is None:
            if time.monotonic() >= deadline:
                return None
            self._pipes.pump(0)
            time.sleep(0.005)
        if end.si_code == os.CLD_EXITED:
            return f"it ended with status {end.si_status}"
        return f"it was ended by signal {end.si_status} ({signal.strsignal(end.si_status)})"

    def _with_error(self, reason: str) -> str:
        """The reason, and the last line that the program wrote to standard error."""
        lines = [line.strip() for line in _text(self._pipes.said).splitlines() if line.strip()]
        return one_line(f"{reason}; it said: {lines[-1][:_SHOWN]}") if lines else reason


def _text(found: bytearray) -> str:
    return bytes(found[:KEPT]).decode("utf-8", "replace")


def _limit_memory(process: int, mib: int) -> None:
    """Raises `OSError` where that cannot be done."""
    try:
        import resource

        resource.prlimit(process, resource.RLIMIT_AS, (mib << 20, mib << 20))
    except (ImportError, AttributeError, ValueError, OverflowError) as error:
        raise OSError(f"the memory of a program cannot be limited so here: {error}") from None
