"""Faults by their short names: the statuses and the accidents of the wire that the scenarios are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

FOR_EVER = 600.0  # seconds that a hanging request hangs, which is longer than any client waits
WAIT_MS = 100  # that a 429 and a 449 ask for
WAIT = "x-ms-retry-after-ms"
STATUSES = (
    *("400.0", "401.0", "403.0", "403.3", "404.0", "404.1002", "408.0", "409.0"),
    *("410.0", "410.1000", "410.1002", "410.1007", "410.1008", "410.1022"),
    *(
        "412.0",
        "413.0",
        "423.0",
        "424.0",
        "429.0",
        "429.0-nowait",
        "449.0",
        "500.0",
        "502.0",
        "503.0",
        "504.0",
    ),
)
BEFORE_READ: dict[str, dict[str, Any]] = {
    "close-early": {"close": True, "read": False},
    "reset-early": {"reset": True, "read": False},
}
AFTER_READ: dict[str, dict[str, Any]] = {
    "close": {"close": True},
    "reset": {"reset": True},
    "hang": {"hang": FOR_EVER},
}
APPLIED = {f"{name}-applied": {**fault, "applied": True} for name, fault in AFTER_READ.items()}
TRUNCATED: dict[str, dict[str, Any]] = {"truncate": {"truncate": True}}
ACCIDENTS = {**BEFORE_READ, **AFTER_READ, **APPLIED, **TRUNCATED}
REFUSALS = ("refuse", "refuse-first")  # connections refused by every region, by the first one only


def fault_of(name: str) -> dict[str, Any]:
    """Return a fault of a script by its name: an accident's, or a status such as `410.1002`."""
    if name in ACCIDENTS:
        return dict(ACCIDENTS[name])
    code, _, word = name.partition("-")
    status, _, substatus = code.partition(".")
    fault: dict[str, Any] = {"status": int(status), "substatus": int(substatus or 0)}
    if status in ("429", "449") and word != "nowait":
        fault["headers"] = {WAIT: str(WAIT_MS)}
    return fault


def short(fault: Mapping[str, Any]) -> str:
    """Return a fault of a script in a word or two: `410/1002`, `429/0 nowait`, `close-early`, `delay`."""
    if (status := fault.get("status")) is not None:
        applied = " applied" * bool(fault.get("applied"))
        wait = {name.lower() for name in fault.get("headers", {})} & {WAIT}
        return f"{status}/{fault.get('substatus', 0)}{' nowait' * (status == 429 and not wait)}{applied}"
    name = next(
        (one for one in ("hang", "close", "reset", "truncate", "stale", "lose") if fault.get(one)), ""
    )
    if not name:
        return "move" if fault.get("move") else "delay"
    return name + "-early" * (not fault.get("read", True)) + "-applied" * bool(fault.get("applied"))


def describe(script: Sequence[Mapping[str, Any]], refuse: Sequence[str], regions: Sequence[str]) -> str:
    """Return the faults of a scenario in short: `503/0 x1, 429/0 x2`, `refuse-first`, `none`."""
    words = []
    if refuse:
        first = list(refuse) == list(regions[:1]) and len(regions) > 1
        words.append("refuse-first" if first else "refuse")
    for entry in script:
        times = f" x{entry['times']}" if entry.get("times") else ""
        words.append(short(entry["fault"]) + times)
    return ", ".join(words) or "none"
