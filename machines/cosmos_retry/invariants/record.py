"""The record: how a list of observations becomes a history."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cosmos_retry.config import Config
from cosmos_retry.invariants.faults import METADATA, READ, SUCCESS, WRITE, fault_of
from cosmos_retry.invariants.history import Answer, End, History, Request, Try
from cosmos_retry.parameters import Profile
from cosmos_retry.trace import (
    AccountRefresh,
    AddressRefresh,
    Attempt,
    Error,
    Event,
    Failure,
    Response,
    Result,
)
from cosmos_retry.units import seconds_to_us


@attrs.define
class _Draft:
    """A request that is still being watched, with what the client learnt since its last answer."""

    kind: str
    order: tuple[str, ...]
    left: str | None
    step: str = ""
    tries: list[Try] = attrs.field(factory=list)
    last: Answer | None = None
    refreshed: bool = False
    account_read: bool = False
    told: tuple[str, ...] | None = None
    judged: bool = True

    def under_way(self) -> int:
        return sum(one.answer is None for one in self.tries)

    def begin(self, event: Attempt, number: int) -> int:
        """Add an attempt; return its place among the tries."""
        t, beside = seconds_to_us(event.t), self.under_way()
        self.tries.append(
            Try(
                event=number,
                t=t,
                region=event.region,
                replica=event.replica,
                beside=beside,
                began=self.tries[-1].began if beside else t,
                after=self.last,
                refreshed=self.refreshed,
                account_read=self.account_read,
                told=self.told,
                answer=None,
            )
        )
        return len(self.tries) - 1

    def close(self, place: int, answer: Answer) -> None:
        """Add the answer to an attempt; what the client knew before it is stale now."""
        self.tries[place] = attrs.evolve(self.tries[place], answer=answer)
        self.last = answer
        self.refreshed = self.account_read = False
        self.told = None

    def freeze(self) -> Request:
        return Request(self.kind, self.order, tuple(self.tries), self.left, self.judged)


class Recorder:
    """Takes observations one by one and knows the history so far."""

    def __init__(self, config: Config, profile: Profile) -> None:
        self._config, self._profile = config, profile
        self._kind = WRITE if config.is_write else READ
        self._own = _Draft(self._kind, config.order, None)
        self._requests = [self._own]
        self._side: _Draft | None = None
        self._made: list[tuple[_Draft, int] | None] = []  # by number: whose attempt, and which of its tries
        self._open: list[int] = []
        self._end: End | None = None
        self._beyond: int | None = None
        self._number = 0

    def take(self, event: Event) -> None:
        """Take the next observation."""
        self._number += 1
        if self._end is not None and self._beyond is None and not isinstance(event, Response | Failure):
            self._beyond = self._number
        match event:
            case Attempt():
                self._attempt(event)
            case Response() | Failure():
                self._answer(event)
            case AddressRefresh():
                self._own.refreshed = True
            case AccountRefresh():
                self._own.account_read = True
                # What the last refresh named counts; of one that was not seen to name any, nothing is known.
                named = event.write_regions
                self._own.told = None if named is None else tuple(named)
            case Result() | Error():
                self._finish(event)

    def history(self) -> History:
        """Return the history of what has been taken."""
        requests = tuple(draft.freeze() for draft in self._requests)
        return History(self._config, self._profile, requests, self._end, self._beyond)

    def _attempt(self, event: Attempt) -> None:
        draft = self._metadata(event.step) if event.step not in (None, "page") else self._data()
        alone = draft.kind == METADATA or self._config.operation == "query"
        if alone and draft.under_way():
            # Nothing is said about several at once: what follows in this request cannot be judged.
            draft.judged = False
        self._made.append((draft, draft.begin(event, self._number)) if draft.judged else None)
        self._open.append(len(self._made))

    def _data(self) -> _Draft:
        """The operation's own request: a page of a query that has arrived ends one and begins another."""
        self._give_up()
        own = self._own
        done = own.last is not None and own.last.fault == SUCCESS
        if self._config.operation == "query" and own.judged and done:
            self._own = _Draft(self._kind, self._config.order, own.tries[-1].region)
            self._requests.append(self._own)
        return self._own

    def _give_up(self) -> None:
        """Drop a call that failed, or a query plan under way: nothing is said of going on without it."""
        side = self._side
        if side is not None and (side.step == "query_plan" or not side.under_way()):
            side.judged = False
            self._side = None

    def _metadata(self, step: str | None) -> _Draft:
        if self._side is None:
            self._side = _Draft(METADATA, self._config.read_order, None)
            self._requests.append(self._side)
        self._side.step = str(step)
        return self._side

    def _answer(self, event: Response | Failure) -> None:
        number = event.of if event.of is not None else self._open[-1]
        self._open.remove(number)
        made = self._made[number - 1]
        if made is None:
            return
        draft, place = made
        response = event if isinstance(event, Response) else None
        asked = response.retry_after_ms if response is not None else None
        answer = Answer(
            event=self._number,
            t=draft.tries[place].t if event.t is None else seconds_to_us(event.t),
            timed=event.t is not None,
            fault=fault_of(self._config, draft.kind, event),
            status=response.status if response is not None else None,
            asked=None if asked is None else round(asked * 1000),
            decides=draft.under_way() == 1,
        )
        draft.close(place, answer)
        if draft.kind == METADATA:
            self._answered(draft, answer)

    def _answered(self, draft: _Draft, answer: Answer) -> None:
        """Note what the answer to a metadata call means; a late one may bring a dropped call back."""
        if answer.fault != SUCCESS:
            self._side = self._side or draft
        elif draft is self._side and draft.judged:
            self._side = None
            if draft.step == "address_resolution":
                self._own.refreshed = True

    def _finish(self, event: Result | Error) -> None:
        if self._end is not None:
            return
        whose = self._own
        if isinstance(event, Error) and self._side is not None and not self._side.under_way():
            whose = self._side
        of = whose.freeze() if whose.judged else None
        t = seconds_to_us(event.t)
        self._end = End(self._number, t, isinstance(event, Result), event.status, of)


def read_history(config: Config, events: Sequence[Event], profile: Profile) -> History:
    """Return the history of a well-formed list of observations."""
    recorder = Recorder(config, profile)
    for event in events:
        recorder.take(event)
    return recorder.history()
