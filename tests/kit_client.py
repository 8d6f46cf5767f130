"""The Python example client as code under test: its wire is the kit's transport."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cosmos_retry.testing import Surfaced, Transport
from cosmos_retry.trace import Failure, Step
from cosmos_retry.units import US_PER_SECOND

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "python"


def _example() -> tuple[Any, Any]:
    """Import the example's two files, which find each other by their bare names."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        import bugs  # type: ignore[import-not-found]
        import client  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(EXAMPLE))
    return bugs, client


BUGS_FILE, CLIENT_FILE = _example()


class Wire:
    """What the example sends by: it sleeps when it is to send, and counts whole microseconds."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._waiting = 0
        self.now = 0

    def sleep_until(self, at: int) -> None:
        """Send nothing before this time."""
        self.now = max(self.now, at)

    def send(self, region: str, replica: int | None, step: Step | None) -> None:
        """Send a request."""
        self._catch_up()
        self._transport.begin(region, replica, step)
        self._waiting += 1

    def answers(self) -> Iterator[Any]:
        """Yield the answers to all that was sent, as they come."""
        while self._waiting:
            event = self._transport.answer()
            self._waiting -= 1
            self.now = round(self._transport.time() * US_PER_SECOND)
            if isinstance(event, Failure):
                yield CLIENT_FILE.Answer(cause=event.cause, sent=event.sent)
            else:
                asked = None if event.retry_after_ms is None else round(event.retry_after_ms * 1000)
                yield CLIENT_FILE.Answer(event.status, event.substatus, asked)

    def read_account(self) -> list[str]:
        """Read the account."""
        self._catch_up()
        return self._transport.read_account()

    def _catch_up(self) -> None:
        self._transport.sleep(self.now / US_PER_SECOND - self._transport.time())


def example(bug: str | None = None) -> Callable[[Transport], int]:
    """Return the example client, with one of its bugs or with none."""

    def run(transport: Transport) -> int:
        config, client = transport.config, CLIENT_FILE.Client()
        if bug is not None:
            client.request = BUGS_FILE.BUGS[bug]
        retries, window = config.throttle_max_retries, config.throttle_max_wait_us
        settings = CLIENT_FILE.Config(
            operation=config.operation,
            direct=config.mode == "direct",
            level=config.consistency,
            regions=list(config.regions),
            write_regions=list(config.write_regions),
            preferred=list(config.preferred),
            use_multiple_write_locations=config.use_multiple_write_locations,
            throttle_retries=9 if retries is None else retries,
            throttle_window=30 * US_PER_SECOND if window is None else window,
            needs=transport.needs,
            pages=transport.pages,
        )
        try:
            return int(client.run(settings, Wire(transport)))
        except CLIENT_FILE.Surfaced as error:
            raise Surfaced(*error.args) from None

    return run
