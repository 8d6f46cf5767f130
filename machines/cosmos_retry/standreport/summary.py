"""The summary: ghost writes and findings of all clients, worst first; where retries multiply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.report.severity import Severity, grade, load_severities
from cosmos_retry.standreport.case import Case
from cosmos_retry.standreport.column import Column
from cosmos_retry.standreport.documented import Documented
from cosmos_retry.verdict import VIOLATES

GHOSTS = {
    "lost": "a success was heard, and nothing was written",
    "duplicated, applied": "one write was carried out twice or more",
    "reported falsely": "an error said no, and the write had been carried out",
    "duplicated, delivered": "it was delivered again while it might have been carried out",
}
MULTIPLIED = 20  # attempts, from which on a violation is listed among those that multiply
MOST_MULTIPLIED = 8


@attrs.frozen
class Finding:
    """Some cases of each client that are alike: a title, what it means, and the cases by column."""

    title: str
    says: str
    cases: tuple[tuple[Case, ...], ...]

    @property
    def count(self) -> int:
        """How many cases there are."""
        return sum(map(len, self.cases))


def ghosts(columns: Sequence[Column]) -> list[Finding]:
    """Return what became of writes, the worst first, found or not."""
    return [
        Finding(
            title,
            says,
            tuple(tuple(c for c in column.cases.values() if c.ghost == title) for column in columns),
        )
        for title, says in GHOSTS.items()
    ]


def violations(columns: Sequence[Column], severities: Sequence[Severity]) -> list[Finding]:
    """Return the violations by grade, the worst first; a grade that nobody reached is left out."""
    found = []
    for place, severity in enumerate(severities):
        cases = tuple(
            tuple(case for case in column.cases.values() if grade_of(case, severities) == place)
            for column in columns
        )
        if any(cases):
            found.append(Finding(severity.title, severity.says, cases))
    return found


def multiplied(
    columns: Sequence[Column], told: Mapping[str, Documented]
) -> list[tuple[str, Documented, list[Case | None]]]:
    """Return, worst first, a fault and an operation, the documented run, and each client's longest violation.

    Those are listed in which some client made `MULTIPLIED` attempts or more, and more than that run.
    """
    longest: dict[str, list[Case | None]] = {}
    for place, column in enumerate(columns):
        for case in column.cases.values():
            if case.word != VIOLATES or _made(case) <= (told[case.id].attempts or 0):
                continue
            played = case.record.scenario
            key = f"{played.fault}, {played.operation.replace('_', ' ')}"
            row = longest.setdefault(key, [None] * len(columns))
            if _made(case) > _made(row[place]):
                row[place] = case
    ranked = sorted(longest.items(), key=lambda item: -max(map(_made, item[1])))
    listed = []
    for key, row in ranked:
        most = max(filter(None, row), key=_made)
        if _made(most) >= MULTIPLIED:
            listed.append((key, told[most.id], row))
    return listed[:MOST_MULTIPLIED]


def _made(case: Case | None) -> int:
    return case.made if case is not None else 0


def grade_of(case: Case, severities: Sequence[Severity]) -> int | None:
    """Return the place of a violation among the grades, 0 the worst; None of any other case."""
    violates = case.verdict is not None and case.verdict.verdict == VIOLATES
    return grade(case.verdict.row, severities) if violates and case.verdict else None


def clauses_of(case: Case, contract: Contract) -> list[tuple[str, str]]:
    """Return the clauses behind a verdict, each with its sentence."""
    return [(cite, contract.clauses[cite].says) for cite in (case.verdict.cites if case.verdict else ())]


def load_grades() -> tuple[Severity, ...]:
    """Return the grades of findings, the worst first."""
    return load_severities()
