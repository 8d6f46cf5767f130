"""What the contract says of one move of a client, as soon as it is made."""

from __future__ import annotations

from itertools import takewhile

import attrs

from cosmos_retry.alternatives import alternatives
from cosmos_retry.contract import Contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.moves import Move
from cosmos_retry.oracle import Operation
from cosmos_retry.trace import Event, Trace
from cosmos_retry.verdict import judge
from cosmos_retry.wording import describe_event

PERMITTED, UNSPECIFIED, UNOBSERVABLE, VIOLATES = "permitted", "unspecified", "unobservable", "violates"


@attrs.frozen
class Judged:
    """A move with its verdict: `permitted`, `unspecified`, `unobservable` or `violates`.

    `number` counts all events of the play from 1, answers included.  `rows` took the move, or forbid it, or
    came nearest to permitting it; `cites` are the clauses behind them, `assumptions` what that rests on.
    Where it violates, `reason` says why in one line, and `permitted` what would have been right.
    """

    number: int
    event: Event
    verdict: str
    rows: tuple[str, ...]
    cites: tuple[str, ...]
    assumptions: tuple[str, ...] = ()
    reason: str = ""
    permitted: tuple[Move, ...] = ()

    @property
    def violates(self) -> bool:
        """Whether no run of the contract has this move."""
        return self.verdict == VIOLATES

    def lines(self, contract: Contract) -> list[str]:
        """Return the verdict for a person: what was done, why that is wrong, the clauses, what was right."""
        if not self.violates:
            said = [f"{describe_event(self.event)}: {self.verdict} [{', '.join(self.rows)}]"]
        else:
            said = [f"event {self.number}: {self.reason}"]
        said += [f"{cite}: {contract.clauses[cite].says}" for cite in self.cites]
        said += [f"assumes {name}: {contract.assumptions[name].choice}" for name in self.assumptions]
        said += [f"permitted instead: {move.describe()}" for move in self.permitted]
        return [one_line(line) for line in said]


def accepted(operation: Operation, event: Event) -> Judged:
    """Return the verdict on a move that the operation has just taken."""
    number, contract = operation.events, operation.contract
    found: dict[str, None] = {}
    best = None
    for one in operation.hypotheses:
        taken = [*takewhile(lambda step: step.event == number, reversed(one.path))][::-1]
        verdicts = {step.row.verdict for step in taken} - {PERMITTED}
        verdict = next((name for name in (UNSPECIFIED, UNOBSERVABLE) if name in verdicts), PERMITTED)
        rank = (PERMITTED, UNOBSERVABLE, UNSPECIFIED).index(verdict)
        if best is None or rank < best[0]:
            best = rank, verdict, taken
        found |= dict.fromkeys(step.row.id for step in taken)
    assert best is not None
    _, verdict, taken = best
    lifecycle = operation.config.lifecycle
    cites = dict.fromkeys(
        cite for step in taken for cite in step.row.cites if contract.clauses[cite].concerns(lifecycle)
    )
    rests = frozenset().union(*(step.rests_on for step in taken))
    assumptions = tuple(name for name in contract.assumptions if name in rests)
    return Judged(number, event, verdict, tuple(found), tuple(cites), assumptions)


def refused(trace: Trace, event: Event, contract: Contract) -> Judged:
    """Return the verdict on the last event of a trace, which no run of the contract explains."""
    verdict = judge(trace, contract)
    return Judged(
        number=verdict.event,
        event=event,
        verdict=VIOLATES,
        rows=tuple(filter(None, (verdict.row,))),
        cites=verdict.cites,
        assumptions=verdict.assumptions,
        reason=one_line(verdict.reason),
        permitted=tuple(alternatives(verdict, contract)),
    )
