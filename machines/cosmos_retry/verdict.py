"""The verdict: whether what a client did was right, where it first went wrong, and which clauses say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, Row, load_contract
from cosmos_retry.hypothesis import Hypothesis, Lost, Taken
from cosmos_retry.moves import Move
from cosmos_retry.oracle import NotPermitted, Operation
from cosmos_retry.trace import Event, Trace
from cosmos_retry.wording import mark, notes, reason

CONFORMS, VIOLATES, UNSPECIFIED, UNOBSERVABLE = "conforms", "violates", "unspecified", "unobservable"
VERDICTS = (CONFORMS, UNSPECIFIED, UNOBSERVABLE, VIOLATES)


@attrs.frozen
class Verdict:
    """What the contract says of one trace.

    `event` is the number (from 1) of the first observation that no run of the contract explains, or on which
    the documents do not speak, or 0;
    `row` is the row that forbids it, or else the nearest row that would have permitted something there, and
    `failing` that row's guards and bounds that were false; `permitted` is what the client might have done
    instead.  `assumptions` are those that the verdict rests on; `open` says what could not be judged, or on
    which point the documents do not speak.  `complete` says whether the application was seen to hear.
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

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain data for JSON."""
        return attrs.asdict(self)


def judge(trace: Trace, contract: Contract | None = None) -> Verdict:
    """Return the verdict on a well-formed trace.

    Raises `ConfigError` where the trace's configuration is not permitted; `reading.read_traces` finds that
    and whatever else is wrong with a trace before it gets here.
    """
    contract = contract or load_contract()
    operation = Operation(Config.from_trace(trace), contract)
    for event in trace.events:
        try:
            operation.observe(event)
        except NotPermitted as finding:
            return _violation(trace, operation, finding, event)
    return _explained(trace, operation)


def _explained(trace: Trace, operation: Operation) -> Verdict:
    contract = operation.contract
    best = _best(operation.hypotheses)
    verdicts = {one.verdict for one in operation.hypotheses}
    unsure = _load_bearing(operation) or ([] if len(verdicts) == 1 else sorted(dict(best.supposed)))
    verdict = verdicts.pop() if len(verdicts) == 1 else UNOBSERVABLE
    decisive = [taken for taken in best.path if taken.row.verdict != "permitted"]
    # What the first attempt rests on is of interest where there is nothing else.
    cited = decisive or best.path[1:] or best.path
    marks = [mark(taken) for taken in decisive] + [f"cannot be seen: {what}" for what in unsure]
    if verdict == CONFORMS and (unsure or not operation.ended):
        verdict = UNOBSERVABLE
    if not operation.ended:
        marks.append("cannot be seen: how the operation ended")
    return Verdict(
        id=trace.id,
        verdict=verdict,
        reason="; ".join(dict.fromkeys(marks)) or "every observation is permitted",
        event=decisive[0].event if decisive else 0,
        cites=_clauses(contract, cited, best.path, operation.config.lifecycle),
        assumptions=tuple(name for name in contract.assumptions if name in best.rests_on),
        open=tuple(dict.fromkeys(marks)),
        rows=tuple(taken.row.id for taken in best.path),
        complete=operation.ended,
        notes=notes(operation),
    )


def _violation(trace: Trace, operation: Operation, finding: NotPermitted, event: Event) -> Verdict:
    contract, lifecycle = operation.contract, operation.config.lifecycle
    # Of the runs that were ruled out, the one that supposed most in the client's favour came furthest.
    lost = max(finding.lost, key=lambda one: (len(one.path), one.refusal.forbidding is None))
    refusal = lost.refusal
    rule = refusal.forbidding or refusal.nearest
    alike = [one for one in finding.lost if len(one.path) == len(lost.path)]
    last = finding.event
    rules = [
        Taken(last, found, frozenset())
        for one in alike
        if (found := one.refusal.forbidding or one.refusal.nearest) is not None
    ]
    rests = lost.rests_on.union(*(_rests_on(contract, taken.row) for taken in rules))
    said = reason(operation, lost, rule, event)
    supposed = sorted({what for one in alike for what, _ in one.supposed ^ lost.supposed})
    if supposed:
        said += f"; however it was with what could not be seen ({', '.join(supposed)})"
    return Verdict(
        id=trace.id,
        verdict=VIOLATES,
        reason=said,
        event=finding.event,
        state=refusal.state,
        row=rule.id if rule else "",
        nearest=refusal.nearest.id if refusal.nearest else "",
        failing=refusal.failing,
        cites=_clauses(contract, [*rules, *filter(None, map(_entered_by, alike))], lost.path, lifecycle),
        permitted=operation.permitted(),
        assumptions=tuple(name for name in contract.assumptions if name in rests),
        rows=tuple(taken.row.id for taken in lost.path),
        complete=True,
        notes=notes(operation),
    )


def _rests_on(contract: Contract, row: Row) -> set[str]:
    """The assumptions behind a row that did not take the event: its own, and those of its time bounds."""
    instants = (contract.vocabulary.instants[instant].rests_on for _, instant in row.bounds)
    return {row.basis, *row.rests_on, *filter(None, instants)} & set(contract.assumptions)


def _clauses(
    contract: Contract, rows: Sequence[Taken], path: Sequence[Taken], lifecycle: str
) -> tuple[str, ...]:
    """The clauses behind some rows, in order; those of an assumption where a row cites none itself."""
    found: list[str] = []
    for taken in rows:
        row = taken.row
        cites = row.cites
        if row.by_answer:
            led_here = _last_answer(path, taken.event)
            cites = tuple(cite for cite in cites if led_here and cite in led_here.row.cites) or cites
        if not cites and row.verdict != "permitted":
            cites = contract.assumptions[row.basis].clauses
        found += [cite for cite in cites if contract.clauses[cite].concerns(lifecycle)]
    return tuple(dict.fromkeys(found))


def _last_answer(path: Sequence[Taken], before: int) -> Taken | None:
    answers = (t for t in reversed(path) if t.event < before and t.row.on in ("response", "failure"))
    return next(answers, None)


def _entered_by(lost: Lost) -> Taken | None:
    """The last answer that the run had taken: it says why the client stands where it stands."""
    return _last_answer(lost.path, len(lost.path) + lost.path[-1].event + 1) if lost.path else None


def _best(hypotheses: list[Hypothesis]) -> Hypothesis:
    order = {CONFORMS: 0, UNOBSERVABLE: 1, UNSPECIFIED: 2}
    return min(hypotheses, key=lambda one: (order[one.verdict], len(one.supposed)))


def _load_bearing(operation: Operation) -> list[str]:
    """What was supposed about unseen facts, where supposing otherwise is ruled out."""
    ruled_out: dict[str, set[str]] = {}
    for lost in operation.lost:
        for what, value in lost.supposed:
            ruled_out.setdefault(what, set()).add(value)
    unsure: dict[str, None] = {}
    for one in operation.hypotheses:
        for what, value in sorted(one.supposed):
            if ruled_out.get(what, set()) - {value}:
                unsure[f"{what} (supposed: {value})"] = None
    return list(unsure)
