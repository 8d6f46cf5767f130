"""Stays: a run of the contract region by region, and what ended each stay."""

from __future__ import annotations

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.oracle import Operation
from cosmos_retry.scenario import Scenario
from cosmos_retry.trace import Attempt, Error, Result
from cosmos_retry.walkthrough import Walkthrough


@attrs.frozen
class Stay:
    """A stay in one region: since when (seconds), how many retries, and for how long these are permitted.

    `window_s` is None for no bound in time; `counted` is whether their number ended them, and not the time.
    """

    region: str
    since: float
    retries: int = 0
    window_s: float | None = None
    counted: bool = False


def stays_of(scenario: Scenario, run: Walkthrough, contract: Contract) -> list[Stay]:
    """Return the stays of a run; the contract is asked how late each retry would be permitted."""
    operation = Operation(Config.from_trace(scenario.trace([])), contract)
    stays: list[Stay] = []
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
                stays.append(Stay(str(event.region), event.t))
        operation.observe(event)
    return stays


def _may_stay(operation: Operation, region: str) -> bool:
    """Whether one more attempt in a region would be permitted."""
    return any(move.event == "attempt" and region in move.regions for move in operation.permitted())


def _latest(operation: Operation, row: str) -> float | None:
    """Until when a row permits its move, in seconds; None for no bound."""
    return next((move.not_after for move in operation.permitted() if move.row == row), None)
