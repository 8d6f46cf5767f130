"""The row tables: every row of a lifecycle, or of a configuration, as a page that is read without code."""

from __future__ import annotations

from collections.abc import Mapping

from cosmos_retry.clauses import Clause
from cosmos_retry.contract import DOCUMENTED, Contract, Row
from cosmos_retry.diagrams.edges import ANY, STAY, Edge, machine_edges
from cosmos_retry.diagrams.glossary import glossary
from cosmos_retry.diagrams.labels import Labels, state_words, words
from cosmos_retry.diagrams.markdown import GENERATED, anchor, place, table, text
from cosmos_retry.diagrams.plan import Configuration, Plan
from cosmos_retry.diagrams.settle import settle
from cosmos_retry.diagrams.slices import title_of

_WHAT = ("from", "event", "guards", "time bounds", "to", "effects", "verdict")
_HOW = """\
The rows stand in the order of the tables. A row is taken where its event comes in one of its states, all its
guards hold and the time lies within its bounds; rows of one state and event exclude each other. Of the
bounds, ≥ and ≤ include their instant, \\> excludes it. A forbidden row leads nowhere."""


def lifecycle_page(contract: Contract, plan: Plan, lifecycle: str, register: Mapping[str, Clause]) -> str:
    """Return the page of a lifecycle: its pictures, its rows, and each name and clause in them explained."""
    rows = contract.lifecycles[lifecycle].rows
    labels = Labels(contract, rows)
    lines = [GENERATED, f"# {title_of(lifecycle)}: the rows", ""]
    lines += [f"![The whole lifecycle]({lifecycle}.svg)", "", "One fault family at a time:", ""]
    for family in plan.families_of(lifecycle):
        count = f"{len(plan.members[lifecycle, family.id])} rows"
        lines.append(f"- [{text(family.title)}]({lifecycle}/{family.id}.svg), {count}. {text(family.says)}")
    lines += ["", "## Rows", "", _HOW, ""]
    body = []
    for row in rows:
        sources = (ANY,) if contract.rows[row.id].source == (ANY,) else row.source
        basis = row.basis if row.basis == DOCUMENTED else f"[{text(row.basis)}](#{anchor(row.basis)})"
        cites = ", ".join(f"[{text(clause)}](#{anchor(clause)})" for clause in row.cites)
        body.append([f"{place(row.id)}{text(row.id)}", *_cells(row, sources, labels), basis, cites or "–"])
    lines += table(["row", *_WHAT, "basis", "clauses"], body)
    return "\n".join(lines + glossary(contract, rows, register)) + "\n"


def configuration_page(contract: Contract, configuration: Configuration) -> str:
    """Return the page of a configuration: the rows that it leaves, without the guards that it settles."""
    edges = settle(contract, configuration, machine_edges(contract, configuration.lifecycle))
    labels = Labels(contract, [edge.row for edge in edges])
    title, page = text(configuration.title), f"../{configuration.lifecycle}.md"
    lines = [GENERATED, f"# {title}: the rows", "", f"![{title}]({configuration.id}.svg)", ""]
    for feature, values in configuration.holds.items():
        known = [words(v) for v in contract.vocabulary.features[feature].values if v in values]
        lines.append(f"- {text(words(feature))}: {text(' or '.join(known))}")
    lines += ["", f"What the names mean, and the clauses: [the whole lifecycle]({page}).", ""]
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.row.id, []).append(edge)
    body = []
    for name, parts in found.items():
        sources = tuple(part.source for part in parts)
        body.append([f"[{text(name)}]({page}#{anchor(name)})", *_cells(parts[0].row, sources, labels)])
    return "\n".join(lines + table(["row", *_WHAT], body)) + "\n"


def _cells(row: Row, sources: tuple[str, ...], labels: Labels) -> list[str]:
    target = "–" if row.to is None else "stays" if row.to == STAY else words(row.to)
    return [
        text(" or ".join(state_words(source) for source in sources)),
        text(labels.event(row)),
        text(", ".join(labels.guards(row))) or "–",
        text(", ".join(labels.sided_bounds(row))) or "–",
        text(target),
        text(", ".join(labels.effects(row))) or "–",
        row.verdict,
    ]
