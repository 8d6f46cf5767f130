"""Filters: the conditions of a query, as functions of a document.

Comparisons of a path with a value or a parameter, `IN`, `IS_DEFINED`, `NOT`, `AND`, `OR`, brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cosmos_retry.gateway.answer import ServiceError
from cosmos_retry.gateway.compare import SIGNS, holds
from cosmos_retry.gateway.way import MISSING, PATH, at, steps

Filter = Callable[[Mapping[str, Any]], bool]
DEEPEST = 50  # brackets and NOTs within each other
_TOKEN = re.compile(
    rf"\s*(?:(?P<value>@\w+|\"(?:[^\"\\]|\\.)*\"|'[^'\\]*'|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
    rf"|(?P<sign>!=|<>|<=|>=|=|<|>|\(|\)|,)|(?P<path>{PATH}))"
)
_CONSTANTS = {"true": True, "false": False, "null": None}


class Filters:
    """Reads one condition, by descent; `root` is the name that stands for the document.

    Raises ServiceError 400 for a mistake, and for what is beyond this part of the query language.
    """

    def __init__(self, text: str, root: str, parameters: Mapping[str, Any]) -> None:
        self._root, self._parameters = root, parameters
        self._tokens: list[tuple[str, str]] = []
        start, end = 0, len(text.rstrip())
        while start < end:
            if (found := _TOKEN.match(text, start)) is None or found.lastgroup is None:
                raise _mistake()
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            start = found.end()
        self._at = 0
        self._depth = 0

    def whole(self) -> Filter:
        """Return the filter of the whole text."""
        found = self._any()
        if self._at < len(self._tokens):
            raise _mistake()
        return found

    def _any(self) -> Filter:
        parts = [self._all()]
        while self._takes("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda document: any(part(document) for part in parts)

    def _all(self) -> Filter:
        parts = [self._one()]
        while self._takes("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda document: all(part(document) for part in parts)

    def _one(self) -> Filter:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _mistake()
        try:
            if self._takes("NOT"):
                inner = self._one()
                return lambda document: not inner(document)
            if self._takes("("):
                inner = self._any()
                self._needs(")")
                return inner
            return self._test()
        finally:
            self._depth -= 1

    def _test(self) -> Filter:
        if self._takes("IS_DEFINED"):
            self._needs("(")
            path = self._path()
            self._needs(")")
            return lambda document: at(document, path) is not MISSING
        path = self._path()
        if self._takes("IN"):
            self._needs("(")
            values = [self._value()]
            while self._takes(","):
                values.append(self._value())
            self._needs(")")
            return lambda document: any(holds("=", at(document, path), value) for value in values)
        kind, sign = self._next()
        if kind != "sign" or sign not in SIGNS:
            raise _mistake()
        value = self._value()
        return lambda document: holds(sign, at(document, path), value)

    def _path(self) -> list[str]:
        kind, text = self._next()
        if kind != "path":
            raise _mistake()
        return steps(text, self._root)

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "path" and text.lower() in _CONSTANTS:
            return _CONSTANTS[text.lower()]
        if kind != "value":
            raise _mistake()
        if text.startswith("@"):
            if text not in self._parameters:
                raise ServiceError(400, "The query names a parameter that was not given.")
            return self._parameters[text]
        if text.startswith("'"):
            return text[1:-1]
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            raise _mistake() from None

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise _mistake()
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][1].upper() == word:
            self._at += 1
            return True
        return False

    def _needs(self, word: str) -> None:
        if not self._takes(word):
            raise _mistake()


def _mistake() -> ServiceError:
    return ServiceError(400, "A syntax error, or more of the query language than this gateway plays.")
