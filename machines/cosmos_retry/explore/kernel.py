"""The kernel: the search once more, compiled by numba; needs the extra `fast`.

The states of a level, all equally far from the start, are sorted into kinds that look alike.  What a kind can
do is worked out once, in Python; the kernel follows it for every state.  One compilation serves all models.
"""

from __future__ import annotations

from array import array

import numpy as np
from numba import njit

from cosmos_retry.explore.flat import Flat, Packing
from cosmos_retry.explore.found import Found
from cosmos_retry.explore.model import Model
from cosmos_retry.explore.outlook import Chances, Outlook

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
FREE = -1  # a slot that no key has taken
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: its products differ in their high bits
ROOM = 1 << 10  # slots to begin with; always a power of two


class Numbering:
    """Whole numbers from 0 up, numbered as they come: a hash table with open addressing."""

    def __init__(self) -> None:
        self._keys, self._numbers, self._count = np.full(ROOM, FREE), np.zeros(ROOM, np.int64), 0

    def add(self, keys: Numbers) -> tuple[Numbers, Numbers]:
        """Return the number of each key, and the positions of those that are new."""
        if 2 * (self._count + len(keys)) > len(self._keys):
            used = self._keys != FREE
            old, numbers = self._keys[used], self._numbers[used]
            room = 1 << int(4 * (self._count + len(keys))).bit_length()
            self._keys, self._numbers = np.full(room, FREE), np.zeros(room, np.int64)
            _number(old[np.argsort(numbers)], self._keys, self._numbers, 0)
        numbers, fresh = _number(keys, self._keys, self._numbers, self._count)
        self._count += len(fresh)
        return numbers, fresh


def compiled_search(model: Model) -> Found:
    """Visit every state of a model, with the same result as `search`.

    Raises `OverflowError` where a state does not fit into 63 bits.
    """
    found = Found(Packing.of(model), (), (), ())
    outlook, flat = Outlook(model, found), Flat(model, found.packing)
    states, looks = Numbering(), Numbering()
    views = np.full(len(model.places), FREE)
    chances: list[Chances] = []
    level, before, by = (np.array([one], np.int64) for one in (0, -1, -1))
    states.add(level)
    levels, kinds, reached = [], [], 0
    while len(level):
        places = level & found.packing.place_bits
        for place in np.unique(places[views[places] == FREE]):
            views[place] = outlook.view(place)
        mine, fresh = looks.add(level & views[places])
        for at in fresh:
            chances.append(outlook.chances(int(level[at])))
            flat.add(chances[-1].ways)
        levels.append((level, before, by))
        kinds.append(mine)
        there, before, by = _follow(level, mine, *(np.array(one) for one in flat.arrays))
        _, fresh = states.add(there)
        level, before, by = there[fresh], before[fresh] + reached, by[fresh]
        reached += len(places)
    codes, found.before, found.by = (
        array("q", np.concatenate(one).tobytes()) for one in zip(*levels, strict=True)
    )
    found.codes = codes
    counts = np.array([one.edges for one in chances])
    kind_of = np.concatenate(kinds)
    found.edges = int(counts[kind_of].sum())
    clashing = np.array([bool(one.clashes) for one in chances])
    for at in clashing[kind_of].nonzero()[0]:
        state = found.packing.decode(found.codes[at])
        found.clashes += [(state, *rows) for rows in chances[kind_of[at]].clashes]
    return found


@njit(cache=True)
def _number(keys: Numbers, taken: Numbers, numbers: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Number keys, those that are new from `count` on; see `Numbering.add`."""
    found, fresh = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    new, last = 0, len(taken) - 1
    for at, key in enumerate(keys):
        product = np.uint64(key) * SPREAD
        slot = np.int64(product ^ (product >> np.uint64(32))) & last
        while taken[slot] != FREE and taken[slot] != key:
            slot = (slot + 1) & last
        if taken[slot] == FREE:
            taken[slot], numbers[slot], fresh[new] = key, count + new, at
            new += 1
        found[at] = numbers[slot]
    return found, fresh[:new]


@njit(cache=True)
def _follow(
    states: Numbers,
    kinds: Numbers,
    ways_at: Numbers,
    keeps: Numbers,
    puts: Numbers,
    edges: Numbers,
    moves_at: Numbers,
    moves: Numbers,
    shifts: Numbers,
) -> tuple[Numbers, Numbers, Numbers]:
    """Return where the ways of each state lead, the position of the state, and the number of the edge."""
    many = 0
    for kind in kinds:
        many += ways_at[kind + 1] - ways_at[kind]
    there, before, by = np.empty(many, np.int64), np.empty(many, np.int64), np.empty(many, np.int64)
    at = 0
    for number, state in enumerate(states):
        for way in range(ways_at[kinds[number]], ways_at[kinds[number] + 1]):
            after = state & keeps[way] | puts[way]
            for move in range(moves_at[way], moves_at[way + 1], 3):
                after += shifts[moves[move + 2] + (state >> moves[move] & moves[move + 1])]
            there[at], before[at], by[at] = after, number, edges[way]
            at += 1
    return there, before, by
