"""Operations on documents: each takes a container's documents and a request, and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import uuid4

from cosmos_retry.gateway import batch, metadata
from cosmos_retry.gateway.answer import Answer, ServiceError, error, reply
from cosmos_retry.gateway.documents import Document, Documents, Key
from cosmos_retry.gateway.patching import patched
from cosmos_retry.gateway.request import Request
from cosmos_retry.gateway.sql import condition

PROCEDURE = "create_document"
PAGE = 100  # documents on a page where the client asks for no other number
MOST = 1000  # documents on a page at the most


def read(documents: Documents, request: Request) -> Answer:
    """Read a document; 304 to a client that has this etag."""
    found = documents.read(_key(documents, request))
    if request.headers.get("if-none-match") == found["_etag"]:
        return Answer(304, headers={"etag": found["_etag"]})
    return _document(200, request, found)


def create(documents: Documents, request: Request) -> Answer:
    """Create a document."""
    sent = request.fields()
    return _document(201, request, documents.create(documents.key_of(sent, request.partition()), sent))


def upsert(documents: Documents, request: Request) -> Answer:
    """Create or replace a document."""
    sent = request.fields()
    key = documents.key_of(sent, request.partition())
    found, is_new = documents.upsert(key, sent, request.headers.get("if-match"))
    return _document(201 if is_new else 200, request, found)


def replace(documents: Documents, request: Request) -> Answer:
    """Replace a document."""
    sent = request.fields()
    new = documents.key_of(sent, None)
    found = documents.replace(_key(documents, request), new, sent, request.headers.get("if-match"))
    return _document(200, request, found)


def patch(documents: Documents, request: Request) -> Answer:
    """Change parts of a document; the body is an object with the operations, or the operations alone."""
    sent = request.json()
    asked = sent if isinstance(sent, dict) else {"operations": sent}
    key = _key(documents, request)
    if "condition" in asked and not condition(asked["condition"])(documents.read(key)):
        raise ServiceError(412, "The condition of the patch does not hold.")
    found = documents.patch(
        key, lambda held: patched(held, asked.get("operations")), request.headers.get("if-match")
    )
    return _document(200, request, found)


def delete(documents: Documents, request: Request) -> Answer:
    """Delete a document."""
    documents.delete(_key(documents, request), request.headers.get("if-match"))
    return Answer(204)


def transact(documents: Documents, request: Request) -> Answer:
    """Carry out a transactional batch: all of it or nothing."""
    if (home := request.partition()) is None:
        raise ServiceError(400, "A batch names its partition key.")
    results, is_done = batch.transact(documents, home, request.json())
    return reply(200 if is_done else 207, results)


def execute(documents: Documents, request: Request) -> Answer:
    """Execute the one stored procedure that there is: it creates the document that is its first parameter.

    A document without an id gets one, so that a procedure that is executed twice leaves two documents.
    """
    if request.target.names[5] != PROCEDURE:
        raise ServiceError(404, f"There is one stored procedure, {PROCEDURE}.")
    given = request.json()
    if not isinstance(given, list) or not given or not isinstance(given[0], dict):
        raise ServiceError(400, f"The first parameter of {PROCEDURE} is a document.")
    sent = {"id": str(uuid4()), **given[0]}
    try:
        found = documents.create(documents.key_of(sent, request.partition()), sent)
    except ServiceError as refused:
        return error(400, f"The procedure raised an error: {refused.args[1]}")
    return reply(200, found)


def query(documents: Documents, request: Request) -> Answer:
    """Answer one page of a query, or of a feed of everything, in the order of creation."""
    asked = metadata.query_of(request) if request.method == "POST" else None
    home = request.partition()
    found = [one for (where, _), one in documents.items.items() if home in (None, where)]
    selected = [asked.project(one) for one in found if asked.takes(one)] if asked else found
    start, size = _page(request.headers)
    page = selected[start : start + size]
    headers = {"x-ms-item-count": str(len(page))}
    if start + size < len(selected):
        headers["x-ms-continuation"] = f"from:{start + size}"
    return reply(200, {"_rid": documents.rid, "Documents": page, "_count": len(page)}, headers)


def _key(documents: Documents, request: Request) -> Key:
    name = request.target.names[5]
    if (home := request.partition()) is not None:
        return home, name
    raise ServiceError(400, "The request names no partition key.")


def _page(headers: Mapping[str, str]) -> tuple[int, int]:
    """Return where a page starts and how many documents it holds at the most."""
    try:
        size = int(headers.get("x-ms-max-item-count") or -1)
        start = int((headers.get("x-ms-continuation") or "from:0").removeprefix("from:"))
    except ValueError:
        raise ServiceError(400, "The continuation or the size of the page is none.") from None
    return max(start, 0), min(size, MOST) if size > 0 else PAGE


def _document(status: int, request: Request, found: Document) -> Answer:
    headers = {"etag": found["_etag"]}
    if request.method != "GET" and request.headers.get("prefer", "").lower() == "return=minimal":
        return Answer(status, headers=headers)
    return reply(status, found, headers)


PLAYS: dict[str, Callable[[Documents, Request], Answer]] = {
    "read": read,
    "query": query,
    "create": create,
    "upsert": upsert,
    "replace": replace,
    "delete": delete,
    "patch": patch,
    "batch": transact,
    "execute": execute,
}
