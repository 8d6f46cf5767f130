"""Serving: a worker's side of the adapter protocol, one message a line on standard input and output."""

from __future__ import annotations

import json
import logging
import os
import platform
import sys
from typing import Any, Protocol

from cosmos_retry.stand.workers.clock import Clock
from cosmos_retry.stand.workers.wire import Wire

PROTOCOL = 1
LANGUAGE = f"Python {platform.python_version()}"


class Driver(Protocol):
    """An SDK in the hands of the stand.  `clock` and `wire` belong to the whole process."""

    name: str
    version: str
    clock: Clock
    wire: Wire

    def prepare(self, asked: dict[str, Any]) -> None:
        """Make a client, and let it do what it does at its start."""

    def perform(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Perform the operation; return what the application heard."""

    def close(self) -> None:
        """Close the client."""


def serve(driver: Driver) -> None:
    """Answer the stand's messages until its end of the pipe is closed."""
    # The SDK may print: its words must not come between ours.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.disable()
    for line in sys.stdin:
        asked = json.loads(line)
        out.write(json.dumps(_answer(driver, asked)) + "\n")
        out.flush()


def _answer(driver: Driver, asked: dict[str, Any]) -> dict[str, Any]:
    match asked["kind"]:
        case "hello":
            who = {"name": driver.name, "version": driver.version, "language": LANGUAGE}
            return {"kind": "hello", "protocol": PROTOCOL, **who}
        case "prepare":
            driver.clock.compressed = asked["clock"] == "compressed"
            driver.wire.watching = False
            return _tried("ready", lambda: driver.prepare(asked))
        case "perform":
            driver.wire.watch(asked.get("patience_s"))
            heard = driver.perform(asked)
            driver.wire.watching = False
            return {"kind": "heard", "t": driver.clock.now(), **heard, "attempts": driver.wire.attempts}
        case "close":
            return _tried("closed", driver.close)
    return {"kind": "problem", "reason": f"no such message: {asked['kind']}"}


def _tried(kind: str, action: Any) -> dict[str, Any]:
    try:
        action()
    except Exception as error:  # whatever an SDK raises is the stand's to report
        return {"kind": "problem", "reason": f"{type(error).__name__}: {error}"[:500]}
    return {"kind": kind}


def heard_error(error: BaseException) -> dict[str, Any]:
    """Return an exception as the application hears it."""
    heard: dict[str, Any] = {"outcome": "error", "name": type(error).__name__, "status": None}
    heard["message"] = str(error).partition("\n")[0][:300]
    if isinstance(status := getattr(error, "status_code", None), int):
        heard["status"] = int(status)
        if isinstance(substatus := getattr(error, "sub_status", None), int):
            heard["substatus"] = int(substatus)
    return heard
