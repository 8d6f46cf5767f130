"""The operators on parameters: one unit of resolution more or less, and twice or half as much."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.mutation.mutant import Mutant

NUDGE, SCALE = "nudge a parameter", "scale a parameter"
WHOLE = ("retries", "delays")
_UNITS = {"s": 1e-6} | dict.fromkeys(WHOLE, 1)
_SHARE = 0.01  # what a share or a factor is moved by


def nudged(contract: Contract) -> Iterator[Mutant]:
    """Yield the contract with each parameter one unit higher, and one lower.

    A unit is a microsecond, a retry, or a hundredth.
    """
    for name, parameter in contract.profile.parameters.items():
        unit = _UNITS.get(parameter.unit, _SHARE)
        for sign, step in (("+", unit), ("-", -unit)):
            moved = attrs.evolve(parameter, value=parameter.value + step)
            yield Mutant(NUDGE, name, f"{sign} {unit:g} {parameter.unit}", numbers={name: moved})


def scaled(contract: Contract) -> Iterator[Mutant]:
    """Yield the contract with each parameter doubled, and halved."""
    for name, parameter in contract.profile.parameters.items():
        half = parameter.value // 2 if parameter.unit in WHOLE else parameter.value / 2
        for says, value in (("doubled", parameter.value * 2), ("halved", half)):
            yield Mutant(SCALE, name, says, numbers={name: attrs.evolve(parameter, value=value)})
