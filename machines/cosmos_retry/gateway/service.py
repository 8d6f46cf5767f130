"""The service: carries a request out on an account and says what it answers.  It knows nothing of faults."""

from __future__ import annotations

import attrs

from cosmos_retry.gateway import items, metadata, session
from cosmos_retry.gateway.account import PARTITION, Account
from cosmos_retry.gateway.answer import Answer, ServiceError
from cosmos_retry.gateway.documents import Change
from cosmos_retry.gateway.fault import DOCUMENTS, WRITES
from cosmos_retry.gateway.request import Request

WRITE_FORBIDDEN = 3


@attrs.frozen
class Outcome:
    """What became of a request: the answer, and the changes that it made, with their container's path."""

    answer: Answer
    container: str = ""
    changes: tuple[Change, ...] = ()


def carry_out(account: Account, request: Request) -> Outcome:
    """Carry a request out.  Raises nothing: what the service refuses is an answer too."""
    kind = request.target.kind
    try:
        if kind in WRITES and not account.takes_writes(request.region):
            raise ServiceError(403, "This region takes no writes.", WRITE_FORBIDDEN)
        if kind not in DOCUMENTS:
            return Outcome(metadata.PLAYS[kind](account, request))
        return _on_documents(account, request)
    except ServiceError as refused:
        return Outcome(refused.answer)


def _on_documents(account: Account, request: Request) -> Outcome:
    _, database, _, name = request.target.names[:4]
    home = account.database(database)
    container = account.container(database, name)
    documents = container.documents
    session.check(account.scene.consistency, request, documents.lsn)
    documents.changes.clear()
    try:
        answer = items.PLAYS[request.target.kind](documents, request)
    except ServiceError as refused:
        answer = refused.answer
    path = f"{home.name}/{container.name}"
    answer = answer.with_headers(
        {
            "x-ms-session-token": session.token(documents.lsn),
            "x-ms-alt-content-path": f"dbs/{home.name}/colls/{container.name}",
            "x-ms-content-path": container.rid,
            "x-ms-documentdb-partitionkeyrangeid": PARTITION,
            "lsn": str(documents.lsn),
        }
    )
    return Outcome(answer, path, tuple(documents.changes))
