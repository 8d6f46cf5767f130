"""Shown: a run of the model as a trace in real time, with the story behind it in a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import msgspec

from cosmos_retry.contract import Contract
from cosmos_retry.explore.proving import Finding
from cosmos_retry.explore.replay import Replay, as_trace
from cosmos_retry.invariants import check_history
from cosmos_retry.parameters import Profile
from cosmos_retry.trace import Event, Trace


@attrs.frozen
class Counterexample:
    """The shortest run that breaks a promise: the trace, None where no real moments were found for it.

    `reason` says how the promise is broken, and `rows` name the rows that took the events, in order.
    """

    promise: str
    trace: Trace | None
    reason: str
    rows: tuple[str, ...]


def counterexample(contract: Contract, promised: Profile, findings: Sequence[Finding]) -> Counterexample:
    """Return the shortest of some runs that breaks its promise in real time as well."""
    for finding in findings:
        setting, name = finding.case.setting, finding.what

        def breaks(events: tuple[Event, ...], setting: Any = setting, name: str = name) -> bool:
            found = check_history(setting.config, events, promised)
            return any(one.invariant == name and one.event == len(events) for one in found)

        events = Replay(contract, setting, finding.story, breaks).events()
        if events is not None:
            (reason,) = (
                one.reason for one in check_history(setting.config, events, promised) if one.invariant == name
            )
            trace = as_trace(name, setting.config, events, f"breaks {name}: {reason}")
            return Counterexample(name, trace, reason, tuple(row for _, row in finding.story))
    first = findings[0]
    rows = tuple(row for _, row in first.story)
    return Counterexample(first.what, None, "no moments were found at which the machine takes this run", rows)


def as_json(trace: Trace) -> str:
    """Return a trace as one line of JSON."""
    return msgspec.json.encode(trace).decode()
