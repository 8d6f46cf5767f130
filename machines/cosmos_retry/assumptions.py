"""The assumptions: every place where the documents are silent or in conflict, and how it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from cosmos_retry.entries import read_entries
from cosmos_retry.errors import ContractError


@attrs.frozen
class Assumption:
    """One hole or conflict: the question, the readings that the words permit, the one chosen, and why."""

    id: str
    question: str
    readings: tuple[str, ...]
    choice: str
    why: str
    clauses: tuple[str, ...] = ()
    kind: str = "hole"


def load_assumptions(spec: Path) -> Mapping[str, Assumption]:
    """Return the register in `spec/assumptions.toml` by id.  Raises `ContractError` for a broken entry."""
    file = spec / "assumptions.toml"
    found: dict[str, Assumption] = {}
    for entry in read_entries(file, "assumption", Assumption):
        if entry.id in found:
            raise ContractError(str(file), entry.id, "id", "used before")
        if len(entry.readings) < 2:
            raise ContractError(str(file), entry.id, "readings", "an assumption has at least two readings")
        if entry.kind not in ("hole", "conflict"):
            raise ContractError(str(file), entry.id, "kind", "must be hole or conflict")
        found[entry.id] = entry
    return found
