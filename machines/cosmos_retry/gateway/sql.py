"""The queries that the gateway can answer: everything, some fields, and filters joined by AND.

`SELECT * FROM c WHERE c.id = @id AND c.n >= 3`: comparisons of a path with a literal or a parameter, or
`IS_DEFINED(c.x)`.  Anything else is refused with a 400, as a query with a mistake is: never answered wrongly.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cosmos_retry.gateway.answer import ServiceError

Filter = Callable[[Mapping[str, Any]], bool]
_MISSING = object()
_NAME = r"[A-Za-z_]\w*"
_PATH = rf"{_NAME}(?:\.{_NAME}|\[\"[^\"\\]*\"\]|\['[^'\\]*'\])*"
_VALUE = r"@\w+|\"(?:[^\"\\]|\\.)*\"|'[^'\\]*'|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null"
_SELECT = re.compile(
    rf"\s*SELECT\s+(?P<value>VALUE\s+)?(?P<what>\*|{_PATH}(?:\s*,\s*{_PATH})*)\s+FROM\s+(?P<root>{_NAME})"
    rf"(?:\s+(?:AS\s+)?(?!WHERE\b)(?P<alias>{_NAME}))?(?:\s+WHERE\s+(?P<where>.+?))?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_WHERE = re.compile(
    rf"\s*(?:FROM\s+(?P<root>{_NAME})\s+)?WHERE\s+(?P<where>.+?)\s*", re.IGNORECASE | re.DOTALL
)
_TEST = re.compile(
    rf"\s*(?:(?P<path>{_PATH})\s*(?P<op>!=|<>|<=|>=|=|<|>)\s*(?P<value>{_VALUE})"
    rf"|IS_DEFINED\s*\(\s*(?P<defined>{_PATH})\s*\))\s*(?P<more>AND\b|$)",
    re.IGNORECASE,
)
_STEP = re.compile(r"\.(\w+)|\[[\"']([^\"']*)[\"']\]")
_COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


_EQUALITY = (operator.eq, operator.ne)
_ORDERED = ("number", str)


class Query:
    """A query, ready to be put to documents.  Raises ServiceError 400 for one that cannot be answered."""

    def __init__(self, text: object, parameters: Mapping[str, Any]) -> None:
        """Take the text, and the parameters by name, the sign @ included."""
        found = _SELECT.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise ServiceError(400, "Syntax error, or more of the query language than this gateway plays.")
        self._root = found["alias"] or found["root"]
        self._star = found["what"] == "*"
        self._value = found["value"] is not None
        self._paths = [] if self._star else [_steps(p.strip(), self._root) for p in found["what"].split(",")]
        if self._value and len(self._paths) != 1:
            raise ServiceError(400, "SELECT VALUE takes one path.")
        self._filter = _filter(found["where"] or "", self._root, parameters)

    def takes(self, document: Mapping[str, Any]) -> bool:
        """Whether the document passes the filter."""
        return self._filter(document)

    def project(self, document: Mapping[str, Any]) -> Any:
        """Return what the query selects of a document that it takes."""
        if self._star:
            return document
        if self._value:
            return _at(document, self._paths[0], None)
        found = {path[-1] if path else self._root: _at(document, path, _MISSING) for path in self._paths}
        return {name: value for name, value in found.items() if value is not _MISSING}


def condition(text: object) -> Filter:
    """Return the filter of a patch's condition, `from c where c.n = 1`; raises ServiceError 400."""
    found = _WHERE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ServiceError(400, "Syntax error in the condition of a patch.")
    return _filter(found["where"], found["root"] or "c", {})


def _filter(text: str, root: str, parameters: Mapping[str, Any]) -> Filter:
    tests: list[Filter] = []
    at, more = 0, bool(text)
    while more:
        if (found := _TEST.match(text, at)) is None:
            raise ServiceError(400, "This gateway plays only comparisons joined by AND.")
        at, more = found.end(), bool(found["more"])
        tests.append(_test(found, root, parameters))
    return lambda document: all(test(document) for test in tests)


def _test(found: re.Match[str], root: str, parameters: Mapping[str, Any]) -> Filter:
    if found["defined"]:
        path = _steps(found["defined"], root)
        return lambda document: _at(document, path, _MISSING) is not _MISSING
    path, compare = _steps(found["path"], root), _COMPARE[found["op"]]
    value = _literal(found["value"], parameters)

    def holds(document: Mapping[str, Any]) -> bool:
        actual = _at(document, path, _MISSING)
        # Values of different types never compare, not even as different.
        if (kind := _type(actual)) != _type(value) or (kind not in _ORDERED and compare not in _EQUALITY):
            return False
        return bool(compare(actual, value))

    return holds


def _literal(text: str, parameters: Mapping[str, Any]) -> Any:
    if text.startswith("@"):
        if text not in parameters:
            raise ServiceError(400, "The query names a parameter that was not given.")
        return parameters[text]
    if text.startswith("'"):
        return text[1:-1]
    try:
        return msgspec.json.decode(text if text.startswith('"') else text.lower())
    except msgspec.DecodeError:
        raise ServiceError(400, "Syntax error in a value of the query.") from None


def _steps(path: str, root: str) -> list[str]:
    name = re.split(r"[.\[]", path, maxsplit=1)[0]
    if name != root:
        raise ServiceError(400, "The query names a source that it does not have.")
    return [dotted or quoted for dotted, quoted in _STEP.findall(path)]


def _at(document: Any, steps: list[str], missing: Any) -> Any:
    for step in steps:
        if not isinstance(document, dict) or step not in document:
            return missing
        document = document[step]
    return document


def _type(value: Any) -> object:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value)
