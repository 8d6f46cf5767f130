"""`cosmos-retry export`: the lifecycles as texts for a model checker."""

from __future__ import annotations

import argparse
import sys
from typing import get_args

from cosmos_retry import trace
from cosmos_retry.commands.parsing import Subparsers, add_command, names, place, retries, some
from cosmos_retry.commands.terminal import say
from cosmos_retry.config import OPERATIONS, READS, Config, ConfigError
from cosmos_retry.contract import LIFECYCLES, Contract, load_contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.explore.watch import Setting
from cosmos_retry.places import check_folder, write
from cosmos_retry.promela import UnknownWordError, promela_text
from cosmos_retry.promela.numbers import promised_numbers

_REGIONS = ("West US", "East US")
_WRITES = tuple(name for name in OPERATIONS if name not in READS)


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "write the lifecycles as texts for a model checker"
    parser = add_command(
        commands, "export", summary, "cosmos-retry export promela --lifecycle write --out build"
    )
    parser.add_argument("format", choices=("promela",), help="promela: one file a lifecycle, for Spin")
    parser.add_argument("--lifecycle", choices=LIFECYCLES, help="this one only")
    parser.add_argument("--out", metavar="DIR", type=place, required=True, help="where the files go")
    group = parser.add_argument_group(
        "configuration", "What the macros of a text say; each can be replaced with spin -DNAME=VALUE."
    )
    group.add_argument("--operation", choices=_WRITES, default="create", help="of a write (default: create)")
    group.add_argument("--mode", choices=get_args(trace.Mode), default="direct", help="default: direct")
    group.add_argument(
        "--consistency", choices=get_args(trace.Level), default="Session", help="default: Session"
    )
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
    group.add_argument("--replicas", type=some, metavar="N", default=4, help="of a region (default: 4)")
    group.add_argument("--max-retries", type=retries, metavar="N", help="the client's limit after a 429")
    parser.set_defaults(run=lambda arguments: run(arguments, parser))


def run(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Write the files; 2 for a configuration or a row that cannot be written."""
    check_folder(arguments.out)
    contract = load_contract()
    lifecycles = LIFECYCLES if arguments.lifecycle is None else (arguments.lifecycle,)
    try:
        texts = {name: _text(contract, _setting(contract, name, arguments)) for name in lifecycles}
    except (ConfigError, UnknownWordError, ValueError) as error:
        print(one_line(f"{parser.prog}: {error}"), file=sys.stderr)
        return 2
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        file = arguments.out / f"{name}.pml"
        write(file, text)
        say(str(file))
    return 0


def _text(contract: Contract, setting: Setting) -> str:
    return promela_text(contract, setting, promised_numbers(contract, setting))


def _setting(contract: Contract, lifecycle: str, arguments: argparse.Namespace) -> Setting:
    # A metadata call goes through the gateway and has the regions of reads, whatever it is for.
    usual = {"write": arguments.operation, "metadata": "point_read"}
    config = Config.from_trace(
        trace.Trace(
            id="export",
            operation=usual.get(lifecycle, lifecycle),
            mode="gateway" if lifecycle == "metadata" else arguments.mode,
            consistency=arguments.consistency,
            account=trace.Account(
                regions=list(arguments.regions),
                write_regions=list(arguments.write_regions or arguments.regions[:1]),
            ),
            client=trace.Client(
                preferred_locations=list(arguments.preferred),
                use_multiple_write_locations=arguments.multiple_write_locations,
                throttling=trace.Throttling(max_retries=arguments.max_retries),
            ),
            events=[],
        )
    )
    limits = [int(contract.profile.number(f"{one}_retries", config)) for one in ("throttle", "unavailable")]
    return Setting(config, lifecycle, arguments.replicas, *limits)
