"""The catalogue of statuses and substatuses: what each means, whose fault it is, and what to do about it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import attrs

from cosmos_retry.entries import read_entries
from cosmos_retry.errors import ContractError
from cosmos_retry.paths import spec_dir

AtFault = Literal["service", "end user", "application", "nobody"]
KnownBy = Literal["Python", "JavaScript", "Java", ".NET", "Rust"]

FILE = "status_codes.toml"
_CODE = re.compile(r"(?P<status>[0-9]{1,9})?(?:[/.](?P<substatus>[0-9]{1,9}))?")


@attrs.frozen
class _Row:
    """An entry as the file has it; what a substatus leaves out is that of its status."""

    name: str
    meaning: str
    status: int | None = None
    substatus: int | None = None
    substatus_range: tuple[int, int] | None = None
    at_fault: AtFault | None = None
    client_retries: str = ""
    what_to_do: str = ""
    cites: tuple[str, ...] = ()
    known_by: tuple[KnownBy, ...] = ()


@attrs.frozen
class Entry:
    """One status, one substatus, or one family of substatuses.

    `status` is None where the HTTP status that comes with the substatus is not known.  `substatuses` holds
    the numbers meant, empty for a bare status.  `cites` names clauses of the register; a substatus without
    any is not in the documents, and `known_by` names the clients that know it.
    """

    status: int | None
    substatuses: range
    name: str
    meaning: str
    at_fault: AtFault
    client_retries: str
    what_to_do: str
    cites: tuple[str, ...]
    known_by: tuple[KnownBy, ...]

    @property
    def label(self) -> str:
        """The numbers as they are written: `404`, `404/1013`, `429/3073-3103`, `/4005` with no status."""
        status = "" if self.status is None else str(self.status)
        if not self.substatuses:
            return status
        first, last = self.substatuses[0], self.substatuses[-1]
        return f"{status}/{first}" if first == last else f"{status}/{first}-{last}"


class Catalogue:
    """All entries: statuses in order, each followed by its substatuses, those without a status last."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)

    def lookup(self, status: int | None, substatus: int | None = None) -> tuple[Entry, ...]:
        """Return what is known of a status, a substatus, or both.

        A status alone gives its own entry, then all of its substatuses.  Both give the entry for the pair,
        or else the entries for that substatus whose status is not known.  A substatus alone gives every
        meaning that it has.  A family is given only for a number without an entry of its own.  Returns
        nothing where nothing is known, as for neither.
        """
        if substatus is None:
            return tuple(entry for entry in self.entries if status is not None and entry.status == status)
        found = [entry for entry in self.entries if substatus in entry.substatuses]
        if status is not None:
            exact = [entry for entry in found if entry.status == status]
            found = exact or [entry for entry in found if entry.status is None]
        single = {entry.status for entry in found if len(entry.substatuses) == 1}
        return tuple(entry for entry in found if len(entry.substatuses) == 1 or entry.status not in single)


def load_catalogue(spec: Path | None = None) -> Catalogue:
    """Return the catalogue in `status_codes.toml` in a directory of tables, by default the contract's own.

    Raises `ContractError` where the file cannot be read or an entry is wrong: an unknown key, a missing
    field, a value of the wrong type, a pair of numbers used twice, a substatus that no document and no
    client knows, or nothing to take a field from that was left out.
    """
    path = (spec_dir() if spec is None else spec) / FILE
    rows = read_entries(path, "status", _Row, lists=("cites", "known_by"))
    bare = {row.status: row for row in rows if row.substatus is None and row.substatus_range is None}
    entries: list[Entry] = []
    taken: set[str] = set()
    for number, row in enumerate(rows, start=1):
        entry = _entry(path, f"entry {number} ({row.name})", row, bare.get(row.status))
        if entry.label in taken:
            raise ContractError(
                str(path), f"entry {number} ({row.name})", "status", f"{entry.label} is taken"
            )
        taken.add(entry.label)
        entries.append(entry)
    if not entries:
        raise ContractError(str(path), "-", "status", "the catalogue is empty")
    return Catalogue(sorted(entries, key=_order))


def _order(entry: Entry) -> tuple[bool, int, int]:
    return entry.status is None, entry.status or 0, entry.substatuses[0] if entry.substatuses else -1


