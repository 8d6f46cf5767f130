"""The adapter protocol, first edition: what the stand and an adapter say to each other, a message a line.

The types are the format; spec/stand.md explains the messages.  Unknown keys of an adapter are refused.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from cosmos_retry.stand.record import Clock
from cosmos_retry.trace import Cause, Operation, Seconds, Step, Substatus

VERSION = 1
LONGEST_LINE = 8 * 1024 * 1024  # bytes of an adapter's line, its end included
MOST_ATTEMPTS = 10_000

Text = Annotated[str, msgspec.Meta(max_length=1000)]
Status = Annotated[int, msgspec.Meta(ge=100, le=599)]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all messages share."""


class Hello(_Message, frozen=True, tag="hello"):
    """The stand's first message."""

    protocol: int


class Prepare(_Message, frozen=True, tag="prepare"):
    """Make a client and let it start: it reads the account, and may read the container, but no document.

    endpoint: the account's own; the account tells those of its regions.
    client: `preferred_locations`, `use_multiple_write_locations`, and what the scenario sets of
        `connection_timeout_s`, `read_timeout_s`, `max_retries`, `max_wait_s` and `native`.
    clock: whether the adapter may compress its client's waits.
    """

    scenario: str
    endpoint: str
    key: str
    database: str
    container: str
    consistency: str
    client: dict[str, Any]
    clock: Clock


class Perform(_Message, frozen=True, tag="perform", omit_defaults=True):
    """Perform one operation.

    patience_s: where requests hang, an adapter that compresses time may wait this long for an answer, in real
    seconds, and put what is missing to the client's own timeout on its clock.
    """

    operation: Operation
    id: str
    partition_key: str
    document: dict[str, Any]
    query: str | None = None
    parameters: list[dict[str, Any]] | None = None
    patch: list[dict[str, Any]] | None = None
    batch: list[dict[str, Any]] | None = None
    procedure: str | None = None
    arguments: list[Any] | None = None
    per_call: dict[str, Any] = {}
    patience_s: float | None = None


class Close(_Message, frozen=True, tag="close"):
    """The scenario is over; close the client."""


class Introduction(_Message, frozen=True, tag="hello"):
    """The adapter's answer to `hello`: its client, and what that runs in."""

    protocol: Literal[1]
    name: Text
    version: Text
    language: Text = ""


class Ready(_Message, frozen=True, tag="ready"):
    """The answer to `prepare`."""


class Tried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One attempt of the operation, as the client's transport made it.

    t, ended: seconds since the operation began, by the client's clock.  endpoint: where it went.
    Either `status` is there, or `failure` is; both are there where the answer broke off.
    """

    t: Seconds
    endpoint: Text
    ended: Seconds | None = None
    step: Step | None = None
    status: Status | None = None
    substatus: Substatus = 0
    retry_after_ms: Annotated[float, msgspec.Meta(ge=0)] | None = None
    failure: Cause | None = None
    error: Text | None = None


class Heard(_Message, frozen=True, tag="heard"):
    """The answer to `perform`: what the application heard.

    t: when, seconds since the operation began, by the client's clock; left out, it is the stand's.
    status, substatus: as the application was shown them.  name: of the error, as the client calls it.
    attempts: in order; left out, the adapter cannot see them, and the gateway's record stands for them.
    """

    outcome: Literal["success", "error"]
    t: Seconds | None = None
    status: Status | None = None
    substatus: Substatus | None = None
    name: Text | None = None
    message: Text | None = None
    attempts: Annotated[list[Tried], msgspec.Meta(max_length=MOST_ATTEMPTS)] | None = None


class Closed(_Message, frozen=True, tag="closed"):
    """The answer to `close`."""


class Problem(_Message, frozen=True, tag="problem"):
    """Instead of any answer: the adapter could not do it, for this reason."""

    reason: Text


FromAdapter = Introduction | Ready | Heard | Closed | Problem
