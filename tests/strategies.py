"""Strategies: random configurations, and runs that move on by one observation at a time.

A run makes the environment's moves, all of them possible at any time, and the client's, out of what the
oracle permits.  Where choices come from is left open: Hypothesis draws them, or a seeded generator does.
"""

import copy
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, get_args

import attrs
import msgspec
from hypothesis import strategies as st

from cosmos_retry.config import OPERATIONS, Config
from cosmos_retry.contract import Contract
from cosmos_retry.moves import Move
from cosmos_retry.oracle import NotPermitted, Operation
from cosmos_retry.testing.configuring import REGIONS, configuration
from cosmos_retry.trace import (
    AccountRefresh,
    AddressRefresh,
    Attempt,
    Error,
    Event,
    Failure,
    Level,
    Response,
    Result,
    Step,
)
from cosmos_retry.units import seconds_to_us

T = TypeVar("T")
make_config = configuration
FOREIGN = "Atlantis"
REPLICAS = range(4)
Answers = Response | Failure
# Levels that the documents treat alike.
LEVELS = {"Eventual": 0, "ConsistentPrefix": 0, "Session": 1, "BoundedStaleness": 2, "Strong": 2}

# What the environment may do to an open attempt: every status that the documents list, one that they do not,
# two successes, every kind of wait that a 429 may ask for, and every failure.
SUCCESS = (Response(status=200), Response(status=304))
BOTH: tuple[Answers, ...] = (
    Response(status=410, substatus=1002),
    Response(status=404, substatus=1002),
    Response(status=503),
    Response(status=429, retry_after_ms=0.0),
    Response(status=429, retry_after_ms=100.0),
    Response(status=429, retry_after_ms=4_000.0),
    Response(status=429),
)
# What is retried, for reads and for writes: these faults make long runs.
RETRIED: dict[bool, tuple[Answers, ...]] = {
    False: (
        *BOTH,
        Response(status=404),
        Response(status=408),
        Failure(cause="timeout", sent=True),
        Failure(cause="connectivity", sent=True),
    ),
    True: (
        *BOTH,
        Response(status=403, substatus=3),
        Response(status=449),
        Failure(cause="timeout", sent=False),
        Failure(cause="connectivity", sent=False),
    ),
}
ENDING: tuple[Answers, ...] = (
    *(Failure(cause=cause, sent=sent) for cause in ("timeout", "connectivity") for sent in (True, False)),
    *(
        Response(status=status, substatus=substatus)
        for status, substatus in (
            (400, 0), (401, 0), (403, 0), (403, 3), (404, 0), (404, 1002), (404, 1003), (408, 0), (409, 0),
            (410, 0), (412, 0), (413, 0), (418, 0), (423, 0), (424, 0), (449, 0), (500, 0), (503, 21005),
        )
    ),
)  # fmt: skip


class Chooser(Protocol):
    """Where a run's choices come from."""

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""

    def chance(self, percent: int) -> bool:
        """Return true about so many times in a hundred."""

    def between(self, low: int, high: int) -> int:
        """Return a number from low to high, both inclusive."""


class Seeded:
    """Choices of a seeded generator: the same at every run of the tests."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self._random.randrange(len(options))]

    def chance(self, percent: int) -> bool:
        """Return true about so many times in a hundred."""
        return self._random.randrange(100) < percent

    def between(self, low: int, high: int) -> int:
        """Return a number from low to high, both inclusive."""
        return self._random.randint(low, high)


class Drawn:
    """Choices that Hypothesis draws, and shrinks."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options, the first ones being the simplest."""
        return options[self._data.draw(st.integers(0, len(options) - 1))]

    def chance(self, percent: int) -> bool:
        """Return true about so many times in a hundred; false is simpler."""
        return self._data.draw(st.integers(0, 99)) >= 100 - percent

    def between(self, low: int, high: int) -> int:
        """Return a number from low to high, both inclusive; low is simplest."""
        return self._data.draw(st.integers(low, high))


