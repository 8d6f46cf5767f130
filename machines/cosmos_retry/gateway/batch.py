"""A transactional batch: several operations on one partition, of which all take place or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cosmos_retry.gateway.answer import ServiceError
from cosmos_retry.gateway.documents import Document, Documents
from cosmos_retry.gateway.patching import patched
from cosmos_retry.gateway.sql import condition

MOST = 100  # operations in one batch
FAILED_DEPENDENCY = 424
Result = dict[str, Any]


def transact(documents: Documents, partition: str, operations: object) -> tuple[list[Result], bool]:
    """Carry out the operations, or none of them; return a result for each, and whether it was done.

    Where one fails, its result has its status, and all others have 424.  Raises ServiceError 400 for what
    is no batch.
    """
    if not isinstance(operations, list) or not 0 < len(operations) <= MOST:
        raise ServiceError(400, f"A batch has one to {MOST} operations.")
    items, lsn = dict(documents.items), documents.lsn
    results: list[Result] = []
    for operation in operations:
        try:
            results.append(_one(documents, partition, operation))
        except ServiceError as refused:
            documents.items, documents.lsn = items, lsn
            documents.changes.clear()
            failed: list[Result] = [_result(FAILED_DEPENDENCY) for _ in operations]
            failed[len(results)] = _result(refused.answer.status)
            return failed, False
    return results, True


def _one(documents: Documents, partition: str, operation: object) -> Result:
    if not isinstance(operation, dict):
        raise ServiceError(400, "An operation of a batch is an object.")
    if_match = operation.get("ifMatch")
    match operation.get("operationType"):
        case "Create":
            sent = _sent(operation)
            return _result(201, documents.create(documents.key_of(sent, partition), sent))
        case "Upsert":
            sent = _sent(operation)
            found, is_new = documents.upsert(documents.key_of(sent, partition), sent, if_match)
            return _result(201 if is_new else 200, found)
        case "Replace":
            sent = _sent(operation)
            key = partition, _id(operation)
            return _result(200, documents.replace(key, documents.key_of(sent, partition), sent, if_match))
        case "Patch":
            sent, key = _sent(operation), (partition, _id(operation))
            if "condition" in sent and not condition(sent["condition"])(documents.read(key)):
                raise ServiceError(412, "The condition of the patch does not hold.")
            changed = documents.patch(key, lambda held: patched(held, sent.get("operations")), if_match)
            return _result(200, changed)
        case "Delete":
            documents.delete((partition, _id(operation)), if_match)
            return _result(204)
        case "Read":
            return _result(200, documents.read((partition, _id(operation))))
    raise ServiceError(400, "A batch has no such operation.")


def _sent(operation: Mapping[str, Any]) -> Document:
    if not isinstance(sent := operation.get("resourceBody"), dict):
        raise ServiceError(400, "This operation of a batch needs a body.")
    return sent


def _id(operation: Mapping[str, Any]) -> str:
    if not isinstance(name := operation.get("id"), str):
        raise ServiceError(400, "This operation of a batch needs an id.")
    return name


def _result(status: int, document: Document | None = None) -> Result:
    result: Result = {"statusCode": status, "requestCharge": 1.0}
    if document is not None:
        result |= {"eTag": document["_etag"], "resourceBody": document}
    return result
