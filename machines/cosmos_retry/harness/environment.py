"""The environment of a play: what is under way, what the account tells, and when the next answer comes."""

from __future__ import annotations

from collections.abc import Sequence

from cosmos_retry.harness.endings import Answer, Endings
from cosmos_retry.trace import Attempt
from cosmos_retry.units import seconds_to_us
from cosmos_retry.vectors.vector import Ending


class Environment:
    """Answers a client's attempts and its readings of the account, as a vector says."""

    def __init__(
        self,
        operation: str,
        write_regions: Sequence[str],
        endings: Sequence[Ending],
        account_reads: Sequence[Sequence[str]],
        lasting: bool = False,
    ) -> None:
        """Take the operation, the account's own write regions, and what the vector says of the rest."""
        self.attempts = 0  # made so far, metadata calls included
        self._endings = Endings(endings, operation, lasting)
        self._reads = [list(read) for read in account_reads] or [list(write_regions)]
        self._flying: list[Answer] = []

    @property
    def due(self) -> int | None:
        """When the next answer comes, in microseconds; None where no attempt is under way."""
        return min((seconds_to_us(answer.t or 0.0) for answer in self._flying), default=None)

    @property
    def unmet(self) -> int:
        """How many of the vector's endings no attempt has met."""
        return self._endings.unmet

    def take(self, attempt: Attempt) -> None:
        """Let an attempt begin."""
        self.attempts += 1
        self._flying.append(self._endings.of(attempt, self.attempts))

    def read_account(self) -> list[str]:
        """Return the write regions that the next reading of the account names."""
        return self._reads.pop(0) if len(self._reads) > 1 else self._reads[0]

    def answers(self) -> tuple[Answer, ...]:
        """Return the answers that come next, all those of one moment, in the order of their attempts."""
        due = self.due
        come = tuple(answer for answer in self._flying if seconds_to_us(answer.t or 0.0) == due)
        self._flying = [answer for answer in self._flying if answer not in come]
        return come
