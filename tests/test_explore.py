"""The explorer: its edges are the machine's steps, and its promises notice what breaks them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from cosmos_retry import judge
from cosmos_retry.contract import Contract, load_contract, with_rows
from cosmos_retry.entries import read_table
from cosmos_retry.errors import ContractError
from cosmos_retry.explore.checking import check
from cosmos_retry.explore.model import NOWHERE, Model
from cosmos_retry.explore.pins import load_pins
from cosmos_retry.explore.proving import explore, stuck
from cosmos_retry.explore.replay import Replay
from cosmos_retry.explore.rules import Control, plain
from cosmos_retry.explore.search import search
from cosmos_retry.explore.shown import counterexample
from cosmos_retry.explore.sound import differing_numbers, differing_statuses, flaws, unpinned
from cosmos_retry.explore.space import Case as SpaceCase
from cosmos_retry.explore.space import Space, promised_lengths
from cosmos_retry.explore.watch import COUNTED
from cosmos_retry.explore.witnesses import taken_edges
from cosmos_retry.invariants import check_history, load_invariants
from cosmos_retry.invariants.promises import promised_profile
from cosmos_retry.invariants.registry import MONITORS
from cosmos_retry.memory import Seen
from cosmos_retry.paths import spec_dir
from cosmos_retry.promela.cases import Case as Spread
from cosmos_retry.trace import Trace

CONTRACT = load_contract()
PROMISED = promised_profile(CONTRACT.profile)
RAW = CONTRACT.rows
WALKED = (
    Spread("write", regions=2, throttling=1),
    Spread("write", "gateway", regions=2, writes=(0, 1), multiple=True, throttling=0),
    Spread("point_read", regions=2, throttling=0),
    Spread("point_read", "direct", "Strong", throttling=0),
    Spread("query", "gateway", regions=2, throttling=0),
    Spread("metadata", regions=2, throttling=1),
)


def model_of(contract: Contract, spread: Spread) -> Model:
    """Return the model of a configuration."""
    return Model(contract, spread.setting, promised_lengths(PROMISED, spread.setting))


@pytest.mark.parametrize("spread", WALKED, ids=lambda one: one.title)
def test_every_edge_is_a_step_of_the_machine(spread: Spread) -> None:
    """Each edge of a model is taken by the machine in real time: by its row, with its state and effects."""
    model = model_of(CONTRACT, spread)
    found = search(model)
    walked = set()
    for state, number in taken_edges(model, found):
        edge = model.edges[state[0]][number]
        if (state[0], number) in walked or edge.target == NOWHERE:
            continue
        walked.add((state[0], number))
        way = [*found.path(state), (state, number)]
        edges = [model.edges[before[0]][which] for before, which in way]
        story = [(one.label, model.rows[one.row].id) for one in edges]
        end = Replay(CONTRACT, model.setting, story, lambda events: True).end()
        assert end is not None, story
        target = model.places[edge.target].control
        assert end.state == target.state
        if not CONTRACT.vocabulary.states[end.state].terminal:
            memory = plain(end.memory, Seen(edge.label.event))
            memory = memory.but(asked=None if memory.asked is None else 1)
            # What was learnt before an attempt the model forgets with it, and the machine later.
            known = {name: getattr(target.memory, name) for name in ("received", "asked", "told")}
            memory = memory.but(**{name: None for name, value in known.items() if value is None})
            assert Control(end.state, memory) == target
            tallies = dict(zip(model.policies, model.tallies, strict=True))
            after = list(state[1:])
            for at, table in edge.moves:
                after[at] = model.move_tables[at][table][after[at]]
            for at, policy in enumerate(model.policies):
                counted = tallies[policy][after[at]].retries
                assert min(end.memory.retries(policy), counted) == counted
    assert len(walked) > 100


def broken(row_id: str, **changes: Any) -> Contract:
    """Return the contract with one row changed."""
    return with_rows(
        CONTRACT, [attrs.evolve(row, **changes) if row.id == row_id else row for row in RAW.values()]
    )


def without(row_id: str, guard: str) -> Contract:
    """Return the contract with one guard of a row dropped."""
    return broken(row_id, when=tuple(name for name in RAW[row_id].when if name != guard))


JUST_TOO_SOON = {"after": None, "not_before": "gone_last_call"}
RESENT = {"verdict": "permitted", "to": "in_flight", "do": ("send_here",)}
# A break, where it shows, the promise that it breaks, and how many events the shortest story has.
ONE = Spread("write", throttling=9)
SINGLE = Spread("write", regions=2, throttling=0)
TWO = Spread("write", regions=2, writes=(0, 1), multiple=True, throttling=1)
THREE = Spread("write", regions=3, writes=(0, 1, 2), multiple=True, throttling=0)
WEAK = Spread("point_read", "direct", "Eventual", throttling=0)
SESSION = Spread("point_read", throttling=0)
LAST_WRITES = Spread("query", regions=3, writes=(2,), throttling=0)
BREAKS = [
    (broken("write.sent.timeout.resend", **RESENT), ONE, "write-never-resent", 3),
    (broken("write.sent.lost.resend", **RESENT), ONE, "write-never-resent", 3),
    (without("write.unsent.next-region", "multi_write_enabled"), SINGLE, "write-region", 3),
    (without("write.unsent.next-region", "not_failed_over"), THREE, "write-one-failover", 5),
    (broken("write.unsent.next-region", after=None), TWO, "local-retries-first", 3),
    (broken("write.unsent.next-region", **JUST_TOO_SOON), TWO, "local-retries-first", 3),
    (broken("write.unsent.retry", not_after=None), ONE, "gone-window", 3),
    (broken("write.unsent.lost", do=()), ONE, "gone-window", 3),
    (broken("write.unsent.retry", do=("send_here",)), ONE, "backoff-exponential", 5),
    (broken("write.449.retry.first", not_before=None), ONE, "retry-with-first", 3),
    (without("all.429.retry", "same_region"), TWO, "throttled-region", 3),
    (without("all.429.retry", "throttle_retries_left"), ONE, "throttled-limits", 21),
    (without("read.410.retry.weak", "addresses_fresh"), WEAK, "refresh-before-retry", 3),
    (without("read.410.retry.first", "other_replica"), SESSION, "gone-other-replica", 4),
    (without("read.session.write-region", "to_write_region"), LAST_WRITES, "session-write-region", 5),
]  # fmt: skip


@pytest.mark.parametrize(("contract", "where", "promise", "events"), BREAKS)
def test_a_broken_row_is_named_with_a_shortest_trace(
    contract: Contract, where: Spread, promise: str, events: int
) -> None:
    """A row that is wrong breaks its promise, in a trace as short as can be; monitors reject it too."""
    (explored,) = explore(contract, PROMISED, [SpaceCase(where.setting, 1)])
    findings = [one for one in explored.broken if one.what == promise]
    assert findings
    shown = counterexample(contract, PROMISED, findings)
    assert isinstance(shown.trace, Trace)
    assert len(shown.trace.events) == events
    judged = judge(msgspec.convert(msgspec.to_builtins(shown.trace), Trace), contract)
    assert judged.verdict != "violates"
    config = where.setting.config
    assert promise in {one.invariant for one in check_history(config, shown.trace.events, PROMISED)}


def test_the_watch_knows_every_promise_but_the_last() -> None:
    """Every promise that monitors judge is one that the explorer can break, the end of every run apart."""
    text = (Path(load_contract.__code__.co_filename).parent / "explore" / "observing.py").read_text(
        encoding="utf-8"
    )
    assert {name for name in MONITORS if f'"{name}"' not in text} == {"every-run-ends"}
    assert set(COUNTED) < set(CONTRACT.vocabulary.policies)


def test_two_rows_for_one_thing_are_found() -> None:
    """A second row that takes what another takes is a flaw of the tables, and clashes in a run."""
    twin = attrs.evolve(RAW["write.sent.timeout.surface"], id="write.sent.timeout.surface-again")
    contract = with_rows(CONTRACT, [*RAW.values(), twin])
    assert any("surface-again" in line for line in flaws(contract))
    group = Space(contract, PROMISED).groups("write")[0]
    (explored, *_) = explore(contract, PROMISED, group[:1])
    assert [one.what for one in explored.clashes] == [
        "write.sent.timeout.surface and write.sent.timeout.surface-again"
    ]


def test_an_answer_without_a_row_is_found() -> None:
    """A row that is missing leaves an answer that nobody takes."""
    contract = with_rows(CONTRACT, [row for row in RAW.values() if row.id != "write.sent.timeout"])
    assert any("no row takes failure in in_flight with" in line for line in flaws(contract))


def test_a_number_that_is_not_the_promised_one_is_found() -> None:
    """The profile's numbers are those that the promises name, and one that is not is told."""
    promises = load_invariants()
    assert differing_numbers(CONTRACT, promises) == []
    parameters = dict(CONTRACT.profile.parameters)
    parameters["gone_window_short"] = attrs.evolve(parameters["gone_window_short"], value=31.0)
    changed = attrs.evolve(CONTRACT, profile=attrs.evolve(CONTRACT.profile, parameters=parameters))
    assert differing_numbers(changed, promises) == [
        "gone-window promises gone_window_short = 30 s, the profile has 31"
    ]


