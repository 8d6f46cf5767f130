"""Mermaid: a drawing as text that code hosts draw by themselves, with words in place of line styles."""

from __future__ import annotations

import json
import re

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.dot import ANY_STATE
from cosmos_retry.diagrams.drawing import Box, Drawing
from cosmos_retry.diagrams.edges import ANY, STAY
from cosmos_retry.diagrams.labels import words
from cosmos_retry.diagrams.plan import Plan

# The leading word of a state or class name of ours, so that none is a keyword of Mermaid's.
_ANY_ID, _NEVER_ID, _CLASS = "any_other_state", "never", "group"
# What a label may hold as it stands; anything else would end it, or be read as markup.
_ODD = re.compile(r"[^\w .,()\[\]/*=≥≤'–-]|--", re.ASCII)


def mermaid_source(drawing: Drawing, contract: Contract, plan: Plan) -> str:
    """Return the Mermaid text of a drawing: a state diagram, one transition for each box and state."""
    states = contract.vocabulary.states
    lines = ["---", f"title: {json.dumps(drawing.title, ensure_ascii=False)}", "---", "stateDiagram-v2"]
    lines.append("  direction LR")
    groups = {states[name].group for name in drawing.states if name != ANY}
    for group, look in plan.groups.items():
        if group in groups:
            lines.append(f"  classDef {_class(group)} fill:{look.fill},stroke:{look.line},color:#000000")
    for name in drawing.states:
        said = ANY_STATE if name == ANY else words(name)
        lines.append(f'  state "{escape(said)}" as {_id(name)}')
    forbids = any(box.target is None for box in drawing.boxes)
    if forbids:
        look = plan.verdicts["forbidden"]
        lines.append(f"  classDef {_NEVER_ID}_class fill:#ffffff,stroke:{look.line},color:{look.line}")
        lines.append(f'  state "forbidden" as {_NEVER_ID}')
    for box in drawing.boxes:
        lines.extend(_transitions(box))
    for name in drawing.states:
        if name == ANY:
            continue
        if states[name].terminal:
            lines.append(f"  {_id(name)} --> [*]")
        lines.append(f"  class {_id(name)} {_class(states[name].group)}")
    if forbids:
        lines.append(f"  class {_NEVER_ID} {_NEVER_ID}_class")
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Return text for a Mermaid label: each character that could mean something there as an entity code."""
    return _ODD.sub(lambda odd: "".join(f"#{ord(sign)};" for sign in odd.group()), text)


def _transitions(box: Box) -> list[str]:
    label = "<br/>".join(escape(line) for line in box.lines)
    found = []
    for source in box.sources:
        target = source if box.target == STAY else box.target
        found.append(f"  {_id(source)} --> {_NEVER_ID if target is None else _id(target)} : {label}")
    return found


def _id(state: str) -> str:
    return _ANY_ID if state == ANY else f"s_{state}"


def _class(group: str) -> str:
    return f"{_CLASS}_{re.sub(r'[^a-z0-9]', '_', group)}"
