"""The processes of this machine, as Linux tells of them; tests that look for what was left behind need it."""

from pathlib import Path

import attrs
import pytest

PROC = Path("/proc")
needs_proc = pytest.mark.skipif(not (PROC / "self/stat").exists(), reason="processes are looked up in /proc")


@attrs.frozen
class Process:
    """A process: its number, its parent's, and its command."""

    number: int
    parent: int
    command: str


def processes() -> list[Process]:
    """Return the processes that run now; one that ends meanwhile, or is dead already, is not there."""
    found = []
    for place in PROC.glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            # After the name, which may hold anything, come the state and the parent.
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if command:
            found.append(Process(int(place.name), parent, command))
    return found
