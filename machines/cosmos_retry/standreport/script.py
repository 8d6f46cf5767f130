"""A script of the stand as a scenario of a walkthrough, where it is no more than faults in turn."""

from __future__ import annotations

from typing import Annotated, Any

import attrs
import msgspec

from cosmos_retry.scenario import Fault, Scenario
from cosmos_retry.stand.faults import WAIT
from cosmos_retry.stand.record import Played
from cosmos_retry.trace import Status, Substatus

MODE = "gateway"  # the stand's accounts are reached through it
LONGEST_S = 3600.0  # that a client is said to wait for an answer
MOST_TIMES = 100  # of one fault; a walk takes a run of more for one without end
_ACCIDENTS = {"hang": "timeout", "close": "connectivity", "reset": "connectivity", "truncate": "connectivity"}


class _Fault(msgspec.Struct):
    """What is looked at in a fault of a script; records hold scripts as they were given."""

    status: Status | None = None
    substatus: Substatus = 0
    headers: dict[str, str] = {}
    hang: Any = None
    close: Any = None
    reset: Any = None
    truncate: Any = None


class _Entry(msgspec.Struct):
    """What is looked at in an entry of a script."""

    fault: _Fault
    times: Annotated[int, msgspec.Meta(ge=1, le=MOST_TIMES)] | None = None
    skip: Any = None
    region: Any = "*"


@attrs.frozen
class Staged(Scenario):
    """A scenario in which the client waits for an answer as long as its own read timeout says, if it has one.

    read_timeout_s: that timeout in seconds, or None.
    """

    read_timeout_s: float | None = None

    @property
    def timeout_s(self) -> float:
        """How long a request waits for its answer, in seconds."""
        return super().timeout_s if self.read_timeout_s is None else self.read_timeout_s


def scenario_of(played: Played) -> Staged | None:
    """Return the scenario, or None where its script says more than faults that are met in turn."""
    try:
        script = msgspec.convert(played.fault_script, list[_Entry])
    except msgspec.ValidationError:
        return None
    faults: list[Fault] = []
    for entry in script:
        fault = _fault(entry)
        if fault is None:
            return None
        faults += [fault] * (entry.times or 1)
    if any(entry.times is None for entry in script[:-1]) or (faults and played.refuse):
        return None
    wait_s = played.client.read_timeout_s
    if wait_s is not None and not 0 < wait_s <= LONGEST_S:
        return None
    if played.refuse:
        faults = [Fault("refuse", cause="connectivity", sent=False)]
    several = len(played.account.write_regions) > 1
    option = played.client.use_multiple_write_locations
    return Staged(
        operation=played.operation,
        mode=MODE,
        consistency=played.consistency,
        regions=tuple(played.account.regions),
        write_regions=tuple(played.account.write_regions),
        faults=tuple(faults) or (Fault("none", status=200),),
        preferred=tuple(played.preferred),
        use_multiple_write_locations=several if option is None else option,
        times=len(faults) if script and script[-1].times is not None else None,
        retry_after_ms=_asked(script),
        max_retries=played.client.max_retries,
        max_wait_s=played.client.max_wait_s,
        read_timeout_s=wait_s,
    )


def _fault(entry: _Entry) -> Fault | None:
    """A fault as a walkthrough takes it, or None where it depends on more than its turn."""
    fault = entry.fault
    if entry.skip or entry.region != "*":
        return None
    if fault.status is not None:
        return Fault(str(fault.status), status=fault.status, substatus=fault.substatus)
    cause = next((cause for name, cause in _ACCIDENTS.items() if getattr(fault, name)), None)
    return None if cause is None else Fault(cause, cause=cause)


def _asked(script: list[_Entry]) -> float | None:
    """The wait that the last 429 of a script asks for, in milliseconds."""
    for entry in reversed(script):
        if entry.fault.status == 429:
            headers = {name.lower(): value for name, value in entry.fault.headers.items()}
            asked = headers.get(WAIT, "")
            return float(asked) if asked.isdecimal() and len(asked) < 10 else None
    return None
