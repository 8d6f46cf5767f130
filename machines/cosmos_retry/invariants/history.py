"""The history of a run: its requests, their attempts and answers, as plain facts.  Times are microseconds."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import cached_property

import attrs

from cosmos_retry.config import Config
from cosmos_retry.invariants.faults import METADATA, SUCCESS
from cosmos_retry.parameters import Profile


@attrs.frozen
class Violation:
    """A promise that was broken: the number of the observation (from 1) that broke it, and how."""

    event: int
    reason: str


@attrs.frozen
class Answer:
    """What became of an attempt.

    `t` is the start of the attempt where the time of the answer was not seen (`timed` is False then).
    `decides` says that no other attempt of the request was under way any more.
    """

    event: int
    t: int
    timed: bool
    fault: str
    status: int | None
    asked: int | None
    decides: bool


@attrs.frozen
class Try:
    """One attempt.

    `after` is the last answer of the request before it, None for the first attempt; `beside` counts the
    attempts of the request that were under way when it was made, and `began` is the start of the first of
    them.  `refreshed`, `account_read` and `told` say what the client learnt since that answer.
    """

    event: int
    t: int
    region: str | None
    replica: int | None
    beside: int
    began: int
    after: Answer | None
    refreshed: bool
    account_read: bool
    told: tuple[str, ...] | None
    answer: Answer | None

    @property
    def met(self) -> str | None:
        """The fault that the attempt met, where its answer decided."""
        return self.answer.fault if self.answer is not None and self.answer.decides else None

    @property
    def follows(self) -> str | None:
        """The fault that the attempt followed; None where it began the request or went beside another."""
        return self.after.fault if self.after is not None and not self.beside else None

    @property
    def delay(self) -> int:
        """The wait between the answer before and this attempt."""
        return self.t - self.after.t if self.after is not None else 0


@attrs.frozen
class Stay:
    """The attempts that a request made in one region before it left."""

    region: str
    tries: tuple[Try, ...]

    def retries(self, faults: AbstractSet[str]) -> tuple[Try, ...]:
        """The attempts here that followed one of these faults met here."""
        return tuple(one for one in self.tries[1:] if one.follows in faults)

    def answers(self, fault: str, before: int) -> int:
        """How many answers of this kind came here before an observation (exclusive), deciding or not."""
        found = (one.answer for one in self.tries)
        return sum(a is not None and a.fault == fault and a.event < before for a in found)


@attrs.frozen
class Request:
    """A request with its retries: the operation's own, one page of a query, or a metadata call.

    `order` is the order of preference; `left` the region of the page before.  `judged` is False where several
    attempts of a query or a metadata call were under way at once: `tries` ends before that.
    """

    kind: str
    order: tuple[str, ...]
    tries: tuple[Try, ...]
    left: str | None = None
    judged: bool = True

    @cached_property
    def located(self) -> tuple[Try, ...]:
        """The attempts up to the first one whose region was not seen."""
        unseen = next((n for n, one in enumerate(self.tries) if one.region is None), len(self.tries))
        return self.tries[:unseen]

    @cached_property
    def stays(self) -> tuple[Stay, ...]:
        """The located attempts, by the region that they stayed in."""
        groups: list[list[Try]] = []
        for one in self.located:
            if groups and groups[-1][-1].region == one.region:
                groups[-1].append(one)
            else:
                groups.append([one])
        return tuple(Stay(str(group[0].region), tuple(group)) for group in groups)

    @property
    def moves(self) -> tuple[tuple[Stay, Try], ...]:
        """The changes of region: the stay that ended, and the attempt that went elsewhere."""
        return tuple((stay, after.tries[0]) for stay, after in zip(self.stays, self.stays[1:], strict=False))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All answers, in the order in which they came."""
        found = [one.answer for one in self.tries if one.answer is not None]
        return tuple(sorted(found, key=lambda answer: answer.event))

    @property
    def open(self) -> bool:
        """Whether an attempt has no answer yet."""
        return any(one.answer is None for one in self.tries)

    @property
    def succeeded(self) -> Answer | None:
        """The first success, if there was one."""
        return next((answer for answer in self.answers if answer.fault == SUCCESS), None)

    def visited(self, before: int) -> tuple[str, ...]:
        """The regions that attempts before an observation (exclusive) went to."""
        return tuple(str(one.region) for one in self.tries if one.event < before)

    def next_region(self, before: int) -> str | None:
        """The first region in the order of preference that no attempt before an observation went to."""
        been = self.visited(before)
        return next((region for region in self.order if region not in been), None)


@attrs.frozen
class End:
    """What the application heard: `status` is None for an error without one, or a result unseen.

    `of` is the request that ended so, as it stood then, or None where that cannot be judged.
    """

    event: int
    t: int
    success: bool
    status: int | None
    of: Request | None


@attrs.frozen
class History:
    """A run as it was seen: configuration, requests, end, and the first observation after the end, if any."""

    config: Config
    profile: Profile
    requests: tuple[Request, ...]
    end: End | None
    beyond: int | None

    @property
    def own(self) -> tuple[Request, ...]:
        """The requests of the operation itself, without metadata calls."""
        return tuple(request for request in self.requests if request.kind != METADATA)

    @property
    def failed(self) -> tuple[End, Request] | None:
        """The error that the application heard, and its request: all answered, none with a success."""
        end = self.end
        if end is None or end.success or end.of is None or end.of.open or end.of.succeeded:
            return None
        return (end, end.of) if end.of.tries else None

    def number(self, name: str) -> float:
        """A parameter of the profile: microseconds for those in seconds."""
        return self.profile.number(name, self.config)
