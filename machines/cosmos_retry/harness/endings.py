"""The endings: how each attempt of an operation ends, as a vector says, whenever and wherever it is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cosmos_retry.scenario import SUCCESS
from cosmos_retry.trace import Attempt, Failure, Response
from cosmos_retry.units import US_PER_SECOND, seconds_to_us
from cosmos_retry.vectors.vector import Breakdown, Ending, Reply

BEYOND_US = 10_000  # from an attempt that the vector does not speak of to its success
OPERATION = "operation"  # the step of an attempt that is no metadata call
Answer = Response | Failure


def step_of(attempt: Attempt | Ending) -> str:
    """Return what an attempt is for: a metadata call by its name, or `OPERATION`; a page is the operation."""
    return OPERATION if attempt.step in (None, "page") else str(attempt.step)


class Endings:
    """How attempts end, told one after the other.

    The numbers in a vector count all attempts of its own run.  Another client may resolve addresses where
    the own run does not, or the other way round; so the n-th attempt for a step meets what the n-th attempt
    for that step met there.  An attempt of which the vector says nothing succeeds after 10 ms; where the last
    ending is `lasting`, attempts of the operation that come after it end in the same way.
    """

    def __init__(self, endings: Sequence[Ending], operation: str, lasting: bool = False) -> None:
        """Take a vector's endings, in any order, its operation, and whether the last ending goes on."""
        self._success = SUCCESS.get(operation, 200)
        self._by_turn: dict[tuple[str, int], Ending] = {}
        self._made: Counter[str] = Counter()
        self._began: dict[int, int] = {}  # microseconds, by the number in the vector
        ranks: Counter[str] = Counter()
        for ending in sorted(endings, key=lambda one: one.attempt):
            step = step_of(ending)
            ranks[step] += 1
            # An attempt of the own run that was never answered has no ending, but it has its number.
            others = sum(count for name, count in ranks.items() if name != OPERATION)
            rank = ending.attempt - others if step == OPERATION else ranks[step]
            self._by_turn[step, rank] = ending
        self._lasting = max(endings, key=lambda one: one.attempt) if lasting and endings else None

    @property
    def unmet(self) -> int:
        """How many endings no attempt has met so far."""
        return sum(turn > self._made[step] for step, turn in self._by_turn)

    def of(self, attempt: Attempt, number: int) -> Answer:
        """Return the answer to the client's next attempt, number `number` (from 1) of all that it made."""
        step, began = step_of(attempt), seconds_to_us(attempt.t)
        self._made[step] += 1
        ending = self._by_turn.get((step, self._made[step]))
        if ending is None and step == OPERATION:
            ending = self._lasting
        if ending is None:
            status = self._success if step == OPERATION else 200
            return Response(t=(began + BEYOND_US) / US_PER_SECOND, status=status, of=number)
        self._began[ending.attempt] = began
        since = self._began.get(ending.since or ending.attempt, began)
        t = max(since + seconds_to_us(ending.after_s), began) / US_PER_SECOND
        match ending:
            case Reply():
                asked = ending.retry_after_ms
                return Response(ending.status, t, ending.substatus, retry_after_ms=asked, of=number)
            case Breakdown():
                return Failure(ending.cause, t, ending.sent, of=number)
