"""The queries that the gateway can answer: everything or some fields, of the documents that pass a filter.

`SELECT * FROM c WHERE c.id = @id AND c.n >= 3`.  Anything else is refused with a 400, as a query with a
mistake is: never answered wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cosmos_retry.gateway.answer import ServiceError
from cosmos_retry.gateway.filters import Filter, Filters
from cosmos_retry.gateway.way import MISSING, PATH, at, steps

_SELECT = re.compile(
    rf"\s*SELECT\s+(?P<value>VALUE\s+)?(?P<what>\*|{PATH}(?:\s*,\s*{PATH})*)\s+FROM\s+(?P<root>\w+)"
    r"(?:\s+(?:AS\s+)?(?!WHERE\b)(?P<alias>[A-Za-z_]\w*))?(?:\s+WHERE\b(?P<where>.+?))?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"\s*(?:FROM\s+(?P<root>\w+)\s+)?WHERE\b(?P<where>.+?)\s*", re.IGNORECASE | re.DOTALL)


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
        self._paths = [] if self._star else [steps(p.strip(), self._root) for p in found["what"].split(",")]
        if self._value and len(self._paths) != 1:
            raise ServiceError(400, "SELECT VALUE takes one path.")
        where = found["where"]
        self._filter: Filter | None = Filters(where, self._root, parameters).whole() if where else None

    def takes(self, document: Mapping[str, Any]) -> bool:
        """Whether the document passes the filter, and has what a SELECT VALUE asks for."""
        if self._filter is not None and not self._filter(document):
            return False
        return not self._value or at(document, self._paths[0]) is not MISSING

    def project(self, document: Mapping[str, Any]) -> Any:
        """Return what the query selects of a document that it takes."""
        if self._star:
            return document
        if self._value:
            return at(document, self._paths[0])
        found = {path[-1] if path else self._root: at(document, path) for path in self._paths}
        return {name: value for name, value in found.items() if value is not MISSING}


def condition(text: object) -> Filter:
    """Return the filter of a patch's condition, `from c where c.n = 1`; raises ServiceError 400."""
    found = _CONDITION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ServiceError(400, "Syntax error in the condition of a patch.")
    return Filters(found["where"], found["root"] or "c", {}).whole()
