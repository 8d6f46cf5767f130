"""Scene after scene on the same ports: none disturbs the next, and nobody makes the gateway grow or stay."""

from __future__ import annotations

import gc
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from typing import Any

import attrs
import pytest

import gateway_talk as talk
from cosmos_retry.gateway import (
    Applied,
    Arrival,
    Fault,
    Gateway,
    GatewayError,
    Limits,
    Place,
    Scene,
    Scripted,
    items,
)
from cosmos_retry.gateway.gateway import is_loopback

WEST, EAST = "West US", "East US"
WAIT_S = 10.0


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


def test_a_scene_begins_afresh_on_the_same_ports(gateway: Gateway) -> None:
    """The ports stay, also of a region that refused; documents, faults, account and key do not."""
    first = gateway.play(Scene(faults=(Scripted("read", Fault(status=500)),)))
    assert talk.ask(first, WEST, "create").status == 201
    assert talk.ask(first, WEST, "read").status == 500
    assert len(gateway.curtain().applied) == 1
    second = gateway.play(Scene(refused=(WEST,)))
    assert talk.ask(second, WEST, "read").how == "refused"
    assert talk.ask(second, EAST, "read").status == 404
    assert gateway.curtain().applied == ()
    third = gateway.play(Scene())
    assert talk.ask(third, WEST, "read").status == 404
    assert talk.ask(third, WEST, "create").status == 201
    places = (first, second, third)
    assert len({(place.endpoint, *place.endpoints.values()) for place in places}) == 1
    assert len({place.key for place in places}) == len({place.account for place in places}) == 3


def test_regions_come_and_go(gateway: Gateway) -> None:
    """A scene with more regions opens more ports, and one with fewer closes what it does not need."""
    five = Scene(regions=tuple("ABCDE"), write_regions=("A",))
    place = gateway.play(five)
    assert {talk.ask(place, name, "read").status for name in five.regions} == {404}
    gateway.curtain()
    small = gateway.play(Scene(regions=("Z",), write_regions=("Z",)))
    assert small.endpoints == {"Z": place.endpoints["A"]}
    assert talk.ask(place, "E", "read").how == "refused"
    assert talk.ask(small, "Z", "read").status == 404


def test_a_late_client_is_told_apart(gateway: Gateway) -> None:
    """A request with the key of an earlier scene gets 503, uses no fault up, and is listed apart."""
    old = gateway.play(Scene())
    gateway.curtain()
    new = gateway.play(Scene(faults=(Scripted("*", Fault(status=449), times=1),)))
    for kind in ("create", "account", "read"):
        assert talk.ask(old, WEST, kind).status == 503
    assert talk.ask(attrs.evolve(new, key=place_key()), WEST, "create").status == 401
    assert talk.ask(new, WEST, "create").status == 449
    played = gateway.curtain()
    assert [late.kind for late in played.late] == ["create", "account", "read", "create"]
    assert [late.status for late in played.late] == [503, 503, 503, 401]
    assert [arrival.status for arrival in played.arrivals] == [449]
    assert (played.applied, played.unconsumed) == ((), ())
    assert talk.ask(new, WEST, "read").status == 503


def place_key() -> str:
    """A key that belongs to nobody."""
    return "AAAA"


