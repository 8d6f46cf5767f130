"""Writing: all files of the report on the stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from cosmos_retry.alternatives import alternatives
from cosmos_retry.contract import load_contract
from cosmos_retry.places import write
from cosmos_retry.report.page import FLAGS, MEANINGS, WORST_FIRST
from cosmos_retry.report.timeline import SHEETS
from cosmos_retry.stand.product import scenarios
from cosmos_retry.standreport.case import PROBLEM, SIGNS
from cosmos_retry.standreport.column import Column, one_line_each, read_columns
from cosmos_retry.standreport.data import data
from cosmos_retry.standreport.headlines import headlines
from cosmos_retry.standreport.junit import junit
from cosmos_retry.standreport.lines import explanation, promises_by_id
from cosmos_retry.standreport.matrix import documented_of, matrix
from cosmos_retry.standreport.promises import of_client, promises
from cosmos_retry.standreport.summary import (
    GHOSTS,
    clauses_of,
    ghosts,
    load_grades,
    multiplied,
    violations,
)
from cosmos_retry.standreport.templating import environment

WORDS = (*WORST_FIRST, PROBLEM)
MEANS = {**MEANINGS, PROBLEM: "the trial itself went wrong, which says nothing of the client"}


@attrs.frozen
class Written:
    """What became of the report: its files, the one to begin with first, the clients, and what went wrong."""

    files: tuple[Path, ...]
    columns: tuple[Column, ...]
    complaints: tuple[str, ...]

    @property
    def cases(self) -> int:
        """How many records there were."""
        return sum(len(column.cases) for column in self.columns)


def write_stand_report(folders: Sequence[Path], out: Path) -> Written:
    """Judge the records in the folders, and write the report on them into the directory `out`.

    `index.html` has the summary and the matrix; of each client there is a page, and the same as Markdown,
    JSON and JUnit XML.  The same records give the same bytes.  Raises OSError where a file cannot be written.
    """
    contract = load_contract()
    complaints: list[str] = []
    columns = read_columns(folders, complaints.append)
    things = _things(columns)
    texts: dict[str, bytes] = {"index.html": _render("index.html.j2", things, html=True)}
    for place, column in enumerate(columns):
        if column.missing:
            continue
        its = {**things, "column": column, "place": place, "promises": of_client(things["promises"], place)}
        texts[f"{column.file}.html"] = _render("client.html.j2", its, html=True)
        texts[f"{column.file}.md"] = _render("client.md.j2", its, html=False)
        plain = data(column, place, its["promises"], things["told"], contract)
        texts[f"{column.file}.json"] = json.dumps(plain, indent=1).encode() + b"\n"
        texts[f"{column.file}.xml"] = junit(column, contract)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write(out / name, text)
    return Written(tuple(out / name for name in texts), tuple(columns), tuple(one_line_each(complaints)))


def _things(columns: Sequence[Column]) -> dict[str, Any]:
    """What the templates speak of."""
    contract, grades = load_contract(), load_grades()
    told = documented_of(columns, contract)
    kept = promises(columns, grades)
    return {
        "columns": columns,
        "told": told,
        "of_the_stand": [one.id for one in scenarios()],
        "promises": kept,
        "headlines": headlines(columns, kept, told),
        "ghosts": ghosts(columns),
        "violations": violations(columns, grades),
        "multiplied": multiplied(columns, told),
        "blocks": matrix(columns, told),
        "signs": SIGNS,
        "words": WORDS,
        "means": MEANS,
        "ghost_means": GHOSTS,
        "flags": FLAGS,
        "sheets": SHEETS,
        "assumptions": contract.assumptions,
        "promise": promises_by_id(),
        "clauses_of": lambda case: clauses_of(case, contract),
        "explanation": lambda case: explanation(case, contract),
        "instead": lambda case: [move.describe() for move in alternatives(case.verdict, contract)],
    }


def _render(name: str, things: dict[str, Any], *, html: bool) -> bytes:
    # A lone surrogate out of a record must not keep the rest from being written.
    text = environment(html).get_template(name).render(things)
    return text.encode("utf-8", "backslashreplace")
