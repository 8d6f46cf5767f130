"""The times of a run: what it demands of the unknown times, and times that meet the demands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import attrs

from cosmos_retry.holes.clock import Clock, Demand, demand
from cosmos_retry.holes.moment import Moment, Number
from cosmos_retry.holes.simplex import times_for

COPIED = 20  # demands are copied while one number is looked at


@attrs.frozen(eq=False, slots=False)
class Times:
    """What a run demands of the unknown times.  Immutable.

    `point` are times that meet every demand, for those unknowns that are not where they were seen: as long
    as one can be found the run is possible.  `last` is the latest moment of the run.
    """

    clock: Clock
    point: Mapping[int, Number] = attrs.field(factory=dict)
    last: Moment | int | None = None
    _before: Times | None = None
    _asked: Demand | None = None

    @property
    def demands(self) -> Iterator[Demand]:
        """The demands, the latest first."""
        here: Times | None = self
        while here is not None:
            if here._asked is not None:
                yield here._asked
            here = here._before

    @cached_property
    def demanded(self) -> frozenset[Demand]:
        """The demands as a set.  Raises `Spent`."""
        new: list[Demand] = []
        here: Times | None = self
        # What is known already of an earlier time is copied, which is fast, and not put together anew.
        while here is not None and "demanded" not in here.__dict__:
            if here._asked is not None:
                new.append(here._asked)
            here = here._before
        demanded = frozenset[Demand]() if here is None else here.demanded
        self.clock.effort.spend(len(new) + len(demanded) // COPIED)
        return demanded.union(new)

    def such_that(self, asked: Iterable[Demand]) -> Times | None:
        """Return the times under further demands, or None where no times meet them all.

        Raises `TooLong` where that could not be found out, and `Spent`.
        """
        new = [one for one in asked if not self.clock.always(one)]
        if not new:
            return self
        if any(self.clock.never(one) for one in new):
            return None
        point = self.point
        if not all(self._meets(point, one) for one in new):
            found = self._search([*self.demands, *new])
            if found is None:
                return None
            point = found
        here = self
        for one in new:
            here = Times(self.clock, point, self.last, here, one)
        return here

    def then(self, moment: Moment | int) -> Times | None:
        """Return the times with one more moment, not earlier than the last; None where it cannot be."""
        here: Times | None = self
        if self.last is not None and (isinstance(moment, Moment) or isinstance(self.last, Moment)):
            gap = moment - self.last
            here = self.such_that([demand(gap.terms, gap.plus)]) if isinstance(gap, Moment) else self
        return None if here is None else attrs.evolve(here, last=moment)

    def at(self, moment: Moment | int) -> int:
        """Return a moment in whole microseconds, as it is at the times that were found."""
        return moment if isinstance(moment, int) else round(self._sum(self.point, moment.terms) + moment.plus)

    @property
    def whole(self) -> bool:
        """Whether the times that were found are whole microseconds, so that they can be shown and checked."""
        return all(isinstance(t, int) for t in self.point.values())

    def _meets(self, point: Mapping[int, Number], asked: Demand) -> bool:
        return self._sum(point, asked.terms) >= asked.least

    def _sum(self, point: Mapping[int, Number], terms: Iterable[tuple[int, Number]]) -> Number:
        homes = self.clock.homes
        return sum(factor * point.get(n, homes[n]) for n, factor in terms)

    def _search(self, demands: list[Demand]) -> Mapping[int, Number] | None:
        found = times_for(demands, self.clock, self.point)
        if found is None:
            return None
        if all(isinstance(t, int) for t in found.values()):
            return self._moved(found)
        # Whole microseconds are wanted: these if they can be rounded, or else some a little further inside.
        firm = [
            attrs.evolve(one, least=one.least + sum(abs(factor) for _, factor in one.terms))
            if any(abs(factor) > 1 for _, factor in one.terms)
            else one
            for one in demands
        ]
        for candidate in (found, times_for(firm, self.clock, found)):
            near: dict[int, Number] = {n: round(t) for n, t in (candidate or {}).items()}
            if candidate is not None and all(self._meets(near, one) for one in demands):
                return self._moved(near)
        return self._moved(found)

    def _moved(self, found: Mapping[int, Number]) -> Mapping[int, Number]:
        homes = self.clock.homes
        return {n: t for n, t in {**self.point, **found}.items() if t != homes[n]}
