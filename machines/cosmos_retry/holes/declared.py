"""The holes that a record declares: how exact its times are, and how much of it may be missing."""

from __future__ import annotations

import attrs

from cosmos_retry.trace import EXACT_TIMES, NOTHING_MISSING, Trace
from cosmos_retry.units import seconds_to_us

MISSING_BY_DEFAULT = 2  # attempts, or answers, where `blind` names them and no number is given


@attrs.frozen
class Holes:
    """What may be wrong or missing in a record, at most.

    `clock_us` and `jitter_us` are microseconds to either side, both included.  `attempts` counts attempts
    that are missing together with their answers, `answers` the answers to attempts that were seen.  Missing
    attempts are in one of `regions` (None: anywhere) and, with `unsent`, failed before they were sent.
    """

    clock_us: int = 0
    jitter_us: int = 0
    attempts: int = 0
    answers: int = 0
    regions: tuple[str, ...] | None = None
    unsent: bool = False

    @property
    def any_missing(self) -> int:
        """How many attempts and answers may be missing in all."""
        return self.attempts + self.answers

    def widened(self, other: Holes) -> Holes:
        """Return the wider of the two in each respect; which attempts may be missing is left as it is."""
        return attrs.evolve(
            self,
            clock_us=max(self.clock_us, other.clock_us),
            jitter_us=max(self.jitter_us, other.jitter_us),
            attempts=max(self.attempts, other.attempts),
            answers=max(self.answers, other.answers),
        )


EXACT = Holes()


def holes_of(trace: Trace) -> Holes:
    """Return the holes that a trace declares."""
    missing = trace.missing
    if trace.tolerance is EXACT_TIMES and missing is NOTHING_MISSING and not trace.blind:
        return EXACT
    return Holes(
        clock_us=seconds_to_us(trace.tolerance.clock_s),
        jitter_us=seconds_to_us(trace.tolerance.jitter_s),
        attempts=_most(missing.attempts, "attempt" in trace.blind),
        answers=_most(missing.responses, "response" in trace.blind),
        regions=None if missing.regions is None else tuple(missing.regions),
        unsent=missing.unsent,
    )


def _most(number: int | None, blind: bool) -> int:
    if number is not None:
        return number
    return MISSING_BY_DEFAULT if blind else 0
