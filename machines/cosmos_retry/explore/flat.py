"""The flat tables: a state as one number, and what states can do as arrays of numbers."""

from __future__ import annotations

from array import array
from itertools import accumulate

import attrs

from cosmos_retry.explore.model import Model

State = tuple[int, ...]  # the number of the place, and of each policy's tally
Pairs = tuple[tuple[int, int], ...]  # a policy's number and that of a table over its tallies
Ways = dict[
    tuple[int, Pairs], int
]  # a target and the moves of the tallies on the way; the number of the edge
BITS = 63


@attrs.frozen
class Packing:
    """How a state is written as one number: the place in the lowest bits, each policy's tally above it.

    `sizes` says how many values each of them has; `masks` how wide its bits are, `shifts` where they begin.
    """

    sizes: tuple[int, ...]
    masks: tuple[int, ...] = attrs.field(init=False)
    shifts: tuple[int, ...] = attrs.field(init=False)

    @masks.default
    def _masks(self) -> tuple[int, ...]:
        return tuple((1 << (size - 1).bit_length()) - 1 for size in self.sizes)

    @shifts.default
    def _shifts(self) -> tuple[int, ...]:
        return tuple(accumulate((mask.bit_length() for mask in self.masks[:-1]), initial=0))

    @classmethod
    def of(cls, model: Model) -> Packing:
        """Return how the states of a model are written."""
        return cls((len(model.places), *map(len, model.tallies)))

    @property
    def place_bits(self) -> int:
        """The bits of the place."""
        return self.masks[0]

    def tally(self, policy: int) -> tuple[int, int]:
        """Return where the bits of a policy's tally begin, and the mask for them once they are shifted."""
        return self.shifts[policy + 1], self.masks[policy + 1]

    def encode(self, state: State) -> int:
        """Return the number of a state."""
        return sum(one << shift for one, shift in zip(state, self.shifts, strict=True))

    def decode(self, code: int) -> State:
        """Return the state of a number."""
        return tuple(code >> shift & mask for shift, mask in zip(self.shifts, self.masks, strict=True))


class Flat:
    """The ways on from states of some kinds, in arrays.

    By kind, `ways_at` is its first way.  By way, the state that it leads to is `keeps & state | puts`, with
    what its `moves` add; `edges` numbers its edge, and `moves_at` is the first of its moves.  A move is where
    a tally's bits begin, their mask, and where in `shifts` a table begins of what is added.
    """

    def __init__(self, model: Model, packing: Packing) -> None:
        """Begin with no kinds.  Raises `OverflowError` where a state does not fit into 63 bits."""
        bits = packing.shifts[-1] + packing.masks[-1].bit_length()
        if bits > BITS:
            sizes = " x ".join(map(str, packing.sizes))
            raise OverflowError(f"a state is one of {sizes} (places, tallies): {bits} bits, more than {BITS}")
        self._tables, self._packing = model.move_tables, packing
        self._changes: dict[Pairs, tuple[int, int, list[int]]] = {}
        self.ways_at, self.moves_at = array("q", [0]), array("q", [0])
        self.keeps, self.puts, self.edges = array("q"), array("q"), array("q")
        self.moves, self.shifts = array("q"), array("q")

    @property
    def arrays(self) -> tuple[array[int], ...]:
        """All arrays, in the order of the kernel's parameters."""
        return self.ways_at, self.keeps, self.puts, self.edges, self.moves_at, self.moves, self.shifts

    def add(self, ways: Ways) -> None:
        """Add a kind of state by its ways."""
        for (target, moves), edge in ways.items():
            if moves not in self._changes:
                self._changes[moves] = self._change(moves)
            keep, put, changes = self._changes[moves]
            self.keeps.append(keep)
            self.puts.append(target | put)
            self.edges.append(edge)
            if changes:
                self.moves.extend(changes)
            self.moves_at.append(len(self.moves))
        self.ways_at.append(len(self.edges))

    def _change(self, moves: Pairs) -> tuple[int, int, list[int]]:
        """Return which bits of a state moves keep, which they put, and how they change the others."""
        keep, put, changes = ~self._packing.place_bits, 0, list[int]()
        for policy, number in moves:
            table = self._tables[policy][number]
            shift, mask = self._packing.tally(policy)
            if len(set(table)) == 1:
                keep &= ~(mask << shift)
                put |= table[0] << shift
            elif any(new != old for old, new in enumerate(table)):
                changes += (shift, mask, len(self.shifts))
                self.shifts.extend((new - old) << shift for old, new in enumerate(table))
        return keep, put, changes
