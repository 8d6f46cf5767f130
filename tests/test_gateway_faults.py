"""Each scripted fault does what the script says, to every kind of operation, and its use is proved."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import product
from typing import Any

import pytest

import gateway_talk as talk
from cosmos_retry.gateway import Fault, Gateway, GatewayError, Place, Played, Scene, Scripted
from cosmos_retry.gateway.fault import KINDS, READS, WRITES

WEST, EAST = "West US", "East US"
DOCUMENTS = {"db/items": [{"id": "1", "pk": "a", "n": 1, "text": talk.LONG}]}
SHORT_S = 0.05
PLAYED_KINDS = tuple(kind for kind in KINDS if kind != "other")

# A fault, and what a client sees of it: how it ends, and the status where there is one; None: the real one.
FAULTS: dict[str, tuple[Fault, str, int | None]] = {
    "status": (Fault(status=429, substatus=3200, headers={"x-ms-retry-after-ms": "7"}), "answer", 429),
    "hang": (Fault(hang=SHORT_S), "end", None),
    "close": (Fault(close=True), "end", None),
    "reset": (Fault(reset=True), "reset", None),
    "close unread": (Fault(close=True, read=False), "end", None),
    "reset unread": (Fault(reset=True, read=False), "reset", None),
    "truncate": (Fault(truncate=True), "cut", None),
    "delay": (Fault(delay=SHORT_S), "answer", None),
    "delayed status": (Fault(delay=SHORT_S, status=503), "answer", 503),
    "delayed close": (Fault(delay=SHORT_S, close=True), "end", None),
}
ANSWERED_BY_HANDS = {"truncate", "delay"}  # these carry the operation out


@pytest.fixture(scope="module")
def opened() -> Iterator[Gateway]:
    """One gateway for all scenes of this file."""
    with Gateway() as made:
        yield made


@pytest.fixture
def gateway(opened: Gateway) -> Iterator[Gateway]:
    """The gateway; a scene that a failed test has left is over when the next one begins."""
    yield opened
    with suppress(GatewayError):
        opened.curtain()


def scene(*faults: Scripted, **changes: Any) -> Scene:
    """A scene of two regions with one document."""
    return Scene(faults=faults, documents=DOCUMENTS, **changes)


def one(gateway: Gateway, fault: Fault, kind: str) -> tuple[talk.Seen, Played]:
    """Play a scene in which one request of a kind meets a fault; what the client saw, and what was played."""
    place = gateway.play(scene(Scripted(kind, fault, region=WEST, times=1)))
    seen = talk.ask(place, WEST, kind, x_ms_activity_id="my-own")
    return seen, gateway.curtain()


@pytest.mark.parametrize(("name", "kind"), list(product(FAULTS, PLAYED_KINDS)))
def test_each_fault_meets_each_kind(gateway: Gateway, name: str, kind: str) -> None:
    """The client sees the fault, the record names it; a write is applied only where its answer is real."""
    fault, how, status = FAULTS[name]
    seen, played = one(gateway, fault, kind)
    arrival = played.arrivals[0]
    real = talk.SUCCESS.get(kind, 200)
    assert seen.how == how
    if how == "answer":
        assert seen.status == (status or real)
    assert (arrival.kind, arrival.region, arrival.fault, arrival.body_read) == (kind, WEST, 0, fault.read)
    assert played.used == {0: 1}
    assert played.unconsumed == ()
    assert len(played.applied) == arrival.applied == (kind in WRITES and name in ANSWERED_BY_HANDS)
    done = {"end": "closed", "cut": "truncated", "answer": "answered"}.get(how, how)
    assert arrival.done == ("hung" if fault.hang is not None else done)


@pytest.mark.parametrize(("name", "kind"), list(product(("status", "hang", "close", "reset"), WRITES)))
def test_a_write_is_applied_and_its_answer_lost(gateway: Gateway, name: str, kind: str) -> None:
    """With `applied` the write is carried out once, the client sees the fault, and the next read shows it."""
    plain, how, _ = FAULTS[name]
    fault = Fault(**{key: getattr(plain, key) for key in plain.__struct_fields__} | {"applied": True})
    place = gateway.play(scene(Scripted(kind, fault, times=1)))
    before = talk.send(place, WEST, "POST", talk.DOCS, talk.ASKED["query"][2], talk.ASKED["query"][3])
    assert talk.ask(place, WEST, kind).how == how
    after = talk.send(place, EAST, "POST", talk.DOCS, talk.ASKED["query"][2], talk.ASKED["query"][3])
    played = gateway.curtain()
    assert before.json()["Documents"] != after.json()["Documents"]
    write = next(arrival for arrival in played.arrivals if arrival.kind == kind)
    (applied,) = played.applied
    assert (applied.kind, applied.region, applied.arrival) == (kind, WEST, write.number)
    assert applied.document == ("new" if kind in ("create", "batch", "execute") else "1")
    assert 0 <= write.t <= applied.t <= (write.ended_t or 0)


def test_a_status_comes_with_its_headers_and_substatus(gateway: Gateway) -> None:
    """What the script says of an answer is on the wire, beside what every answer has."""
    seen, _ = one(gateway, FAULTS["status"][0], "read")
    assert (seen.status, seen.substatus, seen.headers["x-ms-retry-after-ms"]) == (429, 3200, "7")
    assert seen.headers["x-ms-activity-id"] == "my-own"
    assert float(seen.headers["x-ms-request-charge"]) > 0
    seen, _ = one(gateway, Fault(status=500, body="{}"), "read")
    assert seen.body == b"{}"


def test_half_a_body_is_half_of_the_real_one(gateway: Gateway) -> None:
    """A truncated answer promises its length and breaks off in its middle; without a body, in its status."""
    seen, played = one(gateway, Fault(truncate=True), "read")
    top, _, body = seen.body.partition(b"\r\n\r\n")
    promised = int(top.lower().partition(b"content-length:")[2].split()[0])
    assert len(body) == promised // 2 > 0
    assert played.arrivals[0].status == 200
    seen, played = one(gateway, Fault(truncate=True), "delete")
    assert (seen.body, played.arrivals[0].status) == (b"HTTP/1.1 2", 204)


def test_an_unread_request_waits_for_no_body(gateway: Gateway) -> None:
    """With `read` false the connection ends when the head is there, though the body never comes."""
    for fault, how in ((Fault(close=True, read=False), "end"), (Fault(reset=True, read=False), "reset")):
        place = gateway.play(scene(Scripted("create", fault)))
        top = talk.head(place, "POST", talk.DOCS, talk.HOME, 1000)
        assert talk.exchange(talk.address(place, WEST), top).how == how
        (arrival,) = gateway.curtain().arrivals
        assert (arrival.body_read, arrival.body_bytes, arrival.headers["content-length"]) == (
            False,
            0,
            "1000",
        )


def test_a_hang_ends_with_the_scene_or_the_client(gateway: Gateway) -> None:
    """A hang that nobody waits out holds nobody up, and the record says when the client left."""
    place = gateway.play(scene(Scripted("create", Fault(hang=3600, applied=True))))
    with closing(talk.begin(place, WEST, "create")):
        talk.until(gateway, lambda played: len(played.applied) == 1)
    gone = talk.until(gateway, lambda played: played.arrivals[0].ended_t is not None)
    with closing(socket.create_connection(talk.address(place, WEST))) as held:
        method, path, headers, _ = talk.ASKED["create"]
        held.sendall(talk.head(place, method, path, headers, 20) + b'{"id":"2","pk":"a"} ')
        talk.until(gateway, lambda played: len(played.applied) == 2)
        played = gateway.curtain()
        with pytest.raises(ConnectionResetError):
            held.recv(1)
    assert [arrival.done for arrival in played.arrivals] == ["hung", "hung"]
    assert all(arrival.ended_t is not None for arrival in played.arrivals)
    assert played.arrivals[0] == gone.arrivals[0]
    assert [applied.document for applied in played.applied] == ["new", "2"]


@pytest.mark.parametrize("kind", [*READS, *WRITES])
def test_a_stale_region_knows_no_session(gateway: Gateway, kind: str) -> None:
    """A request with a session token gets 404/1002, one without passes and uses nothing up."""
    place = gateway.play(scene(Scripted(kind, Fault(stale=True), region=WEST, times=1)))
    first = talk.ask(place, WEST, kind)
    assert first.status == talk.SUCCESS.get(kind, 200)
    second = talk.ask(place, WEST, kind, x_ms_session_token=first.headers["x-ms-session-token"])
    assert (second.status, second.substatus) == (404, 1002)
    played = gateway.curtain()
    assert [arrival.fault for arrival in played.arrivals] == [None, 0]
    assert played.unconsumed == ()


def regions(place: Place) -> tuple[list[str], list[str]]:
    """The regions that the account says may be read, and written."""
    told = talk.ask(place, "global", "account").json()
    return tuple([one["name"] for one in told[f"{what}Locations"]] for what in ("readable", "writable"))  # type: ignore[return-value]


@pytest.mark.parametrize("forget", [False, True])
def test_a_lost_region_refuses(gateway: Gateway, forget: bool) -> None:
    """From the given occurrence on the port refuses, its connections are reset, and it may be forgotten."""
    fault = Fault(lose=True, forget=forget)
    place = gateway.play(scene(Scripted("read", fault, region=EAST, skip=1)))
    with closing(socket.create_connection(talk.address(place, EAST))) as idle:
        top = talk.head(place, *talk.ASKED["read"][:3], 0)
        idle.sendall(top)
        assert talk.receive(idle).status == 200
        assert talk.ask(place, EAST, "read").how == "reset"
        with pytest.raises(ConnectionResetError):
            idle.recv(1)
    assert talk.ask(place, EAST, "read").how == "refused"
    assert talk.ask(place, WEST, "read").status == 200
    assert regions(place) == ([WEST] if forget else [WEST, EAST], [WEST])
    assert gateway.curtain().unconsumed == ()
    assert talk.ask(gateway.play(scene()), EAST, "read").status == 200
    gateway.curtain()


@pytest.mark.parametrize("kind", WRITES)
def test_the_write_region_moves(gateway: Gateway, kind: str) -> None:
    """From the given occurrence on, the account names the other region, and the old one answers 403/3."""
    place = gateway.play(scene(Scripted("account", Fault(move=EAST), region="global", skip=1)))
    assert regions(place) == ([WEST, EAST], [WEST])
    refused = talk.ask(place, EAST, kind)
    assert (refused.status, refused.substatus) == (403, 3)
    assert regions(place) == ([WEST, EAST], [EAST])
    refused = talk.ask(place, WEST, kind)
    assert (refused.status, refused.substatus) == (403, 3)
    assert talk.ask(place, EAST, kind).status == talk.SUCCESS.get(kind, 200)
    assert talk.ask(place, WEST, "container").status == 200
    played = gateway.curtain()
    assert [(applied.region, applied.kind) for applied in played.applied] == [(EAST, kind)]
    assert played.unconsumed == ()


def test_a_move_meets_the_write_that_brings_it(gateway: Gateway) -> None:
    """A write may itself be the occurrence: it arrives at a region that has just stopped to take writes."""
    seen, played = one(gateway, Fault(move=EAST), "create")
    assert (seen.status, seen.substatus, played.applied) == (403, 3, ())


def test_a_connection_meets_a_fault_before_anything_is_sent(gateway: Gateway) -> None:
    """Faults of `connect` end the connection unread, take no part in "*", and are recorded as arrivals."""
    faults = [
        Scripted("connect", Fault(reset=True), region=WEST, times=1),
        Scripted("connect", Fault(close=True), region=WEST, times=1),
        Scripted("connect", Fault(hang=SHORT_S), region=WEST, times=1),
        Scripted("*", Fault(status=503), times=1),
    ]
    place = gateway.play(scene(*faults))
    hows = [talk.ask(place, WEST, "read").how for _ in range(3)]
    assert hows[0] == "reset"
    assert set(hows[1:]) <= {"end", "reset"}  # a system may reset what it closes with bytes unread
    assert [talk.ask(place, WEST, "read").status for _ in range(2)] == [503, 200]
    played = gateway.curtain()
    assert [arrival.kind for arrival in played.arrivals] == ["connect"] * 3 + ["read"] * 2
    assert [arrival.done for arrival in played.arrivals[:3]] == ["reset", "closed", "hung"]
    assert played.used == {0: 1, 1: 1, 2: 1, 3: 1}


def test_a_closed_connection_ends_in_good_order(gateway: Gateway) -> None:
    """On an idle connection `close` is seen as its end and `reset` as a reset, not as one another."""
    for fault, how in ((Fault(close=True), "end"), (Fault(reset=True), "reset")):
        place = gateway.play(scene(Scripted("connect", fault)))
        assert talk.exchange(talk.address(place, WEST), b"").how == how
        gateway.curtain()


def test_the_script_is_used_in_its_order(gateway: Gateway) -> None:
    """Entries are tried in order; `skip` lets pass, `times` ends, regions and kinds keep to themselves."""
    faults = [
        Scripted("read", Fault(status=503), times=2, skip=1),
        Scripted("read", Fault(status=429), region=EAST, times=1),
        Scripted("*", Fault(status=410), times=1),
        Scripted("delete", Fault(status=449), times=3),
        Scripted("query", Fault(status=408)),
    ]
    place = gateway.play(scene(*faults))
    seen = [talk.ask(place, port, "read").status for port in (WEST, WEST, EAST, EAST, WEST, EAST)]
    assert seen == [410, 503, 503, 429, 200, 200]
    assert talk.ask(place, WEST, "delete").status == 449
    played = gateway.curtain()
    assert played.used == {0: 2, 1: 1, 2: 1, 3: 1, 4: 0}
    assert played.unconsumed == (faults[3], faults[4])
    assert [arrival.fault for arrival in played.arrivals] == [2, 0, 0, 1, None, None, 3]


def test_a_fault_without_a_number_goes_on(gateway: Gateway) -> None:
    """An entry without `times` meets every request, and counts as consumed once it was met."""
    place = gateway.play(scene(Scripted("read", Fault(status=500))))
    assert {talk.ask(place, port, "read").status for port in (WEST, EAST, "global") for _ in range(3)} == {
        500
    }
    played = gateway.curtain()
    assert (played.used, played.unconsumed) == ({0: 9}, ())


def test_the_own_endpoint_is_a_place_of_its_own(gateway: Gateway) -> None:
    """A region's faults leave reads of the account at its own endpoint alone, and reach documents there."""
    entries = [Scripted(kind, Fault(status=503), region=WEST) for kind in ("account", "read")]
    place = gateway.play(scene(*entries, Scripted("account", Fault(status=500), region="global", times=1)))
    seen = [talk.ask(place, "global", kind).status for kind in ("account", "account", "read")]
    assert [*seen, talk.ask(place, WEST, "account").status] == [500, 200, 503, 503]
    played = gateway.curtain()
    assert [(a.port, a.region) for a in played.arrivals[:3]] == [("global", WEST)] * 3


def test_a_fault_sometimes_matters(gateway: Gateway) -> None:
    """Without a fault everything is answered: what is tested above is the fault, not the gateway."""
    for kind in PLAYED_KINDS:
        place = gateway.play(scene())
        assert talk.ask(place, WEST, kind).status == talk.SUCCESS.get(kind, 200)
        assert len(gateway.curtain().applied) == (kind in WRITES)
