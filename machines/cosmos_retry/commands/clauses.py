"""`cosmos-retry clauses`: the register of clauses, or how documents at hand differ from it."""

from __future__ import annotations

import argparse
import sys

import attrs

from cosmos_retry.clauses import load_register, print_findings, print_register, verify
from cosmos_retry.commands.parsing import Subparsers, add_command, add_format, place
from cosmos_retry.commands.terminal import say_json


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "list the clauses of the documents and what became of each"
    parser = add_command(commands, "clauses", summary, "cosmos-retry clauses --verify documents")
    parser.add_argument(
        "--verify",
        metavar="DIR",
        type=place,
        help="compare the register with the documents in DIR; exit status 1 where they differ",
    )
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the register, or the findings; 1 where there is a finding."""
    clauses = load_register()
    if arguments.verify is None:
        if arguments.format == "text":
            print_register(clauses, sys.stdout)
        else:
            for clause in clauses.values():
                say_json(attrs.asdict(clause))
        return 0
    findings = verify(clauses, arguments.verify)
    if arguments.format == "text":
        return print_findings(findings, sys.stdout)
    for finding in findings:
        say_json(attrs.asdict(finding))
    return int(any(finding.kind != "absent" for finding in findings))
