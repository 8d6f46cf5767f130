"""Data: a client's cases as plain values for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cosmos_retry.alternatives import alternatives
from cosmos_retry.contract import Contract
from cosmos_retry.standreport.case import Case
from cosmos_retry.standreport.column import Column
from cosmos_retry.standreport.documented import Documented
from cosmos_retry.standreport.promises import Promise

FORMAT = 1


def data(
    column: Column,
    place: int,
    promises: Sequence[Promise],
    told: Mapping[str, Documented],
    contract: Contract,
) -> dict[str, Any]:
    """Return what the page of a client says; `place` is where its column stands among the promises'."""
    standings = ((one, one.standings[place]) for one in promises)
    return {
        "format": FORMAT,
        "client": {"name": column.name, "version": column.version, "language": column.language},
        "verdicts": dict(column.counts),
        "promises": [
            {
                "id": promise.invariant.id,
                "says": promise.invariant.says,
                "tested": standing.tested,
                "broken": [case.id for case in standing.broken],
            }
            for promise, standing in standings
        ],
        "scenarios": [_case(case, told[case.id], contract) for case in column.cases.values()],
    }


def _case(case: Case, told: Documented, contract: Contract) -> dict[str, Any]:
    played, verdict, writes = case.record.scenario, case.verdict, case.record.writes
    found: dict[str, Any] = {
        "id": case.id,
        "operation": played.operation,
        "topology": played.topology,
        "fault": played.fault,
        "consistency": played.consistency,
        "documented": told.words,
        "verdict": case.word,
        "ghost_write": case.ghost or None,
        "command": case.command,
    }
    if verdict is None:
        return {**found, "problem": case.problem}
    if writes is not None:
        found["writes"] = {"delivered": writes.delivered, "applied": writes.applied, "heard": writes.heard}
    return {
        **found,
        "event": verdict.event or None,
        "reason": verdict.reason,
        "row": verdict.row or None,
        "clauses": {cite: contract.clauses[cite].says for cite in verdict.cites},
        "assumptions": list(verdict.assumptions),
        "promises_broken": [
            {"id": one.invariant, "event": one.event, "reason": one.reason} for one in case.broken
        ],
        "permitted_instead": [move.describe() for move in alternatives(verdict, contract)],
        "attempts": [{"t": one.t, "region": one.region, "outcome": one.outcome} for one in case.story.tried],
        "heard": case.story.ending.outcome if case.story.ending else None,
    }
