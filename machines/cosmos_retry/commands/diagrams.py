"""`cosmos-retry diagrams`: the lifecycles drawn, or whether the drawings that are kept are still right."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cosmos_retry.commands.parsing import Subparsers, add_command
from cosmos_retry.excerpt import one_line


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "draw the contract as state diagrams"
    parser = add_command(commands, "diagrams", summary, "cosmos-retry diagrams --out diagrams")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("diagrams"), help="where they lie (default: diagrams)"
    )
    parser.add_argument(
        "--check", action="store_true", help="draw nothing: exit status 1 where DIR is not what would be drawn"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw, or compare."""
    return 0
