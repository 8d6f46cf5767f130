"""The same transport for asynchronous code, and an event loop whose clock is that of the play.

In that loop `asyncio.sleep`, timeouts and tasks run in virtual time, too.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any

from cosmos_retry.harness.endings import Answer
from cosmos_retry.harness.play import Play
from cosmos_retry.harness.record import LONGEST_S, BadMove
from cosmos_retry.testing.client import AsyncCode
from cosmos_retry.testing.transport import Wire
from cosmos_retry.trace import Step
from cosmos_retry.units import US_PER_SECOND

_ROUNDING_US = 1e-3  # what arithmetic in seconds may be off by; the loop itself looks no closer


class AsyncTransport(Wire):
    """A transport for code that awaits; several attempts may be under way at once."""

    def __init__(self, play: Play, needs: Sequence[Step] = (), pages: int = 1) -> None:
        """Take what `Wire` takes."""
        super().__init__(play, needs, pages)
        self._waiting: dict[int | None, asyncio.Future[Answer]] = {}

    async def send(
        self, region: str | None = None, replica: int | None = None, step: Step | None = None
    ) -> Answer:
        """Send a request and return its answer: a response, or a failure with its cause and `sent`.

        An attempt cannot be taken back: what is cancelled is answered all the same, and nobody hears it.
        """
        number = self.begin(region, replica, step)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        return await self._waiting[number]

    async def sleep(self, seconds: float) -> None:
        """Let time pass, as `asyncio.sleep` does."""
        await asyncio.sleep(seconds)

    def pass_time(self, seconds: float | None) -> None:
        """Let time pass to the next answer, or by so many seconds if none comes before."""
        self.count()
        now = round(self._play.now * US_PER_SECOND)
        if seconds is None and self._play.due is None:
            raise BadMove("it waits for something that never comes: no attempt is under way, no sleep")
        until = None
        if seconds is not None:
            until = min(math.ceil(now + seconds * US_PER_SECOND - _ROUNDING_US) / US_PER_SECOND, LONGEST_S)
        for answer in self._play.wait(until):
            future = self._waiting.pop(answer.of, None)
            if future is not None and not future.done():
                future.set_result(answer)


class _Clock:
    """Stands where a loop has its selector: nothing is ever read, and to wait is to let time pass."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None or timeout > 0:
            self._transport.pass_time(timeout)
        return []


class _Loop(asyncio.BaseEventLoop):
    """An event loop in virtual time, without a file of its own."""

    def __init__(self, transport: AsyncTransport) -> None:
        super().__init__()
        self._transport = transport
        self._selector = _Clock(transport)

    def time(self) -> float:
        return self._transport.time()

    def _process_events(self, events: list[Any]) -> None:
        """Nothing: no event ever comes from outside."""


def run(code: AsyncCode, transport: AsyncTransport) -> int | None:
    """Run asynchronous code to its end, in a loop of its own; return the status that it returns."""

    async def main() -> int | None:
        return await code(transport)

    with asyncio.Runner(loop_factory=lambda: _Loop(transport)) as runner:
        return runner.run(main())
