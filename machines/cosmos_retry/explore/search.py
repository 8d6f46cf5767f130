"""The search: every state of a model, breadth first, with nothing but its tables.

Most of what a state can do is looked up: it has been worked out for the first state that looks alike.
"""

from __future__ import annotations

from cosmos_retry.explore.flat import Packing, Pairs
from cosmos_retry.explore.flat import State as State
from cosmos_retry.explore.found import Found as Found
from cosmos_retry.explore.model import Model
from cosmos_retry.explore.outlook import Chances
from cosmos_retry.explore.outlook import Outlook as Outlook


class After(dict[int, int]):
    """What moves make of the bits of a state's tallies, worked out once for each."""

    def __init__(self, model: Model, packing: Packing, moves: Pairs) -> None:
        """Take the moves: pairs of a policy and the number of a table over its tallies."""
        self._moves = [
            (*packing.tally(policy), model.move_tables[policy][number]) for policy, number in moves
        ]

    def __missing__(self, tallies: int) -> int:
        after = tallies
        for shift, mask, table in self._moves:
            old = tallies >> shift & mask
            after += (table[old] - old) << shift
        self[tallies] = after
        return after


def search(model: Model) -> Found:
    """Visit every state of a model."""
    codes, before, by = [0], [-1], [-1]
    found = Found(Packing.of(model), codes, before, by)
    outlook = Outlook(model, found)
    place_bits = found.packing.place_bits
    views: dict[int, int] = {}
    afters: dict[Pairs, After] = {}
    known: dict[int, tuple[Chances, list[tuple[int, After, int]]]] = {}
    seen = {0}
    for number, code in enumerate(codes):  # which grows meanwhile: it is the queue, too
        place = code & place_bits
        if place not in views:
            views[place] = outlook.view(place)
        alike = code & views[place]
        if alike not in known:
            chances = outlook.chances(code)
            for _, moves in chances.ways:
                if moves not in afters:
                    afters[moves] = After(model, found.packing, moves)
            known[alike] = chances, [(to, afters[moves], edge) for (to, moves), edge in chances.ways.items()]
        chances, ways = known[alike]
        found.edges += chances.edges
        tallies = code - place
        for target, after, edge in ways:
            there = target + after[tallies]
            if there not in seen:
                seen.add(there)
                codes.append(there)
                before.append(number)
                by.append(edge)
        if chances.clashes:
            state = found.packing.decode(code)
            found.clashes += [(state, *rows) for rows in chances.clashes]
    return found


def best_search(model: Model) -> Found:
    """Visit every state of a model: compiled where numba is installed, in plain Python where it is not."""
    try:
        from cosmos_retry.explore.kernel import compiled_search
    except ImportError:
        return search(model)
    return compiled_search(model)
