"""Documented behaviour: what the contract's own run does in a scenario, in a few words.

The words come from a walkthrough of the contract, so there is no rule of retrying here: a run is walked, and
what it did is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from cosmos_retry.config import Config, ConfigError
from cosmos_retry.contract import Contract
from cosmos_retry.oracle import Operation
from cosmos_retry.scenario import Fault, Scenario
from cosmos_retry.stand.faults import WAIT
from cosmos_retry.stand.record import Played
from cosmos_retry.trace import AccountRefresh, Attempt, Error, Result
from cosmos_retry.walkthrough import Walkthrough, walk

MODE = "gateway"  # the stand's accounts are reached through it
UNTOLD = "not told in short: see the verdict"
_ACCIDENTS = {"hang": "timeout", "close": "connectivity", "reset": "connectivity", "truncate": "connectivity"}


@attrs.frozen
class Documented:
    """What the documents ask for, in short; `attempts` is how many the walked run made, None where none was.

    `cites` are the clauses behind its moves, in their order.
    """

    words: str
    attempts: int | None = None
    cites: tuple[str, ...] = ()


@attrs.frozen
class _Stay:
    """A stay in one region: since when (seconds), how many retries, and for how long these are permitted.

    `window_s` is None for no bound in time; `counted` is whether their number ended them, and not the time.
    """

    region: str
    since: float
    retries: int = 0
    window_s: float | None = None
    counted: bool = False


def documented(played: Played, contract: Contract) -> Documented:
    """Return what the contract's own run does in a scenario of the stand."""
    scenario = _scenario(played)
    if scenario is None:
        return Documented(UNTOLD)
    try:
        run = walk(scenario, contract)
        free = (
            _attempts_before(run, set(played.account.regions) - set(played.refuse)) if played.refuse else None
        )
        if free is not None:
            scenario = attrs.evolve(scenario, times=free)
            run = walk(scenario, contract)
        stays = _stays(scenario, run, contract)
    except ConfigError:
        return Documented(UNTOLD)
    cites = dict.fromkeys(cite for step in run.steps[1:] for cite in step.cites)
    return Documented(_words(stays, run), sum(stay.retries + 1 for stay in stays), tuple(cites))


def _scenario(played: Played) -> Scenario | None:
    """The scenario as a walkthrough takes it, or None where its script says more than faults in turn."""
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


def _attempts_before(run: Walkthrough, free: set[str]) -> int | None:
    """How many attempts a run makes before one in a region free of faults; None where it makes none there."""
    made = [step.event for step in run.steps if isinstance(step.event, Attempt)]
    return next((n for n, attempt in enumerate(made) if attempt.region in free), None)


def _stays(scenario: Scenario, run: Walkthrough, contract: Contract) -> list[_Stay]:
    """The run's stays, region by region; the contract is asked how late each retry would be permitted."""
    operation = Operation(Config.from_trace(scenario.trace([])), contract)
    stays: list[_Stay] = []
    for step in run.steps:
        event = step.event
        here = stays[-1] if stays else None
        if here and isinstance(event, Attempt) and event.region == here.region:
            latest = _latest(operation, step.row.id)
            window = None if latest is None else round(latest - here.since, 1)
            stays[-1] = attrs.evolve(here, retries=here.retries + 1, window_s=window)
        elif isinstance(event, Attempt | Error | Result):
            if here and isinstance(event, Result):
                stays[-1] = attrs.evolve(here, counted=True, window_s=None)
            elif here:
                stays[-1] = attrs.evolve(here, counted=not _may_stay(operation, here.region))
            if isinstance(event, Attempt):
                stays.append(_Stay(str(event.region), event.t))
        operation.observe(event)
    return stays


def _may_stay(operation: Operation, region: str) -> bool:
    """Whether one more attempt in a region would be permitted."""
    return any(move.event == "attempt" and region in move.regions for move in operation.permitted())


def _latest(operation: Operation, row: str) -> float | None:
    """Until when a row permits its move, in seconds; None for no bound."""
    return next((move.not_after for move in operation.permitted() if move.row == row), None)


def _words(stays: Sequence[_Stay], run: Walkthrough) -> str:
    parts = list(_parts(stays))
    if any(isinstance(step.event, AccountRefresh) for step in run.steps):
        parts.insert(0, "read the account again")
    last = run.steps[-1].event if run.steps else None
    match last:
        case Result():
            end = "success"
        case Error(status=None):
            end = "an error"
        case Error():
            end = str(last.status) + (f"/{last.substatus}" if last.substatus else "")
        case _:
            return ", then ".join([*parts, "the documents do not say"])
    if not parts:
        return end if isinstance(last, Result) else f"surface {end}"
    return ", then ".join([*parts, end])


def _parts(stays: Sequence[_Stay]) -> Iterator[str]:
    first = _retries(stays[0]) if stays else ""
    if first:
        yield first
    if len(stays) > 1:
        where = "next region" if len(stays) == 2 else f"{len(stays) - 1} more regions"
        then = list(dict.fromkeys(_retries(stay) for stay in stays[1:]))
        likewise = " likewise" if then == [first] and first else ""
        other = f" ({then[0]})" if then != [first] and then[0] else ""
        yield where + likewise + other


def _retries(stay: _Stay) -> str:
    if not stay.retries:
        return ""
    if not stay.counted:
        return f"retry in region up to {stay.window_s:g} s" if stay.window_s else "retry in region"
    within = f" within {stay.window_s:g} s" if stay.window_s else ""
    return f"{stay.retries} retr{'y' if stay.retries == 1 else 'ies'} in region{within}"
