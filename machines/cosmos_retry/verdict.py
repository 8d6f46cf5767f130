"""The verdict: whether what a client did was right, where it first went wrong, and which clauses say so."""

from __future__ import annotations

from typing import Any

import attrs

from cosmos_retry.citing import clauses, entered_by, rests_on
from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, load_contract
from cosmos_retry.holes.declared import Holes
from cosmos_retry.holes.reconstruction import RunStep, refused_step, run_steps
from cosmos_retry.hypothesis import Hypothesis, Lost
from cosmos_retry.moves import Move
from cosmos_retry.search import CONFORMS, UNOBSERVABLE, Found, best, conforms, find, verdicts
from cosmos_retry.taken import Taken
from cosmos_retry.trace import Trace
from cosmos_retry.wording import (
    TOO_MANY,
    describe_event,
    followed_to,
    mark,
    notes,
    reason,
    supposed_missing,
    tolerance_needed,
)

VIOLATES, UNSPECIFIED = "violates", "unspecified"
VERDICTS = (CONFORMS, UNSPECIFIED, UNOBSERVABLE, VIOLATES)
CANNOT_TELL = "cannot tell"
MOST_EXPLAINED = 8


@attrs.frozen
class Verdict:
    """What the contract says of one trace.

    `event` is the number (from 1) of the first observation that no run of the contract explains, or on which
    the documents do not speak, or 0;
    `row` is the row that forbids it, or else the nearest row that would have permitted something there, and
    `failing` that row's guards and bounds that were false; `permitted` is what the client might have done
    instead.  `assumptions` are those that the verdict rests on; `open` says what could not be judged, or on
    which point the documents do not speak.  `complete` says whether the application was seen to hear.
    `run` is the run that explains the trace, or as much of it as one explains; it is there where the trace
    has holes, or where it was asked for.
    """

    id: str
    verdict: str
    reason: str
    event: int = 0
    state: str = ""
    row: str = ""
    nearest: str = ""
    failing: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    permitted: tuple[Move, ...] = ()
    assumptions: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    complete: bool = True
    notes: tuple[str, ...] = ()
    run: tuple[RunStep, ...] = ()

    @property
    def answer(self) -> str:
        """The verdict in three words: conforms, violates, or cannot tell."""
        return self.verdict if self.verdict in (CONFORMS, VIOLATES) else CANNOT_TELL

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain data for JSON."""
        return {**attrs.asdict(self), "answer": self.answer}


def judge(
    trace: Trace, contract: Contract | None = None, holes: Holes | None = None, run: bool = False
) -> Verdict:
    """Return the verdict on a well-formed trace.

    `holes` widens what the trace itself declares of its times and of what may be missing.  With `run` the
    verdict carries a run that explains the trace even where the trace has no holes.

    Raises `ConfigError` where the trace's configuration is not permitted; `reading.read_traces` finds that
    and whatever else is wrong with a trace before it gets here.
    """
    contract = contract or load_contract()
    config = Config.from_trace(trace)
    if holes is not None:
        config = attrs.evolve(config, holes=config.holes.widened(holes))
    found = find(config, contract, trace.events)
    if found.refused is not None:
        return (_given_up if found.given_up else _violation)(trace, found, run)
    return _explained(trace, found, run)


def _explained(trace: Trace, found: Found, run: bool) -> Verdict:
    operation = found.operation
    contract = operation.contract
    one = best(operation.hypotheses)
    all_verdicts = verdicts(operation)
    unsure = _load_bearing(found) or ([] if len(all_verdicts) == 1 else sorted(dict(one.supposed)))
    verdict = all_verdicts.pop() if len(all_verdicts) == 1 else UNOBSERVABLE
    decisive = [taken for taken in one.path if taken.row.verdict != "permitted"]
    # What the first attempt rests on is of interest where there is nothing else.
    cited = decisive or one.path[1:] or one.path
    marks = [mark(taken) for taken in decisive] + [f"cannot be seen: {what}" for what in unsure]
    if one.missing:
        marks.insert(0, supposed_missing(one.path, one.times))
        verdict = UNOBSERVABLE
    if found.given_up and not conforms(operation):
        marks.append(TOO_MANY)
        verdict = UNOBSERVABLE
    if one.times is not None and not one.times.whole:
        marks.append("cannot be told: the times would have to lie between two whole microseconds")
        verdict = UNOBSERVABLE
    if verdict == CONFORMS and (unsure or not operation.ended):
        verdict = UNOBSERVABLE
    if not operation.ended:
        marks.append("cannot be seen: how the operation ended")
    steps: tuple[RunStep, ...] = ()
    if run or one.times is not None:
        steps = run_steps(one.path, one.times, trace.events)
    return Verdict(
        id=trace.id,
        verdict=verdict,
        reason="; ".join(dict.fromkeys(marks)) or "every observation is permitted",
        event=decisive[0].event if decisive else 0,
        cites=clauses(contract, cited, one.path, operation.config.lifecycle),
        assumptions=tuple(name for name in contract.assumptions if name in one.rests_on),
        open=tuple(dict.fromkeys(marks)),
        rows=tuple(taken.row.id for taken in one.path),
        complete=operation.ended,
        notes=(*notes(operation), *tolerance_needed(steps)),
        run=steps,
    )


def _violation(trace: Trace, found: Found, run: bool) -> Verdict:
    operation, number = found.operation, found.event
    contract, lifecycle = operation.contract, operation.config.lifecycle
    standing, lost, alike = _furthest(found)
    refusal = lost.refusal
    rule = refusal.forbidding or refusal.nearest
    rules = [
        Taken(number, row, frozenset())
        for other in alike
        if (row := other.refusal.forbidding or other.refusal.nearest) is not None
    ]
    rests = lost.rests_on.union(*(rests_on(contract, taken.row) for taken in rules))
    event = trace.events[number - 1]
    said = reason(operation, lost, rule, event)
    supposed = sorted({what for other in alike for what, _ in other.supposed ^ lost.supposed})
    if supposed:
        said += f"; however it was with what could not be seen ({', '.join(supposed)})"
    if operation.missing:
        said += f"; whatever may be missing ({operation.missing} at most)"
    steps: tuple[RunStep, ...] = ()
    if run or lost.times is not None:
        steps = (
            *run_steps(lost.path, lost.times, trace.events),
            refused_step(number, trace.events, describe_event(event)),
        )
    return Verdict(
        id=trace.id,
        verdict=VIOLATES,
        reason=said,
        event=number,
        state=refusal.state,
        row=rule.id if rule else "",
        nearest=refusal.nearest.id if refusal.nearest else "",
        failing=refusal.failing,
        cites=clauses(contract, [*rules, *filter(None, map(entered_by, alike))], lost.path, lifecycle),
        permitted=operation.permitted(standing),
        assumptions=tuple(name for name in contract.assumptions if name in rests),
        rows=tuple(taken.row.id for taken in lost.path),
        complete=True,
        notes=notes(operation),
        run=steps,
    )


def _given_up(trace: Trace, found: Found, run: bool) -> Verdict:
    """Return the verdict where no run was found, but not every run was followed."""
    violation = _violation(trace, found, run)
    marks = (TOO_MANY, followed_to(found.operation, found.event))
    return attrs.evolve(violation, verdict=UNOBSERVABLE, reason="; ".join(marks), open=marks, complete=False)


def _furthest(found: Found) -> tuple[list[Hypothesis] | None, Lost, list[Lost]]:
    """Return the runs that stood before a refusal, the one to be explained, and those that came as far."""
    operation, lost = found.operation, found.refused or []
    standing = None
    if lost[0].times is not None:
        # Of many runs that differ in their times and in what they suppose to be missing, one will do.
        standing = operation.hypotheses[:1]
        lost = [one for one in lost if one.path is standing[0].path][:MOST_EXPLAINED] or lost[:1]
    # Of the runs that were ruled out, the one that supposed most in the client's favour came furthest.
    furthest = max(lost, key=lambda one: (len(one.path), one.refusal.forbidding is None))
    return standing, furthest, [one for one in lost if len(one.path) == len(furthest.path)]


def _load_bearing(found: Found) -> list[str]:
    """What was supposed about unseen facts, where supposing otherwise is ruled out."""
    operation = found.operation
    ruled_out: dict[str, set[str]] = {}
    for what, value in set[tuple[str, str]]().union(*(lost.supposed for lost in operation.lost)):
        ruled_out.setdefault(what, set()).add(value)
    unsure: dict[str, None] = {}
    for one in operation.hypotheses:
        for what, value in sorted(one.supposed):
            if ruled_out.get(what, set()) - {value}:
                unsure[f"{what} (supposed: {value})"] = None
    return list(unsure)
