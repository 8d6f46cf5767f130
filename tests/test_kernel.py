"""The searches agree: one so plain that it can be checked by eye, the plain one, and the compiled one."""

from __future__ import annotations

import importlib
import sys
from collections import deque
from collections.abc import Callable
from itertools import product

import attrs
import pytest

from cosmos_retry.contract import Contract, load_contract, with_rows
from cosmos_retry.explore.flat import Flat, Packing
from cosmos_retry.explore.model import NOWHERE, Model
from cosmos_retry.explore.search import Found, State, best_search, search
from cosmos_retry.explore.space import promised_lengths
from cosmos_retry.promela.cases import CASES, Case
from cosmos_retry.promela.mutants import MUTANTS, Mutant

# Every other one: each takes its time, and they are many.
SPREAD, BROKEN = CASES[::2], MUTANTS[::2]
# The order of breadth: the state from which each was come upon first, and the edge.
Parents = dict[State, tuple[State, int] | None]


def naive(model: Model) -> tuple[Found, Parents]:
    """Visit every state of a model, one edge after the other; nothing is remembered but states."""
    found = Found(Packing.of(model), (), (), ())
    tests, moves = model.test_tables, model.move_tables
    start: State = (0, *(0 for _ in model.policies))
    parents: Parents = {start: None}
    ahead = deque([start])
    while ahead:
        state = ahead.popleft()
        takes: dict[object, int] = {}
        for number, edge in enumerate(model.edges[state[0]]):
            if not all(tests[at][table][state[at + 1]] for at, table in edge.tests):
                continue
            found.fired.add(edge.row)
            for label in edge.labels:
                clash = (state, takes.setdefault(label, edge.row), edge.row)
                if clash[1] != edge.row and clash not in found.clashes[-9:]:
                    found.clashes.append(clash)
            if edge.target == NOWHERE:
                continue
            found.edges += 1
            for promise, at, table in edge.broken:
                if promise not in found.broken and (at < 0 or tests[at][table][state[at + 1]]):
                    found.broken[promise] = (state, number)
            after = [edge.target, *state[1:]]
            for at, table in edge.moves:
                after[at + 1] = moves[at][table][state[at + 1]]
            if tuple(after) not in parents:
                parents[tuple(after)] = (state, number)
                ahead.append(tuple(after))
    return found, parents


def hold_equal(found: Found, want: Found) -> None:
    """Hold what the compiled search has found against what the plain one has."""
    for field in ("packing", "edges", "fired", "clashes"):
        assert getattr(found, field) == getattr(want, field)
    for field in ("codes", "before", "by"):
        assert list(getattr(found, field)) == list(getattr(want, field))
    assert list(found.broken.items()) == list(want.broken.items())


def modelled(case: Case, contract: Contract | None = None, whole: bool = False) -> Model:
    """Return the model of a case under some contract, held to what the documents promise."""
    lengths = promised_lengths(load_contract().profile, case.setting)
    return Model(contract or load_contract(), case.setting, lengths, whole)


def agreed(model: Model) -> Found:
    """Return what the plain search finds, once it has been held against the naive one."""
    found = search(model)
    want, parents = naive(model)
    states = [found.packing.decode(code) for code in found.codes]
    assert states == list(parents)
    edges = zip(found.before, found.by, strict=True)
    assert [None if at < 0 else (states[at], edge) for at, edge in edges] == list(parents.values())
    for field in ("edges", "fired", "clashes"):
        assert getattr(found, field) == getattr(want, field)
    assert list(found.broken.items()) == list(want.broken.items())
    return found


@pytest.fixture
def compiled_search() -> Callable[[Model], Found]:
    """The compiled search, where it can be compiled."""
    pytest.importorskip("numba", reason="numba, which compiles the search, is not installed (extra: fast)")
    return importlib.import_module("cosmos_retry.explore.kernel").compiled_search  # type: ignore[no-any-return]


