"""The tours: runs that lead past pairs of consecutive rows which no run so far has come past."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from cosmos_retry.vectors.graph import Graph, Hop, Step
from cosmos_retry.vectors.telling import Pair

LONGEST = 24  # steps, after which a tour looks for its end
NEAR = 3  # steps that a tour goes for the sake of another pair
CANDIDATES = 3
ABANDONED = "metadata_abandoned"


class Pairs:
    """The pairs of consecutive rows of one configuration, and states in which they can be taken."""

    def __init__(self, graph: Graph) -> None:
        """Go through every state."""
        self.at: dict[Pair, list[tuple[int, Step, Step]]] = {}
        done: set[tuple[str, int]] = set()
        for code in graph.codes:
            for step in graph.steps(code):
                if not step.leads:
                    continue
                there = graph.after(code, step)
                if (step.row, graph.look(there)) in done:
                    continue
                done.add((step.row, graph.look(there)))
                for following in graph.steps(there):
                    found = self.at.setdefault((step.row, following.row), [])
                    if len(found) < CANDIDATES:
                        found.append((code, step, following))


def tours(graph: Graph, pair: Pair, pairs: Pairs, left: set[Pair]) -> Iterator[list[Hop]]:
    """Yield runs that come past a pair: first those that go on past others that are `left`."""
    for code, step, following in pairs.at[pair]:
        way, there = graph.way(code), graph.after(code, step)
        hops: list[Hop] = [*way, (step.label, step.row)]
        if following.leads:
            hops.append((following.label, following.row))
            there = graph.after(there, following)
            if following.label.event == ABANDONED:
                # That a call was given up shows in the next attempt.
                attempts = [one for one in graph.steps(there) if one.leads and one.label.event == "attempt"]
                if not attempts:
                    continue
                hops.append((attempts[0].label, attempts[0].row))
                there = graph.after(there, attempts[0])
        elif following.label.event == "attempt":
            # What is refused while an answer is awaited shows at the client's turn: a refresh makes one.
            idle = [one for one in graph.steps(there) if one.leads and one.label.event == "account_refresh"]
            hops += [(one.label, one.row) for one in idle[:1]]
            there = graph.after(there, idle[0]) if idle else there
        longer = list(hops)
        end, seen = there, {pair}
        while len(longer) < LONGEST and (more := _onward(graph, end, longer[-1][1], left - seen)):
            for one in more:
                seen.add((longer[-1][1], one.row))
                longer.append((one.label, one.row))
                end = graph.after(end, one)
        if len(longer) > len(hops):
            yield [*longer, *graph.way_out(end)]
        yield [*hops, *graph.way_out(there)]
        yield hops


def _onward(graph: Graph, code: int, row: str, left: set[Pair]) -> list[Step]:
    """The shortest way on past a pair that is left, within a few steps; empty where there is none."""
    ahead: deque[tuple[int, str, list[Step]]] = deque([(code, row, [])])
    seen = {code}
    while ahead:
        here, last, way = ahead.popleft()
        for step in graph.steps(here) if not graph.heard(here) else ():
            if not step.leads:
                continue
            if (last, step.row) in left:
                return [*way, step]
            there = graph.after(here, step)
            if len(way) + 1 < NEAR and there not in seen:
                seen.add(there)
                ahead.append((there, step.row, [*way, step]))
    return []
