"""The pins: what the proof came to when it was last looked at, so that a silent change of the model shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from cosmos_retry.commands.assumptions import resting_rows
from cosmos_retry.contract import Contract
from cosmos_retry.entries import read_table
from cosmos_retry.errors import ContractError
from cosmos_retry.explore.checking import Check
from cosmos_retry.explore.witnesses import Witness
from cosmos_retry.paths import spec_dir

COUNTS = ("configurations", "explored", "places", "states", "edges")


@attrs.frozen
class DeadEnd:
    """A state in which nobody can move, and the hole of the documents that it comes from."""

    lifecycle: str
    state: str
    replicas: int
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


def load_pins(spec: Path | None = None) -> Pins:
    """Return the pins in `spec/proof.toml`.  Raises `ContractError` for an unknown key or a wrong type."""
    file = (spec or spec_dir()) / "proof.toml"
    table = read_table(file)
    for key in table:
        if key not in ("counts", "dead_end", "surfaced", "unbounded_by", "without_rows"):
            raise ContractError(str(file), "-", key, "unknown key")
    counts: Mapping[str, Mapping[str, int]] = table.get("counts", {})
    for name, numbers in counts.items():
        if set(numbers) != set(COUNTS):
            raise ContractError(str(file), f"counts.{name}", "-", f"must hold {', '.join(COUNTS)}")
    try:
        ends = tuple(DeadEnd(**one) for one in table.get("dead_end", []))
    except TypeError:
        reason = "must hold lifecycle, state, replicas and says"
        raise ContractError(str(file), "dead_end", "-", reason) from None
    open_ended, without = tuple(table.get("unbounded_by", [])), tuple(table.get("without_rows", []))
    return Pins(counts, ends, table.get("surfaced", {}), open_ended, without)
