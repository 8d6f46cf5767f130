"""Touching: what a mutant does otherwise in the very states that the sound contract comes to.

Where it does nothing otherwise the two have the same runs in that configuration.  Where it takes a move that
the other refuses, or the other way round, that move tells them apart.  Where it only leads elsewhere the two
have to be followed from there on (see `sameness`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cosmos_retry.contract import Contract, Row
from cosmos_retry.explore.decisions import name_of
from cosmos_retry.explore.flat import State
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.rules import Rules, Taken, Test
from cosmos_retry.explore.space import promised_lengths
from cosmos_retry.explore.tallies import Tally
from cosmos_retry.explore.world import Needs
from cosmos_retry.mutation.difference import LEADS, REASONS, WORST, Difference, kind_of, row_names
from cosmos_retry.mutation.grounds import Ground
from cosmos_retry.mutation.reasons import Reasons, reasons
from cosmos_retry.mutation.static import Spot

Offer = tuple[Row, Reasons, object]  # the row, what is said of the move, and all that becomes of it


def touched(ground: Ground, broken: Contract, changed: Iterable[Spot], subject: str) -> Difference | None:
    """Return the worst that a mutant does otherwise in one configuration, or None.

    `changed` are the places in the tables where there are other rows, `subject` is the row that is another.
    """
    at = _At(ground, broken)
    worst: Difference | None = None
    for lifecycle, state, event in changed:
        for place in ground.by_state.get(state, ()) if lifecycle == ground.lifecycle else ():
            for untimed in ground.next_at(place):
                if untimed.event != event:
                    continue
                for found in at.differences(place, untimed, subject):
                    if worst is None or _rank(found) > _rank(worst):
                        worst = found
    return worst


def _rank(difference: Difference) -> tuple[int, int]:
    """The worse kind counts more, and the shorter run."""
    return WORST.index(difference.kind), -len(difference.story)


class _At:
    """The rules of the sound contract and of a mutant, at the places of one configuration."""

    def __init__(self, ground: Ground, broken: Contract) -> None:
        setting = ground.case.setting
        lengths = promised_lengths(ground.contract.profile, setting)
        self._ground, self._config = ground, setting.config
        made = {"throttle": setting.throttle_retries, "unavailable": setting.unavailable_retries}
        new = Rules(broken, setting.lifecycle, setting.config, lengths, whole=True)
        self._sides = tuple(
            (rules, rules.variant(setting.config, made)) for rules in (ground.model.rules, new)
        )

    def differences(self, place: int, untimed: Label, subject: str) -> Iterator[Difference]:
        """Yield what a label comes to otherwise in the states of a place, once for each kind."""
        control = self._ground.model.places[place].control
        taken = [self._ground.takes(place, untimed), self._sides[1][0].takes(control, untimed)]
        if self._same(taken, subject):
            return
        plain = [
            [(one.row.bounds, one.tests, self._said(at, one, place, untimed)[1:]) for one in some]
            for at, some in enumerate(taken)
        ]
        if plain[0] == plain[1]:
            return
        found: set[str] = set()
        for code, tallies in self._ground.tallies(place):
            for label, needs in self._ground.next_at(place)[untimed]:
                if _possible(needs, tallies):
                    sides = [self._offers(at, taken[at], place, label, tallies) for at in (0, 1)]
                    kind = self._kind(*sides)
                    if kind is not None and kind not in found:
                        found.add(kind)
                        yield self._difference(kind, code, label, sides, subject)

    def _same(self, taken: Sequence[Sequence[Taken]], subject: str) -> bool:
        """Whether the row that is another has no part in it."""
        ids = [[one.row.id for one in some] for some in taken]
        return subject in self._sides[1][0].contract.rows and ids[0] == ids[1] and subject not in ids[0]

    def _kind(self, mine: Sequence[Offer], theirs: Sequence[Offer]) -> str | None:
        if [one[1:] for one in mine] == [one[1:] for one in theirs]:
            return None
        if sorted(one[1] for one in mine) == sorted(one[1] for one in theirs):
            return LEADS
        kind = kind_of([one[0] for one in mine], [one[0] for one in theirs])
        # Where another row takes the move the run may go on otherwise, too.
        goes_on = [[one[2] for one in some if not one[0].forbids] for some in (mine, theirs)]
        return LEADS if kind == REASONS and goes_on[0] != goes_on[1] else kind

    def _difference(
        self, kind: str, code: int, label: Label, sides: Sequence[Sequence[Offer]], subject: str
    ) -> Difference:
        ground, model = self._ground, self._ground.model
        path: list[tuple[State, int]] = ground.found.path(ground.found.packing.decode(code))
        edges = [model.edges[state[0]][number] for state, number in path]
        strayed = model.places[code & ground.found.packing.place_bits].watch.strayed
        if kind != REASONS and (strayed or any(model.rows[edge.row].id == subject for edge in edges)):
            # The mutant may be elsewhere by then, and where a run has strayed the model forgets its counts.
            kind = LEADS
        story = tuple(name_of(one) for one in (*(edge.label for edge in edges), label))
        before, after = (row_names([row for row, _, _ in some]) for some in sides)
        hops = [(edge.label, model.rows[edge.row].id) for edge in edges]
        takes = next((row.id for row, _, _ in sides[0] if not row.forbids), "")
        setting = ground.case.setting
        return Difference(kind, ground.title, story, before, after, setting, (*hops, (label, takes)))

    def _said(self, at: int, taken: Taken, place: int, label: Label) -> Offer:
        control = self._ground.model.places[place].control
        contract = self._sides[at][0].contract
        said = reasons(contract, self._config, taken.row, control, label)
        opened = self._ground.model.places[place].watch.open
        return taken.row, said, self._ground.alike.what_counts(taken, opened)

    def _offers(
        self, at: int, taken: Sequence[Taken], place: int, label: Label, tallies: Mapping[str, Tally]
    ) -> list[Offer]:
        """What takes a label at a time, for each row that does."""
        here, (rules, variant) = self._ground.model.places[place], self._sides[at]
        active, asked = here.watch.policy, here.control.memory.asked is not None
        found = []
        for one in taken:
            bounds = rules.in_time(one.row, label, active, asked)
            tests: tuple[Test, ...] = () if bounds is None else (*one.tests, *bounds)
            if bounds is not None and all(
                test.holds(tallies.get(test.policy, Tally()), variant) for test in tests
            ):
                found.append(self._said(at, one, place, label.untimed))
        return found


def _possible(needs: Needs, tallies: Mapping[str, Tally]) -> bool:
    """Whether the world can do so: some moments are there before a first retry only, or after it."""
    return needs is None or (tallies[needs[0]].made > 0) == needs[1]
