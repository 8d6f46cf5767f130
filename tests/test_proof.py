"""The tables leave nothing open: every state, event and combination of values has one row or a refusal.

What the tables say is enumerated, not sampled; then a situation is made up for each combination that can
occur, and the machine is held against the table.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import attrs
import pytest

from cosmos_retry import Config, Contract, ContractError, load_contract
from cosmos_retry.contract import LIFECYCLES, Row, read_contract, with_rows
from cosmos_retry.features import MEASURES
from cosmos_retry.instants import instant_us
from cosmos_retry.invariants import load_invariants
from cosmos_retry.machine import LifecycleMachine, Refusal, Step, conditions
from cosmos_retry.machines import machine_for
from cosmos_retry.memory import Memory, Seen, Window
from cosmos_retry.paths import spec_dir
from cosmos_retry.proof import Place, allowed, excludes, holes, idle, open_states, overlaps
from cosmos_retry.rows import check_row
from strategies import make_config

CONTRACT = load_contract()
WORDS = CONTRACT.vocabulary
PLACES = [
    (name, state, event)
    for name in LIFECYCLES
    for state in CONTRACT.lifecycles[name].states
    for event in WORDS.events
]
OPEN = {name: open_states(CONTRACT.lifecycles[name]) for name in LIFECYCLES}


# ---------------------------------------------------------------------------------------------- the tables


def test_rows_exclude_each_other() -> None:
    """No two rows for one event in one state can hold together: their guards or their bounds are disjoint."""
    assert overlaps(CONTRACT) == []


def test_every_answer_has_a_row() -> None:
    """Where an attempt can be under way, every answer of the environment is taken, whatever the situation."""
    assert holes(CONTRACT) == []


def test_every_row_and_state_has_a_use() -> None:
    """Every state is reached and left, every row starts somewhere, and no bounds contradict each other."""
    assert idle(CONTRACT) == []


@pytest.mark.parametrize("name", LIFECYCLES)
def test_attempts_are_open_where_the_state_says_so(name: str) -> None:
    """Attempts are under way in the group `in flight`, where nothing is judged, and past the end."""
    found = OPEN[name]
    inside = {state for state in CONTRACT.lifecycles[name].states if WORDS.states[state].group == "in flight"}
    ends = {state for state in found if WORDS.states[state].terminal}
    assert set(found) - ends - {"outside"} == inside


@pytest.mark.parametrize(("name", "state", "event"), PLACES)
def test_one_row_or_a_refusal(name: str, state: str, event: str) -> None:
    """For every combination of values and every side of every bound there is one row at most."""
    place = Place(CONTRACT, CONTRACT.lifecycles[name], state, event)
    for values in place.valuations():
        for sides in itertools.product((-1, 0, 1), repeat=len(place.instants)):
            relations = dict(zip(place.instants, sides, strict=True))
            rows = place.matching(values, relations)
            assert len(rows) <= 1, (values, relations, [row.id for row in rows])


def test_terminal_states_have_no_way_out() -> None:
    """From the end nothing leads on: its rows stay where they are, or forbid."""
    for lifecycle in CONTRACT.lifecycles.values():
        for row in lifecycle.rows:
            for state in row.source:
                if WORDS.states[state].terminal:
                    assert row.forbids or row.to == state, row.id


# ---------------------------------------------------------------------------------- the proof notices a fault


def changed(row: str, **change: Any) -> Contract:
    """Return the contract with one row changed."""
    rows = dict(CONTRACT.rows)
    rows[row] = attrs.evolve(rows[row], **change)
    return with_rows(CONTRACT, rows.values())


def without(row: str) -> Contract:
    """Return the contract without a row."""
    return with_rows(CONTRACT, [one for one in CONTRACT.rows.values() if one.id != row])


def test_overlap_is_found() -> None:
    """A guard that is dropped, and a bound that is, leave two rows that may hold together."""
    assert {("all.429.retry", "all.429.elsewhere")} <= {
        one.rows for one in overlaps(changed("all.429.elsewhere", when=()))
    }
    found = overlaps(changed("read.410.next-region.too-soon", not_after=None))
    assert {one.rows for one in found} == {("read.410.next-region", "read.410.next-region.too-soon")}


@pytest.mark.parametrize(
    "row", [row.id for row in CONTRACT.rows.values() if row.on in ("response", "failure")]
)
@pytest.mark.thorough
def test_hole_is_found(row: str) -> None:
    """Without any one of the rows for answers there are answers that no row takes."""
    less = without(row)
    for name in CONTRACT.rows[row].applies_to:
        for state in CONTRACT.rows[row].source:
            if state in OPEN[name]:
                assert Place(less, less.lifecycles[name], state, CONTRACT.rows[row].on).holes()


def test_idle_row_is_found() -> None:
    """A row from a state that nothing reaches, and one whose bounds leave no moment, are found."""
    stranded = changed("write.unsent.retry", applies_to=("metadata",))
    assert "write.unsent.retry" in {one.name for one in idle(stranded)}
    never = changed("write.unsent.next-region", not_after="gone_last_call")
    assert "write.unsent.next-region" in {one.name for one in idle(never)}


def test_trap_is_found() -> None:
    """A state is found that no row leaves for the end."""
    rows = [row for row in CONTRACT.rows.values() if "sent_lost" not in row.source or row.on != "error"]
    assert "sent_lost" in {one.name for one in idle(with_rows(CONTRACT, rows))}


# -------------------------------------------------------------------------------- situations that are made up

A, B, C, D, FOREIGN = "A", "B", "C", "D", "X"
REGIONAL = (
    "account_writes",
    "multi_write",
    "regions_left",
    "write_region_tried",
    "region",
    "place_in_order",
    "target",
    "forward_target",
)
LEVELS = {
    "eventual": "Eventual",
    "prefix": "ConsistentPrefix",
    "session": "Session",
    "bounded": "BoundedStaleness",
    "strong": "Strong",
}
STATUSES = {"success": (200, 0), "unlisted": (418, 0)}
S = 1_000_000


@attrs.frozen
class Situation:
    """What the machine is asked about: configuration, memory and event."""

    config: Config
    memory: Memory
    seen: Seen


Pool = Mapping[tuple[str, ...], Situation]


def regional(operation: str) -> Pool:
    """Return a situation for each combination of values of the features that regions decide."""
    found: dict[tuple[str, ...], Situation] = {}
    for writes, preferred, several in itertools.product(
        [[A], [B], [A, B], [A, B, C]], [[], [A, B], [B, A], [A, B, C]], [True, False]
    ):
        config = make_config(
            operation=operation,
            mode="direct",
            consistency="Session",
            account={"regions": [A, B, C, D], "write_regions": writes},
            client={"preferred_locations": preferred, "use_multiple_write_locations": several},
        )
        for visited, told in itertools.product(
            [(), (A,), (B,), (A, B), (B, A), (C, A), (A, B, C), (A, B, C, D)], [None, (A,), (B,)]
        ):
            for region, there in itertools.product(visited or (None,), [A, B, C, D, FOREIGN]):
                memory = Memory(region=region, visited=visited, told=told)
                seen = Seen("attempt", region=there)
                values = tuple(MEASURES[name](config, memory, seen) for name in REGIONAL)
                found.setdefault(values, Situation(config, memory, seen))
    return found


def one_of(values: Mapping[str, str], pool: Pool) -> Situation | None:
    """Return a situation in which the regional features have these values, if there is one."""
    wanted = [(REGIONAL.index(name), value) for name, value in values.items() if name in REGIONAL]
    return next((one for key, one in pool.items() if all(key[at] == value for at, value in wanted)), None)


def situations(
    machine: LifecycleMachine, place: Place, values: Mapping[str, str], pool: Pool
) -> Iterator[tuple[Situation, dict[str, int]]]:
    """Yield situations with these values, before, at and after the instants that matter at a place.

    With each comes the side of every instant on which its time lies.
    """
    base = one_of(values, pool)
    if base is None:
        return
    config = configured(base.config, values)
    seen = happening(attrs.evolve(base.seen, event=place.event), values)
    known: set[tuple[int, ...]] = set()
    for answer_t, longest, asked in itertools.product((0, 20 * S, 40 * S), (0, S, 8 * S), (None, 20 * S)):
        memory = remembered(base.memory, values, answer_t, longest, asked)
        if any(
            machine.measured(n, config, place.state, memory, seen) != value for n, value in values.items()
        ):
            continue
        moments = [instant_us(WORDS.instants[i], CONTRACT.profile, config, memory) for i in place.instants]
        times = {moment + step for moment in moments for step in (-1, 0, 1)} or {answer_t}
        for t in sorted(times):
            sides = tuple((t > moment) - (t < moment) for moment in moments)
            if sides not in known:
                known.add(sides)
                situation = Situation(config, memory, attrs.evolve(seen, t=t))
                yield situation, dict(zip(place.instants, sides, strict=True))
        if not moments:
            return


def configured(config: Config, values: Mapping[str, str]) -> Config:
    """Return the configuration with the values that it decides."""
    return attrs.evolve(
        config,
        mode=values.get("mode", config.mode),
        consistency=LEVELS[values.get("level", "session")],
        operation=values.get("operation", config.operation),
    )


def happening(seen: Seen, values: Mapping[str, str]) -> Seen:
    """Return the event with the values that it decides."""
    replica = values.get("replica")
    changes: dict[str, Any] = {"replica_is": replica, "cause": values.get("cause", "timeout")}
    changes["sent"] = values.get("sent", "yes") == "yes"
    if "answer" in values:
        status, _, substatus = values["answer"].partition("/")
        named = STATUSES.get(values["answer"])
        changes["status"], changes["substatus"] = named or (int(status), int(substatus or 0))
    if values.get("hint") == "given":
        changes["asked"] = S
    if "surfaced" in values:
        statuses = {"received": 429, "unavailable": 503, "timeout": 408, "unnumbered": None, "other": 499}
        changes["status"] = statuses[values["surfaced"]]
    if "outcome" in values:
        changes["status"] = 200 if values["outcome"] == "success" else 500
    return attrs.evolve(seen, **changes)


def remembered(
    memory: Memory, values: Mapping[str, str], answer_t: int, longest: int, asked: int | None
) -> Memory:
    """Return the memory with the values that it decides; every policy has a window of 30 s from the start."""
    windows = {}
    for name, policy in [(f.policy, f) for f in WORDS.features.values() if f.policy is not None]:
        feature = next(key for key, one in WORDS.features.items() if one is policy)
        most = int(CONTRACT.profile.parameters[policy.limit].value) if policy.limit else 1
        retries = {"none": 0, "some": 1, "spent": most}[values.get(feature, "some")]
        windows[str(name)] = Window(0, 30 * S, retries, longest if retries else 0, flat=min(retries, 1))
    return attrs.evolve(
        memory,
        answer_t=answer_t,
        asked=asked,
        received=429 if values.get("surfaced") == "received" else 410,
        replica=None if values.get("replica_seen") == "no" else 0,
        failovers=int(values.get("failovers") == "some"),
        paired=values.get("pairing") == "paired",
        addresses_stale=values.get("addresses") == "stale",
        account_stale=values.get("account_view") == "stale",
        windows=windows,
    )


OPERATIONS = {"point_read": "point_read", "query": "query", "write": "create", "metadata": "point_read"}
POOLS = {name: regional(operation) for name, operation in OPERATIONS.items()}


@lru_cache(maxsize=len(LIFECYCLES))
def taken(name: str) -> frozenset[str]:
    """Hold the machine against the table in every situation; return the rows that had one."""
    machine = machine_for(CONTRACT, name)
    found = set()
    for state, event in itertools.product(machine.lifecycle.states, WORDS.events):
        place = Place(CONTRACT, machine.lifecycle, state, event)
        for values in place.valuations():
            for situation, relations in situations(machine, place, values, POOLS[name]):
                rows = place.matching(values, relations)
                agree(machine, state, situation, rows[0] if rows else None)
                found |= {row.id for row in rows}
    return frozenset(found)


def agree(machine: LifecycleMachine, state: str, situation: Situation, expected: Row | None) -> None:
    """Hold the machine's answer in a situation against the row that the table has for it, if it has one."""
    got = machine.step(situation.config, state, situation.memory, situation.seen)
    if expected is not None and not expected.forbids:
        assert isinstance(got, Step)
        assert got.row is expected
        assert got.state == (state if expected.to == "=" else expected.to)
    else:
        assert isinstance(got, Refusal)
        assert got.forbidding is expected


