"""The witness: a real run along a path, either as fast as the rows permit or as slow."""

from __future__ import annotations

from collections.abc import Sequence

from cosmos_retry.worst.graph import ANSWERS, Edge, Graph
from cosmos_retry.worst.pace import WINDOW_KINDS
from cosmos_retry.worst.rules import Rules
from cosmos_retry.worst.run import Played, Player

Way = tuple[Graph, Sequence[Edge]]


def fast(rules: Rules, ways: Sequence[Way]) -> Played:
    """Return the run with the most attempts along some ways, one after the other.

    Every attempt is answered at once, and every retry comes as early as it may, or after the delay that lets
    the most of its kind fit.  An edge that stands for many attempts is gone round as often, with all that led
    to it since the attempt before.  Raises `Refused` where the machine does not follow.
    """
    player = Player(rules.contract, rules.lifecycle, rules.config)
    for graph, path in ways:
        for edge in _unrolled(path):
            row = edge.rule.row.id
            if edge.seen.event in ANSWERS:
                player.take(edge.seen, row, player.now)
                continue
            t = player.first(row)
            if edge.policy is not None:
                t = max(t, player.memory.answer_t + _delay(graph, edge, player))
            player.take(edge.seen, row, t)
    return player.played()


def slow(rules: Rules, path: Sequence[Edge], timeout_us: int) -> Played:
    """Return the longest run along a path, where an attempt lasts `timeout_us` at most.

    A retry that has to start within a window starts at its end; the attempt before it was answered at once,
    so that the wait between them is as long as can be.  Before any other move the attempt takes all its time.
    Raises `Refused` where the machine does not follow.
    """
    player = Player(rules.contract, rules.lifecycle, rules.config)
    for place, edge in enumerate(path):
        row = edge.rule.row.id
        if edge.seen.event in ANSWERS:
            following = next(e for e in path[place:] if e.seen.event in ("attempt", "error", "result"))
            at_once = _in_window(following)
            t = player.memory.attempt_t + (0 if at_once else timeout_us)
            player.take(edge.seen, row, max(player.now, t))
        elif any(relation == "not_after" for relation, _ in edge.rule.row.bounds):
            player.take(edge.seen, row, player.latest(row))
        else:
            player.take(edge.seen, row, player.first(row))
    return player.played()


def _in_window(edge: Edge) -> bool:
    uppers = (instant for relation, instant in edge.rule.bounds if relation == "not_after")
    return any(instant.kind in WINDOW_KINDS for instant in uppers)


def _delay(graph: Graph, edge: Edge, player: Player) -> int:
    """The wait before a retry, by the schedule that fits the most of them into the window."""
    policy = str(edge.policy)
    window = player.memory.windows.get(policy)
    delays = graph.pace(policy, window).delays
    made = window.retries if window else 0
    return delays[made] if made < len(delays) else 0


def _unrolled(path: Sequence[Edge]) -> list[Edge]:
    """The path with each edge that stands for many attempts written out."""
    found: list[Edge] = []
    since = 0  # where the edges after the last attempt begin
    for edge in path:
        found.append(edge)
        if edge.seen.event == "attempt":
            found += found[since:] * (edge.weight - 1)
            since = len(found)
    return found
