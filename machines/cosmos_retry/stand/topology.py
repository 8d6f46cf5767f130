"""Topologies: accounts of one to three regions, with one write region or several, by short names."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

REGIONS = ("West US", "East US", "North Europe")


@attrs.frozen
class Topology:
    """An account; `multiple` says whether the client uses multiple write locations."""

    regions: tuple[str, ...]
    write_regions: tuple[str, ...]
    multiple: bool


def topology(name: str) -> Topology:
    """Return a topology: `sw-2r` has one write region of two; `mw-2r-off` has two, and the option is off."""
    kind, count, *off = name.split("-")
    regions = REGIONS[: int(count.removesuffix("r"))]
    several = kind == "mw"
    return Topology(regions, regions if several else regions[:1], several and not off)


def name_of(regions: Sequence[str], write_regions: Sequence[str], multiple: bool) -> str:
    """Return the short name of a topology, which leaves the names of its regions out."""
    several = len(write_regions) > 1
    count = f"{len(regions)}r"
    if several and len(write_regions) < len(regions):
        count += f"{len(write_regions)}w"
    return f"{'mw' if several else 'sw'}-{count}{'-off' * (several and not multiple)}"
