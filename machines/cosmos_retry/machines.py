"""The machines: one for each lifecycle of a contract, built once."""

from __future__ import annotations

from cosmos_retry.contract import Contract
from cosmos_retry.machine import LifecycleMachine

_BUILT: dict[tuple[int, str], tuple[Contract, LifecycleMachine]] = {}
_MOST = 64


def machine_for(contract: Contract, lifecycle: str) -> LifecycleMachine:
    """Return the machine of a lifecycle of this very contract.

    Raises `KeyError` for a lifecycle that the contract does not have.
    """
    key = (id(contract), lifecycle)
    built = _BUILT.get(key)
    # The contract is kept beside its machine, so that its id cannot come to mean another one.
    if built is None or built[0] is not contract:
        if len(_BUILT) >= _MOST:
            _BUILT.clear()
        built = _BUILT[key] = (contract, LifecycleMachine(contract, lifecycle))
    return built[1]
