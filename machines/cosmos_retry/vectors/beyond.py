"""Beyond: what a run comes to after a move that the documents leave open, when faults last from there on.

No promise speaks of such a run, so what the move leaves behind shows in vectors alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.oracle import NotPermitted
from cosmos_retry.scenario import Fault, Scenario, parse_fault
from cosmos_retry.trace import Attempt, Event
from cosmos_retry.units import US_PER_SECOND
from cosmos_retry.vectors.finding import Run, told_run
from cosmos_retry.walkthrough import walk

FAULTS = {
    "write": ("403/3", "410", "429", "449", "503", "404/1002"),
    "point_read": ("408", "410", "429", "503", "404/1002"),
    "query": ("408", "410", "429", "503", "404/1002"),
    "metadata": (),  # what lasts for a metadata call lasts for its operation
}
Begun = tuple[Config, tuple[Event, ...]]
ASKED_MS = 400.0  # by a 429: ten attempts take a few seconds


def beyond(contract: Contract, lifecycle: str, runs: Iterable[Run]) -> Iterator[tuple[str, int, Run]]:
    """Yield runs through each row that leaves a move open, and on through a fault that lasts.

    They begin as the shortest of `runs` that takes the row.  Each comes with its name, and with the number of
    the attempt that all attempts after it end like.  Runs that the contract does not end are left out.
    """
    for row, begun in sorted(_shortest(contract, lifecycle, runs).items()):
        config, events = begun
        made = sum(isinstance(event, Attempt) for event in events)
        for fault in FAULTS[lifecycle]:
            found = _lasting(contract, config, events, parse_fault(fault))
            run = None if found is None else told_run(contract, lifecycle, config, found)
            # A row that ends the run, or takes the place of an answer, leads to the same run whatever lasts.
            if run is not None and sum(isinstance(event, Attempt) for event in found or ()) > made + 1:
                yield f"{row}, then {fault}", made + 1, run


def _shortest(contract: Contract, lifecycle: str, runs: Iterable[Run]) -> dict[str, Begun]:
    """For each such row the beginning of a run that ends in what the row took."""
    rows = contract.lifecycles[lifecycle].rows
    open_rows = {row.id for row in rows if row.verdict in ("unspecified", "unobservable")}
    found: dict[str, Begun] = {}
    for run in runs:
        number = 0
        for turn in run.told.turns:
            # Where several rows took one event, several readings are followed, and none is the run.
            if len(turn.rows) == len(turn.then):
                for count, row in enumerate(turn.rows, start=number + 1):
                    begun = run.config, run.events[:count]
                    if row in open_rows and (row not in found or _order(begun) < _order(found[row])):
                        found[row] = begun
            number += len(turn.then)
    return found


def _order(begun: Begun) -> tuple[int, str]:
    """The shortest first; of equally long ones always the same, whatever else has been found."""
    return len(begun[1]), repr(begun)


def _lasting(
    contract: Contract, config: Config, events: tuple[Event, ...], fault: Fault
) -> tuple[Event, ...] | None:
    scenario = Scenario(
        operation=config.operation,
        mode=config.mode,
        consistency=config.consistency,
        regions=config.regions,
        write_regions=config.write_regions,
        preferred=config.preferred,
        use_multiple_write_locations=config.use_multiple_write_locations,
        faults=(fault,),
        retry_after_ms=ASKED_MS if fault.status == 429 else None,
        request_timeout_s=_seconds(config.request_timeout_us),
        max_retries=config.throttle_max_retries,
        max_wait_s=_seconds(config.throttle_max_wait_us),
    )
    try:
        walked = walk(scenario, contract, begun=events)
    except NotPermitted:
        return None
    return None if walked.stopped else tuple(walked.trace.events)


def _seconds(time_us: int | None) -> float | None:
    return None if time_us is None else time_us / US_PER_SECOND
