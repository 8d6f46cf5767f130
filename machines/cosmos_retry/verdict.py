"""The verdict: whether what a client did was right, where it first went wrong, and which clauses say so."""

from __future__ import annotations

from typing import Any

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, Row, load_contract
from cosmos_retry.hypothesis import Hypothesis, Lost, Taken
from cosmos_retry.moves import Move
from cosmos_retry.oracle import NotPermitted, Operation
from cosmos_retry.trace import Event, Trace

CONFORMS, VIOLATES, UNSPECIFIED, UNOBSERVABLE = "conforms", "violates", "unspecified", "unobservable"
VERDICTS = (CONFORMS, UNSPECIFIED, UNOBSERVABLE, VIOLATES)


@attrs.frozen
class Verdict:
    """What the contract says of one trace.

    `event` is the number (from 1) of the first observation that no run of the contract explains, or 0;
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
    unsure = _load_bearing(operation)
    verdicts = {one.verdict for one in operation.hypotheses}
    verdict = verdicts.pop() if len(verdicts) == 1 else UNOBSERVABLE
    marks = [_mark(taken) for taken in best.path if taken.row.verdict != "permitted"]
    marks += [f"cannot be seen: {what}" for what in unsure]
    if verdict == CONFORMS and (unsure or not operation.ended):
        verdict = UNOBSERVABLE
    if not operation.ended:
        marks.append("cannot be seen: how the operation ended")
    decisive = [taken for taken in best.path if taken.row.verdict != "permitted"]
    cited = decisive or [taken for taken in best.path if taken.row.cites]
    return Verdict(
        id=trace.id,
        verdict=verdict,
        reason="; ".join(dict.fromkeys(marks)) or "every observation is permitted",
        cites=_in_order(cite for taken in cited for cite in taken.row.cites),
        assumptions=tuple(name for name in contract.assumptions if name in best.rests_on),
        open=tuple(dict.fromkeys(marks)),
        rows=tuple(taken.row.id for taken in best.path),
        complete=operation.ended,
        notes=_notes(operation),
    )


def _violation(trace: Trace, operation: Operation, finding: NotPermitted, event: Event) -> Verdict:
    lost = min(finding.lost, key=lambda one: (one.refusal.forbidding is None, len(one.supposed)))
    refusal = lost.refusal
    because = _entered_by(lost)
    rule = refusal.forbidding or refusal.nearest
    led_here = because.row.cites if because else ()
    forbidden_by = rule.cites if rule else ()
    # A row that forbids for many answers cites them all; the clause of this answer is the one to show.
    cites = (*([cite for cite in forbidden_by if cite in led_here] or forbidden_by), *led_here)
    if not cites and rule and rule.basis in operation.contract.assumptions:
        cites = operation.contract.assumptions[rule.basis].clauses
    rests = lost.path[-1].rests_on if lost.path else frozenset()
    rests |= {rule.basis} if rule and rule.basis in operation.contract.assumptions else set()
    return Verdict(
        id=trace.id,
        verdict=VIOLATES,
        reason=_reason(
            operation, refusal.state, rule, refusal.forbidding is not None, refusal.failing, event
        ),
        event=finding.event,
        state=refusal.state,
        row=rule.id if rule else "",
        nearest=refusal.nearest.id if refusal.nearest else "",
        failing=refusal.failing,
        cites=_in_order(cites),
        permitted=operation.permitted(),
        assumptions=tuple(name for name in operation.contract.assumptions if name in rests),
        rows=tuple(taken.row.id for taken in lost.path),
        complete=True,
        notes=_notes(operation),
    )


def _reason(
    operation: Operation,
    state: str,
    rule: Row | None,
    forbids: bool,
    failing: tuple[str, ...],
    event: Event,
) -> str:
    words = operation.contract.vocabulary
    where = words.states[state].says.rstrip(".")
    what = describe_event(event)
    if rule is None:
        return f"{what}: nothing permits it ({where})"
    if forbids:
        return f"{what}: {rule.id} forbids it ({where})"
    because = "; ".join(_false(operation, name) for name in failing)
    return f"{what}: not permitted ({where}); of {rule.id} this does not hold: {because}"


def _false(operation: Operation, condition: str) -> str:
    words = operation.contract.vocabulary
    relation, _, instant = condition.partition(":")
    if not instant:
        return f"{condition} ({words.guards[condition].says.rstrip('.')})"
    return f"{relation.replace('_', ' ')} {instant} ({words.instants[instant].says.rstrip('.')})"


def describe_event(event: Event) -> str:
    """Return an observation as a few words."""
    kind = str(event.__struct_config__.tag).replace("_", " ")
    region = getattr(event, "region", None)
    status = getattr(event, "status", None)
    parts = [kind, f"in {region}" if region else "", str(status) if status is not None else ""]
    t = f"at {event.t:g} s" if event.t is not None else ""
    return " ".join(part for part in (*parts, t) if part)


def _entered_by(lost: Lost) -> Taken | None:
    """The last answer that the run had taken: it says why the client stands where it stands."""
    return next((taken for taken in reversed(lost.path) if taken.row.on in ("response", "failure")), None)


def _best(hypotheses: list[Hypothesis]) -> Hypothesis:
    order = {CONFORMS: 0, UNOBSERVABLE: 1, UNSPECIFIED: 2}
    return min(hypotheses, key=lambda one: (order[one.verdict], len(one.supposed)))


def _load_bearing(operation: Operation) -> list[str]:
    """What was supposed about unseen facts, where supposing otherwise is ruled out."""
    unsure: dict[str, None] = {}
    for one in operation.hypotheses:
        for what, value in sorted(one.supposed):
            if any(dict(lost.supposed).get(what, value) != value for lost in operation.lost):
                unsure[f"{what} (supposed: {value})"] = None
    return list(unsure)


def _mark(taken: Taken) -> str:
    said = "the documents do not say" if taken.row.verdict == UNSPECIFIED else "cannot be seen"
    return f"{said}: {taken.row.id} at event {taken.event} ({taken.row.basis})"


def _notes(operation: Operation) -> tuple[str, ...]:
    notes = []
    if operation.answers_without_time:
        count = operation.answers_without_time
        notes.append(
            f"{count} answer{'s' if count > 1 else ''} without a time: put at the start of the attempt, "
            "so delays are upper bounds"
        )
    if operation.config.requested != operation.config.consistency:
        notes.append(
            f"{operation.config.requested} was asked for, stronger than the account's "
            f"{operation.config.consistency}: the service answers such a request with 400"
        )
    return tuple(notes)


def _in_order(names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
