"""The slices: each lifecycle as a whole, by fault family, and by configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.boxes import bundles, row_boxes
from cosmos_retry.diagrams.drawing import Box, Drawing
from cosmos_retry.diagrams.edges import ANY, Edge, machine_edges
from cosmos_retry.diagrams.families import Family
from cosmos_retry.diagrams.labels import Labels, words
from cosmos_retry.diagrams.plan import Configuration, Plan
from cosmos_retry.diagrams.settle import settle

_STAYS = "Two arrowheads: the state stays as it is."
_WHOLE = f"A box is all rows of one verdict between two states; the slices show them one by one. {_STAYS}"
_FAMILY = f"A box is one row: its id; event [guards]; time bounds; / effects. {_STAYS}"
_CONFIGURATION = (
    f"A box is all rows of one verdict between two states, with guards and bounds if permitted. {_STAYS}"
)


def all_drawings(contract: Contract, plan: Plan) -> list[Drawing]:
    """Return every drawing: for each lifecycle the whole and its families, then the configurations.

    Raises `DrawingError` where a machine is not what its rows say.
    """
    edges = {name: machine_edges(contract, name) for name in contract.lifecycles}
    drawings = []
    for name in contract.lifecycles:
        drawings.append(whole(contract, name, edges[name]))
        drawings.extend(by_family(contract, plan, f, name, edges[name]) for f in plan.families_of(name))
    drawings.extend(by_configuration(contract, plan, c, edges[c.lifecycle]) for c in plan.configurations)
    return drawings


def title_of(lifecycle: str) -> str:
    """Return the name of a lifecycle as a title begins with it."""
    return words(lifecycle).capitalize()


def whole(contract: Contract, lifecycle: str, edges: Sequence[Edge]) -> Drawing:
    """Return a whole lifecycle: rows of one verdict between the same two states are one line."""
    boxes = bundles(edges, _labels(contract, edges), contract, detailed=False)
    return Drawing(
        path=lifecycle,
        title=f"{title_of(lifecycle)}: the whole lifecycle",
        says=(_WHOLE,),
        paper="A3",
        states=_touched(contract, boxes),
        boxes=tuple(boxes),
        columns=_columns(contract, edges),
    )


def by_family(
    contract: Contract, plan: Plan, family: Family, lifecycle: str, edges: Sequence[Edge]
) -> Drawing:
    """Return the rows of one family, a box for each."""
    members = plan.members[lifecycle, family.id]
    boxes = row_boxes([e for e in edges if e.row.id in members], _labels(contract, edges))
    return Drawing(
        path=f"{lifecycle}/{family.id}",
        title=f"{title_of(lifecycle)}. {family.title}",
        says=(family.says, _FAMILY),
        paper="A4",
        states=_touched(contract, boxes),
        boxes=tuple(boxes),
        # Few states: each may have a column of its own, in the order of the vocabulary.
        columns={state: number for number, state in enumerate((ANY, *contract.vocabulary.states))},
        sentences=True,
    )


def by_configuration(
    contract: Contract, plan: Plan, configuration: Configuration, edges: Sequence[Edge]
) -> Drawing:
    """Return what is left of a lifecycle in one configuration, without what is the same in every one."""
    same = [family for family in plan.families_of(configuration.lifecycle) if family.everywhere]
    common = {row for family in same for row in plan.members[configuration.lifecycle, family.id]}
    settled = settle(contract, configuration, edges)
    left = [edge for edge in settled if edge.row.id not in common]
    boxes = bundles(left, _labels(contract, settled), contract, detailed=True)
    titles = ", ".join(family.title[0].lower() + family.title[1:] for family in same)
    return Drawing(
        path=f"configurations/{configuration.id}",
        title=configuration.title,
        says=(_CONFIGURATION, f"Left out, being the same in every configuration: {titles}."),
        paper=configuration.paper,
        states=_touched(contract, boxes),
        boxes=tuple(boxes),
        columns=_columns(contract, edges),
    )


def _labels(contract: Contract, edges: Sequence[Edge]) -> Labels:
    return Labels(contract, [edge.row for edge in edges])


def _touched(contract: Contract, boxes: Sequence[Box]) -> tuple[str, ...]:
    touched = {state for box in boxes for state in (*box.sources, box.target)}
    return tuple(state for state in (*contract.vocabulary.states, ANY) if state in touched)


def _columns(contract: Contract, edges: Sequence[Edge]) -> dict[str, int]:
    """Return the column of each state: what leads to the hub, the hub, the states around it, the end.

    The hub is the state that most edges touch.
    """
    states = contract.vocabulary.states
    touched = Counter(name for edge in edges for name in {edge.source, edge.target} if name in states)
    hub = max(states, key=lambda name: touched[name])
    reached: set[str | None] = {hub}
    while new := {edge.target for edge in edges if edge.target and edge.source in reached} - reached:
        reached |= new
    columns = {name: 2 if name in reached else 0 for name in states} | {hub: 1, ANY: 2}
    return columns | {name: 3 for name, state in states.items() if state.terminal}
