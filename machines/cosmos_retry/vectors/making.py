"""Making: a run turned into a vector, with a name for ever, a sentence, and why it is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.explore.replay import as_trace
from cosmos_retry.trace import AccountRefresh, Error, Event, Result
from cosmos_retry.vectors.telling import Told
from cosmos_retry.vectors.vector import Breakdown, Ending, Vector
from cosmos_retry.verdict import judge

MOST_IN_NAME = 6  # endings
_COUNTS = ("no", "one", "two", "three", "four")


def vector_of(
    contract: Contract,
    lifecycle: str,
    config: Config,
    told: Told,
    flags: Iterable[str],
    lasting: int = 0,
) -> Vector:
    """Return the vector of a run.

    `lasting` is the number of the attempt that all attempts after it end like, 0 where there is none.
    Its name has a digest of all that the vector says: a vector that says something else is another one.
    """
    events = [event for turn in told.turns for event in turn.then]
    trace = as_trace("-", config, events)
    verdict = judge(trace, contract)
    endings = sorted(told.endings, key=lambda one: one.attempt)
    endings = endings[:lasting] if lasting else endings
    vector = Vector(
        id="-",
        about=_about(config, endings, events, bool(lasting)),
        operation=trace.operation,
        mode=trace.mode,
        consistency=trace.consistency,
        account=trace.account,
        client=trace.client,
        endings=endings,
        turns=list(told.turns),
        verdict=told.verdict,  # type: ignore[arg-type]
        ended=told.ended,
        lasting=bool(lasting),
        account_reads=[list(one.write_regions) for one in _readings(events) if one.write_regions is not None],
        assumptions=sorted(verdict.assumptions),
        cites=list(verdict.cites),
        flags=sorted(flags),
    )
    said = msgspec.structs.replace(vector, flags=[])
    digest = hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:8]
    slug = "-".join((lifecycle, *["lasting"][: bool(lasting)], *map(_slug, endings[:MOST_IN_NAME])))
    return msgspec.structs.replace(vector, id=f"{slug}.{digest}")


def _readings(events: Sequence[Event]) -> list[AccountRefresh]:
    return [event for event in events if isinstance(event, AccountRefresh)]


def _slug(ending: Ending) -> str:
    if isinstance(ending, Breakdown):
        return ("timeout" if ending.cause == "timeout" else "lost") + ("" if ending.sent else "_unsent")
    return f"{ending.status}_{ending.substatus}" if ending.substatus else str(ending.status)


def _words(ending: Ending) -> str:
    step = "" if ending.step in (None, "page") else f"{ending.step.replace('_', ' ')}: "
    if isinstance(ending, Breakdown):
        what = "timeout" if ending.cause == "timeout" else "connection lost"
        return f"{step}{what}, {'sent' if ending.sent else 'not sent'}"
    return f"{step}{ending.status}" + (f"/{ending.substatus}" if ending.substatus else "")


def _about(config: Config, endings: Sequence[Ending], events: Sequence[Event], lasting: bool) -> str:
    """What happens, in a sentence."""
    regions = len(config.regions)
    writes = (
        "one" if len(config.write_regions) == 1 else "all" if regions == len(config.write_regions) else "some"
    )
    accept = "accepts writes" if regions == 1 else f"{writes} of which accept{'s' * (writes == 'one')} writes"
    where = f"{_COUNTS[regions]} region{'s' * (regions > 1)}, {accept}"
    if config.multi_write_enabled:
        where += ", multiple write locations in use"
    faults = "; ".join(map(_words, endings)) or "nothing is sent"
    faults += ", again and again" if lasting else ""
    last = events[-1]
    heard = "the application has not heard yet"
    if isinstance(last, Result):
        heard = "the application has its answer"
    elif isinstance(last, Error):
        heard = "the application hears " + (
            "an error without a status" if last.status is None else str(last.status)
        )
    operation = config.operation.replace("_", " ")
    return f"{operation}, {config.mode}, {config.consistency}, {where}: {faults}; {heard}"
