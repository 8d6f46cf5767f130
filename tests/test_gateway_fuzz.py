"""Whatever is sent, the gateway answers it, and never tells of a write what is not so."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import gateway_talk as talk
from cosmos_retry.gateway import Scene
from cosmos_retry.gateway.account import Account
from cosmos_retry.gateway.request import Request
from cosmos_retry.gateway.service import carry_out
from cosmos_retry.gateway.target import target

WEST = "West US"
TEXTS = (
    *[
        "id",
        "pk",
        "n",
        "a",
        "1",
        "new",
        "op",
        "set",
        "incr",
        "move",
        "remove",
        "add",
        "path",
        "value",
        "from",
        "/n",
        "/l/0",
        "/-",
        "operations",
        "condition",
    ],
    *[
        "operationType",
        "Create",
        "Patch",
        "Delete",
        "Read",
        "Replace",
        "Upsert",
        "resourceBody",
        "query",
        "parameters",
        "name",
    ],
    *("partitionKey", "paths", "/pk", "from c where c.n = 1", "SELECT * FROM c WHERE c.n"),
    "SELECT c.id FROM c WHERE c.n IN (1, 'a')",
)
HEADERS = (
    *["prefer", "if-match", "if-none-match", "x-ms-max-item-count", "x-ms-continuation", "content-type"],
    *["x-ms-documentdb-partitionkey", "x-ms-session-token", "x-ms-consistency-level"],
    *["x-ms-documentdb-is-upsert", "x-ms-cosmos-is-batch-request", "x-ms-cosmos-is-query-plan-request"],
)
SAID = ('["a"]', "[{}]", "True", "0:-1#2", "0:-1#9999", "Session", "*", "-1", "3", "from:2", "[")
NAMES = ("dbs", "db", "colls", "items", "docs", "sprocs", "create_document", "pkranges", "1", "%2F", "")
words = st.sampled_from(TEXTS)
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(width=16) | words | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5),
    max_leaves=12,
)
headers = st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(SAID) | st.text(), max_size=4)
paths = st.lists(st.sampled_from(NAMES) | st.text(max_size=5), max_size=8).map(
    lambda names: "/" + "/".join(names)
)
methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])


def account() -> Account:
    """An account with two documents."""
    documents: list[dict[str, Any]] = [{"id": "1", "pk": "a", "n": 1, "l": [1]}, {"id": "2", "pk": "a"}]
    return Account("account", Scene(documents={"db/items": documents}), lambda region: f"http://{region}/")


def ask(held: Account, method: str, path: str, given: dict[str, str], body: bytes) -> None:
    """Carry one request out, and hold what came of it against the store."""
    documents = held.container("db", "items").documents
    before, lsn = dict(documents.items), documents.lsn
    outcome = carry_out(held, Request(method, target(method, path, given), given, body, WEST))
    assert 200 <= outcome.answer.status < 500
    assert not (outcome.changes and outcome.answer.status >= 400)
    if not outcome.changes:
        assert (documents.items, documents.lsn) == (before, lsn)
    else:
        assert documents.lsn == outcome.changes[-1].lsn == lsn + len(outcome.changes)
        touched = {(change.partition_key, change.document) for change in outcome.changes}
        assert {
            key for key in {**before, **documents.items} if before.get(key) != documents.items.get(key)
        } <= touched


@given(methods, paths, headers, st.binary(max_size=50) | values.map(lambda value: json.dumps(value).encode()))
def test_any_request_has_an_answer(method: str, path: str, given: dict[str, str], body: bytes) -> None:
    """A request of any shape is answered below 500, and changes nothing but what it says it changed."""
    ask(account(), method, path, given, body)


@given(st.sampled_from(sorted(talk.ASKED)), headers, values)
def test_any_body_of_any_operation_has_an_answer(kind: str, more: dict[str, str], body: Any) -> None:
    """Each kind of operation, with a body of the right words in the wrong places, likewise."""
    method, path, given, _ = talk.ASKED[kind]
    ask(account(), method, path, {**given, **more}, json.dumps(body).encode())


operations = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "set", "replace", "remove", "incr", "move"])},
        optional={
            "path": st.sampled_from(["/n", "/l/0", "/l/-", "/l/9", "/x/y", "/id", "/pk", "/", "n", "/l/x"]),
            "from": st.sampled_from(["/n", "/l/0", "/l", "/missing"]),
            "value": values,
        },
    ),
    max_size=4,
)


@given(operations)
def test_any_patch_has_an_answer(operations: list[dict[str, Any]]) -> None:
    """A patch of well-known operations in any order is carried out whole or not at all."""
    method, path, given, _ = talk.ASKED["patch"]
    ask(account(), method, path, given, json.dumps({"operations": operations}).encode())
