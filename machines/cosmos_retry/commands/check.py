"""`cosmos-retry check`: the proof that the contract keeps its promises in every run."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from cosmos_retry.commands.parsing import Subparsers, add_command, jobs, place
from cosmos_retry.commands.terminal import say
from cosmos_retry.contract import LIFECYCLES, Contract, load_contract, read_contract
from cosmos_retry.errors import ContractError
from cosmos_retry.explore.checking import MOST_REGIONS, Check, Totals, check, reach
from cosmos_retry.explore.pins import Pins, load_pins
from cosmos_retry.explore.shown import as_json, counterexample
from cosmos_retry.explore.sound import differing_numbers, differing_statuses, flaws, unending, unpinned
from cosmos_retry.forbidding import looked_at
from cosmos_retry.harness.files import BadVectors, read_vectors, vectors_dir
from cosmos_retry.invariants.promises import Invariant, load_invariants, promised_profile
from cosmos_retry.parameters import Profile, out_of_range
from cosmos_retry.paths import spec_dir
from cosmos_retry.places import check_file, write
from cosmos_retry.vectors.holding import held
from cosmos_retry.vectors.publishing import kept_of

_ENDS = "every-run-ends"
_MOST_NAMED = 5  # vectors


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "explore every run of the contract, and hold the promises against it"
    parser = add_command(commands, "check", summary, "cosmos-retry check --lifecycle write --regions 2")
    parser.add_argument("--spec", metavar="DIR", type=place, help="the tables (default: the package's own)")
    parser.add_argument(
        "--lifecycle", choices=LIFECYCLES, action="append", help="this one only; may be given again"
    )
    parser.add_argument(
        "--regions",
        type=int,
        choices=range(1, MOST_REGIONS + 1),
        default=MOST_REGIONS,
        metavar="N",
        help=f"accounts of up to N regions (default: {MOST_REGIONS}); fewer are quicker, and prove less",
    )
    parser.add_argument("--jobs", type=jobs, metavar="N", help="processes (default: one a core)")
    parser.add_argument("--out", metavar="FILE", type=place, help="write the traces of broken promises there")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was explored and found; 1 where anything was."""
    if arguments.out is not None:
        check_file(arguments.out)
    contract = load_contract() if arguments.spec is None else read_contract(arguments.spec)
    promises, pins = load_invariants(arguments.spec), load_pins(contract, arguments.spec)
    promised = promised_profile(contract.profile, promises)
    _refuse_wild_numbers(promises, promised, arguments.spec or spec_dir())
    lifecycles = tuple(arguments.lifecycle or LIFECYCLES)
    whole = arguments.regions >= MOST_REGIONS
    began = time.monotonic()
    problems = [
        *flaws(contract),
        *differing_numbers(contract, promises),
        *differing_statuses(contract),
    ]
    for line in problems:
        say(f"flaw: {line}")
    found = _explore(contract, promised, lifecycles, arguments)
    explored = time.monotonic()
    _say_totals(found.totals, explored - began)
    traces = _say_promises(contract, promised, promises, found, arguments.regions)
    if arguments.out is not None:
        write(arguments.out, "".join(f"{line}\n" for line in traces))
    broken = bool(found.broken)
    departs = _vectors(contract, lifecycles, arguments.jobs)
    others = [f"two rows take the same: {name}" for name in found.clashes]
    others += pins.surprises(found)
    others += departs
    if whole:
        others += unpinned(pins, found.totals)
        if not (problems or broken):
            others += _reach(contract, promised, lifecycles, pins, arguments.jobs)
            others += unending(contract, lifecycles, pins, arguments.jobs)
            say(f"rows, bounds and the end of every run: {time.monotonic() - explored:.1f} s")
    for line in others:
        say(f"found: {line}")
    bad = broken or bool(problems or others)
    say(f"{'NOT PROVED' if bad else 'proved'}{'' if whole else ' for these configurations'}, "
        f"{time.monotonic() - began:.1f} s")  # fmt: skip
    return int(bad)


def _refuse_wild_numbers(promises: tuple[Invariant, ...], promised: Profile, spec: Path) -> None:
    """Raise `ContractError` for a number of a promise that no exploration would come to the end of."""
    for promise in promises:
        for name in promise.numbers:
            if problem := out_of_range(promised.parameters[name]):
                raise ContractError(str(spec / "invariants.toml"), promise.id, f"numbers.{name}", problem)


