"""The account that the gateway plays answers as a real one: statuses, etags, sessions, pages, batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest

import gateway_talk as talk
from cosmos_retry.gateway import Gateway, GatewayError, Place, Scene

WEST, EAST = "West US", "East US"
CREATE = {"x-ms-documentdb-partitionkey": '["a"]'}
QUERY = {"content-type": "application/query+json"}


@pytest.fixture(scope="module")
def opened() -> Iterator[Gateway]:
    """One gateway for all scenes of this file."""
    with Gateway() as made:
        yield made


@pytest.fixture
def gateway(opened: Gateway) -> Iterator[Gateway]:
    """The gateway; the scene of a test is over when the next one begins."""
    yield opened
    with suppress(GatewayError):
        opened.curtain()


@pytest.fixture
def place(gateway: Gateway) -> Place:
    """An account of two regions with five documents of two partitions."""
    documents = [{"id": str(n), "pk": "b" if n == 4 else "a", "n": n, "deep": {"x": n % 2}} for n in range(5)]
    return gateway.play(Scene(documents={"db/items": documents}))


def do(place: Place, method: str, path: str, body: Any = None, **headers: str) -> talk.Seen:
    """One request at the write region, in the partition "a" unless the headers say otherwise."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return talk.send(place, WEST, method, path, {**CREATE, **given}, body)


def etag(place: Place, id_: str = "1") -> str:
    """The etag of a document."""
    return do(place, "GET", f"{talk.DOCS}/{id_}").headers["etag"]


def found(place: Place, where: str, headers: Mapping[str, str] | None = None, **parameters: Any) -> list[str]:
    """The ids of the documents of all partitions that pass a filter."""
    given = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
    body = {"query": f"SELECT * FROM c {where}", "parameters": given}
    seen = talk.send(place, EAST, "POST", talk.DOCS, {**QUERY, **(headers or {})}, body)
    assert seen.status == 200, seen.body
    return [one["id"] for one in seen.json()["Documents"]]


def test_a_document_lives_and_dies(place: Place) -> None:
    """Created, read, replaced, upserted, deleted, each with its status, and seen in every region at once."""
    path = f"{talk.DOCS}/9"
    assert do(place, "GET", path).status == 404
    created = do(place, "POST", talk.DOCS, {"id": "9", "pk": "a", "n": 1})
    assert (created.status, created.json()["n"]) == (201, 1)
    assert talk.send(place, EAST, "GET", path, CREATE).json() == created.json()
    assert do(place, "POST", talk.DOCS, {"id": "9", "pk": "a"}).status == 409
    replaced = do(place, "PUT", path, {"id": "9", "pk": "a", "n": 2})
    assert (replaced.status, replaced.json()["_rid"]) == (200, created.json()["_rid"])
    assert replaced.headers["etag"] == replaced.json()["_etag"] != created.json()["_etag"]
    again = do(place, "POST", talk.DOCS, {"id": "9", "pk": "a"}, x_ms_documentdb_is_upsert="True")
    assert (again.status, "n" in again.json()) == (200, False)
    new = do(place, "POST", talk.DOCS, {"id": "10", "pk": "a"}, x_ms_documentdb_is_upsert="True")
    assert new.status == 201
    gone = do(place, "DELETE", path)
    assert (gone.status, gone.body) == (204, b"")
    assert {
        do(place, method, path, {"id": "9", "pk": "a"}).status for method in ("GET", "PUT", "DELETE")
    } == {404}


def test_every_applied_write_is_listed(gateway: Gateway, place: Place) -> None:
    """A write that is carried out is listed once with what it did; one that is refused is not."""
    do(place, "POST", talk.DOCS, {"id": "9", "pk": "a"})
    do(place, "POST", talk.DOCS, {"id": "9", "pk": "a"})
    do(place, "POST", talk.DOCS, {"id": "9", "pk": "a"}, x_ms_documentdb_is_upsert="True")
    do(place, "PATCH", f"{talk.DOCS}/9", {"operations": [{"op": "set", "path": "/n", "value": 1}]})
    do(place, "DELETE", f"{talk.DOCS}/9", if_match='"another"')
    do(place, "DELETE", f"{talk.DOCS}/9")
    do(place, "GET", f"{talk.DOCS}/1")
    played = gateway.curtain()
    assert [(one.kind, one.change, one.document, one.arrival) for one in played.applied] == [
        ("create", "create", "9", 1),
        ("upsert", "replace", "9", 3),
        ("patch", "patch", "9", 4),
        ("delete", "delete", "9", 6),
    ]
    assert {(one.container, one.partition_key, one.region) for one in played.applied} == {
        ("db/items", '["a"]', WEST)
    }
    assert [one.lsn for one in played.applied] == sorted({one.lsn for one in played.applied})
    assert [arrival.status for arrival in played.arrivals] == [201, 409, 200, 200, 412, 204, 200]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "UPSERT"])
