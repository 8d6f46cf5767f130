"""`cosmos-retry mutate`: the contract broken one change at a time, and what notices each of them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from cosmos_retry.commands.parsing import Subparsers, add_command, count, jobs, place, some
from cosmos_retry.commands.terminal import say
from cosmos_retry.contract import load_contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.places import check_file, write


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "break the contract one change at a time, and show what notices"
    parser = add_command(
        commands, "mutate", summary, 'cosmos-retry mutate --operator "drop a guard" --jobs 2'
    )
    parser.add_argument("--row", action="append", default=[], metavar="ID", help="this row or parameter only")
    parser.add_argument("--operator", action="append", default=[], metavar="NAME", help="this operator only")
    parser.add_argument("--sample", type=some, metavar="N", help="so many mutants at most")
    parser.add_argument("--seed", type=count, default=0, metavar="N", help="of the sample (default: 0)")
    parser.add_argument("--jobs", type=jobs, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument(
        "--cases", type=place, metavar="FILE", help="stories (default: those of the checkout)"
    )
    parser.add_argument("--no-vectors", action="store_true", help="leave the vectors out of the judges")
    parser.add_argument("--json", type=place, metavar="FILE", help="write the matrix as JSON")
    parser.add_argument("--markdown", type=place, metavar="FILE", help="write the matrix as a page")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Try the mutants; 0 where nothing survives, 1 where something does, 2 for wrong arguments."""
    # Here, not above: the other commands need not wait for the explorer.
    from cosmos_retry.mutation.matrix import counts, page, plain, survivors
    from cosmos_retry.mutation.operators import NAMES, chosen
    from cosmos_retry.mutation.running import tried
    from cosmos_retry.mutation.stories import committed

    for file in (arguments.json, arguments.markdown):
        if file is not None:
            check_file(file)
    contract = load_contract()
    subjects = (*contract.rows, *contract.profile.parameters)
    for names, known, what in ((arguments.row, subjects, "row"), (arguments.operator, NAMES, "operator")):
        for name in names:
            if name not in known:
                return _complain(f"no {what} is named {name!r}")
    mutants = chosen(contract, arguments.row, arguments.operator, arguments.sample, arguments.seed)
    outcomes = list(tried(mutants, arguments.cases or committed(), arguments.jobs, not arguments.no_vectors))
    _print(counts(outcomes))
    left = list(survivors(outcomes))
    for line in left:
        say(f"survived: {line}")
    if arguments.json is not None:
        write(arguments.json, json.dumps(plain(outcomes), indent=1) + "\n")
    if arguments.markdown is not None:
        write(arguments.markdown, page(outcomes))
    return int(bool(left))


def _print(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for name, *cells in lines:
        numbers = (f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        say("  ".join((f"{name:{widths[0]}}", *numbers)))


def _complain(reason: str) -> int:
    print(one_line(f"cosmos-retry mutate: {reason}"), file=sys.stderr)
    return 2
