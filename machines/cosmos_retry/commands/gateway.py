"""`cosmos-retry gateway`: an account that is played on loopback, with its faults, for any client."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import stat
import sys
import threading
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING

import attrs

from cosmos_retry.commands.parsing import Subparsers, add_command, amount, count, place
from cosmos_retry.excerpt import one_line
from cosmos_retry.places import check_file

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from cosmos_retry.gateway import Played, Scene
    from cosmos_retry.gateway.record import Record

_SUMMARY = "play an account on loopback, with scripted faults, and record what a client does"
_INSTALL = "it needs aiohttp: pip install 'cosmos-retry[stand]'"
_HIGHEST_PORT = 65535


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    parser = add_command(
        commands, "gateway", _SUMMARY, "cosmos-retry gateway --scene scene.json --record played.jsonl"
    )
    parser.description = (
        f"{_SUMMARY.capitalize()}.\n\nPrints one line of JSON once it listens: the endpoints and the key.  "
        "Ends by itself, and on SIGTERM and Ctrl-C.\n\nExit status: 0 where every scripted fault was met as "
        "often as the script says,\n1 where one was not, 2 where the scene cannot be played."
    )
    parser.add_argument(
        "--scene", type=place, required=True, metavar="FILE", help="the account and its faults"
    )
    parser.add_argument("--record", type=place, metavar="FILE", help="write what happens as JSON Lines")
    parser.add_argument(
        "--port",
        type=count,
        default=0,
        metavar="N",
        help="of the account; the regions follow (default: free ones)",
    )
    parser.add_argument(
        "--max-seconds", type=amount, default=600.0, metavar="N", help="end after this time (default: 600)"
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="a loopback address")
    parser.add_argument(
        "--allow-other-address", action="store_true", help="let --host be seen from other computers"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play the scene; 0 where every fault was consumed, 1 where one was not, 2 for what cannot be played."""
    try:
        import aiohttp  # noqa: F401 - here, not above: the other commands do without
    except ModuleNotFoundError:
        return _complain(_INSTALL)
    from cosmos_retry.gateway import GatewayError, ScriptError, read_script

    try:
        scene = read_script(arguments.scene)
        if arguments.record is not None:
            check_file(arguments.record)
        if arguments.port and arguments.port + len(scene.regions) > _HIGHEST_PORT:
            return _complain(f"--port {arguments.port}: the regions' ports do not fit below {_HIGHEST_PORT}")
        return _play(scene, arguments)
    except (ScriptError, GatewayError) as error:
        return _complain(str(error))


class _Fresh(io.FileIO):
    """A file that is emptied by the first write: where nothing is played, an older record is still whole."""

    _begun = False

    def write(self, data: ReadableBuffer, /) -> int:
        if not self._begun and stat.S_ISREG(os.fstat(self.fileno()).st_mode):
            self.truncate(0)
        self._begun = True
        return super().write(data)


def _play(scene: Scene, arguments: argparse.Namespace) -> int:
    from cosmos_retry.gateway import Gateway
    from cosmos_retry.gateway.record import Record

    stop = threading.Event()
    with ExitStack() as stack:
        record: Record | None = None
        if arguments.record is not None:
            record = Record(stack.enter_context(_Fresh(arguments.record, "a")))
        _listen_for_signals(stop, stack)
        gateway = stack.enter_context(
            Gateway(
                arguments.host,
                arguments.port,
                witness=record.witness if record else None,
                allow_other_address=arguments.allow_other_address,
            )
        )
        place = gateway.play(scene)
        if record is not None:
            record.begin(scene, place)
        print(json.dumps(attrs.asdict(place)), flush=True)
        stop.wait(arguments.max_seconds)
        played = gateway.curtain()
        if record is not None:
            record.end(played)
            if record.error is not None:
                return _complain(f"{arguments.record}: {record.error.strerror or record.error}")
    return _report(played)


def _listen_for_signals(stop: threading.Event, stack: ExitStack) -> None:
    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        stack.callback(signal.signal, number, signal.signal(number, end))


def _report(played: Played) -> int:
    """Say on standard error what was played, and which faults were not met as often as the script says."""
    counts = f"{len(played.arrivals)} requests, {len(played.applied)} writes applied, {played.seconds:.1f} s"
    print(f"cosmos-retry gateway: {counts}", file=sys.stderr)
    left = {id(entry) for entry in played.unconsumed}
    for entry, used in zip(played.script, played.used.values(), strict=True):
        if id(entry) in left:
            what = f"{entry.fault.action} of {entry.op} in {entry.region}"
            wanted = "at least once" if entry.limit is None else f"{entry.limit} times"
            _complain(f"not consumed: {what}: met {used} times, not {wanted}")
    return int(bool(left))


def _complain(reason: str) -> int:
    print(one_line(f"cosmos-retry gateway: {reason}"), file=sys.stderr)
    return 2
