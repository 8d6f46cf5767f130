"""The messages of the protocol, first edition: what the harness and a program under test say to each other.

Each message is one JSON object on one line.  A move is an event of a trace, just as spec/trace.md has it.
The types here are the format; `protocol.schema` publishes them, spec/protocol.md explains them.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from cosmos_retry.trace import (
    Account,
    AccountRefresh,
    AddressRefresh,
    Attempt,
    Client,
    Error,
    Failure,
    Level,
    Mode,
    Name,
    Operation,
    Response,
    Result,
    Seconds,
    Step,
)

VERSION = 1
LONGEST_LINE = 65_536  # bytes of a program's line, its end included
MOST_MOVES = 1_000  # of a program, in one vector

Text = Annotated[str, msgspec.Meta(max_length=200)]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all messages share: immutable, closed against unknown keys."""


class Hello(Message, frozen=True, tag_field="kind", tag="hello"):
    """The first line of the harness, and of the oracle: the edition of the protocol that it speaks."""

    protocol: Annotated[int, msgspec.Meta(ge=1)]


class Introduction(Message, frozen=True, tag_field="kind", tag="hello"):
    """The program's answer: who it is, and what it can be asked for; what is left out is all there is."""

    protocol: Literal[1]
    name: Text
    version: Text = ""
    operations: list[Operation] | None = None
    modes: list[Mode] | None = None
    levels: list[Level] | None = None


class Begin(Message, frozen=True, tag_field="kind", tag="begin"):
    """A vector begins: its configuration, as a trace has it; the program answers with its first move.

    `needs` names metadata calls whose results the client has not cached: it makes them before the operation.
    `pages` is how many pages a query has; after the last one the application gets its answer.
    """

    id: Name
    operation: Operation
    mode: Mode
    consistency: Level
    account: Account
    client: Client = Client()
    needs: list[Step] = []
    pages: Annotated[int, msgspec.Meta(ge=1)] = 1


class Next(Message, frozen=True, tag_field="kind", tag="next"):
    """What has come since, and the time it is; the program answers with its next move.

    `events` are answers, each with the number of its attempt in `of` and its time in `t`, or the reading of
    the account that was asked for.  `attempts` counts those made so far.  With `overtaken` set, the last
    move has not been made: these answers came before its time.
    """

    now: Seconds
    attempts: int
    events: list[Response | Failure | AccountRefresh] = []
    overtaken: bool = False


class Over(Message, frozen=True, tag_field="kind", tag="over"):
    """The vector is over, and this is what came of it; the program answers that it is ready for another."""

    id: Name
    outcome: Literal["passed", "unspecified", "failed", "skipped"]
    reason: str = ""


class Bye(Message, frozen=True, tag_field="kind", tag="bye"):
    """There are no more vectors; the program ends, and does not answer."""


class Wait(Message, frozen=True, tag_field="kind", tag="wait"):
    """The client does nothing until the next answer, or until the time `until`, whichever comes first."""

    until: Seconds | None = None


class Skip(Message, frozen=True, tag_field="kind", tag="skip"):
    """The answer to `begin` of a program that cannot play this vector, with its reason."""

    reason: Text


class Ready(Message, frozen=True, tag_field="kind", tag="ready"):
    """The answer to `over`: nothing is left of the vector, and another one may begin."""


Move = Attempt | AddressRefresh | AccountRefresh | Result | Error
FromHarness = Hello | Begin | Next | Over | Bye
FromProgram = Introduction | Move | Wait | Skip | Ready
