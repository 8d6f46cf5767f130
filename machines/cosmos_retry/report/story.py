"""A story: the attempts of one trace, each with its answer, and what the application heard in the end."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Literal

import attrs

from cosmos_retry.trace import Attempt, Error, Event, Failure, Response, Result, Trace

Kind = Literal["success", "error", "failure", "open"]

NO_REGION = "(no region)"
STEPS = {"query_plan": "plan", "address_resolution": "addresses", "partition_key_ranges": "ranges"}
LOST = {
    ("timeout", True): "timeout",
    ("timeout", False): "timeout, unsent",
    ("timeout", None): "timeout",
    ("connectivity", True): "connection lost",
    ("connectivity", False): "not sent",
    ("connectivity", None): "connection lost",
}
MOST_RUNS = 8
MOST_NAME = 60  # letters of an error's own name
_SUCCESS = range(200, 400)


@attrs.frozen
class Tried:
    """One attempt: its number and its event's, where and when (seconds), and how it ended."""

    number: int
    event: int
    t: float
    region: str
    outcome: str
    kind: Kind


@attrs.frozen
class Ending:
    """What the application heard, when (seconds), and the number of the event."""

    event: int
    t: float
    outcome: str
    kind: Kind


@attrs.frozen
class Story:
    """The attempts in order, the refreshes as (time, what), and the end where it was seen."""

    tried: tuple[Tried, ...]
    refreshes: tuple[tuple[float, str], ...]
    ending: Ending | None

    @property
    def heard(self) -> str:
        """What the application heard, as a phrase."""
        if self.ending is None:
            return "the end was not seen"
        return f"the application heard {self.ending.outcome} at {self.ending.t:g} s"

    @property
    def in_short(self) -> str:
        """The attempts as runs of the same region and outcome; of very many runs, how many of each."""
        runs = [
            (key, len(list(run)))
            for key, run in groupby(self.tried, key=lambda one: (one.region, one.outcome))
        ]
        if len(runs) > MOST_RUNS:
            kinds = list(Counter((one.region, one.outcome) for one in self.tried).items())
            more = f", and {len(kinds) - MOST_RUNS} others" if len(kinds) > MOST_RUNS else ""
            return "in turn: " + ", ".join(_run(*kind) for kind in kinds[:MOST_RUNS]) + more
        return ", then ".join(_run(*run) for run in runs) or "no attempt"


def _run(key: tuple[str, str], count: int) -> str:
    return f"{key[0]} {key[1]}{f' ×{count}' if count > 1 else ''}"


def tell(trace: Trace) -> Story:
    """Return the story of a well-formed trace."""
    made: list[Tried] = []
    still_open: list[int] = []
    refreshes: list[tuple[float, str]] = []
    ending: Ending | None = None
    for number, event in enumerate(trace.events, start=1):
        match event:
            case Attempt():
                step = STEPS.get(str(event.step), "")
                where = event.region or NO_REGION
                made.append(Tried(len(made) + 1, number, event.t, where, f"{step} no answer".strip(), "open"))
                still_open.append(len(made))
            case Response() | Failure():
                of = event.of if event.of is not None else still_open[-1]
                still_open.remove(of)
                outcome, kind = outcome_of(event)
                step = made[of - 1].outcome.removesuffix("no answer")
                made[of - 1] = attrs.evolve(made[of - 1], outcome=step + outcome, kind=kind)
            case Result() | Error():
                outcome, kind = outcome_of(event)
                ending = Ending(number, event.t, outcome, kind)
            case _:
                what = "addresses" if event.__struct_config__.tag == "address_refresh" else "account"
                refreshes.append((event.t, what))
    return Story(tuple(made), tuple(refreshes), ending)


def outcome_of(event: Event) -> tuple[str, Kind]:
    """Return an answer, or what the application heard, as a word or two, and its kind."""
    match event:
        case Failure():
            return LOST[event.cause, event.sent], "failure"
        case Response():
            return _code(event.status, event.substatus), "success" if event.status in _SUCCESS else "error"
        case Result():
            return f"success {event.status or ''}".strip(), "success"
        case Error(status=None):
            return (event.name or "an error")[:MOST_NAME], "error"
        case Error():
            return f"error {_code(event.status, event.substatus)}", "error"
    raise TypeError(f"no answer: {event!r}")


def _code(status: int | None, substatus: int | None) -> str:
    return f"{status}/{substatus}" if substatus else f"{status}"
