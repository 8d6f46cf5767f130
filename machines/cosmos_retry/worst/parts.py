"""The parts of a graph: the nodes that lie on cycles with each other, by Tarjan's algorithm."""

from __future__ import annotations

from collections.abc import Sequence

from cosmos_retry.worst.graph import Edge


def strong_parts(out: Sequence[Sequence[Edge]]) -> list[list[int]]:
    """Return the strongly connected parts that node 0 leads to, each after all those that it leads to.

    `out` are the edges that leave each node.
    """
    index = [-1] * len(out)
    low = [0] * len(out)
    stack: list[int] = []
    waiting = [False] * len(out)
    parts: list[list[int]] = []
    work = [(0, 0)]  # a node, and which of its edges comes next: the call stack, written out
    count = 0
    while work:
        node, place = work.pop()
        if place == 0:
            index[node] = low[node] = count
            count += 1
            stack.append(node)
            waiting[node] = True
        for later in range(place, len(out[node])):
            target = out[node][later].target
            if index[target] < 0:
                work += [(node, later + 1), (target, 0)]
                break
            if waiting[target]:
                low[node] = min(low[node], index[target])
        else:
            if low[node] == index[node]:
                parts.append(_closed(node, stack, waiting))
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
    return parts


def _closed(root: int, stack: list[int], waiting: list[bool]) -> list[int]:
    part: list[int] = []
    while not part or part[-1] != root:
        part.append(stack.pop())
        waiting[part[-1]] = False
    return part
