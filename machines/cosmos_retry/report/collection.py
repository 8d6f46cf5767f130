"""A collection: the verdicts on all traces of some files, counted, and the cases that the report shows."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.reading import Unreadable, read_traces
from cosmos_retry.report.severity import Severity, grade
from cosmos_retry.report.story import Story, tell
from cosmos_retry.trace import Trace
from cosmos_retry.verdict import VERDICTS, VIOLATES, Verdict, judge

MOST_CASES = 100  # for each row that was violated, and for each other verdict
MOST_SCENARIOS = 500
MOST_CLIENTS = 20  # the others share one more
MOST_UNREADABLE = 100
NO_CLIENT = "(no client named)"
OTHER_CLIENTS = "(other clients)"


@attrs.frozen
class Case:
    """One trace as the report shows it; `number` counts the traces from 1, in the order of the files."""

    number: int
    file: str
    client: str
    scenario: str
    trace: Trace
    verdict: Verdict
    story: Story

    @property
    def anchor(self) -> str:
        """The name of its place in the report."""
        return f"trace-{self.number}"

    @property
    def command(self) -> str:
        """What to type to get the verdict again."""
        return one_line(f"cosmos-retry judge {shlex.quote(self.file)} --id {shlex.quote(self.trace.id)}")


@attrs.define
class Group:
    """The cases that violate one and the same row; `count` includes those that are not kept."""

    row: str
    count: int = 0
    clients: Counter[str] = attrs.field(factory=Counter)
    cases: list[Case] = attrs.field(factory=list)


@attrs.define
class Cell:
    """What came of one scenario with one client: each verdict, how often, and the case to look at."""

    counts: Counter[str] = attrs.field(factory=Counter)
    anchors: dict[str, str] = attrs.field(factory=dict)
    rows: set[str] = attrs.field(factory=set)  # that were violated


@attrs.define
class Collection:
    """Everything that the report says, before it is put into words."""

    counts: Counter[str] = attrs.field(factory=lambda: Counter(dict.fromkeys(VERDICTS, 0)))
    by_client: dict[str, Counter[str]] = attrs.field(factory=dict)
    scenarios: dict[str, dict[str, Cell]] = attrs.field(factory=dict)
    left_out: int = 0
    groups: dict[str, Group] = attrs.field(factory=dict)
    others: dict[str, list[Case]] = attrs.field(factory=dict)
    assumed: Counter[str] = attrs.field(factory=Counter)
    unreadable: list[Unreadable] = attrs.field(factory=list)
    unreadable_count: int = 0

    @property
    def traces(self) -> int:
        """How many traces were judged."""
        return self.counts.total()

    def add(self, file: str, trace: Trace, verdict: Verdict) -> None:
        """Take one verdict in."""
        client, _, scenario = trace.id.strip().rpartition(" ")
        client = client.strip() or NO_CLIENT
        if client not in self.by_client and len(self.by_client) >= MOST_CLIENTS:
            client = OTHER_CLIENTS
        self.counts[verdict.verdict] += 1
        self.by_client.setdefault(client, Counter())[verdict.verdict] += 1
        self.assumed.update(verdict.assumptions)
        if verdict.verdict == VIOLATES:
            group = self.groups.setdefault(verdict.row, Group(verdict.row))
            group.count += 1
            group.clients[client] += 1
            kept = group.cases
        else:
            kept = self.others.setdefault(verdict.verdict, [])
        anchor = ""
        if len(kept) < MOST_CASES:
            case = Case(self.traces, file, client, scenario or trace.id, trace, verdict, tell(trace))
            kept.append(case)
            anchor = case.anchor
        self._fill_cell(scenario or trace.id, client, verdict, anchor)

    def _fill_cell(self, scenario: str, client: str, verdict: Verdict, anchor: str) -> None:
        if scenario not in self.scenarios and len(self.scenarios) >= MOST_SCENARIOS:
            self.left_out += 1
            return
        cell = self.scenarios.setdefault(scenario, {}).setdefault(client, Cell())
        cell.counts[verdict.verdict] += 1
        if verdict.verdict == VIOLATES:
            cell.rows.add(verdict.row)
        if anchor:
            cell.anchors.setdefault(verdict.verdict, anchor)

    def refuse(self, found: Unreadable) -> None:
        """Take in a line that is no trace."""
        self.unreadable_count += 1
        if len(self.unreadable) < MOST_UNREADABLE:
            self.unreadable.append(found)

    def ranked(self, severities: tuple[Severity, ...]) -> list[tuple[Severity, list[Group]]]:
        """Return the violations by grade, worst first; within one, the most frequent row first."""
        found: dict[int, list[Group]] = {}
        for group in self.groups.values():
            found.setdefault(grade(group.row, severities), []).append(group)
        order = {
            place: sorted(groups, key=lambda one: (-one.count, one.row)) for place, groups in found.items()
        }
        return [(severities[place], order[place]) for place in sorted(order)]


def collect(paths: Iterable[str], contract: Contract) -> Collection:
    """Return the verdicts on every trace in the files; see `read_traces` for what a file may be.

    The memory needed grows with the number of clients and of the rows that they violate, not with the files:
    of each kind only so many cases are kept.
    """
    collection = Collection()
    for path in paths:
        for found in read_traces([path]):
            if isinstance(found, Unreadable):
                collection.refuse(found)
            else:
                collection.add(path, found, judge(found, contract))
    return collection
