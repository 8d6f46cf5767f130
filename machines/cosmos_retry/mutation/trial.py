"""The trial: one mutant before every judge in turn, the cheapest first, until one notices it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.explore.sound import differing_statuses
from cosmos_retry.mutation.difference import MOVES, REASONS, VERDICTS, WORST, Difference
from cosmos_retry.mutation.grounds import Grounds
from cosmos_retry.mutation.hearing import Hearing
from cosmos_retry.mutation.mutant import Mutant
from cosmos_retry.mutation.promises import Promises
from cosmos_retry.mutation.register import disagreements
from cosmos_retry.mutation.rows import VERDICT
from cosmos_retry.mutation.static import Proof, refused
from cosmos_retry.mutation.stories import Shelf, Story
from cosmos_retry.mutation.tables import Tables
from cosmos_retry.vectors.stock import Stock

KILLED, EQUIVALENT, SURVIVED = "killed", "equivalent", "survived"


@attrs.frozen
class Outcome:
    """What became of a mutant.

    `judge` is who noticed it and `name` what it was noticed by: a story, a promise, a pair of rows.  Of a
    mutant that nobody noticed `name` says why it is equivalent, or is the shortest run that tells it from
    the contract.
    """

    operator: str
    subject: str
    says: str
    fate: str
    judge: str
    name: str
    found: Difference | None = attrs.field(default=None, repr=False)


class Bench:
    """The sound contract with all its judges, made when they are first needed."""

    def __init__(
        self, contract: Contract, vectors: Stock | None, stories: Sequence[Story], tables: Tables | None
    ) -> None:
        """Take the sound contract, and what there is of vectors, stories and committed tables about it."""
        self.contract, self._vectors, self._tables = contract, vectors, tables
        self.shelf = Shelf(contract, stories)
        self.judges: tuple[Callable[[Hearing], tuple[str, str] | None], ...] = (
            self.loader,
            self.vectors,
            self.proof,
            self.stories,
            self.register,
            self.promises,
        )

    def try_(self, mutant: Mutant) -> Outcome:
        """Return what becomes of a mutant."""
        hearing = Hearing(self.contract, self.fields, mutant)
        for judge in self.judges:
            found = judge(hearing)
            if found is not None:
                return _outcome(mutant, KILLED, *found)
        return self._unnoticed(hearing)

    def loader(self, hearing: Hearing) -> tuple[str, str] | None:
        """Whether the tables are refused when they are loaded."""
        reason = refused(hearing.mutant, hearing.broken)
        return None if reason is None else ("loader", reason)

    def vectors(self, hearing: Hearing) -> tuple[str, str] | None:
        """Whether there is a conformance vector that is not borne out."""
        if self._vectors is None or (not hearing.changed and hearing.mutant.subject in self.contract.rows):
            return None
        found = self._vectors.against(hearing.broken, hearing.changed)
        return None if found is None else ("vector", found)

    def proof(self, hearing: Hearing) -> tuple[str, str] | None:
        """Whether the proof finds an overlap, a hole, something idle, or a success that is none elsewhere."""
        differing = differing_statuses(hearing.broken)
        return ("status", differing[0]) if differing else self._proof.finds(hearing.broken)

    def stories(self, hearing: Hearing) -> tuple[str, str] | None:
        """Whether a story comes to another verdict, or another row decides it."""
        for story in self.shelf.concerned(hearing.mutant.subject, hearing.changed):
            if story.told(hearing.broken) is None:
                return "story", story.name
        return None

    def register(self, hearing: Hearing) -> tuple[str, str] | None:
        """Whether clauses, assumptions and words still became what their registers say."""
        found = next(disagreements(hearing.broken), None)
        return None if found is None else ("register", found)

    def promises(self, hearing: Hearing) -> tuple[str, str] | None:
        """Whether a run breaks a promise, two rows clash, or a run is stuck."""
        for cases in hearing.promising:
            found = self._promises.broken(hearing.broken, cases)
            if found is not None:
                return found
        return None

    def tables(self, hearing: Hearing) -> tuple[str, str] | None:
        """Whether a committed table of the rows would be another."""
        found = None if self._tables is None else self._tables.stale(hearing.broken)
        return None if found is None else ("committed tables", found)

    def _unnoticed(self, hearing: Hearing) -> Outcome:
        """Of a mutant that no run betrays, tell the equivalent from those for which something is missing."""
        mutant = hearing.mutant
        found = None if hearing.says_only else hearing.difference
        unsaid = VERDICTS if mutant.operator != VERDICT else MOVES
        if found is not None and WORST.index(found.kind) >= WORST.index(unsaid):
            return attrs.evolve(_outcome(mutant, SURVIVED, found.kind, str(found)), found=found)
        if found is None and hearing.changed and not hearing.says_only:
            return _outcome(mutant, EQUIVALENT, "", hearing.why_equivalent)
        # What is said of a move is no move, nor is a number that no row reads: only a text can state it.
        stale = self.tables(hearing)
        if stale is not None:
            return _outcome(mutant, KILLED, *stale)
        says = "it is stated in no text that is compared" if found is None else str(found)
        return _outcome(mutant, SURVIVED, REASONS, says)

    @cached_property
    def _proof(self) -> Proof:
        return Proof(self.contract)

    @cached_property
    def _promises(self) -> Promises:
        return Promises(self.contract)

    @cached_property
    def fields(self) -> Grounds:
        """The configurations to explore."""
        return Grounds(self.contract)


def _outcome(mutant: Mutant, fate: str, judge: str, name: str) -> Outcome:
    return Outcome(mutant.operator, mutant.subject, mutant.says, fate, judge, name)
