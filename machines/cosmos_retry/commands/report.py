"""`cosmos-retry report`: what was judged, as a page to read and to hand on."""

from __future__ import annotations

import argparse
import sys

from cosmos_retry.commands.parsing import Subparsers, add_command, place
from cosmos_retry.commands.terminal import say
from cosmos_retry.places import check_folder


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "judge recorded traffic and write a report on it"
    parser = add_command(commands, "report", summary, "cosmos-retry report traces.jsonl --out report")
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON Lines, plain or gzip; - is standard input"
    )
    parser.add_argument("--out", metavar="DIR", type=place, required=True, help="where to write it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the report; 0 where every line was a trace, whatever the verdicts, else 2."""
    try:
        # Here, not above: only an installation with the extra `report` has what it needs.
        from cosmos_retry.report import write_report
    except ModuleNotFoundError as error:
        if error.name != "jinja2":
            raise
        print("cosmos-retry report: needs jinja2, run: pip install 'cosmos-retry[report]'", file=sys.stderr)
        return 2
    check_folder(arguments.out)
    written = write_report(arguments.files, arguments.out)
    for complaint in written.complaints:
        print(complaint, file=sys.stderr)
    if written.unreadable > len(written.complaints):
        print(f"and {written.unreadable - len(written.complaints)} more unreadable lines", file=sys.stderr)
    files = " and ".join(str(file) for file in written.files)
    say(f"{written.traces} trace{'s' * (written.traces != 1)} reported in {files}")
    return 2 if written.unreadable else 0
