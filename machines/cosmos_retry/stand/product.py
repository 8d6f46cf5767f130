"""The scenarios of the stand: a product of faults, operations, topologies, repetitions and levels.

A scenario's id is permanent: fault, operation, topology, then `x1` or `x2` where the fault ends, then the
consistency level where it is not Session: `408.0-read-sw-2r`, `hang-applied-create-mw-2r-x1`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import attrs

from cosmos_retry.stand.faults import (
    ACCIDENTS,
    AFTER_READ,
    APPLIED,
    BEFORE_READ,
    REFUSALS,
    STATUSES,
    TRUNCATED,
    describe,
    fault_of,
)
from cosmos_retry.stand.operations import OF_KIND
from cosmos_retry.stand.record import Account, Options, Played
from cosmos_retry.stand.topology import topology

READS = ("read", "query")
WRITES = ("create", "upsert", "replace", "delete", "patch", "batch", "execute")
MAIN = (*READS, "create")
LEVELS = ("Strong", "BoundedStaleness", "ConsistentPrefix", "Eventual")
TWO = ("sw-2r",)
OTHERS = ("sw-1r", "sw-3r", "mw-2r", "mw-3r", "mw-2r-off")
READ_TIMEOUT_S = 6.0  # that clients are given where requests hang


@attrs.frozen
class Grid:
    """Every combination of its parts; `times` of None is for ever."""

    faults: tuple[str, ...]
    operations: tuple[str, ...]
    topologies: tuple[str, ...] = TWO
    times: tuple[int | None, ...] = (None,)
    levels: tuple[str, ...] = ("Session",)


RETRIED = ("404.1002", "408.0", "410.1002", "429.0", "503.0")
GRIDS = (
    Grid(STATUSES, MAIN),
    Grid(("404.1002", "408.0", "410.0", "429.0", "449.0", "500.0", "503.0"), WRITES[1:]),
    Grid((*RETRIED, "500.0"), MAIN, OTHERS),
    Grid(("403.3",), ("read", "create"), ("sw-1r", "mw-2r")),
    Grid((*RETRIED, "403.3", "449.0", "500.0"), MAIN, times=(1, 2)),
    Grid(("503.0", "429.0"), ("patch", "delete"), times=(1,)),
    Grid(tuple({**BEFORE_READ, **AFTER_READ, **TRUNCATED}), READS),
    Grid(tuple(ACCIDENTS), WRITES),
    Grid(("close", "hang", "refuse"), MAIN, OTHERS),
    Grid(("hang-applied",), WRITES, times=(1,)),
    Grid(("close-applied",), WRITES, times=(1,)),
    Grid(("hang-applied", "close-applied"), ("create", "patch"), ("mw-2r",)),
    Grid(("hang", "close", "truncate"), READS, times=(1,)),
    Grid(("refuse",), (*READS, *WRITES)),
    Grid(("refuse-first",), MAIN, ("sw-2r", "sw-3r", "mw-2r", "mw-2r-off")),
    Grid(("404.0", "404.1002", "408.0", "410.1002"), READS, levels=LEVELS),
)


def scenarios() -> tuple[Played, ...]:
    """Return all scenarios, each once, in the order of their grids."""
    found = {one.id: one for grid in GRIDS for one in _of(grid)}
    return tuple(found.values())


def _of(grid: Grid) -> Iterator[Played]:
    for parts in product(grid.topologies, grid.levels, grid.operations, grid.faults, grid.times):
        yield scenario(*parts)


def scenario(place: str, level: str, kind: str, fault: str, times: int | None) -> Played:
    """Return one scenario of a product; `kind` is an operation as the gateway calls it."""
    where = topology(place)
    regions = list(where.regions)
    refuse = {"refuse": regions, "refuse-first": regions[:1]}.get(fault, [])
    script = []
    if fault not in REFUSALS:
        entry = {"op": kind, "fault": fault_of(fault)}
        script = [entry if times is None else {**entry, "times": times}]
    hangs = fault in ("hang", *(name for name in APPLIED if name.startswith("hang")))
    name = f"{fault}-{kind}-{place}{f'-x{times}' * (times is not None)}"
    return Played(
        id=name if level == "Session" else f"{name}-{level.lower()}",
        operation=OF_KIND[kind],
        topology=place,
        fault=describe(script, refuse, regions),
        account=Account(regions, list(where.write_regions)),
        preferred=regions,
        consistency=level,  # type: ignore[arg-type]
        client=Options(
            use_multiple_write_locations=where.multiple, read_timeout_s=READ_TIMEOUT_S if hangs else None
        ),
        per_call={},
        fault_script=script,
        refuse=refuse,
    )
