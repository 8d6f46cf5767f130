"""The parameters: every number of the contract, with its unit and the side of its bound."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cosmos_retry.entries import named_entries, read_table
from cosmos_retry.errors import ContractError
from cosmos_retry.excerpt import plain

if TYPE_CHECKING:
    from cosmos_retry.config import Config


MOST_RETRIES = 90  # of whatever is counted; the explorer goes through every one, and counts to 99
LONGEST_S = 86_400.0  # a day
_MOST_TIMES = 1000.0  # of a share, and of a factor
_COUNTED = ("retries", "delays")


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
    """Return a profile in `spec/profiles`.  Raises `ContractError` for a broken entry and for a wild number.

    Permitted are retries and delays that are whole, from 0 to `MOST_RETRIES`, seconds from 0 to `LONGEST_S`,
    shares and factors from 0 to 1000; all bounds are included.
    """
    file = spec / "profiles" / f"{name}.toml"
    table = read_table(file)
    for key in table:
        if key not in ("name", "says", "parameter"):
            raise ContractError(str(file), "-", key, "unknown key beside name, says and [parameter.*]")
    parameters = named_entries(file, table, "parameter", Parameter)
    for key, parameter in parameters.items():
        if problem := out_of_range(parameter):
            raise ContractError(str(file), f"parameter.{key}", "value", problem)
    return Profile(str(table.get("name", name)), str(table.get("says", "")), parameters)


def out_of_range(parameter: Parameter) -> str | None:
    """Return why a number is too wild to be looked at, or None; see `load_profile`."""
    number, unit = parameter.value, parameter.unit
    counted = unit in _COUNTED
    most = MOST_RETRIES if counted else LONGEST_S if unit == "s" else _MOST_TIMES
    if 0 <= number <= most and (number.is_integer() or not counted):
        return None
    kind = f"a whole number of {unit}" if counted else "a number"
    return f"{plain(number)} is not permitted: {kind} from 0 to {plain(most)}, both included"
