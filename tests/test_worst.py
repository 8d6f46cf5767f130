"""The worst cases are exact: no run goes beyond them, and one run reaches each."""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import attrs
import pytest

from cosmos_retry import Config, judge, load_contract
from cosmos_retry.commands import worst as command
from cosmos_retry.contract import Contract, Row, with_rows
from cosmos_retry.instants import NEVER
from cosmos_retry.invariants import bound, check_history
from cosmos_retry.invariants.ending import most_retries
from cosmos_retry.machine import Step
from cosmos_retry.machines import machine_for
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.moves import Move, moves_at
from cosmos_retry.table import table_for
from cosmos_retry.trace import Attempt
from cosmos_retry.units import US_PER_SECOND, seconds_to_us
from cosmos_retry.worst import ANY_MIX, Fault, WorstCase, faults_of, worst_cases, worst_of
from cosmos_retry.worst.amplification import amplification
from cosmos_retry.worst.clock import Span
from cosmos_retry.worst.envelope import envelope
from cosmos_retry.worst.pace import pace
from cosmos_retry.worst.page import section
from cosmos_retry.worst.rules import Rules
from cosmos_retry.worst.settings import representative, setting_of
from cosmos_retry.worst.traces import trace_of

CONTRACT = load_contract()
PAGE = Path(__file__).parent.parent / "diagrams" / "amplification.md"
MULTI = setting_of(regions=3, write_regions=3, multiple=True)
CONFIGS = {
    "a write": ("write", setting_of()),
    "a write, single-write": ("write", setting_of(regions=2)),
    "a write, multi-write": ("write", MULTI),
    "a write, multi-write, gateway": (
        "write",
        setting_of(mode="gateway", regions=2, write_regions=2, multiple=True),
    ),
    "a write, no throttling retries": ("write", setting_of("replace", retries=0)),
    "a write, no time for throttling": ("write", setting_of(retries=5, wait_us=0)),
    "a read": ("point_read", setting_of("point_read", regions=2, timeout_us=5_000_000)),
    "a read, far from the write region": ("point_read", setting_of("point_read", regions=2, backwards=True)),
    "a read, two replicas": ("point_read", setting_of("point_read", level="Strong", regions=2)),
    "a read, gateway": ("point_read", setting_of("point_read", "gateway", "Eventual", 3)),
    "a query": ("query", setting_of("query", level="Strong", regions=2)),
    "a query, gateway": ("query", setting_of("query", "gateway", regions=2, write_regions=2)),
    "a metadata call": ("metadata", setting_of("point_read", "gateway", regions=2)),
}
MANY = 500  # attempts after which a run without a pace is left
NAMES = pytest.mark.parametrize("name", CONFIGS)


@cache
def cases_of(name: str) -> dict[str, WorstCase]:
    """Work a configuration out, once."""
    lifecycle, config = CONFIGS[name]
    return {case.fault: case for case in worst_cases(CONTRACT, config, lifecycle)}


def changed(change: Callable[[Row], Row]) -> Contract:
    """Return the contract with every row changed."""
    return with_rows(CONTRACT, [change(row) for row in CONTRACT.rows.values()])


def worst(contract: Contract, name: str, fault: str) -> WorstCase:
    """Return one worst case under another contract."""
    lifecycle, config = CONFIGS[name]
    return next(case for case in worst_cases(contract, config, lifecycle) if case.fault == fault)


# ------------------------------------------------------------------------------------ bounds are reached


@NAMES
@pytest.mark.thorough
def test_every_bound_is_reached(name: str) -> None:
    """In each of these configurations every number with a bound is reached by a run."""
    assert [case.fault for case in cases_of(name).values() if not case.exact] == []


