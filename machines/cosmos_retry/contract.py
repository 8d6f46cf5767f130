"""The contract: the rows of the four lifecycles, loaded from their tables and checked word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import attrs
import msgspec

from cosmos_retry.assumptions import Assumption, load_assumptions
from cosmos_retry.clauses import Register, load_register
from cosmos_retry.entries import read_table
from cosmos_retry.errors import ContractError
from cosmos_retry.parameters import Profile, load_profile
from cosmos_retry.paths import spec_dir
from cosmos_retry.vocabulary import Vocabulary, load_vocabulary

LIFECYCLES = ("point_read", "query", "write", "metadata")
VERDICTS = ("permitted", "unspecified", "unobservable", "forbidden")
DOCUMENTED = "documented"
_ID = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_AT_FIELD = re.compile(r" - at `\$\.?(\w+).*`$")
_MISSING = re.compile(r"required field `(\w+)`")


@attrs.frozen
class Row:
    """One row: in these states, on this event, if guards hold and the time is right, go there and do this.

    `not_before` and `not_after` include their instant, `after` excludes it.  A row whose verdict is
    `forbidden` leads nowhere: it says why, and which clause forbids the move.  `rests_on` are further
    assumptions.  With `by_answer`, of the clauses that the row cites those apply that the row
    of the answer cites too: it speaks for many answers.
    """

    id: str
    source: tuple[str, ...]
    on: str
    when: tuple[str, ...] = ()
    not_before: str | None = None
    after: str | None = None
    not_after: str | None = None
    to: str | None = None
    do: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    basis: str = DOCUMENTED
    verdict: str = "permitted"
    applies_to: tuple[str, ...] = ()
    says: str = ""
    rests_on: tuple[str, ...] = ()
    by_answer: bool = False
    file: str = ""

    @property
    def forbids(self) -> bool:
        """Whether the row forbids the move that it describes."""
        return self.verdict == "forbidden"

    @property
    def bounds(self) -> tuple[tuple[str, str], ...]:
        """The time bounds, each as a relation and the name of an instant."""
        sides = (("not_before", self.not_before), ("after", self.after), ("not_after", self.not_after))
        return tuple((relation, instant) for relation, instant in sides if instant is not None)


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
    rows: dict[str, Row] = {}
    for file in sorted((spec / "lifecycles").glob("*.toml")):
        for row in _rows(file):
            if row.id in rows:
                raise ContractError(str(file), row.id, "id", f"used before, in {rows[row.id].file}")
            _check_row(file, row, words, assumptions, clauses)
            rows[row.id] = row
    return Contract(words, _lifecycles(rows.values(), words), assumptions, profile, rows, clauses)


def with_rows(contract: Contract, rows: Iterable[Row]) -> Contract:
    """Return the contract with other rows, which are taken as they are: nothing about them is checked."""
    kept = {row.id: row for row in rows}
    return attrs.evolve(contract, rows=kept, lifecycles=_lifecycles(kept.values(), contract.vocabulary))


def _lifecycles(rows: Iterable[Row], words: Vocabulary) -> dict[str, Lifecycle]:
    return {name: _lifecycle(name, rows, words) for name in LIFECYCLES}


def _rows(file: Path) -> list[Row]:
    table = read_table(file)
    for key in table:
        if key not in ("applies_to", "row"):
            raise ContractError(str(file), "-", key, "unknown key, the file holds applies_to and [[row]]")
    found = []
    for number, entry in enumerate(table.get("row", []), start=1):
        found.append(_row(file, number, entry, table.get("applies_to", [])))
    return found


def _row(file: Path, number: int, entry: Mapping[str, Any], applies_to: list[str]) -> Row:
    name = str(entry.get("id", f"row {number}"))
    known = {field.name for field in attrs.fields(Row)} - {"source", "file"} | {"from"}
    for key in entry:
        if key not in known:
            raise ContractError(str(file), name, key, "unknown key")
    # `from` is a word of Python, so the record carries it as `source`.
    whole = {("source" if key == "from" else key): value for key, value in entry.items()}
    whole = {"applies_to": applies_to, **whole, "file": file.name}
    try:
        return msgspec.convert(whole, Row)
    except msgspec.ValidationError as error:
        reason = str(error)
        match = _AT_FIELD.search(reason) or _MISSING.search(reason)
        field = match.group(1).replace("source", "from") if match else "-"
        raise ContractError(str(file), name, field, _AT_FIELD.sub("", reason)) from None


def _check_row(
    file: Path, row: Row, words: Vocabulary, assumptions: Mapping[str, Any], clauses: Mapping[str, Any]
) -> None:
    """Refuse a row that names anything unknown, or that does not hang together."""

    def refuse(field: str, reason: str) -> None:
        raise ContractError(str(file), row.id, field, reason)

    def known(field: str, names: Iterable[str | None], where: Iterable[str], what: str) -> None:
        for name in names:
            if name is not None and name not in where:
                refuse(field, f"unknown {what} {name!r}")

    if not _ID.fullmatch(row.id):
        refuse("id", "must be lower-case words joined by dots, such as write.unsent.retry")
    known("on", [row.on], words.events, "event")
    known("from", set(row.source) - {"*"}, words.states, "state")
    known("to", [row.to] if row.to != "=" else [], words.states, "state")
    known("when", row.when, words.guards, "guard")
    known("not_before", [row.not_before], words.instants, "instant")
    known("after", [row.after], words.instants, "instant")
    known("not_after", [row.not_after], words.instants, "instant")
    known("do", row.do, words.effects, "effect")
    known("cites", row.cites, clauses, "clause")
    known("rests_on", row.rests_on, assumptions, "assumption")
    known("basis", [row.basis] if row.basis != DOCUMENTED else [], assumptions, "assumption")
    known("verdict", [row.verdict], VERDICTS, "verdict")
    known("applies_to", row.applies_to, LIFECYCLES, "lifecycle")
    for guard in row.when:
        events = words.features[words.guards[guard].feature].events
        if events and row.on not in events:
            refuse("when", f"guard {guard!r} can only be measured on {', '.join(events)}, not on {row.on}")
    if len({words.guards[guard].feature for guard in row.when}) < len(row.when):
        refuse("when", "two guards measure the same feature")
    if not row.source or ("*" in row.source and len(row.source) > 1):
        refuse("from", 'must name states, or be ["*"] alone')
    if not row.applies_to:
        refuse("applies_to", "the row belongs to no lifecycle")
    if row.basis == DOCUMENTED and not row.cites:
        refuse("cites", "a documented row cites the clauses that it comes from")
    if row.forbids and (row.to or row.do):
        refuse("verdict", "a forbidden move leads nowhere and has no effect")
    if row.forbids and not row.says:
        refuse("says", "missing: a forbidden move says in one sentence why it is")
    if not row.forbids and row.to is None:
        refuse("to", "missing: where does the row lead?")
    if row.verdict in ("unspecified", "unobservable") and row.basis == DOCUMENTED:
        refuse("basis", f"{row.verdict} rests on an assumption: name it")


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
