"""The pins: what the proof came to when it was last looked at, so that a silent change of the model shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import attrs
import msgspec

from cosmos_retry.commands.assumptions import resting_rows
from cosmos_retry.contract import Contract
from cosmos_retry.entries import read_table, record
from cosmos_retry.errors import ContractError
from cosmos_retry.explore.checking import Check
from cosmos_retry.explore.witnesses import Witness
from cosmos_retry.paths import spec_dir

COUNTS = ("configurations", "explored", "places", "states", "edges")
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Status = Annotated[int, msgspec.Meta(ge=100, le=599)]


@attrs.frozen
class _Counts:
    configurations: _Count
    explored: _Count
    places: _Count
    states: _Count
    edges: _Count


@attrs.frozen
class _Whole:
    """The file as it stands."""

    counts: dict[str, Any]
    dead_end: list[Any]
    surfaced: dict[str, tuple[_Status, ...]]
    unbounded_by: tuple[str, ...]
    without_rows: tuple[str, ...]


@attrs.frozen
class DeadEnd:
    """A state in which nobody can move, and the hole of the documents that it comes from."""

    lifecycle: str
    state: str
    replicas: Annotated[int, msgspec.Meta(ge=1)]
    says: str


@attrs.frozen
class Pins:
    """Counts by lifecycle, known dead ends, statuses that the application hears, and assumptions at large.

    `unbounded_by` are the assumptions that may leave the number of attempts open, `without_rows` those that
    no row names.
    """

    counts: Mapping[str, Mapping[str, int]]
    dead_ends: tuple[DeadEnd, ...]
    surfaced: Mapping[str, Sequence[int]]
    unbounded_by: tuple[str, ...]
    without_rows: tuple[str, ...]

    def surprises(self, found: Check) -> list[str]:
        """Return a line for each state in which nobody can move, unless it is a known dead end."""
        known = {(one.lifecycle, one.state, one.replicas) for one in self.dead_ends}
        return [
            f"{lifecycle}: nobody can move in {state} with {replicas} replica"
            + ("s or more" if replicas > 1 else "")
            + f", after {' -> '.join(row for _, row in finding.story)}"
            for (lifecycle, state, replicas), finding in found.stuck.items()
            if (lifecycle, state, replicas) not in known
        ]

    def unreached(self, contract: Contract, runs: Sequence[Witness], lifecycles: Sequence[str]) -> list[str]:
        """Return a line for each assumption and each status that no run comes to, or that is new."""
        lines = []
        taken = {run.row for run in runs}
        for name in contract.assumptions:
            rows = {row.id for row in resting_rows(name, contract) if set(row.applies_to) <= set(lifecycles)}
            if rows and not rows & taken:
                lines.append(f"no run rests on the assumption {name}")
            if not rows and name not in self.without_rows and set(lifecycles) >= set(contract.lifecycles):
                lines.append(f"no row rests on the assumption {name}")
        for lifecycle in lifecycles:
            mine = [run for run in runs if run.case.setting.lifecycle == lifecycle]
            heard = {run.heard for run in mine if run.heard is not None}
            noted = set(self.surfaced.get(lifecycle, ()))
            lines += [f"{lifecycle}: no run surfaces {status}" for status in sorted(noted - heard)]
            lines += [f"{lifecycle}: surfaces {status}, not noted down" for status in sorted(heard - noted)]
        return lines


def load_pins(contract: Contract, spec: Path | None = None) -> Pins:
    """Return the pins in `spec/proof.toml`.

    Raises `ContractError` for a key that is unknown or missing, a value of a wrong type, a number that cannot
    be, and a state or an assumption that the contract does not have.
    """
    file = (spec or spec_dir()) / "proof.toml"
    table = read_table(file)
    whole = record(file, "-", table, _Whole)

    def refuse(name: str, field: str, reason: str) -> None:
        raise ContractError(str(file), name, field, reason)

    for section, found in (("counts", whole.counts), ("surfaced", whole.surfaced)):
        for name in contract.lifecycles.keys() ^ found.keys():
            reason = "is missing" if name in contract.lifecycles else "no such lifecycle"
            refuse(section, name, reason)
    counts = {name: record(file, f"counts.{name}", entry, _Counts) for name, entry in whole.counts.items()}
    dead_ends = tuple(
        record(file, f"dead_end {number}", entry, DeadEnd)
        for number, entry in enumerate(whole.dead_end, start=1)
    )
    for number, one in enumerate(dead_ends, start=1):
        if one.lifecycle not in contract.lifecycles:
            refuse(f"dead_end {number}", "lifecycle", f"no such lifecycle: {one.lifecycle!r}")
        if one.state not in contract.vocabulary.states:
            refuse(f"dead_end {number}", "state", f"no such state: {one.state!r}")
    for field in ("unbounded_by", "without_rows"):
        for name in getattr(whole, field):
            if name not in contract.assumptions:
                refuse("-", field, f"no such assumption: {name!r}")
    return Pins(
        {name: {field: getattr(one, field) for field in COUNTS} for name, one in counts.items()},
        dead_ends,
        whole.surfaced,
        whole.unbounded_by,
        whole.without_rows,
    )
