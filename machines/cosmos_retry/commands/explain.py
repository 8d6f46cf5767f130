"""`cosmos-retry explain`: what a status code means, or what happens step by step when a request fails."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import get_args

import msgspec

from cosmos_retry import trace
from cosmos_retry.catalogue import Catalogue, explain, load_catalogue, parse_code
from cosmos_retry.commands.parsing import Subparsers, add_command, add_format, amount, count, names, retries
from cosmos_retry.commands.steps import print_walkthrough, walkthrough_json
from cosmos_retry.commands.terminal import say, say_json
from cosmos_retry.config import ConfigError
from cosmos_retry.contract import load_contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.invariants.faults import is_success
from cosmos_retry.scenario import FAILURES, TIMEOUT_S, Fault, Scenario, parse_fault
from cosmos_retry.walkthrough import walk

_REGIONS = ("West US", "East US")
_UNLISTED = "answer_unlisted"


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    parser = add_command(
        commands,
        "explain",
        "say what a status code means, or what a client does about a fault, step by step",
        "cosmos-retry explain 404/1002\n"
        "  cosmos-retry explain --operation create --fault 410/1002 --fault timeout-sent",
    )
    parser.add_argument(
        "code", nargs="?", metavar="CODE", help="a status (404), one with a substatus (404/1002)"
    )
    add_format(parser)
    group = parser.add_argument_group("step by step", "What one client does that keeps to the contract.")
    _add_choice(group, "--operation", get_args(trace.Operation))
    group.add_argument(
        "--fault",
        action="append",
        type=_fault,
        metavar="FAULT",
        help=f"a status such as 503 or 410/1002, or {', '.join(FAILURES)}; several are met in turn and the "
        "last one lasts",
    )
    group.add_argument(
        "--times", type=count, metavar="N", help="the first N attempts meet a fault, then all is well"
    )
    _add_choice(group, "--mode", get_args(trace.Mode), "direct")
    _add_choice(group, "--consistency", get_args(trace.Level), "Session")
    group.add_argument(
        "--regions", type=names, metavar="LIST", default=_REGIONS, help=f"default: {','.join(_REGIONS)}"
    )
    group.add_argument(
        "--write-regions", type=names, metavar="LIST", help="default: the first of the regions"
    )
    group.add_argument(
        "--preferred", type=names, metavar="LIST", default=(), help="the client's preferred locations"
    )
    group.add_argument("--multiple-write-locations", action="store_true", help="the client uses them")
    group.add_argument("--retry-after-ms", type=amount, metavar="N", help="the wait that a 429 asks for")
    timeouts = " and ".join(f"{seconds:g} in {mode.title()} mode" for mode, seconds in TIMEOUT_S.items())
    group.add_argument(
        "--request-timeout-s", type=amount, metavar="N", help=f"default: {timeouts}, fixed in the latter"
    )
    group.add_argument(
        "--max-retries", type=retries, metavar="N", help="the client's limit of retries after a 429"
    )
    group.add_argument("--max-wait-s", type=amount, metavar="N", help="the client's limit of time for them")
    group.add_argument("--trace", action="store_true", help="print the run as a trace, as `judge` reads it")
    parser.set_defaults(run=lambda arguments: run(arguments, parser))


def _add_choice(
    group: argparse._ArgumentGroup, flag: str, choices: Sequence[str], default: str | None = None
) -> None:
    shown = ", ".join(choices) + (f" (default: {default})" if default else "")
    group.add_argument(flag, choices=choices, default=default, metavar=flag.strip("-").upper(), help=shown)


def _fault(text: str) -> Fault:
    try:
        return parse_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Explain a code or a run.

    0 where that was done, 1 where nothing is known of the code, 2 for wrong arguments and for a run without
    an end.
    """
    stepwise = arguments.operation is not None or arguments.fault is not None
    if (arguments.code is None) != stepwise:
        return _complain(parser, "give either a CODE, or --operation and --fault")
    if arguments.code is not None:
        return _explain_code(arguments, parser)
    if arguments.operation is None or arguments.fault is None:
        return _complain(parser, "--operation and --fault belong together")
    try:
        return _explain_run(arguments, parser)
    except ConfigError as error:
        return _complain(parser, str(error))


def _explain_code(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    try:
        status, substatus = parse_code(arguments.code)
    except ValueError as error:
        return _complain(parser, str(error))
    catalogue = load_catalogue()
    found = catalogue.lookup(status, substatus)
    if arguments.format == "text":
        print(explain(catalogue, status, substatus))
        if not found:
            for line in _what_is_known(arguments.code, status, catalogue):
                say(line)
    else:
        for entry in found:
            say_json({"code": entry.label, **_fields(entry)})
    return 0 if found else 1


def _what_is_known(code: str, status: int | None, catalogue: Catalogue) -> Iterator[str]:
    """What helps somebody further whose code is not in the catalogue."""
    if status is None and not code.strip().startswith("/"):
        yield f"{code.strip()} is read as a substatus: it is no HTTP status, those are 100 to 599."
    statuses = dict.fromkeys(entry.status for entry in catalogue.entries if entry.status is not None)
    if status is not None and not is_success(status) and status not in statuses:
        contract = load_contract()
        name = next(row.basis for row in contract.rows.values() if _UNLISTED in row.when)
        yield f"Of a status that no document lists the contract says: {contract.assumptions[name].choice}"
        yield f"This is the assumption {name}: cosmos-retry assumptions {name}"
    yield f"Statuses in the catalogue: {', '.join(map(str, statuses))}"
    yield "The substatuses of one: cosmos-retry explain 404"


def _fields(entry: object) -> dict[str, object]:
    shown = ("name", "meaning", "at_fault", "client_retries", "what_to_do", "cites", "known_by")
    return {name: getattr(entry, name) for name in shown}


def _explain_run(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    scenario = Scenario(
        operation=arguments.operation,
        mode=arguments.mode,
        consistency=arguments.consistency,
        regions=arguments.regions,
        write_regions=arguments.write_regions or arguments.regions[:1],
        faults=tuple(arguments.fault),
        preferred=arguments.preferred,
        use_multiple_write_locations=arguments.multiple_write_locations,
        times=arguments.times,
        retry_after_ms=arguments.retry_after_ms,
        request_timeout_s=arguments.request_timeout_s,
        max_retries=arguments.max_retries,
        max_wait_s=arguments.max_wait_s,
    )
    contract = load_contract()
    walkthrough = walk(scenario, contract)
    if arguments.trace:
        print(json.dumps(msgspec.to_builtins(walkthrough.trace)))
    elif arguments.format == "json":
        say_json(walkthrough_json(scenario, walkthrough, contract))
    else:
        print_walkthrough(scenario, walkthrough, contract)
    return _complain(parser, walkthrough.stopped) if walkthrough.stopped else 0


def _complain(parser: argparse.ArgumentParser, reason: str) -> int:
    print(one_line(f"{parser.prog}: {reason}"), file=sys.stderr)
    return 2
