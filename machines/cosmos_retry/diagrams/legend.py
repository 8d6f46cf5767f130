"""The legend: what the shapes and the lines of one drawing mean."""

from __future__ import annotations

import graphviz

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.drawing import Drawing
from cosmos_retry.diagrams.edges import ANY
from cosmos_retry.diagrams.plan import Plan
from cosmos_retry.diagrams.wrapping import STATE


def shape(plan: Plan, group: str, terminal: bool) -> dict[str, str]:
    """Return how the states of a group look; where nothing follows, the line is double."""
    look = plan.groups[group]
    return {
        "shape": look.shape,
        "style": ",".join(part for part in ("filled", look.style) if part),
        "fillcolor": look.fill,
        "color": look.line,
        "peripheries": "2" if terminal else "1",
    }


def box_look(plan: Plan, verdict: str) -> dict[str, str]:
    """Return how the boxes of a verdict look."""
    line = plan.verdicts[verdict]
    return {"shape": "box", "style": line.style, "color": line.line, "fontcolor": line.line}


def add_legend(graph: graphviz.Digraph, drawing: Drawing, contract: Contract, plan: Plan) -> None:
    """Add a line with the groups of states and one with the verdicts that the drawing uses.

    No cluster stands around them: Graphviz loses lines where a cluster spans the columns.
    """
    states = [contract.vocabulary.states[name] for name in drawing.states if name != ANY]
    terminal = {state.group for state in states if state.terminal}
    groups = {state.group for state in states}
    verdicts = {box.verdict for box in drawing.boxes}
    heading = {"shape": "plaintext"}
    with graph.subgraph(graph_attr={"rank": "source"}) as first:
        before = _entry(first, "states", "how the groups of states look", heading)
        rows = _entry(first, "rows", "how the verdicts of rows look", heading)
        # Heavy, so that the two lines stay together below the picture, out of the way of its lines.
        first.edge(rows, before, style="invis", weight="100")
    for name, look in plan.groups.items():
        if name in groups:
            before = _entry(graph, name, look.says, shape(plan, name, name in terminal), before)
    for name, line in plan.verdicts.items():
        if name in verdicts:
            rows = _entry(graph, name, line.says, box_look(plan, name), rows)


def _entry(graph: graphviz.Digraph, name: str, says: str, look: dict[str, str], before: str = "") -> str:
    """Add one entry, to the right of another one, and return its node."""
    node = f"legend {name}"
    width = STATE.inches([name])
    graph.node(node, STATE.label([name]), **look, width=width, tooltip=graphviz.escape(says))
    if before:
        graph.edge(before, node, style="invis")
    return node
