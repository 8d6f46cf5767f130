"""The difference: the shortest run known on which a mutant says something else than the contract."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cosmos_retry.contract import Row
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.watch import Setting

Hop = tuple[Label, str]  # what happens, and the row that takes it
LEADS = "the same moves, leading elsewhere"
REASONS = "the same moves, for other reasons"
VERDICTS = "the same moves, with other verdicts"
MOVES = "the permitted moves differ"
WORST = (REASONS, LEADS, VERDICTS, MOVES)  # the worst comes last


@attrs.frozen
class Difference:
    """Where, what was done, and the rows that take the last of it: the contract's, and the mutant's.

    `hops` are the steps of the story, each with the row of the contract that takes it; the last one has "",
    where the contract refuses it.
    """

    kind: str
    where: str
    story: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    setting: Setting | None = attrs.field(default=None, repr=False)
    hops: tuple[Hop, ...] = attrs.field(default=(), repr=False)

    def __str__(self) -> str:
        """One line."""
        was, now = (" or ".join(said) or "refused" for said in (self.before, self.after))
        return f"{self.where}: {'; '.join(self.story)} - {was}; the mutant: {now}"


def kind_of(mine: Sequence[Row], theirs: Sequence[Row]) -> str:
    """Return what differs where not all is alike: whether a move is taken, with which verdict, or why."""
    verdicts = [{row.verdict for row in some if not row.forbids} for some in (mine, theirs)]
    if bool(verdicts[0]) != bool(verdicts[1]):
        return MOVES
    return REASONS if verdicts[0] == verdicts[1] else VERDICTS


def row_names(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return rows in words: the verdict and the id of each."""
    return tuple(f"{row.verdict} by {row.id}" for row in rows)
