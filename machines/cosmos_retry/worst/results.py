"""The results: the worst that a fault can do, each number with the run that reaches it.  Times are µs."""

from __future__ import annotations

import attrs

from cosmos_retry.trace import Event
from cosmos_retry.units import seconds_text


@attrs.frozen
class Reached:
    """A run that was played on the real machine, and what it rests on: assumption ids, in register order."""

    events: tuple[Event, ...] = attrs.field(repr=False)
    assumptions: tuple[str, ...]


@attrs.frozen
class Longest:
    """The longest time until the application hears: `waits_us` and `attempts` times T.

    It holds from `from_us` on (inclusive), where T has that value.  `timeout_us` is the T at which `witness`
    was played, and `reached_us` the time at which that run ended; None where none could be played.
    """

    waits_us: int
    attempts: int
    from_us: int
    timeout_us: int
    reached_us: int | None
    witness: Reached | None

    @property
    def bound_us(self) -> int:
        """The bound at the T of the witness."""
        return self.waits_us + self.attempts * self.timeout_us

    @property
    def exact(self) -> bool:
        """Whether the witness takes exactly as long as the bound says."""
        return self.reached_us == self.bound_us

    @property
    def text(self) -> str:
        """The time as text: `30 s + 2 T`."""
        waits = f"{seconds_text(self.waits_us)} s" if self.waits_us or not self.attempts else ""
        times = f"{self.attempts} T" if self.attempts > 1 else "T" if self.attempts else ""
        return " + ".join(filter(None, (waits, times)))


@attrs.frozen
class Most:
    """The most attempts: `bound`, which no run exceeds; None where only time bounds it.

    `reached` is the number in the witness.  Without a bound, the witness goes round a cycle a few times at
    one moment, and `unbounded_by` names the assumptions behind the rows of that cycle.
    """

    bound: int | None
    reached: int | None
    witness: Reached | None
    unbounded_by: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the witness makes exactly as many attempts as the bound says; not where there is none."""
        return self.bound is not None and self.bound == self.reached


@attrs.frozen
class WorstCase:
    """The worst that a fault can do that meets every attempt, or any mix of faults.

    `longest` has one entry in Direct mode, where T is known; in Gateway mode as many as it takes for every T,
    each from another T on.  None stands for a time without an end.  `stuck` names the states in which the
    contract permits the client no move.
    """

    fault: str
    longest: tuple[Longest, ...] | None
    requests: Most
    in_one_region: Most
    stuck: tuple[str, ...] = ()

    @property
    def witnesses(self) -> tuple[Reached, ...]:
        """The runs that were played, each once: for the times, the requests, and those in one region."""
        runs = [line.witness for line in self.longest or ()]
        runs += [self.requests.witness, self.in_one_region.witness]
        found: list[Reached] = []
        for run in runs:
            if run is not None and run not in found:
                found.append(run)
        return tuple(found)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The assumptions that any of its runs rests on."""
        return tuple(dict.fromkeys(name for run in self.witnesses for name in run.assumptions))

    @property
    def exact(self) -> bool:
        """Whether every number that has a bound is reached by its witness."""
        counts = (self.requests, self.in_one_region)
        lines = self.longest or ()
        return all(most.exact for most in counts if most.bound is not None) and all(x.exact for x in lines)
