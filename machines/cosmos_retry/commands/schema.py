"""`cosmos-retry schema`: the formats of the project as JSON Schema."""

from __future__ import annotations

import argparse
import json

from cosmos_retry import trace
from cosmos_retry.commands.parsing import Subparsers, add_command
from cosmos_retry.harness import protocol
from cosmos_retry.vectors import vector

FORMATS = {"trace": trace.schema, "vectors": vector.schema, "protocol": protocol.schema}


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "print a format as JSON Schema: of a trace, of a file of vectors, or of the protocol"
    parser = add_command(commands, "schema", summary, "cosmos-retry schema > trace.schema.json")
    parser.add_argument("format", nargs="?", choices=FORMATS, default="trace", help="trace is the default")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    print(json.dumps(FORMATS[arguments.format](), indent=2, ensure_ascii=False))
    return 0
