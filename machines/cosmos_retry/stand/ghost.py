"""The ghost-write check: whether a write was lost, duplicated or falsely reported.

The rule is in spec/stand.md, under the same heading, sentence by sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs

from cosmos_retry.stand.record import Finding, Heard, Writes

# Answers that leave open whether the write was carried out, like no answer at all.
AMBIGUOUS = frozenset({408, 500, 502, 504})


@attrs.frozen
class Delivery:
    """A request of a write that the service read whole.

    applied: whether it was carried out.  status: of the answer, None where none got out whole.
    pretended: whether the status is one that a script put there, so that it proves nothing.
    """

    applied: bool
    status: int | None
    pretended: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its answer leaves open that it was carried out."""
        return self.status is None or self.status in AMBIGUOUS


def check(deliveries: Sequence[Delivery], heard: Heard, status: int | None) -> Writes:
    """Return what became of a write: `deliveries` in order, what was heard, with the status of an error."""
    applied = sum(one.applied for one in deliveries)
    again = any(one.is_open for one in deliveries[:-1])
    duplicated: Literal["applied", "delivered"] | None = (
        "applied" if applied > 1 else "delivered" if again else None
    )
    pretended = any(one.pretended and one.status is not None and one.status < 400 for one in deliveries)
    # What the last answer itself says is passed on, and no lie of the client's.
    unsaid = [one for one in deliveries[-1:] if not (one.applied and one.status == status)]
    denied = any(one.applied for one in (*deliveries[:-1], *unsaid))
    worst_first: tuple[tuple[Finding, bool], ...] = (
        ("lost", heard == "success" and applied == 0 and not pretended),
        ("duplicated", duplicated == "applied"),
        ("reported falsely", heard == "error" and says_no(status) and denied),
        ("duplicated", duplicated == "delivered"),
    )
    findings = [finding for finding, is_so in worst_first if is_so]
    return Writes(
        delivered=len(deliveries),
        applied=applied,
        heard=heard,
        finding=findings[0] if findings else None,
        findings=findings,
        duplicated=duplicated,
    )


def says_no(status: int | None) -> bool:
    """Whether an error's status tells an application that its write was not carried out: 4xx but 408."""
    return status is not None and 400 <= status < 500 and status not in AMBIGUOUS