@pytest.mark.thorough
@NAMES
def test_witnesses_conform(name: str) -> None:
    """The oracle, which knows nothing of the search, finds that every witness conforms."""
    _, config = CONFIGS[name]
    for case in cases_of(name).values():
        for witness in case.witnesses:
            verdict = judge(trace_of(case.fault, config, witness), CONTRACT)
            assert verdict.verdict == "conforms", (case.fault, verdict.reason)
            assert set(verdict.assumptions) == set(witness.assumptions)


@NAMES
@pytest.mark.thorough
def test_witnesses_keep_the_promises(name: str) -> None:
    """No witness breaks a promise: the independent monitors agree that such a run is right."""
    _, config = CONFIGS[name]
    for case in cases_of(name).values():
        for witness in case.witnesses:
            assert check_history(config, witness.events) == [], case.fault


@NAMES
@pytest.mark.thorough
def test_witnesses_show_the_numbers(name: str) -> None:
    """Time and attempts, counted in the events of the witnesses, are those of the results."""
    for case in cases_of(name).values():
        for line in case.longest or ():
            assert line.witness is not None
            assert seconds_to_us(line.witness.events[-1].t or 0) == line.bound_us
        for most in (case.requests, case.in_one_region):
            assert most.witness is not None
            regions = [event.region for event in most.witness.events if isinstance(event, Attempt)]
            best = max(regions.count(region) for region in regions)
            assert most.reached == (len(regions) if most is case.requests else best)


@pytest.mark.thorough
@NAMES
def test_faults_meet_every_attempt(name: str) -> None:
    """In the witness of a single fault nothing else comes back; in that of a mix several things do."""
    lifecycle, _ = CONFIGS[name]
    alone = {fault.name: fault.seen for fault in faults_of(CONTRACT, lifecycle)}
    for case in cases_of(name).values():
        witness = case.requests.witness
        assert witness is not None
        met = {
            (getattr(event, "status", None), getattr(event, "cause", None))
            for event in witness.events
            if type(event).__name__ in ("Response", "Failure")
        }
        if case.fault == ANY_MIX:
            assert len(met) > 1
        else:
            assert met == {(alone[case.fault].status, alone[case.fault].cause)}


@pytest.mark.thorough
@NAMES
def test_no_state_is_a_dead_end(name: str) -> None:
    """Wherever faults lead, the contract permits the client a move."""
    assert {state for case in cases_of(name).values() for state in case.stuck} == set()


@NAMES
def test_the_mix_is_the_worst(name: str) -> None:
    """Any mix of faults does at least as much harm as each of them."""
    cases = dict(cases_of(name))
    mix = cases.pop(ANY_MIX)
    for case in cases.values():
        if mix.requests.bound is not None:
            assert case.requests.bound is not None
            assert case.requests.bound <= mix.requests.bound
        assert case.longest
        assert mix.longest
        assert case.longest[0].bound_us <= mix.longest[0].bound_us


# ------------------------------------------------------------------------------ no run goes beyond them


def pick(move: Move, dice: random.Random, haste: float) -> int:
    """Return a permitted moment of a move, in µs: its first or, if it has one, its last, or one between."""
    low = seconds_to_us(move.not_before) + move.after
    if move.not_after is None or dice.random() < haste:
        return low
    return dice.choice((low, seconds_to_us(move.not_after), dice.randint(low, seconds_to_us(move.not_after))))


