"""`cosmos-retry judge`: a verdict on each trace, and a count at the end."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator

from cosmos_retry.alternatives import alternatives
from cosmos_retry.commands.parsing import Subparsers, add_command, add_format, amount, count
from cosmos_retry.commands.terminal import coloured, say, say_json
from cosmos_retry.contract import Contract, load_contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.holes.declared import EXACT, Holes
from cosmos_retry.reading import Unreadable, read_traces
from cosmos_retry.search import CONFORMS, UNOBSERVABLE
from cosmos_retry.trace import MOST_MISSING
from cosmos_retry.units import seconds_to_us
from cosmos_retry.verdict import CANNOT_TELL, VERDICTS, VIOLATES, Verdict, judge

UNREADABLE = "unreadable"
_WIDTH = max(map(len, VERDICTS)) + 2
_SUMMARY = "judge what was recorded of real clients, one trace a line"


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    parser = add_command(commands, "judge", _SUMMARY, "cosmos-retry judge traces.jsonl --format json")
    parser.description = (
        f"{_SUMMARY.capitalize()}.\n\nExit status: 0 where nothing violates the contract, 1 where something "
        "does,\n2 where any input could not be read."
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON Lines, plain or gzip; - is standard input"
    )
    parser.add_argument("--id", metavar="ID", help="judge only the traces of this id")
    parser.add_argument("--all", action="store_true", help="explain every verdict, not the violations alone")
    parser.add_argument(
        "--run",
        action="store_true",
        dest="show_run",
        help="show the run that explains each trace",
    )
    holes = parser.add_argument_group(
        "holes of the record", "Each widens what a trace says of itself, and never narrows it."
    )
    for option, kind, metavar, says in (
        ("--clock-tolerance", amount, "SECONDS", "how far a time may be from the true one, either side"),
        ("--jitter", amount, "SECONDS", "how far a client's move may be from the time it was meant for"),
        ("--missing-attempts", _few, "N", "how many attempts, with their answers, may be missing"),
        ("--missing-responses", _few, "N", "how many answers to attempts that were seen may be missing"),
    ):
        holes.add_argument(option, type=kind, metavar=metavar, default=0, help=f"{says} (default: 0)")
    add_format(parser)
    parser.set_defaults(run=run)


def _few(text: str) -> int:
    number = count(text)
    if number > MOST_MISSING:
        raise argparse.ArgumentTypeError(f"{text!a} is not permitted: {MOST_MISSING} at most")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Judge the files; 0 where nothing violates, 1 where something does, 2 where a line is no trace."""
    contract = load_contract()
    counts: Counter[str] = Counter(dict.fromkeys((*VERDICTS, UNREADABLE), 0))
    as_json = arguments.format == "json"
    holes = Holes(
        clock_us=seconds_to_us(arguments.clock_tolerance),
        jitter_us=seconds_to_us(arguments.jitter),
        attempts=arguments.missing_attempts,
        answers=arguments.missing_responses,
    )
    widened = holes != EXACT
    for found in read_traces(arguments.files, holes=holes) if widened else read_traces(arguments.files):
        if isinstance(found, Unreadable):
            counts[UNREADABLE] += 1
            _print_unreadable(found, as_json)
        elif arguments.id is None or arguments.id in (found.id, one_line(found.id)):
            verdict = judge(found, contract, holes if widened else None, run=arguments.show_run)
            if as_json and verdict.verdict == UNOBSERVABLE and not verdict.run:
                # Facts that were not seen are holes too, though none was declared.
                verdict = judge(found, contract, run=True)
            counts[verdict.verdict] += 1
            if as_json:
                says = {cite: contract.clauses[cite].says for cite in verdict.cites}
                say_json({"kind": "verdict", **verdict.to_json(), "clauses": says})
            else:
                _print_verdict(verdict, contract, arguments.all)
                if arguments.show_run:
                    _print_run(verdict)
    _print_summary(counts, as_json)
    if arguments.id is not None and not sum(counts[verdict] for verdict in VERDICTS):
        print(one_line(f"cosmos-retry judge: no trace has the id {arguments.id!r}"), file=sys.stderr)
        return 2
    return 2 if counts[UNREADABLE] else int(counts[VIOLATES] > 0)


def _print_unreadable(found: Unreadable, as_json: bool) -> None:
    if as_json:
        place = {"file": found.file, "line": found.line, "field": found.field}
        say_json({"kind": UNREADABLE, **place, "reason": found.reason})
    else:
        print(found, file=sys.stderr)


def _print_verdict(verdict: Verdict, contract: Contract, explain_all: bool) -> None:
    why = f"  {verdict.reason}"
    if verdict.verdict == VIOLATES:
        why = f"  event {verdict.event}:{why[1:]}"
    elif verdict.verdict == UNOBSERVABLE:
        why = f"  {_cannot_tell(verdict)}"
    elif verdict.verdict == CONFORMS:
        why = f"  [assumes {', '.join(verdict.assumptions)}]" if verdict.assumptions else ""
    print(coloured(verdict.verdict, _WIDTH) + one_line(verdict.id + why))
    if verdict.verdict == VIOLATES or explain_all:
        for line in _explanation(verdict, contract):
            say(" " * _WIDTH + line)


def _cannot_tell(verdict: Verdict) -> str:
    """What the verdict depends on."""
    parts = (part.removeprefix("cannot be seen: ").removeprefix("cannot be told: ") for part in verdict.open)
    return f"{CANNOT_TELL}: depends on {'; '.join(parts)}"


def _print_run(verdict: Verdict) -> None:
    """Print the run as a table: when, which event of the trace, what happened, and the row that took it."""
    table = [step.cells() for step in verdict.run]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        line = "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
        say(" " * _WIDTH + line.rstrip())


def _explanation(verdict: Verdict, contract: Contract) -> Iterator[str]:
    for cite in verdict.cites:
        yield f"{cite}: {contract.clauses[cite].says}"
    for name in verdict.assumptions:
        yield f"assumes {name}: {contract.assumptions[name].choice}"
    for move in alternatives(verdict, contract):
        yield f"permitted instead: {move.describe()}"
    yield from verdict.notes


def _print_summary(counts: Counter[str], as_json: bool) -> None:
    traces = sum(counts[verdict] for verdict in VERDICTS)
    if as_json:
        say_json({"kind": "summary", "traces": traces, **counts})
        return
    parts = ", ".join(f"{verdict} {counts[verdict]}" for verdict in VERDICTS)
    say(f"{traces} trace{'s' * (traces != 1)}: {parts}; unreadable lines {counts[UNREADABLE]}")
