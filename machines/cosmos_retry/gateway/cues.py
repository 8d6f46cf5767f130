"""Cues: which entry of the script a request meets, and how often each was met."""

from __future__ import annotations

from collections.abc import Sequence

from cosmos_retry.gateway.fault import ANY, CONNECT, DOCUMENTS, Scripted


class Cues:
    """The script of one scene as it is used up."""

    def __init__(self, script: Sequence[Scripted]) -> None:
        self.script = tuple(script)
        self.used = dict.fromkeys(range(len(self.script)), 0)
        self._passed = dict.fromkeys(self.used, 0)

    def take(self, kind: str, places: Sequence[str], has_session: bool = False) -> int | None:
        """Return the place in the script of the entry that a request meets, from 0, or None.

        places: the region that plays the request, and the port that it came by.  The first entry that fits,
        has let its share pass and is not used up takes it; an entry before it that lets it pass has counted.
        """
        for place, entry in enumerate(self.script):
            if not _fits(entry, kind, places, has_session):
                continue
            if entry.limit is not None and self.used[place] >= entry.limit:
                continue
            if self._passed[place] < entry.skip:
                self._passed[place] += 1
                continue
            self.used[place] += 1
            return place
        return None

    def unconsumed(self) -> tuple[Scripted, ...]:
        """Return the entries that were met less often than they say; without a number, never."""
        return tuple(
            entry for place, entry in enumerate(self.script) if self.used[place] < (entry.limit or 1)
        )


def _fits(entry: Scripted, kind: str, places: Sequence[str], has_session: bool) -> bool:
    if entry.region != ANY and entry.region not in places:
        return False
    # A connection is no operation: "*" leaves it alone.
    if entry.op != kind and (entry.op != ANY or kind == CONNECT):
        return False
    return not entry.fault.stale or (has_session and kind in DOCUMENTS)
