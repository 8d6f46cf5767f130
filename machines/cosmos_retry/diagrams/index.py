"""The index: the page from which every drawing and every table is found, and how they are read."""

from __future__ import annotations

import re

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.drawing import Drawing
from cosmos_retry.diagrams.markdown import GENERATED, table, text
from cosmos_retry.diagrams.plan import Plan
from cosmos_retry.diagrams.slices import title_of

_HEAD = ("picture", "page", "rows", "text")
_LINK = re.compile(r"\]\(([^)#\s]+)\)")
_HOW = """\
The rows in `spec/lifecycles` make one state machine for each lifecycle; the pictures are drawn from that
machine. A shape is a state of a request. A white box on the way from one state to another is a row, or
several rows: what has to happen, on which conditions, by when, and what is then noted. A line with an
arrowhead at both ends leaves the state as it is. *Any other state* is every state with no row of its own for
the event.

Each picture has its text beside it: `.dot` for Graphviz, `.mmd` for hosts that draw Mermaid. A table has what
a picture leaves out: the order of the rows, their clauses, and what each name means. In a browser, point at a
shape or a box of a picture to see its sentence, or its clauses.

A page is paper in landscape format. `make diagrams` draws everything anew; `make check-diagrams` fails where
a table of the contract has changed and its text here has not."""


def index_page(contract: Contract, plan: Plan, drawings: list[Drawing]) -> str:
    """Return the index of the drawings, with the legend in words."""
    by_path = {drawing.path: drawing for drawing in drawings}
    lines = [GENERATED, "# Diagrams", "", _HOW, "", "## Legend", ""]
    lines += table(("group of states", "shape", "meaning"), _groups(contract, plan))
    verdicts = [[text(name), text(line.style), text(line.says)] for name, line in plan.verdicts.items()]
    lines += ["", *table(("verdict of a row", "line", "meaning"), verdicts)]
    for name, lifecycle in contract.lifecycles.items():
        counts = f"{len(lifecycle.rows)} rows, {len(lifecycle.states)} states"
        lines += [
            "",
            f"## {title_of(name)}",
            "",
            f"{counts}. The rows as a table: [{name}.md]({name}.md).",
            "",
        ]
        slices = [(by_path[f"{name}/{family.id}"], family.title) for family in plan.families_of(name)]
        entries = [(by_path[name], "The whole lifecycle"), *slices]
        lines += table(_HEAD, [_entry(*entry) for entry in entries])
    settled = [(by_path[f"configurations/{c.id}"], c.title) for c in plan.configurations]
    lines += ["", "## Configurations", ""]
    lines += table(_HEAD, [_entry(*entry, f", [table]({entry[0].path}.md)") for entry in settled])
    return "\n".join(lines) + "\n"


def linked(page: str) -> set[str]:
    """Return the files that an index names; none where the page is not an index of ours."""
    return set(_LINK.findall(page)) if page.startswith(GENERATED) else set()


def _groups(contract: Contract, plan: Plan) -> list[list[str]]:
    ends = {state.group for state in contract.vocabulary.states.values() if state.terminal}
    rows = []
    for name, look in plan.groups.items():
        shape = f"{look.style} {look.shape}{', double line' if name in ends else ''}".strip()
        rows.append([text(name), text(shape), text(look.says)])
    return rows


def _entry(drawing: Drawing, title: str, more: str = "") -> list[str]:
    rows = len({row for box in drawing.boxes for row in box.rows})
    path = drawing.path
    texts = f"[dot]({path}.dot), [mermaid]({path}.mmd){more}"
    return [f"[{text(title)}]({path}.svg)", drawing.paper, str(rows), texts]
