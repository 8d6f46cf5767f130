"""The way to a value in a document: how a query names it, and what is found at its end."""

from __future__ import annotations

import re
from typing import Any

from cosmos_retry.gateway.answer import ServiceError

MISSING = object()
_NAME = r"[A-Za-z_]\w*"
PATH = rf"{_NAME}(?:\s*\.\s*{_NAME}|\[\"[^\"\\]*\"\]|\['[^'\\]*'\])*"
_STEP = re.compile(r"\.\s*(\w+)|\[[\"']([^\"']*)[\"']\]")


def steps(path: str, root: str) -> list[str]:
    """Return the names along a path that begins with `root`; raises ServiceError 400 for any other."""
    if re.split(r"[\s.\[]", path, maxsplit=1)[0] != root:
        raise ServiceError(400, "The query names a source that it does not have.")
    return [dotted or quoted for dotted, quoted in _STEP.findall(path)]


def at(document: Any, path: list[str]) -> Any:
    """Return what a path leads to in a document, or MISSING."""
    for step in path:
        if not isinstance(document, dict) or step not in document:
            return MISSING
        document = document[step]
    return document
