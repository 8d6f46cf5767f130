"""The register of clauses: each clause of the documents, where it stands, and what became of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TextIO, get_args

import attrs

from cosmos_retry.documents import OUTLINE, find_documents, read_segments
from cosmos_retry.entries import read_entries
from cosmos_retry.errors import ContractError
from cosmos_retry.findings import Comparison, Finding, Passage
from cosmos_retry.paths import spec_dir

Became = Literal["row", "invariant", "parameter", "application", "background", "hole", "conflict"]
BECAME: tuple[Became, ...] = get_args(Became)

_ID = re.compile(r"\d{3}(/[a-z0-9]+(-[a-z0-9]+)*)+")
_PLACE = re.compile(r"\d{3}, \S.*")
_DIGEST = re.compile(r"[0-9a-f]{16}")


def _all_match(pattern: re.Pattern[str], what: str) -> Any:
    """A validator: every string of a field, or the field itself, has a given shape."""

    def validate(_: object, field: attrs.Attribute[Any], value: str | tuple[str, ...]) -> None:
        for text in (value,) if isinstance(value, str) else value:
            if not pattern.fullmatch(text):
                raise ValueError(f"{text!r} is not {what} - at `$.{field.name}`")
        if not value:
            raise ValueError(f"must not be empty - at `$.{field.name}`")

    return validate


@attrs.frozen
class Clause:
    """One clause, said in our own words.

    `where` and `digest` run in parallel: one place and one digest for each piece of the document that the
    clause covers, nearly always a single one.  `became` says what the contract made of it, `assumption`
    names the holes and conflicts that it is a source of, `only` the lifecycles that it speaks of where these
    are not all, and `note` what a reader has to know besides.
    """

    id: str = attrs.field(validator=_all_match(_ID, "a clause id such as 002/410/write"))
    where: tuple[str, ...] = attrs.field(validator=_all_match(_PLACE, "a place such as 002, row 410, 2.1"))
    digest: tuple[str, ...] = attrs.field(validator=_all_match(_DIGEST, "16 hexadecimal digits"))
    says: str = attrs.field(validator=_all_match(re.compile(r"\S.*"), "one line of text"))
    became: tuple[Became, ...] = attrs.field(validator=_all_match(re.compile(".+"), "a word"))
    assumption: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    note: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a clause whose parts do not fit together; raises `ValueError`."""
        if len(self.where) != len(self.digest):
            raise ValueError("there must be one digest for each place - at `$.digest`")
        if any(place[:3] != self.document for place in self.where):
            raise ValueError("the place is in another document than the id says - at `$.where`")
        if len(set(self.became)) != len(self.became):
            raise ValueError("names one thing twice - at `$.became`")

    def concerns(self, lifecycle: str) -> bool:
        """Whether the clause speaks of a lifecycle."""
        return not self.only or lifecycle in self.only

    @property
    def document(self) -> str:
        """The document's number, as `002`."""
        return self.id[:3]

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The pieces of the document that the clause covers."""
        return tuple(Passage(self.id, *pair) for pair in zip(self.where, self.digest, strict=True))


class Register(Mapping[str, Clause]):
    """The clauses by id, in the order of the documents."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._clauses = {clause.id: clause for clause in sorted(clauses, key=lambda clause: clause.document)}

    def __getitem__(self, clause_id: str) -> Clause:
        return self._clauses[clause_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._clauses)

    def __len__(self) -> int:
        return len(self._clauses)

    def of(self, document: str) -> list[Clause]:
        """Return the clauses of one document, `000`, `001` or `002`, in its order."""
        return [clause for clause in self.values() if clause.document == document]

    def documents(self) -> list[str]:
        """Return the numbers of the documents that the register has clauses of, in order."""
        return sorted({clause.document for clause in self.values()})

    def totals(self) -> dict[Became, int]:
        """Return how many clauses became what; a clause that became two things counts for both."""
        counts = Counter(became for clause in self.values() for became in clause.became)
        return {became: counts[became] for became in BECAME}


