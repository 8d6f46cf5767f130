"""What an Azure Cosmos DB client must do when a request fails: a specification that runs.

>>> from cosmos_retry import judge, read_traces
>>> for trace in read_traces(["traces.jsonl"]):
...     print(judge(trace).verdict)
"""

from cosmos_retry.config import Config, ConfigError
from cosmos_retry.contract import Contract, load_contract
from cosmos_retry.errors import ContractError
from cosmos_retry.moves import Move
from cosmos_retry.oracle import NotPermitted, Operation, open_operation
from cosmos_retry.reading import Unreadable, read_traces
from cosmos_retry.trace import Trace
from cosmos_retry.verdict import Verdict, judge

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
