"""A record: what was seen of one client in one scenario; one JSON object a line in `records.jsonl`.

A record holds observations only.  Verdicts are worked out by whoever reads it, from its trace.
The types here are the format, explained in spec/stand.md.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cosmos_retry.trace import Level, Name, Operation, Trace

FORMAT = 1
Clock = Literal["compressed", "real"]
Heard = Literal["success", "error", "nothing"]
Finding = Literal["lost", "duplicated", "reported falsely"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all parts of a record share: immutable, closed against unknown keys, nothing left out."""


class Made(_Part, frozen=True):
    """The client: its name on the stand, its release, and what it ran in, such as "Python 3.11.9"."""

    name: str
    version: str
    language: str


class Account(_Part, frozen=True):
    """The account that the gateway played; `per_partition_failover` is a flag that an account may have."""

    regions: list[Name]
    write_regions: list[Name]
    per_partition_failover: bool = False


class Options(_Part, frozen=True):
    """The client's options; None, and nothing in `native`, is the client's own default.

    `use_multiple_write_locations` of None follows the account: true where it has several write regions.
    Times are seconds.  `native` is handed to the client's constructor as it stands, under its own names.
    """

    use_multiple_write_locations: bool | None = None
    connection_timeout_s: float | None = None
    read_timeout_s: float | None = None
    max_retries: int | None = None
    max_wait_s: float | None = None
    native: dict[str, Any] = {}


class Played(_Part, frozen=True):
    """The scenario, whole: what its file says, and two short names for tables.

    `topology` is `sw-2r`, `mw-3r` or `mw-2r-off` (several write regions, the client's option off); `fault` is
    `408/0`, `429/0`, `429/0 nowait`, `hang`, `hang-applied`, `refuse`, ..., with ` x1` or ` x2` behind it
    where it ends.
    """

    id: Name
    operation: Operation
    topology: str
    fault: str
    account: Account
    preferred: list[Name]
    consistency: Level
    client: Options
    per_call: dict[str, Any]
    fault_script: list[dict[str, Any]]
    refuse: list[Name]


class Arrived(_Part, frozen=True):
    """A request of the operation that reached the gateway, in order of arrival.

    `t` is in real seconds since the operation began, by the gateway's clock.  `region` is None at the
    account's own endpoint.  `fault` is the fault that it met, in short, or None.  `done` is how the gateway
    left it, `status` what it answered, `retry_after_ms` the wait that it asked for.  `applied` is how many
    documents it changed.  `attempt` is the number (from 1) of the client's attempt that it belongs to, None
    where that is not known; two of one attempt were sent by the HTTP library below the client.
    """

    t: float
    region: str | None
    kind: str
    fault: str | None
    done: str
    status: int | None
    substatus: int
    retry_after_ms: float | None
    applied: int
    attempt: int | None


class Writes(_Part, frozen=True):
    """What became of a write: the ghost-write check; the rule is in `ghost`, and in spec/stand.md.

    `delivered`: requests that the gateway read whole.  `applied`: requests that it carried out.  `finding` is
    the worst of `findings`, or None.  `duplicated` says of a duplicate which it was: "applied" more than
    once, or "delivered" once more when it might have been applied already.
    """

    delivered: int
    applied: int
    heard: Heard
    finding: Finding | None
    findings: list[Finding]
    duplicated: Literal["applied", "delivered"] | None


class Record(_Part, frozen=True):
    """One client in one scenario.

    `trace` has the scenario's id; it is None where the operation never began.  `background` counts requests
    that were none of the operation's own: a count to look at, never to compare.  `writes` is None for a read.
    `unconsumed` are the entries of the fault script that were met less often than they say.  `problem` says
    what went wrong with the run itself, and then nothing else in the record is to be relied on.
    """

    client: Made
    scenario: Played
    trace: Trace | None
    arrivals: list[Arrived]
    background: int
    writes: Writes | None
    unconsumed: list[dict[str, Any]]
    clock: Clock
    problem: str | None
    format: Literal[1] = 1
