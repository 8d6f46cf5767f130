"""DOT: a drawing as text for Graphviz, left to right, with its legend."""

from __future__ import annotations

import textwrap

import graphviz

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.drawing import Box, Drawing
from cosmos_retry.diagrams.edges import ANY, STAY
from cosmos_retry.diagrams.labels import words
from cosmos_retry.diagrams.plan import Plan, VerdictStyle

FONT = "Arial,Helvetica,sans-serif"
FONT_SIZE = 9  # points
PAPER = {"A4": "11.0,7.6", "A3": "15.8,11.0"}  # inches left for a picture on a landscape page
# Wider than Arial, so that a label still fits where another font has to stand in for it.
_EM = 0.56
_BOX_WIDTH, _STATE_WIDTH = 44, 20  # characters
_LINE_ENDS = r"\l"


def dot_source(drawing: Drawing, contract: Contract, plan: Plan) -> str:
    """Return the DOT text of a drawing: the same text for the same tables, with no date in it."""
    graph = graphviz.Digraph(
        drawing.path,
        graph_attr={
            "rankdir": "LR",
            "fontname": FONT,
            "fontsize": str(FONT_SIZE + 2),
            "label": _lines([drawing.title, drawing.says, " "], 150),
            "labelloc": "t",
            "labeljust": "l",
            "nodesep": "0.06",
            "ranksep": "0.25",
            "size": PAPER[drawing.paper],
            "margin": "0.1",
        },
        node_attr={"fontname": FONT, "fontsize": str(FONT_SIZE), "margin": "0.06,0.035", "height": "0.2"},
        edge_attr={"fontname": FONT, "fontsize": str(FONT_SIZE), "arrowsize": "0.6"},
    )
    for state in drawing.states:
        _state(graph, state, drawing, contract, plan)
    with graph.subgraph() as last:
        last.attr(rank="sink")
        for state in drawing.states:
            if state != ANY and contract.vocabulary.states[state].terminal:
                last.node(state)
    for box in drawing.boxes:
        _box(graph, drawing, box, contract, plan.verdicts[box.verdict])
    _legend(graph, drawing, contract, plan)
    first = drawing.boxes[0].name
    return str(graph.source)


def _lines(lines: list[str], width: int, end: str = _LINE_ENDS) -> str:
    """Return a label: wrapped, escaped, each line with its end."""
    wrapped = [part for line in lines for part in (textwrap.wrap(line, width, subsequent_indent="  ") or [" "])]
    return "".join(graphviz.escape(part) + end for part in wrapped)


def _width(lines: list[str], width: int) -> str:
    longest = max(len(part) for line in lines for part in textwrap.wrap(line, width, subsequent_indent="  ") or [" "])
    return f"{longest * FONT_SIZE * _EM / 72 + 0.12:.2f}"


def _state(graph: graphviz.Digraph, name: str, drawing: Drawing, contract: Contract, plan: Plan) -> None:
    if name == ANY:
        lines = ["any other state"]
        graph.node(name, _lines(lines, _STATE_WIDTH, r"\n"), shape="box", style="dotted", width=_width(lines, _STATE_WIDTH))
        return
    state = contract.vocabulary.states[name]
    style = plan.groups[state.group]
    lines = [words(name)]
    if drawing.paper == "A4":
        lines.extend([" ", state.says]) if "/" in drawing.path and not drawing.path.startswith("config") else None
    graph.node(
        name,
        _lines(lines, _STATE_WIDTH, r"\n"),
        shape=style.shape,
        style=",".join(part for part in ("filled", style.style) if part),
        fillcolor=style.fill,
        color=style.line,
        peripheries="2" if state.terminal else "1",
        tooltip=graphviz.escape(state.says),
        width=_width(lines, _STATE_WIDTH),
    )


def _box(graph: graphviz.Digraph, drawing: Drawing, box: Box, contract: Contract, look: VerdictStyle) -> None:
    lines = list(box.lines)
    graph.node(
        box.name,
        _lines(lines, _BOX_WIDTH if box.name in box.rows else 60),
        shape="box",
        style=look.style,
        color=look.line,
        fontcolor=look.line,
        tooltip=graphviz.escape(box.tooltip),
        width=_width(lines, _BOX_WIDTH if box.name in box.rows else 60),
    )
    # Lines run from left to right; what leads back is drawn the other way round, its arrowhead at the left.
    column = drawing.columns
    ahead = max(column.get(source, 0) for source in box.sources)
    left = box.target in column and column[box.target] <= ahead
    back = box.target in column and column[box.target] < ahead
    line = {"color": look.line, "style": look.style}
    arrow = look.arrow
    for source in box.sources:
        stays = box.target in (STAY, source)
        if source != ANY and contract.vocabulary.states[source].terminal:
            graph.edge(box.name, source, **line, tailport="e", arrowtail=arrow, arrowhead=arrow, dir="both" if stays else "back")
        elif back:
            graph.edge(box.name, source, **line, dir="none", tailport="e")
        elif stays:
            graph.edge(source, box.name, **line, headport="w", arrowtail=arrow, arrowhead=arrow, dir="both")
        elif box.target is None:
            graph.edge(source, box.name, **line, headport="w", arrowhead=arrow)
        else:
            graph.edge(source, box.name, **line, headport="w", dir="none")
    if box.target in (None, STAY) or box.target in box.sources:
        return
    if left:
        graph.edge(box.target, box.name, **line, headport="w", arrowtail=arrow, dir="back")
    else:
        graph.edge(box.name, box.target, **line, tailport="e", arrowhead=arrow)


def _legend(graph: graphviz.Digraph, drawing: Drawing, contract: Contract, plan: Plan) -> None:
    anchor = drawing.boxes[0].name
    with graph.subgraph(name="cluster_legend") as legend:
        legend.attr(label="Legend", style="solid", color="#bbbbbb", margin="4", fontsize=str(FONT_SIZE))
        used = [contract.vocabulary.states[s].group for s in drawing.states if s != ANY]
        for group, style in plan.groups.items():
            if group not in used:
                continue
            name = f"legend {group}"
            graph.edge(name, anchor, style="invis", weight="0")
            terminal = any(s.terminal for s in contract.vocabulary.states.values() if s.group == group)
            lines = [group]
            legend.node(name, _lines(lines, _STATE_WIDTH, r"\n"), shape=style.shape, style=",".join(p for p in ("filled", style.style) if p),
                fillcolor=style.fill, color=style.line, peripheries="2" if terminal else "1", width=_width(lines, _STATE_WIDTH))
        for verdict, look in plan.verdicts.items():
            if not any(box.verdict == verdict for box in drawing.boxes):
                continue
            name = f"legend {verdict}"
            graph.edge(name, anchor, style="invis", weight="0")
            lines = [verdict]
            legend.node(name, _lines(lines, 24), shape="box", style=look.style, color=look.line, fontcolor=look.line, width=_width(lines, 24))