def test_an_etag_guards_a_write(place: Place, method: str) -> None:
    """If-Match with the document's etag or * passes, with another one it is 412 and nothing changes."""
    bodies = {"PATCH": {"operations": [{"op": "incr", "path": "/n", "value": 1}]}, "DELETE": None}
    body = bodies.get(method, {"id": "1", "pk": "a", "n": 7})
    path, verb, more = f"{talk.DOCS}/1", method, {}
    if method == "UPSERT":
        path, verb, more = talk.DOCS, "POST", {"x_ms_documentdb_is_upsert": "true"}
    before = etag(place)
    assert do(place, verb, path, body, if_match='"another"', **more).status == 412
    assert etag(place) == before
    assert do(place, verb, path, body, if_match=before, **more).status == (204 if verb == "DELETE" else 200)
    if method != "DELETE":
        assert do(place, verb, path, body, if_match="*", **more).status == 200


def test_what_a_client_has_is_not_sent_again(place: Place) -> None:
    """If-None-Match with the present etag is 304 and no body, for a document and for the key ranges."""
    known = do(place, "GET", f"{talk.DOCS}/1", if_none_match=etag(place))
    assert (known.status, known.body) == (304, b"")
    ranges = do(place, "GET", "/dbs/db/colls/items/pkranges")
    assert [one["id"] for one in ranges.json()["PartitionKeyRanges"]] == ["0"]
    known = do(place, "GET", "/dbs/db/colls/items/pkranges", if_none_match=ranges.headers["etag"])
    assert (known.status, known.headers["etag"]) == (304, ranges.headers["etag"])


def test_a_session_read_waits_for_nothing(place: Place) -> None:
    """A write's token passes, one from the future is 404/1002; only a session read looks at it."""
    token = do(place, "POST", talk.DOCS, {"id": "9", "pk": "a"}).headers["x-ms-session-token"]
    partition, _, state = token.partition(":")
    lsn = int(state.removeprefix("-1#"))
    assert (partition, state) == ("0", f"-1#{lsn}")
    path = f"{talk.DOCS}/9"
    for good in (token, f"0:-1#{lsn}#3=7", f"1:-1#{lsn + 9},0:-1#{lsn}", f"0:{lsn}", f"-1#{lsn}"):
        assert do(place, "GET", path, x_ms_session_token=good).status == 200
    late = do(place, "GET", path, x_ms_session_token=f"0:-1#{lsn + 1}")
    assert (late.status, late.substatus) == (404, 1002)
    weaker = {"x_ms_session_token": f"0:-1#{lsn + 1}", "x_ms_consistency_level": "Eventual"}
    assert do(place, "GET", path, **weaker).status == 200
    assert do(place, "GET", path, x_ms_session_token="0:x").status == 400
    assert do(place, "GET", path, x_ms_consistency_level="Strong").status == 400


