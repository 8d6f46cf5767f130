"""A script of the stand as a scenario of a walkthrough, where it is no more than faults in turn."""

from __future__ import annotations

from typing import Any

from cosmos_retry.scenario import Fault, Scenario
from cosmos_retry.stand.faults import WAIT
from cosmos_retry.stand.record import Played

MODE = "gateway"  # the stand's accounts are reached through it
_ACCIDENTS = {"hang": "timeout", "close": "connectivity", "reset": "connectivity", "truncate": "connectivity"}


def scenario_of(played: Played) -> Scenario | None:
    """Return the scenario as a walkthrough takes it; None where its script says more than faults in turn."""
    faults: list[Fault] = []
    asked: float | None = None
    ends = bool(played.fault_script)
    for entry in played.fault_script:
        fault = _fault(entry)
        if fault is None or not ends:
            return None
        asked = _asked(entry["fault"]) if fault.status == 429 else asked
        times = entry.get("times")
        ends = times is not None
        faults += [fault] * (times or 1)
    if played.refuse:
        if faults:
            return None
        faults = [Fault("refuse", cause="connectivity", sent=False)]
    several = len(played.account.write_regions) > 1
    option = played.client.use_multiple_write_locations
    return Scenario(
        operation=played.operation,
        mode=MODE,
        consistency=played.consistency,
        regions=tuple(played.account.regions),
        write_regions=tuple(played.account.write_regions),
        faults=tuple(faults) or (Fault("none", status=200),),
        preferred=tuple(played.preferred),
        use_multiple_write_locations=several if option is None else option,
        times=len(faults) if ends else None,
        retry_after_ms=asked,
        max_retries=played.client.max_retries,
        max_wait_s=played.client.max_wait_s,
    )


def _fault(entry: dict[str, Any]) -> Fault | None:
    """A fault of a script as a walkthrough takes it, or None where it depends on more than its turn."""
    fault = entry["fault"]
    if entry.get("skip") or entry.get("region", "*") != "*":
        return None
    if (status := fault.get("status")) is not None:
        return Fault(str(status), status=status, substatus=fault.get("substatus", 0))
    cause = next((cause for name, cause in _ACCIDENTS.items() if fault.get(name)), None)
    return None if cause is None else Fault(cause, cause=cause, sent=True)


def _asked(fault: dict[str, Any]) -> float | None:
    """The wait that an answer asks for, in milliseconds."""
    headers = {name.lower(): value for name, value in fault.get("headers", {}).items()}
    try:
        return float(headers[WAIT])
    except (KeyError, ValueError):
        return None
