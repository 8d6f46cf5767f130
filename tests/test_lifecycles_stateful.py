"""Whatever the environment does, a client that keeps to the permitted rows keeps every promise.

Two drivers share the runs of `strategies.py`.  Hypothesis draws runs and shrinks what it finds: it is the one
to read when something breaks.  A seeded walk, the same at every run, does the counting: it must have reached
every situation that the promises name, every row that permitted runs can reach, and every forbidden move, so
that nothing holds only because nothing happened.
"""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import cosmos_retry.invariants as package
from cases import CASES, Case
from cosmos_retry import Config, NotPermitted, judge, load_contract, read_traces
from cosmos_retry.invariants import check_history, load_invariants, situations_in
from cosmos_retry.invariants.registry import MONITORS
from cosmos_retry.parameters import Profile, load_profile
from cosmos_retry.paths import spec_dir
from cosmos_retry.reading import Unreadable
from cosmos_retry.trace import Event, Response, Trace
from notation import trace
from strategies import (
    Drawn,
    Run,
    Seeded,
    a_config,
    accepts,
    conforms,
    fork,
    guesses,
    listed,
    standing,
    veiled,
)

CONTRACT = load_contract()
PROMISES = load_invariants()
SITUATIONS = sorted({name for promise in PROMISES for name in promise.sometimes})
RECORDED = Path(__file__).parent / "data" / "recorded" / "real-clients.jsonl"

# The order of regions for a read behind its session in a multi-write account is the table's choice, no promise.
UNPROMISED = frozenset({"one_replica_behind/attempt"})
UNPROMISED_CASES = frozenset({"session: through the gateway, multi-write, out of order"})


def broken_by(config: Config, events: list[Event]) -> list[tuple[str, int]]:
    """Return the promises that a run breaks, and the observations that break them."""
    return [(one.invariant, one.event) for one in check_history(config, events)]


# ------------------------------------------------------------------------------------------------ Hypothesis


