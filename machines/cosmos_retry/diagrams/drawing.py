"""The drawing: states, and boxes on the lines between them, before any language of pictures is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from cosmos_retry.contract import DOCUMENTED, Contract, Row
from cosmos_retry.diagrams.edges import ANY, STAY, Edge
from cosmos_retry.diagrams.labels import Labels, words


@attrs.frozen
class Box:
    """A labelled line: one row, or the rows of one verdict that lead from one state to one other.

    `target` is None where the rows forbid the move, and `=` where every state stays as it is.
    """

    name: str
    lines: tuple[str, ...]
    verdict: str
    sources: tuple[str, ...]
    target: str | None
    rows: tuple[str, ...]
    tooltip: str


@attrs.frozen
class Drawing:
    """One picture: `path` is its file without the suffix, `paper` the page that it is made for.

    `states` holds those that a box touches, in the order of the vocabulary; `ANY` comes last.
    """

    path: str
    title: str
    says: str
    paper: str
    states: tuple[str, ...]
    boxes: tuple[Box, ...]
    columns: Mapping[str, int]


def draw(
    path: str, title: str, says: str, paper: str, contract: Contract, boxes: Sequence[Box], columns: Mapping[str,int]
) -> Drawing:
    """Return the drawing of some boxes, with the states that they touch."""
    touched = {state for box in boxes for state in (*box.sources, box.target)}
    states = tuple(state for state in (*contract.vocabulary.states, ANY) if state in touched)
    return Drawing(path, title, says, paper, states, tuple(boxes), columns)


def row_boxes(edges: Iterable[Edge], labels: Labels) -> list[Box]:
    """Return one box for each row, whatever the number of its states."""
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.row.id, []).append(edge)
    boxes = []
    for name, parts in found.items():
        row = parts[0].row
        guards = ", ".join(labels.guards(row))
        lines = [name if row.verdict == "permitted" else f"{name}: {row.verdict}"]
        lines.append(f"{labels.event(row)} [{guards}]" if guards else labels.event(row))
        lines.extend(labels.bounds(row))
        if row.do:
            lines.append(f"/ {', '.join(labels.effects(row))}")
        targets = {part.target for part in parts}
        # A row that leaves several states as they are has a target of its own for each of them.
        target = targets.pop() if len(targets) == 1 else STAY
        sources = tuple(part.source for part in parts)
        boxes.append(Box(name, tuple(lines), row.verdict, sources, target, (name,), _tooltip(parts[0])))
    return boxes


def bundles(edges: Iterable[Edge], labels: Labels, contract: Contract, detailed: bool) -> list[Box]:
    """Return one box for all rows of one verdict between the same two states.

    A box says where its rows are found, or, `detailed`, the guards and bounds of each row.
    """
    found: dict[tuple[str, str | None, str], list[Edge]] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target, edge.row.verdict), []).append(edge)
    boxes = []
    for (source, target, verdict), parts in found.items():
        lines: list[str] = []
        for event in contract.vocabulary.events:
            rows = [part.row for part in parts if part.row.on == event]
            if rows and verdict == "forbidden":
                lines.append(_count(words(event), rows))
            elif rows:
                lines.extend(_details(rows, labels) if detailed else [_summary(rows, labels)])
        if verdict == "forbidden":
            lines = [f"forbidden: {', '.join(lines)}"]
        elif verdict != "permitted":
            lines[0] = f"{verdict}: {lines[0]}"
        name = f"{source} {verdict} {target or 'never'}"
        ids = tuple(part.row.id for part in parts)
        boxes.append(Box(name, tuple(lines), verdict, (source,), target, ids, ", ".join(ids)))
    return boxes


def _count(what: str, rows: Sequence[Row]) -> str:
    return what if len(rows) == 1 else f"{what} ({len(rows)} rows)"


def _summary(rows: Sequence[Row], labels: Labels) -> str:
    """Return what the rows of one event have in common, and where they are found."""
    answers = list(dict.fromkeys(answer for row in rows for answer in labels.answers(row)))
    what = " ".join([words(rows[0].on), ", ".join(answers)]).strip()
    shared = _shared([row.id for row in rows])
    return _count(f"{what}: {shared}" if shared else what, rows)


def _details(rows: Sequence[Row], labels: Labels) -> list[str]:
    """Return the guards and bounds of each row of one event; rows that have neither become one line."""
    lines, bare = [], []
    for row in rows:
        conditions = ", ".join((*labels.guards(row), *labels.bounds(row, symbols=True)))
        if conditions:
            lines.append(f"{labels.event(row)} [{conditions}]")
        else:
            bare.append(row)
    if bare:
        answers = [answer for row in bare for answer in labels.answers(row)]
        lines.insert(0, " ".join([words(bare[0].on), ", ".join(answers)]).strip())
    return lines


def _shared(ids: Sequence[str]) -> str:
    """Return the words that all ids begin with, as `write.410.*`; one id is returned whole."""
    if len(ids) == 1:
        return ids[0]
    split = [name.split(".") for name in ids]
    shared = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return ".".join([*shared, "*"]) if shared else ""


def _tooltip(edge: Edge) -> str:
    basis = edge.row.basis if edge.row.basis == DOCUMENTED else f"assumption {edge.row.basis}"
    return f"{edge.row.id}: {basis}; {', '.join(edge.row.cites) or 'no clause'}"
