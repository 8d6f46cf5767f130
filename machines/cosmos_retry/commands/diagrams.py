"""`cosmos-retry diagrams`: the lifecycles drawn, or whether the drawings that are kept are still right."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cosmos_retry.commands.parsing import Subparsers, add_command, place
from cosmos_retry.commands.terminal import say
from cosmos_retry.excerpt import one_line
from cosmos_retry.places import check_folder


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "draw the contract as state diagrams"
    parser = add_command(commands, "diagrams", summary, "cosmos-retry diagrams --out diagrams")
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=place,
        default=Path("diagrams"),
        help="where they lie (default: diagrams)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="draw nothing: exit status 1 where DIR is not what the contract draws",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw, or compare; 0 where all is well, 1 for a difference, 2 where nothing can be drawn."""
    # Here, not above: the other commands need not wait for what draws.
    from cosmos_retry.diagrams import check_diagrams, write_diagrams
    from cosmos_retry.render import RenderError

    if arguments.check:
        differences = check_diagrams(arguments.out)
        for difference in differences:
            say(difference)
        if not differences:
            say(f"{arguments.out}: agrees with the contract")
        return int(bool(differences))
    check_folder(arguments.out)
    try:
        files = write_diagrams(arguments.out)
    except RenderError as error:
        print(one_line(f"cosmos-retry diagrams: {error}"), file=sys.stderr)
        return 2
    say(f"{arguments.out}: {len(files)} files")
    return 0
