"""What a run remembers, with its unknown times put where they were found."""

from __future__ import annotations

from typing import Any

import attrs

from cosmos_retry.holes.times import Times
from cosmos_retry.memory import Memory, Seen


def as_found(memory: Memory, times: Times | None) -> Memory:
    """Return the memory with whole microseconds in the place of moments."""
    if times is None:
        return memory
    windows = {
        policy: attrs.evolve(window, opened=times.at(window.opened), longest=times.at(window.longest))
        for policy, window in memory.windows.items()
    }
    return memory.but(
        attempt_t=times.at(memory.attempt_t),
        answer_t=times.at(memory.answer_t),
        asked=_at(times, memory.asked),
        windows=windows,
    )


def event_as_found(seen: Seen, times: Times | None) -> Seen:
    """Return the event with whole microseconds in the place of moments."""
    if times is None:
        return seen
    return attrs.evolve(seen, t=times.at(seen.t), asked=_at(times, seen.asked))


def _at(times: Times, moment: Any) -> int | None:
    return None if moment is None else times.at(moment)