def a_config(choose: Chooser) -> Config:
    """Return a configuration: any operation, mode, level, account, order of preference and options."""
    mode = choose.pick(("direct", "gateway"))
    regions = REGIONS[: choose.pick((3, 2, 1, 3, 4))]
    # Several write regions are as likely as one: most of the contract is about them.
    several = len(regions) > 1 and choose.chance(50)
    writes = shuffled(choose, regions)[: choose.pick((2, len(regions))) if several else 1]
    some = choose.pick((0, len(regions), max(1, len(regions) - 1)))
    client: dict[str, Any] = {
        "preferred_locations": shuffled(choose, regions)[:some],
        "use_multiple_write_locations": choose.chance(80),
    }
    if choose.chance(40):
        waits = {"max_retries": choose.pick((0, 1, 2, 12)), "max_wait_s": choose.pick((30, 0, 1, 45))}
        client["throttling"] = waits
    if mode == "direct" and choose.chance(50):
        client["request_timeout_s"] = choose.pick((5, 6, 10))
    # Half of the operations are writes, and a quarter of each kind of read.
    operations = OPERATIONS
    kinds = (operations[0], operations[1], choose.pick(operations[2:]), choose.pick(operations[2:]))
    return make_config(
        operation=choose.pick(kinds),
        mode=mode,
        consistency=choose.pick((*get_args(Level), "Session", "Session")),
        account={"regions": regions, "write_regions": writes},
        client=client,
    )


