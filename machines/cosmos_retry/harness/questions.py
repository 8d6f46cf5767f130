"""The messages of the oracle: what an implementation asks it, and what it answers, first edition.

Each message is one JSON object on one line; each question has just one answer.  `protocol.schema` publishes
these types, spec/protocol.md explains them.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from cosmos_retry.harness.messages import Hello, Message, Text
from cosmos_retry.trace import Account, Client, Event, Level, Mode, Name, Operation

MOST_OPEN = 1_000  # operations at once
MOST_EVENTS = 1_000  # of one operation

Verdict = Literal["permitted", "unspecified", "unobservable", "violates"]
Unseen = Literal["replica", "sent", "address_refresh", "account_refresh"]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Open(Message, frozen=True, tag_field="kind", tag="open"):
    """An operation begins, under a name that the asker chooses; its settings are those of a trace.

    `blind` is what the asker does not see; that it sees every attempt and every answer is taken for granted.
    """

    id: Name
    operation: Operation
    mode: Mode
    consistency: Level
    account: Account
    client: Client = Client()
    blind: list[Unseen] = msgspec.field(default_factory=list)


class Observe(Message, frozen=True, tag_field="kind", tag="observe"):
    """Something happens in an operation: an event, as a trace has it."""

    id: Name
    event: Event


class WhatNow(Message, frozen=True, tag_field="kind", tag="permitted"):
    """What may the client do now?"""

    id: Name


class Close(Message, frozen=True, tag_field="kind", tag="close"):
    """Nothing more is asked about an operation, and its name is free again."""

    id: Name


class Permission(Message, frozen=True):
    """One move that is permitted, or on which the documents do not speak: which one, where and when.

    It may be made from `from_s` until `until_s`, both included, but with `after` set only later than
    `from_s`; without `until_s` there is no end.  `regions` and `replica` (against that of the last attempt)
    belong to an attempt, `status` to an error, where none is an error without a status of its own.
    """

    move: Literal["attempt", "address_refresh", "account_refresh", "result", "error"]
    row: Name
    from_s: float
    verdict: Verdict = "permitted"
    after: bool = False
    until_s: float | None = None
    regions: list[Name] = msgspec.field(default_factory=list)
    replica: Literal["same", "other"] | None = None
    status: int | None = None
    cites: list[Name] = msgspec.field(default_factory=list)
    assumption: Name | None = None


class OracleHello(Message, frozen=True, tag_field="kind", tag="hello"):
    """The oracle's answer to a hello."""

    protocol: Literal[1]
    name: Text
    version: Text = ""


class Opened(Message, frozen=True, tag_field="kind", tag="opened"):
    """The operation has begun; `moves` is what the client may do first."""

    id: Name
    moves: list[Permission]


class Observed(Message, frozen=True, tag_field="kind", tag="observed"):
    """What the contract says of an event, number `event` of its operation.

    `so_far` is the verdict on all of the operation: an event that violates is not taken, and leaves it as it
    was.  `clauses` and `assumptions` say, by name, what stands behind that; `moves` is what the client may
    do next, or might have done instead.
    """

    id: Name
    event: Count
    verdict: Verdict
    so_far: Literal["conforms", "unspecified", "unobservable"]
    ended: bool = False
    rows: list[Name] = msgspec.field(default_factory=list)
    reason: str = ""
    clauses: dict[str, str] = msgspec.field(default_factory=dict)
    assumptions: dict[str, str] = msgspec.field(default_factory=dict)
    moves: list[Permission] = msgspec.field(default_factory=list)


class Permitted(Message, frozen=True, tag_field="kind", tag="permitted"):
    """What the client may do, from the time `now` on."""

    id: Name
    now: float
    moves: list[Permission]


class Closed(Message, frozen=True, tag_field="kind", tag="closed"):
    """The operation is forgotten; this was its verdict, and whether the application had heard."""

    id: Name
    verdict: Literal["conforms", "unspecified", "unobservable"]
    ended: bool


class Refused(Message, frozen=True, tag_field="kind", tag="refused"):
    """The line with this number, from 1, could not be answered, and has changed nothing."""

    line: int
    reason: str


Question = Hello | Open | Observe | WhatNow | Close
OracleAnswer = OracleHello | Opened | Observed | Permitted | Closed | Refused
