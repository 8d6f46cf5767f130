"""The command line: `cosmos-retry COMMAND`; what each command does is in `cosmos_retry.commands`."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, TextIO

from cosmos_retry.commands import (
    assumptions,
    check,
    clauses,
    diagrams,
    explain,
    export,
    gateway,
    judge,
    mutate,
    oracle,
    report,
    run_vectors,
    schema,
    stand,
    stand_report,
    vectors,
    worst,
)
from cosmos_retry.errors import ContractError
from cosmos_retry.excerpt import one_line

COMMANDS = (
    judge,
    explain,
    report,
    gateway,
    stand,
    stand_report,
    run_vectors,
    vectors,
    oracle,
    check,
    mutate,
    worst,
    clauses,
    assumptions,
    diagrams,
    export,
    schema,
)
DONE, FAILED, INTERRUPTED, PIPE_CLOSED = 0, 2, 130, 141
_EXAMPLES = """\
examples:
  cosmos-retry judge traces.jsonl
  cosmos-retry explain 404/1002
  cosmos-retry explain --operation create --fault timeout-sent
  cosmos-retry report traces.jsonl --out report
  cosmos-retry gateway --scene scene.json --record played.jsonl
  cosmos-retry stand --client azure-cosmos-aio
  cosmos-retry stand-report build/stand --out build/stand-report
  cosmos-retry run-vectors -- node runner.mjs
  cosmos-retry vectors --check
  cosmos-retry oracle < questions.jsonl
  cosmos-retry clauses
  cosmos-retry assumptions window-scope
  cosmos-retry diagrams --out diagrams
  cosmos-retry check --lifecycle write --regions 2
  cosmos-retry mutate --row write.unsent.retry
  cosmos-retry worst --operation create --mode direct --regions 2
  cosmos-retry export promela --out build/promela
  cosmos-retry schema
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; `argv` is without the program's name.

    2 stands for wrong arguments, for input that could not be read, and for a contract that is broken; what
    else a status means is the command's to say.  A reader that closes its end of the pipe and Ctrl-C end the
    command quietly, with 141 and 130.
    """
    for stream in (sys.stdout, sys.stderr):
        # A region's name may hold letters that the terminal's encoding lacks.
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")
    try:
        status = _run(argv)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _silence(sys.stdout)
        return PIPE_CLOSED
    except OSError as error:
        _silence(sys.stdout)
        where = f"{error.filename}: " if error.filename is not None else ""
        return _complain(f"{where}{error.strerror or error}")
    return status


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else DONE
    try:
        status: int = arguments.run(arguments)
    except ContractError as error:
        return _complain(str(error))
    return status


class _Parser(argparse.ArgumentParser):
    """A parser that complains in one line; the usage is there for the asking."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end with 2."""
        self.exit(FAILED, one_line(f"{self.prog}: {message} (see {self.prog} --help)") + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="cosmos-retry",
        description="What an Azure Cosmos DB client must do when a request fails.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"cosmos-retry {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.register(commands)
    return parser


def _version() -> str:
    try:
        return importlib.metadata.version("cosmos-retry")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed: run from a checkout)"


def _complain(reason: str) -> int:
    """Say in one line why the command stopped."""
    print(one_line(f"cosmos-retry: {reason}"), file=sys.stderr)
    return FAILED


def _silence(stream: TextIO | None) -> None:
    """Let what is still in a broken stream's buffer go nowhere, so that Python's own end stays quiet."""
    try:
        target = os.open(os.devnull, os.O_WRONLY)
        os.dup2(target, stream.fileno() if stream is not None else target)
        os.close(target)
    except (OSError, ValueError):
        pass  # a stream without a file behind it has nothing to lose


if __name__ == "__main__":
    sys.exit(main())
