"""The parameters: every number of the contract, with its unit and the side of its bound."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import msgspec

from cosmos_retry.entries import read_table
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
    parameters: dict[str, Parameter] = {}
    known = {field.name for field in attrs.fields(Parameter)}
    for key, entry in table.get("parameter", {}).items():
        for field in entry:
            if field not in known:
                raise ContractError(str(file), f"parameter.{key}", field, "unknown key")
        try:
            parameters[key] = msgspec.convert(entry, Parameter, strict=False)
        except msgspec.ValidationError as error:
            raise ContractError(str(file), f"parameter.{key}", "-", str(error)) from None
        if parameters[key].value < 0:
            raise ContractError(str(file), f"parameter.{key}", "value", "must not be negative")
    return Profile(str(table.get("name", name)), str(table.get("says", "")), parameters)
