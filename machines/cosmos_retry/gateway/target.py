"""A target: which kind of operation a request is, and what it is about, told from its head alone."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

import attrs

_SINGLE = {"GET": "read", "PUT": "replace", "DELETE": "delete", "PATCH": "patch"}
_QUERY = "application/query+json"


@attrs.frozen
class Target:
    """What a request is about.

    names: the path as names and ids, decoded: `("dbs", "db", "colls", "items", "docs", "1")`.
    kind: one of `fault.KINDS`.
    """

    kind: str
    names: tuple[str, ...]

    @property
    def document(self) -> str | None:
        """The id of the document that the path names."""
        return self.names[5] if len(self.names) == 6 and self.names[4] == "docs" else None

    @property
    def is_feed(self) -> bool:
        """Whether the path names a collection of things, not one."""
        return len(self.names) % 2 == 1


def target(method: str, raw_path: str, headers: Mapping[str, str]) -> Target:
    """Return what a request is about; `raw_path` is as it came, with its escapes, `headers` ignore case."""
    path = raw_path.partition("?")[0].encode(errors="replace").decode()  # bytes that are no text
    names = tuple(unquote(name) for name in path.split("/") if name)
    return Target(_kind(method, names, headers), names)


def _kind(method: str, names: tuple[str, ...], headers: Mapping[str, str]) -> str:
    match names:
        case ():
            return "account" if method == "GET" else "other"
        case ("dbs",) | ("dbs", _):
            return "database"
        case ("dbs", _, "colls") | ("dbs", _, "colls", _):
            return "container"
        case ("dbs", _, "colls", _, "pkranges"):
            return "pkranges"
        case ("dbs", _, "colls", _, "docs"):
            return _of_documents(method, headers)
        case ("dbs", _, "colls", _, "docs", _):
            return _SINGLE.get(method, "other")
        case ("dbs", _, "colls", _, "sprocs", _) if method == "POST":
            return "execute"
    return "other"


def _of_documents(method: str, headers: Mapping[str, str]) -> str:
    if method == "GET":
        return "query"  # a feed: a query for everything
    if method != "POST":
        return "other"
    if is_true(headers, "x-ms-cosmos-is-query-plan-request"):
        return "query_plan"
    if is_query(headers):
        return "query"
    if is_true(headers, "x-ms-cosmos-is-batch-request"):
        return "batch"
    return "upsert" if is_true(headers, "x-ms-documentdb-is-upsert") else "create"


def is_query(headers: Mapping[str, str]) -> bool:
    """Whether a POST asks a query and adds nothing."""
    by_type = headers.get("content-type", "").lower().startswith(_QUERY)
    return by_type or is_true(headers, "x-ms-documentdb-isquery")


def is_true(headers: Mapping[str, str], name: str) -> bool:
    """Whether a header says yes; clients write True, true and TRUE."""
    return headers.get(name, "").lower() == "true"
