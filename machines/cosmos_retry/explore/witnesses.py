"""Witnesses: for every row a run that takes it, and for every time bound one that takes it just there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

import attrs

from cosmos_retry.contract import Contract, Row
from cosmos_retry.explore.flat import State
from cosmos_retry.explore.labels import END, IN_TIME, LAST_CALL, OTHER_STATUS, Label
from cosmos_retry.explore.model import Model
from cosmos_retry.explore.replay import Story
from cosmos_retry.explore.search import Found, Outlook, search
from cosmos_retry.explore.space import Case, Space, promised_lengths
from cosmos_retry.parameters import Profile

# Where a row with a bound of this kind must have been taken at least once: at the bound, or just after it.
AT = {
    ("not_after", "window_end"): ("clock", END),
    ("not_after", "last_call"): ("clock", LAST_CALL),
    ("not_after", "last_asked_call"): ("clock", LAST_CALL),
    ("after", "last_call"): ("clock", LAST_CALL + 1),
    ("after", "last_asked_call"): ("clock", LAST_CALL + 1),
    ("not_before", "backoff_end"): ("pace", IN_TIME),
    ("not_before", "asked_wait_end"): ("wait", IN_TIME),
}


Wanted = tuple[str, str]  # a row, and one of its bounds, empty for the row as a whole


@attrs.frozen
class Witness:
    """A run that takes, or tries, a row.

    `bound` names the bound that it does so at, if any; `heard` is the status of the error that the
    application hears, where the run is there to show that.
    """

    row: str
    bound: str
    case: Case
    story: Story
    heard: int | None = None


def wanted(contract: Contract, lifecycle: str) -> set[Wanted]:
    """Return each row of a lifecycle, with no bound and with each of those that it must be taken at."""
    rows = contract.lifecycles[lifecycle].rows
    return {(row.id, bound) for row in rows for bound in ("", *at_bounds(contract, row))}


def ranked(space: Space, lifecycle: str) -> tuple[list[list[Case]], list[list[Case]]]:
    """Return groups of a lifecycle in which nearly all rows can be reached, and the others.

    Those have one region left in the order, and one outside it, and each leaves other rows than the rest.
    The others come in the order in which it is best to look into them for what is left: a last row or two
    need an order that has all regions.
    """
    rich: dict[frozenset[str], list[Case]] = {}
    groups = sorted(space.groups(lifecycle), key=_size)
    for group in groups:
        if _shape(group) == _RICH:
            rich.setdefault(space.rows(lifecycle, group[0].setting.config), group)
    first = [*rich.values()]
    return first, [group for group in groups if group not in first]


def in_group(
    contract: Contract, promised: Profile, group: Sequence[Case], wanted: Set[Wanted]
) -> list[Witness]:
    """Return the shortest run to each row that is wanted, and to each bound, that a group can reach.

    There are runs to each status that the application hears there, too.
    """
    first = min(group, key=lambda one: abs(one.setting.throttle_retries - SOME_RETRIES))
    model = Model(contract, first.setting, promised_lengths(promised, first.setting), whole=True)
    found: list[Witness] = []
    # Rows that differ in the operation alone have configurations of their own.
    for case in _operations(group, first):
        met = {(one.row, one.bound) for one in found}
        found += _of_case(contract, model.variant(case.setting), case, wanted - met)
    return found


def in_others(
    contract: Contract, promised: Profile, groups: Iterable[Sequence[Case]], wanted: Set[Wanted]
) -> list[Witness]:
    """Return the same for groups that are looked into one after the other, until nothing is wanted."""
    space = Space(contract, promised)
    found: list[Witness] = []
    left = set(wanted)
    for group in groups:
        setting = group[0].setting
        possible = space.rows(setting.lifecycle, setting.config)
        if any(row in possible for row, _ in left):
            found += in_group(contract, promised, group, left)
            left -= {(one.row, one.bound) for one in found}
    return found


def _operations(group: Sequence[Case], like: Case) -> list[Case]:
    """The configurations of a group that differ from one in the operation, and that one."""
    limit = like.setting.config.throttle_max_retries
    return [case for case in group if case.setting.config.throttle_max_retries == limit]


SOME_RETRIES = 3  # enough to be told apart from none, and few enough to be spent soon


def _shape(group: Sequence[Case]) -> tuple[int, int]:
    """How many regions there are, and how many of them in the order."""
    setting = group[0].setting
    return len(setting.config.regions), len(setting.order)


_RICH, _NEXT = (3, 2), (3, 3)


def _size(group: Sequence[Case]) -> tuple[bool, bool, int, int]:
    regions, order = _shape(group)
    return (regions, order) != _NEXT, group[0].setting.replicas < 2, regions, -order


def at_bounds(contract: Contract, row: Row) -> list[str]:
    """Return the bounds of a row that it must have been taken at, as relation and instant."""
    if row.forbids:
        return []
    instants = contract.vocabulary.instants
    return [f"{side}:{name}" for side, name in row.bounds if (side, instants[name].kind) in AT]


def _of_case(contract: Contract, model: Model, case: Case, wanted: Set[Wanted]) -> Iterator[Witness]:
    found = search(model)
    places = {
        row.id: [
            (bound, AT[side, contract.vocabulary.instants[name].kind])
            for side, name in row.bounds
            if (bound := f"{side}:{name}") in at_bounds(contract, row)
        ]
        for row in model.rows
    }
    met: dict[tuple[str, str], tuple[State, int, Label]] = {}
    heard: dict[int, tuple[State, str, Label]] = {}
    for state, number in taken_edges(model, found):
        edge = model.edges[state[0]][number]
        row = model.rows[edge.row].id
        met.setdefault((row, ""), (state, number, edge.label))
        strayed = model.places[state[0]].watch.strayed
        if edge.label.event == "error" and model.rows[edge.row].verdict == "permitted" and not strayed:
            for label in edge.labels:
                if label.status not in (None, OTHER_STATUS):
                    heard.setdefault(int(label.status or 0), (state, row, label))
        for bound, (scale, place) in places[row]:
            if (row, bound) not in met:
                for label in edge.labels:
                    if getattr(label, scale) == place:
                        met[row, bound] = (state, number, label)
    for key in sorted(wanted & met.keys()):
        state, number, label = met[key]
        yield Witness(*key, case, (*_labels(model, found.path(state)), (label, key[0])))
    for status, (state, row, label) in heard.items():
        yield Witness(row, "", case, (*_labels(model, found.path(state)), (label, row)), heard=status)


def _labels(model: Model, path: list[tuple[State, int]]) -> Iterator[tuple[Label, str]]:
    for state, number in path:
        edge = model.edges[state[0]][number]
        yield edge.label, model.rows[edge.row].id


def taken_edges(model: Model, found: Found) -> Iterator[tuple[State, int]]:
    """Yield the edges that are there in some state, again for each kind of state that permits them."""
    outlook = Outlook(model, found)
    views: dict[int, int] = {}
    alike = set()
    for code in found.codes:
        place = code & found.packing.place_bits
        if place not in views:
            views[place] = outlook.view(place)
        if code & views[place] in alike:
            continue
        alike.add(code & views[place])
        state = found.packing.decode(code)
        for number, edge in enumerate(model.edges[place]):
            if all(model.test_tables[at][table][state[at + 1]] for at, table in edge.tests):
                yield state, number
