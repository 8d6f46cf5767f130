"""The clock of a worker's process: real, or compressed, so that a wait of the client costs nothing.

Only waits that the client chooses are compressed.  What it waits for on a socket passes in real time, but for
timeouts, which `Wire` shortens; `skip` puts back on the clock what they were shortened by.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable

_real_time, _real_sleep, _real_counter = time.time, time.sleep, time.perf_counter
_real_async_sleep = asyncio.sleep
SETTLE_S = 2.0  # at most, in real time, for what goes on in the background while the operation sleeps
BACKGROUND_S = 0.005  # the longest real sleep of a thread or a task in the background


class Clock:
    """The process's clock; times are seconds."""

    def __init__(self) -> None:
        self.compressed = False
        self._skipped = 0.0
        self._started = 0.0
        self._task: asyncio.Task[object] | None = None

    def install(self) -> None:
        """Replace sleep and clock in this process.

        `time.monotonic` stays: timeouts of sockets and of the event loop are measured with it, also those of
        requests in the background, which must not end early because the operation sleeps.
        """
        time.time = lambda: _real_time() + self._skipped
        time.perf_counter = lambda: _real_counter() + self._skipped
        time.sleep = self.sleep  # type: ignore[assignment]
        asyncio.sleep = self.sleep_async  # type: ignore[assignment]

    def begin(self) -> None:
        """The operation begins now, in this thread, and in this task where there is one."""
        self._started = time.perf_counter()
        try:
            self._task = asyncio.current_task()
        except RuntimeError:
            self._task = None

    def now(self) -> float:
        """Seconds since the operation began."""
        return round(time.perf_counter() - self._started, 6)

    def skip(self, seconds: float) -> None:
        """Let time pass that nobody waits for."""
        if self.compressed:
            self._skipped += max(seconds, 0.0)

    def sleep(self, seconds: float) -> None:
        """Stand in for `time.sleep`."""
        if not self.compressed or seconds <= 0:
            _real_sleep(seconds)
        elif threading.current_thread() is not threading.main_thread():
            _real_sleep(min(seconds, BACKGROUND_S))
        else:
            began = _real_counter()
            _settle(_busy_threads(), min(seconds, SETTLE_S))
            self.skip(seconds - (_real_counter() - began))

    async def sleep_async(self, delay: float, result: object = None) -> object:
        """Stand in for `asyncio.sleep`."""
        if not self.compressed or delay <= 0:
            return await _real_async_sleep(delay, result)
        task = asyncio.current_task()
        if task is not self._task:
            return await _real_async_sleep(min(delay, BACKGROUND_S), result)
        began = _real_counter()
        if others := asyncio.all_tasks() - {task}:
            await asyncio.wait(others, timeout=min(delay, SETTLE_S))
        else:
            await _real_async_sleep(0)
        self.skip(delay - (_real_counter() - began))
        return result

    def settle(self, seconds: float = SETTLE_S) -> None:
        """Wait until nothing goes on in the background, at most so many seconds of real time."""
        _settle(_busy_threads(), seconds)


def _busy_threads() -> Iterable[threading.Thread]:
    """Return the threads that have something to do; those of a pool stay alive when they have not."""
    here = threading.current_thread()
    return [
        one
        for one in threading.enumerate()
        if one is not here and one is not threading.main_thread() and not one.name.startswith("ThreadPool")
    ]


def _settle(threads: Iterable[threading.Thread], seconds: float) -> None:
    # A thread that ends within its sleep would have ended within it in real time as well: what it does to
    # the client's picture of the account is then there when the sleep is over.
    end = _real_counter() + seconds
    for thread in threads:
        thread.join(max(end - _real_counter(), 0.0))
