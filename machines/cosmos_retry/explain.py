"""An explanation: what the decoder says of a line that is no trace, put as a field and a plain reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
from msgspec import inspect

from cosmos_retry.excerpt import LONGEST, excerpt, one_line, plain
from cosmos_retry.trace import Event, Trace
from cosmos_retry.wellformed import Fault

_FORMAT = inspect.type_info(Trace)
_MISSING = "Object missing required field `"
_UNKNOWN = "Object contains unknown field `"
_KINDS = inspect.LiteralType(tuple(str(part.__struct_config__.tag) for part in get_args(Event)))
_NOT_JSON = "is not JSON: "


def explain(line: bytes, error: Exception) -> Fault:
    """Return the field and the reason for what msgspec raised when it decoded `line` as a trace.

    `line` is read once more, without the types: a line that is not JSON is reported as such first, even
    where the decoder met something else before it came that far.
    """
    if isinstance(error, UnicodeDecodeError):
        return Fault("", "is not UTF-8 text")
    if isinstance(error, RecursionError):
        return Fault("", "is nested too deeply to be a trace")
    if not isinstance(error, msgspec.ValidationError):
        return Fault("", _not_json(str(error)))
    try:
        return _typed(error, _untyped(line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as worse:
        return explain(line, worse)


def _untyped(line: bytes) -> Any:
    """Return the JSON of a line, whatever it is; raises DecodeError, but never ValidationError."""
    try:
        return msgspec.json.decode(line)
    except msgspec.ValidationError:  # a number is too large for msgspec, which calls that a wrong type
        try:
            return json.loads(line, parse_int=float)
        except ValueError as error:
            raise msgspec.DecodeError(one_line(str(error))) from None


def _not_json(message: str) -> str:
    if message == "Input data was truncated":
        return _NOT_JSON + "it ends too early; permitted: one whole object on each line"
    if message.startswith("JSON is malformed: trailing characters"):
        return _NOT_JSON + "something follows the first value; permitted: one object on each line"
    if match := re.fullmatch(r"JSON is malformed: (.*) \(byte (\d+)\)", message):
        return f"{_NOT_JSON}{match[1]} at byte {int(match[2]) + 1} of the line"
    return _NOT_JSON + message


def _typed(error: msgspec.ValidationError, found: Any) -> Fault:
    """Explain JSON that does not have the shape of a trace; `found` is the whole of it."""
    complaint, _, path = str(error).rpartition(" - at `$")
    if not complaint:
        complaint, path = path, ""
    path = path.rstrip("`").lstrip(".")
    permitted, found = _at(path, found)
    for prefix in (_MISSING, _UNKNOWN):
        if complaint.startswith(prefix):
            name = one_line(complaint.removeprefix(prefix).removesuffix("`")[:LONGEST])
            field = f"{path}.{name}" if path else name
            if prefix == _MISSING:
                return Fault(field, f"is missing; needed: {_describe(_step(permitted, name))}")
            return Fault(field, f"is no key of the format; permitted: {', '.join(_keys(permitted))}")
    if complaint.endswith("out of range"):
        return Fault(path, f"the number is too large; permitted: {_describe(permitted)}")
    wanted = _describe(permitted) if path else "JSON Lines, one object on each line"
    return Fault(path, f"{excerpt(found)} is not permitted; permitted: {wanted}")


def _at(path: str, found: Any) -> tuple[inspect.Type | None, Any]:
    """Return the type that the format has at a path, and the value that was found there."""
    kind: inspect.Type | None = _select(_FORMAT, found)
    for key, number in re.findall(r"(\w+)|\[(\d+)\]", path):
        step = key or int(number)
        kind = _step(kind, step)
        try:
            found = found[step]
        except (TypeError, LookupError):
            found = None
        kind = _select(kind, found)
    return kind, found


def _step(kind: inspect.Type | None, step: str | int) -> inspect.Type | None:
    """Return the type of one key or one element of `kind`, or None where it has no such thing."""
    if isinstance(kind, inspect.ListType):
        return kind.item_type
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            if field.encode_name == step:
                return field.type
    return _KINDS if step == "kind" else None


def _bare(kind: inspect.Type | None) -> inspect.Type | None:
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _select(kind: inspect.Type | None, found: Any) -> inspect.Type | None:
    """Return the member of a union that the value means, by its `kind`; any other type as it is."""
    kind = _bare(kind)
    if isinstance(kind, inspect.UnionType) and isinstance(found, dict):
        for member in kind.types:
            if isinstance(member, inspect.StructType) and member.tag == found.get("kind"):
                return member
    return kind


def _keys(kind: inspect.Type | None) -> Iterator[str]:
    """The keys of an object of this type."""
    if isinstance(kind, inspect.StructType):
        if kind.tag_field:
            yield kind.tag_field
        yield from (field.encode_name for field in kind.fields)


def _describe(kind: inspect.Type | None) -> str:
    """Say in words which values a type permits."""
    match _bare(kind):
        case inspect.StrType(min_length=1):
            return "text of one character or more"
        case inspect.StrType():
            return "text"
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType(ge=low, le=high):
            return "a whole number" + _bounds(low, high)
        case inspect.FloatType(ge=low, le=high):
            return "a number" + _bounds(low, high)
        case inspect.LiteralType(values=values):
            *others, last = map(str, values)
            return f"{', '.join(others)} or {last}" if others else last
        case inspect.ListType():
            return "an array"
        case inspect.UnionType(types=types):
            named = [_describe(member) for member in types if not isinstance(member, inspect.NoneType)]
            return named[0] + (", or null" if len(named) < len(types) else "")
    return "an object"


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return ""
    return f" of {plain(low)} or more" if high is None else f" from {plain(low)} to {plain(high)}"
