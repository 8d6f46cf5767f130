"""`cosmos-retry stand-report`: what the stand recorded of real clients, judged, as pages and as data."""

from __future__ import annotations

import argparse
import sys

from cosmos_retry.commands.parsing import Subparsers, add_command, place
from cosmos_retry.commands.terminal import say
from cosmos_retry.places import check_folder

DONE, WRONG, UNAVAILABLE = 0, 2, 3
_SUMMARY = "write a report on what the stand recorded of real clients"
_INSTALL = "cosmos-retry stand-report: needs {}, run: pip install 'cosmos-retry[report]'"


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    example = "cosmos-retry stand-report build/stand --out build/stand-report"
    parser = add_command(commands, "stand-report", _SUMMARY, example)
    parser.description = (
        f"{_SUMMARY.capitalize()}.\n\nDIR is the stand's --out, or the folder of one client in it.  Writes "
        "index.html, and for each client\nand version a page, Markdown, JSON and JUnit XML.\n\n"
        "Exit status: 0 where every line was a record, whatever the verdicts; 2 where one was none, or a\n"
        "DIR holds no records (the report has the others); 3 where jinja2 is missing."
    )
    parser.add_argument("folders", nargs="+", metavar="DIR", type=place, help="where the records are")
    parser.add_argument("--out", metavar="DIR", type=place, required=True, help="where to write it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the report; 0 where every line was a record, else 2."""
    try:
        # Here, not above: only an installation with the extra `report` has what it needs.
        from cosmos_retry.standreport import write_stand_report
    except ModuleNotFoundError as error:
        if error.name != "jinja2":
            raise
        print(_INSTALL.format(error.name), file=sys.stderr)
        return UNAVAILABLE
    check_folder(arguments.out)
    if sys.stderr.isatty():
        print("judging what was recorded", file=sys.stderr)
    written = write_stand_report(arguments.folders, arguments.out)
    for complaint in written.complaints:
        print(complaint, file=sys.stderr)
    clients = ", ".join(column.title for column in written.columns if not column.missing) or "no client"
    say(f"{written.cases} scenarios of {clients} reported in {written.files[0]}")
    return WRONG if written.complaints else DONE
