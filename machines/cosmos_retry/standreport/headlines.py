"""The headlines: what a maintainer wants to know of each client before anything else, worked out from cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from cosmos_retry.standreport.case import Case
from cosmos_retry.standreport.column import Column
from cosmos_retry.standreport.documented import Documented
from cosmos_retry.standreport.summary import Promise, ghosts, multiplied

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
    """Return the headlines, those of broken promises and of doubled writes first."""
    found = [
        *_resent(columns, promises),
        *_ghost(columns),
        *_multiplied(columns, told),
    ]
    return sorted(found, key=lambda one: one.sign == "✓")


def _resent(columns: Sequence[Column], promises: Sequence[Promise]) -> Iterator[Headline]:
    promise = next(one for one in promises if one.invariant.id == RESENT)
    for column, standing in zip(columns, promise.standings, strict=True):
        if standing.broken:
            case = _simplest(standing.broken)
            says = (
                f"sends a write again that was delivered and got no answer, in {len(standing.broken)} of "
                f"{standing.tested} scenarios where one got none: {case.story.in_short}; {case.story.heard}"
            )
            yield Headline("✗", "broken", column.title, says, column, case)
        elif standing.tested:
            case = _simplest(
                [
                    one
                    for one in column.cases.values()
                    if not one.situations.isdisjoint(promise.invariant.sometimes)
                ]
            )
            says = (
                f"never sends a write again that was delivered and got no answer, in {standing.tested} "
                f"scenarios where one got none: {case.story.in_short}; {case.story.heard}"
            )
            yield Headline("✓", "holds", column.title, says, column, case)


def _ghost(columns: Sequence[Column]) -> Iterator[Headline]:
    for place, column in enumerate(columns):
        kinds = [(finding, finding.cases[place]) for finding in ghosts(columns) if finding.cases[place]]
        if kinds:
            counted = ", ".join(f"{len(cases)} {finding.title}" for finding, cases in kinds)
            yield Headline("✗", "ghost writes", column.title, counted, column, _simplest(kinds[0][1]))


def _multiplied(columns: Sequence[Column], told: Mapping[str, Documented]) -> Iterator[Headline]:
    for place, column in enumerate(columns):
        for fault, documented, cases in multiplied(columns, told):
            case = cases[place]
            if case is not None and documented.attempts and documented.attempts > 1:
                # Where retries are permitted at all: those that are refused outright are listed further below.
                says = (
                    f"makes {len(case.story.tried)} attempts ({fault}); the documented run makes "
                    f"{documented.attempts}: {documented.words}"
                )
                yield Headline("✗", "too many attempts", column.title, says, column, case)
                break


def _simplest(cases: Sequence[Case]) -> Case:
    """The case that is told in the fewest words: a create before others, in two regions, with few attempts."""
    return min(
        cases,
        key=lambda one: (
            len(one.story.tried),
            one.record.scenario.operation != "create",
            len(one.id),
            one.id,
        ),
    )
