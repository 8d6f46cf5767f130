"""The registry: which function judges which promise, and which one tells which situation."""

from __future__ import annotations

from collections.abc import Callable

from cosmos_retry.invariants.history import History, Violation

Monitor = Callable[[History], Violation | None]
Detector = Callable[[History], bool]

MONITORS: dict[str, Monitor] = {}
SITUATIONS: dict[str, Detector] = {}


def monitor(name: str) -> Callable[[Monitor], Monitor]:
    """Register the function that judges the promise `name`: it returns the first violation, or None."""

    def register(judge: Monitor) -> Monitor:
        if name in MONITORS:
            raise ValueError(f"two monitors for {name!r}")
        MONITORS[name] = judge
        return judge

    return register


def situation(name: str) -> Callable[[Detector], Detector]:
    """Register the function that tells whether a run reached the situation `name`."""

    def register(tell: Detector) -> Detector:
        if name in SITUATIONS:
            raise ValueError(f"two detectors for {name!r}")
        SITUATIONS[name] = tell
        return tell

    return register
