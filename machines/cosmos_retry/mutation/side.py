"""One side of a comparison: a model, seen state by state, with what it says of each move."""

from __future__ import annotations

from cosmos_retry.contract import Contract, Row
from cosmos_retry.explore.flat import Packing
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.model import Edge, Model
from cosmos_retry.explore.search import After
from cosmos_retry.mutation.reasons import Reasons, reasons


class Side:
    """A model of a contract as a whole; states are numbers, as in `Packing`."""

    def __init__(self, contract: Contract, model: Model) -> None:
        """Take the contract and its model in one configuration."""
        self._contract, self._model = contract, model
        self._packing = Packing.of(model)
        self._views: dict[int, int] = {}
        self._offers: dict[int, dict[Label, tuple[int, ...]]] = {}
        self._said: dict[tuple[str, int, Label], Reasons] = {}
        self._afters: dict[tuple[tuple[int, int], ...], After] = {}

    def look(self, code: int) -> int:
        """Return what of a state decides what it can do: two states that look alike can do the same."""
        place = code & self._packing.place_bits
        if place not in self._views:
            asked = {at for edge in self._model.edges[place] for at, _ in edge.tests}
            bits = [self._packing.tally(at) for at in asked]
            self._views[place] = self._packing.place_bits | sum(mask << shift for shift, mask in bits)
        return code & self._views[place]

    def strayed(self, code: int) -> bool:
        """Return whether the run has left what the documents describe."""
        return self._model.places[code & self._packing.place_bits].watch.strayed

    def edges(self, code: int) -> tuple[Edge, ...]:
        """Return the edges of the place of a state."""
        return self._model.edges[code & self._packing.place_bits]

    def offers(self, code: int) -> dict[Label, tuple[int, ...]]:
        """Return the edges that take each label in a state, by their numbers."""
        look = self.look(code)
        if look not in self._offers:
            tests = self._model.test_tables
            _, *tallies = self._packing.decode(code)
            found: dict[Label, tuple[int, ...]] = {}
            for number, edge in enumerate(self.edges(code)):
                if all(tests[at][table][tallies[at]] for at, table in edge.tests):
                    for label in edge.labels:
                        found[label] = (*found.get(label, ()), number)
            self._offers[look] = found
        return self._offers[look]

    def row(self, code: int, edge: int) -> Row:
        """Return the row of an edge."""
        return self._model.rows[self.edges(code)[edge].row]

    def says(self, code: int, edge: int, label: Label) -> Reasons:
        """Return what is said of a label that an edge takes in a state."""
        row, place = self.row(code, edge), code & self._packing.place_bits
        key = row.id, place, label.untimed
        if key not in self._said:
            control, config = self._model.places[place].control, self._model.setting.config
            self._said[key] = reasons(self._contract, config, row, control, label)
        return self._said[key]

    def after(self, code: int, edge: int) -> int:
        """Return the state that an edge leads to from a state."""
        taken = self.edges(code)[edge]
        if taken.moves not in self._afters:
            self._afters[taken.moves] = After(self._model, self._packing, taken.moves)
        return taken.target + self._afters[taken.moves][code - (code & self._packing.place_bits)]