def test_a_longer_window_breaks_its_promise() -> None:
    """A window of 31 s lets a retry start after 30 s, and that is shown at the microsecond after them."""
    parameters = dict(CONTRACT.profile.parameters)
    parameters["gone_window_short"] = attrs.evolve(parameters["gone_window_short"], value=31.0)
    changed = attrs.evolve(CONTRACT, profile=attrs.evolve(CONTRACT.profile, parameters=parameters))
    (explored,) = explore(changed, PROMISED, [SpaceCase(ONE.setting, 1)])
    findings = [one for one in explored.broken if one.what == "gone-window"]
    shown = counterexample(changed, PROMISED, findings)
    assert shown.trace is not None
    assert shown.trace.events[-1].t == 30.000001


def test_one_replica_is_a_dead_end() -> None:
    """Where the documents want a second replica and there is one only, nobody can move; it is noted down."""
    spread = Spread("point_read", replicas=1, throttling=0)
    model = model_of(CONTRACT, spread)
    assert [model.places[state[0]].control.state for state in stuck(model, search(model))] == [
        "one_replica_behind"
    ]
    assert "one_replica_behind" in {one.state for one in load_pins(CONTRACT).dead_ends}


def test_the_smallest_accounts_are_proved() -> None:
    """With accounts of one region reads keep every promise; nobody is stuck but where it is noted."""
    *_, found = check(CONTRACT, PROMISED, ("point_read", "query", "metadata"), most_regions=1, jobs=1)
    assert found.broken == {}
    assert found.clashes == {}
    assert load_pins(CONTRACT).surprises(found) == []
    assert all(one.states > 100 for one in found.totals.values())


