"""Sections: the tables of the plan, each entry checked and made a record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from cosmos_retry.entries import record
from cosmos_retry.errors import ContractError

T = TypeVar("T")
# The id of a slice is the name of its files, so it must not leave its directory on any file system.
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def listed_entries(file: Path, table: Mapping[str, Any], section: str, shape: type[T]) -> list[T]:
    """Return the tables `[[section]]` in their order, each with an id of its own; else as `named_entries`."""
    entries = table.get(section, [])
    if not isinstance(entries, list):
        raise ContractError(str(file), "-", section, f"must be an array of tables, [[{section}]]")
    found: dict[str, T] = {}
    for number, entry in enumerate(entries, start=1):
        name = (
            str(entry.get("id", f"{section} {number}")) if isinstance(entry, dict) else f"{section} {number}"
        )
        found_one = record(file, name, entry, shape)
        if not _ID.fullmatch(name):
            raise ContractError(str(file), name, "id", "must be words in lower case, joined by hyphens")
        if name in found:
            raise ContractError(str(file), name, "id", "used before")
        found[name] = found_one
    return list(found.values())