def _explore(
    contract: Contract, promised: Profile, lifecycles: tuple[str, ...], arguments: argparse.Namespace
) -> Check:
    """Explore, and say of each promise that breaks as soon as it does."""
    found = Check({name: Totals() for name in lifecycles})
    said: set[str] = set()
    shows = sys.stderr is not None and sys.stderr.isatty()
    for found in check(contract, promised, lifecycles, arguments.regions, arguments.jobs):
        for name in found.broken.keys() - said:
            said.add(name)
            print(f"breaks: {name}; looking for the shortest run", file=sys.stderr)
        if shows:
            states = sum(one.states for one in found.totals.values())
            print(f"\r{states:,} states", end="", file=sys.stderr)
    if shows:
        print("\r\x1b[K", end="", file=sys.stderr)
    return found


def _vectors(contract: Contract, lifecycles: tuple[str, ...], jobs: int | None) -> list[str]:
    """Hold the published vectors against the tables; a promise follows permitted moves, a vector all."""
    began = time.monotonic()
    try:
        kept = [one for one in kept_of(read_vectors(vectors_dir())) if one.lifecycle in lifecycles]
    except BadVectors as error:
        return [f"vectors: {error}"]
    found = held(contract, kept, jobs)
    for line in found.lines():
        say(line)
    same = found.vectors - len(found.departures) - len(found.founded)
    say(f"{same:,} of {found.vectors:,} vectors say what the tables say, {time.monotonic() - began:.1f} s")
    names = ", ".join(one.name for one, _ in found.departures[:_MOST_NAMED])
    more = f" and {len(found.departures) - _MOST_NAMED} more" if len(found.departures) > _MOST_NAMED else ""
    lines = [f"the tables depart from {names}{more}"] if names else []
    for one, how in found.founded[:_MOST_NAMED]:
        lines.append(f"the verdict on {one.name} rests otherwise: {how}")
    if len(found.founded) > _MOST_NAMED:
        lines.append(f"so do the verdicts on {len(found.founded) - _MOST_NAMED} more")
    return lines + [f"{row} says or cites something else than its vectors do" for row in found.reworded]


def _reach(
    contract: Contract, promised: Profile, lifecycles: tuple[str, ...], pins: Pins, jobs: int | None
) -> list[str]:
    """What no run reaches: rows, bounds of rows, assumptions, statuses that the application hears."""
    runs, missing = reach(contract, promised, lifecycles, jobs)
    lines = [
        f"{lifecycle}: no run takes {row}" + (f" at its bound {bound}" if bound else "")
        for lifecycle, row, bound in missing
    ]
    return lines + pins.unreached(contract, runs, lifecycles)


def _say_totals(totals: dict[str, Totals], seconds: float) -> None:
    say(f"{'lifecycle':<12}{'configurations':>15}{'explored':>10}{'states':>14}{'edges':>15}")
    for name, one in totals.items():
        say(f"{name:<12}{one.configurations:>15,}{one.explored:>10,}{one.states:>14,}{one.edges:>15,}")
    every = list(totals.values())
    keys = ("configurations", "explored", "states", "edges")
    sums = [sum(getattr(one, key) for one in every) for key in keys]
    say("{:<12}{:>15,}{:>10,}{:>14,}{:>15,}".format("all", *sums))
    say(f"explored in {seconds:.1f} s: configurations that differ in effect, each for all that it stands for")


def _say_promises(
    contract: Contract, promised: Profile, promises: tuple[Invariant, ...], found: Check, most_regions: int
) -> list[str]:
    """Say of each promise whether it holds, and how it is broken; return the traces, a line each.

    A promise that nothing in these lifecycles could have broken is not said to hold.
    """
    traces = []
    others = [one for one in promises if one.id != _ENDS]  # that one is worked out, not watched
    looked = looked_at(contract, promised, others, tuple(found.totals), most_regions)
    kept = [one.id for one in others if one.id not in found.broken]
    holding, beyond = [one for one in kept if one in looked], [one for one in kept if one not in looked]
    say(f"{len(holding)} of {len(others)} promises hold in every run: {', '.join(holding) or 'none'}")
    if beyond:
        say(f"{len(beyond)} were not looked at here, where nothing could break them: {', '.join(beyond)}")
    for promise in promises:
        if promise.id not in found.broken:
            continue
        shown = counterexample(contract, promised, found.broken[promise.id])
        say()
        say(f"BROKEN {promise.id}: {promise.says}")
        say(f"  {shown.reason} [{', '.join(promise.cites)}]")
        say(f"  by the rows: {' -> '.join(shown.rows)}")
        if shown.trace is not None:
            traces.append(as_json(shown.trace))
            say(f"  {traces[-1]}")
    return traces