def stray(lifecycle: str, config: Config, timeout_us: int, seed: int) -> tuple[int, list[str]]:
    """Let client and environment do what they like within the permitted rows; return time and attempts."""
    dice = random.Random(seed)
    machine = machine_for(CONTRACT, lifecycle)
    faults = dice.sample(faults_of(CONTRACT, lifecycle), k=dice.choice((1, 2, 4, 8)))
    state, memory, now, attempts = "start", Memory(), 0, list[str]()
    haste = dice.choice((0.0, 0.5, 0.9, 1.0))
    while not CONTRACT.vocabulary.states[state].terminal:
        if CONTRACT.vocabulary.states[state].group == "in flight":
            took = 0 if dice.random() < haste else dice.randint(0, timeout_us)
            seen = attrs.evolve(dice.choice(faults).seen, t=max(now, memory.attempt_t + took))
        else:
            moves = [m for m in moves_at(machine, config, state, memory, now) if m.verdict == "permitted"]
            useful = [m for m in moves if m.event == "attempt"] or [m for m in moves if m.event == "error"]
            stale = memory.addresses_stale or memory.account_stale
            refreshes = [m for m in moves if m.event.endswith("refresh")] if stale else []
            move = dice.choice([*(m for m in useful if dice.random() < 0.9), *refreshes] or moves)
            region = dice.choice(move.regions) if move.regions else None
            replica = None if move.event != "attempt" else "other" if move.replica == "any" else move.replica
            told = (dice.choice(config.regions),) if move.event == "account_refresh" else None
            t = max(now, pick(move, dice, haste))
            seen = Seen(move.event, t, region, replica_is=replica, status=move.status, write_regions=told)
        step = machine.step(config, state, memory, seen)
        if not isinstance(step, Step) or step.row.verdict != "permitted":
            continue
        state, memory, now = step.state, step.memory, seen.t
        attempts += [str(seen.region)] if seen.event == "attempt" else []
        if len(attempts) > MANY:
            break
    return now, attempts


@NAMES
def test_no_run_goes_beyond(name: str) -> None:
    """Clients and environments that do as they like, where rows permit, stay within the bounds of any mix."""
    lifecycle, config = CONFIGS[name]
    mix = cases_of(name)[ANY_MIX]
    assert mix.longest
    for seed in range(15):
        now, attempts = stray(lifecycle, config, mix.longest[0].timeout_us, seed)
        assert len(attempts) <= (mix.requests.bound or NEVER)
        assert max(map(attempts.count, attempts)) <= (mix.in_one_region.bound or NEVER)
        assert now <= mix.longest[0].bound_us or len(attempts) > MANY


# ------------------------------------------------------------------- every run of a contract in small

TINY_MS = {
    "gone_window_short": 3,
    "timeout_window": 3,
    "retry_with_window": 3,
    "retry_with_first": 1,
    "retry_with_first_slack": 1,
    "throttle_window": 2,
    "backoff_plateau": 2,
}
TINY_COUNTS = {"throttle_retries": 2, "unavailable_retries": 1, "session_write_retries": 1}
TICK = 1_000  # µs: every run is tried whose events lie on these ticks, or at the first moment after one
Worst = tuple[int, int]  # the longest time in µs, and the most attempts, each by itself


def tiny() -> Contract:
    """Return the contract with windows of a few milliseconds, so that all its runs can be tried."""
    parameters = dict(CONTRACT.profile.parameters)
    for name, value in (TINY_COUNTS | {name: ms / 1_000 for name, ms in TINY_MS.items()}).items():
        parameters[name] = attrs.evolve(parameters[name], value=value)
    return attrs.evolve(CONTRACT, profile=attrs.evolve(CONTRACT.profile, parameters=parameters))


