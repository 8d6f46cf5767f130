"""The table of decisions does what the machine does: it takes the same rows, and refuses the rest."""

from __future__ import annotations

import random
from collections.abc import Iterator

import attrs
import pytest

from cosmos_retry.contract import load_contract
from cosmos_retry.explore.decisions import REFUSED, START, Decisions, decide
from cosmos_retry.explore.labels import Label, answers
from cosmos_retry.explore.model import Model
from cosmos_retry.explore.search import Found, search
from cosmos_retry.explore.space import promised_lengths
from cosmos_retry.explore.world import happenings
from cosmos_retry.instants import instant_us
from cosmos_retry.machine import LifecycleMachine, Step
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.promela.cases import Case

CONTRACT = load_contract()
FOLLOWED = ("permitted", "unobservable")
ASKED = 2_000_000  # the wait that a 429 asks for, if it asks for one
CASES = (
    Case("write", regions=2, throttling=2),
    Case("write", "gateway", regions=2, writes=(0, 1), multiple=True, throttling=0),
    Case("point_read", regions=2, throttling=1),
    Case("point_read", "direct", "Strong", throttling=0),
    Case("query", regions=2, throttling=0),
    Case("metadata", regions=2),
)


@attrs.define
class Run:
    """A run of the machine, and where the table stands beside it."""

    state: str = "start"
    memory: Memory = attrs.field(factory=Memory)
    now: int = 0
    at: int = START


class Twins:
    """A machine and the table of decisions of one case."""

    def __init__(self, case: Case) -> None:
        setting = case.setting
        self.model = Model(CONTRACT, setting, promised_lengths(CONTRACT.profile, setting))
        self.found: Found = search(self.model)
        self.decisions: Decisions = decide(self.model, self.found)
        self.machine = LifecycleMachine(CONTRACT, setting.lifecycle)
        self.config = setting.config
        self.taken = self.refused = 0

    def events(self, run: Run) -> Iterator[tuple[Label, Seen]]:
        """Yield what can happen next, each label at a moment that it stands for, if there is one."""
        place, *tallies = self.found.packing.decode(self.found.codes[run.at])
        watch = self.model.places[place].watch
        policies, known = self.model.policies, self.model.tallies
        made = {policy: known[n][tallies[n]].made for n, policy in enumerate(policies)}
        moments = list(self._moments(run))
        for label, needs in happenings(self.model.setting, watch, answers(CONTRACT.vocabulary)):
            if needs is not None and needs[1] != (made[needs[0]] > 0):
                continue
            seen = attrs.evolve(label.seen(self.config), asked=ASKED if label.hint else None)
            for t in moments:
                if self._lies(label, run.memory, watch.policy, t):
                    yield label, attrs.evolve(seen, t=t)
                    break

    def compare(self, run: Run, label: Label, seen: Seen) -> Run | None:
        """Hold one decision against the machine's; return the run after it, if there is one."""
        step = self.machine.step(self.config, run.state, run.memory, seen)
        number = self._number(label)
        after = REFUSED if number is None else self.decisions.after[run.at][number]
        if not isinstance(step, Step) or step.row.verdict not in FOLLOWED:
            assert after == REFUSED, (run, seen, step)
            self.refused += 1
            return None
        assert after != REFUSED, (run, seen, step)
        assert number is not None
        assert self.model.rows[self.decisions.rows[run.at][number]].id == step.row.id
        place, *_ = self.found.packing.decode(self.found.codes[after])
        assert self.model.places[place].control.state == step.state
        self.taken += 1
        return Run(step.state, step.memory, seen.t, after)

    def _number(self, label: Label) -> int | None:
        return self.decisions.labels.index(label) if label in self.decisions.labels else None

    def _instants(self, memory: Memory) -> dict[tuple[str, str | None], int]:
        words = CONTRACT.vocabulary.instants.values()
        return {
            (one.kind, one.policy): instant_us(one, CONTRACT.profile, self.config, memory) for one in words
        }

    def _moments(self, run: Run) -> list[int]:
        first = [run.memory.answer_t + late for late in (10_000, 110_000)]
        bounds = {run.now, *first, *self._instants(run.memory).values()}
        return sorted(
            {t for bound in bounds for t in (bound - 1, bound, bound + 1) if run.now <= t < 1 << 50}
        )

    def _lies(self, label: Label, memory: Memory, policy: str | None, t: int) -> bool:
        """Whether a moment lies where the label says."""
        instants = self._instants(memory)
        if label.clock is not None:
            end = instants["window_end", policy]
            hint = memory.asked is not None and policy == "throttle"
            retried = policy is not None and memory.retries(policy) > 0 and policy != "throttle"
            last = end
            if hint or retried:
                last = instants["last_asked_call" if hint else "last_call", policy]
                # After a retry without any delay the last call is the end, a moment that no label stands for.
                if last == end == t:
                    return False
            if label.clock != (4 if t > end else 3 if t == end else 2 if t > last else 1 if t == last else 0):
                return False
        if label.pace is not None and label.pace != _side(t, instants["backoff_end", policy]):
            return False
        if label.wait is not None and label.wait != _side(t, instants["asked_wait_end", None]):
            return False
        low, high = memory.answer_t + 10_000, memory.answer_t + 110_000
        return label.first is None or label.first == _side(t, low) + (t >= high) + (t > high)


def _side(t: int, bound: int) -> int:
    return 1 + (t > bound) - (t < bound)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_decisions_are_the_machines(case: Case) -> None:
    """Wherever a run has come to, the table takes what the machine takes, by the same row, and no more."""
    twins, chance = Twins(case), random.Random(case.title)
    for _ in range(25):
        run: Run | None = Run()
        for _ in range(12):
            assert run is not None
            events = list(twins.events(run))
            outcomes = [twins.compare(run, *one) for one in chance.sample(events, min(len(events), 20))]
            on = [one for one in outcomes if one is not None]
            if not on:
                break
            lasting = [one for one in on if not CONTRACT.vocabulary.states[one.state].terminal]
            run = chance.choice(lasting or on)
    assert twins.taken > 300
    assert twins.refused > 300


def test_decisions_by_name_and_by_number_are_one() -> None:
    """A decision by a label's name is the one by its number; a refusal has no row."""
    twins = Twins(CASES[-1])
    decisions = twins.decisions
    assert len(set(decisions.names)) == len(decisions.labels)
    for state, line in enumerate(decisions.after):
        assert [decisions.decide(state, name) for name in decisions.names] == line
        assert [row == REFUSED for row in decisions.rows[state]] == [one == REFUSED for one in line]
    with pytest.raises(KeyError):
        decisions.decide(START, "nothing of the kind")
