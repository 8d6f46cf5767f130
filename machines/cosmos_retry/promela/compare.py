"""The comparison: what Spin and the explorer find in the same contract and configuration."""

from __future__ import annotations

from collections import Counter

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.explore.model import NOWHERE, Model
from cosmos_retry.explore.search import Found, search
from cosmos_retry.explore.watch import Setting
from cosmos_retry.promela import numbers
from cosmos_retry.promela.cases import Case
from cosmos_retry.promela.names import plain
from cosmos_retry.promela.text import promela_text
from cosmos_retry.promela.toolchain import Verdict, verify


@attrs.frozen
class Side:
    """What one of the two found: states, the promises that are broken, and how often each row was taken."""

    states: int
    broken: frozenset[str]
    taken: Counter[str]

    @property
    def edges(self) -> int:
        """How many moves there are, each with its place in time."""
        return self.taken.total()


@attrs.frozen
class Comparison:
    """Both sides of one case."""

    explorer: Side
    spin: Side
    seconds: float

    @property
    def equal(self) -> bool:
        """Whether both found the same states, moves row by row, and broken promises."""
        return self.explorer == self.spin

    @property
    def difference(self) -> str:
        """Where the two differ, in one line; empty where they do not."""
        mine, theirs = self.explorer, self.spin
        rows = [row for row in sorted({*mine.taken, *theirs.taken}) if mine.taken[row] != theirs.taken[row]]
        found = [f"states: {mine.states} and {theirs.states}"] if mine.states != theirs.states else []
        found += [f"{row}: {mine.taken[row]} and {theirs.taken[row]}" for row in rows[:5]]
        found += [f"only one finds {one} broken" for one in sorted(mine.broken ^ theirs.broken)]
        return "; ".join(found)


def compare(contract: Contract, setting: Setting, documented: Contract) -> Comparison:
    """Return what the explorer and Spin find.  `documented` is the contract whose numbers are promised.

    One text serves all configurations of a lifecycle; this one's values replace those in the text.  Raises
    `SpinError` where Spin or gcc fail.
    """
    promised = numbers.promised_numbers(documented, setting)
    model = Model(contract, setting, promised)
    explorer = _explored(model, search(model))
    text = _text(contract, setting.lifecycle, documented)
    macros = {
        **numbers.configuration(setting),
        **numbers.rules(contract, setting),
        **numbers.promises(setting, promised),
    }
    verdict = verify(text, macros)
    return Comparison(explorer, _verified(model, verdict), verdict.seconds)


def _text(contract: Contract, lifecycle: str, documented: Contract) -> str:
    setting = Case(lifecycle).setting
    return promela_text(contract, setting, numbers.promised_numbers(documented, setting))


def _explored(model: Model, found: Found) -> Side:
    return Side(
        found.states,
        frozenset(plain(model.promises[promise]) for promise in found.broken),
        _taken(model, found),
    )


def _taken(model: Model, found: Found) -> Counter[str]:
    """How often each row takes a label, over all states; states that tests cannot tell apart are one."""
    asked = [sorted({policy for edge in edges for policy, _ in edge.tests}) for edges in model.edges]
    alike: Counter[tuple[int, ...]] = Counter()
    for code in found.codes:
        place, *tallies = found.packing.decode(int(code))
        alike[(place, *(tallies[policy] for policy in asked[place]))] += 1
    taken: Counter[str] = Counter()
    for (place, *some), many in alike.items():
        tally = dict(zip(asked[place], some, strict=True))
        for edge in model.edges[place]:
            if edge.target != NOWHERE and all(
                model.test_tables[policy][table][tally[policy]] for policy, table in edge.tests
            ):
                taken[model.rows[edge.row].id] += many * len(edge.labels)
    return taken


def _verified(model: Model, verdict: Verdict) -> Side:
    taken = Counter({model.rows[row].id: times for row, times in verdict.taken.items() if times})
    return Side(verdict.states, verdict.broken, taken)
