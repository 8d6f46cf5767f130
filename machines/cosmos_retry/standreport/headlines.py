"""The headlines: what a maintainer wants to know of each client first, worked out from its cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from cosmos_retry.standreport.case import Case
from cosmos_retry.standreport.column import Column
from cosmos_retry.standreport.documented import Documented
from cosmos_retry.standreport.promises import Promise
from cosmos_retry.standreport.summary import ghosts, multiplied

RESENT = "write-never-resent"  # the promise by which data is lost or kept


@attrs.frozen
class Headline:
    """One sentence about a client: a sign and a word for how it stands, and the case to look at."""

    sign: str
    word: str
    client: str
    says: str
    column: Column
    case: Case | None


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
            case = _simplest(standing.broken)
            says = "sends writes again that were delivered and got no answer, in "
            says += f"{len(standing.broken)} scenarios; {_told(case)}"
            yield Headline("✗", "broken", column.title, says, column, case)
        elif standing.tested:
            case = _simplest(
                [
                    one
                    for one in column.cases.values()
                    if not one.situations.isdisjoint(promise.invariant.sometimes)
                ]
            )
            says = "never sends a write again that was delivered and got no answer; "
            says += f"{standing.tested} scenarios put it to the test, {_told(case)}"
            yield Headline("✓", "holds", column.title, says, column, case)


def _ghost(columns: Sequence[Column]) -> Iterator[Headline]:
    for place, column in enumerate(columns):
        kinds = [(finding, finding.cases[place]) for finding in ghosts(columns) if finding.cases[place]]
        if kinds:
            counted = "; ".join(f"{finding.title} in {len(cases)}" for finding, cases in kinds)
            counted = f"writes {counted} scenarios"
            yield Headline("✗", "ghost writes", column.title, counted, column, _simplest(kinds[0][1]))


def _multiplied(columns: Sequence[Column], told: Mapping[str, Documented]) -> Iterator[Headline]:
    for place, column in enumerate(columns):
        for fault, documented, cases in multiplied(columns, told):
            case = cases[place]
            if case is not None and documented.attempts and documented.attempts > 1:
                # Where retries are permitted at all; those that are not are listed further below.
                says = (
                    f"makes {case.made} attempts ({fault}); the documented run makes "
                    f"{documented.attempts}: {documented.words}"
                )
                yield Headline("✗", "too many attempts", column.title, says, column, case)
                break


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