def shuffled(choose: Chooser, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names in an order of the chooser's."""
    left, found = list(names), []
    while left:
        found.append(left.pop(choose.between(0, len(left) - 1)))
    return tuple(found)


def fork(operation: Operation) -> Operation:
    """Return an operation that stands where this one stands and goes its own way."""
    twin = copy.copy(operation)
    for name, value in vars(operation).items():
        if isinstance(value, list):
            setattr(twin, name, list(value))
    return twin


def standing(operation: Operation) -> dict[str, Any]:
    """Return all that an operation knows, to be compared with what it knows later."""
    return {name: list(v) if isinstance(v, list) else v for name, v in vars(operation).items()}


def accepts(operation: Operation, event: Event) -> Operation | None:
    """Return where an operation would stand after an observation, or None where it refuses it."""
    twin = fork(operation)
    try:
        twin.observe(event)
    except NotPermitted:
        return None
    return twin


def conforms(operation: Operation) -> bool:
    """Return whether rows with the verdict `permitted` alone explain what was seen."""
    return any(one.verdict == "conforms" for one in operation.hypotheses)


class Run:
    """One operation of a client on its way, with what was seen of it.

    `seen` counts how often a row was taken, over all the runs that share it: where several moves are
    possible, the rarest is preferred now and then, so that seldom ways are gone as well.
    """

    def __init__(self, config: Config, contract: Contract, choose: Chooser, seen: Counter[str]) -> None:
        self.config = config
        self.operation = Operation(config, contract)
        self.events: list[Event] = []
        self.seen = seen
        self.open: list[int] = []
        self.replica: int | None = None
        self.attempts = 0
        self.calls = 0
        self.favourite = self._fault(choose)
        self.loyalty = choose.pick((100, 85, 50))
        self.habit = choose.pick((10, 95))  # of waiting as long as the last time
        self.answered = self.wait = 0

    def twin(self) -> "Run":
        """Return a run that stands where this one stands and goes its own way."""
        twin = copy.copy(self)
        twin.operation = fork(self.operation)
        twin.events, twin.open = list(self.events), list(self.open)
        return twin

    @property
    def place(self) -> tuple[object, ...]:
        """Where the run stands, as coarsely as two places differ in what the client may do there."""
        one, config = self.operation.hypotheses[0], self.config
        memory = one.side.memory if one.side is not None else one.memory
        return (
            config.lifecycle,
            config.mode,
            LEVELS[config.consistency],
            config.multi_write_account,
            config.multi_write_enabled,
            len(config.order) < len(config.regions),
            type(self.events[-1]) if self.events else None,
            one.state,
            one.side and one.side.state,
            min(memory.failovers, 2),
            all(region in memory.visited for region in config.order),
            all(region in memory.visited for region in config.regions),
            frozenset(policy for policy, window in memory.windows.items() if window.retries),
        )

    @property
    def rows(self) -> set[str]:
        """The ids of the rows that the run has taken."""
        return {taken.row.id for taken in self.operation.hypotheses[0].path}

    @property
    def rows_here(self) -> set[str]:
        """The ids of the rows that start where the run stands, or where its metadata call does."""
        one = self.operation.hypotheses[0]
        lifecycles = self.operation.contract.lifecycles
        found = {row.id for row in lifecycles[self.config.lifecycle].rows if one.state in row.source}
        if one.side is not None:
            found |= {row.id for row in lifecycles["metadata"].rows if one.side.state in row.source}
        return found

    @property
    def depth(self) -> int:
        """How far the run has come: regions tried, and reasons for which it was retried."""
        memory = self.operation.hypotheses[0].memory
        return 2 * len(memory.visited) + sum(window.retries > 0 for window in memory.windows.values())

    @property
    def now(self) -> int:
        """The time of the last observation, in microseconds."""
        return self.operation.now

    @property
    def ended(self) -> bool:
        """Whether the application has heard and no attempt is under way."""
        return self.operation.ended and not self.open

    def next_event(self, choose: Chooser) -> Event | None:
        """Return an observation that only permitted rows take, or None where the one chosen is none."""
        event = self._proposal(choose)
        if event is None:
            return None
        after = accepts(self.operation, event)
        return event if after is not None and conforms(after) else None

    def take(self, event: Event) -> None:
        """Observe an event."""
        before = len(self.operation.hypotheses[0].path)
        self.operation.observe(event)
        self.events.append(event)
        self.seen.update(taken.row.id for taken in self.operation.hypotheses[0].path[before:])
        if isinstance(event, Attempt):
            self.attempts += 1
            self.open.append(self.attempts)
            self.wait = self.now - self.answered
            self.replica = event.replica if event.step is None else self.replica
        elif isinstance(event, Answers):
            self.open.remove(event.of or self.open[-1])
            self.answered = self.now

    def moves(self) -> list[Move]:
        """Return the client's moves that conform."""
        return [move for move in self.operation.permitted() if move.verdict == "permitted"]

    def _proposal(self, choose: Chooser) -> Event | None:
        if self.open and (self.operation.ended or choose.chance(85)):
            return self.answer(choose)
        if not self.open and self.calls < 3 and choose.chance(6 + 20 * (self.config.operation == "query")):
            self.calls += 1
            calls: tuple[Step, ...] = (
                "query_plan",
                "address_resolution",
                "query_plan",
                "partition_key_ranges",
            )
            return Attempt(t=self.now / 1e6, region=self.config.read_order[0], step=choose.pick(calls))
        moves = self.moves()
        if choose.chance(90) or self.open:
            refreshed = isinstance(self.events[-1], AddressRefresh | AccountRefresh) if self.events else True
            moves = [m for m in moves if "refresh" not in m.event or (m.row[:3] != "all" and not refreshed)]
        if not moves:
            return self.answer(choose) if self.open else None
        # An error ends the run: while there is something else to do, it is seldom chosen.
        going_on = [move for move in moves if move.event != "error"]
        moves = going_on if going_on and choose.chance(92) else moves
        if choose.chance(40):
            moves = [min(moves, key=lambda move: self.seen[move.row])]
        return self.concrete(choose.pick(moves), choose)

    def answer(self, choose: Chooser) -> Event:
        """Return what the environment does to an open attempt: mostly, or always, what it did before."""
        if not choose.chance(self.loyalty):
            self.favourite = self._fault(choose)
        answers = [self.favourite]
        if self.loyalty < 100 and choose.chance(10):
            answers = [choose.pick(SUCCESS)]
        elif self.loyalty < 100 and choose.chance(10):
            answers = [choose.pick((*RETRIED[self.config.is_write], *ENDING, *SUCCESS)) for _ in range(4)]
        slow = 40_000_000 if choose.chance(2) else 0
        t = (self.now + slow + choose.pick((0, 1, 1_000, 300_000, 5_000_000))) / 1e6
        of = choose.pick(self.open)
        return min((msgspec.structs.replace(answer, t=t, of=of) for answer in answers), key=self._rarity)

    def every_answer(self) -> list[Event]:
        """Return every answer that the environment may give to an open attempt now."""
        answers = (*RETRIED[self.config.is_write], *ENDING, *SUCCESS) if self.open else ()
        return [msgspec.structs.replace(one, t=self.now / 1e6, of=self.open[0]) for one in answers]

    def _rarity(self, event: Event) -> int:
        """How often the row that takes an event was taken before."""
        after = accepts(self.operation, event)
        return 0 if after is None else self.seen[after.hypotheses[0].path[-1].row.id]

    def _fault(self, choose: Chooser) -> Answers:
        return choose.pick(RETRIED[self.config.is_write] if choose.chance(75) else ENDING)

    def concrete(self, move: Move, choose: Chooser) -> Event:
        """Return an event that makes a move: at its first or last moment, or at one in between."""
        low, high = interval(move)
        same = self.answered + self.wait
        if low <= same and (high is None or same <= high) and choose.chance(self.habit):
            return self.concrete_at(move, same, choose)
        return self.concrete_at(move, choose.pick(times(move, choose)), choose)

    def concrete_at(self, move: Move, at: int, choose: Chooser) -> Event:
        """Return an event that makes a move at a time in microseconds."""
        t = at / 1e6
        match move.event:
            case "attempt":
                region = choose.pick(move.regions)
                return Attempt(t=t, region=region, replica=self._replica(move, choose), step=self.call)
            case "address_refresh":
                return AddressRefresh(t=t)
            case "account_refresh":
                config = self.config
                named = choose.pick((None, config.write_regions, config.regions[-1:], config.regions[:1]))
                return AccountRefresh(t=t, write_regions=None if named is None else list(named))
            case "result":
                return Result(t=t, status=choose.pick((200, 201, None)))
        return Error(t=t, status=None if choose.chance(5) else move.status)

    @property
    def call(self) -> Any:
        """The metadata call whose turn it is, if it is one's."""
        side = self.operation.hypotheses[0].side
        return None if side is None or side.state == "in_flight" else side.step

    def _replica(self, move: Move, choose: Chooser) -> int | None:
        if self.config.mode == "gateway" or self.call is not None:
            return None
        if move.replica == "same":
            return self.replica
        if move.replica == "other":
            return choose.pick([replica for replica in REPLICAS if replica != self.replica])
        return choose.pick(REPLICAS)


def times(move: Move, choose: Chooser) -> list[int]:
    """Return moments at which a move may be made, in microseconds: the first, the last, and some between."""
    low, high = interval(move)
    if high is None:
        return [low, low, low + 1, low + 1_000_000, low + choose.between(0, 40_000_000)]
    middle = low + (high - low) // 2
    near = [low + step for step in (1_000, 200_000, 2_000_000, 15_000_000) if low + step < high]
    return [low, high, middle, choose.between(low, high), *near]


def interval(move: Move) -> tuple[int, int | None]:
    """Return the first and the last moment of a move in microseconds, both inclusive; None is no bound."""
    high = None if move.not_after is None else seconds_to_us(move.not_after)
    return seconds_to_us(move.not_before) + move.after, high


def guesses(run: Run, moves: Sequence[Move], choose: Chooser) -> list[Event]:
    """Return events that the client might make here: too early, too late, elsewhere, with a wrong status."""
    now = run.now
    found: list[Event] = []
    for move in moves:
        low, high = interval(move)
        if low > now:
            found.append(run.concrete_at(move, low - 1, choose))
        if high is not None:
            found.append(run.concrete_at(move, high + 1, choose))
    at = [now, *(low for low, _ in map(interval, moves))]
    unseen = run.config.mode == "gateway" or run.call is not None
    for region in (*run.config.regions, FOREIGN):
        for replica in [None] if unseen else [run.replica, choose.pick(REPLICAS)]:
            t = choose.pick(at) / 1e6
            found.append(Attempt(t=t, region=region, replica=replica, step=run.call))
    found += [Error(t=choose.pick(at) / 1e6, status=s) for s in (400, 404, 408, 410, 429, 449, 503)]
    found += [Result(t=now / 1e6, status=status) for status in (200, 500)]
    return [*found, AddressRefresh(t=now / 1e6)]


def listed(moves: Sequence[Move], event: Event, replica: int | None) -> bool:
    """Return whether an event makes one of the moves; `replica` is the one that was asked last."""
    return any(_makes(move, event, replica) for move in moves)


def _makes(move: Move, event: Event, replica: int | None) -> bool:
    low, high = interval(move)
    t = seconds_to_us(event.t or 0)
    if move.event != event.__struct_config__.tag or t < low or (high is not None and t > high):
        return False
    match event:
        case Attempt():
            relation = "same" if event.replica == replica else "other"
            unseen = event.replica is None or replica is None
            return event.region in move.regions and (unseen or move.replica in ("any", relation))
        case Error():
            return event.status in (None, move.status)
        case Result():
            return event.status in (None, 304) or 200 <= event.status < 300
    return True


def veiled(run: Run) -> tuple[Config, list[Event]]:
    """Return a run without replicas, refreshes, times of answers, and whether a request was sent."""
    hidden = frozenset({"replica", "sent", "address_refresh", "account_refresh"})
    veils: dict[type[Event], Callable[[Any], Event]] = {
        Attempt: lambda event: msgspec.structs.replace(event, replica=None),
        Response: lambda event: msgspec.structs.replace(event, t=None),
        Failure: lambda event: msgspec.structs.replace(event, t=None, sent=None),
    }
    seen = [event for event in run.events if not isinstance(event, AddressRefresh | AccountRefresh)]
    events = [veils[type(event)](event) if type(event) in veils else event for event in seen]
    return attrs.evolve(run.config, blind=hidden), events