@pytest.mark.parametrize("name", LIFECYCLES)
@pytest.mark.thorough
def test_machine_takes_the_row(name: str) -> None:
    """In every situation the machine takes the row of the table, or refuses and names the one that forbids.

    For every row there is a situation in which it is the one.
    """
    rows = {row.id for row in CONTRACT.lifecycles[name].rows if row.source}
    assert rows - taken(name) == set()


@pytest.mark.parametrize("name", LIFECYCLES)
def test_machine_has_the_rows_of_the_table(name: str) -> None:
    """The `transitions` machine has a transition for each permitting row and state, and no other."""
    machine = machine_for(CONTRACT, name)
    found = sorted(
        (event, one.source, one.dest, tuple(condition.func for condition in one.conditions))
        for event, trigger in machine.machine.events.items()
        for transitions in trigger.transitions.values()
        for one in transitions
    )
    rows = sorted(
        (row.on, state, state if row.to == "=" else str(row.to), conditions(row))
        for row in CONTRACT.lifecycles[name].rows
        if not row.forbids
        for state in row.source
    )
    assert found == rows


def test_refusal_leaves_no_trace() -> None:
    """After a refused event the machine takes the next one as if nothing had been asked."""
    machine = machine_for(CONTRACT, "write")
    config = POOLS["write"][next(iter(POOLS["write"]))].config
    first, wrong = Seen("attempt", 0, region=config.order[0]), Seen("result", 0, status=200)
    before = machine.step(config, "start", Memory(), first)
    refusals = [machine.step(config, state, Memory(), wrong) for state in machine.lifecycle.states]
    assert all(isinstance(one, Refusal) for one in refusals[:2])
    assert machine.step(config, "start", Memory(), first) == before


