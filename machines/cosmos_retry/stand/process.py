"""A process that speaks the adapter protocol: started, asked, and ended, whatever it does."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from cosmos_retry.excerpt import excerpt, one_line
from cosmos_retry.stand.errors import AdapterDeclinedError, AdapterError, AdapterLostError
from cosmos_retry.stand.protocol import (
    LONGEST_LINE,
    VERSION,
    Close,
    FromAdapter,
    Hello,
    Introduction,
    Perform,
    Prepare,
    Problem,
)

_DECODER = msgspec.json.Decoder(FromAdapter)
_T = TypeVar("_T")
_START_S = 60.0  # for a process to say who it is
_END_S = 5.0
_MOST_LINES = 100  # that nobody asked for


class Adapter:
    """A running adapter; `introduction` says who it is.  Raises AdapterError where it does not start."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], name: str) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._lines: queue.Queue[bytes] = queue.Queue(_MOST_LINES)
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=dict(environment),
                start_new_session=True,  # so that it can be ended with whatever it has started
            )
        except OSError as error:
            self._errors.close()
            raise AdapterLostError(f"{command[0]} cannot be started: {error.strerror or error}") from None
        threading.Thread(target=self._read, name=f"from {name}", daemon=True).start()
        try:
            self.introduction = self.ask(Hello(protocol=VERSION), Introduction, _START_S)
        except AdapterError:
            self.end()
            raise

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, message: Hello | Prepare | Perform | Close, kind: type[_T], seconds: float) -> _T:
        """Send a message and return the answer, which must be of this kind.

        Raises AdapterLostError where the process is gone, AdapterError where it says anything else, or
        nothing within so many seconds; after either it cannot be asked again.  Raises AdapterDeclinedError
        where it says that it could not do it.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(msgspec.json.encode(message) + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise AdapterLostError(self._how_it_ended()) from None
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise AdapterError(f"the client's process said nothing for {seconds:g} s") from None
        if not line:
            raise AdapterLostError(self._how_it_ended())
        if not line.endswith(b"\n") and len(line) > LONGEST_LINE:
            raise AdapterError(f"the client's process printed a line of more than {LONGEST_LINE} bytes")
        return self._answer(line, kind)

    def kill(self) -> None:
        """End the process at once, from any thread; whoever waits for its answer is told that it is gone."""
        _kill(self._process)

    def end(self) -> None:
        """End the process and whatever it has started."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)
        if self._process.poll() is None:
            _kill(self._process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        if not self._errors.closed:
            self._errors.close()

    def _answer(self, line: bytes, kind: type[_T]) -> _T:
        try:
            answer = _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            text = excerpt(line.decode("utf-8", "replace").rstrip("\n"))
            raise AdapterError(f"the client's process printed {text}: {one_line(str(error))}") from None
        if isinstance(answer, Problem):
            raise AdapterDeclinedError(f"the client's process reports: {one_line(answer.reason)}")
        if not isinstance(answer, kind):
            raise AdapterError(f"the client's process answered with {type(answer).__name__.lower()}")
        return answer

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        with contextlib.suppress(OSError, ValueError, queue.Full), stream:
            while line := stream.readline(LONGEST_LINE + 1):
                self._lines.put_nowait(line)
                if not line.endswith(b"\n"):
                    break
        with contextlib.suppress(queue.Full):  # it talks and talks: what it said is enough
            self._lines.put_nowait(b"")

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return "the client's process closed its output"
        how = f"with status {code}" if code >= 0 else f"by signal {-code}"
        last = self._last_words()
        return f"the client's process ended {how}{f': {last}' if last else ''}"

    def _last_words(self) -> str:
        if self._errors.closed:
            return ""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - 2000))
        lines = self._errors.read().decode("utf-8", "replace").split("\n")
        return next((one_line(line.strip())[:200] for line in reversed(lines) if line.strip()), "")


def _kill(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        process.kill()
