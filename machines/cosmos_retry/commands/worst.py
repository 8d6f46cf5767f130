"""`cosmos-retry worst`: the longest wait and the most requests that a fault can cause."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec

from cosmos_retry import trace
from cosmos_retry.commands.parsing import Subparsers, add_command, amount, count, place, retries
from cosmos_retry.commands.terminal import say, say_json
from cosmos_retry.config import OPERATIONS, READS, Config, timeout_range_s
from cosmos_retry.contract import load_contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.places import check_file, write
from cosmos_retry.units import seconds_to_us
from cosmos_retry.worst import Most, Reached, WorstCase, worst_cases
from cosmos_retry.worst.amplification import ANY_NUMBER, time_text
from cosmos_retry.worst.page import page
from cosmos_retry.worst.settings import setting_of
from cosmos_retry.worst.traces import trace_of

METADATA = "metadata"
_MOST_REGIONS = 8  # the search takes the longer the more there are


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    parser = add_command(
        commands,
        "worst",
        "work out the longest wait and the most requests that a fault can cause",
        "cosmos-retry worst --operation create --mode gateway --regions 3 --write-regions 3 "
        "--multiple-write-locations",
    )
    operations = (*OPERATIONS, METADATA)
    parser.add_argument("--operation", choices=operations, default="create", metavar="OPERATION")
    parser.add_argument("--mode", choices=get_args(trace.Mode), default="direct", metavar="MODE")
    parser.add_argument("--consistency", choices=get_args(trace.Level), default="Session", metavar="LEVEL")
    parser.add_argument("--regions", type=count, default=1, metavar="N", help="how many regions (default: 1)")
    parser.add_argument(
        "--write-regions", type=count, default=1, metavar="N", help="how many of them accept writes"
    )
    parser.add_argument("--multiple-write-locations", action="store_true", help="the client uses them")
    parser.add_argument("--request-timeout-s", type=amount, metavar="N", help="in Direct mode")
    parser.add_argument("--max-retries", type=retries, metavar="N", help="the limit of retries after a 429")
    parser.add_argument("--max-wait-s", type=amount, metavar="N", help="the limit of time for them")
    parser.add_argument("--json", action="store_true", help="JSON Lines: one object for each fault")
    parser.add_argument("--trace", metavar="FAULT", help="print the runs that reach the numbers, as traces")
    parser.add_argument(
        "--markdown", type=place, metavar="FILE", help="write the page of many configurations"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the worst cases of one configuration, or write the page; 2 for wrong arguments."""
    if arguments.markdown is not None:
        return _write(arguments.markdown)
    reason = _wrong(arguments)
    if reason is not None:
        return _complain(reason)
    config, lifecycle = _config(arguments)
    cases = worst_cases(load_contract(), config, lifecycle)
    if arguments.trace is not None:
        return _traces(arguments.trace, cases, config)
    if arguments.json:
        for case in cases:
            say_json(_plain(case))
    else:
        _print(cases)
    return 0


def _wrong(arguments: argparse.Namespace) -> str | None:
    """Why these arguments are no configuration, or None."""
    if not 1 <= arguments.regions <= _MOST_REGIONS:
        return f"--regions {arguments.regions} is not permitted: 1 to {_MOST_REGIONS}, both included"
    if not 1 <= arguments.write_regions <= arguments.regions:
        return f"--write-regions {arguments.write_regions} is not permitted: 1 to {arguments.regions}"
    low, high = timeout_range_s()
    timeout = arguments.request_timeout_s
    if timeout is not None and not low <= timeout <= high:
        return f"--request-timeout-s {timeout:g} is outside {low:g} to {high:g} s (inclusive)"
    return None


def _config(arguments: argparse.Namespace) -> tuple[Config, str]:
    wait, timeout = arguments.max_wait_s, arguments.request_timeout_s
    operation = "point_read" if arguments.operation == METADATA else arguments.operation
    config = setting_of(
        operation,
        "gateway" if arguments.operation == METADATA else arguments.mode,
        arguments.consistency,
        arguments.regions,
        arguments.write_regions,
        multiple=arguments.multiple_write_locations,
        retries=arguments.max_retries,
        wait_us=None if wait is None else seconds_to_us(wait),
        timeout_us=None if timeout is None else seconds_to_us(timeout),
    )
    lifecycle = METADATA if arguments.operation == METADATA else READS.get(operation, "write")
    return config, lifecycle


def _print(cases: Sequence[WorstCase]) -> None:
    rows = [("fault", "longest", "requests", "in one region", "rests on")]
    for case in cases:
        numbers = (_number(case.requests), _number(case.in_one_region))
        rows.append((case.fault, time_text(case.longest), *numbers, ", ".join(case.assumptions) or "-"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        say("  ".join((*(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)), row[-1])))
    for case in cases:
        if case.requests.bound is None:
            reason = ", ".join(case.requests.unbounded_by) or "the documents"
            say(f"{case.fault}: the requests are not bounded, only time bounds them ({reason})")
        if not case.exact:
            say(f"{case.fault}: no run was found that reaches every bound")
        if case.stuck:
            say(f"{case.fault}: the contract permits no move in {', '.join(case.stuck)}")


def _number(most: Most) -> str:
    return ANY_NUMBER if most.bound is None else str(most.bound)


def _plain(case: WorstCase) -> dict[str, Any]:
    lines = (
        None
        if case.longest is None
        else [
            {
                "text": line.text,
                "waits_us": line.waits_us,
                "attempts_t": line.attempts,
                "from_t_us": line.from_us,
                "exact": line.exact,
            }
            for line in case.longest
        ]
    )
    return {
        "fault": case.fault,
        "longest": lines,
        "requests": case.requests.bound,
        "in_one_region": case.in_one_region.bound,
        "unbounded_by": case.requests.unbounded_by,
        "exact": case.exact,
        "assumptions": case.assumptions,
    }


def _traces(fault: str, cases: Sequence[WorstCase], config: Config) -> int:
    case = next((one for one in cases if one.fault == fault), None)
    if case is None:
        return _complain(f"no fault is named {fault!r}; known: {'; '.join(one.fault for one in cases)}")
    named: list[tuple[str, Reached | None]] = [("longest", one.witness) for one in case.longest or ()]
    named += [("requests", case.requests.witness), ("in one region", case.in_one_region.witness)]
    for name, reached in named:
        if reached is not None:
            say_json(msgspec.to_builtins(trace_of(f"{case.fault}: {name}", config, reached)))
    return 0


def _write(file: Path) -> int:
    try:
        check_file(file)
        write(file, page(load_contract()))
    except OSError as error:
        return _complain(f"cannot write {file}: {error.strerror}")
    return 0


def _complain(reason: str) -> int:
    print(one_line(f"cosmos-retry worst: {reason}"), file=sys.stderr)
    return 2
