"""The glossary: each name, assumption and clause that the rows of a page refer to, with its sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cosmos_retry.clauses import Clause
from cosmos_retry.contract import Contract, Row
from cosmos_retry.diagrams.labels import words
from cosmos_retry.diagrams.markdown import place, text


def glossary(contract: Contract, rows: Sequence[Row], register: Mapping[str, Clause]) -> list[str]:
    """Return the sections of a page that explain the rows, each in the order of its table."""
    known = contract.vocabulary
    states = {name for row in rows for name in (*row.source, row.to)}
    guards = {name for row in rows for name in row.when}
    instants = {name for row in rows for _, name in row.bounds}
    effects = {name for row in rows for name in row.do}
    events = {row.on for row in rows}
    sections = {
        "States": {name: state.says for name, state in known.states.items() if name in states},
        "Events": {name: event.says for name, event in known.events.items() if name in events},
        "Guards": {name: guard.says for name, guard in known.guards.items() if name in guards},
        "Instants": {name: instant.says for name, instant in known.instants.items() if name in instants},
        "Effects": {name: effect.says for name, effect in known.effects.items() if name in effects},
    }
    lines = []
    for title, entries in sections.items():
        lines += ["", f"## {title}", ""]
        lines += [f"- **{text(words(name))}**: {text(says)}" for name, says in entries.items()]
    return lines + _numbers(contract, rows) + _assumptions(contract, rows) + _clauses(rows, register)


def _numbers(contract: Contract, rows: Sequence[Row]) -> list[str]:
    """Return the parameters that the rows lean on, with their units and the side of their bounds."""
    words_ = contract.vocabulary
    names = {p for row in rows for _, name in row.bounds for p in words_.instants[name].parameters}
    names |= {words_.features[words_.guards[name].feature].limit or "" for row in rows for name in row.when}
    names |= {words_.effects[name].length or "" for row in rows for name in row.do}
    lines = ["", "## Numbers", ""]
    for name, parameter in contract.profile.parameters.items():
        if name in names:
            number = f"{parameter.value:g} {parameter.unit} ({parameter.bound})"
            lines.append(f"- **{text(words(name))}**: {number}. {text(parameter.says)}")
    return lines


def _assumptions(contract: Contract, rows: Sequence[Row]) -> list[str]:
    bases = {row.basis for row in rows}
    lines = ["", "## Assumptions", ""]
    for name, assumption in contract.assumptions.items():
        if name in bases:
            said = f"{text(assumption.question)} {text(assumption.choice)}"
            lines.append(f"- {place(name)}**{text(name)}**: {said}")
    return lines


def _clauses(rows: Sequence[Row], register: Mapping[str, Clause]) -> list[str]:
    cited = {name for row in rows for name in row.cites}
    lines = ["", "## Clauses", ""]
    for name, clause in register.items():
        if name in cited:
            where = text("; ".join(clause.where))
            lines.append(f"- {place(name)}**{text(name)}** ({where}): {text(clause.says)}")
    return lines
