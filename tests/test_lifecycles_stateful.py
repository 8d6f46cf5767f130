"""Whatever the environment does, a client that keeps to the permitted rows keeps every promise.

Two drivers share the runs of `strategies.py`.  Hypothesis draws runs and shrinks what it finds: it is the one
to read when something breaks.  A seeded walk, the same at every run, does the counting: it must have reached
every situation that the promises name, every row that permitted runs can reach, and every forbidden move, so
that nothing holds only because nothing happened.
"""

from __future__ import annotations

import ast
from collections import Counter
from functools import lru_cache
from pathlib import Path

import attrs
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import cosmos_retry.invariants as package
from cases import CASES, Case
from cosmos_retry import Config, NotPermitted, judge, load_contract, read_traces
from cosmos_retry.invariants import bound, check_history, load_invariants, situations_in
from cosmos_retry.invariants.record import read_history
from cosmos_retry.invariants.registry import MONITORS
from cosmos_retry.notation import trace
from cosmos_retry.parameters import Profile, load_profile
from cosmos_retry.paths import spec_dir
from cosmos_retry.reading import Unreadable
from cosmos_retry.trace import Event, Response, Trace
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

# Through the gateway one 404/1002 may stand for two replicas: where the read may go then, the table decides.
UNPROMISED = frozenset({"one_replica_behind/attempt"})


def broken_by(config: Config, events: list[Event]) -> list[tuple[str, int]]:
    """Return the promises that a run breaks, and the observations that break them."""
    return [(one.invariant, one.event) for one in check_history(config, events)]


# ------------------------------------------------------------------------------------------------ Hypothesis


class Lifecycles(RuleBasedStateMachine):
    """An operation, moved on by its environment and by a client that may be wrong."""

    run: Run | None = None

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        """Make one move, the environment's or the client's; before it, now and then, try a wrong one.

        Where the application has heard, another operation of another client begins.
        """
        choose = Drawn(data)
        if self.run is None or self.run.ended:
            self.run = Run(a_config(choose), CONTRACT, choose, Counter())
        if choose.chance(20):
            moves = self.run.operation.permitted()
            guess = choose.pick(guesses(self.run, moves, choose))
            self.guess(guess, listed(moves, guess, self.run.replica))
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
# To shrink a run of many choices takes minutes: only `deep` does that.
TestLifecycles.settings = settings(
    max_examples=settings().max_examples // 2,
    stateful_step_count=30,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.generate] if settings().derandomize else list(Phase),
)


# ------------------------------------------------------------------------------------------- the seeded walk

LEAST_RUNS, MOST_RUNS = 1_200, 6_000
FIRST_SEED = 90_000  # of a few that were tried, the one from which everything is reached soonest
MOST_STEPS = 45
TRIED = 6  # wrong moves that are tried at a place, when it is first reached
TOLD_BY_HAND = frozenset({"every-run-ends"})  # a run of hundreds of attempts
CHECKED = 4  # refused moves of one kind that are held against the monitors


def to_be_reached() -> frozenset[str]:
    """Return the ids of the rows that permitted runs can meet: permitted ones, and forbidden ones."""
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
    refusing: list[tuple[Config, list[Event]]] = attrs.field(factory=list)
    runs: int = 0

    @property
    def done(self) -> bool:
        """Whether all has been reached that must be, or no more runs are made."""
        reached = all(self.situations[name] for name in SITUATIONS)
        bitten = all(self.bitten[name] for name in MONITORS if name not in TOLD_BY_HAND)
        return self.runs >= (LEAST_RUNS if reached and bitten else MOST_RUNS)

    def go(self) -> None:
        """Walk one run to its end, or as far as its steps last."""
        choose = Seeded(FIRST_SEED + self.runs)
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
        """Return a new run, or one that waits at a place: the deepest of some late ones."""
        if not self.waiting or choose.chance(40):
            return Run(a_config(choose), CONTRACT, choose, self.rows)
        near = range(max(0, len(self.waiting) - 60), len(self.waiting))
        return self.waiting.pop(
            max((choose.pick(near) for _ in range(4)), key=lambda n: self.waiting[n].depth)
        )

    def look(self, run: Run, choose: Seeded) -> None:
        """At a place that is new, try wrong moves, and leave runs behind for rows that nobody has met."""
        if run.place in self.places:
            return
        self.places.add(run.place)
        if not run.ended:
            self.waiting.append(run.twin())
        moves = run.operation.permitted()
        found = guesses(run, moves, choose)
        wanted = self.missing & run.rows_here
        for event in found if wanted else [choose.pick(found) for _ in range(TRIED)]:
            self.guess(run, event, listed(moves, event, run.replica))
        going = [] if run.operation.ended else moves
        ways = [run.concrete(move, choose) for move in going if move.row in wanted]
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
        met = f"{kind} after {answers[-1].status if answers else None}, {run.config.multi_write_account}"
        self.checked[met] += 1
        left_open = refusal.forbidding is None and place in UNPROMISED
        if self.checked[met] > CHECKED or left_open:
            return
        events = [*run.events, event]
        self.refusing.append((run.config, events))
        broken = check_history(run.config, events)
        self.bitten.update(one.invariant for one in broken if one.event == len(events))
        if not broken:
            self.unpromised.setdefault(kind, story(run.config, events, refusal.state))


