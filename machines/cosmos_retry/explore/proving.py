"""Proving: one configuration explored to the end, and what was found there, small enough to hand around."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.explore.flat import Packing, State
from cosmos_retry.explore.model import NOWHERE, Edge, Model
from cosmos_retry.explore.replay import Story
from cosmos_retry.explore.search import Found, best_search
from cosmos_retry.explore.space import Case, promised_lengths
from cosmos_retry.parameters import Profile


@attrs.frozen
class Finding:
    """Something that must not be: what, and the shortest run that leads to it in this configuration."""

    what: str
    case: Case
    story: Story


@attrs.frozen
class Explored:
    """What the exploration of one configuration came to."""

    case: Case
    places: int
    states: int
    edges: int
    broken: tuple[Finding, ...]
    clashes: tuple[Finding, ...]
    stuck: tuple[Finding, ...]


def explore(contract: Contract, promised: Profile, group: Sequence[Case]) -> Iterator[Explored]:
    """Visit every state of configurations that share a model (see `Space.groups`); yield what came."""
    first = group[0].setting
    model = Model(contract, first, promised_lengths(promised, first))
    for case in group:
        yield _explored(model.variant(case.setting), case)


def _explored(model: Model, case: Case) -> Explored:
    found = best_search(model)
    broken = tuple(
        Finding(model.promises[promise], case, story(model, found, state, edge))
        for promise, (state, edge) in found.broken.items()
    )
    clashes = {(one, other): state for state, one, other in found.clashes}
    return Explored(
        case,
        len(model.places),
        found.states,
        found.edges,
        broken,
        tuple(
            Finding(f"{model.rows[one].id} and {model.rows[other].id}", case, story(model, found, state))
            for (one, other), state in clashes.items()
        ),
        tuple(
            Finding(model.places[state[0]].control.state, case, story(model, found, state))
            for state in stuck(model, found)
        ),
    )


def story(model: Model, found: Found, state: State, edge: int | None = None) -> Story:
    """Return the shortest run to a state, and on over one of its edges: labels, each with the row's id."""
    way = found.path(state) + ([] if edge is None else [(state, edge)])
    edges = [model.edges[before[0]][number] for before, number in way]
    return tuple((one.label, model.rows[one.row].id) for one in edges)


def stuck(model: Model, found: Found) -> list[State]:
    """Return states in which neither side can lead the run on, one for each state of the contract."""
    doubtful = {
        number: _asked(model, number)
        for number, place in enumerate(model.places)
        if not place.watch.heard
        and not any(_leads(edge, number) and not edge.tests for edge in model.edges[number])
    }
    packing = found.packing
    masks = {number: _mask(packing, asked) for number, asked in doubtful.items()}
    first: dict[str, State] = {}
    seen = set()
    for code in found.codes if doubtful else ():
        place = code & packing.place_bits
        if place not in masks or (alike := code & masks[place]) in seen:
            continue
        seen.add(alike)
        state = packing.decode(code)
        if not _leads_on(model, state):
            first.setdefault(model.places[place].control.state, state)
    return list(first.values())


def _asked(model: Model, place: int) -> set[int]:
    """The policies that the edges of a place ask about."""
    return {policy for edge in model.edges[place] for policy, _ in edge.tests}


def _mask(packing: Packing, policies: set[int]) -> int:
    bits = [packing.tally(policy) for policy in policies]
    return packing.place_bits | sum(mask << shift for shift, mask in bits)


def _leads(edge: Edge, place: int) -> bool:
    return edge.target not in (place, NOWHERE)


def _leads_on(model: Model, state: State) -> bool:
    place, *tallies = state
    return any(
        _leads(edge, place) and all(model.test_tables[at][table][tallies[at]] for at, table in edge.tests)
        for edge in model.edges[place]
    )
