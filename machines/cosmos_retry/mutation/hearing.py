"""The hearing: one mutant before the judges, and what several of them want to know of it."""

from __future__ import annotations

from functools import cached_property

from cosmos_retry.contract import Contract
from cosmos_retry.explore.space import Case, Space
from cosmos_retry.mutation.difference import LEADS, MOVES, REASONS, VERDICTS, WORST, Difference
from cosmos_retry.mutation.grounds import Ground, Grounds
from cosmos_retry.mutation.mutant import Mutant, evolved
from cosmos_retry.mutation.promises import followed
from cosmos_retry.mutation.sameness import difference
from cosmos_retry.mutation.static import Spot, changed_places
from cosmos_retry.mutation.touching import touched

MOST_FOLLOWED = 4  # configurations in which runs are followed on, of those where a mutant does anything else
_SMALL = ("metadata", "write", "point_read", "query")  # by the size of their models
Touched = tuple[Ground, Difference]


class Hearing:
    """One mutant: its contract, where it differs, and how."""

    def __init__(self, contract: Contract, fields: Grounds, mutant: Mutant) -> None:
        """Take the sound contract, the configurations to explore, and the mutant."""
        self._contract, self._fields, self.mutant = contract, fields, mutant
        self.broken = mutant.of(contract)

    @cached_property
    def changed(self) -> list[Spot]:
        """The places in the tables where there are other rows."""
        return list(changed_places(self._contract, self.broken))

    @property
    def says_only(self) -> bool:
        """Whether the mutant rests on another basis and is the same in all else."""
        row, mine = self._contract.rows.get(self.mutant.subject), self.mutant.row
        return bool(row and mine and not self.mutant.beside and evolved(mine, basis=row.basis) == row)

    @property
    def promising(self) -> list[list[Case]]:
        """The configurations in which a promise may be at stake, one at a time."""
        if self.says_only:
            return []
        sides = [followed(contract, self.changed) for contract in (self._contract, self.broken)]
        if self.changed and sides[0] == sides[1]:
            return []
        return [[ground.case] for ground, found in self._some if found.kind != REASONS]

    @cached_property
    def difference(self) -> Difference | None:
        """What tells the mutant from the sound contract, the worst that is known, or None."""
        local = [found for _, found in self._touched if found.kind != LEADS]
        worst = max(local, key=_rank, default=None)
        if worst is None or worst.kind not in (MOVES, VERDICTS):
            for ground, found in self._some:
                there = difference(ground, self.broken) if found.kind == LEADS else None
                if there is not None and (worst is None or _rank(there) > _rank(worst)):
                    worst = there
                if there is not None and there.kind == MOVES:
                    break
        return worst

    @property
    def why_equivalent(self) -> str:
        """Why the mutant makes no difference, as far as it was explored."""
        if self._touched:
            count = sum(found.kind == LEADS for _, found in self._some)
            return f"no later move depends on it, in {count} configurations"
        count = sum(len(self._fields.of(group)) for group in self._live)
        return f"nothing else is done in any state that a run comes to, in {count} configurations"

    @cached_property
    def _touched(self) -> list[Touched]:
        """The configurations in which anything else is done, each with the worst of it."""
        everywhere = [
            (name, state, event)
            for name, lifecycle in self._contract.lifecycles.items()
            for state, event in lifecycle.at
        ]
        places, subject = self.changed or everywhere, self.mutant.subject
        grounds = [ground for group in self._live for ground in self._fields.of(group)]
        found = [(ground, touched(ground, self.broken, places, subject)) for ground in grounds]
        return [(ground, one) for ground, one in found if one is not None]

    @cached_property
    def _some(self) -> list[Touched]:
        """Some of them: first one of each lifecycle, then the second ones, the small ones first."""
        by_lifecycle: dict[str, list[Touched]] = {}
        for ground, found in self._touched:
            by_lifecycle.setdefault(ground.lifecycle, []).append((ground, found))
        ranked = [(rank, one) for some in by_lifecycle.values() for rank, one in enumerate(some)]
        return [one for _, one in sorted(ranked, key=lambda pair: pair[0])[:MOST_FOLLOWED]]

    @cached_property
    def _live(self) -> list[list[Case]]:
        """The groups in which the row can be taken, before the change or after it."""
        subject, fields = self.mutant.subject, self._fields
        space = Space(self.broken, self._contract.profile)
        names = sorted({name for name, _, _ in self.changed} or self.broken.lifecycles, key=_SMALL.index)
        return [
            group
            for name in names
            for group in fields.groups(name)
            if not self.changed or subject in fields.rows(group) | space.rows(name, group[0].setting.config)
        ]


def _rank(found: Difference) -> tuple[int, int]:
    return WORST.index(found.kind), -len(found.story)
