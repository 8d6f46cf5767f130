"""A trace: what can be seen between a client, its environment and the application, first edition.

One operation is one JSON object.  Times are seconds since the operation began.  What an observer cannot
see (the replica, an address refresh, whether a failed request was sent) is left out, never invented.
The types here are the format: unknown keys are refused, and `schema()` publishes them as JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from cosmos_retry.schemas import document

VERSION = 1
MOST_MISSING = 100

Seconds = Annotated[float, msgspec.Meta(ge=0, description="Seconds since the operation began.")]
Name = Annotated[str, msgspec.Meta(min_length=1)]
Status = Annotated[int, msgspec.Meta(ge=100, le=599, description="HTTP status code.")]
Substatus = Annotated[int, msgspec.Meta(ge=0, description="Cosmos DB substatus code, 0 where there is none.")]
Level = Literal["Strong", "BoundedStaleness", "Session", "ConsistentPrefix", "Eventual"]
Mode = Literal["direct", "gateway"]
Step = Literal["query_plan", "address_resolution", "partition_key_ranges", "page"]
Cause = Literal["timeout", "connectivity"]
BlindSpot = Literal["replica", "sent", "address_refresh", "account_refresh", "attempt", "response"]
Operation = Literal[
    "point_read",
    "query",
    "create",
    "upsert",
    "replace",
    "delete",
    "patch",
    "transactional_batch",
    "stored_procedure",
    "read",  # and these are other spellings of the same
    "point read",
    "batch",
    "transactional batch",
    "stored procedure",
]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all parts of a trace share: immutable, closed against unknown keys."""


class Attempt(_Part, frozen=True, tag_field="kind", tag="attempt"):
    """The client sends a request, or tries to."""

    t: Seconds
    region: Name | None = None
    replica: Annotated[int, msgspec.Meta(ge=0)] | None = None
    step: Step | None = None


class Response(_Part, frozen=True, tag_field="kind", tag="response"):
    """The service answers an attempt; `of` is that attempt's number, counted from 1."""

    status: Status
    t: Seconds | None = None
    substatus: Substatus = 0
    retry_after_ms: Annotated[float, msgspec.Meta(ge=0)] | None = None
    of: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Failure(_Part, frozen=True, tag_field="kind", tag="failure"):
    """The client gives an attempt up; `sent` says whether the request was sent over the wire."""

    cause: Cause
    t: Seconds | None = None
    sent: bool | None = None
    of: Annotated[int, msgspec.Meta(ge=1)] | None = None


class AddressRefresh(_Part, frozen=True, tag_field="kind", tag="address_refresh"):
    """The client has the replicas' addresses resolved again."""

    t: Seconds


class AccountRefresh(_Part, frozen=True, tag_field="kind", tag="account_refresh"):
    """The client reads the account again; `write_regions` is what it was told, where that was seen."""

    t: Seconds
    write_regions: list[Name] | None = None


class Result(_Part, frozen=True, tag_field="kind", tag="result"):
    """The application gets its answer."""

    t: Seconds
    status: Status | None = None


class Error(_Part, frozen=True, tag_field="kind", tag="error"):
    """The application gets an error; a null `status` is an error without one, under the client's `name`."""

    t: Seconds
    status: Status | None
    substatus: Substatus | None = None
    name: str | None = None


Event = Attempt | Response | Failure | AddressRefresh | AccountRefresh | Result | Error


class Account(_Part, frozen=True):
    """The account: its regions in order, and which of them accept writes."""

    regions: list[Name]
    write_regions: list[Name]
    consistency: Level | None = None


class Throttling(_Part, frozen=True):
    """The client's limits for retries after a 429, both inclusive; left out, they are the documented ones."""

    max_retries: int | None = None
    max_wait_s: float | None = None


class Client(_Part, frozen=True):
    """The client's options; `request_timeout_s` applies to Direct mode only."""

    preferred_locations: list[Name] = []
    use_multiple_write_locations: bool = False
    request_timeout_s: float | None = None
    throttling: Throttling = Throttling()


Slack = Annotated[float, msgspec.Meta(ge=0, description="Seconds to either side, both included.")]
Most = Annotated[int, msgspec.Meta(ge=0, le=MOST_MISSING)]


class Tolerance(_Part, frozen=True):
    """How exact the times are.

    `clock_s` is how far a time that was seen may be from the true one, and `jitter_s` how far a move of the
    client may be from the moment that it was meant for.
    """

    clock_s: Slack = 0.0
    jitter_s: Slack = 0.0


class Missing(_Part, frozen=True):
    """How many attempts (each with its answer) and how many answers may be missing from the record.

    `regions` and `unsent` say which attempts: those in these regions only, and only those that failed before
    they were sent over the wire.
    """

    attempts: Most | None = None
    responses: Most | None = None
    regions: list[Name] | None = None
    unsent: bool = False


EXACT_TIMES, NOTHING_MISSING = Tolerance(), Missing()


class Trace(_Part, frozen=True):
    """One operation, its configuration, and what was seen of it, in order of time.

    `blind` declares what this observer could not see at all, so that its absence proves nothing; `tolerance`
    how exact its times are, and `missing` how much of what it sees may be missing here.
    """

    id: Name
    operation: Operation
    mode: Mode
    consistency: Level
    account: Account
    events: list[Event]
    client: Client = Client()
    blind: list[BlindSpot] = []
    tolerance: Tolerance = EXACT_TIMES
    missing: Missing = NOTHING_MISSING
    version: Literal[1] = 1
    note: str | None = None


def schema() -> dict[str, Any]:
    """Return the trace format as a JSON Schema (draft 2020-12) document."""
    return document(msgspec.json.schema(Trace))
