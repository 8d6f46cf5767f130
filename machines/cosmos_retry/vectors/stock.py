"""The stock: all vectors, and the points of their runs by the places in the tables that they ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from cosmos_retry.contract import Contract, Row
from cosmos_retry.vectors.points import Point, points
from cosmos_retry.vectors.retelling import Kept, Stand

Spot = tuple[str, str, str]  # a lifecycle, a state, an event


class Stock:
    """Vectors of a contract, and which of them another contract does not bear out."""

    def __init__(self, contract: Contract, kept: Iterable[Kept]) -> None:
        """Take the contract that bears all of them out."""
        self._contract, self.kept = contract, tuple(kept)
        self._known: dict[str, list[Stand]] = {}

    @cached_property
    def _points(self) -> dict[Spot, list[tuple[Point, list[Kept]]]]:
        known: dict[object, tuple[Point, list[Kept]]] = {}
        found: dict[Spot, list[tuple[Point, list[Kept]]]] = {}
        for one in self.kept:
            for point in points(self._contract, one.lifecycle, one.vector.config, one.vector.events):
                key = point.key
                if key not in known:
                    known[key] = point, []
                    found.setdefault((point.lifecycle, point.state, point.event), []).append(known[key])
                if one not in known[key][1][-1:]:
                    known[key][1].append(one)
        return found

    def prepare(self) -> None:
        """Work out now what would be worked out when it is first asked for."""
        assert self._points or not self.kept

    def against(self, contract: Contract, spots: Iterable[Spot]) -> str | None:
        """Return a vector that another contract does not bear out, or None.

        `spots` are the places in which its tables differ; with none of them every vector is told again.
        """
        spots = list(spots)
        changed = {state for _, state, _ in spots}
        for one in self._suspects(contract, spots):
            known = self._stands(one) if spots else ()
            if not one.is_borne_out(contract, known, changed):
                return one.name
        return None

    def _stands(self, one: Kept) -> list[Stand]:
        if one.name not in self._known:
            self._known[one.name] = one.stands(self._contract)
        return self._known[one.name]

    def _suspects(self, contract: Contract, spots: Iterable[Spot]) -> Iterator[Kept]:
        """Yield the vectors whose runs come past a place where something else holds, each once."""
        told: set[str] = set()
        anywhere = True
        for spot in spots:
            anywhere = False
            before, after = (_rows(one, spot) for one in (self._contract, contract))
            mine, theirs = _without(before, after), _without(after, before)
            for point, vectors in self._points.get(spot, ()):
                if point.holding(self._contract, mine) != point.holding(contract, theirs):
                    yield from (one for one in vectors if one.name not in told)
                    told.update(one.name for one in vectors)
        if anywhere:
            yield from self.kept


def _rows(contract: Contract, spot: Spot) -> tuple[Row, ...]:
    return contract.lifecycles[spot[0]].at.get(spot[1:], ())


def _without(rows: Iterable[Row], others: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row not in others]
