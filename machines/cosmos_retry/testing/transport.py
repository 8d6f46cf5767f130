"""A transport in virtual time, for ordinary code: it sends, sleeps and tells the time, and nothing else does.

>>> answer = transport.send("West US")
>>> transport.sleep(1.0)
"""

from __future__ import annotations

from collections.abc import Sequence

from cosmos_retry.harness.endings import Answer
from cosmos_retry.harness.messages import MOST_MOVES
from cosmos_retry.harness.play import ClientEvent, Play
from cosmos_retry.harness.record import BadMove
from cosmos_retry.testing.client import Stopped
from cosmos_retry.trace import AccountRefresh, AddressRefresh, Attempt, Step
from cosmos_retry.units import US_PER_SECOND, seconds_to_us


class Wire:
    """What both transports share: the moves that take no time, and the clock."""

    def __init__(self, play: Play, needs: Sequence[Step] = (), pages: int = 1) -> None:
        """Take the play, the metadata calls that come before the operation, and the pages of a query."""
        self.config = play.config
        self.needs = tuple(needs)
        self.pages = pages
        self._play = play
        self._calls = 0

    def time(self) -> float:
        """Return the time in seconds since the operation began."""
        return self._play.now

    def begin(self, region: str | None = None, replica: int | None = None, step: Step | None = None) -> int:
        """Send a request and do not wait for its answer; return the attempt's number, from 1."""
        self.make(Attempt(t=self.time(), region=region, replica=replica, step=step))
        return self._play.attempts

    def refresh_addresses(self) -> None:
        """Have the replicas' addresses resolved again; it takes no time."""
        self.make(AddressRefresh(t=self.time()))

    def read_account(self) -> list[str]:
        """Read the account again; return its write regions.  It takes no time."""
        self.make(AccountRefresh(t=self.time()))
        read = self._play.events[-1]
        return list(read.write_regions or ()) if isinstance(read, AccountRefresh) else []

    def make(self, event: ClientEvent) -> None:
        """Make a move; leaves the code where it was the last one."""
        self.count()
        if self._play.move(event).violates:
            raise Stopped

    def count(self) -> None:
        """Count what the code does.  Raises `BadMove` where it goes on and on, `Stopped` after the end."""
        if self._play.over:
            raise Stopped
        self._calls += 1
        if self._calls > MOST_MOVES:
            raise BadMove(f"no end was reached within {MOST_MOVES} moves")


class Transport(Wire):
    """A transport for code that blocks."""

    def __init__(self, play: Play, needs: Sequence[Step] = (), pages: int = 1) -> None:
        """Take what `Wire` takes."""
        super().__init__(play, needs, pages)
        self._come: list[Answer] = []

    def send(self, region: str | None = None, replica: int | None = None, step: Step | None = None) -> Answer:
        """Send a request and return its answer: a response, or a failure with its cause and `sent`."""
        number = self.begin(region, replica, step)
        while True:
            for answer in self._come:
                if answer.of == number:
                    self._come.remove(answer)
                    return answer
            self._wait()

    def answer(self) -> Answer:
        """Return the next answer to what `begin` sent.  Raises `BadMove` where nothing is under way."""
        while not self._come:
            self._wait()
        return self._come.pop(0)

    def sleep(self, seconds: float) -> None:
        """Let time pass; answers that come meanwhile are kept for `answer`.  In no time none comes."""
        self.count()
        end = seconds_to_us(self.time() + max(0.0, seconds)) / US_PER_SECOND
        while self.time() < end:
            self._wait(end)

    def _wait(self, until: float | None = None) -> None:
        self.count()
        self._come += self._play.wait(until)
