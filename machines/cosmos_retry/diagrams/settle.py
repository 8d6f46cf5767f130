"""Settling: what is left of a lifecycle where a configuration is known before the first request."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.edges import ANY, Edge
from cosmos_retry.diagrams.plan import Configuration


def settle(contract: Contract, configuration: Configuration, edges: Iterable[Edge]) -> list[Edge]:
    """Return the edges that a configuration leaves, without the guards that always hold in it.

    An edge goes where one of its guards can never hold, or where its state can no longer be reached.
    """
    left = []
    for edge in edges:
        kept: list[str] = []
        for name in edge.row.when:
            guard = contract.vocabulary.guards[name]
            # A feature that the configuration leaves open may have any of its values.
            values = configuration.holds.get(guard.feature)
            if values is not None and not values & guard.is_:
                break
            if values is None or not values <= guard.is_:
                kept.append(name)
        else:
            left.append(attrs.evolve(edge, row=attrs.evolve(edge.row, when=tuple(kept))))
    reached: set[str | None] = {"start"}
    while new := {edge.target for edge in left if edge.target and edge.source in reached} - reached:
        reached |= new
    return [edge for edge in left if edge.source in reached or edge.source == ANY]