def test_the_partition_key_is_checked(place: Place) -> None:
    """A key other than the document's is 400/1001; none at all is 400 for one document."""
    other = {"x_ms_documentdb_partitionkey": '["b"]'}
    wrong = do(place, "POST", talk.DOCS, {"id": "9", "pk": "a"}, **other)
    assert (wrong.status, wrong.substatus) == (400, 1001)
    assert do(place, "GET", f"{talk.DOCS}/1", **other).status == 404
    assert do(place, "GET", f"{talk.DOCS}/4", **other).status == 200
    assert do(place, "GET", f"{talk.DOCS}/1", x_ms_documentdb_partitionkey="").status == 400
    assert do(place, "GET", f"{talk.DOCS}/1", x_ms_documentdb_partitionkey="a").status == 400
    none = {"x_ms_documentdb_partitionkey": "[{}]"}
    assert do(place, "POST", talk.DOCS, {"id": "9"}, **none).status == 201
    assert do(place, "GET", f"{talk.DOCS}/9", **none).status == 200
    assert do(place, "PUT", f"{talk.DOCS}/1", {"id": "1", "pk": "b"}).status == 400
    assert do(place, "PUT", f"{talk.DOCS}/1", {"id": "2", "pk": "a"}).status == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 5000, b'{"pk":"a"}', b'{"id":"a/b","pk":"a"}']
)
def test_a_bad_body_is_a_400(gateway: Gateway, place: Place, body: bytes) -> None:
    """What is no document is refused, whatever it is, and nothing is applied."""
    sent = talk.head(place, "POST", talk.DOCS, CREATE, len(body)) + body
    assert talk.exchange(talk.address(place, WEST), sent).status == 400
    assert gateway.curtain().applied == ()


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("", "01234"),
        ("WHERE c.id = @id", "2"),
        ("where c.n >= 3", "34"),
        ("WHERE c.n > 1 AND c.n < 4", "23"),
        ("WHERE c.n = 0 OR c.n = 4", "04"),
        ("WHERE (c.n = 0 OR c.n = 4) AND c.pk = 'b'", "4"),
        ("WHERE c.deep.x = 1", "13"),
        ('WHERE c["deep"]["x"] = 1 AND NOT c.id = "1"', "3"),
        ("WHERE c.id IN ('1', @id)", "12"),
        ("WHERE c.n != 2", "0134"),
        ("WHERE c.n <> 2 AND c.n <= 3", "013"),
        ("WHERE IS_DEFINED(c.n)", "01234"),
        ("WHERE NOT IS_DEFINED(c.missing) AND c.n = 1.0", "1"),
        ("WHERE c.missing != 1", ""),
        ("WHERE c.n = '1'", ""),
        ("WHERE c.n = null OR c.n = true", ""),
        ("WHERE c.deep < c.deep", None),
        ("WHERE c.n = @nothing", None),
        ("WHERE c.n =", None),
        ("WHERE d.n = 1", None),
        ("WHERE c.n = 1 ORDER BY c.n", None),
        ("WHERE " + "(" * 100 + "c.n = 1" + ")" * 100, None),
        ("WHERE " + "NOT " * 3000 + "c.n = 1", None),
    ],
)
def test_a_query_filters_or_is_refused(place: Place, where: str, ids: str | None) -> None:
    """A query is answered rightly or refused with 400; a document never passes by mistake."""
    if ids is not None:
        assert "".join(found(place, where, id="2")) == ids
    else:
        seen = talk.send(place, WEST, "POST", talk.DOCS, QUERY, {"query": f"SELECT * FROM c {where}"})
        assert seen.status == 400


def test_a_query_selects_fields(place: Place) -> None:
    """Some fields, or one value, of the documents of one partition."""
    for text, first in (
        ("SELECT c.id, c.deep FROM c WHERE c.n = 1", {"id": "1", "deep": {"x": 1}}),
        ("SELECT VALUE r.deep.x FROM root r WHERE r.n = 1", 1),
        ("SELECT c.nothing FROM c WHERE c.n = 1", {}),
        ("select * from c where c.n = 1;", None),
    ):
        seen = talk.send(place, WEST, "POST", talk.DOCS, {**QUERY, **CREATE}, {"query": text})
        documents = seen.json()["Documents"]
        assert documents[0]["id"] == "1" if first is None else documents == [first]
    for bad in ("SELECT COUNT(1) FROM c", "SELECT VALUE c.a, c.b FROM c", "DELETE FROM c", 1, None):
        assert talk.send(place, WEST, "POST", talk.DOCS, QUERY, {"query": bad}).status == 400
    assert found(place, "", CREATE) == ["0", "1", "2", "3"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100, -1])
