"""What was played: every request that arrived, every write that was applied, every fault that was used."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cosmos_retry.gateway.fault import Scripted


@attrs.frozen
class Place:
    """Where a scene is played: what a client is told.

    endpoint: the account's own; endpoints: one for each region, refused ones too.
    key: the account's key, another one for each scene: requests signed with an earlier key are told apart.
    """

    endpoint: str
    endpoints: Mapping[str, str]
    key: str
    account: str
    database: str
    container: str


@attrs.frozen
class Arrival:
    """One request that reached the gateway.

    number: from 1, in order of arrival.  t: seconds since the scene began, when its head was read.
    region: the region that played it; port: that region, or "global" for the account's own endpoint.
    connection: the number of its connection, from 1, over all scenes.
    document: the id of the document that it names, where it names one.
    body_read: whether its body was read whole.
    fault: the place of the fault that it met in the script, from 0, or None.
    done: answered, hung, closed, reset (its region was lost, or the script says so), truncated, left (the
        client went first), ended (the scene did) or failed (a mistake of the gateway's own).
    status, substatus: of the answer, where one was made, whether or not it got out.
    applied: how many writes it carried out.  ended_t: when the gateway was done with it, or the client left.
    """

    number: int
    t: float
    region: str
    port: str
    kind: str
    method: str
    path: str
    connection: int
    headers: Mapping[str, str]
    document: str | None = None
    body_bytes: int = 0
    body_read: bool = False
    fault: int | None = None
    done: str = "ended"
    status: int | None = None
    substatus: int = 0
    applied: int = 0
    ended_t: float | None = None


@attrs.frozen
class Applied:
    """One write that was carried out on one document.

    kind: the operation that brought it (batch, execute, create, ...); change: what became of the document:
    create, replace or delete.  arrival: the number of its request.  lsn: of the container, after it.
    """

    t: float
    region: str
    kind: str
    change: str
    container: str
    partition_key: str
    document: str
    arrival: int
    lsn: int


@attrs.frozen
class Played:
    """A scene that is over.

    script: the scene's faults; used: how often each of them was met, by its place in it, from 0.
    unconsumed: the entries that were met less often than `times` says; where it says nothing, never met.
    late: requests of clients of earlier scenes, and of strangers; they were not part of this one.
    turned_away: connections and requests that were one too many.
    """

    arrivals: tuple[Arrival, ...] = ()
    applied: tuple[Applied, ...] = ()
    unconsumed: tuple[Scripted, ...] = ()
    script: tuple[Scripted, ...] = ()
    used: Mapping[int, int] = attrs.field(factory=dict)
    late: tuple[Arrival, ...] = ()
    turned_away: int = 0
    seconds: float = 0.0
