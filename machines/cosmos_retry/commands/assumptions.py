"""`cosmos-retry assumptions`: what the documents leave open, and how the contract settles it."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator

from cosmos_retry.assumptions import Assumption
from cosmos_retry.commands.parsing import Subparsers, add_command
from cosmos_retry.commands.terminal import say
from cosmos_retry.contract import Contract, Row, load_contract
from cosmos_retry.excerpt import one_line

_WIDTH = 100
_INDENT = 14


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "list what the documents leave open, and how it is settled"
    parser = add_command(commands, "assumptions", summary, "cosmos-retry assumptions window-scope")
    parser.add_argument("id", nargs="?", metavar="ID", help="this assumption only")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the register, or one entry; 2 for an id that it does not hold."""
    contract = load_contract()
    register = contract.assumptions
    if arguments.id is not None and arguments.id not in register:
        known = ", ".join(register)
        message = f"cosmos-retry assumptions: no assumption is named {arguments.id!r}; known: {known}"
        print(one_line(message), file=sys.stderr)
        return 2
    for name in [arguments.id] if arguments.id is not None else register:
        _print(register[name], contract)
    return 0


def _print(assumption: Assumption, contract: Contract) -> None:
    say(f"{assumption.id} ({assumption.kind})")
    fields = [("Question", assumption.question)]
    fields += [("Reading", reading) for reading in assumption.readings]
    fields += [("Choice", assumption.choice), ("Why", assumption.why)]
    fields += [("Clauses", ", ".join(assumption.clauses) or "none")]
    fields += [("Rows", ", ".join(row.id for row in resting_rows(assumption.id, contract)) or "none")]
    numbers = [key for key, one in contract.profile.parameters.items() if one.assumption == assumption.id]
    fields += [("Numbers", ", ".join(numbers))] if numbers else []
    for field, text in fields:
        first = f"  {field + ':':{_INDENT - 2}}"
        lines = textwrap.wrap(
            text, _WIDTH, initial_indent=first, subsequent_indent=" " * _INDENT, break_on_hyphens=False
        )
        for line in lines:
            say(line)
    say()


def resting_rows(name: str, contract: Contract) -> Iterator[Row]:
    """Yield the rows that rest on an assumption themselves, or by a value or a time that they look at."""
    words = contract.vocabulary
    for row in contract.rows.values():
        guards = [words.guards[guard] for guard in row.when]
        by_value = any(
            words.features[g.feature].rests_on.get(value) == name for g in guards for value in g.is_
        )
        by_time = any(words.instants[instant].rests_on == name for _, instant in row.bounds)
        if name in (row.basis, *row.rests_on) or by_value or by_time:
            yield row
