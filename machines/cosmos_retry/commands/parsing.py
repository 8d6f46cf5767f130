"""What the commands' parsers share: how a command looks in the help, and the kinds of values it takes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cosmos_retry.excerpt import excerpt
from cosmos_retry.parameters import MOST_RETRIES

Subparsers = Any  # argparse names the class of its subparsers nowhere in public
MOST_AMOUNT = 1e9  # seconds or milliseconds; whoever waits needs a number that clocks take
_MOST_JOBS = 256
_LONGEST_PATIENCE_S = 86_400.0
_MOST_DIGITS = 9


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
        raise argparse.ArgumentTypeError(f"{excerpt(text)} is no list of names: write West US,East US")
    return found


def count(text: str) -> int:
    """Return a whole number of 0 or more; raises ArgumentTypeError for anything else."""
    return _whole(text, 0)


def some(text: str) -> int:
    """Return a whole number of 1 or more; raises ArgumentTypeError for anything else."""
    return _whole(text, 1)


def jobs(text: str) -> int:
    """Return how many processes, from 1 to 256, both included; raises ArgumentTypeError for anything else."""
    return _whole(text, 1, _MOST_JOBS)


def retries(text: str) -> int:
    """Return a number of retries, 0 to `MOST_RETRIES`, both included; raises ArgumentTypeError otherwise."""
    return _whole(text, 0, MOST_RETRIES)


def amount(text: str) -> float:
    """Return a number from 0 to `MOST_AMOUNT`, both included; raises ArgumentTypeError for anything else."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= MOST_AMOUNT:
        raise argparse.ArgumentTypeError(
            f"{excerpt(text)} is not permitted: a number from 0 to {MOST_AMOUNT:.0f}, both included"
        )
    return number


def patience(text: str) -> float:
    """Return real seconds to wait, above 0 and up to a day, included; raises ArgumentTypeError otherwise."""
    number = amount(text)
    if not 0 < number <= _LONGEST_PATIENCE_S:
        permitted = f"a number above 0 and up to {_LONGEST_PATIENCE_S:.0f}, included"
        raise argparse.ArgumentTypeError(f"{excerpt(text)} is not permitted: {permitted}")
    return number


def place(text: str) -> Path:
    """Return where a file or a folder is; raises ArgumentTypeError for an empty text."""
    if not text:
        # What comes out of a variable of the shell that is not set; it must not mean the folder we are in.
        raise argparse.ArgumentTypeError("'' is no place: write the name of a file or a folder")
    return Path(text)


def _whole(text: str, least: int, most: int | None = None) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    if not (digits and least <= int(text) and (most is None or int(text) <= most)):
        permitted = f"of {least} or more" if most is None else f"from {least} to {most}, both included"
        raise argparse.ArgumentTypeError(f"{excerpt(text)} is not permitted: a whole number {permitted}")
    return int(text)
