"""The run: a path of the graph played on the real machine, event by event, in whole microseconds."""

from __future__ import annotations

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.instants import instant_us
from cosmos_retry.machine import Step
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.table import table_for
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
from cosmos_retry.units import US_PER_SECOND
from cosmos_retry.worst.rule import ANY_STATUS, PERMITTED

METADATA_STEP = "address_resolution"
_REPLICAS = 4


class Refused(Exception):  # noqa: N818 - a finding about a path: no run follows it at these times
    """The machine does not take the next event of a path at its time by its row."""


@attrs.frozen
class Played:
    """A run as it was played: its events, when it ended, the regions of its attempts, what it rests on."""

    events: tuple[Event, ...]
    end_us: int
    attempts: tuple[str, ...]
    assumptions: frozenset[str]


class Player:
    """Plays events on the table of a lifecycle, which must take each of them by a named, permitted row."""

    def __init__(self, contract: Contract, lifecycle: str, config: Config) -> None:
        """Begin a request."""
        self._contract, self._config = contract, config
        self._lifecycle = lifecycle
        self._table = table_for(contract, lifecycle, config)
        self._rows = {row.id: row for row in contract.lifecycles[lifecycle].rows}
        self.state, self.memory, self.now = "start", Memory(), 0
        self._events: list[Event] = []
        self._attempts: list[str] = []
        self._open: list[int] = []
        self._rests_on: frozenset[str] = frozenset()
        self._substatus = 0

    def first(self, row: str) -> int:
        """Return the first moment from now on that the lower bounds of a row permit."""
        moments = [self.now]
        for relation, name in self._rows[row].bounds:
            if relation != "not_after":
                moments.append(self._moment(name) + (relation == "after"))
        return max(moments)

    def latest(self, row: str) -> int:
        """Return the last moment that the upper bounds of a row permit; it must have one."""
        return min(self._moment(name) for relation, name in self._rows[row].bounds if relation == "not_after")

    def take(self, seen: Seen, row: str, t: int) -> None:
        """Take an event at a time.  Raises `Refused` where this row does not take it then."""
        if t < self.now:
            raise Refused(f"{row}: {t} µs is before {self.now} µs")
        told = seen.event == "attempt" and seen.replica_is is not None
        replica = self._replica(seen) if told else None
        surfaced = seen.event == "error" and seen.status == ANY_STATUS
        status = self.memory.received if surfaced else seen.status
        at = attrs.evolve(seen, t=t, replica=replica, replica_is=None, status=status)
        step = self._table.step(self.state, self.memory, at)
        if not isinstance(step, Step) or step.row.id != row or step.row.verdict != PERMITTED:
            raise Refused(f"{self.state}: {row} does not take {at}")
        self.state, self.memory, self.now = step.state, step.memory, t
        self._rests_on |= step.rests_on
        self._events.append(self._event(at))

    def played(self) -> Played:
        """Return what was played so far."""
        return Played(tuple(self._events), self.now, tuple(self._attempts), self._rests_on)

    def _moment(self, name: str) -> int:
        instant = self._contract.vocabulary.instants[name]
        return instant_us(instant, self._contract.profile, self._config, self.memory)

    def _replica(self, seen: Seen) -> int:
        last = self.memory.replica
        if last is None:
            return 0
        return last if seen.replica_is == "same" else (last + 1) % _REPLICAS

    def _event(self, seen: Seen) -> Event:
        t = seen.t / US_PER_SECOND
        match seen.event:
            case "attempt":
                self._attempts.append(str(seen.region))
                self._open.append(len(self._attempts))
                step = METADATA_STEP if self._lifecycle == "metadata" else None
                return Attempt(t=t, region=seen.region, replica=seen.replica, step=step)  # type: ignore[arg-type]
            case "response":
                asked = None if seen.asked is None else seen.asked / 1000
                self._substatus = seen.substatus
                status = int(seen.status or 0)
                return Response(
                    t=t, status=status, substatus=seen.substatus, retry_after_ms=asked, of=self._of()
                )
            case "failure":
                return Failure(t=t, cause=seen.cause, sent=seen.sent, of=self._of())  # type: ignore[arg-type]
            case "address_refresh":
                return AddressRefresh(t=t)
            case "account_refresh":
                return AccountRefresh(t=t, write_regions=list(seen.write_regions or ()))
            case "result":
                return Result(t=t, status=seen.status)
        substatus = self._substatus if seen.status == self.memory.received else 0
        return Error(t=t, status=seen.status, substatus=substatus)

    def _of(self) -> int | None:
        """The number of the attempt that is answered, where several are open: the oldest of them."""
        several = len(self._open) > 1
        number = self._open.pop(0)
        return number if several else None