@pytest.mark.parametrize("is_feed", [False, True])
def test_pages_hold_everything_once(place: Place, size: int, is_feed: bool) -> None:
    """Page after page, by continuation, everything comes once and in order, and the last page says so."""
    ids: list[str] = []
    more: dict[str, str] = {}
    while True:
        headers = {"x-ms-max-item-count": str(size), **more}
        if is_feed:
            seen = talk.send(place, WEST, "GET", talk.DOCS, headers)
        else:
            seen = talk.send(
                place, WEST, "POST", talk.DOCS, {**QUERY, **headers}, {"query": "SELECT * FROM c"}
            )
        page = [one["id"] for one in seen.json()["Documents"]]
        assert int(seen.headers["x-ms-item-count"]) == seen.json()["_count"] == len(page)
        assert len(page) == size or "x-ms-continuation" not in seen.headers
        ids += page
        if "x-ms-continuation" not in seen.headers:
            break
        more = {"x-ms-continuation": seen.headers["x-ms-continuation"]}
    assert ids == list("01234")
    assert do(place, "GET", talk.DOCS, x_ms_continuation="x").status == 400


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([{"op": "set", "path": "/a", "value": 1}], {"a": 1}),
        ([{"op": "add", "path": "/l/1", "value": 9}], {"l": [1, 9, 2]}),
        ([{"op": "add", "path": "/l/-", "value": 9}], {"l": [1, 2, 9]}),
        ([{"op": "set", "path": "/l/0", "value": 9}], {"l": [9, 2]}),
        ([{"op": "replace", "path": "/n", "value": 9}], {"n": 9}),
        ([{"op": "remove", "path": "/l/0"}], {"l": [2]}),
        ([{"op": "incr", "path": "/n", "value": 0.5}], {"n": 1.5}),
        ([{"op": "incr", "path": "/m", "value": 2}], {"m": 2}),
        ([{"op": "incr", "path": "/n", "value": 2**63 - 1}], {"n": 2.0**63}),
        ([{"op": "incr", "path": "/l/1", "value": 2}], {"l": [1, 4]}),
        ([{"op": "move", "from": "/n", "path": "/o/n"}], {"o": {"n": 1}}),
        ([{"op": "set", "path": "/a~1b~0", "value": 1}], {"a/b~": 1}),
        ([{"op": "set", "path": "/a", "value": 1}, {"op": "incr", "path": "/a", "value": 1}], {"a": 2}),
        ([], None),
        ([{"op": "set", "path": "/a"}], None),
        ([{"op": "set", "path": "a", "value": 1}], None),
        ([{"op": "bend", "path": "/a", "value": 1}], None),
        ([{"op": "remove", "path": "/missing"}], None),
        ([{"op": "replace", "path": "/missing", "value": 1}], None),
        ([{"op": "set", "path": "/x/y", "value": 1}], None),
        ([{"op": "set", "path": "/n/y", "value": 1}], None),
        ([{"op": "add", "path": "/l/7", "value": 1}], None),
        ([{"op": "incr", "path": "/text", "value": 1}], None),
        ([{"op": "incr", "path": "/n", "value": True}], None),
        ([{"op": "set", "path": "/id", "value": "2"}], None),
        ([{"op": "set", "path": "/pk", "value": "b"}], None),
        (["set"], None),
        ({"op": "set"}, None),
        ([{"op": "set", "path": "/a", "value": 1}] * 11, None),
    ],
)
def test_a_patch_changes_a_part_or_nothing(place: Place, operations: Any, expected: Any) -> None:
    """Each operation of a patch does its part; where one fails, none of them is done."""
    document = {"id": "p", "pk": "a", "n": 1, "l": [1, 2], "o": {}, "text": "t"}
    do(place, "POST", talk.DOCS, document)
    seen = do(place, "PATCH", f"{talk.DOCS}/p", {"operations": operations})
    now = do(place, "GET", f"{talk.DOCS}/p").json()
    if expected is None:
        assert seen.status == 400
        assert {key: now[key] for key in document} == document
    else:
        assert (seen.status, seen.json()) == (200, now)
        assert {key: now[key] for key in expected} == expected


def test_a_patch_may_have_a_condition(place: Place) -> None:
    """The condition holds or the patch is 412; the operations alone, as a body, are a patch as well."""
    operations = [{"op": "incr", "path": "/n", "value": 1}]
    path = f"{talk.DOCS}/1"
    for text, status in (("from c where c.n = 1", 200), ("from c where c.n = 1", 412), ("from c", 400)):
        assert do(place, "PATCH", path, {"operations": operations, "condition": text}).status == status
    assert do(place, "PATCH", path, operations).json()["n"] == 3


