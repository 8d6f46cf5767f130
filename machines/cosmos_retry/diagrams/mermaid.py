"""Mermaid: a drawing as text that code hosts draw by themselves.

As in the other pictures, boxes on the way are the rows: the labels of lines would cover each other.
"""

from __future__ import annotations

import json
import re

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.drawing import Box, Drawing
from cosmos_retry.diagrams.edges import ANY, STAY
from cosmos_retry.diagrams.labels import state_words
from cosmos_retry.diagrams.plan import Plan

_DASHES = {"dashed": "6 3", "dotted": "2 3"}
# Signs that would end a text, or be read as markup or as an entity, and what stands in for them: there is no
# way to quote them that every version of Mermaid undoes.
_STAND_INS = str.maketrans(
    '<*"`#&\\\n\r', "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}\N{ASTERISK OPERATOR}''♯+/  "
)


def mermaid_source(drawing: Drawing, contract: Contract, plan: Plan) -> str:
    """Return the Mermaid text of a drawing: a state diagram whose white boxes are rows."""
    states = [(name, contract.vocabulary.states[name]) for name in drawing.states if name != ANY]
    groups = {state.group for _, state in states}
    verdicts = {box.verdict for box in drawing.boxes}
    lines = ["---", f"title: {json.dumps(drawing.title, ensure_ascii=False)}", "---", "stateDiagram-v2"]
    lines.append("  direction LR")
    for name, look in plan.groups.items():
        if name in groups:
            lines.append(f"  classDef {_class(name)} fill:{look.fill},stroke:{look.line},color:#000000")
    for name, line in plan.verdicts.items():
        if name in verdicts:
            colours = f"fill:#ffffff,stroke:{line.line},color:{line.line}"
            dashes = f",stroke-dasharray:{_DASHES[line.style]}" if line.style in _DASHES else ""
            lines.append(f"  classDef {_class(name)} {colours}{dashes}")
    lines += [f'  state "{escape(state_words(name))}" as {_state(name)}' for name in drawing.states]
    for number, box in enumerate(drawing.boxes, start=1):
        lines += _box(f"row_{number}", box)
    for name, state in states:
        lines.append(f"  class {_state(name)} {_class(state.group)}")
        if state.terminal:
            lines.append(f"  {_state(name)} --> [*]")
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Return text as it may stand between quotes in Mermaid, on one line."""
    return text.translate(_STAND_INS)


def _box(name: str, box: Box) -> list[str]:
    lines = [f'  state "{"<br/>".join(escape(line) for line in box.lines)}" as {name}']
    lines.append(f"  class {name} {_class(box.verdict)}")
    lines += [f"  {_state(source)} --> {name}" for source in box.sources]
    if box.target is not None:
        targets = box.sources if box.target == STAY else (box.target,)
        lines += [f"  {name} --> {_state(target)}" for target in targets]
    return lines


def _state(name: str) -> str:
    # With a word in front of it, no name of ours is a keyword of Mermaid's.
    return "state_any_other" if name == ANY else f"state_{name}"


def _class(name: str) -> str:
    return f"look_{re.sub(r'[^a-z0-9]', '_', name)}"
