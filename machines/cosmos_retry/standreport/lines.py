"""Lines: a case explained as plain text, each fact in a line of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from cosmos_retry.alternatives import alternatives
from cosmos_retry.contract import Contract
from cosmos_retry.invariants.promises import Invariant, load_invariants
from cosmos_retry.standreport.case import Case
from cosmos_retry.standreport.summary import GHOSTS


@lru_cache(maxsize=1)
def promises_by_id() -> dict[str, Invariant]:
    """Return the promises by their ids."""
    return {one.id: one for one in load_invariants()}


def explanation(case: Case, contract: Contract) -> Iterator[str]:
    """Yield what a case says: promises, clauses with their sentences, what was seen, how to see it again."""
    if case.verdict is None:
        yield case.problem
        return
    if case.ghost:
        writes = case.record.writes
        assert writes is not None
        yield (
            f"ghost write: {case.ghost}: {GHOSTS[case.ghost]}; delivered {writes.delivered} times, "
            f"applied {writes.applied} times, heard {writes.heard}"
        )
    for broken in case.broken:
        promise = promises_by_id()[broken.invariant]
        yield f"promise {promise.id}: {promise.says} Event {broken.event}: {broken.reason}"
    event = f"event {case.verdict.event}: " if case.verdict.event else ""
    yield f"{case.verdict.verdict}: {event}{case.reason}"
    for cite in case.verdict.cites:
        yield f"clause {cite}: {contract.clauses[cite].says}"
    for move in alternatives(case.verdict, contract):
        yield f"permitted instead: {move.describe()}"
    for name in case.verdict.assumptions:
        yield f"assumes {name}: {contract.assumptions[name].choice}"
    yield f"seen: {case.story.in_short}; {case.story.heard}"
    yield f"again: {case.command}"
