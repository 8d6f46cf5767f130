"""Holding: the published vectors held against a contract that somebody has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.explore.shown import as_json
from cosmos_retry.tasks import run_tasks
from cosmos_retry.vectors.departure import Departure
from cosmos_retry.vectors.retelling import Kept
from cosmos_retry.wording import describe_event

_PORTION = 50  # vectors
_MOST_SHOWN = 3
_MANY = 4  # clauses; a row with more stands for several answers
Portion = list[tuple[list[str], Departure | None, list[str]]]


@attrs.frozen
class Held:
    """What came of it: how many vectors there are, where the contract departs from some, the shortest first.

    `reworded` are rows of which it says something else: their sentence, their clauses, or their basis.
    `founded` are vectors whose verdict rests on other assumptions or clauses, each with how; where a run
    departs, its verdict is not looked at.
    """

    vectors: int
    departures: tuple[tuple[Kept, Departure], ...]
    reworded: tuple[str, ...]
    founded: tuple[tuple[Kept, str], ...]

    def lines(self) -> Iterator[str]:
        """Yield what is to be said: a few departures whose rows differ, each with its trace, and the rest."""
        shown: set[frozenset[str]] = set()
        for kept, departure in self.departures:
            if departure.rows not in shown and len(shown) < _MOST_SHOWN:
                shown.add(departure.rows)
                yield ""
                yield from _told(kept, departure)


def held(contract: Contract, kept: Sequence[Kept], jobs: int | None = None) -> Held:
    """Tell every vector's run again; `jobs` is the number of processes, by default one a core."""
    portions = [kept[at : at + _PORTION] for at in range(0, len(kept), _PORTION)]
    found = [
        one for some in run_tasks([(_portion, (contract, some)) for some in portions], jobs) for one in some
    ]
    departures = [
        (vector, departure)
        for vector, (_, departure, _) in zip(kept, found, strict=True)
        if departure is not None
    ]
    founded = [(vector, ", ".join(how)) for vector, (_, _, how) in zip(kept, found, strict=True) if how]
    departures.sort(key=lambda one: (one[1].events, len(one[0].vector.events), one[0].name))
    reworded = dict.fromkeys(row for rows, _, _ in found for row in rows)
    return Held(len(kept), tuple(departures), tuple(reworded), tuple(founded))


def _portion(contract: Contract, kept: Sequence[Kept]) -> Portion:
    return [_of(contract, one) for one in kept]


def _of(contract: Contract, kept: Kept) -> tuple[list[str], Departure | None, list[str]]:
    departure = kept.departure(contract)
    founded = kept.otherwise_founded(contract) if departure is None else []
    return kept.reworded(contract), departure, founded


def _told(kept: Kept, departure: Departure) -> Iterator[str]:
    events = kept.vector.events[: departure.events]
    after = f"after {describe_event(events[-1])}" if events else "at the beginning"
    yield f"DEPARTS {kept.name}: {kept.vector.about}"
    yield f"  {after} (event {len(events)})" if events else f"  {after}"
    for name, texts in (("the vector", departure.was), ("the tables", departure.now)):
        yield from (f"  {name}: {text}" for text in texts or ("nothing of the kind",))
    yield f"  [{', '.join(_cites(kept, departure))}]"
    yield f"  {as_json(kept.vector.trace)}"


def _cites(kept: Kept, departure: Departure) -> list[str]:
    """The clauses of the rows in question; of rows that stand for many answers, those about this answer."""
    left, led = departure.events, set[str]()
    for turn in kept.vector.turns:
        led.update(cite for row in turn.rows[: max(0, left)] for cite in kept.notes[row].cites)
        left -= len(turn.then)
    found: dict[str, None] = {}
    for row in sorted(departure.rows & kept.notes.keys()):
        cites = kept.notes[row].cites
        fitting = [cite for cite in cites if cite in led] if len(cites) > _MANY else []
        found |= dict.fromkeys(fitting or cites)
    return list(found)
