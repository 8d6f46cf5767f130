"""Progress: how far a run is, for whoever looks on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from cosmos_retry.excerpt import one_line
from cosmos_retry.stand.record import Record


class Progress:
    """How far a run is: a line that changes on a terminal; in a log, nothing before the end."""

    def __init__(self, name: str, all_of_them: int, before: int) -> None:
        self._name, self._all, self._before = name, all_of_them, before
        self._began = time.monotonic()
        self._done = 0
        self.problems = 0
        self._is_shown = sys.stderr is not None and sys.stderr.isatty()

    def show(self, record: Record) -> None:
        """Count a record."""
        self._done += 1
        if record.problem is not None:
            self.problems += 1
            self._clear()
            print(one_line(f"{self._name} {record.scenario.id}: {record.problem}"), file=sys.stderr)
        if self._is_shown:
            text = f"{self._name}: {self._before + self._done} of {self._all}  {record.scenario.id}"
            print(f"\r\x1b[K{one_line(text)[:100]}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        self._clear()

    def summary(self) -> str:
        """Return what was done, in a line."""
        return ", ".join(self._parts())

    def _parts(self) -> Iterator[str]:
        seconds = time.monotonic() - self._began
        yield f"{self._name}: {self._before + self._done} of {self._all} scenarios"
        if self._before:
            yield f"{self._before} of them recorded before"
        if self.problems:
            yield f"{self.problems} with a problem"
        yield f"{seconds:.0f} s"

    def _clear(self) -> None:
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
