"""Sections: the tables of the plan, each entry checked and made a record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs
import msgspec

from cosmos_retry.errors import ContractError

T = TypeVar("T")
_AT_FIELD = re.compile(r" - at `\$\.?(\w+).*`$")
_MISSING = re.compile(r"required field `(\w+)`")
# The id of a slice is the name of its files, so it must not leave its directory on any file system.
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def named_entries(file: Path, table: Mapping[str, Any], section: str, shape: type[T]) -> dict[str, T]:
    """Return the tables `[section.name]` by name, as records of the attrs class `shape`.

    Raises `ContractError` for a key that is unknown, a field that is missing, and a value of a wrong type.
    """
    entries = table.get(section, {})
    if not isinstance(entries, dict):
        raise ContractError(str(file), "-", section, f"must be tables, [{section}.name]")
    return {name: _record(file, f"{section}.{name}", entry, shape) for name, entry in entries.items()}


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
        record = _record(file, name, entry, shape)
        if not _ID.fullmatch(name):
            raise ContractError(str(file), name, "id", "must be words in lower case, joined by hyphens")
        if name in found:
            raise ContractError(str(file), name, "id", "used before")
        found[name] = record
    return list(found.values())


def _record(file: Path, name: str, entry: Any, shape: type[T]) -> T:
    if not isinstance(entry, dict):
        raise ContractError(str(file), name, "-", "must be a table")
    known = {field.name for field in attrs.fields(shape)}  # type: ignore[arg-type]
    for key in entry:
        if key not in known:
            raise ContractError(str(file), name, key, "unknown key")
    try:
        return msgspec.convert(entry, shape)
    except msgspec.ValidationError as error:
        match = _AT_FIELD.search(str(error)) or _MISSING.search(str(error))
        reason = _AT_FIELD.sub("", str(error))
        raise ContractError(str(file), name, match.group(1) if match else "-", reason) from None