class Everything:
    """Tries every run, and knows nothing of the search: it takes the moves that the machine offers."""

    def __init__(self, contract: Contract, lifecycle: str, config: Config, faults: list[Fault]) -> None:
        """Take what the runs are made of."""
        self.machine = machine_for(contract, lifecycle)
        self.table = table_for(contract, lifecycle, config)
        self.config, self.faults = config, faults
        self.states = contract.vocabulary.states
        self.known: dict[object, Worst] = {}

    def worst(self, state: str = "start", memory: Memory | None = None, now: int = 0) -> Worst:
        """Return the worst that can still come."""
        memory = memory or Memory()
        if self.states[state].terminal:
            return (0, 0)
        place = (state, *self.standing(memory, now, self.states[state].group == "in flight"))
        if place not in self.known:
            time = attempts = -1
            for seen in self.following(state, memory, now):
                step = self.table.step(state, memory, seen)
                if isinstance(step, Step) and step.row.verdict == "permitted":
                    later, more = self.worst(step.state, step.memory, seen.t)
                    time = max(time, later + seen.t - now)
                    attempts = max(attempts, more + (seen.event == "attempt"))
            self.known[place] = (time, attempts)
        return self.known[place]

    def standing(self, memory: Memory, now: int, flying: bool) -> tuple[object, ...]:
        """What decides how a run goes on, its times counted back from now."""
        windows = tuple(
            (name, attrs.astuple(attrs.evolve(window, opened=now - window.opened)))
            for name, window in sorted(memory.windows.items())
        )
        since = now - (memory.attempt_t if flying else memory.answer_t)
        stale = (memory.addresses_stale, memory.account_stale, memory.told, memory.paired)
        heard = None if flying else memory.received
        return (windows, since, memory.region, memory.visited, memory.failovers, stale, heard)

    def following(self, state: str, memory: Memory, now: int) -> Iterator[Seen]:
        """Yield what may happen next, at every moment that counts."""
        if self.states[state].group == "in flight":
            for fault in self.faults:
                for t in range(memory.attempt_t, memory.attempt_t + TICK + 1, TICK):
                    if t >= now:
                        yield attrs.evolve(fault.seen, t=t)
        for move in moves_at(self.machine, self.config, state, memory, now):
            stale = {"address_refresh": memory.addresses_stale, "account_refresh": memory.account_stale}
            if not stale.get(move.event, True) or move.verdict != "permitted":
                continue
            told = (
                [(region,) for region in self.config.regions] if move.event == "account_refresh" else [None]
            )
            other = "other" if move.event == "attempt" else None
            for t in self.moments(move):
                for region in move.regions or (None,):
                    for named in told:
                        yield Seen(move.event, t, region, None, other, move.status, write_regions=named)

    def moments(self, move: Move) -> list[int]:
        """The first moment of a move and, where it has a last one, all ticks up to it."""
        low = seconds_to_us(move.not_before) + move.after
        high = low if move.not_after is None else seconds_to_us(move.not_after)
        return [low, *range((low // TICK + 1) * TICK, high + 1, TICK)]


@pytest.mark.parametrize(
    ("lifecycle", "config", "names"),
    [
        ("write", setting_of(), {"400", "410"}),
        ("write", setting_of(), {"449"}),
        ("write", setting_of(), {"400", "429, no wait asked", "449"}),
        ("write", setting_of(), {"400", "429, no wait asked", "403/3"}),
        (
            "write",
            setting_of(mode="gateway", regions=2, write_regions=2, multiple=True),
            {"503", "404/1002", "403/3"},
        ),
        (
            "write",
            setting_of(regions=3, write_regions=3, multiple=True),
            {"connection lost, not sent", "404/1002"},
        ),
        ("point_read", setting_of("point_read", "gateway", regions=2), {"408", "404/1002"}),
        ("point_read", setting_of("point_read", regions=2, backwards=True), {"408", "404/1002"}),
        ("point_read", setting_of("point_read", level="Strong"), {"408", "404"}),
        ("point_read", setting_of("point_read", level="Strong"), {"408"}),
        ("query", setting_of("query", regions=2, write_regions=2), {"429, no wait asked", "404/1002"}),
        ("metadata", setting_of("point_read", "gateway", regions=3), {"503", "429, no wait asked"}),
    ],
)
@pytest.mark.thorough
def test_trying_every_run_finds_the_same(lifecycle: str, config: Config, names: set[str]) -> None:
    """With windows of milliseconds all runs on a grid can be tried: the worst of them is what was found."""
    contract = tiny()
    faults = [fault for fault in faults_of(contract, lifecycle) if fault.name in names]
    assert {fault.name for fault in faults} == names
    found = worst_of(contract, lifecycle, config, "some", faults, TICK)
    assert found.exact
    assert found.longest
    assert Everything(contract, lifecycle, config, faults).worst() == (
        found.longest[0].bound_us,
        found.requests.bound,
    )


@pytest.mark.parametrize("window_ms", range(9))
def test_pace_is_the_best_of_all_schedules(window_ms: int) -> None:
    """No schedule in steps of 250 µs holds more retries after a 410 than the one that was found."""
    parameters = dict(CONTRACT.profile.parameters)
    parameters["backoff_plateau"] = attrs.evolve(parameters["backoff_plateau"], value=0.003)
    contract = attrs.evolve(CONTRACT, profile=attrs.evolve(CONTRACT.profile, parameters=parameters))
    rules = Rules(contract, "write", setting_of())
    found = pace(rules, "gone", window_ms * 1_000)

    @cache
    def best(left: int, longest: int, grown: bool, flat: int, first: bool) -> int:
        most = 0
        for delay in range(0, left + 1, 250):
            grows = not first and delay >= max(round(longest * 1.1), longest + 1_000)
            held = delay >= longest * 0.75 and (grows or flat < 2 or (grown and longest >= 3_000))
            if first or held:
                after = (max(longest, delay), grown or grows, 1 if grows else min(flat + 1, 2), False)
                # A delay that changes nothing and takes no time would go on for ever.
                assert delay or after != (longest, grown, flat, first)
                most = max(most, 1 + best(left - delay, *after))
        return most

    assert found.most == best(window_ms * 1_000, 0, False, 0, True)
    assert sum(found.delays) <= window_ms * 1_000


def test_pace_is_what_the_promise_of_an_end_counts() -> None:
    """The most retries that a search finds are as many as the promise works out: creeping, with one leap."""
    config = setting_of()
    for seconds in (1, 30, 60):
        found = pace(Rules(CONTRACT, "write", config), "gone", seconds * US_PER_SECOND).most
        assert found is not None
        assert found == most_retries(config, CONTRACT.profile, seconds * US_PER_SECOND)


def test_promise_of_an_end_holds() -> None:
    """The bound on attempts by which the promises judge every run lies above the most that a run can make."""
    for name in ("a write", "a write, single-write", "a write, multi-write", "a write, multi-write, gateway"):
        most = cases_of(name)[ANY_MIX].requests.bound
        assert most is not None
        assert most <= bound(CONFIGS[name][1], CONTRACT.profile).attempts


# ------------------------------------------------------------------------------------- documented numbers


@pytest.mark.parametrize(
    ("name", "fault", "requests", "in_one", "time"),
    [
        ("a write", "429, wait asked", 10, 10, "40 s"),
        ("a write", "timeout, sent", 1, 1, "10 s"),
        ("a write", "connection lost, sent", 1, 1, "10 s"),
        ("a write", "400", 1, 1, "10 s"),
        ("a write", "410", 134, 134, "40 s"),
        ("a write", "403/3", 2, 2, "20 s"),
        ("a write", ANY_MIX, 257, 257, "110 s"),
        ("a write, multi-write", "410", 268, 134, "80 s"),
        ("a write, multi-write", "404/1002", 12, 4, "120 s"),
        ("a write, multi-write, gateway", "503", 6, 3, "6 T"),
        ("a write, multi-write, gateway", "timeout, not sent", 268, 134, "60 s + 2 T"),
        ("a write, no throttling retries", "429, no wait asked", 1, 1, "10 s"),
        ("a write, no time for throttling", "429, no wait asked", 6, 6, "10 s"),
        ("a read", "408", 134, 134, "35 s"),
        ("a read", "503", 1, 1, "5 s"),
        ("a read", "404/1002", 2, 2, "10 s"),
        ("a read, far from the write region", "404/1002", 4, 2, "40 s"),
        ("a read, two replicas", "404", 2, 2, "20 s"),
        ("a read, two replicas", "429, wait asked", 20, 20, "40 s"),
        ("a read, gateway", "503", 6, 3, "6 T"),
        ("a read, gateway", "410", None, None, "180 s + 3 T"),
        ("a query", "410", None, None, "140 s"),
        ("a query, gateway", "404/1002", 4, 2, "4 T"),
        ("a metadata call", "503", 6, 3, "6 T"),
        ("a metadata call", "timeout", 1, 1, "T"),
    ],
)
def test_known_numbers(name: str, fault: str, requests: int | None, in_one: int | None, time: str) -> None:
    """What the documents number themselves comes out as they say, and the rest follows from it."""
    case = cases_of(name)[fault]
    assert (case.requests.bound, case.in_one_region.bound) == (requests, in_one)
    assert case.longest
    assert case.longest[0].text == time


def test_what_has_no_pace_has_no_number() -> None:
    """Nothing but time bounds the attempts of a read after a 410, because no row gives them a pace."""
    case = cases_of("a read")["410"]
    assert case.requests.bound is None
    assert case.requests.unbounded_by == ("read-410-pace",)
    assert case.requests.witness is not None
    at = Counter(event.t for event in case.requests.witness.events if isinstance(event, Attempt))
    assert max(at.values()) > 10


def test_a_long_timeout_changes_the_order() -> None:
    """Through the gateway a 449 whose first retry comes late beats the window where T is longer than it."""
    lines = cases_of("a write, multi-write, gateway")["449"].longest
    assert lines is not None
    assert [(line.text, line.from_us) for line in lines] == [
        ("30 s + T", 1_000),
        ("0.11 s + 2 T", 29_890_000),
    ]


def test_envelope_finds_every_line() -> None:
    """Of four lines the three that are the largest somewhere come out, with the T from which on they are."""
    lines = [Span(30 * US_PER_SECOND, 1), Span(25 * US_PER_SECOND, 2), Span(0, 4), Span(US_PER_SECOND, 1)]
    found = envelope(lambda t: max(lines, key=lambda line: line.at(t)))
    assert found == [(1_000, lines[0]), (5_000_000, lines[1]), (12_500_000, lines[2])]


# ---------------------------------------------------------------------------------------- rows decide


def without(guard: str, on: str = "attempt") -> Contract:
    """Return the contract whose permitted rows for an event no longer look at a guard."""
    return changed(
        lambda row: (
            attrs.evolve(row, when=tuple(name for name in row.when if name != guard))
            if row.on == on and row.verdict == "permitted"
            else row
        )
    )


@pytest.mark.thorough
def test_a_second_failover_counts() -> None:
    """Where a write may leave a second region as well, 410s cost a third region's retries and time."""
    case = worst(without("not_failed_over"), "a write, multi-write", "410")
    assert (case.requests.bound, case.exact) == (3 * 134, True)
    assert case.longest
    assert case.longest[0].text == "120 s"


def test_a_limit_without_its_guard_is_none() -> None:
    """Where no guard looks at the limit, nothing bounds the retries after a 429 but time."""
    case = worst(without("throttle_retries_left"), "a write", "429, wait asked")
    assert case.requests.bound is None
    assert case.longest
    assert case.longest[0].text == "40 s"


def test_a_window_without_its_end_has_none() -> None:
    """Where no row ends the time for retries after a 429, the time has no bound."""
    contract = changed(
        lambda row: attrs.evolve(row, not_after=None) if row.not_after == "throttle_window_end" else row
    )
    assert worst(contract, "a write", "429, wait asked").longest is None


def test_a_pace_gives_a_number() -> None:
    """Where reads back off after a 410 as writes do, their attempts have a bound, and it is reached."""
    contract = changed(
        lambda row: (
            attrs.evolve(row, not_before="gone_backoff_end")
            if "count_gone" in row.do and "query" in row.applies_to
            else row
        )
    )
    case = worst(contract, "a query", "410")
    most = pace(Rules(contract, "query", CONFIGS["a query"][1]), "gone", 60 * US_PER_SECOND).most
    assert most is not None
    assert (case.requests.bound, case.exact) == (2 * (1 + most), True)


def test_a_parameter_counts() -> None:
    """Another number in the profile is another worst case: four retries after a 503 are five requests."""
    parameters = dict(CONTRACT.profile.parameters)
    parameters["unavailable_retries"] = attrs.evolve(parameters["unavailable_retries"], value=4)
    contract = attrs.evolve(CONTRACT, profile=attrs.evolve(CONTRACT.profile, parameters=parameters))
    case = worst(contract, "a metadata call", "503")
    assert (case.requests.bound, case.in_one_region.bound, case.exact) == (10, 5, True)


def test_other_verdicts_are_not_followed() -> None:
    """A retry that the documents do not speak of adds nothing: a 413 is one request."""
    assert cases_of("a read")["413"].requests.bound == 1


def test_a_state_without_a_way_out_is_named() -> None:
    """Where no row lets the client out of a state, the state is named."""
    contract = with_rows(
        CONTRACT,
        [row for row in CONTRACT.rows.values() if "throttled" not in row.source or row.on != "error"],
    )
    assert worst(contract, "a metadata call", ANY_MIX).stuck == ("throttled",)
    alone = worst(contract, "a metadata call", "429, wait asked")
    assert (alone.longest, alone.requests.bound, alone.stuck) == (None, None, ("throttled",))


# ------------------------------------------------------------------------------------ page and command


def test_the_page_is_up_to_date() -> None:
    """The page that is kept holds the table of metadata calls as the tables of the contract give it."""
    written = PAGE.read_text(encoding="utf-8")
    settings = [setting for setting in representative() if setting.lifecycle == "metadata"]
    (table,) = amplification(CONTRACT, settings)
    assert "\n".join(section(table)) in written


def test_every_kind_of_configuration_has_a_table() -> None:
    """The page has a table for each lifecycle, and each mode in which it differs."""
    titles = [title for title, _ in groupby(representative(), key=lambda setting: setting.title)]
    assert len(titles) == len(set(titles)) == 7
    written = PAGE.read_text(encoding="utf-8")
    assert all(f"\n## {title}\n" in written for title in titles)


def run(*arguments: str) -> int:
    """Run the command by itself."""
    parser = argparse.ArgumentParser()
    command.register(parser.add_subparsers())
    parsed = parser.parse_args(["worst", *arguments])
    status: int = parsed.run(parsed)
    return status


def test_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints a line for each fault, and says what is not bounded."""
    assert run("--operation", "query", "--regions", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["fault", "longest", "requests", "in", "one", "region", "rests", "on"]
    assert any(line.startswith("404/1002 ") and "20 s" in line for line in lines)
    assert "410: the requests are not bounded, only time bounds them (read-410-pace)" in lines


def test_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the command prints one object for each fault."""
    assert run("--operation", "metadata", "--regions", "2", "--json") == 0
    found = {one["fault"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert found["503"]["requests"] == 6
    assert found["503"]["longest"][0]["text"] == "6 T"


def test_command_prints_witnesses(capsys: pytest.CaptureFixture[str]) -> None:
    """With --trace the command prints traces that can be judged."""
    assert run("--operation", "metadata", "--trace", "503") == 0
    names = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    assert names == ["503: longest", "503: requests", "503: in one region"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--regions", "0"), "--regions 0 is not permitted"),
        (("--regions", "2", "--write-regions", "3"), "--write-regions 3 is not permitted"),
        (("--request-timeout-s", "30"), "is outside 5 to 10 s"),
        (("--operation", "metadata", "--trace", "999"), "no fault is named '999'"),
        (("--markdown", "/nowhere/page.md"), "cannot write /nowhere/page.md"),
    ],
)
def test_command_refuses(
    arguments: tuple[str, ...],
    reason: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Arguments that make no sense end with status 2 and one line that says which."""
    monkeypatch.setattr(command, "page", lambda contract: "")
    assert run(*arguments) == 2
    assert reason in capsys.readouterr().err
