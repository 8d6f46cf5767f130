"""What the commands' parsers share: how a command looks in the help, and the kinds of values it takes."""

from __future__ import annotations

import argparse
import math
from typing import Any

Subparsers = Any  # argparse names the class of its subparsers nowhere in public


def add_command(commands: Subparsers, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """Return the parser of a new command; its help ends with the example."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    return parser


def add_format(parser: argparse.ArgumentParser) -> None:
    """Let a command write text or JSON Lines."""
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="text (the default), or JSON Lines"
    )


def names(text: str) -> tuple[str, ...]:
    """Return the names in a list with commas; raises ArgumentTypeError where there is none in it."""
    found = tuple(name.strip() for name in text.split(","))
    if not all(name and name.isprintable() for name in found):
        raise argparse.ArgumentTypeError(f"{text!a} is no list of names: write West US,East US")
    return found


def count(text: str) -> int:
    """Return a whole number of 0 or more; raises ArgumentTypeError for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(f"{text!a} is not permitted: a whole number of 0 or more")
    return int(text)


def some(text: str) -> int:
    """Return a whole number of 1 or more; raises ArgumentTypeError for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!a} is not permitted: a whole number of 1 or more")
    return int(text)


def amount(text: str) -> float:
    """Return a finite number of 0 or more; raises ArgumentTypeError for anything else."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!a} is not permitted: a finite number of 0 or more")
    return number