def test_counts_that_changed_are_told() -> None:
    """A count that is not the one noted down is one line with both."""
    pins = load_pins(CONTRACT)
    *_, found = check(CONTRACT, PROMISED, ("metadata",), jobs=1)
    assert unpinned(pins, found.totals) == []
    found.totals["metadata"].states += 1
    (line,) = unpinned(pins, found.totals)
    assert line.startswith("metadata: states = ")


@pytest.mark.parametrize("feature", ["answer", "outcome"])
@pytest.mark.parametrize("ranges", [[(200, 299)], [(200, 298), (304, 304)], [(199, 299), (304, 304)]])
def test_a_status_that_is_a_success_to_one_side_only_is_told(
    feature: str, ranges: list[tuple[int, int]]
) -> None:
    """Each status by which a range differs from what the promises hold for a success is one line."""
    words = CONTRACT.vocabulary
    other = attrs.evolve(words.features[feature], ranges={"success": ranges})
    vocabulary = attrs.evolve(words, features={**words.features, feature: other})
    assert differing_statuses(CONTRACT) == []
    (line,) = differing_statuses(attrs.evolve(CONTRACT, vocabulary=vocabulary))
    assert f"the feature {feature}" in line
    assert line.split()[1] in ("199", "299", "304")


BROKEN_PINS = {
    "a word for a number": ("states = 2238450", 'states = "many"', "counts.point_read: states: "),
    "a number below 0": ("states = 2238450", "states = -1", "counts.point_read: states: "),
    "a missing count": ("states = 2238450\n", "", "counts.point_read: states: "),
    "a missing part": ("unbounded_by =", "# ", "unbounded_by"),
    "an unknown key": ("unbounded_by =", "more = 1\nunbounded_by =", "more: unknown key"),
    "an unknown lifecycle": ('lifecycle = "query"', 'lifecycle = "other"', "dead_end 2: lifecycle: "),
    "an unknown state": ("one_replica_missing", "nowhere", "dead_end 3: state: "),
    "no replica": ("replicas = 1", "replicas = 0", "dead_end 1: replicas: "),
    "an unknown assumption": ("read-410-pace", "nothing", "unbounded_by: no such assumption"),
    "a status that cannot be": ("metadata = [400", "metadata = [-400", "surfaced: "),
    "a lifecycle without statuses": ("metadata = [400", "other = [400", "surfaced: "),
}


@pytest.mark.parametrize(("old", "new", "where"), BROKEN_PINS.values(), ids=BROKEN_PINS)
def test_pins_that_cannot_be_are_one_line(old: str, new: str, where: str, tmp_path: Path) -> None:
    """Whatever is wrong with the file of pins, its place is named."""
    text = (spec_dir() / "proof.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "proof.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ContractError) as caught:
        load_pins(CONTRACT, tmp_path)
    assert where in str(caught.value)
    assert "\n" not in str(caught.value)


def test_configurations_stand_for_all_there_are() -> None:
    """The configurations that are explored stand for every combination of what they may differ in."""
    counts = read_table(spec_dir() / "proof.toml")["counts"]
    space = Space(CONTRACT, PROMISED)
    for lifecycle in ("point_read", "metadata"):
        cases: list[SpaceCase] = space.cases(lifecycle)
        assert sum(case.stands_for for case in cases) == counts[lifecycle]["configurations"]
    # 2208 accounts with their options, 2 modes, 5 levels, 4 numbers of replicas, 3 limits after a 429
    assert counts["point_read"]["configurations"] == 2208 * 2 * 5 * 4 * 3
    assert counts["write"]["configurations"] == 7 * counts["point_read"]["configurations"]
