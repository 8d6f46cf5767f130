"""Severity: how bad a violation is, told by the row that forbids it; the order is `spec/report.toml`."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import attrs

from cosmos_retry.entries import read_entries
from cosmos_retry.errors import ContractError
from cosmos_retry.paths import spec_dir

FILE = "report.toml"
_EVERYTHING = "*"


@attrs.frozen
class Severity:
    """One grade: what such a violation is, what it does to people, and the rows that it is told by."""

    title: str
    says: str
    rows: tuple[str, ...] = attrs.field(validator=attrs.validators.min_len(1))

    def takes(self, row: str) -> bool:
        """Whether a row belongs to this grade; a row has an id, and no row at all is ""."""
        return any(fnmatchcase(row, pattern) for pattern in self.rows)


def load_severities(spec: Path | None = None) -> tuple[Severity, ...]:
    """Return the grades in `report.toml` under a directory of tables, by default the contract's own.

    The worst comes first.  Raises `ContractError` for a broken entry, and where the last one does not take
    whatever is left.
    """
    path = (spec_dir() if spec is None else spec) / FILE
    grades = read_entries(path, "severity", Severity)
    if not grades or _EVERYTHING not in grades[-1].rows:
        raise ContractError(str(path), "the last one", "rows", f'must hold "{_EVERYTHING}", for what is left')
    return tuple(grades)


def grade(row: str, severities: Sequence[Severity]) -> int:
    """Return the place of the first grade that takes the row, 0 for the worst."""
    return next(place for place, severity in enumerate(severities) if severity.takes(row))
