"""A kit for test suites: Hypothesis strategies, a state machine, and the vectors, for one's own client.

>>> class MyClientTest(ClientMachine):
...     def client(self, config):
...         return lambda transport: my_retry_loop(config, transport)
>>> TestMyClient = MyClientTest.TestCase

spec/testing.md is its page.  What needs Hypothesis is imported when it is asked for, and not before: pytest
loads the plugin beside this file in every project.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cosmos_retry.harness.messages import Wait
    from cosmos_retry.harness.record import BadMove
    from cosmos_retry.testing.asynchronous import AsyncTransport
    from cosmos_retry.testing.case import VectorCase
    from cosmos_retry.testing.client import Client, Surfaced
    from cosmos_retry.testing.configuring import configuration, configurations
    from cosmos_retry.testing.driving import check, drive
    from cosmos_retry.testing.ending import faults
    from cosmos_retry.testing.machine import ClientMachine
    from cosmos_retry.testing.script import FaultScript
    from cosmos_retry.testing.scripts import fault_scripts
    from cosmos_retry.testing.transport import Transport
    from cosmos_retry.testing.violation import Violation

_HOME = {
    "AsyncTransport": "testing.asynchronous",
    "BadMove": "harness.record",
    "Client": "testing.client",
    "ClientMachine": "testing.machine",
    "FaultScript": "testing.script",
    "Surfaced": "testing.client",
    "Transport": "testing.transport",
    "VectorCase": "testing.case",
    "Violation": "testing.violation",
    "Wait": "harness.messages",
    "check": "testing.driving",
    "configuration": "testing.configuring",
    "configurations": "testing.configuring",
    "drive": "testing.driving",
    "fault_scripts": "testing.scripts",
    "faults": "testing.ending",
}

__all__ = [
    "AsyncTransport",
    "BadMove",
    "Client",
    "ClientMachine",
    "FaultScript",
    "Surfaced",
    "Transport",
    "VectorCase",
    "Violation",
    "Wait",
    "check",
    "configuration",
    "configurations",
    "drive",
    "fault_scripts",
    "faults",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"cosmos_retry.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
