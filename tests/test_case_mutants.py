"""The cases and the proof notice every guard that is dropped and every bound that is moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pytest

from cases import CASES, Case
from cosmos_retry import Contract, judge, load_contract
from cosmos_retry.contract import Row, with_rows
from cosmos_retry.machine import Refusal, Step
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.proof import excludes
from cosmos_retry.table import Table

CONTRACT = load_contract()
Place = tuple[str, str, str]


def _outcome(case: Case, contract: Contract) -> tuple[object, ...]:
    verdict = judge(case.trace, contract)
    return verdict.verdict, verdict.event, verdict.rows, verdict.row


@pytest.fixture(scope="module")
def by_place() -> dict[Place, list[Case]]:
    """The cases by lifecycle, state and event that the machines were asked about while judging them."""
    found: dict[Place, dict[str, Case]] = {}
    original = Table.step

    for case in CASES:

        def step(self: Table, state: str, memory: Memory, seen: Seen, case: Case = case) -> Step | Refusal:
            found.setdefault((self.machine.lifecycle.name, state, seen.event), {})[case.name] = case
            return original(self, state, memory, seen)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Table, "step", step)
            judge(case.trace)
    return {place: list(cases.values()) for place, cases in found.items()}


@pytest.fixture(scope="module")
def expected() -> dict[str, tuple[object, ...]]:
    """What the whole contract says of each case."""
    return {case.name: _outcome(case, CONTRACT) for case in CASES}


def evolved(row: Row, changes: Mapping[str, Any]) -> Row:
    """Return the row with other values in fields that are named only when the test runs."""
    return attrs.evolve(row, **changes)


def _mutants(row: Row) -> Iterator[tuple[str, Row]]:
    for guard in row.when:
        yield f"{row.id} without {guard}", attrs.evolve(row, when=tuple(g for g in row.when if g != guard))
    # A row that sends nothing, or twice, is refused at load.
    for effect in (e for e in row.do if CONTRACT.vocabulary.effects[e].verb != "send"):
        yield f"{row.id} without {effect}", attrs.evolve(row, do=tuple(e for e in row.do if e != effect))
    for relation, instant in row.bounds:
        yield f"{row.id} without {relation} {instant}", evolved(row, {relation: None})
    if row.not_before and not row.after:
        yield f"{row.id} excludes its start", attrs.evolve(row, not_before=None, after=row.not_before)
    if row.after and not row.not_before:
        yield f"{row.id} includes its start", attrs.evolve(row, after=None, not_before=row.after)
    if row.verdict != "permitted" and not row.forbids:
        yield f"{row.id} is permitted", attrs.evolve(row, verdict="permitted")


STRIDE = 3  # all of them, and more, are tried by `cosmos-retry mutate`
MUTANTS = [
    pytest.param(name, mutant, id=name) for row in CONTRACT.rows.values() for name, mutant in _mutants(row)
][::STRIDE]


@pytest.mark.parametrize(("name", "mutant"), MUTANTS)
@pytest.mark.thorough
def test_row_mutant_is_noticed(
    name: str, mutant: Row, by_place: dict[Place, list[Case]], expected: dict[str, tuple[object, ...]]
) -> None:
    """A row that loses a guard, an effect or a bound, or whose bound changes its side, is noticed.

    Either it no longer excludes another row, which the proof finds, or a case comes to something else.
    """
    rows = [mutant if row.id == mutant.id else row for row in CONTRACT.rows.values()]
    contract = with_rows(CONTRACT, rows)
    places = {
        (lifecycle.name, state, row.on)
        for lifecycle in CONTRACT.lifecycles.values()
        for row in lifecycle.rows
        if row.id == mutant.id
        for state in row.source
    }
    beside = {row for place in places for row in CONTRACT.lifecycles[place[0]].at[place[1:]]}
    if any(row.id != mutant.id and not excludes(CONTRACT, mutant, row) for row in beside):
        return  # the proof notices: two rows would hold at once
    cases = {case.name: case for place in places for case in by_place.get(place, [])}
    assert any(_outcome(case, contract) != expected[case.name] for case in cases.values()), name


MOVED = [
    pytest.param(name, step, id=f"{name} {'+' if step > 0 else '-'}")
    for name in CONTRACT.profile.parameters
    for step in (1, -1)
    if not name.startswith("request_timeout")
]


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "step"), MOVED)
def test_moved_parameter_is_noticed(name: str, step: int, expected: dict[str, tuple[object, ...]]) -> None:
    """A parameter moved by one microsecond, one retry or one hundredth changes what a case comes to."""
    parameter = CONTRACT.profile.parameters[name]
    unit = {"s": 1e-6, "retries": 1, "delays": 1}.get(parameter.unit, 0.01)
    moved = attrs.evolve(parameter, value=parameter.value + step * unit)
    profile = attrs.evolve(CONTRACT.profile, parameters={**CONTRACT.profile.parameters, name: moved})
    contract = attrs.evolve(CONTRACT, profile=profile)
    assert any(_outcome(case, contract) != expected[case.name] for case in CASES)
