"""One run of a write, decided again and again: by the table, by the machine, by a machine without guards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from transitions import Machine

from cosmos_retry.contract import Contract
from cosmos_retry.explore.decisions import START, Decisions, decide
from cosmos_retry.explore.model import Model
from cosmos_retry.explore.search import search
from cosmos_retry.explore.space import promised_lengths
from cosmos_retry.machine import LifecycleMachine, Step
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.promela.cases import Case

CASE = Case("write", regions=2)
SECOND = 1_000_000
TABLE_PASSES, MACHINE_PASSES = 20_000, 100
# A create that never reaches the service at first, is throttled twice, and then succeeds.
RUN = (
    Seen("attempt", region="East US", replica=0, replica_is="same"),
    Seen("failure", cause="connectivity", sent=False, t=SECOND),
    Seen("attempt", region="East US", replica=0, replica_is="same", t=2 * SECOND),
    Seen("response", status=429, asked=SECOND, t=3 * SECOND),
    Seen("attempt", region="East US", replica=0, replica_is="same", t=5 * SECOND),
    Seen("response", status=429, t=6 * SECOND),
    Seen("attempt", region="East US", replica=0, replica_is="same", t=7 * SECOND),
    Seen("response", status=200, t=8 * SECOND),
    Seen("result", status=200, t=9 * SECOND),
)
Work = Callable[[int], None]


@attrs.frozen
class Deciders:
    """What decides the run: by name, a function that does so as often as it is told, and how often to ask."""

    steps: int
    works: Mapping[str, tuple[Work, int]]


def deciders(contract: Contract) -> Deciders:
    """Return the ways to decide the run, the table first."""
    setting = CASE.setting
    model = Model(contract, setting, promised_lengths(contract.profile, setting))
    decisions = decide(model, search(model))
    machine = LifecycleMachine(contract, setting.lifecycle)
    taken: list[tuple[Seen, str, Memory]] = []
    labels: list[int] = []
    state, memory, at = "start", Memory(), START
    for seen in RUN:
        step = machine.step(setting.config, state, memory, seen)
        assert isinstance(step, Step), (seen, step)
        taken.append((seen, state, memory))
        labels.append(_label(decisions, model, at, seen, step))
        at, state, memory = decisions.after[at][labels[-1]], step.state, step.memory
    names = [decisions.names[label] for label in labels]
    after, numbers = decisions.after, decisions.numbers

    def by_number(passes: int) -> None:
        for _ in range(passes):
            at = START
            for label in labels:
                at = after[at][label]

    def by_name(passes: int) -> None:
        for _ in range(passes):
            at = START
            for name in names:
                at = after[at][numbers[name]]

    cursor = machine.machine.models[0]

    def guarded(passes: int) -> None:
        for _ in range(passes):
            for seen, state, memory in taken:
                cursor.place(setting.config, state, memory, seen)
                cursor.trigger(seen.event)

    bare = _bare(machine)

    def unguarded(passes: int) -> None:
        for _ in range(passes):
            for seen, state, _ in taken:
                bare.state = state
                bare.trigger(seen.event)

    return Deciders(
        len(RUN),
        {
            "table, by number": (by_number, TABLE_PASSES),
            "table, by name": (by_name, TABLE_PASSES),
            "transitions, with the guards": (guarded, MACHINE_PASSES),
            "transitions, no guards": (unguarded, MACHINE_PASSES),
        },
    )


def _label(decisions: Decisions, model: Model, at: int, seen: Seen, step: Step) -> int:
    """Return a label of the event that the same row takes."""
    for number, label in enumerate(decisions.labels):
        row = decisions.rows[at][number]
        alike = (label.event, label.status, label.cause, label.sent, label.hint)
        same_row = row >= 0 and model.rows[row].id == step.row.id and label.region in (None, 0)
        if same_row and alike == (seen.event, seen.status, seen.cause, seen.sent, seen.asked is not None):
            return number
    raise LookupError(f"no label for {seen}")


def _bare(machine: LifecycleMachine) -> Any:
    """Return a model of a machine with the same transitions, one for each state and event, and no guards."""

    class Bare:
        state = "start"

    model = Bare()
    rows = machine.lifecycle.rows
    moves = {(source, row.on): row.to for row in reversed(rows) if not row.forbids for source in row.source}
    Machine(
        model=model,
        states=list(machine.lifecycle.states),
        initial="start",
        auto_transitions=False,
        transitions=[{"trigger": on, "source": at, "dest": to} for (at, on), to in moves.items()],
    )
    return model
