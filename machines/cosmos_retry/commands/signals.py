"""The signals that end a command, taken so that what it has started is ended, too."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import NoReturn

_NAMES = ("SIGTERM", "SIGHUP")  # Ctrl-C is an exception already
_BY_A_SIGNAL = 128  # added to its number, the exit status that shells give


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise `SystemExit` at the first signal that ends the command, so that its cleaning up is done."""
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]

    def end(number: int, frame: FrameType | None) -> NoReturn:
        for one in numbers:
            signal.signal(one, signal.SIG_IGN)
        raise SystemExit(_BY_A_SIGNAL + number)

    with ExitStack() as stack:
        for number in numbers:
            stack.callback(signal.signal, number, signal.signal(number, end))
        yield
