"""`cosmos-retry schema`: the format of a trace as JSON Schema."""

from __future__ import annotations

import argparse
import json

from cosmos_retry.commands.parsing import Subparsers, add_command
from cosmos_retry.trace import schema


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "print the format of a trace as JSON Schema"
    parser = add_command(commands, "schema", summary, "cosmos-retry schema > trace.schema.json")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print the schema."""
    print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return 0
