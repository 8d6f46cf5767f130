"""What an Azure Cosmos DB client must do when a request fails: a specification that runs.

>>> from cosmos_retry import judge, read_traces
>>> for trace in read_traces(["traces.jsonl"]):
...     print(judge(trace).verdict)

A name is imported when it is asked for, and not before: pytest loads the plugin of this package in every
project that has it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cosmos_retry.config import Config, ConfigError
    from cosmos_retry.contract import Contract, load_contract
    from cosmos_retry.errors import ContractError
    from cosmos_retry.moves import Move
    from cosmos_retry.oracle import NotPermitted, Operation, open_operation
    from cosmos_retry.reading import Unreadable, read_traces
    from cosmos_retry.trace import Trace
    from cosmos_retry.verdict import Verdict, judge

_HOME = {
    "Config": "config",
    "ConfigError": "config",
    "Contract": "contract",
    "ContractError": "errors",
    "Move": "moves",
    "NotPermitted": "oracle",
    "Operation": "oracle",
    "Trace": "trace",
    "Unreadable": "reading",
    "Verdict": "verdict",
    "judge": "verdict",
    "load_contract": "contract",
    "open_operation": "oracle",
    "read_traces": "reading",
}

__all__ = [
    "Config",
    "ConfigError",
    "Contract",
    "ContractError",
    "Move",
    "NotPermitted",
    "Operation",
    "Trace",
    "Unreadable",
    "Verdict",
    "judge",
    "load_contract",
    "open_operation",
    "read_traces",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value  # so that it is asked for once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
