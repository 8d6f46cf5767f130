"""A fault script: all that befalls one operation, to be played to a client."""

from __future__ import annotations

from typing import Any

import attrs
import msgspec

from cosmos_retry.config import Config
from cosmos_retry.harness.endings import OPERATION, step_of
from cosmos_retry.harness.play import Play
from cosmos_retry.testing.client import Testable
from cosmos_retry.testing.driving import check
from cosmos_retry.trace import Step
from cosmos_retry.vectors.vector import Ending, Reply

REDIRECT = (403, 3)


def _of_the_operation(script: FaultScript, field: attrs.Attribute[Any], endings: tuple[Ending, ...]) -> None:
    if strange := [one for one in endings if step_of(one) != OPERATION]:
        raise ValueError(f"endings: one has the step {strange[0].step!r}; its place is in metadata")


def _of_metadata_calls(script: FaultScript, field: attrs.Attribute[Any], endings: tuple[Ending, ...]) -> None:
    if any(step_of(one) == OPERATION for one in endings):
        raise ValueError("metadata: an ending names no metadata call as its step")


def _one_or_more(script: FaultScript, field: attrs.Attribute[Any], pages: int) -> None:
    if pages < 1:
        raise ValueError(f"pages: {pages} is below 1")


@attrs.frozen
class FaultScript:
    """An operation and what befalls it: how each attempt ends, and what each reading of the account tells.

    Attempts beyond the endings succeed, or end as the last of them where that is `lasting`; readings beyond
    `account_reads` tell what the last one did, and the account's own write regions where there is none.

    `metadata` are the endings of metadata calls, each with its `step`: the n-th for a step is that of the
    n-th call, whatever attempt it names; calls beyond them succeed.  `needs` are the calls that the client is
    to make before the operation, `pages` is how many pages of a query it is to ask for.  Raises `ValueError`
    for an ending in the wrong one of the two places, and for fewer pages than one.
    """

    config: Config
    endings: tuple[Ending, ...] = attrs.field(default=(), validator=_of_the_operation)
    lasting: bool = False
    account_reads: tuple[tuple[str, ...], ...] = ()
    metadata: tuple[Ending, ...] = attrs.field(default=(), validator=_of_metadata_calls)
    needs: tuple[Step, ...] = ()
    pages: int = attrs.field(default=1, validator=_one_or_more)

    @property
    def redirects(self) -> bool:
        """Whether the client is told that the write region is another one now."""
        return any(isinstance(one, Reply) and (one.status, one.substatus) == REDIRECT for one in self.endings)

    def play(self) -> Play:
        """Return a play of the script, before the first move."""
        # A vector counts all attempts in one row; there the calls come first, and the last ending stays last.
        calls = [msgspec.structs.replace(one, attempt=n) for n, one in enumerate(self.metadata, start=1)]
        own = [_later(one, len(calls)) for one in self.endings]
        return Play(self.config, (*calls, *own), self.account_reads, lasting=self.lasting and bool(own))

    def check(self, client: Testable) -> Play:
        """Play the script to a client and return the play.  Raises `Violation` for a move that is wrong."""
        __tracebackhide__ = True
        return check(client, self.play(), self.needs, self.pages)


def _later(ending: Ending, by: int) -> Ending:
    since = None if ending.since is None else ending.since + by
    return msgspec.structs.replace(ending, attempt=ending.attempt + by, since=since)