def test_a_request_without_a_signature_is_taken(gateway: Gateway) -> None:
    """Who signs nothing, such as a person with curl, is of the scene that is played."""
    place = gateway.play(Scene())
    seen = talk.exchange(talk.address(place, "global"), b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert seen.status == 200
    assert len(gateway.curtain().arrivals) == 1


def test_the_curtain_ends_every_connection(gateway: Gateway) -> None:
    """Idle, in the middle of a body, hanging or delayed: each is reset, and the record has each of them."""
    place = gateway.play(
        Scene(
            faults=(
                Scripted("read", Fault(hang=3600)),
                Scripted("query", Fault(delay=3600)),
                Scripted("delete", Fault(close=True, read=False, delay=3600)),
            )
        )
    )
    with ExitStack() as stack:
        wires = [
            stack.enter_context(closing(socket.create_connection(talk.address(place, WEST), WAIT_S)))
            for _ in range(5)
        ]
        for wire, kind in zip(wires, ("read", "query", "delete", "create"), strict=False):
            method, path, headers, _ = talk.ASKED[kind]
            length = {"query": 2, "create": 1000}.get(kind, 0)
            wire.sendall(talk.head(place, method, path, headers, length) + b"{}"[:length])
        talk.until(gateway, lambda played: len(played.arrivals) == 4 and bool(played.arrivals[1].body_read))
        played = gateway.curtain()
        for wire in wires:
            with pytest.raises(ConnectionResetError):
                wire.recv(1)
    by_kind = {arrival.kind: arrival for arrival in played.arrivals}
    assert {kind: (one.done, one.body_read) for kind, one in by_kind.items()} == {
        "read": ("hung", True),
        "query": ("ended", True),
        "delete": ("ended", False),
        "create": ("ended", False),
    }
    assert all(arrival.ended_t is not None for arrival in played.arrivals)
    assert played.applied == ()


def test_the_curtain_ends_connections_that_were_never_read(gateway: Gateway) -> None:
    """A connection that hangs before anything was read is released with the others."""
    place = gateway.play(Scene(faults=(Scripted("connect", Fault(hang=3600), region=WEST),)))
    with closing(socket.create_connection(talk.address(place, WEST), WAIT_S)) as wire:
        talk.until(gateway, lambda played: len(played.arrivals) == 1)
        gateway.curtain()
        with pytest.raises(ConnectionResetError):
            wire.recv(1)


def test_a_region_may_be_lost_from_outside(gateway: Gateway) -> None:
    """When `lose` returns, the region's connections are reset and its port refuses; it takes regions only."""
    place = gateway.play(Scene())
    with closing(socket.create_connection(talk.address(place, WEST), WAIT_S)) as wire:
        wire.sendall(talk.head(place, "GET", "/", {}, 0))
        assert talk.receive(wire).status == 200
        gateway.lose(WEST)
        wire.settimeout(0)
        with pytest.raises(ConnectionResetError):
            wire.recv(1)
    assert talk.ask(place, WEST, "account").how == "refused"
    assert talk.ask(place, "global", "read").status == 404
    assert [arrival.region for arrival in gateway.so_far().arrivals] == [WEST, EAST]
    with pytest.raises(ValueError, match="Mars"):
        gateway.lose("Mars")


def test_who_leaves_is_seen_to_leave(gateway: Gateway) -> None:
    """A client that goes away during a delay, or in the middle of its body, has left; its write may stand."""
    place = gateway.play(Scene(faults=(Scripted("create", Fault(delay=3600), times=1),)))
    with closing(talk.begin(place, WEST, "create")):
        talk.until(gateway, lambda played: len(played.applied) == 1)
    with closing(socket.create_connection(talk.address(place, WEST))) as wire:
        wire.sendall(talk.head(place, *talk.ASKED["upsert"][:3], 1000) + b"{")
        talk.until(gateway, lambda played: len(played.arrivals) == 2)
    played = talk.until(gateway, lambda played: played.arrivals[-1].ended_t is not None)
    assert [arrival.done for arrival in played.arrivals] == ["left", "left"]
    assert [applied.kind for applied in played.applied] == ["create"]


def test_one_connection_takes_many_requests(gateway: Gateway) -> None:
    """Requests on one connection share its number, and another connection has another."""
    place = gateway.play(Scene())
    with closing(socket.create_connection(talk.address(place, WEST), WAIT_S)) as wire:
        for _ in range(3):
            wire.sendall(talk.head(place, "GET", "/", {}, 0))
            assert talk.receive(wire).status == 200
        assert talk.ask(place, WEST, "account").status == 200
    numbers = [arrival.connection for arrival in gateway.curtain().arrivals]
    assert len(set(numbers[:3])) == 1
    assert numbers[3] not in numbers[:3]


def test_what_arrived_is_recorded(gateway: Gateway) -> None:
    """Headers that matter are kept, those with secrets are not, and times go on."""
    place = gateway.play(Scene())
    talk.ask(place, WEST, "create", x_ms_activity_id="mine", if_none_match="x" * 1000, cookie="secret")
    talk.ask(place, EAST, "read")
    first, second = gateway.curtain().arrivals
    assert first.headers["x-ms-activity-id"] == "mine"
    assert len(first.headers["if-none-match"]) < 1000
    assert not {"authorization", "cookie", "x-ms-date"} & set(first.headers)
    assert (first.number, first.method, first.path, first.document) == (1, "POST", talk.DOCS, "new")
    assert (second.number, second.port, second.document) == (2, EAST, "1")
    assert 0 <= first.t <= (first.ended_t or 0) <= second.t <= (second.ended_t or 0)


def test_a_witness_hears_everything(gateway: Gateway) -> None:
    """The witness is told of each write at once, and of each request when it is over, late ones too."""
    heard: list[tuple[str, Arrival | Applied]] = []
    with Gateway(witness=lambda kind, what: heard.append((kind, what))) as own:
        old = own.play(Scene())
        own.curtain()
        place = own.play(Scene(faults=(Scripted("connect", Fault(reset=True), region=EAST),)))
        talk.ask(place, WEST, "create")
        talk.ask(place, EAST, "read")
        talk.ask(old, WEST, "read")
        played = own.curtain()
    assert [kind for kind, _ in heard] == ["applied", "arrival", "arrival", "late"]
    assert [what for _, what in heard] == [played.applied[0], *played.arrivals, *played.late]


def test_thousands_of_scenes_leave_nothing_behind(gateway: Gateway) -> None:
    """Five hundred scenes leave as many threads, ports and tasks as one did."""
    threads = threading.active_count()
    for number in range(500):
        place = gateway.play(Scene(refused=(EAST,) if number % 2 else ()))
        if number % 50 == 0:
            assert talk.ask(place, WEST, "create").status == 201
            assert talk.ask(place, EAST, "read").how == ("refused" if number % 2 else "answer")
        gateway.curtain()
    assert threading.active_count() == threads


def test_scenes_from_many_threads_do_not_mix(gateway: Gateway) -> None:
    """Whoever plays while another does is refused; nobody gets the record of another's scene."""
    results: list[Any] = []

    def play(number: int) -> None:
        name = f"Region {number}"
        while len(results) < 40:
            try:
                place = gateway.play(Scene(regions=(name,), write_regions=(name,)))
            except GatewayError:
                continue
            talk.ask(place, name, "create")
            played = gateway.curtain()
            regions = [one.region for one in played.arrivals] + [one.region for one in played.applied]
            results.append(set(regions) == {name})

    threads = [threading.Thread(target=play, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S * 3)
    assert len(results) >= 40
    assert all(results)


def test_a_body_has_a_bound() -> None:
    """A body over the limit, announced or in chunks, is 413 and is not applied; one at the limit passes."""
    with Gateway(limits=Limits(body_bytes=1000)) as gateway:
        place = gateway.play(Scene())
        text = b'{"id":"1","pk":"a"}'
        for length, status in ((1000, 201), (1001, 413)):
            sent = talk.head(place, "POST", talk.DOCS, talk.HOME, length) + text.ljust(length)
            assert talk.exchange(talk.address(place, WEST), sent).status == status
        top = talk.head(place, "POST", talk.DOCS, {**talk.HOME, "transfer-encoding": "chunked"}, 0)
        top = top.replace(b"content-length: 0\r\n", b"")
        chunks = b"3e9\r\n" + text.ljust(1001) + b"\r\n0\r\n\r\n"
        assert talk.exchange(talk.address(place, WEST), top + chunks).status == 413
        played = gateway.curtain()
        assert [arrival.status for arrival in played.arrivals] == [201, 413, 413]
        assert [arrival.body_read for arrival in played.arrivals] == [True, False, False]
        assert len(played.applied) == 1


def test_headers_have_a_bound() -> None:
    """A header over the limit, and one header too many, are refused before they are of the scene."""
    with Gateway(limits=Limits(header_bytes=1000, headers=20)) as gateway:
        place = gateway.play(Scene())
        assert talk.ask(place, WEST, "account", x_ms_long="x" * 500).status == 200
        assert talk.ask(place, WEST, "account", x_ms_long="x" * 1100).status == 400
        many = {f"x_ms_{number}": "x" for number in range(30)}
        method, path, _, _ = talk.ASKED["account"]
        assert talk.send(place, WEST, method, path, many).status == 400
        garbage = talk.exchange(talk.address(place, WEST), b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        assert garbage.status == 400
        assert len(gateway.curtain().arrivals) == 1


@pytest.mark.parametrize(
    "what", ["path", "id", "header", "date", "signature", "partition", "activity", "body"]
)
def test_bytes_that_are_no_text_are_answered(gateway: Gateway, what: str) -> None:
    """Bytes above ASCII, wherever they stand, are no reason to fail: there is an answer below 500."""
    place = gateway.play(Scene())
    method, path, headers, body = talk.ASKED["create"]
    text = json.dumps(body).encode()
    top = talk.head(place, method, path, {**headers, "x-ms-activity-id": "mine"}, len(text))
    old, new = {
        "path": (b"POST /dbs/db/colls/items/docs ", b"POST /n\xff\xfe "),
        "id": (b"POST /dbs/db/colls/items/docs ", b"GET /dbs/db/colls/items/docs/\xff "),
        "header": (b"host: gateway", b"host: gateway\r\nif-match: \xff"),
        "date": (b"x-ms-date: thu", b"x-ms-date: \xff"),
        "signature": (b"sig%3D", b"sig%3D\xff"),
        "partition": (b'["a"]', b'["\xff"]'),
        "activity": (b"mine", b"\xff\xfe"),
        "body": (b"", b""),
    }[what]
    sent = top.replace(old, new) + (text if what != "body" else b"\xff" * len(text))
    seen = talk.exchange(talk.address(place, WEST), sent)
    assert seen.how == "answer"
    assert seen.status in (201, 400, 401, 404)
    played = gateway.curtain()
    assert "failed" not in {arrival.done for arrival in (*played.arrivals, *played.late)}


def test_a_mistake_of_the_gateway_is_recorded(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the gateway itself fail, the client gets a 500 and the record says whose fault it was."""
    monkeypatch.setattr(items, "PLAYS", {})
    place = gateway.play(Scene())
    assert talk.ask(place, WEST, "create").status == 500
    (arrival,) = gateway.curtain().arrivals
    assert (arrival.done, arrival.status) == ("failed", None)


def test_requests_have_a_bound() -> None:
    """One request too many in a scene is 503 and counted; the next scene starts afresh."""
    with Gateway(limits=Limits(requests=3)) as gateway:
        for _ in range(2):
            place = gateway.play(Scene())
            assert [talk.ask(place, WEST, "upsert").status for _ in range(4)] == [201, 200, 200, 503]
            played = gateway.curtain()
            assert (len(played.arrivals), len(played.applied), played.turned_away) == (3, 3, 1)


def test_connections_have_a_bound() -> None:
    """One connection too many is reset and counted; when one goes, another may come."""
    with Gateway(limits=Limits(connections=3)) as gateway:
        place = gateway.play(Scene())
        with ExitStack() as stack:
            wires = []
            for _ in range(3):
                wires.append(
                    stack.enter_context(closing(socket.create_connection(talk.address(place, WEST), WAIT_S)))
                )
                wires[-1].sendall(talk.head(place, "GET", "/", {}, 0))
                assert talk.receive(wires[-1]).status == 200
            assert talk.ask(place, EAST, "account").how == "reset"
            wires[0].close()
            hows = (talk.ask(place, EAST, "account").how for _ in range(1000))
            assert next(how for how in hows if how != "reset") == "answer"
        played = gateway.curtain()
        assert played.turned_away >= 1
        assert len(played.arrivals) == 4


def test_a_burst_of_connections_has_the_same_bound() -> None:
    """Of many that come at once no more are let in than the bound says, and all others are counted."""
    bound, many = 3, 60
    with Gateway(limits=Limits(connections=bound)) as gateway:
        place = gateway.play(Scene())
        with ExitStack() as stack:
            wires = [stack.enter_context(closing(socket.socket())) for _ in range(many)]
            # The loop is held up, so that all of them wait at the door when it looks there.
            gateway._loop.call_soon_threadsafe(time.sleep, 0.3)
            for wire in wires:
                wire.setblocking(False)
                wire.connect_ex(talk.address(place, WEST))
            time.sleep(0.4)
            answered = 0
            for wire in wires:
                wire.settimeout(WAIT_S)
                with suppress(OSError):
                    wire.sendall(talk.head(place, "GET", "/", {}, 0))
                    answered += talk.receive(wire).status == 200
        played = gateway.curtain()
        assert (answered, played.turned_away) == (bound, many - bound)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org", "localhost", ""])
def test_no_other_address_without_leave(host: str) -> None:
    """Anything but a literal loopback address is refused, and the message says which it was."""
    assert not is_loopback(host)
    with pytest.raises(GatewayError, match="no loopback address"):
        Gateway(host)


def test_another_address_with_leave() -> None:
    """With the option any address of this computer will do; ports then may be reached at it."""
    with Gateway("0.0.0.0", allow_other_address=True) as gateway:
        place = gateway.play(Scene())
        assert place.endpoint.startswith("http://0.0.0.0:")
        assert talk.ask(place, WEST, "account").status == 200


def test_a_port_that_is_taken_is_an_error() -> None:
    """The ports of a gateway that was told its first one follow it; a second gateway does not share them."""
    with Gateway() as first:
        taken = talk.address(first.play(Scene()), "global")[1]
        with Gateway(port=taken) as second, pytest.raises(OSError, match="in use"):
            second.play(Scene())


def test_order_is_kept() -> None:
    """A scene in a scene, a curtain without one, and anything after the end raise; a second end is quiet."""
    gateway = Gateway()
    with pytest.raises(GatewayError, match="no scene"):
        gateway.curtain()
    gateway.play(Scene())
    with pytest.raises(GatewayError, match="is being played"):
        gateway.play(Scene())
    gateway.close()
    gateway.close()
    for late in (gateway.curtain, gateway.so_far, lambda: gateway.lose(WEST), lambda: gateway.play(Scene())):
        with pytest.raises(GatewayError):
            late()


def test_an_end_leaves_no_socket_open() -> None:
    """A gateway that is closed in the middle of everything leaves no warning of an open socket."""
    with Gateway() as gateway:
        place = gateway.play(Scene(faults=(Scripted("read", Fault(hang=3600)),)))
        wires = [talk.begin(place, WEST, "read"), socket.create_connection(talk.address(place, WEST))]
        talk.until(gateway, lambda played: len(played.arrivals) == 1)
    for wire in wires:
        wire.close()
    gc.collect()
    assert talk.ask(place, WEST, "read").how == "refused"


def where(place: Place) -> set[str]:
    """All addresses of a place."""
    return {place.endpoint, *place.endpoints.values()}


def test_two_gateways_share_nothing() -> None:
    """Side by side, each has its own ports and its own account."""
    with Gateway() as one, Gateway() as two:
        first, second = one.play(Scene()), two.play(Scene())
        assert not where(first) & where(second)
        assert talk.ask(first, WEST, "create").status == 201
        assert (len(one.curtain().applied), len(two.curtain().applied)) == (1, 0)