def story(config: Config, events: list[Event], what: object) -> str:
    """Return a run as text, a line an observation, with what is to be said of it last."""
    return "\n".join(["", str(config), *map(str, events), str(what)])


@lru_cache(maxsize=1)
def walk() -> Walk:
    """Return what the seeded walk found; it is walked once in a process: its tests stand side by side."""
    found = Walk()
    while not found.done:
        found.go()
    return found


def test_permitted_runs_keep_every_promise() -> None:
    """No run of permitted rows breaks a promise."""
    assert not walk().broken, min(walk().broken, key=len)


def test_what_is_not_seen_breaks_no_promise() -> None:
    """A run that keeps every promise keeps them all in the eyes of an observer who sees less of it."""
    assert not walk().veiled, min(walk().veiled, key=len)


def test_refused_event_changes_nothing() -> None:
    """An operation that refuses an event stands where it stood, and knows what it knew."""
    assert not walk().changed, min(walk().changed, key=len)


def test_listed_move_is_never_refused() -> None:
    """What the oracle lists as permitted it takes; a microsecond before or after it may refuse."""
    assert not walk().mislisted, min(walk().mislisted, key=len)


def test_refused_move_breaks_a_promise() -> None:
    """What the tables refuse the monitors notice, though they know no row: the two were written apart."""
    assert not walk().unpromised, "\n".join(f"{kind}: {told}" for kind, told in walk().unpromised.items())


def test_nearly_every_row_is_met() -> None:
    """Few rows on the way of permitted runs are not met; those few have cases of their own."""
    assert len(walk().missing) < len(to_be_reached()) / 20, sorted(walk().missing)


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation_is_reached(name: str) -> None:
    """No promise holds only because nothing happened: the situations that it names were reached."""
    assert walk().situations[name] > 0


@pytest.mark.parametrize("name", sorted(set(MONITORS) - TOLD_BY_HAND))
def test_monitor_notices(name: str) -> None:
    """Every monitor noticed a move that the contract refuses, at the very move."""
    assert walk().bitten[name] > 0


@attrs.frozen
class Listening(Profile):
    """A profile that remembers which of its numbers were asked for."""

    asked: set[str] = attrs.field(factory=set)

    def number(self, name: str, config: Config) -> float:
        """Return a parameter, and remember its name."""
        self.asked.add(name)
        return super().number(name, config)


def test_promises_name_their_parameters() -> None:
    """A promise names the parameters that its monitor looks at, and no other."""
    plain = load_profile(spec_dir())
    histories = [(Config.from_trace(case.trace), case.trace.events) for case in CASES]
    histories += walk().refusing[::10]
    for promise in PROMISES:
        profile = Listening(plain.name, plain.says, plain.parameters)
        for config, events in histories:
            MONITORS[promise.id](read_history(config, events, profile))
        assert profile.asked == set(promise.parameters), promise.id


# ------------------------------------------------------------------------------------- the two judges agree


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_is_judged_alike(case: Case) -> None:
    """A case violates the contract exactly where it first breaks a promise."""
    agree(case.trace)


def test_recorded_traffic_is_judged_alike() -> None:
    """What real clients did violates the contract exactly where it first breaks a promise."""
    traces = [one for one in read_traces([str(RECORDED)]) if not isinstance(one, Unreadable)]
    assert len(traces) > 80
    for one in traces:
        agree(one)


def agree(told: Trace) -> None:
    """Hold the oracle and the monitors against each other on one trace."""
    verdict = judge(told)
    broken = broken_by(Config.from_trace(told), told.events)
    first = min((event for _, event in broken), default=0)
    assert first == (verdict.event if verdict.verdict == "violates" else 0), (verdict, broken)


# ------------------------------------------------------------------------------------------ at the very bound

