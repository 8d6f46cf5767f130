"""DOT: a drawing as text for Graphviz, from left to right, with its legend."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

import graphviz

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.drawing import Box, Drawing
from cosmos_retry.diagrams.edges import ANY, STAY
from cosmos_retry.diagrams.labels import words
from cosmos_retry.diagrams.plan import Plan

FONT = "Arial,Helvetica,sans-serif"
FONT_SIZE = 9  # points
PAPER = {"A4": (11.0, 7.6), "A3": (15.8, 11.0)}  # inches, what a landscape page leaves to a picture
ANY_STATE = "any other state"
# A character's width in ems, wider than Arial's: a label still fits where another font has to stand in.
_EM = 0.56
_ROW, _BUNDLE, _STATE, _TITLE = 44, 60, 20, 170  # characters to a line
_LEFT, _MIDDLE = r"\l", r"\n"
_TOGETHER = re.compile(r"(?<=\d) (?=m?s\b|rows\b)|(?<=limit) (?=\d)|(?<=[≥>≤]) ")


def dot_source(drawing: Drawing, contract: Contract, plan: Plan) -> str:
    """Return the DOT text of a drawing: the same text for the same tables, with no date in it."""
    width, height = PAPER[drawing.paper]
    graph = graphviz.Digraph(
        drawing.path,
        graph_attr={
            "rankdir": "LR",
            "fontname": FONT,
            "fontsize": str(FONT_SIZE + 1),
            "label": _label((drawing.title, *drawing.says, " "), _TITLE, _LEFT),
            "labelloc": "t",
            "labeljust": "l",
            "nodesep": "0.06",
            "ranksep": "0.25",
            "size": f"{width},{height}",
            "margin": "0.1",
        },
        node_attr={"fontname": FONT, "fontsize": str(FONT_SIZE), "margin": "0.06,0.035", "height": "0.2"},
        edge_attr={"arrowsize": "0.6"},
    )
    _legend(graph, drawing, contract, plan)
    ends = [s for s in drawing.states if s != ANY and contract.vocabulary.states[s].terminal]
    for state in drawing.states:
        _state(graph, state, drawing, contract, plan)
    with graph.subgraph(graph_attr={"rank": "sink"}) as last:
        for state in ends:
            last.node(state)
    for box in drawing.boxes:
        _box(graph, box, plan)
        _edges(graph, box, drawing, ends, plan)
    return str(graph.source)


def _label(lines: Iterable[str], width: int, end: str) -> str:
    return "".join(graphviz.escape(line) + end for line in _wrapped(lines, width))


def _wrapped(lines: Iterable[str], width: int) -> list[str]:
    """Break lines at a width in characters, but never between a number and its unit, or after a sign."""
    kept = [_TOGETHER.sub("\N{NO-BREAK SPACE}", line) for line in lines]
    indent = "" if width == _STATE else "  "
    return [part for line in kept for part in textwrap.wrap(line, width, subsequent_indent=indent) or [" "]]


def _inches(lines: Iterable[str], width: int) -> str:
    longest = max(len(line) for line in _wrapped(lines, width))
    return f"{longest * FONT_SIZE * _EM / 72 + 0.12:.2f}"


def _shape(group: str, terminal: bool, plan: Plan) -> dict[str, str]:
    look = plan.groups[group]
    return {
        "shape": look.shape,
        "style": ",".join(part for part in ("filled", look.style) if part),
        "fillcolor": look.fill,
        "color": look.line,
        "peripheries": "2" if terminal else "1",
    }


def _state(graph: graphviz.Digraph, name: str, drawing: Drawing, contract: Contract, plan: Plan) -> None:
    if name == ANY:
        lines, look, says = [ANY_STATE], {"shape": "box", "style": "dotted"}, "no row of its own for the event"
    else:
        state = contract.vocabulary.states[name]
        lines, look, says = [words(name)], _shape(state.group, state.terminal, plan), state.says
        if drawing.sentences:
            lines += [" ", says]
    label, width = _label(lines, _STATE, _MIDDLE), _inches(lines, _STATE)
    graph.node(name, label, **look, width=width, tooltip=graphviz.escape(says))


def _box(graph: graphviz.Digraph, box: Box, plan: Plan) -> None:
    look = plan.verdicts[box.verdict]
    wrap = _ROW if box.rows == (box.name,) else _BUNDLE
    graph.node(
        box.name,
        _label(box.lines, wrap, _LEFT),
        shape="box",
        style=look.style,
        color=look.line,
        fontcolor=look.line,
        width=_inches(box.lines, wrap),
        tooltip=graphviz.escape(box.tooltip),
    )


def _edges(graph: graphviz.Digraph, box: Box, drawing: Drawing, ends: list[str], plan: Plan) -> None:
    """Draw the lines of a box from left to right; what leads back has its arrowhead at the left end."""
    look, column = plan.verdicts[box.verdict], drawing.columns
    line = {"color": look.line, "style": look.style}
    arrows = {"arrowhead": look.arrow, "arrowtail": look.arrow}
    furthest = max(column[source] for source in box.sources)
    leads = box.target is not None and box.target != STAY and box.target not in box.sources
    back = leads and column[str(box.target)] < furthest
    beside = leads and column[str(box.target)] == furthest
    for source in box.sources:
        if source in ends:
            graph.edge(box.name, source, **line, **arrows, tailport="e", dir="back" if box.target is None else "both")
        elif back:
            graph.edge(box.name, source, **line, tailport="e", dir="none")
        elif leads:
            graph.edge(source, box.name, **line, headport="w", dir="none")
        else:
            graph.edge(source, box.name, **line, **arrows, headport="w", dir="forward" if box.target is None else "both")
    if back or beside:
        graph.edge(str(box.target), box.name, **line, **arrows, headport="w", dir="back")
    elif leads:
        graph.edge(box.name, str(box.target), **line, **arrows, tailport="e")


def _legend(graph: graphviz.Digraph, drawing: Drawing, contract: Contract, plan: Plan) -> None:
    """Add a line of the groups and a line of the verdicts that the drawing uses."""
    states = [contract.vocabulary.states[name] for name in drawing.states if name != ANY]
    groups = {state.group for state in states}
    terminal = {state.group for state in states if state.terminal}
    used = {box.verdict for box in drawing.boxes}
    # No cluster around it: Graphviz loses lines where a cluster spans the columns.
    with graph.subgraph(graph_attr={"rank": "source"}) as first:
        before = _entry(first, "states", None, "how the groups of states look", shape="plaintext")
        rows = _entry(first, "rows", None, "how the verdicts of rows look", shape="plaintext")
    for name, look in plan.groups.items():
        if name in groups:
            before = _entry(graph, name, before, look.says, **_shape(name, name in terminal, plan))
    before = rows
    for name, line in plan.verdicts.items():
        if name in used:
            colours = {"color": line.line, "fontcolor": line.line}
            before = _entry(graph, name, before, line.says, shape="box", style=line.style, **colours)


def _entry(graph: graphviz.Digraph, name: str, before: str | None, says: str, **look: str) -> str:
    """Add one entry to the legend, behind another one, and return its node."""
    node = f"legend {name}"
    graph.node(node, _label([name], _STATE, _MIDDLE), width=_inches([name], _STATE), tooltip=graphviz.escape(says), **look)
    if before:
        graph.edge(before, node, style="invis")
    return node