def _entry(path: Path, name: str, row: _Row, bare: _Row | None) -> Entry:
    """Check what no single field can show, and fill in what the row leaves to its status."""

    def wrong(field: str, reason: str) -> ContractError:
        return ContractError(str(path), name, field, reason)

    low, high = row.substatus_range or (row.substatus, row.substatus)
    if row.substatus is not None and row.substatus_range is not None:
        raise wrong("substatus_range", "stands beside substatus; an entry has one of them")
    if row.status is None and low is None:
        raise wrong("status", "missing, and so is substatus")
    if row.status is not None and not 100 <= row.status <= 599:
        raise wrong("status", f"{row.status} is not from 100 to 599")
    if low is not None and high is not None and not 0 <= low <= high:
        raise wrong("substatus", f"{low} to {high} is not a range of numbers from 0 up")
    if not row.cites and not row.known_by:
        raise wrong("cites", "missing, and so is known_by: no document and no client knows it")
    at_fault = row.at_fault or (bare and bare.at_fault)
    client_retries = row.client_retries or (bare and bare.client_retries)
    what_to_do = row.what_to_do or (bare and bare.what_to_do)
    nowhere = "missing, and there is no entry of its status to take it from"
    if not at_fault:
        raise wrong("at_fault", nowhere)
    if not client_retries:
        raise wrong("client_retries", nowhere)
    if not what_to_do:
        raise wrong("what_to_do", nowhere)
    return Entry(
        status=row.status,
        substatuses=range(0) if low is None or high is None else range(low, high + 1),
        name=row.name,
        meaning=row.meaning,
        at_fault=at_fault,
        client_retries=client_retries,
        what_to_do=what_to_do,
        cites=row.cites,
        known_by=row.known_by,
    )


def parse_code(text: str) -> tuple[int | None, int | None]:
    """Return the status and the substatus that a person wrote, None for the one left out.

    `404` is a status, `404/1013` and `403.3` are both, `/4005` is a substatus; a number by itself that is no
    HTTP status (below 100 or above 599), such as `4005`, is a substatus too.  Raises `ValueError` with one
    line for anything else.
    """
    match = _CODE.fullmatch(text.strip())
    if not text.strip() or match is None:
        raise ValueError(f"{text!a} is not a code: write 404, 404/1013, 403.3, /4005 or 4005")
    status, substatus = (int(number) if number else None for number in match.group("status", "substatus"))
    if status is not None and not 100 <= status <= 599:
        if substatus is not None:
            raise ValueError(f"{text!a} is not a code: {status} is no HTTP status, those are 100 to 599")
        return None, status
    return status, substatus


def describe(entry: Entry, width: int = 100) -> str:
    """Return an entry as plain text for a terminal of `width` columns, without a newline at the end."""
    known = ", ".join(entry.known_by)
    head = f"{entry.label}  {entry.name}" + ("  (no status of its own)" if entry.status is None else "")
    fields = [
        ("Meaning", entry.meaning),
        ("At fault", entry.at_fault),
        ("Client retries", entry.client_retries),
        ("What to do", entry.what_to_do),
        ("Clauses", ", ".join(entry.cites) or "none; the documents do not name this substatus"),
        *([("Known to", known)] if known else []),
    ]
    wrapper = textwrap.TextWrapper(width, subsequent_indent=" " * 18, break_on_hyphens=False)
    lines = [head]
    for field, value in fields:
        wrapper.initial_indent = f"  {field + ':':16}"
        lines.append(wrapper.fill(value))
    return "\n".join(lines)


def explain(catalogue: Catalogue, status: int | None, substatus: int | None = None) -> str:
    """Return all that the catalogue knows of a code, as plain text; the arguments are those of `lookup`.

    A bare status is described, and its substatuses follow, one a line.  Where a substatus has no entry under
    the status asked for, its entries without a status are described, or it is said that there is none, and
    the bare status follows.
    """
    of_status = catalogue.lookup(status)
    bare = [describe(entry) for entry in of_status if not entry.substatuses]
    if substatus is None:
        rest = [entry for entry in of_status if entry.substatuses]
        wide = max((len(entry.label) for entry in rest), default=0)
        names = [f"  {entry.label:{wide}}  {entry.name}" for entry in rest]
        parts = [*bare, *(["\n".join(["Substatuses:", *names])] if names else [])]
        return "\n\n".join(parts) or f"{status} is not in the catalogue"
    found = catalogue.lookup(status, substatus)
    code = f"{'' if status is None else status}/{substatus}"
    parts = [describe(entry) for entry in found] or [f"{code} is not in the catalogue"]
    return "\n\n".join(parts if any(entry.status == status for entry in found) else [*parts, *bare])
