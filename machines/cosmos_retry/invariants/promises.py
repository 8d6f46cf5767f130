"""The promises: `spec/invariants.toml`, loaded and checked word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import attrs

from cosmos_retry.assumptions import load_assumptions
from cosmos_retry.clauses import load_register
from cosmos_retry.entries import read_entries
from cosmos_retry.errors import ContractError

# The monitors and the detectors register themselves when their modules are imported.
from cosmos_retry.invariants import (
    clocks,  # noqa: F401
    counts,  # noqa: F401
    ending,  # noqa: F401
    reached_ends,  # noqa: F401
    reached_regions,  # noqa: F401
    reached_retries,  # noqa: F401
    regions,  # noqa: F401
    replicas,  # noqa: F401
    surfacing,  # noqa: F401
    writes,  # noqa: F401
)
from cosmos_retry.invariants.registry import MONITORS, SITUATIONS
from cosmos_retry.parameters import Profile, load_profile
from cosmos_retry.paths import spec_dir

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@attrs.frozen
class Invariant:
    """One promise: what it says, the clauses it comes from, the assumptions and parameters it rests on.

    `numbers` are what the promise itself says of those parameters, in their units.  `sometimes` names the
    situations that testing must have reached.
    """

    id: str
    says: str
    cites: tuple[str, ...]
    sometimes: tuple[str, ...]
    assumptions: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    numbers: Mapping[str, float] = attrs.field(factory=dict)


def load_invariants(spec: Path | None = None) -> tuple[Invariant, ...]:
    """Return the promises in `spec/invariants.toml`, in file order; of the package's own tables by default.

    Raises `ContractError` for a name that does not exist, a promise that no monitor judges, and a monitor
    or a detector that no promise names.
    """
    return _load(spec or spec_dir())


@lru_cache(maxsize=8)
def _load(spec: Path) -> tuple[Invariant, ...]:
    file = spec / "invariants.toml"
    entries = read_entries(file, "invariant", Invariant)
    known: dict[str, Iterable[str]] = {
        "cites": load_register(spec),
        "assumptions": load_assumptions(spec),
        "parameters": load_profile(spec).parameters,
        "numbers": load_profile(spec).parameters,
        "sometimes": SITUATIONS,
    }
    found: dict[str, Invariant] = {}
    for entry in entries:
        _check(file, entry, known, found)
        found[entry.id] = entry
    for name in MONITORS:
        if name not in found:
            raise ContractError(str(file), name, "id", "a monitor judges it, and there is no entry")
    named = {name for entry in entries for name in entry.sometimes}
    for name in SITUATIONS:
        if name not in named:
            raise ContractError(str(file), "-", "sometimes", f"no promise names the situation {name!r}")
    return tuple(found.values())


def _check(
    file: Path, entry: Invariant, known: Mapping[str, Iterable[str]], found: Mapping[str, Invariant]
) -> None:
    """Refuse an entry that names anything unknown, or nothing where it must name something."""

    def refuse(field: str, reason: str) -> None:
        raise ContractError(str(file), entry.id, field, reason)

    if not _ID.fullmatch(entry.id):
        refuse("id", "must be lower-case words joined by hyphens, such as write-never-resent")
    if entry.id in found:
        refuse("id", "used before")
    if entry.id not in MONITORS:
        refuse("id", "no monitor judges it")
    if not entry.says.strip():
        refuse("says", "must say what is promised")
    for field in ("cites", "sometimes"):
        if not getattr(entry, field):
            refuse(field, "must name one or more")
    for field, names in known.items():
        for name in getattr(entry, field):
            if name not in names:
                refuse(field, f"unknown {_SINGULAR[field]} {name!r}")


def promised_profile(profile: Profile, promises: Iterable[Invariant] | None = None) -> Profile:
    """Return a profile with the numbers that the promises name in place of its own."""
    said = {name: value for one in promises or load_invariants() for name, value in one.numbers.items()}
    parameters = {
        name: attrs.evolve(parameter, value=said.get(name, parameter.value))
        for name, parameter in profile.parameters.items()
    }
    return attrs.evolve(profile, parameters=parameters)


_SINGULAR = {
    "cites": "clause",
    "assumptions": "assumption",
    "parameters": "parameter",
    "numbers": "parameter",
    "sometimes": "situation",
}
