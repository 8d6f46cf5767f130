"""`cosmos-retry vectors`: the conformance vectors generated, and what they show of the contract."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cosmos_retry.commands.parsing import Subparsers, add_command, jobs, place
from cosmos_retry.commands.terminal import say
from cosmos_retry.contract import load_contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.places import check_folder

if TYPE_CHECKING:
    from cosmos_retry.vectors.retelling import Kept


def register(commands: Subparsers) -> None:
    """Add the command's parser."""
    summary = "generate the conformance vectors, and say what they show"
    parser = add_command(commands, "vectors", summary, "cosmos-retry vectors --check")
    parser.add_argument(
        "--out", type=place, metavar="DIR", help="write there (default: where the vectors lie)"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing: exit status 1 where one is not borne out"
    )
    parser.add_argument(
        "--mutants", action="store_true", help="go on until each change of the contract shows (long)"
    )
    parser.add_argument("--jobs", type=jobs, default=1, metavar="N", help="processes (default: 1)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Generate, or check; 0 where all is well, 1 where a vector is not borne out, 2 for bad input."""
    # Here, not above: the other commands need not wait for the explorer.
    from cosmos_retry.harness.files import BadVectors, read_vectors, vectors_dir
    from cosmos_retry.vectors.publishing import kept_of

    contract = load_contract()
    try:
        directory = arguments.out or vectors_dir()
        if not arguments.check:
            check_folder(directory)
        there = directory.is_dir() and any(directory.glob("*.json"))
        kept = kept_of(read_vectors(directory)) if there else []
    except (BadVectors, OSError) as error:
        print(one_line(f"cosmos-retry vectors: {error}"), file=sys.stderr)
        return 2
    if arguments.check:
        if not kept:
            print(one_line(f"cosmos-retry vectors: {directory} holds no vectors"), file=sys.stderr)
            return 2
        wrong = [one.name for one in kept if not one.is_borne_out(contract)]
        for name in wrong:
            say(f"{name}: is not what the contract says")
        say(f"{len(kept)} vectors, {len(kept) - len(wrong)} borne out by the contract")
        return int(bool(wrong))
    _generate(arguments, directory, kept)
    return 0


def _generate(arguments: argparse.Namespace, directory: Path, kept: list[Kept]) -> None:
    from cosmos_retry.mutation.unshown import DIFFERS, unshown
    from cosmos_retry.vectors.finding import Run
    from cosmos_retry.vectors.generating import generate, index
    from cosmos_retry.vectors.publishing import change, read_index, texts, write
    from cosmos_retry.vectors.remedies import Remedies
    from cosmos_retry.vectors.stock import Stock

    contract = load_contract()
    generated = generate(contract, kept, {}, say)
    while arguments.mutants:
        stock = Stock(contract, [kept for one in generated for kept in one.kept(contract)])
        fates, more = Counter[str](), dict[str, list[Run]]()
        remedies = Remedies(contract)
        for _, fate, difference in unshown(contract, stock, jobs=arguments.jobs):
            fates[fate] += 1
            if difference is not None and difference.setting is not None:
                more.setdefault(difference.setting.lifecycle, []).extend(remedies.runs(difference))
        say(", ".join(f"{number} mutants {fate}" for fate, number in sorted(fates.items())))
        if not fates[DIFFERS]:
            break
        generated = generate(contract, [kept for one in generated for kept in one.kept(contract)], more, say)
    moved = change([one.vector for one in kept], [v for one in generated for v in one.vectors])
    withdrawn = {**read_index(directory).get("withdrawn", {}), **moved.withdrawn}
    write(
        directory,
        texts(contract, {one.lifecycle: list(one.vectors) for one in generated}),
        index(generated, withdrawn),
    )
    for one in generated:
        covered = one.coverage
        say(
            f"{one.lifecycle}: {len(one.vectors)} vectors; rows {covered.rows[0]} of {covered.rows[1]}, "
            f"pairs of rows {covered.pairs[0]} of {covered.pairs[1]}, "
            f"guards and bounds deciding alone {covered.conditions[0]} of {covered.conditions[1]}"
        )
    say(f"{directory}: {len(moved.added)} added, {len(moved.withdrawn)} withdrawn, {len(moved.kept)} kept")