WRITE, READ = "create direct Session WE/W", "point_read direct Eventual WE/W"
GATEWAY = "point_read gateway Session WE/W"
AT_THE_BOUND = [
    ("gone-window", WRITE, "0 W; 20 lost:unsent; {} W", 30, "at"),
    ("gone-window", READ, "0 W; 1 410; 2 refresh; {} W", 30, "at"),
    ("gone-window", "point_read direct Strong W/W", "0 W.0; 1 410; 2 refresh; {} W.1", 60, "at"),
    ("gone-window", GATEWAY, "0 W; 1 410; {} W", 60, "at"),
    ("timeout-window", READ, "0 W; 1 408; {} W", 30, "at"),
    ("retry-with-window", WRITE, "0 W; 0 449; 0.01 W; 10 449; {} W", 30, "at"),
    ("retry-with-first", WRITE, "0 W; 0 449; {} W", 0.01, "before"),
    ("retry-with-first", WRITE, "0 W; 0 449; {} W", 0.11, "at"),
    ("throttled-wait", WRITE, "0 W; 0 429+5000; {} W", 5, "before"),
    ("throttled-limits", WRITE, "0 W; 0 429; {} W", 30, "at"),
    ("throttled-limits", WRITE + " throttle=3x7", "0 W; 0 429; {} W", 7, "at"),
    ("local-retries-first", READ + " mwl", "0 W; 1 410; {} E", 30, "after"),
    ("local-retries-first", READ, "0 W; 1 410; 1 refresh; 6 W; 7 410; {} E", 20, "after"),
    ("backoff-exponential", WRITE, "0 W; 0 lost:unsent; 4 W; 4 lost:unsent; {} W", 7, "before"),
    ("backoff-exponential", READ, "0 W; 0 408; 1 W; 1 408; 2 W; 2 408; {} W", 3.1, "before"),
    ("retried-before-surfaced", READ, "0 W; 1 408; {} !408", 30, "after"),
    ("retried-before-surfaced", WRITE, "0 W; 1 lost:unsent; {} !503", 30, "after"),
]


@pytest.mark.parametrize(("name", "setting", "story", "bound", "side"), AT_THE_BOUND)
def test_bound_is_kept_to_the_microsecond(
    name: str, setting: str, story: str, bound: float, side: str
) -> None:
    """A monitor draws the line where the promise says, to the microsecond."""
    good, bad = {"at": (0, 1), "before": (0, -1), "after": (1, 0)}[side]
    for step, broken in ((good, False), (bad, True)):
        told = trace("bound", setting, story.format(f"{bound + step / 1e6:.6f}"))
        assert (name in dict(broken_by(Config.from_trace(told), told.events))) == broken


def test_delays_may_stay_on_a_plateau_once_grown() -> None:
    """Three delays without growth break the promise, but for delays of a second or more that have grown."""
    constant = "0 W; 0 408; 2 W; 2 408; 4 W; 4 408; 6 W"
    grown = "0 W; 0 408; 1 W; 1 408; 3 W; 3 408; 5 W; 5 408; 7 W; 7 408; 9 W"
    for story, broken in ((constant, [("backoff-exponential", 7)]), (grown, [])):
        told = trace("plateau", READ, story)
        assert broken_by(Config.from_trace(told), told.events) == broken


def test_every_run_ends() -> None:
    """One attempt more than the configuration lets work out breaks the promise, whatever else it breaks."""
    config = Config.from_trace(trace("endless", "create gateway Session W/W", "0 W"))
    most = bound(config, load_profile(spec_dir())).attempts
    for attempts in (most, most + 1):
        told = trace("endless", "create gateway Session W/W", "; ".join(["0 W; 0 449"] * attempts))
        assert ("every-run-ends" in dict(broken_by(config, told.events))) == (attempts > most)


def test_bounds_are_worked_out() -> None:
    """The bound grows with regions, and is that of windows, retries and throttling added up."""
    profile = load_profile(spec_dir())
    one, two = (
        bound(Config.from_trace(trace("b", f"point_read gateway Session {regions}/W", "0 W")), profile)
        for regions in ("W", "WE")
    )
    assert one.retry_us == (60 + 30 + 30) * 1_000_000
    assert two.retry_us == (2 * (60 + 30) + 30) * 1_000_000
    assert one.attempts < two.attempts < 1_000


# ----------------------------------------------------------------------------------- a guard vouches for none


def test_monitors_know_no_row() -> None:
    """No module of the monitors imports the machine, the rows, or anything that measures for a guard."""
    known = {"assumptions", "clauses", "config", "entries", "errors", "parameters", "paths", "trace", "units"}
    modules = list(Path(str(package.__file__)).parent.glob("*.py"))
    assert len(modules) > 10
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            ours = [str(name).split(".")[1] for name in names if str(name).startswith("cosmos_retry.")]
            assert set(ours) <= known | {"invariants"}, path.name