@pytest.mark.parametrize("case", SPREAD, ids=lambda case: case.title)
@pytest.mark.thorough
def test_plain_search_is_the_naive_one(case: Case) -> None:
    """In every case the plain search finds the states in the order of the naive one, on the same edges."""
    assert agreed(modelled(case)).states > 100


@pytest.mark.parametrize("mutant", BROKEN, ids=lambda mutant: mutant.says)
@pytest.mark.thorough
def test_plain_search_is_the_naive_one_in_broken_contracts(mutant: Mutant) -> None:
    """In every broken contract promises break first in the same state and on the same edge."""
    found = agreed(modelled(mutant.case, mutant.change(load_contract())))
    assert found.broken or mutant.harmless


@pytest.mark.parametrize("case", SPREAD, ids=lambda case: case.title)
def test_compiled_search_is_the_plain_one(case: Case, compiled_search: Callable[[Model], Found]) -> None:
    """In every case the compiled search finds what the plain one finds, in the same order."""
    model = modelled(case)
    hold_equal(compiled_search(model), search(model))


@pytest.mark.parametrize("mutant", BROKEN, ids=lambda mutant: mutant.says)
@pytest.mark.thorough
def test_compiled_search_is_the_plain_one_in_broken_contracts(
    mutant: Mutant, compiled_search: Callable[[Model], Found]
) -> None:
    """In every broken contract the compiled search finds what the plain one finds, in the same order."""
    model = modelled(mutant.case, mutant.change(load_contract()))
    hold_equal(compiled_search(model), search(model))


def test_open_runs_and_clashes_are_found_alike(compiled_search: Callable[[Model], Found]) -> None:
    """Rows that take the same label are found by all three, and so is what the documents leave open."""
    rows = load_contract().rows
    twice = with_rows(load_contract(), [*rows.values(), attrs.evolve(rows["write.unsent.retry"], id="twice")])
    model = modelled(Case("write", throttling=0), twice)
    found = agreed(model)
    hold_equal(compiled_search(model), found)
    assert {tuple(model.rows[row].id for row in rows) for _, *rows in found.clashes} == {
        ("write.unsent.retry", "twice")
    }
    whole = modelled(Case("metadata", throttling=0), whole=True)
    hold_equal(compiled_search(whole), agreed(whole))


def test_path_is_the_shortest_run() -> None:
    """The path to a state goes from the start from state to state, in the order of the search."""
    model = modelled(Case("write", throttling=0))
    found, (_, parents) = search(model), naive(model)
    for state in list(parents)[::97]:
        way, back = found.path(state), []
        before = parents[state]
        while before is not None:
            back.append(before)
            before = parents[before[0]]
        assert way == back[::-1]
    with pytest.raises(KeyError):
        found.path((len(model.places), *(0 for _ in model.policies)))


def test_plain_search_is_used_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numba cannot be imported the plain search is used, and nothing is said."""
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "cosmos_retry.explore.kernel", raising=False)
    model = modelled(Case("metadata", throttling=0))
    hold_equal(best_search(model), search(model))


def test_states_are_numbers() -> None:
    """A state is packed into one number and unpacked from it, whatever the sizes of its parts."""
    packing = Packing((5, 1, 8, 2, 29))
    states = list(product(*map(range, packing.sizes)))
    codes = [packing.encode(state) for state in states]
    assert [packing.decode(code) for code in codes] == states
    assert len(set(codes)) == len(states)
    assert max(codes) < 1 << 12


def test_states_of_too_many_bits_are_refused() -> None:
    """A state must fit into 63 bits; the error says what it is made of and how many bits that takes."""
    model = modelled(Case("metadata", throttling=0))
    Flat(model, Packing((1 << 31, 1 << 32)))
    with pytest.raises(OverflowError, match=r"one of 4294967296 x 4294967296 .* 64 bits, more than 63"):
        Flat(model, Packing((1 << 32, 1 << 32)))
