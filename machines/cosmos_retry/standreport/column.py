"""A column: one client in one version with all its cases; and the reading of what the stand recorded."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

import attrs

from cosmos_retry.excerpt import one_line
from cosmos_retry.stand.absence import absences
from cosmos_retry.stand.record import Record
from cosmos_retry.stand.store import NAME, read_records
from cosmos_retry.standreport.again import KNOWN
from cosmos_retry.standreport.case import Case, make_case

INDEX = "index"  # the name of the page that is nobody's
NODE_CLIENTS = ("azure-cosmos-js",)
_WORTH_PROCESSES = 100  # records; fewer are judged before other processes have started
_LONGEST = 80


@attrs.frozen
class Column:
    """One client: its name and version, its cases by scenario, or why there are none (`missing`).

    `number` tells it from others whose pages would have the same name.
    """

    name: str
    version: str = ""
    language: str = ""
    cases: dict[str, Case] = attrs.field(factory=dict)
    missing: str = ""
    number: int = 1

    @property
    def title(self) -> str:
        """The client and its version."""
        return f"{self.name} {self.version}".strip()

    @property
    def file(self) -> str:
        """The name of its pages, without the ending."""
        safe = "".join(
            c if c.isascii() and (c.isalnum() or c in ".+-") else "_" for c in self.title.replace(" ", "-")
        )
        return safe[:_LONGEST] + f"-{self.number}" * (self.number > 1)

    @property
    def counts(self) -> Counter[str]:
        """How often each verdict was given."""
        return Counter(case.word for case in self.cases.values())


def read_columns(folders: Sequence[Path], note: Callable[[str], None]) -> list[Column]:
    """Return the clients whose records are in the folders, or in folders right below them, with verdicts.

    Known clients come first.  One that has no records beside others in a folder gets a column that says so.
    `note` is told in one line of each line that is no record, and of each folder that cannot be read.
    """
    found: dict[tuple[str, str], dict[str, Record]] = {}
    expected: dict[str, str] = {}
    for folder in folders:
        files = [folder / NAME] if (folder / NAME).exists() else sorted(folder.glob(f"*/{NAME}"))
        if folder.name != NAME and not (folder / NAME).exists():
            expected = {**{name: _why(name) for name in KNOWN}, **expected, **_absences(folder, note)}
        if not files:
            note(f"{folder}: holds no records of the stand")
        for file in files:
            try:
                records = read_records(file, note)
            except OSError as error:
                note(f"{file}: {error.strerror or error}")
                continue
            for one in records.values():
                found.setdefault((one.client.name, one.client.version), {})[one.scenario.id] = one
    judged = iter(_cases([one for records in found.values() for one in records.values()]))
    columns = [_column(list(islice(judged, len(records)))) for records in found.values()]
    present = {column.name for column in columns}
    columns += [
        Column(name, missing=f"no records: {why}") for name, why in expected.items() if name not in present
    ]
    order = {name: place for place, name in enumerate(KNOWN)}
    return _told_apart(
        sorted(columns, key=lambda one: (order.get(one.name, len(order)), one.name, one.version))
    )


def _column(cases: list[Case]) -> Column:
    made = cases[0].record.client
    return Column(made.name, made.version, made.language, {case.id: case for case in cases})


def _cases(records: list[Record]) -> list[Case]:
    """Judge the records, in their order; where there are many, several at a time, the longest first."""
    if len(records) < _WORTH_PROCESSES:
        return [make_case(record) for record in records]
    order = sorted(range(len(records)), key=lambda place: -_length(records[place]))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        made = dict(zip(order, pool.map(make_case, (records[place] for place in order)), strict=True))
    return [made[place] for place in range(len(records))]


def _length(record: Record) -> int:
    return len(record.trace.events) if record.trace is not None else 0


def _absences(folder: Path, note: Callable[[str], None]) -> dict[str, str]:
    """What the stand left in the folder of clients that could not be had."""
    try:
        return absences(folder)
    except OSError as error:
        note(f"{error.filename or folder}: {error.strerror or error}")
        return {}


def _why(name: str) -> str:
    """Why a client was not on the stand, where the stand itself says nothing."""
    if name in NODE_CLIENTS and shutil.which("node") is None:
        return "it needs Node.js, and there is none here"
    return "it was not on the stand"


def _told_apart(columns: list[Column]) -> list[Column]:
    """Give pages of their own to clients whose names differ only in what a file's name cannot hold."""
    taken = {INDEX}
    told = []
    for column in columns:
        one, times = column, 1
        while one.file.lower() in taken:
            times += 1
            one = attrs.evolve(column, number=times)
        taken.add(one.file.lower())
        told.append(one)
    return told


def one_line_each(texts: Iterable[str]) -> list[str]:
    """Return the texts without anything that a terminal would take for more than text."""
    return [one_line(text) for text in texts]
