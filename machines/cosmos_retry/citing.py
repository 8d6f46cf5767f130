"""Citing: the clauses and the assumptions behind the rows that decided about a trace."""

from __future__ import annotations

from collections.abc import Sequence

from cosmos_retry.contract import Contract, Row
from cosmos_retry.hypothesis import Lost
from cosmos_retry.taken import Taken


def rests_on(contract: Contract, row: Row) -> set[str]:
    """Return the assumptions behind a row that did not take the event: its own, and those of its bounds."""
    instants = (contract.vocabulary.instants[instant].rests_on for _, instant in row.bounds)
    return {row.basis, *row.rests_on, *filter(None, instants)} & set(contract.assumptions)


def clauses(
    contract: Contract, rows: Sequence[Taken], path: Sequence[Taken], lifecycle: str
) -> tuple[str, ...]:
    """Return the clauses behind some rows, in order; those of an assumption where a row cites none itself."""
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


def entered_by(lost: Lost) -> Taken | None:
    """Return the last answer that the run had taken: it says why the client stands where it stands."""
    return _last_answer(lost.path, len(lost.path) + lost.path[-1].event + 1) if lost.path else None


def _last_answer(path: Sequence[Taken], before: int) -> Taken | None:
    answers = (t for t in reversed(path) if t.event < before and t.row.on in ("response", "failure"))
    return next(answers, None)
