"""A repeated key: JSON permits an object to name a key twice, and msgspec silently keeps the last value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from cosmos_retry.wellformed import Fault

_UNTYPED = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()


def repeated_key(line: bytes, read: msgspec.Struct) -> Fault | None:
    """Return the fault of the first object in `line` that names a key twice, or None.

    `read` is what msgspec made of the line.
    """
    # Without escapes, a line has one colon for each key and those in its text.  So it repeats no key where
    # what was decoded, encoded again, has as many: first without the keys that only repeat a default
    # (cheap, because typed), then with them.  Only a line that fails both is read slowly.
    if b"\\" not in line:
        colons = line.count(b":")
        if _ENCODER.encode(read).count(b":") == colons:
            return None
        if _ENCODER.encode(_UNTYPED.decode(line)).count(b":") == colons:
            return None
    # Numbers are left as text: Python refuses to convert integers of thousands of digits.
    document = json.loads(line, object_pairs_hook=_Pairs, parse_int=str, parse_float=str)
    place = next(_repeats(document, ""), None)
    return None if place is None else Fault(place, "appears twice in one object; permitted: each key once")


class _Pairs(list[tuple[str, Any]]):
    """The keys and values of a JSON object, with its repetitions."""


def _repeats(value: Any, path: str) -> Iterator[str]:
    """Yield the JSON path of each key that its object has named before."""
    if isinstance(value, _Pairs):
        seen: set[str] = set()
        for key, inner in value:
            place = f"{path}.{key}" if path else key
            if key in seen:
                yield place
            seen.add(key)
            yield from _repeats(inner, place)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _repeats(inner, f"{path}[{index}]")
