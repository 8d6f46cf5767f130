"""The headlines: what a maintainer wants to know of each client first, worked out from its cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from cosmos_retry.standreport.case import Case
from cosmos_retry.standreport.column import Column
from cosmos_retry.standreport.documented import Documented
from cosmos_retry.standreport.promises import RESENT, Promise
from cosmos_retry.standreport.summary import ghosts, multiplied
from cosmos_retry.verdict import VIOLATES


@attrs.frozen
class Headline:
    """One sentence about a client: a sign and a word for how it stands, a clause, and the case to look at."""

    sign: str
    word: str
    says: str
    clause: str
    column: Column
    case: Case


def headlines(
    columns: Sequence[Column], promises: Sequence[Promise], told: Mapping[str, Documented]
) -> list[Headline]:
    """Return the headlines: ghost writes, writes sent again, too many attempts; then what holds."""
    found = [
        *_ghost(columns),
        *_resent(columns, promises),
        *_multiplied(columns, told),
    ]
    return sorted(found, key=lambda one: one.sign == "✓")


def _resent(columns: Sequence[Column], promises: Sequence[Promise]) -> Iterator[Headline]:
    promise = next(one for one in promises if one.invariant.id == RESENT)
    for column, standing in zip(columns, promise.standings, strict=True):
        if standing.broken:
            shown = [case for case in standing.broken if case.word == VIOLATES]
            case = _simplest(shown or standing.broken)
            many = len(standing.broken)
            says = "sends writes again that had been sent and got no answer, in "
            says += f"{many} scenario{'s' * (many != 1)}; "
            says += _told(case) if shown else "the gateway saw it where the client told of no second attempt"
            yield Headline("✗", "broken", says, _clause(case) or promise.invariant.cites[0], column, case)
        elif standing.tested:
            case = _simplest(
                [
                    one
                    for one in column.cases.values()
                    if not one.situations.isdisjoint(promise.invariant.sometimes)
                ]
            )
            says = "never sends a write again that had been sent and got no answer; "
            says += f"{standing.tested} scenarios put it to the test, {_told(case)}"
            yield Headline("✓", "holds", says, promise.invariant.cites[0], column, case)


def _ghost(columns: Sequence[Column]) -> Iterator[Headline]:
    for place, column in enumerate(columns):
        kinds = [(finding, finding.cases[place]) for finding in ghosts(columns) if finding.cases[place]]
        if kinds:
            worst = kinds[0][1]
            case = _simplest([one for one in worst if one.word == VIOLATES] or worst)
            total = sum(len(cases) for _, cases in kinds)
            counted = "; ".join(f"{finding.title} in {len(cases)}" for finding, cases in kinds)
            says = f"in {total} scenario{'s' * (total != 1)} a write went wrong: {counted}"
            yield Headline("✗", "ghost writes", says, _clause(case), column, case)


def _multiplied(columns: Sequence[Column], told: Mapping[str, Documented]) -> Iterator[Headline]:
    listed = multiplied(columns, told)
    for place, column in enumerate(columns):
        # Where retries are permitted at all; those that are not are listed further below.
        found = [
            (case.made, -number, fault, documented, case)
            for number, (fault, documented, cases) in enumerate(listed)
            if (case := cases[place]) is not None and (documented.attempts or 0) > 1
        ]
        if found:
            made, _, fault, documented, case = max(found, key=lambda one: one[:2])
            says = f"makes {made} attempts ({fault}); the documented run makes {documented.attempts}: "
            yield Headline("✗", "too many attempts", says + documented.words, _clause(case), column, case)


def _clause(case: Case) -> str:
    """The first clause that a case violates; "" where it violates none."""
    return next(iter(case.verdict.cites), "") if case.verdict and case.word == VIOLATES else ""


def _told(case: Case) -> str:
    """A case as a sentence goes on."""
    attempts = "a single attempt" if len(case.story.tried) == 1 else case.attempts
    return f"for example {attempts}: {case.story.in_short}; {case.story.heard}"


def _simplest(cases: Sequence[Case]) -> Case:
    """The case that is told in the fewest words: with few attempts, a create before others."""
    return min(
        cases,
        key=lambda one: (
            len(one.story.tried),
            one.record.scenario.operation != "create",
            one.record.scenario.topology != "sw-2r",
            len(one.id),
            one.id,
        ),
    )