def batch(place: Place, *operations: Any) -> tuple[int | None, list[int]]:
    """The status of a batch in the partition "a", and those of its operations."""
    seen = do(place, "POST", talk.DOCS, list(operations), x_ms_cosmos_is_batch_request="True")
    return seen.status, [one["statusCode"] for one in seen.json()] if seen.status != 400 else []


def test_a_batch_is_done_whole(gateway: Gateway, place: Place) -> None:
    """Every kind of operation goes into a batch, and each document that it changed is listed."""
    document = {"id": "9", "pk": "a"}
    patch = {"operations": [{"op": "incr", "path": "/n", "value": 1}], "condition": "from c where c.n = 2"}
    done = batch(
        place,
        {"operationType": "Create", "resourceBody": document},
        {"operationType": "Upsert", "resourceBody": document},
        {"operationType": "Upsert", "resourceBody": {"id": "8", "pk": "a"}},
        {"operationType": "Replace", "id": "9", "resourceBody": document, "ifMatch": "*"},
        {"operationType": "Patch", "id": "2", "resourceBody": patch},
        {"operationType": "Read", "id": "1"},
        {"operationType": "Delete", "id": "0"},
    )
    assert done == (200, [201, 200, 201, 200, 200, 200, 204])
    played = gateway.curtain()
    assert [one.document for one in played.applied] == ["9", "9", "8", "9", "2", "0"]
    assert {one.kind for one in played.applied} == {"batch"}
    assert played.arrivals[0].applied == 6


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ({"operationType": "Create", "resourceBody": {"id": "1", "pk": "a"}}, 409),
        ({"operationType": "Create", "resourceBody": {"id": "7", "pk": "b"}}, 400),
        ({"operationType": "Delete", "id": "missing"}, 404),
        (
            {"operationType": "Replace", "id": "1", "resourceBody": {"id": "1", "pk": "a"}, "ifMatch": "x"},
            412,
        ),
        ({"operationType": "Bend"}, 400),
        ({"operationType": "Read"}, 400),
        ({"operationType": "Create"}, 400),
        ("Create", 400),
    ],
)
def test_a_batch_that_fails_does_nothing(gateway: Gateway, place: Place, bad: Any, status: int) -> None:
    """One operation fails: it has its status, all others 424, and no document is changed or listed."""
    good = {"operationType": "Upsert", "resourceBody": {"id": "0", "pk": "a", "n": 100}}
    before = do(place, "GET", f"{talk.DOCS}/0")
    assert batch(place, good, bad, good) == (207, [424, status, 424])
    after = do(place, "GET", f"{talk.DOCS}/0")
    assert (after.body, after.headers["lsn"]) == (before.body, before.headers["lsn"])
    assert gateway.curtain().applied == ()


def test_a_batch_has_bounds(place: Place) -> None:
    """An empty batch, one of more than a hundred operations, and one without a partition are 400."""
    read = {"operationType": "Read", "id": "1"}
    assert batch(place)[0] == batch(place, *[read] * 101)[0] == 400
    assert batch(place, *[read] * 100) == (200, [200] * 100)
    headers = {"x-ms-cosmos-is-batch-request": "True"}
    assert talk.send(place, WEST, "POST", talk.DOCS, headers, [read]).status == 400


def test_a_stored_procedure_creates_a_document(gateway: Gateway, place: Place) -> None:
    """The one procedure creates its first parameter; without an id it creates another one each time."""
    path = "/dbs/db/colls/items/sprocs/create_document"
    assert do(place, "POST", path, [{"id": "9", "pk": "a"}]).json()["id"] == "9"
    assert do(place, "POST", path, [{"id": "9", "pk": "a"}]).status == 400
    assert {do(place, "POST", path, [{"pk": "a"}]).status for _ in range(2)} == {200}
    assert do(place, "POST", path, ["no document"]).status == 400
    assert do(place, "POST", "/dbs/db/colls/items/sprocs/another", []).status == 404
    played = gateway.curtain()
    assert [(one.kind, one.change) for one in played.applied] == [("execute", "create")] * 3
    assert len({one.document for one in played.applied}) == 3


