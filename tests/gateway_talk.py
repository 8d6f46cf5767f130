"""Talking to the gateway as a client does, down to the socket: what was sent, and what became of it."""

from __future__ import annotations

import base64
import hmac
import json
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

import attrs

from cosmos_retry.gateway import Gateway, Place, Played

DOCS = "/dbs/db/colls/items/docs"
HOME = {"x-ms-documentdb-partitionkey": '["a"]'}
PATIENCE_S = 10.0
_LOOK_S = 0.005
LONG = "x" * 200  # in every body that is sent, so that half of one is less than one

# How each kind of operation is asked: the method, the path, the headers, the body.
ASKED: dict[str, tuple[str, str, dict[str, str], Any]] = {
    "read": ("GET", f"{DOCS}/1", HOME, None),
    "query": ("POST", DOCS, {**HOME, "content-type": "application/query+json"}, {"query": "SELECT * FROM c"}),
    "query_plan": (
        "POST",
        DOCS,
        {"x-ms-cosmos-is-query-plan-request": "True", "content-type": "application/query+json"},
        {"query": "SELECT * FROM c"},
    ),
    "create": ("POST", DOCS, HOME, {"id": "new", "pk": "a", "text": LONG}),
    "upsert": (
        "POST",
        DOCS,
        {**HOME, "x-ms-documentdb-is-upsert": "true"},
        {"id": "1", "pk": "a", "text": LONG},
    ),
    "replace": ("PUT", f"{DOCS}/1", HOME, {"id": "1", "pk": "a", "text": LONG}),
    "delete": ("DELETE", f"{DOCS}/1", HOME, None),
    "patch": ("PATCH", f"{DOCS}/1", HOME, {"operations": [{"op": "incr", "path": "/n", "value": 1}]}),
    "batch": (
        "POST",
        DOCS,
        {**HOME, "x-ms-cosmos-is-batch-request": "True"},
        [{"operationType": "Create", "resourceBody": {"id": "new", "pk": "a", "text": LONG}}],
    ),
    "execute": (
        "POST",
        "/dbs/db/colls/items/sprocs/create_document",
        HOME,
        [{"id": "new", "pk": "a", "text": LONG}],
    ),
    "account": ("GET", "/", {}, None),
    "database": ("GET", "/dbs/db", {}, None),
    "container": ("GET", "/dbs/db/colls/items", {}, None),
    "pkranges": ("GET", "/dbs/db/colls/items/pkranges", {}, None),
}
SUCCESS = {"create": 201, "delete": 204}  # everything else: 200


@attrs.frozen
class Seen:
    """What a client saw of one request.

    how: answer (whole), cut (a part of an answer, then the end), end (the end of the connection and no
    byte of an answer), reset, refused, or silence (nothing in the time that it waited).
    """

    how: str
    status: int | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def substatus(self) -> int:
        """The substatus, 0 where there is none."""
        return int(self.headers.get("x-ms-substatus", "0"))


def ask(place: Place, port: str, kind: str, wait_s: float = PATIENCE_S, **headers: str) -> Seen:
    """Ask for one operation of this kind, at a region's port or the account's own ("global")."""
    method, path, given, body = ASKED[kind]
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(place, port, method, path, {**given, **more}, body, wait_s)


def begin(place: Place, port: str, kind: str) -> socket.socket:
    """Ask for one operation, and return the connection with nothing read from it yet."""
    method, path, headers, body = ASKED[kind]
    text = b"" if body is None else json.dumps(body).encode()
    wire = socket.create_connection(address(place, port), timeout=PATIENCE_S)
    wire.sendall(head(place, method, path, headers, len(text)) + text)
    return wire


def until(gateway: Gateway, is_so: Callable[[Played], bool]) -> Played:
    """Wait until so much of the scene was played, and return what was."""
    for _ in range(int(PATIENCE_S / _LOOK_S)):
        if is_so(played := gateway.so_far()):
            return played
        time.sleep(_LOOK_S)
    raise AssertionError("it was not played in time")


def send(
    place: Place,
    port: str,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    wait_s: float = PATIENCE_S,
) -> Seen:
    """Send one signed request on a connection of its own."""
    text = b"" if body is None else json.dumps(body).encode()
    return exchange(address(place, port), head(place, method, path, headers or {}, len(text)) + text, wait_s)


def head(place: Place, method: str, path: str, headers: Mapping[str, str], length: int) -> bytes:
    """The head of a request, signed with the account's key."""
    date = "thu, 01 jan 2026 00:00:00 gmt"
    names = [name for name in path.split("/") if name]
    is_feed = len(names) % 2 == 1
    kind = names[-1 if is_feed else -2] if names else ""
    said = "\n".join((method.lower(), kind, "/".join(names[:-1] if is_feed else names), date, "", ""))
    made = hmac.new(base64.b64decode(place.key), said.encode(), sha256).digest()
    signed = quote(f"type=master&ver=1.0&sig={base64.b64encode(made).decode()}", safe="")
    fields = {"host": "gateway", "authorization": signed, "x-ms-date": date, "content-length": str(length)}
    lines = [f"{name}: {value}" for name, value in {**fields, **headers}.items()]
    return "\r\n".join((f"{method} {path} HTTP/1.1", *lines, "", "")).encode()


def address(place: Place, port: str) -> tuple[str, int]:
    """The host and the number of a port."""
    parts = urlsplit(place.endpoint if port == "global" else place.endpoints[port])
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def exchange(where: tuple[str, int], sent: bytes, wait_s: float = PATIENCE_S) -> Seen:
    """Send bytes on a connection of their own, and say what came back."""
    try:
        wire = socket.create_connection(where, timeout=PATIENCE_S)
    except ConnectionRefusedError:
        return Seen("refused")
    except ConnectionResetError:
        return Seen("reset")
    with closing(wire):
        wire.settimeout(wait_s)
        try:
            wire.sendall(sent)
            return receive(wire)
        except (ConnectionResetError, BrokenPipeError):
            return Seen("reset")
        except TimeoutError:
            return Seen("silence")


def receive(wire: socket.socket) -> Seen:
    """Read one answer off a connection."""
    got = b""
    while (seen := _whole(got)) is None:
        more = wire.recv(65536)
        if not more:
            return Seen("cut" if got else "end", body=got)
        got += more
    return seen


def _whole(got: bytes) -> Seen | None:
    top, gap, body = got.partition(b"\r\n\r\n")
    if not gap:
        return None
    first, *lines = top.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split()[1])
    length = 0 if status in (204, 304) else int(headers.get("content-length", "0"))
    return Seen("answer", status, headers, body) if len(body) >= length else None
