"""The paths: the heaviest way through a graph from the start to an end, where edges weigh 0 or more."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from cosmos_retry.worst.graph import Edge, Graph
from cosmos_retry.worst.parts import strong_parts

Weigh = Callable[[Edge], float]
INFINITE = float("inf")
PUMPED = 10  # how often a way through a cycle without a bound goes round


class Paths:
    """The strongly connected parts of a graph, found once, and the heaviest paths for any weights."""

    def __init__(self, graph: Graph, skip: Callable[[Edge], bool] | None = None) -> None:
        """Find the parts, each after all those that it leads to; edges that `skip` names are left out."""
        self.graph = graph
        self.out = graph.out
        if skip is not None:
            self.out = [[edge for edge in out if not skip(edge)] for out in graph.out]
        self.parts = strong_parts(self.out)
        part = [-1] * len(self.out)
        for number, nodes in enumerate(self.parts):
            for node in nodes:
                part[node] = number
        self._part = part
        self._leaving = [[edge for edge in out if part[edge.target] != part[edge.source]] for out in self.out]
        self._staying = [[edge for edge in out if part[edge.target] == part[edge.source]] for out in self.out]
        self._end = [graph.rules.terminal(node.state) for node in graph.nodes]

    @property
    def stuck(self) -> list[int]:
        """The nodes where nothing is permitted any more, and the application has not heard."""
        return [node for node, out in enumerate(self.out) if not out and not self._end[node]]

    def cycles(self, weigh: Weigh) -> list[Edge]:
        """Return the edges of some weight that lie on a cycle which the start leads to."""
        nodes = (node for part in self.parts for node in part)
        return [edge for node in nodes for edge in self._staying[node] if weigh(edge) > 0]

    def heaviest(self, weigh: Weigh) -> tuple[float, list[Edge]]:
        """Return the weight of the heaviest path from the start to an end, and the path.

        Of paths of one weight, a short one.  The weight is infinite where a cycle of some weight lies on the
        way; the path then goes round it a few times.
        """
        values, steps = self._values(weigh)
        return values[0], self._path(weigh, values, steps)

    def _values(self, weigh: Weigh) -> tuple[list[float], list[int]]:
        """For each node the weight of the heaviest path from it, and how many edges that takes about."""
        values = [-INFINITE] * len(self.out)
        steps = [0] * len(self.out)
        for part in self.parts:
            best, least = -INFINITE, 0
            for node in part:
                if self._end[node]:
                    best = 0
                for edge in self._leaving[node]:
                    value, count = weigh(edge) + values[edge.target], steps[edge.target] + 1
                    if value > best or (value == best and count < least):
                        best, least = value, count
            heavy = best > -INFINITE and any(weigh(edge) > 0 for n in part for edge in self._staying[n])
            for node in part:
                values[node] = INFINITE if heavy else best
                steps[node] = least + len(part) - 1
        return values, steps

    def _path(self, weigh: Weigh, values: list[float], steps: list[int]) -> list[Edge]:
        path: list[Edge] = []
        node = 0
        while values[0] > -INFINITE and not self._end[node]:
            heavy = self._heavy_edge(node, weigh)
            if heavy is not None:
                return path + self._pumped(node, heavy)
            way = self._within(node, lambda n: bool(self._exits(n, weigh, values)))
            last = way[-1].target if way else node
            edge = min(self._exits(last, weigh, values), key=lambda e: steps[e.target])
            path += [*way, edge]
            node = edge.target
        return path

    def _pumped(self, node: int, heavy: Edge) -> list[Edge]:
        """Round a cycle a few times, and out of it by the shortest way: its weight is beyond any other."""
        way = self._within(node, lambda n: n == heavy.source)
        for _ in range(PUMPED):
            way += [heavy, *self._within(heavy.target, lambda n: n == heavy.source)]
        return way + self._search(heavy.source, lambda n: self._end[n], self.out)

    def _exits(self, node: int, weigh: Weigh, values: list[float]) -> list[Edge]:
        """The edges by which a heaviest path leaves a node's part here."""
        return [edge for edge in self._leaving[node] if weigh(edge) + values[edge.target] == values[node]]

    def _heavy_edge(self, node: int, weigh: Weigh) -> Edge | None:
        part = self.parts[self._part[node]]
        return next((edge for n in part for edge in self._staying[n] if weigh(edge) > 0), None)

    def _within(self, start: int, goal: Callable[[int], bool]) -> list[Edge]:
        """The shortest way from a node to one that `goal` accepts, without leaving its part."""
        return self._search(start, goal, self._staying)

    def _search(self, start: int, goal: Callable[[int], bool], out: list[list[Edge]]) -> list[Edge]:
        came: dict[int, Edge | None] = {start: None}
        queue = deque([start])
        while queue:
            node = queue.popleft()
            if goal(node):
                way = []
                while (edge := came[node]) is not None:
                    way.append(edge)
                    node = edge.source
                return way[::-1]
            for edge in out[node]:
                if edge.target not in came:
                    came[edge.target] = edge
                    queue.append(edge.target)
        return []
