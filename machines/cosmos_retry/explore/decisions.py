"""The decisions: for every state of a model and every label, the state that comes next, in one table.

>>> decisions = decide(model, search(model))
>>> state = decisions.after[0][decisions.numbers["attempt region=0 replica=same"]]

Room is needed for as many references as there are states times labels.
"""

from __future__ import annotations

import attrs

from cosmos_retry.explore.found import Found
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.model import NOWHERE, Model
from cosmos_retry.explore.outlook import Outlook
from cosmos_retry.explore.search import After

START = 0
REFUSED = -1


@attrs.frozen
class Decisions:
    """What a client may do, looked up.

    `after[state][label]` is the number of the next state and `rows[state][label]` that of the row that takes
    the label; both are `REFUSED` where no row does.  States are numbered as in `Found.codes`, from `START`;
    labels as in `labels` and `names`, and `numbers` has the number of a name.
    """

    labels: tuple[Label, ...]
    names: tuple[str, ...]
    numbers: dict[str, int]
    after: list[list[int]]
    rows: list[list[int]]

    def decide(self, state: int, name: str) -> int:
        """Return the state after a label, given by its name, or `REFUSED`.

        Raises `KeyError` for a name that no label has, `IndexError` for a state that there is not.
        """
        return self.after[state][self.numbers[name]]


def decide(model: Model, found: Found) -> Decisions:
    """Return the decisions of a model and what a search has found of it.

    A row that forbids refuses, and so does one that the model does not follow.  Where two rows take the same
    label, which the search reports as a clash, the first one counts, as in a machine.
    """
    labels = tuple(dict.fromkeys(label for edges in model.edges for edge in edges for label in edge.labels))
    names = tuple(map(name_of, labels))
    kinds = _Kinds(model, found, {label: number for number, label in enumerate(labels)})
    after, rows = [], []
    for code in found.codes:
        place = code & found.packing.place_bits
        takes, leads = kinds.of(code)
        line = [REFUSED] * len(labels)
        for mine, target, moved in leads:
            there = found.numbers[target + moved[code - place]]
            for label in mine:
                line[label] = there
        after.append(line)
        rows.append(takes)
    return Decisions(labels, names, {name: number for number, name in enumerate(names)}, after, rows)


def name_of(label: Label) -> str:
    """Return a label as text: its event, and what is known of it."""
    known = ((field.name, getattr(label, field.name)) for field in attrs.fields(Label)[1:])
    facts = (f"{name}={value}" for name, value in known if value is not None and (name, value) not in _PLAIN)
    return " ".join((label.event, *facts))


_PLAIN = (("substatus", 0), ("hint", False))
_Lead = tuple[list[int], int, After]  # labels, the place that they lead to, and what becomes of the tallies


class _Kinds:
    """What states that look alike do: worked out once."""

    def __init__(self, model: Model, found: Found, numbers: dict[Label, int]) -> None:
        self._model, self._found, self._numbers = model, found, numbers
        outlook = Outlook(model, found)
        self._views = {place: outlook.view(place) for place in found.places}
        self._known: dict[int, tuple[list[int], list[_Lead]]] = {}

    def of(self, code: int) -> tuple[list[int], list[_Lead]]:
        """Return the row that takes each label in a state, and where the labels lead."""
        alike = code & self._views[code & self._found.packing.place_bits]
        if alike not in self._known:
            self._known[alike] = self._work_out(code)
        return self._known[alike]

    def _work_out(self, code: int) -> tuple[list[int], list[_Lead]]:
        model, packing = self._model, self._found.packing
        place, *tallies = packing.decode(code)
        rows = [REFUSED] * len(self._numbers)
        leads = []
        for edge in model.edges[place]:
            holds = all(model.test_tables[at][table][tallies[at]] for at, table in edge.tests)
            if edge.target == NOWHERE or not holds:
                continue
            mine = [n for label in edge.labels if rows[n := self._numbers[label]] == REFUSED]
            for label in mine:
                rows[label] = edge.row
            leads.append((mine, edge.target, After(model, packing, edge.moves)))
        return rows, leads
