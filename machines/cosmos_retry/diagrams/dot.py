"""DOT: a drawing as text for Graphviz, from left to right, with its legend."""

from __future__ import annotations

import graphviz

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.drawing import Box, Drawing
from cosmos_retry.diagrams.edges import ANY, STAY
from cosmos_retry.diagrams.labels import state_words
from cosmos_retry.diagrams.legend import add_legend, box_look, shape
from cosmos_retry.diagrams.plan import Plan
from cosmos_retry.diagrams.wrapping import BUNDLE, FONT, FONT_SIZE, ROW, STATE, TITLE

PAPER = {"A4": "11.0,7.6", "A3": "15.8,11.0"}  # inches, what a landscape page leaves to a picture


def dot_source(drawing: Drawing, contract: Contract, plan: Plan) -> str:
    """Return the DOT text of a drawing: the same text for the same tables, with no date in it."""
    graph = graphviz.Digraph(
        drawing.path,
        graph_attr={
            "rankdir": "LR",
            "fontname": FONT,
            "fontsize": str(FONT_SIZE + 1),
            "label": TITLE.label([drawing.title, *drawing.says]),
            "labelloc": "t",
            "labeljust": "l",
            "nodesep": "0.04",
            "ranksep": "0.22",
            "size": PAPER[drawing.paper],
            "margin": "0.1",
        },
        node_attr={"fontname": FONT, "fontsize": str(FONT_SIZE), "margin": "0.06,0.03", "height": "0.2"},
        edge_attr={"arrowsize": "0.6"},
    )
    add_legend(graph, drawing, contract, plan)
    for state in drawing.states:
        _state(graph, state, drawing, contract, plan)
    ends = [name for name in drawing.states if name != ANY and contract.vocabulary.states[name].terminal]
    with graph.subgraph(graph_attr={"rank": "sink"}) as last:
        for state in ends:
            last.node(state)
    for box in drawing.boxes:
        wrap = ROW if box.rows == (box.name,) else BUNDLE
        size, tooltip = wrap.inches(box.lines), graphviz.escape(box.tooltip)
        graph.node(
            box.name, wrap.label(box.lines), **box_look(plan, box.verdict), width=size, tooltip=tooltip
        )
        _lines(graph, box, drawing, ends, plan)
    return str(graph.source)


def _state(graph: graphviz.Digraph, name: str, drawing: Drawing, contract: Contract, plan: Plan) -> None:
    lines, says = [state_words(name)], "Every state with no row of its own for the event."
    look = {"shape": "box", "style": "dotted"}
    if name != ANY:
        state = contract.vocabulary.states[name]
        look, says = shape(plan, state.group, state.terminal), state.says
        if drawing.sentences:
            lines += [" ", says]
    graph.node(name, STATE.label(lines), **look, width=STATE.inches(lines), tooltip=graphviz.escape(says))


def _lines(graph: graphviz.Digraph, box: Box, drawing: Drawing, ends: list[str], plan: Plan) -> None:
    """Draw a box's lines from left to right; what leads back has its arrowhead at the left end."""
    look, column = plan.verdicts[box.verdict], drawing.columns
    plain = {"color": look.line, "style": look.style, "dir": "none"}
    arrow = plain | {"arrowhead": look.arrow, "arrowtail": look.arrow}
    leads = box.target is not None and box.target != STAY and box.target not in box.sources
    furthest = max(column[source] for source in box.sources)
    back = leads and column[str(box.target)] < furthest
    # From one column into the same one: the box stands to the right of both.
    beside = leads and column[str(box.target)] == furthest
    for source in box.sources:
        if leads and back:
            graph.edge(box.name, source, tailport="e", **plain)
        elif leads:
            graph.edge(source, box.name, headport="w", **plain)
        elif source in ends:
            graph.edge(box.name, source, tailport="e", **arrow | {"dir": "both" if box.target else "back"})
        else:
            graph.edge(source, box.name, headport="w", **arrow | {"dir": "both" if box.target else "forward"})
    if back or beside:
        graph.edge(str(box.target), box.name, headport="w", **arrow | {"dir": "back"})
    elif leads:
        graph.edge(box.name, str(box.target), tailport="e", **arrow | {"dir": "forward"})