def test_excluding_needs_a_shared_feature_or_bound() -> None:
    """Two rows that look at different things do not exclude each other, however unlikely both may be."""
    row = CONTRACT.rows["write.unsent.retry"]
    other = attrs.evolve(row, when=("timeout",), not_before=None, not_after=None)
    assert not excludes(CONTRACT, row, other)
    assert allowed(CONTRACT, row) == {"region": frozenset({"current"})}
    late = attrs.evolve(other, after="gone_window_end")
    assert excludes(CONTRACT, row, late)


# ------------------------------------------------------------------------------------------------ the loader

ROWS = list(CONTRACT.rows.values())
REFERENCES = {
    "from": "source",
    "on": "on",
    "when": "when",
    "not_before": "not_before",
    "after": "after",
    "not_after": "not_after",
    "to": "to",
    "do": "do",
    "cites": "cites",
    "basis": "basis",
    "rests_on": "rests_on",
    "verdict": "verdict",
    "applies_to": "applies_to",
}


def misspelt(row: Row, attribute: str) -> Iterator[Row]:
    """Yield the row with each of the names in a field misspelt, one at a time."""
    value: Any = getattr(row, attribute)
    names = [value] if isinstance(value, str) else list(value or ())
    for number, name in enumerate(names):
        if name not in ("=", "*", "documented"):
            wrong = [*names[:number], f"{name}x", *names[number + 1 :]]
            change: dict[str, Any] = {attribute: wrong[0] if isinstance(value, str) else tuple(wrong)}
            yield attrs.evolve(row, **change)


