"""`cosmos-retry stand`: a real client through scenarios of faults, and a record of what it did."""

from __future__ import annotations

import argparse
import fnmatch
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cosmos_retry.commands.parsing import Subparsers, add_command, jobs, patience, place
from cosmos_retry.commands.signals import ended_by_signals
from cosmos_retry.commands.terminal import say
from cosmos_retry.excerpt import one_line
from cosmos_retry.places import check_folder
from cosmos_retry.reading import Unreadable

if TYPE_CHECKING:
    from cosmos_retry.stand.clients import Ready
    from cosmos_retry.stand.record import Played

DONE, PROBLEM, WRONG, UNAVAILABLE = 0, 1, 2, 3
NAMES = ("azure-cosmos-sync", "azure-cosmos-aio", "azure-cosmos-js")
_SUMMARY = "run an unmodified client through scenarios of faults, and record what it does"
_LIMIT_S, _LIMIT_REAL_S = 120.0, 3600.0  # for one operation
_INSTALL = "it needs aiohttp and azure-cosmos: pip install 'cosmos-retry[stand]'"


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    parser = add_command(commands, "stand", _SUMMARY, "cosmos-retry stand --client azure-cosmos-aio")
    parser.description = (
        f"{_SUMMARY.capitalize()}.\n\nRecords go to DIR/CLIENT-VERSION/records.jsonl, one a line; what is "
        "there already is not run again.\nThe manual is spec/stand.md.\n\n"
        "Exit status: 0 where every scenario is recorded, 1 where a client failed to perform one, 2 where\n"
        "some input is wrong, 3 where a client cannot be had here (the others are run all the same)."
    )
    parser.add_argument("--client", action="append", choices=NAMES, default=[], help="may be given again")
    parser.add_argument("--client-version", metavar="V", help="a release of it (default: the pinned one)")
    parser.add_argument(
        "--adapter", metavar="COMMAND", help="the command of your own client's adapter, as in a shell"
    )
    parser.add_argument("--name", metavar="NAME", help="of your own client")
    parser.add_argument(
        "--scenarios", type=place, metavar="FILE", help="your own scenarios, instead of the built-in ones"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="GLOB", help="only scenarios with such ids"
    )
    parser.add_argument("--list", action="store_true", help="list the ids of the scenarios, and run none")
    parser.add_argument(
        "--out", type=place, default=Path("build/stand"), metavar="DIR", help="(default: build/stand)"
    )
    parser.add_argument("--real-time", action="store_true", help="let the client wait as long as it waits")
    parser.add_argument("--jobs", type=jobs, default=2, metavar="N", help="scenarios at a time (default: 2)")
    parser.add_argument(
        "--limit",
        type=patience,
        metavar="S",
        help="seconds for one operation (default: 120; 3600 in real time)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the clients through the scenarios; the worst of their exit statuses."""
    try:
        import aiohttp  # noqa: F401 - here, not above: the other commands do without
    except ModuleNotFoundError:
        return _complain(_INSTALL, UNAVAILABLE)
    if problem := _contradiction(arguments):
        return _complain(problem, WRONG)
    scenarios, is_whole = _scenarios(arguments)
    status = DONE if is_whole else WRONG
    if arguments.list:
        for scenario in scenarios:
            say(scenario.id)
        return status
    if not scenarios:
        return max(status, _complain("there is no such scenario", WRONG))
    check_folder(arguments.out)
    with ended_by_signals():
        for name in arguments.client or [arguments.name]:
            status = max(status, _run_client(name, scenarios, arguments))
    return status


def _contradiction(arguments: argparse.Namespace) -> str | None:
    if arguments.list:
        return None
    if bool(arguments.adapter) != bool(arguments.name):
        return "--adapter and --name go together"
    if bool(arguments.adapter) == bool(arguments.client):
        return f"name a client, --client {NAMES[0]}, or give an adapter of your own, --adapter"
    if arguments.name is not None and not _names_a_folder(arguments.name):
        return f"--name {arguments.name!a} cannot be the name of a folder"
    if arguments.client_version == "":
        return "--client-version '' is no version"
    if arguments.client_version is not None and len(arguments.client) != 1:
        return "--client-version goes with one --client"
    return None


def _names_a_folder(name: str) -> bool:
    return name.isprintable() and not set("/\\") & set(name) and name not in (".", "..")


def _scenarios(arguments: argparse.Namespace) -> tuple[list[Played], bool]:
    """Return the scenarios that are asked for, and whether every one of the file could be read."""
    from cosmos_retry.stand.product import scenarios
    from cosmos_retry.stand.scenario_file import read_scenarios

    found: list[Played] = []
    is_whole = True
    for one in read_scenarios(str(arguments.scenarios)) if arguments.scenarios else scenarios():
        if isinstance(one, Unreadable):
            print(one, file=sys.stderr)
            is_whole = False
        elif not arguments.only or any(fnmatch.fnmatchcase(one.id, glob) for glob in arguments.only):
            found.append(one)
    return found, is_whole


def _run_client(name: str, scenarios: list[Played], arguments: argparse.Namespace) -> int:
    from cosmos_retry.stand import absence
    from cosmos_retry.stand.errors import AdapterError, UnavailableError
    from cosmos_retry.stand.lane import Run
    from cosmos_retry.stand.session import session

    limit_s = arguments.limit or (_LIMIT_REAL_S if arguments.real_time else _LIMIT_S)
    try:
        client = _ready(name, arguments)
        how = Run(client, "real" if arguments.real_time else "compressed", limit_s, arguments.jobs)
        one = session(how, scenarios, arguments.out, _note)
    except (UnavailableError, AdapterError) as error:
        absence.leave(arguments.out, name, str(error))
        who = "" if isinstance(error, UnavailableError) else f"{name}: "
        return _complain(f"{who}{error}", UNAVAILABLE)
    except ValueError as error:
        return _complain(f"--adapter: {error}", WRONG)
    absence.clear(arguments.out, name)
    progress = one.go()
    say(f"{progress.summary()}; records: {one.path}")
    return PROBLEM if progress.problems else DONE


def _ready(name: str, arguments: argparse.Namespace) -> Ready:
    from cosmos_retry.stand import clients

    if not arguments.adapter:
        return clients.ready(name, arguments.client_version, arguments.out / "cache")
    command = tuple(shlex.split(arguments.adapter))
    if not command:
        raise ValueError("the command is empty")
    return clients.adapter(name, command)


def _note(text: str) -> None:
    print(one_line(f"cosmos-retry stand: {text}"), file=sys.stderr)


def _complain(reason: str, status: int) -> int:
    _note(reason)
    return status
