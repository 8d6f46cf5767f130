"""The contract: the rows of the four lifecycles, loaded from their tables and checked word by word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path

import attrs

from cosmos_retry.assumptions import Assumption, load_assumptions
from cosmos_retry.clauses import Register, load_register
from cosmos_retry.errors import ContractError
from cosmos_retry.parameters import Profile, load_profile
from cosmos_retry.paths import spec_dir
from cosmos_retry.references import check_references
from cosmos_retry.rows import DOCUMENTED as DOCUMENTED
from cosmos_retry.rows import LIFECYCLES as LIFECYCLES
from cosmos_retry.rows import VERDICTS as VERDICTS
from cosmos_retry.rows import Row as Row
from cosmos_retry.rows import check_row, read_rows
from cosmos_retry.vocabulary import Vocabulary, load_vocabulary


@attrs.frozen
class Lifecycle:
    """The rows of one lifecycle, with `*` written out, and the states that they reach from `start`."""

    name: str
    rows: tuple[Row, ...]
    states: tuple[str, ...]

    @cached_property
    def at(self) -> Mapping[tuple[str, str], tuple[Row, ...]]:
        """The rows by state and event, in the order of the tables."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            for state in row.source:
                found.setdefault((state, row.on), []).append(row)
        return {place: tuple(rows) for place, rows in found.items()}


@attrs.frozen
class Contract:
    """All tables of one profile."""

    vocabulary: Vocabulary
    lifecycles: Mapping[str, Lifecycle]
    assumptions: Mapping[str, Assumption]
    profile: Profile
    rows: Mapping[str, Row]
    clauses: Register


def load_contract(spec: Path | None = None) -> Contract:
    """Return the contract in the directory `spec`, or in the package's own tables.

    Raises `ContractError` with file, row, field and reason for whatever a row names that does not exist.
    """
    return _default() if spec is None else _load(spec)


@lru_cache(maxsize=1)
def _default() -> Contract:
    return _load(spec_dir())


@lru_cache(maxsize=8)
def _load(spec: Path) -> Contract:
    return read_contract(spec)


def read_contract(spec: Path) -> Contract:
    """Return the contract in the directory `spec`, read afresh; see `load_contract`."""
    words = load_vocabulary(spec)
    assumptions = load_assumptions(spec)
    profile = load_profile(spec)
    clauses = load_register(spec)
    check_references(spec, words, profile, assumptions, clauses)
    rows: dict[str, Row] = {}
    for file in sorted((spec / "lifecycles").glob("*.toml")):
        for row in read_rows(file):
            if row.id in rows:
                raise ContractError(str(file), row.id, "id", f"used before, in {rows[row.id].file}")
            check_row(file, row, words, assumptions, clauses)
            rows[row.id] = row
    return Contract(words, _lifecycles(rows.values(), words), assumptions, profile, rows, clauses)


def with_rows(contract: Contract, rows: Iterable[Row]) -> Contract:
    """Return the contract with other rows, which are taken as they are: nothing about them is checked."""
    kept = {row.id: row for row in rows}
    return attrs.evolve(contract, rows=kept, lifecycles=_lifecycles(kept.values(), contract.vocabulary))


def _lifecycles(rows: Iterable[Row], words: Vocabulary) -> dict[str, Lifecycle]:
    return {name: _lifecycle(name, rows, words) for name in LIFECYCLES}


def _lifecycle(name: str, rows: Iterable[Row], words: Vocabulary) -> Lifecycle:
    mine = [row for row in rows if name in row.applies_to]
    reached = {"start"}
    while (
        new := {
            row.to
            for row in mine
            if row.to not in (None, "=") and (row.source == ("*",) or reached & set(row.source))
        }
        - reached
    ):
        reached |= new
    states = tuple(state for state in words.states if state in reached)
    taken = {(state, row.on) for row in mine for state in row.source}
    written = []
    for row in mine:
        if row.source == ("*",):
            sources = tuple(s for s in states if not words.states[s].terminal and (s, row.on) not in taken)
            row = attrs.evolve(row, source=sources)
        written.append(row)
    return Lifecycle(name, tuple(written), states)
