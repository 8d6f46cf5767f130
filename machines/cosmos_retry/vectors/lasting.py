"""Lasting faults: every attempt ends alike, and a client that keeps to the documents gives up in time."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.scenario import Scenario, parse_fault
from cosmos_retry.vectors.finding import Run, told_run
from cosmos_retry.walkthrough import walk

FAULTS = ("403/3", "404/1002", "408", "410", "429", "449", "503")
FAILURES = ("timeout-sent", "timeout-unsent", "connection-sent", "connection-unsent")
ASKED_MS = 400.0  # by a 429: ten attempts take a few seconds
_EAST, _WEST = "East US", "West US"
_TWO = Scenario(
    operation="create",
    mode="direct",
    consistency="Session",
    regions=(_EAST, _WEST),
    write_regions=(_EAST,),
    faults=(parse_fault("410"),),
    preferred=(_EAST, _WEST),
)
_MULTI = attrs.evolve(_TWO, write_regions=(_EAST, _WEST), use_multiple_write_locations=True)
SETTINGS = {
    "write": (_TWO, _MULTI, attrs.evolve(_TWO, mode="gateway"), attrs.evolve(_MULTI, mode="gateway")),
    "point_read": tuple(
        attrs.evolve(_TWO, operation="point_read", mode=mode, consistency=level)
        for mode, level in (
            ("direct", "Eventual"),
            ("direct", "Session"),
            ("direct", "Strong"),
            ("gateway", "Session"),
        )
    ),
    "query": tuple(attrs.evolve(_TWO, operation="query", mode=mode) for mode in ("direct", "gateway")),
    "metadata": (),  # what lasts for a metadata call lasts for its operation
}


def scenarios(lifecycle: str) -> Iterator[Scenario]:
    """Yield the scenarios of a lifecycle, with the limits that the documents set: nobody has set others."""
    for setting in SETTINGS[lifecycle]:
        for fault in (*FAULTS, *FAILURES):
            asked = ASKED_MS if fault == "429" else None
            yield attrs.evolve(setting, faults=(parse_fault(fault),), retry_after_ms=asked)


def walked(contract: Contract, lifecycle: str, scenario: Scenario) -> Run:
    """Return the run of a client that keeps to the contract.

    Raises `ValueError` where the contract does not permit the run, or does not end it.
    """
    walkthrough = walk(scenario, contract)
    config = Config.from_trace(walkthrough.trace)
    run = told_run(contract, lifecycle, config, walkthrough.trace.events)
    if run is None or walkthrough.stopped:
        raise ValueError(f"{scenario.name}: {walkthrough.stopped or 'is not permitted'}")
    return run
