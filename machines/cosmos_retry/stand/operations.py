"""The operations of the stand: what a client is asked to do, and what the gateway calls it."""

from __future__ import annotations

from typing import Any

from cosmos_retry.trace import Operation

KIND: dict[Operation, str] = {
    "point_read": "read",
    "query": "query",
    "create": "create",
    "upsert": "upsert",
    "replace": "replace",
    "delete": "delete",
    "patch": "patch",
    "transactional_batch": "batch",
    "stored_procedure": "execute",
}
OF_KIND = {kind: operation for operation, kind in KIND.items()}
SUCCESS = {"create": 201, "delete": 204}  # the status of a success that nobody saw; others have 200
HOME, KEY = "db/items", "one"
THERE = {"id": "there", "pk": KEY, "n": 0}  # the document that the account holds
NEW = {"id": "new", "pk": KEY, "n": 0}
_ON_THERE = ("point_read", "replace", "delete", "patch", "upsert")


def work(operation: Operation) -> dict[str, Any]:
    """Return what a client needs to know to perform an operation: the parts of `perform` in spec/stand.md."""
    asked: dict[str, Any] = {"partition_key": KEY, "document": {**THERE, "n": 1}, "id": "there"}
    if operation not in _ON_THERE:
        asked |= {"document": NEW, "id": "new"}
    match operation:
        case "query":
            query = "SELECT * FROM c WHERE c.pk = @pk"
            asked |= {"query": query, "parameters": [{"name": "@pk", "value": KEY}]}
        case "patch":
            asked["patch"] = [{"op": "incr", "path": "/n", "value": 1}]
        case "transactional_batch":
            asked["batch"] = [NEW, {**NEW, "id": "new-too"}]
        case "stored_procedure":
            # Without an id: the procedure gives it one, so that each run leaves a document of its own.
            asked |= {"procedure": "create_document", "arguments": [{"pk": KEY}]}
    return asked
