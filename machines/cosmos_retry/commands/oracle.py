"""`cosmos-retry oracle`: a server that an implementation asks what is permitted, step by step."""

from __future__ import annotations

import argparse
import importlib.metadata
import sys

import msgspec

from cosmos_retry.commands.parsing import Subparsers, add_command
from cosmos_retry.contract import load_contract
from cosmos_retry.harness.messages import LONGEST_LINE
from cosmos_retry.harness.oracle_server import OracleServer
from cosmos_retry.lines import STDIN, Lost, numbered_lines

_SUMMARY = "answer questions on standard input about what a client may do"


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    example = """echo '{"kind": "hello", "protocol": 1}' | cosmos-retry oracle"""
    parser = add_command(commands, "oracle", _SUMMARY, f"{example}\n  cosmos-retry oracle < questions.jsonl")
    parser.description = (
        f"{_SUMMARY[0].upper()}{_SUMMARY[1:]}.\n\n"
        "Questions and answers are JSON Lines, one answer to each question; spec/protocol.md is the page.\n"
        "A question that makes no sense is answered with `refused`, and the next one is read."
    )
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Answer until standard input ends."""
    server = OracleServer(load_contract(), _version())
    encoder = msgspec.json.Encoder()
    for number, line in numbered_lines(STDIN, LONGEST_LINE):
        question = f"the line {line.reason}" if isinstance(line, Lost) else line.strip()
        if not question:
            continue
        sys.stdout.write(encoder.encode(server.answer(question, number)).decode() + "\n")
        sys.stdout.flush()
    return 0


def _version() -> str:
    try:
        return importlib.metadata.version("cosmos-retry")
    except importlib.metadata.PackageNotFoundError:
        return ""
