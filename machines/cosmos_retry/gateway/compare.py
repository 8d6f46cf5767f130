"""Comparing two values of JSON as a query does: values of different types never compare."""

from __future__ import annotations

import operator
from typing import Any

_EQUALITY = {"=": operator.eq, "!=": operator.ne, "<>": operator.ne}
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_ORDERED = ("number", str)
SIGNS = frozenset({*_EQUALITY, *_ORDER})


def holds(sign: str, actual: Any, value: Any) -> bool:
    """Whether a comparison holds; one of different types does not, not even as a difference."""
    if (kind := _type(actual)) != _type(value):
        return False
    if sign in _EQUALITY:
        return bool(_EQUALITY[sign](actual, value))
    return kind in _ORDERED and bool(_ORDER[sign](actual, value))


def _type(value: Any) -> object:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value)