def test_databases_and_containers_come_and_go(place: Place) -> None:
    """They are created once, read by name and by id, listed, queried, deleted; else it is 404/1003."""
    made = do(place, "POST", "/dbs", {"id": "nu"}).json()
    assert do(place, "POST", "/dbs", {"id": "nu"}).status == 409
    assert do(place, "GET", f"/dbs/{made['_rid']}").json() == made
    asked = {"id": "things", "partitionKey": {"paths": ["/kind"], "kind": "Hash"}}
    container = do(place, "POST", "/dbs/nu/colls", asked)
    assert (container.status, container.json()["partitionKey"]["paths"]) == (201, ["/kind"])
    assert do(place, "GET", "/dbs/nu/colls/things").json() == container.json()
    document = do(place, "POST", "/dbs/nu/colls/things/docs", {"id": "1", "kind": "a"})
    assert (document.status, document.headers["x-ms-alt-content-path"]) == (201, "dbs/nu/colls/things")
    assert [one["id"] for one in do(place, "GET", "/dbs").json()["Databases"]] == ["db", "nu"]
    query = {"query": "SELECT * FROM c WHERE c.id = 'things'"}
    listed = talk.send(place, WEST, "POST", "/dbs/nu/colls", QUERY, query)
    assert [one["id"] for one in listed.json()["DocumentCollections"]] == ["things"]
    for bad in ({"id": "no key"}, {"id": "two", "partitionKey": {"paths": ["/a", "/b"]}}, {}):
        assert do(place, "POST", "/dbs/nu/colls", bad).status == 400
    assert do(place, "DELETE", "/dbs/nu/colls/things").status == 204
    assert do(place, "DELETE", "/dbs/nu").status == 204
    for path in ("/dbs/nu", "/dbs/nu/colls/things", "/dbs/db/colls/nothing/docs", "/dbs/nu/colls/x/pkranges"):
        seen = do(place, "GET", path)
        assert (seen.status, seen.substatus) == (404, 1003)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("PUT", "/"),
        ("PUT", "/dbs/db"),
        ("PATCH", "/dbs/db/colls"),
        ("POST", "/dbs/db/colls/items/udfs"),
        ("GET", "/dbs/db/colls/items/docs/1/attachments"),
        ("DELETE", "/dbs/db/colls/items/docs"),
    ],
)
def test_what_is_not_played_is_a_400(gateway: Gateway, place: Place, method: str, path: str) -> None:
    """A request beyond what the gateway plays gets a 400 and is recorded, never an error of the server's."""
    assert do(place, method, path).status == 400
    (arrival,) = gateway.curtain().arrivals
    assert arrival.status == 400


@pytest.mark.parametrize("write_regions", [(WEST,), (EAST,), (EAST, WEST)])
@pytest.mark.parametrize("level", ["Strong", "Session", "Eventual"])
@pytest.mark.parametrize("alone", [False, True])
def test_the_account_describes_itself(
    gateway: Gateway, write_regions: tuple[str, ...], level: str, alone: bool
) -> None:
    """Regions with their ports, write regions, level and flags are those of the scene; writes obey them."""
    place = gateway.play(Scene(write_regions=write_regions, consistency=level, per_partition_failover=alone))
    for port in (WEST, EAST, "global"):
        told = talk.ask(place, port, "account").json()
        locations = {
            what: {one["name"]: one["databaseAccountEndpoint"] for one in told[f"{what}Locations"]}
            for what in ("readable", "writable")
        }
        assert locations["readable"] == dict(place.endpoints)
        assert list(locations["readable"]) == [WEST, EAST]
        assert list(locations["writable"]) == list(write_regions)
        assert told["enableMultipleWriteLocations"] == (len(write_regions) > 1)
        assert told["enablePerPartitionFailoverBehavior"] == alone
        assert told["userConsistencyPolicy"]["defaultConsistencyLevel"] == level
    for port in (WEST, EAST):
        seen = talk.ask(place, port, "upsert")
        takes = alone or port in write_regions
        assert (seen.status in (200, 201)) == takes
        assert takes or (seen.status, seen.substatus) == (403, 3)


def test_no_content_is_returned_where_none_is_wanted(place: Place) -> None:
    """With Prefer: return=minimal a write answers with its etag and no body."""
    seen = do(place, "POST", talk.DOCS, {"id": "9", "pk": "a"}, prefer="return=minimal")
    assert (seen.status, seen.body, "etag" in seen.headers) == (201, b"", True)
