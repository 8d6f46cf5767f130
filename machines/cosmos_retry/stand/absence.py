"""Absence: why a client could not be had, left beside the records for whoever reports on them."""

from __future__ import annotations

from pathlib import Path

from cosmos_retry.excerpt import one_line

ENDING = ".unavailable"
_LONGEST = 1000  # bytes of a reason


def leave(out: Path, client: str, reason: str) -> None:
    """Leave word in the stand's folder that a client could not be had.  Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    _file(out, client).write_text(one_line(reason) + "\n", encoding="utf-8", errors="backslashreplace")


def clear(out: Path, client: str) -> None:
    """Take that word back: the client is there.  Raises OSError."""
    _file(out, client).unlink(missing_ok=True)


def absences(out: Path) -> dict[str, str]:
    """Return the reasons in a folder of the stand by the names of the clients.  Raises OSError."""
    found = {}
    for file in sorted(out.glob(f"*{ENDING}")):
        with file.open("rb") as text:
            said = text.read(_LONGEST).decode("utf-8", "replace").strip()
        found[file.name.removesuffix(ENDING)] = one_line(said)
    return found


def _file(out: Path, client: str) -> Path:
    return out / f"{client}{ENDING}"