class Lifecycles(RuleBasedStateMachine):
    """An operation of a random configuration, moved on by its environment and by a client that may be wrong."""

    run: Run | None = None

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Configure a client and begin an operation."""
        choose = Drawn(data)
        self.run = Run(a_config(choose), CONTRACT, choose, Counter())

    @precondition(lambda self: self.run is not None and not self.run.ended)
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        """Make one move, the environment's or the client's; before it, now and then, try a wrong one."""
        assert self.run is not None
        choose = Drawn(data)
        if choose.chance(20):
            moves = self.run.operation.permitted()
            event = choose.pick(guesses(self.run, moves, choose))
            self.guess(event, listed(moves, event, self.run.replica))
        event = self.run.next_event(choose)
        if event is not None:
            self.run.take(event)

    def guess(self, event: Event, is_listed: bool) -> None:
        """Try an event: where it is refused, nothing has changed, and no move that is listed was refused."""
        assert self.run is not None
        operation = self.run.operation
        before = standing(operation)
        if accepts(operation, event) is None:
            with pytest.raises(NotPermitted):
                operation.observe(event)
            assert standing(operation) == before
            assert not is_listed

    @invariant()
    def promises_are_kept(self) -> None:
        """After every observation every promise is kept."""
        if self.run is not None:
            assert check_history(self.run.config, self.run.events) == []


TestLifecycles = Lifecycles.TestCase
TestLifecycles.settings = settings(stateful_step_count=40)


# ------------------------------------------------------------------------------------------- the seeded walk

LEAST_RUNS, MOST_RUNS = 1_200, 6_000
MOST_STEPS = 45
TRIED = 6  # wrong moves that are tried at a place, when it is first reached
CHECKED = 4  # refused moves of one kind that are held against the monitors


def to_be_reached() -> frozenset[str]:
    """Return the ids of the rows that permitted runs can meet: permitted ones, and forbidden ones on the way."""
    found = set()
    for lifecycle in CONTRACT.lifecycles.values():
        reached = {"start"}
        permitted = [row for row in lifecycle.rows if row.verdict == "permitted"]
        while new := {str(row.to) for row in permitted if reached & set(row.source)} - reached - {"="}:
            reached |= new
        wanted = [row for row in lifecycle.rows if row.forbids or row.verdict == "permitted"]
        found |= {row.id for row in wanted if reached & set(row.source)}
    return frozenset(found)


@attrs.define
class Walk:
    """What the seeded walk found.

    `waiting` holds a run for each place that was reached; from there others set out, so that places that few
    runs come to are left in more than one way.  `missing` are the rows that no run has met yet.
    """

    rows: Counter[str] = attrs.field(factory=Counter)
    missing: set[str] = attrs.field(factory=lambda: set(to_be_reached()))
    situations: Counter[str] = attrs.field(factory=Counter)
    checked: Counter[str] = attrs.field(factory=Counter)
    bitten: Counter[str] = attrs.field(factory=Counter)
    broken: list[str] = attrs.field(factory=list)
    veiled: list[str] = attrs.field(factory=list)
    unpromised: dict[str, str] = attrs.field(factory=dict)
    changed: list[str] = attrs.field(factory=list)
    mislisted: list[str] = attrs.field(factory=list)
    places: set[tuple[object, ...]] = attrs.field(factory=set)
    waiting: list[Run] = attrs.field(factory=list)
    runs: int = 0

    @property
    def done(self) -> bool:
        """Whether all has been reached, or no more runs are made."""
        reached = not self.missing and all(self.situations[name] for name in SITUATIONS)
        return self.runs >= (LEAST_RUNS if reached else MOST_RUNS)

    def go(self) -> None:
        """Walk one run to its end, or as far as its steps last."""
        choose = Seeded(self.runs)
        self.runs += 1
        run = self.start(choose)
        for _ in range(MOST_STEPS):
            self.look(run, choose)
            event = None if run.ended else run.next_event(choose)
            if event is not None:
                run.take(event)
            self.missing.difference_update(run.rows)
        if broken := check_history(run.config, run.events):
            self.broken.append(story(run.config, run.events[: broken[0].event], broken[0]))
        elif broken := check_history(*veiled(run)):
            self.veiled.append(story(*veiled(run), broken[0]))
        self.situations.update(situations_in(run.config, run.events))

    def start(self, choose: Seeded) -> Run:
        """Return a new run, or one that has come to a place and waits there: the deepest of the latest ones."""
        if not self.waiting or choose.chance(40):
            return Run(a_config(choose), CONTRACT, choose, self.rows)
        latest = range(max(0, len(self.waiting) - 60), len(self.waiting))
        return self.waiting.pop(max((choose.pick(latest) for _ in range(4)), key=lambda n: self.waiting[n].depth))

    def look(self, run: Run, choose: Seeded) -> None:
        """At a place that no run has been to, try wrong moves, and leave runs for rows that nobody has met."""
        if run.place in self.places:
            return
        self.places.add(run.place)
        if not run.ended:
            self.waiting.append(run.twin())
        moves = run.operation.permitted()
        found = guesses(run, moves, choose)
        wanted = set() if run.operation.ended else self.missing & run.rows_here
        for event in found if wanted else [choose.pick(found) for _ in range(TRIED)]:
            self.guess(run, event, listed(moves, event, run.replica))
        ways = [run.concrete(move, choose) for move in moves if move.row in wanted]
        for event in [*ways, *(run.every_answer() if wanted else [])]:
            after = accepts(run.operation, event)
            if after is not None and conforms(after) and after.hypotheses[0].path[-1].row.id in self.missing:
                twin = run.twin()
                twin.take(event)
                self.waiting.append(twin)
                self.missing.difference_update(twin.rows)

    def guess(self, run: Run, event: Event, is_listed: bool) -> None:
        """Try an event: what the oracle refuses changes nothing, is no listed move, and breaks a promise."""
        before = standing(run.operation)
        twin = fork(run.operation)
        try:
            twin.observe(event)
        except NotPermitted as refused:
            if standing(twin) != before:
                self.changed.append(story(run.config, run.events, event))
            if is_listed:
                self.mislisted.append(story(run.config, run.events, event))
            self.refused(run, event, refused)

    def refused(self, run: Run, event: Event, refused: NotPermitted) -> None:
        """Note the kind of a refusal; hold the first ones of a kind against the monitors."""
        refusal = min((lost.refusal for lost in refused.lost), key=lambda one: one.forbidding is None)
        place = f"{refusal.state}/{refusal.event}"
        kind = refusal.forbidding.id if refusal.forbidding else f"{place}: {', '.join(refusal.failing)}"
        self.missing.discard(kind)
        answers = [one for one in run.events if isinstance(one, Response)]
        met = f"{kind} after {answers[-1].status if answers else None}"
        self.checked[met] += 1
        if self.checked[met] > CHECKED or place in UNPROMISED - {kind}:
            return
        events = [*run.events, event]
        broken = check_history(run.config, events)
        self.bitten.update(one.invariant for one in broken if one.event == len(events))
        if not broken:
            self.unpromised.setdefault(kind, story(run.config, events, refusal.state))


def story(config: Config, events: list[Event], what: object) -> str:
    """Return a run as text, a line an observation, with what is to be said of it last."""
    return "\n".join(["", str(config), *map(str, events), str(what)])


@lru_cache(maxsize=1)
def walk() -> Walk:
    """Return what the seeded walk found; it is walked once."""
    found = Walk()
    while not found.done:
        found.go()
    return found
