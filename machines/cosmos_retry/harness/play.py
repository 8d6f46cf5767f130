"""A play: one operation of a client in virtual time, its attempts ended as a vector says, its moves judged.

>>> play = Play.of(vector)
>>> judged = play.move(Attempt(t=0.0, region="West US"))
>>> play.wait()  # the answers that came next, and `play.now` is when
"""

from __future__ import annotations

from collections.abc import Sequence

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, load_contract
from cosmos_retry.harness.endings import Answer
from cosmos_retry.harness.environment import Environment
from cosmos_retry.harness.judged import Judged, accepted, refused
from cosmos_retry.harness.record import BadMove, moment_us, record
from cosmos_retry.moves import Move
from cosmos_retry.oracle import NotPermitted, Operation
from cosmos_retry.search import CONFORMS, UNOBSERVABLE
from cosmos_retry.trace import AccountRefresh, AddressRefresh, Attempt, Error, Event, Result, Trace
from cosmos_retry.units import US_PER_SECOND, seconds_to_us
from cosmos_retry.vectors.vector import Ending, Vector
from cosmos_retry.verdict import UNSPECIFIED, VIOLATES

ClientEvent = Attempt | AddressRefresh | AccountRefresh | Result | Error


class Play:
    """One operation under way: the client moves, the environment answers, the oracle judges.

    Times are seconds since the operation began.  A play is over when the application has heard, or with
    the first move that violates the contract.
    """

    def __init__(
        self,
        config: Config,
        endings: Sequence[Ending] = (),
        account_reads: Sequence[Sequence[str]] = (),
        contract: Contract | None = None,
        name: str = "play",
        lasting: bool = False,
    ) -> None:
        """Begin with a configuration, and with what the attempts and the readings of the account come to.

        Where they are `lasting`, attempts beyond the endings end as the last one.  The last of the
        `account_reads` holds for all after it; without any, the account is as configured.
        """
        self.name = name
        self.config = config
        self.events: list[Event] = []
        self.judged: list[Judged] = []
        self.operation = Operation(config, contract or load_contract())
        self._environment = Environment(
            config.operation, config.write_regions, endings, account_reads, lasting
        )
        self._now = 0

    @classmethod
    def of(cls, vector: Vector, contract: Contract | None = None) -> Play:
        """Return a play of a vector, before the first move.  Raises `ConfigError` for a bad setting."""
        return cls(vector.config, vector.endings, vector.account_reads, contract, vector.id, vector.lasting)

    @property
    def now(self) -> float:
        """The time: that of the last move or answer."""
        return self._now / US_PER_SECOND

    @property
    def attempts(self) -> int:
        """How many attempts the client has made, metadata calls included."""
        return self._environment.attempts

    @property
    def due(self) -> float | None:
        """When the next answer comes; None where no attempt is under way."""
        due = self._environment.due
        return None if due is None else due / US_PER_SECOND

    @property
    def heard(self) -> bool:
        """Whether the application has heard."""
        return any(isinstance(event, Result | Error) for event in self.events[-1:])

    @property
    def over(self) -> bool:
        """Whether nothing more can be done: the application has heard, or a move violated the contract."""
        return self.violation is not None or self.heard

    @property
    def violation(self) -> Judged | None:
        """The move that violated the contract, if one did."""
        return next((one for one in self.judged[-1:] if one.verdict == VIOLATES), None)

    @property
    def verdict(self) -> str:
        """What the play comes to so far: `conforms`, `unobservable`, `unspecified` or `violates`."""
        if self.violation is not None:
            return VIOLATES
        found = {one.verdict for one in self.operation.hypotheses}
        return next(verdict for verdict in (CONFORMS, UNOBSERVABLE, UNSPECIFIED) if verdict in found)

    @property
    def unmet(self) -> int:
        """How many of the vector's endings no attempt has met."""
        return self._environment.unmet

    def permitted(self) -> tuple[Move, ...]:
        """Return the moves that the client may make now, those included on which the documents are silent."""
        return () if self.over else self.operation.permitted()

    def trace(self) -> Trace:
        """Return what has happened as a trace; a move that violated the contract is its last event."""
        return record(self.config, self.events, self.name)

    def move(self, event: ClientEvent) -> Judged:
        """Make one of the client's moves, at its own time, and return what the contract says of it.

        The time lies between `now` and `due`, both included: a client that could have heard an answer has
        heard it (see `wait`).  A reading of the account comes back with the write regions that it told.
        Raises `BadMove` for any other time, for a page of something that is no query, and after the end.
        """
        self._check(event)
        if isinstance(event, AccountRefresh):
            event = AccountRefresh(t=event.t, write_regions=self._environment.read_account())
        self.events.append(event)
        self._now = seconds_to_us(event.t)
        try:
            self.operation.observe(event)
        except NotPermitted:
            self.judged.append(refused(self.trace(), event, self.operation.contract))
        else:
            self.judged.append(accepted(self.operation, event))
            if isinstance(event, Attempt):
                self._environment.take(event)
        return self.judged[-1]

    def wait(self, until: float | None = None) -> tuple[Answer, ...]:
        """Let time pass to the next answer, but not past `until`; return the answers that come then.

        Those that come at one moment come together, in the order of their attempts.  Raises `BadMove` where
        nothing is under way and no `until` is given, for a time before `now`, and after the end.
        """
        if self.over:
            raise BadMove("the operation is over")
        due = self._environment.due
        end = moment_us(until, self._now) if until is not None else None
        if due is None and end is None:
            raise BadMove("it waits for an answer, and no attempt is under way")
        if due is None or (end is not None and end < due):
            self._now = end or 0
            return ()
        come = self._environment.answers()
        for answer in come:
            self.operation.observe(answer)
            self.events.append(answer)
        self._now = due
        return come

    def _check(self, event: ClientEvent) -> None:
        if self.over:
            raise BadMove("the operation is over")
        if not isinstance(event, ClientEvent):
            raise BadMove(f"{type(event).__name__} is not for the client to make")
        at, due = moment_us(event.t, self._now), self._environment.due
        if due is not None and at > due:
            raise BadMove(f"t {event.t!r} lies after {self.due!r} s: an answer comes first")
        if isinstance(event, Attempt) and event.step == "page" and self.config.lifecycle != "query":
            raise BadMove("a page is asked for in a query only")
