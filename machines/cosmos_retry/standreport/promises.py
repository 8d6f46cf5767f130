"""The promises: how each stands with each client, the broken ones first, the worst of these on top."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cosmos_retry.invariants.promises import Invariant, load_invariants
from cosmos_retry.report.severity import Severity
from cosmos_retry.standreport.case import Case
from cosmos_retry.standreport.column import Column
from cosmos_retry.standreport.summary import grade_of

RESENT = "write-never-resent"  # the promise by which data is lost or kept


@attrs.frozen
class Standing:
    """How a promise stands with one client: how many cases came to where it tells, and those that broke it.

    Where it tells are the situations that the promise names in `spec/invariants.toml`.  That a write is never
    sent again is broken, too, where the gateway saw it arrive again, whatever the client told.
    """

    tested: int
    broken: tuple[Case, ...]

    @property
    def sign(self) -> str:
        """A sign for it."""
        return "✗" if self.broken else "✓" if self.tested else "–"

    @property
    def words(self) -> str:
        """The same in words."""
        if self.broken:
            return f"broken in {len(self.broken)}"
        return f"holds in {self.tested}" if self.tested else "not broken, never at its edge"


@attrs.frozen
class Promise:
    """A promise, how bad its breaches are (0 the worst), and how it stands with each client."""

    invariant: Invariant
    place: int
    standings: tuple[Standing, ...]

    @property
    def is_broken(self) -> bool:
        """Whether any client breaks it."""
        return any(one.broken for one in self.standings)


def promises(columns: Sequence[Column], severities: Sequence[Severity]) -> list[Promise]:
    """Return all promises: the broken ones first, of these the worst, then those that hold, then the others.

    How bad a breach is, is told by the verdict on the observation that broke the promise.
    """
    made = []
    for invariant in load_invariants():
        standings = tuple(_standing(invariant, column) for column in columns)
        broken = [case for one in standings for case in one.broken]
        places = [_place(case, invariant, severities) for case in broken]
        made.append(Promise(invariant, min(places, default=len(severities)), standings))
    return sorted(
        made, key=lambda one: (not one.is_broken, one.place, not any(s.tested for s in one.standings))
    )


def _standing(invariant: Invariant, column: Column) -> Standing:
    cases = column.cases.values()
    broken = tuple(
        case
        for case in cases
        if any(one.invariant == invariant.id for one in case.broken)
        # The gateway counts what the client may not have told of.
        or (invariant.id == RESENT and case.ghost.startswith("duplicated"))
    )
    tested = sum(not case.situations.isdisjoint(invariant.sometimes) for case in cases)
    return Standing(tested, broken)


def _place(case: Case, invariant: Invariant, severities: Sequence[Severity]) -> int:
    broke_here = case.verdict is not None and any(
        one.invariant == invariant.id and one.event == case.verdict.event for one in case.broken
    )
    place = grade_of(case, severities) if broke_here else None
    return len(severities) if place is None else place


def of_client(listed: Sequence[Promise], place: int) -> list[Promise]:
    """Return the promises in one client's order: those that it breaks, those that it kept, the others."""

    def order(promise: Promise) -> tuple[bool, bool]:
        standing = promise.standings[place]
        return not standing.broken, not standing.tested

    return sorted(listed, key=order)
