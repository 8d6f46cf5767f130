"""A scripted fault: what a request meets instead of a plain answer, and which requests meet it.

The types are the format of a fault script: unknown keys are refused.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

WRITES = ("create", "upsert", "replace", "delete", "patch", "batch", "execute")
READS = ("read", "query")
DOCUMENTS = READS + WRITES  # kinds that touch documents, and so know a session
KINDS = (*READS, "query_plan", *WRITES, "account", "database", "container", "pkranges", "other")
CONNECT = "connect"  # a connection, before anything was sent on it
ANY = "*"
OPS = (*KINDS, CONNECT, ANY)
GLOBAL = "global"  # the account's own endpoint, as a region of a fault script

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What happens to one request.  Exactly one of the first eight, or a `delay` alone.

    status: this answer, 200 to 599, with `substatus`, `headers` and `body`.
    hang: the request is read and never answered; after so many seconds the connection is closed.
    close: the connection is closed (FIN).
    reset: the connection is reset (RST).
    truncate: the real answer breaks off: half of its body, then the end of the connection.
    stale: 404/1002 for a request that carries a session token; others pass and use nothing up.
    lose: from here on the region is lost: its port refuses, its connections are reset, this one too.
    move: from here on this is the account's write region.
    delay: so many seconds pass before the answer, or before the fault.
    applied: a write is carried out first, and its answer lost.
    read: false closes or resets once the head of the request is there, before its body is asked for.
    forget: with `lose`, the account no longer names the region.
    """

    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = None
    hang: Seconds | None = None
    close: bool = False
    reset: bool = False
    truncate: bool = False
    stale: bool = False
    lose: bool = False
    move: str | None = None
    delay: Seconds = 0
    substatus: Count = 0
    headers: dict[str, str] = {}
    body: str | None = None
    applied: bool = False
    read: bool = True
    forget: bool = False

    @property
    def actions(self) -> tuple[str, ...]:
        """The names of what it does, a delay apart."""
        given = {"status": self.status is not None, "hang": self.hang is not None, "close": self.close}
        given |= {"reset": self.reset, "truncate": self.truncate, "stale": self.stale, "lose": self.lose}
        return tuple(name for name, is_given in {**given, "move": self.move is not None}.items() if is_given)

    @property
    def action(self) -> str:
        """The name of what it does; a delay alone is "delay"."""
        return next(iter(self.actions), "delay")


class Scripted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A fault and the requests that meet it.

    Of the requests of this kind (`op`, or "*") in this region ("*": any, "global": the account's endpoint),
    the first `skip` pass; the next `times` meet the fault, or all of them where `times` is left out.  A
    request is tried against the script in order, and counts only for the entries that it comes to.
    """

    op: str
    fault: Fault
    region: str = ANY
    times: Annotated[int, msgspec.Meta(ge=1, le=10**9)] | None = None
    skip: Count = 0

    @property
    def limit(self) -> int | None:
        """How often it can be met; None is without end.  A lost region and a moved one happen once."""
        return 1 if self.fault.lose or self.fault.move is not None else self.times