def load_register(spec: Path | None = None) -> Register:
    """Return the register in `clauses/*.toml` under a directory of tables, by default the contract's own.

    Raises `ContractError` where there is no such file, an id or a place is used twice, or an entry is
    wrong: an unknown key, a missing field, a value of the wrong type or shape.
    """
    directory = (spec_dir() if spec is None else spec) / "clauses"
    files = sorted(directory.glob("*.toml"))
    if not files:
        raise ContractError(str(directory), "-", "-", "no register: no file is named *.toml")
    clauses: list[Clause] = []
    taken: dict[str, Path] = {}
    for file in files:
        for clause in read_entries(
            file, "clause", Clause, lists=("where", "digest", "became", "assumption", "only")
        ):
            for field, value in [("id", clause.id), *(("where", place) for place in clause.where)]:
                if value in taken:
                    reason = f"{value!r} is already in {taken[value].name}"
                    raise ContractError(str(file), clause.id, field, reason)
                taken[value] = file
            clauses.append(clause)
    return Register(clauses)


def verify(register: Register, documents: Path | None) -> list[Finding]:
    """Return how the documents in a directory differ from the register; an empty list is a clean bill.

    Every document that is there is checked, and the retry table in both of its forms.  One finding names
    the documents that are absent.  A file that cannot be decoded gives one finding; the others are still
    checked.  Raises `ContractError` where there is no directory, or none of the documents in it.
    """
    if documents is None:
        raise ContractError("-", "-", "documents", "no directory with the documents was named")
    files = find_documents(documents)
    unreadable: list[Finding] = []
    comparisons: list[tuple[str, Comparison]] = []
    for name, path in [(name, path) for name, paths in files.items() for path in paths]:
        document = "002" if name == OUTLINE else name
        passages = [passage for clause in register.of(document) for passage in clause.passages]
        try:
            comparisons.append((document, Comparison(path.name, passages, read_segments(name, path))))
        except ContractError as error:
            entry = "" if error.entry == "-" else f"{error.entry}: "
            unreadable.append(Finding("unreadable", path.name, text=entry + error.reason))
    for document, comparison in comparisons:
        for other_document, other in comparisons:
            if document != other_document:
                comparison.claim(other)
    absent = ", ".join(name for name, paths in files.items() if not paths)
    found = [finding for _, comparison in comparisons for finding in comparison.differences()]
    return unreadable + found + ([Finding("absent", str(documents), text=absent)] if absent else [])


def print_register(register: Register, out: TextIO) -> None:
    """Write the register as a table by document (id, what became of it, what it says), then the totals."""
    for document in register.documents():
        clauses = register.of(document)
        rows = [(clause.id, ", ".join(clause.became), clause.says) for clause in clauses]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        print(f"Document {document}: {len(clauses)} clauses", file=out)
        for clause_id, became, says in rows:
            print(f"  {clause_id:{widths[0]}}  {became:{widths[1]}}  {says}", file=out)
        print(file=out)
    print(f"All documents: {len(register)} clauses (one that became two things counts for both)", file=out)
    for became, count in register.totals().items():
        print(f"  {became:11}  {count:4}", file=out)


def print_findings(findings: Sequence[Finding], out: TextIO) -> int:
    """Write one line for each finding, then a total.

    Returns the exit status: 0 where all citations resolve, 1 where there is a finding.  That a document is
    absent is said, and is no finding.
    """
    for finding in findings:
        print(finding, file=out)
    counts = Counter(finding.kind for finding in findings if finding.kind != "absent")
    if not counts:
        print("0 findings: every citation resolves in the documents that are there", file=out)
        return 0
    total = "1 finding" if counts.total() == 1 else f"{counts.total()} findings"
    print(f"{total}: {', '.join(f'{n} {kind}' for kind, n in counts.items())}", file=out)
    return 1
