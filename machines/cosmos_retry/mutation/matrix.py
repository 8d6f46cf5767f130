"""The matrix: what noticed each mutant, counted by operator, as text, JSON and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from cosmos_retry.mutation.operators import NAMES
from cosmos_retry.mutation.trial import EQUIVALENT, KILLED, SURVIVED, Outcome

JUDGES = (
    *("loader", "vector", "status", "overlap", "hole", "idle", "story", "register"),
    *("promise", "clash", "stuck", "committed tables"),
)
COLUMNS = (*JUDGES, EQUIVALENT, SURVIVED)


def column(outcome: Outcome) -> str:
    """Return where an outcome is counted: under the judge, or as equivalent, or as a survivor."""
    return outcome.judge if outcome.fate == KILLED else outcome.fate


def counts(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """Return the summary, operators by columns, with a head and a last row for all of them."""
    found = Counter((one.operator, column(one)) for one in outcomes)
    used = [name for name in COLUMNS if any(found[operator, name] for operator in NAMES)]
    lines = [["operator", "mutants", *used]]
    operators = [name for name in NAMES if any(found[name, one] for one in used)]
    for operator in operators:
        numbers = [found[operator, name] for name in used]
        lines.append([operator, *map(_number, (sum(numbers), *numbers))])
    totals = [sum(found[operator, name] for operator in operators) for name in used]
    return [*lines, ["all", *map(_number, (sum(totals), *totals))]]


def survivors(outcomes: Sequence[Outcome], fate: str = SURVIVED) -> Iterator[str]:
    """Yield a line for each mutant of one fate."""
    for one in outcomes:
        if one.fate == fate:
            yield f"{one.operator} | {one.subject}: {one.says} | {one.judge}: {one.name}"


def plain(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the summary and the matrix as plain data for JSON."""
    head, *rows = counts(outcomes)
    summary = {row[0]: {name: int(cell or 0) for name, cell in zip(head[1:], row[1:])} for row in rows}  # noqa: B905
    return {
        "summary": summary,
        "mutants": [attrs.asdict(one, filter=lambda field, _: field.name != "found") for one in outcomes],
    }


def page(outcomes: Sequence[Outcome]) -> str:
    """Return the summary, the survivors, the equivalent ones and the matrix as a page."""
    head, *rows = counts(outcomes)
    lines = ["# Mutants of the contract", "", *_table(head, rows), ""]
    for title, fate in (("Survivors", SURVIVED), ("Equivalent", EQUIVALENT)):
        some = [one for one in outcomes if one.fate == fate]
        lines += [f"## {title}", ""]
        lines += (
            _table(["row", "operator", "change", "why"], [_cells(one) for one in some]) if some else ["None."]
        )
        lines.append("")
    killed = [[*_cells(one)[:3], one.judge, one.name] for one in outcomes if one.fate == KILLED]
    lines += ["## Killed", "", *_table(["row", "operator", "change", "by", "name"], killed), ""]
    return "\n".join(lines)


def _number(number: int) -> str:
    return str(number) if number else ""


def _cells(outcome: Outcome) -> list[str]:
    return [outcome.subject, outcome.operator, outcome.says, outcome.name]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["-"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
