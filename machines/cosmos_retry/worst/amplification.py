"""The amplification: how much time and how many requests a fault turns into, by configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.tasks import Task, run_tasks
from cosmos_retry.units import seconds_text
from cosmos_retry.worst import worst_cases
from cosmos_retry.worst.results import Longest, Most, WorstCase
from cosmos_retry.worst.settings import Setting, representative

ANY_NUMBER = "∞"


@attrs.frozen
class Line:
    """A row of a table: configurations that are alike in everything shown, and their worst cases by fault."""

    labels: tuple[str, ...]
    cases: dict[str, WorstCase]

    def alike(self, other: Line) -> bool:
        """Whether all cells are the same."""
        return {fault: cell(case) for fault, case in self.cases.items()} == {
            fault: cell(case) for fault, case in other.cases.items()
        }


@attrs.frozen
class Table:
    """The lines of one lifecycle in one mode, and the groups of faults that are alike in every line."""

    title: str
    lines: tuple[Line, ...]
    columns: tuple[tuple[str, ...], ...]

    @property
    def unbounded_by(self) -> tuple[str, ...]:
        """The assumptions behind the cells without a number of requests."""
        cases = [case for line in self.lines for case in line.cases.values()]
        return tuple(dict.fromkeys(name for case in cases for name in case.requests.unbounded_by))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The assumptions that any of the table's numbers rests on, in alphabetical order."""
        cases = [case for line in self.lines for case in line.cases.values()]
        return tuple(sorted({name for case in cases for name in case.assumptions}))


def amplification(contract: Contract, settings: Iterable[Setting] | None = None) -> tuple[Table, ...]:
    """Return the tables of some settings, by default of a representative set of them."""
    chosen = list(representative() if settings is None else settings)
    tasks: list[Task] = [(worst_cases, (contract, one.config, one.lifecycle)) for one in chosen]
    found = zip(chosen, run_tasks(tasks), strict=True)
    return tuple(_table(title, mine) for title, mine in groupby(found, key=lambda one: one[0].title))


def cell(case: WorstCase) -> str:
    """Return a worst case on one line: the time; the requests, and those to one region where they differ."""
    number, here = _number(case.requests), _number(case.in_one_region)
    return f"{time_text(case.longest)}; {number}" + (f", {here} in one" if here != number else "")


def time_text(longest: Sequence[Longest] | None) -> str:
    """Return the longest time, with the T from which on another line is the longest."""
    if longest is None:
        return ANY_NUMBER
    first, *others = longest
    later = (f"from T = {seconds_text(line.from_us)} s: {line.text}" for line in others)
    return first.text + "".join(f" ({text})" for text in later)


def _number(most: Most) -> str:
    mark = "" if most.exact or most.bound is None else "≤ "
    return ANY_NUMBER if most.bound is None else f"{mark}{most.bound}"


def _table(title: str, found: Iterable[tuple[Setting, Sequence[WorstCase]]]) -> Table:
    lines: list[Line] = []
    for setting, cases in found:
        line = Line((setting.label,), {case.fault: case for case in cases})
        if lines and lines[-1].alike(line):
            line = Line((*lines.pop().labels, setting.label), line.cases)
        lines.append(line)
    columns: dict[tuple[str, ...], list[str]] = {}
    for fault in lines[0].cases:
        columns.setdefault(tuple(cell(line.cases[fault]) for line in lines), []).append(fault)
    return Table(title, tuple(lines), tuple(map(tuple, columns.values())))
