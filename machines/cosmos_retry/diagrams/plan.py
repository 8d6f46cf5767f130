"""The plan: which slices are drawn, and how groups and verdicts look, loaded from `spec/diagrams.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import attrs

from cosmos_retry.contract import VERDICTS, Contract
from cosmos_retry.diagrams.families import Family, Members, check_everywhere, members_of
from cosmos_retry.diagrams.sections import listed_entries
from cosmos_retry.entries import named_entries, read_table
from cosmos_retry.errors import ContractError


@attrs.frozen
class GroupStyle:
    """How the states of one group look: shape, style, fill and line, in Graphviz's words."""

    says: str
    shape: str
    fill: str
    line: str
    style: str = ""


@attrs.frozen
class VerdictStyle:
    """How the lines of one verdict look: style, arrowhead and colour, in Graphviz's words."""

    says: str
    style: str
    arrow: str
    line: str


@attrs.frozen
class Configuration:
    """One configuration of a lifecycle: the values that it leaves to features, and its page."""

    id: str
    title: str
    lifecycle: str
    holds: dict[str, frozenset[str]]
    paper: Literal["A4", "A3"] = "A4"


@attrs.frozen
class Plan:
    """Everything in `spec/diagrams.toml`, and the rows of each family by lifecycle and family."""

    groups: Mapping[str, GroupStyle]
    verdicts: Mapping[str, VerdictStyle]
    families: tuple[Family, ...]
    configurations: tuple[Configuration, ...]
    members: Members

    def families_of(self, lifecycle: str) -> tuple[Family, ...]:
        """Return the families of one lifecycle, in the order of the plan."""
        return tuple(family for family in self.families if lifecycle in family.lifecycles)


def load_plan(spec: Path, contract: Contract) -> Plan:
    """Return the plan in the directory `spec`, held against the contract that it draws.

    Raises `ContractError` for a broken entry, a group or a verdict without a style, a row without a family,
    a beginning that names no row, and a configuration that names what the vocabulary does not have.
    """
    file = spec / "diagrams.toml"
    table = read_table(file)
    for key in table:
        if key not in ("group", "verdict", "family", "configuration"):
            raise ContractError(str(file), "-", key, "unknown key")
    groups = named_entries(file, table, "group", GroupStyle)
    lines = named_entries(file, table, "verdict", VerdictStyle)
    families = listed_entries(file, table, "family", Family)
    settled = listed_entries(file, table, "configuration", Configuration)
    _check_same(file, "group", groups, {state.group for state in contract.vocabulary.states.values()})
    _check_same(file, "verdict", lines, set(VERDICTS))
    for family in families:
        _check_known(file, family.id, "lifecycles", family.lifecycles, contract.lifecycles)
    for configuration in settled:
        _check_configuration(file, configuration, contract)
    members = members_of(file, families, contract)
    check_everywhere(file, families, members, {name for c in settled for name in c.holds}, contract)
    return Plan(groups, lines, tuple(families), tuple(settled), members)


def _check_same(file: Path, section: str, styled: Iterable[str], wanted: set[str]) -> None:
    for name in sorted(wanted - set(styled)):
        raise ContractError(str(file), f"{section}.{name}", "-", f"missing: how does this {section} look?")
    for name in sorted(set(styled) - wanted):
        raise ContractError(str(file), f"{section}.{name}", "-", f"the contract has no such {section}")


def _check_known(file: Path, entry: str, field: str, names: Iterable[str], where: Iterable[str]) -> None:
    for name in names:
        if name not in where:
            raise ContractError(str(file), entry, field, f"unknown: {name!r}")


def _check_configuration(file: Path, configuration: Configuration, contract: Contract) -> None:
    name, features = configuration.id, contract.vocabulary.features
    _check_known(file, name, "lifecycle", [configuration.lifecycle], contract.lifecycles)
    _check_known(file, name, "holds", configuration.holds, features)
    for feature, values in configuration.holds.items():
        _check_known(file, name, "holds", sorted(values), features[feature].values)
        if not values:
            raise ContractError(str(file), name, "holds", f"leaves no value to {feature!r}")
