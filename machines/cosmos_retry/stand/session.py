"""A session: one client, the scenarios that it has yet to go through, and the file of its records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from cosmos_retry.stand.lane import Run, start
from cosmos_retry.stand.process import Adapter
from cosmos_retry.stand.progress import Progress
from cosmos_retry.stand.record import Made, Played, Record
from cosmos_retry.stand.running import run
from cosmos_retry.stand.store import NAME, Store, read_records

_LONGEST = 60  # characters of a version in the name of a folder


@attrs.frozen
class Session:
    """How a client is run, its process, who it is, its records, and which scenarios are left of how many."""

    how: Run
    adapter: Adapter
    made: Made
    path: Path
    left: tuple[Played, ...]
    all_of_them: int

    def go(self) -> Progress:
        """Run what is left and keep each record; return how far it came.  Raises OSError."""
        before = self.all_of_them - len(self.left)
        progress = Progress(f"{self.made.name} {self.made.version}", self.all_of_them, before)
        try:
            with Store(self.path) as store:

                def keep(record: Record) -> None:
                    store.add(record)
                    progress.show(record)

                run(self.how, self.made, self.left, keep, self.adapter)
        finally:
            self.adapter.end()
            progress.end()
        return progress


def session(how: Run, scenarios: Sequence[Played], out: Path, note: Callable[[str], None]) -> Session:
    """Return the session of a client; what was recorded before is not run again.

    A record with a problem counts for nothing, and neither does one of another clock, or of another scenario
    that had the id.  `note` is told of lines that cannot be read.  Raises AdapterError where the client does
    not start, and OSError.
    """
    adapter = start(how.client)
    said = adapter.introduction
    made = Made(how.client.name, said.version, said.language)
    version = "".join(c if c.isalnum() or c in ".+_-" else "_" for c in made.version)[:_LONGEST]
    path = out / f"{made.name}-{version or 'unknown'}" / NAME
    try:
        known = read_records(path, note)
    except OSError:
        adapter.end()
        raise
    held = {
        name: one.scenario for name, one in known.items() if one.problem is None and one.clock == how.clock
    }
    left = tuple(one for one in scenarios if held.get(one.id) != one)
    return Session(how, adapter, made, path, left, len(scenarios))
