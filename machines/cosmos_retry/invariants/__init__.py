"""The promises, and the monitors that judge them from the observations and the configuration alone.

No module here knows a row, a guard, an instant or the machine: a guard cannot vouch for itself.

>>> broken = check_history(config, trace.events)
>>> [(one.invariant, one.event) for one in broken]
[]
"""

from __future__ import annotations

from cosmos_retry.invariants.checking import Broken, check_history, situations_in
from cosmos_retry.invariants.ending import Bound, bound
from cosmos_retry.invariants.promises import Invariant, load_invariants

__all__ = [
    "Bound",
    "Broken",
    "Invariant",
    "bound",
    "check_history",
    "load_invariants",
    "situations_in",
]