@pytest.mark.parametrize("field", REFERENCES)
def test_every_reference_is_checked(field: str) -> None:
    """Any one name in any one row, misspelt, is refused with file, row and field."""
    tried = 0
    for row in ROWS:
        for wrong in misspelt(row, REFERENCES[field]):
            tried += 1
            with pytest.raises(ContractError) as caught:
                check_row(Path(row.file), wrong, WORDS, CONTRACT.assumptions, CONTRACT.clauses)
            error = caught.value
            assert (error.file, error.entry, error.field) == (row.file, row.id, field)
            assert error.reason.startswith("unknown ")
    assert tried > 0


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A copy of the tables."""
    return Path(shutil.copytree(spec_dir(), tmp_path / "spec"))


TYPOS = [
    ("lifecycles/write.toml", 'from = ["unsent"]', 'from = ["unsnet"]', "write.unsent.retry", "from"),
    ("lifecycles/write.toml", 'on = "failure"', 'on = "failrue"', "write.sent.timeout", "on"),
    ("lifecycles/write.toml", '"not_sent"', '"not_snet"', "write.unsent.lost", "when"),
    (
        "lifecycles/write.toml",
        'not_before = "gone_',
        'not_before = "gnoe_',
        "write.unsent.retry",
        "not_before",
    ),
    (
        "lifecycles/write.toml",
        'after = "gone_last',
        'after = "gnoe_last',
        "write.unsent.next-region",
        "after",
    ),
    ("lifecycles/write.toml", 'to = "redirected"', 'to = "rediercted"', "write.403-3", "to"),
    ("lifecycles/write.toml", '"forward", "count', '"froward", "count', "write.403-3.forward", "do"),
    ("lifecycles/write.toml", '"002/412/write/etag"', '"002/412/write/etga"', "write.412", "cites"),
    ("lifecycles/write.toml", 'basis = "few-times"', 'basis = "few-tiems"', "write.404-1002.retry", "basis"),
    ("lifecycles/write.toml", '"forbidden"', '"forbiden"', "write.in-flight.again", "verdict"),
    ("lifecycles/write.toml", 'applies_to = ["write"]', 'applies_to = ["wriet"]', None, "applies_to"),
    ("lifecycles/write.toml", "\nwhen = ", "\nwehn = ", None, "wehn"),
    ("lifecycles/write.toml", 'id = "write.412"', 'id = "write.409"', "write.409", "id"),
    ("vocabulary.toml", 'feature = "cause"', 'feature = "casue"', "guard.timeout", "feature"),
    ("vocabulary.toml", 'is = ["timeout"]', 'is = ["timeuot"]', None, "is"),
    ("vocabulary.toml", 'policy = "session"', 'policy = "sesion"', None, "policy"),
    ("invariants.toml", '"002/429/one-region"', '"002/429/noe-region"', "throttled-region", "cites"),
    ("invariants.toml", '"449-region"', '"449-regoin"', "retry-with-region", "assumptions"),
    ("invariants.toml", '"timeout_window"]', '"timeuot_window"]', "timeout-window", "parameters"),
    ("invariants.toml", '"two replicas were asked', '"two repilcas were asked', "one-at-a-time", "sometimes"),
    ("invariants.toml", 'id = "gone-window"', 'id = "gnoe-window"', "gnoe-window", "id"),
    ("invariants.toml", 'id = "gone-window"', 'id = "page-region"', "page-region", "id"),
    (
        "invariants.toml",
        'says = "Every attempt goes',
        'syas = "Every attempt goes',
        "region-of-account",
        "syas",
    ),
]


@pytest.mark.parametrize(("file", "text", "typo", "entry", "field"), TYPOS)
def test_typo_fails_at_load(
    spec: Path, file: str, text: str, typo: str, entry: str | None, field: str
) -> None:
    """A typo in the tables is one line: the file, the entry, the field, and what is wrong."""
    path = spec / file
    whole = path.read_text(encoding="utf-8")
    assert text in whole
    path.write_text(whole.replace(text, typo, 1), encoding="utf-8")
    load = load_invariants if file == "invariants.toml" else read_contract
    with pytest.raises(ContractError) as caught:
        load(spec)
    error = caught.value
    assert error.file == str(path)
    assert error.field == field
    assert entry in (None, error.entry)
    assert "\n" not in str(error)


def test_promise_without_entry_fails_at_load(spec: Path) -> None:
    """A monitor that no entry speaks of, and a situation that no promise names, are refused."""
    path = spec / "invariants.toml"
    entries = path.read_text(encoding="utf-8").split("[[invariant]]")
    path.write_text("[[invariant]]".join(entries[:-1]), encoding="utf-8")
    with pytest.raises(ContractError, match="a monitor judges it, and there is no entry"):
        load_invariants(spec)
    named = '  "a request made ten attempts",\n'
    path.write_text("[[invariant]]".join(entries).replace(named, ""), encoding="utf-8")
    with pytest.raises(ContractError, match="no promise names the situation"):
        load_invariants(Path(shutil.copytree(spec, spec.parent / "again")))
