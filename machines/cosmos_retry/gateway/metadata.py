"""What a client reads before its first document: account, databases, containers, ranges, query plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cosmos_retry.gateway.account import Account
from cosmos_retry.gateway.answer import Answer, ServiceError, error, reply
from cosmos_retry.gateway.describe import (
    ETAG,
    describe_account,
    describe_container,
    describe_database,
    describe_range,
)
from cosmos_retry.gateway.request import Request
from cosmos_retry.gateway.sql import Query
from cosmos_retry.gateway.target import is_query

_ETAG = {"etag": ETAG}
_NOTHING_LEFT: Mapping[str, Any] = {
    "distinctType": "None",
    **dict.fromkeys(("top", "offset", "limit", "dCountInfo")),
    **dict.fromkeys(("orderBy", "orderByExpressions", "groupByExpressions", "groupByAliases"), ()),
    "aggregates": (),
    "groupByAliasToAggregateType": {},
    "rewrittenQuery": "",
    "hasSelectValue": False,
    "hasNonStreamingOrderBy": False,
}


def account(held: Account, request: Request) -> Answer:
    """Describe the account."""
    return reply(200, describe_account(held))


def databases(held: Account, request: Request) -> Answer:
    """Create, read, list or delete databases."""
    names, method = request.target.names, request.method
    if len(names) == 2:
        database = held.database(names[1])
        if method == "DELETE":
            del held.databases[database.name]
            return Answer(204)
        if method == "GET":
            return reply(200, describe_database(database), _ETAG)
    elif method == "POST" and not is_query(request.headers):
        return reply(201, describe_database(held.add_database(request.fields().get("id"))), _ETAG)
    elif method == "GET" or is_query(request.headers):
        found = [describe_database(database) for database in held.databases.values()]
        return reply(200, _feed("", "Databases", _selected(request, found)))
    return _unsupported(request)


def containers(held: Account, request: Request) -> Answer:
    """Create, read, list or delete containers."""
    names, method = request.target.names, request.method
    database = held.database(names[1])
    if len(names) == 4:
        container = held.container(names[1], names[3])
        if method == "DELETE":
            del database.containers[container.name]
            return Answer(204)
        if method == "GET":
            return reply(200, describe_container(database, container), _ETAG)
    elif method == "POST" and not is_query(request.headers):
        asked = request.fields()
        container = held.add_container(database, asked.get("id"), _partition_key(asked))
        return reply(201, describe_container(database, container), _ETAG)
    elif method == "GET" or is_query(request.headers):
        found = [describe_container(database, container) for container in database.containers.values()]
        return reply(200, _feed(database.rid, "DocumentCollections", _selected(request, found)))
    return _unsupported(request)


def ranges(held: Account, request: Request) -> Answer:
    """List the partition key ranges; 304 to a client that has them."""
    _, name, _, container_name = request.target.names[:4]
    database, container = held.database(name), held.container(name, container_name)
    if request.headers.get("if-none-match") in (ETAG, "*"):
        return Answer(304, headers=_ETAG)
    return reply(
        200, _feed(container.rid, "PartitionKeyRanges", [describe_range(database, container)]), _ETAG
    )


def plan(held: Account, request: Request) -> Answer:
    """Plan a query: over all of the container's one partition, with nothing left for the client to do."""
    held.container(request.target.names[1], request.target.names[3])
    query_of(request)
    everything = {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}
    return reply(
        200,
        {"partitionedQueryExecutionInfoVersion": 2, "queryInfo": _NOTHING_LEFT, "queryRanges": [everything]},
    )


def other(held: Account, request: Request) -> Answer:
    """Say that the gateway does not play this."""
    return _unsupported(request)


def query_of(request: Request) -> Query:
    """Return the query in a request's body; raises ServiceError 400."""
    asked = request.fields()
    parameters = asked.get("parameters") or []
    if not isinstance(parameters, list) or not all(isinstance(one, dict) for one in parameters):
        raise ServiceError(400, "The parameters of a query are an array of objects.")
    return Query(asked.get("query"), {str(one.get("name")): one.get("value") for one in parameters})


def _unsupported(request: Request) -> Answer:
    return error(400, f"This gateway does not play {request.method} {'/'.join(request.target.names)[:100]}.")


def _selected(request: Request, found: list[dict[str, Any]]) -> list[Any]:
    if not is_query(request.headers):
        return found
    query = query_of(request)
    return [query.project(one) for one in found if query.takes(one)]


def _feed(rid: str, what: str, found: list[Any]) -> dict[str, Any]:
    return {"_rid": rid, what: found, "_count": len(found)}


def _partition_key(asked: Mapping[str, Any]) -> str:
    match asked.get("partitionKey"):
        case {"paths": [str(path)]} if path.startswith("/") and len(path) > 1:
            return path
    raise ServiceError(400, "A container has one path as its partition key.")


PLAYS: dict[str, Callable[[Account, Request], Answer]] = {
    "account": account,
    "database": databases,
    "container": containers,
    "pkranges": ranges,
    "query_plan": plan,
    "other": other,
}
