"""The tours: runs that come past a place where a goal can be met, and past others on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Set

from cosmos_retry.vectors.goals import Spot
from cosmos_retry.vectors.graph import Graph, Hop, Step
from cosmos_retry.vectors.telling import BEGINNING, Pair

LONGEST = 16  # steps, after which a tour looks for its end
NEAR = 2  # steps that a tour goes for the sake of another pair
ABANDONED = "metadata_abandoned"
ANSWERS = ("response", "failure")


def tours(graph: Graph, spot: Spot, left: Set[Pair]) -> Iterator[list[Hop]]:
    """Yield runs that come past a spot: first one that goes on past pairs that are `left`."""
    code, step, following = spot
    hops, there = graph.way(code), code
    if step is not None:
        hops, there = [*hops, (step.label, step.row)], graph.after(code, step)
    for one in _shown(graph, there, following):
        hops.append((one.label, one.row))
        there = graph.after(there, one)
    longer, end, seen = list(hops), there, set[Pair]()
    while len(longer) < LONGEST:
        last = longer[-1][1] if longer else BEGINNING
        more = _onward(graph, end, last, left - seen)
        if not more:
            break
        for one in more:
            seen.add((last, one.row))
            last = one.row
            longer.append((one.label, one.row))
            end = graph.after(end, one)
    if len(longer) > len(hops):
        yield [*longer, *graph.way_out(end)]
    yield [*hops, *graph.way_out(there)]
    yield hops


def _shown(graph: Graph, code: int, following: Step) -> list[Step]:
    """The steps that show what can follow in a state.

    What is taken is taken.  An answer that a probe looks at has to come; a move of the client that is refused
    shows at any turn of it, and where an answer is awaited a refresh makes one.
    """
    event = following.label.event
    if following.leads:
        if event != ABANDONED:
            return [following]
        # That a call was given up shows in the next attempt.
        there = graph.after(code, following)
        attempts = [one for one in graph.steps(there) if one.leads and one.label.event == "attempt"]
        return [following, *attempts[:1]]
    if event in ANSWERS:
        untimed = following.label.untimed
        return [one for one in graph.steps(code) if one.leads and one.label.untimed == untimed][:1]
    idle = [one for one in graph.steps(code) if one.leads and one.label.event == "account_refresh"]
    return idle[:1] if event == "attempt" else []


def _onward(graph: Graph, code: int, row: str, left: Set[Pair]) -> list[Step]:
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
