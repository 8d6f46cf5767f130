"""The budgets: what a policy whose window belongs to the whole request can add to any run.

The count of such a policy need not be followed where faults mix: its retries stay in the region, and no more
of them are made in a request than its window or its limit holds.  So the graph forgets the count and lets its
retries weigh nothing, and they are added once.  That is a bound.  It is reached where all of them can be made
at the start of a run, which the witness shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import attrs

from cosmos_retry.worst.clock import Clock, Span
from cosmos_retry.worst.envelope import LEAST_TIMEOUT_US
from cosmos_retry.worst.faults import Fault
from cosmos_retry.worst.graph import Edge, Graph
from cosmos_retry.worst.pace import WINDOW_KINDS
from cosmos_retry.worst.paths import INFINITE, Paths
from cosmos_retry.worst.rules import Rules
from cosmos_retry.worst.witness import Way


@attrs.frozen(slots=False)
class Budget:
    """The retries of one policy, on the graph of its faults alone."""

    policy: str
    paths: Paths

    @cached_property
    def _counted(self) -> tuple[float, list[Edge]]:
        return self.paths.heaviest(lambda edge: edge.weight if edge.policy == self.policy else 0)

    @property
    def bounded(self) -> bool:
        """Whether both the number of retries and their time are finite."""
        clock = Clock(self.paths.graph, LEAST_TIMEOUT_US)
        return INFINITE not in (self._counted[0], self._timed(clock)[0])

    @property
    def retries(self) -> int:
        """The most retries in one request."""
        return int(self._counted[0])

    @property
    def fast_way(self) -> Way:
        """The way on which the most retries are made, from behind the first attempt to the last retry."""
        return (self.paths.graph, self._loop(self._counted[1]))

    def longest(self, timeout_us: int) -> tuple[Span, Sequence[Edge]]:
        """Return the longest time that the retries can add where T is `timeout_us`, and the way that does."""
        clock = Clock(self.paths.graph, timeout_us)
        path = self._timed(clock)[1]
        spans = [clock.span(edge) or Span() for edge in path if edge.policy == self.policy]
        return sum(spans, Span()), self._loop(path)

    def covers_waiting(self) -> bool:
        """Whether to retry to the end of the window and then fail is as long as to wait for its end."""
        lengths = [w.length or 0 for node in self.paths.graph.nodes for w in node.memory.windows.values()]
        added = self.longest(LEAST_TIMEOUT_US)[0].at(LEAST_TIMEOUT_US)
        return max(lengths, default=0) + 1 <= added + LEAST_TIMEOUT_US

    def _timed(self, clock: Clock) -> tuple[float, list[Edge]]:
        return self.paths.heaviest(lambda edge: clock.weigh(edge) if edge.policy == self.policy else 0)

    def _loop(self, path: Sequence[Edge]) -> Sequence[Edge]:
        places = [place for place, edge in enumerate(path) if edge.policy == self.policy]
        first = next((place for place, edge in enumerate(path) if edge.seen.event == "attempt"), 0)
        return path[first + 1 : places[-1] + 1] if places else []


def budgets(rules: Rules, alone: Mapping[Fault, Paths]) -> tuple[Budget, ...]:
    """Return the budgets of the policies that can be counted apart; `alone` has the graph of each fault."""
    found = []
    for policy, words in rules.contract.vocabulary.policies.items():
        if words.scope != "request" or not _apart(rules, policy):
            continue
        mine = [fault for fault, paths in alone.items() if _retried(paths.graph, policy)]
        budget = Budget(policy, Paths(Graph(rules, mine)))
        if mine and budget.bounded and budget.covers_waiting():
            found.append(budget)
    return tuple(found)


def _retried(graph: Graph, policy: str) -> bool:
    return any(edge.policy == policy for out in graph.out for edge in out)


def _apart(rules: Rules, policy: str) -> bool:
    """Whether a window holds the policy's retries, and nothing but its retries and errors looks at it."""
    words = rules.contract.vocabulary
    windowed = False
    for rule in rules.all:
        looks = any(words.features[name].policy == policy for name in rule.features)
        bound = [instant for _, instant in rule.bounds if instant.policy == policy]
        counts = rule.counts == policy
        if (looks or bound) and not counts and rule.row.on != "error":
            return False
        windowed = windowed or (counts and any(instant.kind in WINDOW_KINDS for instant in bound))
    return windowed
