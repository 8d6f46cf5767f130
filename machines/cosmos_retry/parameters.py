"""The parameters: every number of the contract, with its unit and the side of its bound."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cosmos_retry.entries import named_entries, read_table
from cosmos_retry.errors import ContractError

if TYPE_CHECKING:
    from cosmos_retry.config import Config


@attrs.frozen
class Parameter:
    """One number.  Those in seconds are kept in seconds here and handed out in microseconds.

    `option` names the setting of a configuration that replaces it, in microseconds where it is a time.
    """

    value: float
    unit: str
    bound: str
    says: str
    cites: tuple[str, ...] = ()
    assumption: str | None = None
    option: str | None = None


@attrs.frozen
class Profile:
    """The numbers of one client, the documented one or a real one."""

    name: str
    says: str
    parameters: Mapping[str, Parameter]

    def number(self, name: str, config: Config) -> float:
        """Return a parameter, in microseconds where it is in seconds; a client's option may replace it."""
        parameter = self.parameters[name]
        if parameter.option is not None and (configured := getattr(config, parameter.option)) is not None:
            return float(configured)
        return round(parameter.value * 1_000_000) if parameter.unit == "s" else parameter.value


def load_profile(spec: Path, name: str = "documented") -> Profile:
    """Return a profile in `spec/profiles`.  Raises `ContractError` for a broken entry."""
    file = spec / "profiles" / f"{name}.toml"
    table = read_table(file)
    for key in table:
        if key not in ("name", "says", "parameter"):
            raise ContractError(str(file), "-", key, "unknown key beside name, says and [parameter.*]")
    parameters = named_entries(file, table, "parameter", Parameter)
    for key, parameter in parameters.items():
        if not 0 <= parameter.value < math.inf:
            raise ContractError(str(file), f"parameter.{key}", "value", "must be a finite number, 0 or more")
    return Profile(str(table.get("name", name)), str(table.get("says", "")), parameters)
