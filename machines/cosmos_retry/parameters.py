"""The parameters: every number of the contract, with its unit and the side of its bound."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs
import msgspec

from cosmos_retry.config import Config
from cosmos_retry.entries import read_table
from cosmos_retry.errors import ContractError


@attrs.frozen
class Parameter:
    """One number.  Those in seconds are kept in seconds here and handed out in microseconds."""

    value: float
    unit: str
    bound: str
    says: str
    cites: tuple[str, ...] = ()
    assumption: str | None = None


@attrs.frozen
class Profile:
    """The numbers of one client, the documented one or a real one."""

    name: str
    says: str
    parameters: Mapping[str, Parameter]

    def number(self, name: str, config: Config) -> float:
        """Return a parameter: microseconds for those in seconds, else the number; the client's options replace two."""
        if name == "throttle_retries":
            return config.throttle_max_retries
        if name == "throttle_window":
            return config.throttle_max_wait_us
        parameter = self.parameters[name]
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
