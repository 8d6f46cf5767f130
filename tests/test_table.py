"""The table is the machine's fast twin: the same rows taken, the same memories, the same refusals."""

from __future__ import annotations

import pytest

from cases import CASES, Case
from cosmos_retry import Config, NotPermitted, open_operation
from cosmos_retry.features import MEASURES
from cosmos_retry.hypothesis import NEW
from cosmos_retry.machine import LifecycleMachine, Refusal, Step
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.table import SETTLED, Table, table_for


class Twins:
    """Every step that tables were asked for, with what the machine says to the same."""

    def __init__(self) -> None:
        self.taken = 0
        self.refused = 0

    def compare(self, table: Table, state: str, memory: Memory, seen: Seen, got: Step | Refusal) -> None:
        """Hold one answer of a table against the machine's."""
        want = table.machine.step(table._config, state, memory, seen)
        assert got == want
        self.taken += isinstance(got, Step)
        self.refused += isinstance(got, Refusal)


@pytest.fixture
def twins(monkeypatch: pytest.MonkeyPatch) -> Twins:
    """Compare each step of each table, from here on."""
    found = Twins()
    original = Table.step

    def step(self: Table, state: str, memory: Memory, seen: Seen) -> Step | Refusal:
        got = original(self, state, memory, seen)
        found.compare(self, state, memory, seen, got)
        return got

    monkeypatch.setattr(Table, "step", step)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_table_agrees_with_the_machine(case: Case, twins: Twins) -> None:
    """On every step of every case the table takes the row that the machine takes, or both refuse."""
    operation = open_operation(Config.from_trace(case.trace))
    try:
        for event in case.trace.events:
            operation.observe(event)
    except NotPermitted:
        assert twins.refused
    assert twins.taken + twins.refused


def test_table_agrees_on_every_state_and_event(twins: Twins) -> None:
    """In every state, for every event with nothing remembered, the two agree, and both outcomes occur."""
    for case in CASES[::20]:
        config = Config.from_trace(case.trace)
        table = table_for(open_operation(config).contract, config.lifecycle, config)
        for state in table.machine.lifecycle.states:
            for event in table.machine.contract.vocabulary.events:
                for status in (None, 200, 404, 410, 429, 503):
                    table.step(state, NEW, Seen(event, region=config.regions[0], status=status, sent=False))
    assert twins.taken > 500
    assert twins.refused > 500


def test_settled_features_do_not_look_at_the_run() -> None:
    """What is settled at compile time is measured without looking at the run or at the event."""
    config = Config.from_trace(CASES[0].trace)
    for name in SETTLED:
        MEASURES[name](config, None, None)  # type: ignore[arg-type]


def test_machine_is_the_reference_for_refusals() -> None:
    """A refusal comes from the machine: it names the nearest row and the conditions that failed."""
    config = Config.from_trace(CASES[0].trace)
    contract = open_operation(config).contract
    refusal = table_for(contract, "write", config).step("refused", NEW, Seen("attempt", region="West US"))
    assert refusal == LifecycleMachine(contract, "write").step(
        config, "refused", NEW, Seen("attempt", region="West US")
    )
