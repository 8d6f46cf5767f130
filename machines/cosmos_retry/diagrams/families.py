"""The fault families: which rows of a lifecycle are looked at together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.errors import ContractError

Members = Mapping[tuple[str, str], frozenset[str]]


@attrs.frozen
class Family:
    """The rows that deal with one fault, named by the beginnings of their ids.

    Those that are the same in every configuration, `everywhere`, are drawn with no configuration.
    """

    id: str
    title: str
    says: str
    lifecycles: tuple[str, ...]
    rows: tuple[str, ...]
    everywhere: bool = False


def members_of(file: Path, families: Sequence[Family], contract: Contract) -> Members:
    """Return the ids of the rows of each family, by lifecycle and family.

    A row belongs to the families of its lifecycle that name the longest beginning of its id.  Raises
    `ContractError`, about `file`, for a row with no family, and for a beginning or a family with no row.
    """
    found: dict[tuple[str, str], set[str]] = {}
    used: set[tuple[str, str]] = set()
    for name, lifecycle in contract.lifecycles.items():
        mine = [family for family in families if name in family.lifecycles]
        for row in lifecycle.rows:
            prefixes = {prefix for family in mine for prefix in family.rows if _begins(row.id, prefix)}
            if not prefixes:
                raise ContractError(str(file), "-", "family", f"row {row.id} of {name} belongs to no family")
            longest = max(prefixes, key=len)
            for family in mine:
                if longest in family.rows:
                    found.setdefault((name, family.id), set()).add(row.id)
                    used.add((family.id, longest))
    for family in families:
        for prefix in family.rows:
            if (family.id, prefix) not in used:
                raise ContractError(str(file), family.id, "rows", f"idle: {prefix!r} takes no row")
        for name in family.lifecycles:
            if (name, family.id) not in found:
                raise ContractError(str(file), family.id, "lifecycles", f"takes no row of {name}")
    return {place: frozenset(ids) for place, ids in found.items()}


def check_everywhere(
    file: Path, families: Sequence[Family], members: Members, settled: set[str], contract: Contract
) -> None:
    """Refuse a family that is called the same everywhere, but looks at a feature that configurations settle.

    Raises `ContractError`, about `file`.
    """
    guards = contract.vocabulary.guards
    for family in families:
        ids = {row for name in family.lifecycles for row in members[name, family.id]}
        looks = {guards[guard].feature for row in ids for guard in contract.rows[row].when}
        for feature in sorted(looks & settled if family.everywhere else ()):
            raise ContractError(str(file), family.id, "everywhere", f"its rows depend on {feature!r}")


def _begins(row: str, prefix: str) -> bool:
    """Whether a row's id begins with whole words of a prefix."""
    return row == prefix or row.startswith(f"{prefix}.")
