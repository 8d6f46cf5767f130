"""The boxes: one for each row, or one for all rows of one verdict between the same two states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cosmos_retry.contract import DOCUMENTED, Contract, Row
from cosmos_retry.diagrams.drawing import Box
from cosmos_retry.diagrams.edges import STAY, Edge
from cosmos_retry.diagrams.labels import Labels, words


def row_boxes(edges: Iterable[Edge], labels: Labels) -> list[Box]:
    """Return one box for each row, whatever the number of its states."""
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.row.id, []).append(edge)
    boxes = []
    for name, parts in found.items():
        row = parts[0].row
        lines = [name if row.verdict == "permitted" else f"{name}: {row.verdict}"]
        guards = ", ".join(labels.guards(row))
        lines.append(f"{labels.event(row)} [{guards}]" if guards else labels.event(row))
        lines.extend(labels.bounds(row))
        if row.do:
            lines.append(f"/ {', '.join(labels.effects(row))}")
        targets = {part.target for part in parts}
        # A row that leaves several states as they are has a target of its own for each of them.
        target = targets.pop() if len(targets) == 1 else STAY
        sources = tuple(part.source for part in parts)
        boxes.append(Box(name, tuple(lines), row.verdict, sources, target, (name,), _tooltip(row)))
    return boxes


def bundles(edges: Iterable[Edge], labels: Labels, contract: Contract, detailed: bool) -> list[Box]:
    """Return one box for all rows of one verdict between the same two states.

    A box says where its rows are found, or, `detailed`, the guards and bounds of those that permit.
    """
    found: dict[tuple[str, str | None, str], list[Row]] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target, edge.row.verdict), []).append(edge.row)
    boxes = []
    for (source, target, verdict), rows in found.items():
        by_event = [[row for row in rows if row.on == event] for event in contract.vocabulary.events]
        some = [part for part in by_event if part]
        if verdict == "permitted":
            shown = [_details(part, labels) if detailed else [_summary(part, labels)] for part in some]
            lines = [line for part in shown for line in part]
        elif verdict == "forbidden" or detailed:
            lines = [f"{verdict}: {', '.join(_count(words(part[0].on), part) for part in some)}"]
        else:
            lines = [f"{verdict}: {_summary(part, labels)}" for part in some]
        name = f"{source} {verdict} {target or 'never'}"
        ids = tuple(row.id for row in rows)
        boxes.append(Box(name, tuple(lines), verdict, (source,), target, ids, ", ".join(ids)))
    return boxes


def _count(what: str, rows: Sequence[Row]) -> str:
    return what if len(rows) == 1 else f"{what} ({len(rows)} rows)"


def _summary(rows: Sequence[Row], labels: Labels) -> str:
    """Return what the rows of one event are for, and where they are found."""
    answers = dict.fromkeys(answer for row in rows for answer in labels.answers(row))
    what = " ".join([words(rows[0].on), ", ".join(answers)]).strip()
    shared = _shared([row.id for row in rows])
    return _count(f"{what}: {shared}" if shared else what, rows)


def _details(rows: Sequence[Row], labels: Labels) -> list[str]:
    """Return the guards and bounds of each row of one event; rows that have neither become one line."""
    lines, bare = [], []
    for row in rows:
        conditions = ", ".join((*labels.guards(row), *labels.short_bounds(row)))
        if conditions:
            lines.append(f"{labels.event(row)} [{conditions}]")
        else:
            bare.append(row)
    if bare:
        answers = [answer for row in bare for answer in labels.answers(row)]
        lines.insert(0, " ".join([words(bare[0].on), ", ".join(answers)]).strip())
    return lines


def _shared(ids: Sequence[str]) -> str:
    """Return the words that all ids begin with, as `write.410.*`; a single id is returned whole."""
    if len(ids) == 1:
        return ids[0]
    shared = []
    for parts in zip(*(name.split(".") for name in ids), strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return ".".join([*shared, "*"]) if shared else ""


def _tooltip(row: Row) -> str:
    basis = row.basis if row.basis == DOCUMENTED else f"assumption {row.basis}"
    return f"{row.id}: {basis}; {', '.join(row.cites) or 'no clause'}"
