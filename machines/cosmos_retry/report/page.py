"""The page: a collection put into the templates, `index.html` and `report.md`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cosmos_retry.alternatives import alternatives
from cosmos_retry.contract import Contract, load_contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.places import write
from cosmos_retry.report.collection import Case, Collection, collect
from cosmos_retry.report.markdown import code, escape
from cosmos_retry.report.severity import load_severities
from cosmos_retry.report.timeline import SHEETS, lay_out
from cosmos_retry.verdict import VERDICTS, VIOLATES

TEMPLATES = Path(__file__).with_name("templates")
FILES = {"index.html": "index.html.j2", "report.md": "report.md.j2"}
WORST_FIRST = tuple(reversed(VERDICTS))
MEANINGS = {
    "violates": "a move that the contract forbids, or that no row of it permits",
    "unobservable": "whether it was right cannot be seen from where the trace was recorded",
    "unspecified": "the client did something on which the documents do not speak",
    "conforms": "every observation is permitted",
}

FLAGS = {
    "violates": "not permitted",
    "unobservable": "cannot be seen",
    "unspecified": "the documents do not say",
    "conforms": "",
}


@attrs.frozen
class Written:
    """What became of a report: its files, how many traces it judged, and the lines that were no traces."""

    files: tuple[Path, ...]
    traces: int
    unreadable: int
    complaints: tuple[str, ...]


def write_report(paths: Iterable[str], out: Path, contract: Contract | None = None) -> Written:
    """Judge the traces in the files and write `index.html` and `report.md` into the directory `out`.

    The directory is made where it is missing; the same input gives the same bytes.  Raises OSError where it
    cannot be written, and `ContractError` for a broken table.
    """
    contract = contract or load_contract()
    collection = collect(paths, contract)
    things = _things(collection, contract)
    texts = {name: _environment(name).get_template(source).render(things) for name, source in FILES.items()}
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write(out / name, text)
    return Written(
        files=tuple(out / name for name in texts),
        traces=collection.traces,
        unreadable=collection.unreadable_count,
        complaints=tuple(map(str, collection.unreadable)),
    )


def _environment(name: str) -> Environment:
    """The templates' environment; what they print is escaped for the kind of file, always."""
    html = name.endswith(".html")
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html,
        finalize=_printable if html else escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["code"] = code
    made.filters["number"] = lambda number: f"{number:g}"
    made.globals["lay_out"] = lay_out
    return made


def _printable(value: Any) -> Any:
    """Text without control characters; what is markup already stays."""
    return one_line(value) if type(value) is str else value


def _things(collection: Collection, contract: Contract) -> dict[str, Any]:
    """What the templates speak of."""
    ranked = collection.ranked(load_severities())
    places = {group.row: place for place, (_, groups) in enumerate(ranked, start=1) for group in groups}
    return {
        "collection": collection,
        "clients": list(collection.by_client),
        "scenarios": sorted(collection.scenarios.items()),
        "ranked": ranked,
        "place_of": lambda cell: min(places[row] for row in cell.rows),
        "others": {name: collection.others.get(name, []) for name in WORST_FIRST if name != VIOLATES},
        "assumed": [(contract.assumptions[name], n) for name, n in collection.assumed.most_common()],
        "verdicts": WORST_FIRST,
        "meanings": MEANINGS,
        "flags": FLAGS,
        "sheets": SHEETS,
        "assumptions": contract.assumptions,
        "says": {clause.id: clause.says for clause in contract.clauses.values()},
        "cites_of": lambda cases: list(dict.fromkeys(cite for case in cases for cite in case.verdict.cites)),
        "count_of": lambda groups, client: sum(group.clients[client] for group in groups),
        "about": _about,
        "instead": lambda case: [move.describe() for move in alternatives(case.verdict, contract)],
    }


def _about(case: Case) -> str:
    """The operation and its settings, in a few words."""
    trace = case.trace
    writes = ", ".join(trace.account.write_regions)
    what = trace.operation.replace("_", " ").capitalize()
    return f"{what}, {trace.mode.title()} mode, {trace.consistency}, writes in {writes}"
