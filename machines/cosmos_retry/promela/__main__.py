"""The independent verdict: `python -m cosmos_retry.promela` compares Spin with the explorer, case by case."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from cosmos_retry.contract import load_contract
from cosmos_retry.promela.cases import CASES, Case
from cosmos_retry.promela.compare import Comparison, compare
from cosmos_retry.promela.mutants import MUTANTS, Mutant
from cosmos_retry.promela.properties import PROPERTIES, properties_of
from cosmos_retry.promela.text import promise_names
from cosmos_retry.promela.toolchain import INSTALL, SpinError, missing_tools

_WIDTH = 88
_HEAD = f"{'configuration':{_WIDTH}}  {'explorer':>9} {'Spin':>9}  {'moves':>9}  equal  promises         s"


def main() -> int:
    """Print a table of all cases; 1 where the two differ anywhere, 2 where Spin or gcc are missing."""
    if missing := missing_tools():
        print(f"cosmos-retry: {' and '.join(missing)} missing.  {INSTALL}", file=sys.stderr)
        return 2
    began = time.monotonic()
    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            good = _report(pool)
    except SpinError as error:
        print(f"cosmos-retry: {error}", file=sys.stderr)
        return 2
    print(f"{'all as expected' if good else 'NOT AS EXPECTED, see above'}, {time.monotonic() - began:.0f} s")
    return int(not good)


def _report(pool: ThreadPoolExecutor) -> bool:
    contract = load_contract()

    def case(one: Case) -> Comparison:
        return compare(contract, one.setting, contract)

    def mutant(one: Mutant) -> Comparison:
        return compare(one.change(contract), one.case.setting, contract)

    # All begin at once; what they found is printed in order.
    cases, mutants = pool.map(case, CASES), pool.map(mutant, MUTANTS)
    properties = pool.map(lambda one: properties_of(one, contract), PROPERTIES)
    print(_HEAD)
    good = True
    for one, found in zip(CASES, cases, strict=True):
        good &= _line(one.title, found) and not found.spin.broken
    print("\ncontracts broken on purpose")
    shown: set[str] = set()
    for broken, found in zip(MUTANTS, mutants, strict=True):
        good &= _line(broken.says, found)
        good &= broken.harmless is not bool(found.spin.broken)
        print(f"    {broken.case.title}")
        print(f"    {', '.join(sorted(found.spin.broken)) or 'nothing'} broken")
        shown |= found.spin.broken
    never = promise_names() - shown
    good &= not never
    print(f"{len(shown)} promises, each broken by one of these", end="")
    print(f"; but NEVER BROKEN: {', '.join(sorted(never))}" if never else "")
    print("\nLTL properties")
    for which, (held, expected) in zip(PROPERTIES, properties, strict=True):
        good &= held == expected
        print(f"{which.title}\n    {_names(held, True)} hold; {_names(held, False)} broken")
    return good


def _names(held: dict[str, bool], which: bool) -> str:
    return ", ".join(name for name, one in held.items() if one is which) or "none"


def _line(title: str, found: Comparison) -> bool:
    shown = f"{len(found.spin.broken)} broken" if found.spin.broken else "all hold"
    print(
        f"{title:{_WIDTH}}  {found.explorer.states:>9} {found.spin.states:>9}  {found.spin.edges:>9}  "
        f"{'yes' if found.equal else 'NO':>5}  {shown:>9}  {found.seconds:>8}",
        flush=True,
    )
    if not found.equal:
        print(f"    {found.difference}")
    return found.equal


if __name__ == "__main__":
    sys.exit(main())
