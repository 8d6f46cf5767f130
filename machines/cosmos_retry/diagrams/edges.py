"""The edges: what the `transitions` machine of a lifecycle can do, each edge joined to the row behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from cosmos_retry.contract import Contract, Row
from cosmos_retry.machine import LifecycleMachine, conditions

ANY = "*"  # the source of a row that holds in every state with no row of its own for the event
STAY = "="  # the target of a row that leaves each of its states as it is


class DrawingError(RuntimeError):
    """The machine and the rows that it was made from disagree: a fault of the program, not of a table."""


@attrs.frozen
class Edge:
    """One row from one state: `target` is None where the row forbids the move.

    A row of all states is one edge, from `ANY`.  `row` may have fewer guards than the contract's: a slice
    leaves out what its configuration has settled.
    """

    row: Row
    source: str
    target: str | None


def machine_edges(contract: Contract, lifecycle: str) -> tuple[Edge, ...]:
    """Return the edges of a lifecycle in the order of its rows, then of its states.

    Permitting rows are taken from the machine, forbidding ones (which are no transitions) from the table.
    Raises `DrawingError` where the machine has a transition that its row does not describe.
    """
    drawn = {(edge.row.id, edge.source): edge for edge in _transitions(contract, lifecycle)}
    edges: list[Edge] = []
    for row in contract.lifecycles[lifecycle].rows:
        if contract.rows[row.id].source == (ANY,):
            edges.append(_folded(row, drawn))
        elif row.forbids:
            edges.extend(Edge(row, source, None) for source in row.source)
        else:
            edges.extend(drawn[row.id, source] for source in row.source)
    return tuple(edges)


def _transitions(contract: Contract, lifecycle: str) -> Iterable[Edge]:
    """Yield the machine's transitions, each with its row: both are in the same order in each place."""
    runner = LifecycleMachine(contract, lifecycle)
    machine = runner.machine
    places = {place: [row for row in rows if not row.forbids] for place, rows in runner.lifecycle.at.items()}
    seen = set()
    for event in contract.vocabulary.events:
        if event not in machine.events:
            continue
        for source, transitions in machine.events[event].transitions.items():
            rows = places.get((source, event), [])
            seen.add((source, event))
            if len(rows) != len(transitions):
                counts = f"{len(transitions)} transitions for {len(rows)} rows"
                raise DrawingError(f"{lifecycle}: {counts} at {source}, {event}")
            for row, transition in zip(rows, transitions, strict=True):
                target = source if row.to == STAY else row.to
                names = tuple(condition.func for condition in transition.conditions)
                if transition.dest != target or names != conditions(row):
                    raise DrawingError(f"{lifecycle}: a transition at {source} is not row {row.id}")
                yield Edge(row, source, transition.dest)
    for (source, event), rows in places.items():
        if rows and (source, event) not in seen:
            raise DrawingError(f"{lifecycle}: the machine has no transition for row {rows[0].id} at {source}")


def _folded(row: Row, drawn: Mapping[tuple[str, str], Edge]) -> Edge:
    """Return the one edge of a row of all states."""
    if row.forbids:
        return Edge(row, ANY, None)
    targets = {drawn[row.id, source].target for source in row.source}
    return Edge(row, ANY, targets.pop() if row.to != STAY and len(targets) == 1 else STAY)
