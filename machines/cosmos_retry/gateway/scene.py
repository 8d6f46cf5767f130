"""A scene: one account, what it holds, and the faults that its requests meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from cosmos_retry.gateway.fault import Scripted

DATABASE, CONTAINER = "db", "items"
HOME = f"{DATABASE}/{CONTAINER}"
LEVELS = ("Strong", "BoundedStaleness", "Session", "ConsistentPrefix", "Eventual")


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


def _entries(given: Iterable[Scripted]) -> tuple[Scripted, ...]:
    return tuple(given)


@attrs.frozen
class Scene:
    """What is given before a client arrives.

    regions: names, in the account's order; each has a port.
    write_regions: those that accept writes; more than one is a multi-write account.
    consistency: the account's default level.
    faults: tried in order.
    refused: regions whose port refuses connections from the start.
    documents: "database/container" to the documents that it holds; `db/items` is always there.
    partition_key: the path of the partition key, of every container.
    per_partition_failover: the account says that a partition may fail over by itself, and every region
        takes writes.
    """

    regions: tuple[str, ...] = attrs.field(default=("West US", "East US"), converter=_texts)
    write_regions: tuple[str, ...] = attrs.field(default=("West US",), converter=_texts)
    consistency: str = "Session"
    faults: tuple[Scripted, ...] = attrs.field(default=(), converter=_entries)
    refused: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    documents: Mapping[str, Sequence[Mapping[str, Any]]] = attrs.field(factory=dict)
    partition_key: str = "/pk"
    per_partition_failover: bool = False
