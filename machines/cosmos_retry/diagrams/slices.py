"""The slices: each lifecycle as a whole, by fault family, and by configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.drawing import Drawing, bundles, draw, row_boxes
from cosmos_retry.diagrams.edges import ANY, Edge, machine_edges
from cosmos_retry.diagrams.labels import Labels, words
from cosmos_retry.diagrams.plan import Configuration, Family, Plan


def all_drawings(contract: Contract, plan: Plan) -> list[Drawing]:
    """Return every drawing: for each lifecycle the whole and its families, then the configurations."""
    edges = {name: machine_edges(contract, name) for name in contract.lifecycles}
    drawings = []
    for name in contract.lifecycles:
        drawings.append(whole(contract, name, edges[name]))
        drawings.extend(
            by_family(contract, plan, family, name, edges[name]) for family in plan.families_of(name)
        )
    drawings.extend(by_configuration(contract, plan, c, edges[c.lifecycle]) for c in plan.configurations)
    return drawings


def title_of(lifecycle: str) -> str:
    """Return the name of a lifecycle as a title begins with it."""
    return words(lifecycle).capitalize()


def whole(contract: Contract, lifecycle: str, edges: Sequence[Edge]) -> Drawing:
    """Return a whole lifecycle: rows of one verdict between the same two states are one line."""
    boxes = bundles(edges, Labels(contract, (edge.row for edge in edges)), contract, False)
    title = f"{title_of(lifecycle)}: the whole lifecycle"
    says = "Each box is all rows of one verdict between two states; the slices have the rows one by one."
    return draw(lifecycle, title, says, "A3", contract, boxes, columns(contract, edges))


def by_family(
    contract: Contract, plan: Plan, family: Family, lifecycle: str, edges: Sequence[Edge]
) -> Drawing:
    """Return the rows of one family, a box for each."""
    members = plan.members[lifecycle, family.id]
    boxes = row_boxes(
        [edge for edge in edges if edge.row.id in members], Labels(contract, (edge.row for edge in edges))
    )
    order = {state: number for number, state in enumerate((*contract.vocabulary.states, ANY))}
    title = f"{title_of(lifecycle)}. {family.title}"
    return draw(f"{lifecycle}/{family.id}", title, family.says, "A4", contract, boxes, order)


def by_configuration(
    contract: Contract, plan: Plan, configuration: Configuration, edges: Sequence[Edge]
) -> Drawing:
    """Return what is left of a lifecycle in one configuration, without what is the same in every one."""
    same = [f for f in plan.families_of(configuration.lifecycle) if f.everywhere]
    common = {row for family in same for row in plan.members[configuration.lifecycle, family.id]}
    left = [edge for edge in settle(contract, configuration, edges) if edge.row.id not in common]
    boxes = bundles(left, Labels(contract, (edge.row for edge in left)), contract, True)
    says = "; ".join(
        f"{words(feature)}: {' or '.join(words(v) for v in sorted(values))}"
        for feature, values in configuration.holds.items()
    )
    return draw(f"configurations/{configuration.id}", configuration.title, says, "A4", contract, boxes, columns(contract, edges))


def settle(contract: Contract, configuration: Configuration, edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges that a configuration leaves, without the guards that always hold in it.

    An edge goes where one of its guards can never hold, or where its state can no longer be reached.
    """
    left = []
    for edge in edges:
        guards = [contract.vocabulary.guards[name] for name in edge.row.when]
        free = [configuration.holds.get(guard.feature) for guard in guards]
        if any(values is not None and not values & guard.is_ for guard, values in zip(guards, free, strict=True)):
            continue
        kept = tuple(
            name
            for name, guard, values in zip(edge.row.when, guards, free, strict=True)
            if values is None or not values <= guard.is_
        )
        left.append(attrs.evolve(edge, row=attrs.evolve(edge.row, when=kept)))
    reached = {"start"}
    while new := {edge.target for edge in left if edge.target and edge.source in reached} - reached:
        reached |= new
    return [edge for edge in left if edge.source in reached or edge.source == ANY]


def columns(contract: Contract, edges: Sequence[Edge]) -> dict[str, int]:
    """Return the column of each state: what leads to the hub, the hub, the states around it, the end.

    The hub is the state that most edges touch.
    """
    touched = Counter(s for edge in edges for s in {edge.source, edge.target} if s in contract.vocabulary.states)
    hub = touched.most_common(1)[0][0]
    reached = {hub}
    while new := {edge.target for edge in edges if edge.target and edge.source in reached} - reached:
        reached |= new
    found = {state: 2 if state in reached else 0 for state in touched} | {hub: 1, ANY: 2}
    return found | {state: 3 for state in touched if contract.vocabulary.states[state].terminal}
