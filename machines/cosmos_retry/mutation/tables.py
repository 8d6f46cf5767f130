"""The last judge: committed tables, texts that are written from the contract and compared with it."""

from __future__ import annotations

from pathlib import Path

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.plan import load_plan
from cosmos_retry.diagrams.row_table import lifecycle_page
from cosmos_retry.paths import spec_dir

_FORMAT = "trace.md"


def committed_tables() -> Path | None:
    """Return the drawings of a checkout, or None where the package stands alone."""
    directory = spec_dir().parent / "diagrams"
    return directory if directory.is_dir() else None


class Tables:
    """The row tables, with every row's verdict, basis and clauses, and the page of the trace format."""

    def __init__(self, contract: Contract, directory: Path) -> None:
        """Take the sound contract, and where its tables are kept."""
        self._plan = load_plan(spec_dir(), contract)
        self._format = (spec_dir() / _FORMAT).read_text(encoding="utf-8")
        self._kept = {
            name: (directory / f"{name}.md").read_text(encoding="utf-8") for name in contract.lifecycles
        }

    def stale(self, contract: Contract) -> str | None:
        """Return the first kept text that a contract would write otherwise, or None."""
        number = contract.profile.parameters
        least, most = (number[f"request_timeout_{end}"].value for end in ("least", "most"))
        if f"`request_timeout_s` is from {least:.9g} to {most:.9g} s" not in self._format:
            return _FORMAT
        for name, kept in self._kept.items():
            if lifecycle_page(contract, self._plan, name, contract.clauses) != kept:
                return f"{name}.md"
        return None
