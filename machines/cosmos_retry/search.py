"""The search: runs of the contract that explain a trace, with as little missing from it as can be."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.holes.effort import Effort
from cosmos_retry.hypothesis import Hypothesis, Lost
from cosmos_retry.oracle import NotPermitted, Operation
from cosmos_retry.trace import Event

CONFORMS, UNOBSERVABLE = "conforms", "unobservable"
_ORDER = {CONFORMS: 0, UNOBSERVABLE: 1, "unspecified": 2}


@attrs.frozen
class Found:
    """What a search came to: the operation after the last event that was explained.

    `refused` are the runs that the event with the number `event` ruled out, None where all events are
    explained.  `given_up` says that there were more runs than were followed.
    """

    operation: Operation
    event: int = 0
    refused: list[Lost] | None = None
    given_up: bool = False


def find(config: Config, contract: Contract, events: Sequence[Event]) -> Found:
    """Return the runs that explain a trace.

    Nothing is supposed to be missing where a run conforms without that.  Else more and more is, up to what
    the configuration says may be; the first runs that conform are returned.  Where there are none, those
    with the least missing that explain the trace; and where none explains it, those that came furthest.
    """
    effort = Effort()
    found = _watch(config, contract, events, 0, effort)
    if _settled(found):
        return found
    for missing in range(1, config.holes.any_missing + 1):
        more = _watch(config, contract, events, missing, effort)
        if more.refused is None and conforms(more.operation):
            return more
        # What is explained with less stands; what is refused with more missing is refused for good.
        given_up = found.given_up or more.given_up
        # And a search that was given up may have come less far than one with less missing.
        further = more.refused is None or more.event >= found.event
        found = attrs.evolve(more if found.refused is not None and further else found, given_up=given_up)
        if given_up:
            break
    if found.refused is not None and found.given_up:
        # Not all runs were followed; but where even fewer demands leave none, there is none.
        loose = _watch(config, contract, events, config.holes.any_missing, Effort(), loosely=True)
        return found if loose.refused is None or loose.given_up else loose
    return found


def conforms(operation: Operation) -> bool:
    """Return whether some run conforms."""
    return any(one.verdict == CONFORMS for one in operation.hypotheses)


def best(hypotheses: Sequence[Hypothesis]) -> Hypothesis:
    """Return the run that says most for the client, and of such runs the one that supposes least."""
    return min(
        hypotheses,
        key=lambda one: (
            one.times is not None and not one.times.whole,
            _ORDER[one.verdict],
            one.missing,
            len(one.supposed),
        ),
    )


def verdicts(operation: Operation) -> set[str]:
    """Return the verdicts of the runs; where they differ in their times alone, of those the best."""
    runs = operation.hypotheses
    if runs[0].times is None or len(runs) == 1:
        return {one.verdict for one in runs}
    alike: dict[object, str] = {}
    for one in runs:
        alike[one.supposed] = min(alike.get(one.supposed, one.verdict), one.verdict, key=_ORDER.__getitem__)
    return set(alike.values())


def _settled(found: Found) -> bool:
    return found.refused is None and conforms(found.operation)


def _watch(
    config: Config,
    contract: Contract,
    events: Sequence[Event],
    missing: int,
    effort: Effort,
    loosely: bool = False,
) -> Found:
    operation = Operation(config, contract, missing, loosely, effort)
    for number, event in enumerate(events, start=1):
        if loosely and operation.given_up:
            break  # what is refused from here on proves nothing
        try:
            operation.observe(event)
        except NotPermitted as finding:
            return Found(operation, number, finding.lost, operation.given_up)
    return Found(operation, given_up=operation.given_up)
