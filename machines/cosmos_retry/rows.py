"""The rows: one table of a lifecycle read from its file, each row checked word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs

from cosmos_retry.entries import read_table, record
from cosmos_retry.errors import ContractError
from cosmos_retry.vocabulary import Vocabulary

LIFECYCLES = ("point_read", "query", "write", "metadata")
VERDICTS = ("permitted", "unspecified", "unobservable", "forbidden")
DOCUMENTED = "documented"
_ID = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


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

    @cached_property
    def bounds(self) -> tuple[tuple[str, str], ...]:
        """The time bounds, each as a relation and the name of an instant."""
        sides = (("not_before", self.not_before), ("after", self.after), ("not_after", self.not_after))
        return tuple((relation, instant) for relation, instant in sides if instant is not None)


def read_rows(file: Path) -> list[Row]:
    """Return the rows of a table.  Raises `ContractError` for an unknown key or a value of a wrong type."""
    table = read_table(file)
    for key in table:
        if key not in ("applies_to", "row"):
            raise ContractError(str(file), "-", key, "unknown key, the file holds applies_to and [[row]]")
    entries = table.get("row", [])
    if not isinstance(entries, list):
        raise ContractError(str(file), "-", "row", "must be an array of tables, [[row]]")
    return [_row(file, number, entry, table) for number, entry in enumerate(entries, start=1)]


def _row(file: Path, number: int, entry: Any, table: Mapping[str, Any]) -> Row:
    if not isinstance(entry, Mapping):
        raise ContractError(str(file), f"row {number}", "-", "must be a table")
    name = str(entry.get("id", f"row {number}"))
    if "file" in entry:
        raise ContractError(str(file), name, "file", "unknown key")
    whole = {"applies_to": table.get("applies_to", []), **entry, "file": file.name}
    return record(file, name, whole, Row, {"from": "source"})


def check_row(
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
    sends = [effect for effect in row.do if words.effects[effect].verb == "send"]
    if len(sends) != (row.on == "attempt" and not row.forbids):
        refuse("do", "an attempt that is not forbidden is sent by one effect, and nothing else sends")
    if not row.forbids and row.to is None:
        refuse("to", "missing: where does the row lead?")
    if row.verdict in ("unspecified", "unobservable") and row.basis == DOCUMENTED:
        refuse("basis", f"{row.verdict} rests on an assumption: name it")
