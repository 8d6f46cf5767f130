"""Faults: strategies for how one attempt ends, now and then just at one of the contract's bounds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from hypothesis import strategies as st

from cosmos_retry.config import Config
from cosmos_retry.explore.labels import Label
from cosmos_retry.parameters import load_profile
from cosmos_retry.paths import spec_dir
from cosmos_retry.testing.answers import Answers, answers_to, substatuses
from cosmos_retry.trace import Step
from cosmos_retry.units import US_PER_SECOND
from cosmos_retry.vectors.vector import Breakdown, Ending, Reply

QUICK_S = (0.0, 0.001, 0.1, 1.0, 6.0)
ASKED_MS = (0.0, 100.0, 1_000.0, 5_000.0)  # the wait that a 429 names
OFF_S = (0.0, -1e-6, 1e-6)  # at a bound, and a microsecond to either side of it


@lru_cache(maxsize=1)
def bounds_s() -> tuple[float, ...]:
    """Return the lengths of the contract's windows in seconds, each once, the shortest one first."""
    parameters = load_profile(spec_dir()).parameters.items()
    return tuple(sorted({one.value for name, one in parameters if "window" in name.split("_")}))


@lru_cache(maxsize=64)
def latencies_s(timeout_us: int | None) -> tuple[float, ...]:
    """Return seconds from an attempt to its ending, to draw from; none at all comes first.

    A third is none, a third leaves time for further attempts, the client's own timeout among them, and a
    third lies at the contract's bounds; see `near_bounds_s`.
    """
    quick = QUICK_S if timeout_us is None else (*QUICK_S, timeout_us / US_PER_SECOND)
    return (*[0.0] * len(near_bounds_s()), *quick, *near_bounds_s())


@lru_cache(maxsize=1)
def near_bounds_s() -> tuple[float, ...]:
    """Return the length of each window of the contract, a microsecond less, and one more."""
    return tuple(round(bound + off, 6) for bound in bounds_s() for off in OFF_S)


def faults(config: Config, step: Step | None = None) -> st.SearchStrategy[Ending]:
    """Return a strategy for what an attempt of this operation may end in other than success.

    A reply with a status, or a breakdown (a timeout or a lost connection, sent or not).  One that is never
    retried is drawn more often than one that is, and this more often than one on which the documents are
    silent.  It is the ending of attempt 1, see `numbered`; with a `step` it is that of a metadata call.
    """
    return _faults(answers_to(config, step), config.request_timeout_us, step)


# Kept, because a state machine asks at every step, and to make a strategy takes longer than to draw.
@lru_cache(maxsize=256)
def _faults(answers: Answers, timeout_us: int | None, step: Step | None) -> st.SearchStrategy[Ending]:
    labels = (*answers.retried * 2, *answers.final * 3, *answers.open)
    return endings(labels, latencies_s(timeout_us), step)


@st.composite
def endings(
    draw: st.DrawFn, labels: Sequence[Label], after_s: Sequence[float], step: Step | None = None
) -> Ending:
    """Return a strategy for endings of attempt 1 with one of these answers, after one of these latencies."""
    label = draw(st.sampled_from(labels))
    return ended(draw, label, draw(st.sampled_from(after_s)), step)


def ended(draw: st.DrawFn, label: Label, after_s: float, step: Step | None = None) -> Ending:
    """Draw what is left open of an ending with this answer: a substatus, the wait that a 429 names."""
    if label.event == "failure":
        return Breakdown(1, label.cause, bool(label.sent), after_s, step=step)  # type: ignore[arg-type]
    alike = substatuses(label)
    substatus = draw(st.sampled_from(alike)) if len(alike) > 1 else label.substatus
    asked = draw(st.sampled_from(ASKED_MS)) if label.hint else None
    return Reply(1, label.status or 0, after_s, substatus, asked, step=step)


def numbered(endings: Sequence[Ending]) -> tuple[Ending, ...]:
    """Return endings as those of attempts 1, 2, and so on."""
    return tuple(msgspec.structs.replace(one, attempt=n) for n, one in enumerate(endings, start=1))
