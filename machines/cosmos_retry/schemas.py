"""The schemas: what msgspec tells of our types, as JSON Schema documents that every validator takes."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_OF_OPENAPI = "discriminator"  # no word of JSON Schema: strict validators refuse it, and it forbids nothing


def document(found: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema (draft 2020-12) document; `found` has its `$defs`, described by docstrings."""
    for part in found["$defs"].values():
        if "description" in part:
            part["description"] = cleandoc(part["description"])
    plain: dict[str, Any] = _plain({"$schema": _DRAFT, **found})
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _plain(inner)
            for key, inner in value.items()
            if not (key == _OF_OPENAPI and "propertyName" in inner)
        }
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
