"""Entries: the arrays of tables that the contract's TOML files consist of, checked one by one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs
import msgspec

from cosmos_retry.errors import ContractError

_AT_FIELD = re.compile(r" - at `\$\.?(\w+).*`$")
_MISSING = re.compile(r"required field `(\w+)`")

T = TypeVar("T")


def read_table(path: Path) -> dict[str, Any]:
    """Return a TOML file as it stands.  Raises `ContractError` where it cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContractError(str(path), "-", "-", error.strerror or "not readable") from None
    except UnicodeDecodeError as error:
        raise ContractError(str(path), f"byte {error.start}", "-", "not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ContractError(str(path), "-", "-", f"not TOML: {error}") from None


def read_entries(path: Path, array: str, shape: type[T], lists: tuple[str, ...] = ()) -> list[T]:
    """Return the entries `[[array]]` of a TOML file as records of the attrs class `shape`, in file order.

    Where a field named in `lists` holds one value instead of a list, it counts as a list of one.  Raises
    `ContractError` for a key that is unknown, a field that is missing, and a value of the wrong type.
    """
    table = read_table(path)
    for key in table:
        if key != array:
            raise ContractError(str(path), "-", key, f"unknown key, the file holds [[{array}]] and no more")
    entries = table.get(array, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ContractError(str(path), "-", array, f"must be an array of tables, [[{array}]]")
    return [_record(path, number, entry, shape, lists) for number, entry in enumerate(entries, start=1)]


def _record(path: Path, number: int, entry: Mapping[str, Any], shape: type[T], lists: tuple[str, ...]) -> T:
    name = str(entry.get("id", f"entry {number}"))
    known = {field.name for field in attrs.fields(shape)}  # type: ignore[arg-type]
    for key in entry:
        if key not in known:
            raise ContractError(str(path), name, key, "unknown key")
    whole = {
        key: [value] if key in lists and not isinstance(value, list) else value
        for key, value in entry.items()
    }
    try:
        return msgspec.convert(whole, shape)
    except msgspec.ValidationError as error:
        reason = str(error)
        field = _AT_FIELD.search(reason) or _MISSING.search(reason)
        reason = _AT_FIELD.sub("", reason)
        raise ContractError(str(path), name, field.group(1) if field else "-", reason) from None
