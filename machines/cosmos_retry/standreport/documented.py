"""Documented behaviour: what the contract's own run does in a scenario, in a few words.

The words come from a walkthrough of the contract, so there is no rule of retrying here: a run is walked, and
what it did is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from cosmos_retry.config import Config, ConfigError
from cosmos_retry.contract import Contract
from cosmos_retry.oracle import Operation
from cosmos_retry.scenario import Scenario
from cosmos_retry.stand.record import Played
from cosmos_retry.standreport.script import scenario_of
from cosmos_retry.standreport.stays import Stay, stays_of
from cosmos_retry.trace import AccountRefresh, Attempt, Error, Failure, Response, Result
from cosmos_retry.units import US_PER_SECOND
from cosmos_retry.walkthrough import Walkthrough, walk

UNTOLD = "not told in short: see the verdict"


@attrs.frozen
class Documented:
    """What the documents ask for, in short; `attempts` is how many the walked run made, None where none was.

    `cites` are the clauses behind its moves, in their order.
    """

    words: str
    attempts: int | None = None
    cites: tuple[str, ...] = ()


def documented(played: Played, contract: Contract) -> Documented:
    """Return what the contract's own run does in a scenario of the stand."""
    scenario = scenario_of(played)
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
        stays = stays_of(scenario, run, contract)
    except ConfigError:
        return Documented(UNTOLD)
    cites = dict.fromkeys(cite for step in run.steps[1:] for cite in step.cites)
    words = _words(stays, run) + _besides(scenario, run, contract)
    return Documented(words, sum(stay.retries + 1 for stay in stays), tuple(cites))


def _attempts_before(run: Walkthrough, free: set[str]) -> int | None:
    """How many attempts a run makes before one in a region free of faults; None where it makes none there."""
    made = [step.event for step in run.steps if isinstance(step.event, Attempt)]
    return next((n for n, attempt in enumerate(made) if attempt.region in free), None)


def _besides(scenario: Scenario, run: Walkthrough, contract: Contract) -> str:
    """What else may follow the first answer: to surface it at once, or a retry of which nothing is said."""
    operation = Operation(Config.from_trace(scenario.trace([])), contract)
    answered = next(
        (n for n, step in enumerate(run.steps) if isinstance(step.event, Response | Failure)), None
    )
    if answered is None:
        return ""
    for step in run.steps[: answered + 1]:
        operation.observe(step.event)
    now = [move for move in operation.permitted() if move.not_before * US_PER_SECOND <= operation.now]
    surfaces = isinstance(run.steps[-1].event, Error) and len(run.steps) == answered + 2
    if surfaces:
        open_ = any(move.event == "attempt" and move.verdict == "unspecified" for move in now)
        return "; of a retry nothing is said" if open_ else ""
    at_once = any(move.event == "error" and move.verdict == "permitted" and not move.after for move in now)
    return "; or surfaced at once" if at_once else ""


def _words(stays: Sequence[Stay], run: Walkthrough) -> str:
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


def _parts(stays: Sequence[Stay]) -> Iterator[str]:
    first = _retries(stays[0]) if stays else ""
    if first:
        yield first
    if len(stays) > 1:
        where = "next region" if len(stays) == 2 else f"{len(stays) - 1} more regions"
        then = list(dict.fromkeys(_retries(stay) for stay in stays[1:]))
        likewise = " likewise" if then == [first] and first else ""
        other = f" ({then[0]})" if then != [first] and then[0] else ""
        yield where + likewise + other


def _retries(stay: Stay) -> str:
    if not stay.retries:
        return ""
    if not stay.counted:
        return f"retry in region up to {stay.window_s:g} s" if stay.window_s else "retry in region"
    within = f" within {stay.window_s:g} s" if stay.window_s else ""
    return f"{stay.retries} retr{'y' if stay.retries == 1 else 'ies'} in region{within}"
