"""The grounds: a few small configurations of each lifecycle, in which mutants are explored."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from cosmos_retry.contract import Contract
from cosmos_retry.explore.found import Found
from cosmos_retry.explore.labels import Label, answers
from cosmos_retry.explore.model import Model
from cosmos_retry.explore.rules import Taken
from cosmos_retry.explore.search import search
from cosmos_retry.explore.space import Case, Space, promised_lengths
from cosmos_retry.explore.tallies import Tally
from cosmos_retry.explore.world import Needs, happenings
from cosmos_retry.mutation.alike import Alike
from cosmos_retry.mutation.side import Side

_SHAPES = ((2, 2), (2, 1), (3, 3))  # regions, and how many of them are preferred
SOME_RETRIES = 3  # after a 429: enough to be told apart from none, and soon spent


class Ground:
    """One configuration, explored under the sound contract as a whole: with what is forbidden or open."""

    def __init__(self, contract: Contract, shared: Model, case: Case, alike: Alike) -> None:
        """Take a model of the configuration's group, the configuration, and its lifecycle's states."""
        self.contract, self.case, self.alike = contract, case, alike
        self.lifecycle = case.setting.lifecycle
        self._shared = shared
        self._taken: dict[tuple[int, Label], list[Taken]] = {}
        self._tallies: dict[int, list[tuple[int, dict[str, Tally]]]] = {}
        self._next: dict[int, dict[Label, list[tuple[Label, Needs]]]] = {}

    @cached_property
    def model(self) -> Model:
        """The tables."""
        return self._shared.variant(self.case.setting)

    @cached_property
    def found(self) -> Found:
        """The states."""
        return search(self.model)

    @cached_property
    def side(self) -> Side:
        """The tables, seen state by state."""
        return Side(self.contract, self.model)

    @cached_property
    def by_state(self) -> Mapping[str, Mapping[int, list[int]]]:
        """The codes of the states by state of the contract, and by place."""
        known: dict[str, dict[int, list[int]]] = {}
        for code in self.found.codes:
            place = code & self.found.packing.place_bits
            state = self.model.places[place].control.state
            known.setdefault(state, {}).setdefault(place, []).append(code)
        return known

    def tallies(self, place: int) -> list[tuple[int, dict[str, Tally]]]:
        """Return the states of a place, each by its code and with its tallies by policy, nearest first."""
        if place not in self._tallies:
            model, packing = self.model, self.found.packing
            codes = self.by_state[model.places[place].control.state][place]
            self._tallies[place] = [
                (code, {name: model.tallies[at][numbers[at + 1]] for at, name in enumerate(model.policies)})
                for code, numbers in zip(codes, map(packing.decode, codes), strict=True)
            ]
        return self._tallies[place]

    def takes(self, place: int, untimed: Label) -> list[Taken]:
        """Return the rows that take a label in a place, whatever the time."""
        if (place, untimed) not in self._taken:
            control = self.model.places[place].control
            self._taken[place, untimed] = self.model.rules.takes(control, untimed)
        return self._taken[place, untimed]

    @property
    def title(self) -> str:
        """The configuration in a few words."""
        config = self.case.setting.config
        words = [self.lifecycle, config.operation, config.mode, config.consistency]
        words.append(f"{'+'.join(config.regions)}, writes in {'+'.join(config.write_regions)}")
        words += [f"prefers {'+'.join(config.preferred)}"] if config.preferred else []
        words += ["multiple write locations"] if config.use_multiple_write_locations else []
        return " ".join(dict.fromkeys(words))

    def next_at(self, place: int) -> Mapping[Label, list[tuple[Label, Needs]]]:
        """Return what can happen in a place, by label without its time."""
        if place not in self._next:
            spoken = answers(self.contract.vocabulary)
            found: dict[Label, list[tuple[Label, Needs]]] = {}
            for label, needs in happenings(self.case.setting, self.model.places[place].watch, spoken):
                found.setdefault(label.untimed, []).append((label, needs))
            self._next[place] = found
        return self._next[place]


class Grounds:
    """The grounds of all lifecycles, made when they are asked for."""

    def __init__(self, contract: Contract) -> None:
        """Take the sound contract, whose numbers are those that are promised."""
        self.contract, self.promised = contract, contract.profile
        self._space = Space(contract, self.promised)
        self._picked: dict[str, list[list[Case]]] = {}
        self._states: dict[str, Alike] = {}
        self._made: dict[int, list[Ground]] = {}

    def groups(self, lifecycle: str) -> list[list[Case]]:
        """Return configurations of a lifecycle in groups that share a model, the small ones first.

        For each set of rows that a configuration leaves there are two regions, both preferred.  Of each mode
        the one that leaves most rows has three regions, too, and two of which one is preferred.
        """
        if lifecycle not in self._picked:
            picked: dict[tuple[frozenset[str], int, int], list[Case]] = {}
            for group in self._space.groups(lifecycle):
                config = group[0].setting.config
                key = self.rows(group), len(config.regions), len(config.order)
                if key[1:] in _SHAPES and _told(group) > _told(picked.get(key)):
                    picked[key] = group
            most: dict[tuple[str, int, int], int] = {}
            for (rows, *shape), group in picked.items():
                mode = group[0].setting.config.mode, shape[0], shape[1]
                most[mode] = max(most.get(mode, 0), len(rows))
            self._picked[lifecycle] = [
                group
                for (rows, *shape), group in sorted(picked.items(), key=lambda one: one[0][1:])
                if tuple(shape) == _SHAPES[0]
                or len(rows) == most[group[0].setting.config.mode, shape[0], shape[1]]
            ]
        return self._picked[lifecycle]

    def rows(self, group: list[Case]) -> frozenset[str]:
        """Return the rows that can be taken in the configurations of a group."""
        setting = group[0].setting
        return self._space.rows(setting.lifecycle, setting.config)

    def of(self, group: list[Case]) -> list[Ground]:
        """Return the grounds of a group: its operations, with some retries after a 429."""
        if id(group) not in self._made:
            first = group[0].setting
            model = Model(self.contract, first, promised_lengths(self.promised, first), whole=True)
            some = [case for case in group if case.setting.config.throttle_max_retries == SOME_RETRIES]
            alike = self._alike(first.lifecycle)
            self._made[id(group)] = [Ground(self.contract, model, case, alike) for case in some or group[:1]]
        return self._made[id(group)]

    def _alike(self, lifecycle: str) -> Alike:
        if lifecycle not in self._states:
            self._states[lifecycle] = Alike(self.contract, lifecycle)
        return self._states[lifecycle]


def _told(group: list[Case] | None) -> tuple[int, int]:
    """How much can be told apart: replicas, and regions that accept writes."""
    if group is None:
        return 0, 0
    setting = group[0].setting
    return setting.replicas, len(setting.config.write_regions)
