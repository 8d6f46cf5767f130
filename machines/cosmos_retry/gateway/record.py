"""The record: what was played, as JSON Lines, each line written as soon as it is known."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import attrs
import msgspec

from cosmos_retry.gateway.fault import Scripted
from cosmos_retry.gateway.played import Applied, Arrival, Place, Played
from cosmos_retry.gateway.scene import Scene


class Record:
    """Writes to a file that is open and unbuffered, so that a kill costs no line that was written.

    A file that takes no more, such as a full disk, does not end the scene: `error` says what it said.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def begin(self, scene: Scene, place: Place) -> None:
        """Write the scene and where it is played; the account's key is left out."""
        where = attrs.asdict(place, filter=attrs.filters.exclude("key"))
        account = {"regions": scene.regions, "write_regions": scene.write_regions}
        script = [entry_json(entry) for entry in scene.faults]
        given = {"account": account, "consistency": scene.consistency, "fault_script": script}
        self._line("scene", {"place": where, **given, "refuse": scene.refused})

    def witness(self, kind: str, what: Arrival | Applied) -> None:
        """Write what a gateway tells its witness."""
        self._line(kind, attrs.asdict(what))

    def end(self, played: Played) -> None:
        """Write what became of each fault, and the counts: a record with this line is whole."""
        self._line("played", summary(played))

    def _line(self, kind: str, fields: dict[str, Any]) -> None:
        if self.error is not None:
            return
        try:
            self._file.write(json.dumps({"record": kind, **fields}).encode() + b"\n")
        except OSError as error:
            self.error = error


def summary(played: Played) -> dict[str, Any]:
    """Return what became of each fault, and the counts, as JSON."""
    return {
        "used": list(played.used.values()),
        "unconsumed": [entry_json(entry) for entry in played.unconsumed],
        "arrivals": len(played.arrivals),
        "applied": len(played.applied),
        "late": len(played.late),
        "turned_away": played.turned_away,
        "seconds": played.seconds,
    }


def entry_json(entry: Scripted) -> dict[str, Any]:
    """Return an entry of a script as it is written in a file."""
    found: dict[str, Any] = msgspec.to_builtins(entry)
    return found
