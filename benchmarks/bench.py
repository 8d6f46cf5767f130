"""How fast the explorer and its decisions are, beside Spin's verifier and `transitions`: `make bench`.

Every number is the median of several rounds; in a round everything is measured once, one after the other, so
that what else the machine does meets all of them alike.  Prints tables and writes build/bench.json.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from cosmos_retry.contract import load_contract
from described import jit_seconds, machine
from explorers import Json, explorers, timed
from triggers import deciders

ROUNDS = 7
OUT = Path("build/bench.json")


def table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """Print a table, its first column to the left."""
    rows = [list(head), *([str(one) for one in line] for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        print("  ".join([first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]).rstrip())
    print()


def show_explorers(found: list[Json]) -> None:
    """Print what the searches took, and how many times as long Spin's verifier took."""
    lines = []
    for one in found:
        states, edges = int(str(one["states"])), int(str(one["edges"]))
        line: list[object] = [one["case"], states, edges, _ms(one["model_s"])]
        for name in ("plain", "kernel"):
            seconds = one.get(f"{name}_s")
            line += (
                ["-"] * 3
                if seconds is None
                else [_ms(seconds), *(_rate(n, seconds) for n in (states, edges))]
            )
        spin, best = one.get("spin_s"), one.get("kernel_s", one["plain_s"])
        if spin is None:
            line += ["-"] * 4
        else:
            equal = "=" if one["spin_states"] == states else f"{one['spin_states']}!"
            line += [_ms(one["spin_make_s"]), _ms(spin), equal, f"{float(str(spin)) / float(str(best)):.1f}x"]
        lines.append(line)
    rates = ("states/s", "edges/s")
    head = ("explorer (times in ms)", "states", "edges", "model", "plain", *rates, "kernel", *rates)
    table((*head, "make pan", "pan", "states", "pan/kernel"), lines)
    for reason in {str(one["spin"]) for one in found if "spin" in one}:
        print(f"Spin: {reason}\n")


def decisions() -> Json:
    """Measure a decision by the table and by machines, in nanoseconds."""
    rounds = deciders(load_contract())
    times: dict[str, list[float]] = {name: [] for name in rounds.works}
    for _ in range(ROUNDS):
        for name, (work, passes) in rounds.works.items():
            times[name].append(timed(lambda work=work, passes=passes: work(passes)) / passes / rounds.steps)  # type: ignore[misc]
    return {name: median(some) * 1e9 for name, some in times.items()}


def show_decisions(found: Json) -> None:
    """Print what a decision takes, and how many of those by number go into it."""
    best = float(str(found["table, by number"]))
    lines = [(name, f"{float(str(ns)):.0f}", f"{float(str(ns)) / best:.0f}x") for name, ns in found.items()]
    table(("one decision", "ns", "to the first"), lines)


def _ms(seconds: object) -> str:
    return f"{float(str(seconds)) * 1000:.1f}"


def _rate(count: int, seconds: object) -> str:
    return f"{count / float(str(seconds)):,.0f}"


def main() -> int:
    """Measure, print, write build/bench.json."""
    about = machine()
    for name, value in about.items():
        print(f"{name}: {value}")
    jit = jit_seconds()
    print(
        "numba: not installed; the plain search is used"
        if jit is None
        else f"kernel, compiled once: {jit:.1f} s"
    )
    print(f"medians of {ROUNDS} rounds\n")
    explored = explorers(ROUNDS)
    show_explorers(explored)
    decided = decisions()
    show_decisions(decided)
    OUT.parent.mkdir(exist_ok=True)
    kept = {"machine": about, "rounds": ROUNDS, "jit_s": jit, "explorer": explored, "decision_ns": decided}
    OUT.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    print(f"written: {OUT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
