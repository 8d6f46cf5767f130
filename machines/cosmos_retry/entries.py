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
NO_WORDS: Mapping[str, str] = {}


def read_table(path: Path) -> dict[str, Any]:
    """Return a TOML file as it stands.  Raises `ContractError` where it cannot be read or is not TOML."""
    try:
        text = path.read_text(encoding="utf-8")
        if text.startswith("\ufeff"):
            raise ContractError(str(path), "line 1", "-", "not TOML: begins with a byte order mark")
        return tomllib.loads(text)
    except OSError as error:
        raise ContractError(str(path), "-", "-", error.strerror or "not readable") from None
    except UnicodeDecodeError as error:
        raise ContractError(str(path), f"byte {error.start}", "-", "not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ContractError(str(path), "-", "-", f"not TOML: {error}") from None
    except RecursionError:
        raise ContractError(str(path), "-", "-", "not TOML that can be read: nested too deeply") from None
    except ValueError as error:  # Python's own limit of digits
        raise ContractError(str(path), "-", "-", f"not TOML that can be read: {error}") from None


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
    found = []
    for number, entry in enumerate(entries, start=1):
        whole = {
            key: [value] if key in lists and not isinstance(value, list) else value
            for key, value in entry.items()
        }
        found.append(record(path, str(entry.get("id", f"entry {number}")), whole, shape))
    return found


def named_entries(
    path: Path, table: Mapping[str, Any], section: str, shape: type[T], words: Mapping[str, str] = NO_WORDS
) -> dict[str, T]:
    """Return the tables `[section.name]` by name, as records of the attrs class `shape`; see `record`."""
    entries = table.get(section, {})
    if not isinstance(entries, dict):
        raise ContractError(str(path), "-", section, f"must be tables, [{section}.name]")
    return {name: record(path, f"{section}.{name}", entry, shape, words) for name, entry in entries.items()}


def record(path: Path, name: str, entry: Any, shape: type[T], words: Mapping[str, str] = NO_WORDS) -> T:
    """Return one table of a file as a record of the attrs class `shape`.

    `name` is what an error calls the entry.  `words` are keys that are words of Python, each with the field
    that carries it.  Raises `ContractError` for an unknown key, a missing field, a value of the wrong type.
    """
    if not isinstance(entry, Mapping):
        raise ContractError(str(path), name, "-", "must be a table")
    key_of = {field: key for key, field in words.items()}
    known = {key_of.get(field.name, field.name) for field in attrs.fields(shape)}  # type: ignore[arg-type]
    for key in entry:
        if key not in known:
            raise ContractError(str(path), name, key, "unknown key")
    try:
        return msgspec.convert({words.get(key, key): value for key, value in entry.items()}, shape)
    except msgspec.ValidationError as error:
        match = _AT_FIELD.search(str(error)) or _MISSING.search(str(error))
        field = match.group(1) if match else "-"
        reason = _AT_FIELD.sub("", str(error)).replace(f"`{field}`", f"`{key_of.get(field, field)}`")
        raise ContractError(str(path), name, key_of.get(field, field), reason) from None
