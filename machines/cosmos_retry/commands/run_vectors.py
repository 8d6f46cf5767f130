"""`cosmos-retry run-vectors`: hold a client in any language against the vectors."""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cosmos_retry.commands.parsing import Subparsers, add_command, count, jobs, patience, place, some
from cosmos_retry.commands.terminal import say
from cosmos_retry.contract import Contract, load_contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.harness.files import BadVectors, Found, read_vectors, vectors_dir
from cosmos_retry.harness.junit import junit
from cosmos_retry.harness.outcome import FAILED, OUTCOMES, SKIPPED, UNSPECIFIED, Outcome
from cosmos_retry.harness.running import CannotRun, Plan, Run, run
from cosmos_retry.harness.summary import as_json, table
from cosmos_retry.places import check_file, write

CONFORMS, VIOLATES, NOT_RUN = 0, 1, 2
_MOST_SHOWN = 20
_SUMMARY = "play the conformance vectors to a client, in any language, and judge each of its moves"


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    example = "cosmos-retry run-vectors --only 'write*' -- node examples/javascript/runner.mjs"
    parser = add_command(commands, "run-vectors", _SUMMARY, example)
    parser.description = (
        f"{_SUMMARY[0].upper()}{_SUMMARY[1:]}.\n\n"
        "The command is started, and asked in JSON Lines over its standard input and output what it\n"
        "does, in virtual time; spec/protocol.md is the page for whoever writes it.\n\n"
        "Exit status: 0 where nothing violates the contract, 1 where something does, or the program\n"
        "broke, 2 where the vectors could not be played."
    )
    option = parser.add_argument
    option("--vectors", type=place, metavar="PLACE", help="a file, or a directory of them")
    option("--only", metavar="GLOB", help="only the vectors whose id matches, as 'write-410*'")
    option("--json", type=place, metavar="FILE", help="write all outcomes to this file, too")
    option("--junit", type=place, metavar="FILE", help="write JUnit XML to this file, too")
    option("--jobs", type=jobs, default=1, metavar="N", help="programs at once (default: 1)")
    option(
        "--timeout",
        type=patience,
        default=5.0,
        metavar="S",
        help="real seconds to answer (default: 5; to start, 30)",
    )
    option("--restarts", type=count, default=20, metavar="N", help="of a broken program (default: 20)")
    option("--memory", type=some, metavar="MIB", help="limit the program's address space")
    option("--strict", action="store_true", help="count it as a failure where the documents are silent")
    option("--all", action="store_true", help=f"explain all failures, not {_MOST_SHOWN} at most")
    option("command", nargs="+", metavar="COMMAND", help="the program, after --")
    parser.set_defaults(run=run_command)


def run_command(arguments: argparse.Namespace) -> int:
    """Play the vectors; see the module for the exit status."""
    for file in (arguments.json, arguments.junit):
        if file is not None:
            check_file(file)
    plan = Plan(
        command=tuple(arguments.command),
        timeout_s=arguments.timeout,
        restarts=arguments.restarts,
        memory_mib=arguments.memory,
    )
    try:
        found = _chosen(arguments.vectors, arguments.only)
        started = time.monotonic()
        ran = run(found, plan, arguments.jobs)
        took = time.monotonic() - started
    except (BadVectors, CannotRun) as error:
        print(one_line(f"cosmos-retry run-vectors: {error}"), file=sys.stderr)
        return NOT_RUN
    contract = load_contract()
    wrong = [one for one in ran.outcomes if one.outcome in _wrong(arguments.strict)]
    _print(ran, wrong, contract, arguments.all, took)
    if arguments.json is not None:
        write(arguments.json, json.dumps(as_json(ran), indent=1) + "\n")
    if arguments.junit is not None:
        write(arguments.junit, junit(ran, contract))
    if ran.stopped or all(one.outcome == SKIPPED for one in ran.outcomes):
        reason = ran.stopped or "the program supports none of these vectors"
        print(one_line(f"cosmos-retry run-vectors: {reason}"), file=sys.stderr)
        return NOT_RUN
    return VIOLATES if wrong else CONFORMS


def _chosen(place: Path | None, only: str | None) -> list[Found]:
    found = read_vectors(vectors_dir() if place is None else place)
    chosen = [one for one in found if only is None or fnmatch.fnmatchcase(one.vector.id, only)]
    if not chosen:
        raise BadVectors(str(place or "the vectors"), "", f"no vector has an id that matches {only!a}")
    return chosen


def _wrong(strict: bool) -> tuple[str, ...]:
    return (FAILED, UNSPECIFIED) if strict else (FAILED,)


def _print(ran: Run, wrong: Sequence[Outcome], contract: Contract, explain_all: bool, took: float) -> None:
    who = ran.introduction
    say(f"{who.name} {who.version}".rstrip())
    for line in table(ran.outcomes):
        say(line)
    shown = wrong if explain_all else wrong[:_MOST_SHOWN]
    for one in shown:
        say()
        say(f"{one.outcome.upper()}  {one.id}  ({one.lifecycle}, {one.family})")
        for line in one.lines(contract):
            say(f"  {line}")
    if len(shown) < len(wrong):
        say()
        say(f"and {len(wrong) - len(shown)} more (--all shows them)")
    counts = Counter(one.outcome for one in ran.outcomes)
    say()
    say(
        f"{len(ran.outcomes)} vector{'s' * (len(ran.outcomes) != 1)} in {took:.1f} s: "
        + ", ".join(f"{counts[name]} {name}" for name in OUTCOMES)
        + (f"; the program was started again {ran.restarts} times" if ran.restarts else "")
    )
