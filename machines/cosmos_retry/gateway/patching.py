"""Patching: the operations of a partial update, applied to a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cosmos_retry.gateway.answer import ServiceError
from cosmos_retry.gateway.documents import Document

MOST = 10  # operations in one patch
_HALF = 2**63


def patched(document: Document, operations: object) -> Document:
    """Apply the operations of a patch in order to `document`, which is changed, and return it.

    Raises ServiceError 400 for an operation that is malformed or does not apply.
    """
    if not isinstance(operations, list) or not 0 < len(operations) <= MOST:
        raise ServiceError(400, f"A patch has one to {MOST} operations.")
    for operation in operations:
        _apply(document, operation)
    return document


def _apply(document: Document, operation: object) -> None:
    if not isinstance(operation, dict):
        raise ServiceError(400, "An operation of a patch is an object.")
    what = operation.get("op")
    holder, name = _place(document, operation.get("path"))
    match what:
        case "add" | "set":
            _put(holder, name, _value(operation), inserts=what == "add")
        case "replace":
            _get(holder, name)
            _put(holder, name, _value(operation), inserts=False)
        case "remove":
            _get(holder, name)
            del holder[name]
        case "incr":
            _put(holder, name, _sum(holder, name, _value(operation)), inserts=False)
        case "move":
            source, source_name = _place(document, operation.get("from"))
            value = _get(source, source_name)
            del source[source_name]
            _put(*_place(document, operation.get("path")), value, inserts=True)
        case _:
            raise ServiceError(400, f"A patch has no operation {what!r:.40}.")


def _value(operation: Mapping[str, Any]) -> Any:
    if "value" not in operation:
        raise ServiceError(400, "This operation of a patch needs a value.")
    return operation["value"]


def _place(document: Document, path: object) -> tuple[Any, Any]:
    """Return the object or array that holds what a path names, and the name or index in it."""
    if not isinstance(path, str) or not path.startswith("/") or len(path) < 2:
        raise ServiceError(400, "The path of a patch begins with a slash and names something.")
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/")]
    holder: Any = document
    for part in way:
        holder = _get(holder, _name(holder, part))
    return holder, _name(holder, last)


def _name(holder: Any, part: str) -> Any:
    if isinstance(holder, dict):
        return part
    if isinstance(holder, list) and part == "-":
        return len(holder)
    if isinstance(holder, list) and part.isascii() and part.isdigit() and len(part) < 10:
        return int(part)
    raise ServiceError(400, "The path of a patch leads nowhere.")


def _get(holder: Any, name: Any) -> Any:
    try:
        return holder[name]
    except (KeyError, IndexError):
        raise ServiceError(400, "The path of a patch leads nowhere.") from None


def _put(holder: Any, name: Any, value: Any, *, inserts: bool) -> None:
    if isinstance(holder, list):
        if name > len(holder):
            raise ServiceError(400, "The index of a patch is past the end of its array.")
        holder[name : name if inserts else name + 1] = [value]
    else:
        holder[name] = value


def _sum(holder: Any, name: Any, value: Any) -> Any:
    present: Sequence[Any] = holder[name : name + 1] if isinstance(holder, list) else [holder.get(name, 0)]
    old = present[0] if present else 0
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in (old, value)):
        raise ServiceError(400, "Only a number is incremented, by a number.")
    total = old + value
    # Past 64 bits a number of JSON is a float, as it is to the service.
    return total if isinstance(total, float) or -_HALF <= total < _HALF else float(total)
