"""The check: whether a run kept every promise, and which situations it reached."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import attrs

from cosmos_retry.config import Config
from cosmos_retry.invariants.promises import load_invariants
from cosmos_retry.invariants.record import read_history
from cosmos_retry.invariants.registry import MONITORS, SITUATIONS
from cosmos_retry.parameters import Profile, load_profile
from cosmos_retry.paths import spec_dir
from cosmos_retry.trace import Event


@attrs.frozen
class Broken:
    """A promise that a run broke: its id, the number of the observation (from 1) that broke it, and how."""

    invariant: str
    event: int
    reason: str


@lru_cache(maxsize=1)
def _documented() -> Profile:
    return load_profile(spec_dir())


def check_history(config: Config, events: Sequence[Event], profile: Profile | None = None) -> list[Broken]:
    """Return the promises that a well-formed run broke, in the order of `spec/invariants.toml`.

    Only what is certain counts: a fact that was not seen breaks no promise.  `profile` holds the numbers,
    the documented ones by default.
    """
    history = read_history(config, events, profile or _documented())
    broken = []
    for invariant in load_invariants():
        found = MONITORS[invariant.id](history)
        if found is not None:
            broken.append(Broken(invariant.id, found.event, found.reason))
    return broken


def situations_in(config: Config, events: Sequence[Event], profile: Profile | None = None) -> frozenset[str]:
    """Return the names of the situations that a run reached; see `sometimes` in `spec/invariants.toml`."""
    history = read_history(config, events, profile or _documented())
    return frozenset(name for name, tell in SITUATIONS.items() if tell(history))
