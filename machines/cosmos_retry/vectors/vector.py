"""A conformance vector: a configuration, how each attempt ends, and what a client may do at each point.

Vectors are generated from the contract, never written by hand; tests/vectors/README.md is the page for
those who read them in another language.  The types here are the format, `schema()` publishes them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from cosmos_retry.config import Config
from cosmos_retry.schemas import document
from cosmos_retry.trace import (
    Account,
    Cause,
    Client,
    Event,
    Level,
    Mode,
    Name,
    Operation,
    Status,
    Step,
    Substatus,
    Trace,
)

VERSION = 1

Number = Annotated[int, msgspec.Meta(ge=1)]
Span = Annotated[float, msgspec.Meta(ge=0, description="Seconds.")]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all parts of a vector share: immutable, closed against unknown keys."""


class Reply(_Part, frozen=True, tag_field="kind", tag="response"):
    """The service answers attempt number `attempt`, counted from 1 over all attempts of the vector's own run.

    Another client's n-th attempt for a step meets the n-th ending for that step.

    It does so `after_s` seconds after the attempt `since` began, which is the attempt itself where it is
    left out; never before the attempt itself began.
    """

    attempt: Number
    status: Status
    after_s: Span
    substatus: Substatus = 0
    retry_after_ms: Annotated[float, msgspec.Meta(ge=0)] | None = None
    since: Number | None = None
    step: Step | None = None


class Breakdown(_Part, frozen=True, tag_field="kind", tag="failure"):
    """Attempt number `attempt` fails at the client; `sent` says whether the request went over the wire.

    When it does so is told as in a reply.
    """

    attempt: Number
    cause: Cause
    sent: bool
    after_s: Span
    since: Number | None = None
    step: Step | None = None


Ending = Reply | Breakdown


class Bound(_Part, frozen=True):
    """A side of a move's time: at `t_s` in the vector's own run, which is `plus_s` after an event of it.

    `side` is `not_before`, `after` or `not_after`; all but `after` include the moment itself.  `event` counts
    the run's events from 1.  `own_delays` says that the moment depends on how long the client waited before.
    """

    side: Literal["not_before", "after", "not_after"]
    instant: Name
    t_s: float
    event: Number
    plus_s: float
    own_delays: bool = False


class Choice(_Part, frozen=True):
    """One move: what a row permits, leaves open, or forbids, from when until when.

    `from_s` and `until_s` are seconds since the operation began, both included, but with `after` set the move
    must come later than `from_s`; without `until_s` there is no end.  `regions` and `replica` (`same` as the
    last attempt, `other`, or any where it is left out) belong to an attempt; the region `*` is one that the
    account does not have.  `statuses` belong to a result or an error: `success` is 200 to 299 and 304, `none`
    an error without a status of its own, `other` a status that no choice of this turn names.
    """

    move: Literal["attempt", "address_refresh", "account_refresh", "result", "error"]
    row: Name
    verdict: Literal["permitted", "unspecified", "unobservable", "forbidden"] = "permitted"
    regions: tuple[Name, ...] = ()
    replica: Literal["same", "other"] | None = None
    statuses: tuple[Status | Literal["success", "none", "other"], ...] = ()
    from_s: Span = 0.0
    after: bool = False
    until_s: Span | None = None
    bounds: tuple[Bound, ...] = ()


class Turn(_Part, frozen=True):
    """The client's turn: what it may do, and the event that the vector's own run goes on with.

    `then` is that event and the answers that come before the client's next turn; `rows` took them, one after
    the other.
    """

    choices: list[Choice]
    then: list[Event]
    rows: list[Name]


class Vector(_Part, frozen=True):
    """One vector.

    `endings` say how each attempt ends, in whatever region and at whatever time the client makes it; an
    attempt beyond them succeeds, or ends as the last of them where that is `lasting`.  `account_reads` is
    what each reading of the account names as write regions, the last one for all after it; empty, the
    account's own.  `verdict` is that of the vector's own run, which stands in `turns`, event by event, and
    `ended` says whether the application hears in it.  `flags` say why the vector is there.
    """

    id: Name
    about: str
    operation: Operation
    mode: Mode
    consistency: Level
    account: Account
    endings: list[Ending]
    turns: list[Turn]
    verdict: Literal["conforms", "unspecified", "unobservable"]
    ended: bool = True
    lasting: bool = False
    client: Client = Client()
    account_reads: list[list[Name]] = []
    assumptions: list[Name] = []
    cites: list[Name] = []
    flags: list[Name] = []

    @property
    def events(self) -> list[Event]:
        """The vector's own run."""
        return [event for turn in self.turns for event in turn.then]

    @property
    def trace(self) -> Trace:
        """The vector's own run as a trace."""
        return Trace(
            id=self.id,
            operation=self.operation,
            mode=self.mode,
            consistency=self.consistency,
            account=self.account,
            client=self.client,
            events=self.events,
        )

    @property
    def config(self) -> Config:
        """The configuration.  Raises `ConfigError` for a setting that is not permitted."""
        return Config.from_trace(self.trace)


class RowNote(_Part, frozen=True):
    """What a runner says of a row: its sentence, its clauses, and the assumption that it rests on, if any."""

    says: str
    cites: list[Name]
    basis: Name


class VectorFile(_Part, frozen=True):
    """A file of vectors, and the rows that they name."""

    version: Literal[1]
    lifecycle: Name
    rows: dict[str, RowNote]
    vectors: list[Vector]


def schema() -> dict[str, Any]:
    """Return the format of a file as a JSON Schema (draft 2020-12) document."""
    return document(msgspec.json.schema(VectorFile))
