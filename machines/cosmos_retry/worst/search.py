"""The search: bounds from the graph of a lifecycle's permitted rows, and a run of the machine for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import attrs

from cosmos_retry.contract import DOCUMENTED
from cosmos_retry.worst.budgets import Budget
from cosmos_retry.worst.clock import Clock, Span
from cosmos_retry.worst.envelope import envelope
from cosmos_retry.worst.faults import Fault
from cosmos_retry.worst.graph import ANSWERS, Edge, Graph
from cosmos_retry.worst.paths import INFINITE, Paths
from cosmos_retry.worst.results import Longest, Most, Reached, WorstCase
from cosmos_retry.worst.rules import Rules
from cosmos_retry.worst.run import Played, Refused
from cosmos_retry.worst.witness import Way, fast, slow

_SOME_TIMEOUT_US = 10_000_000  # at which a witness is played where T is not known


@attrs.frozen
class _Heaviest:
    """The ways with the most attempts in a region, or in all; `bound` is None where nothing bounds them."""

    region: str | None
    bound: int | None
    ways: list[Way]
    unbounded_by: tuple[str, ...] = ()


class Search:
    """The worst that some faults can do to one request."""

    def __init__(self, rules: Rules, faults: Sequence[Fault], spare: Sequence[Budget] = ()) -> None:
        """Explore what the faults lead to; with several of them, any may come at any attempt.

        `spare` are the budgets that are counted apart.
        """
        self._rules, self._faults, self._budgets = rules, faults, spare
        free = frozenset(budget.policy for budget in spare)
        self.paths = Paths(Graph(rules.without(free) if free else rules, faults))
        self._slowest: dict[int, tuple[float, Span, list[Edge]]] = {}

    @property
    def taken(self) -> bool:
        """Whether any row takes one of these faults."""
        return any(edge.seen.event in ANSWERS for out in self.paths.out for edge in out)

    def result(self, name: str, timeout_us: int | None) -> WorstCase:
        """Return the worst case under a name, where an attempt lasts `timeout_us` at most, or T if None."""
        graph = self.paths.graph
        explored = [self.paths, *(budget.paths for budget in self._budgets)]
        stuck = {paths.graph.nodes[number].state for paths in explored for number in paths.stuck}
        if self.paths.heaviest(lambda edge: 0)[0] < 0:
            nowhere = Most(None, None, None)
            return WorstCase(name, None, nowhere, nowhere, tuple(sorted(stuck)))
        sent = {edge.seen.region for out in self.paths.out for edge in out if edge.weight}
        regions = [region for region in graph.rules.config.regions if region in sent]
        requests = self._played(self._heaviest(None))
        in_one = requests
        if len(regions) > 1:
            each = [self._heaviest(region) for region in regions]
            in_one = self._played(max(each, key=lambda one: INFINITE if one.bound is None else one.bound))
        return WorstCase(
            fault=name,
            longest=self._longest(timeout_us),
            requests=requests,
            in_one_region=in_one,
            stuck=tuple(sorted(stuck)),
        )

    # ------------------------------------------------------------------------------------------ attempts

    def _heaviest(self, region: str | None) -> _Heaviest:
        """The way with the most attempts, in one region if it is named."""
        paths, spare, weigh = self.paths, self._budgets, _counting(region)
        if paths.cycles(weigh):
            sure = Paths(paths.graph, lambda edge: edge.saturated)
            if cycles := sure.cycles(weigh):
                bases = {name for edge in cycles for name in (edge.rule.row.basis, *edge.rule.row.rests_on)}
                way = (paths.graph, sure.heaviest(weigh)[1])
                return _Heaviest(region, None, [way], self._ordered(bases - {DOCUMENTED}))
            # Attempts ride along with retries that the graph did not count one by one: count them.
            paths, spare = self._exact, ()
        value, path = paths.heaviest(weigh)
        bound = int(value) + sum(budget.retries for budget in spare)
        loops = [budget.fast_way for budget in spare]
        return _Heaviest(region, bound, _with_loops(paths.graph, path, loops, region))

    @cached_property
    def _exact(self) -> Paths:
        """The paths of the graph in which every retry is counted."""
        exact = {str(edge.policy) for out in self.paths.out for edge in out if edge.saturated}
        return Paths(Graph(self._rules, self._faults, exact))

    def _played(self, most: _Heaviest) -> Most:
        played = self._try(lambda: fast(self._rules, most.ways))
        reached = None
        if played is not None:
            attempts = played.attempts
            reached = len(attempts) if most.region is None else attempts.count(most.region)
        return Most(most.bound, reached, self._reached(played), most.unbounded_by)

    # ---------------------------------------------------------------------------------------------- time

    def _longest(self, timeout_us: int | None) -> tuple[Longest, ...] | None:
        if self._slow(timeout_us or _SOME_TIMEOUT_US)[0] == INFINITE:
            return None
        if timeout_us is not None:
            return (self._line(Span(self._span(timeout_us).at(timeout_us)), 0, timeout_us),)
        lines = envelope(self._span)
        ends = [start for start, _ in lines[1:]] + [None]
        found = []
        for (start, span), end in zip(lines, ends, strict=True):
            # An ordinary timeout where the line holds for one, else one of those for which it does.
            usual = start <= _SOME_TIMEOUT_US and (end is None or end > _SOME_TIMEOUT_US)
            at = _SOME_TIMEOUT_US if usual else start if end is not None else start + _SOME_TIMEOUT_US
            found.append(self._line(span, start, at))
        return tuple(found)

    def _slow(self, timeout_us: int) -> tuple[float, Span, list[Edge]]:
        """The longest time on the graph where T is `timeout_us`, as a span too, and the path for it."""
        if timeout_us not in self._slowest:
            clock = Clock(self.paths.graph, timeout_us)
            value, path = self.paths.heaviest(clock.weigh)
            spans = (clock.span(edge) or Span() for edge in path)
            self._slowest[timeout_us] = (value, sum(spans, Span()), path)
        return self._slowest[timeout_us]

    def _span(self, timeout_us: int) -> Span:
        apart = (budget.longest(timeout_us)[0] for budget in self._budgets)
        return sum(apart, self._slow(timeout_us)[1])

    def _line(self, span: Span, start: int, timeout_us: int) -> Longest:
        graph, path = self.paths.graph, self._slow(timeout_us)[2]
        loops = [budget.longest(timeout_us)[1] for budget in self._budgets]
        ways = _with_loops(graph, path, [(graph, loop) for loop in loops], None)
        whole = [edge for _, way in ways for edge in way]
        played = self._try(lambda: slow(self._rules, whole, timeout_us))
        end = None if played is None else played.end_us
        return Longest(span.us, span.attempts, start, timeout_us, end, self._reached(played))

    # -------------------------------------------------------------------------------------------- shared

    def _try(self, play: Callable[[], Played]) -> Played | None:
        try:
            return play()
        except Refused:
            return None

    def _reached(self, played: Played | None) -> Reached | None:
        return None if played is None else Reached(played.events, self._ordered(played.assumptions))

    def _ordered(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in self._rules.contract.assumptions if name in set(names))


def _counting(region: str | None) -> Callable[[Edge], float]:
    """Weights that count the attempts, those in one region if it is named."""
    return lambda edge: edge.weight if region in (None, edge.seen.region) else 0


def _with_loops(graph: Graph, path: Sequence[Edge], loops: Sequence[Way], region: str | None) -> list[Way]:
    """A path with loops after its first attempt, the first in that region if it is named."""
    places = [n for n, e in enumerate(path) if e.seen.event == "attempt" and region in (None, e.seen.region)]
    if not loops or not places:
        return [(graph, path)]
    cut = places[0] + 1
    moved = [(of, [edge.moved_to(path[cut - 1].seen.region) for edge in loop]) for of, loop in loops]
    return [(graph, path[:cut]), *moved, (graph, path[cut:])]
