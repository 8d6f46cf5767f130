"""The published vectors are what the contract says, show what their index claims, and notice changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import attrs
import jsonschema_rs
import msgspec
import pytest

from cosmos_retry.config import OPERATIONS
from cosmos_retry.contract import LIFECYCLES, load_contract
from cosmos_retry.harness.files import read_vectors
from cosmos_retry.mutation.mutant import Mutant
from cosmos_retry.mutation.operators import NAMES, chosen
from cosmos_retry.mutation.static import changed_places
from cosmos_retry.scenario import parse_fault
from cosmos_retry.trace import Attempt
from cosmos_retry.vectors.alone import all_conditions
from cosmos_retry.vectors.beyond import beyond
from cosmos_retry.vectors.finding import Finding, Run, fewest, told_run
from cosmos_retry.vectors.goals import Goals
from cosmos_retry.vectors.lasting import ACROSS, read_again, walked
from cosmos_retry.vectors.making import vector_of
from cosmos_retry.vectors.points import points
from cosmos_retry.vectors.publishing import change, kept_of, read_index, texts
from cosmos_retry.vectors.retelling import Kept
from cosmos_retry.vectors.stock import Stock
from cosmos_retry.vectors.vector import Choice, Turn, Vector, schema

ROOT = Path(__file__).resolve().parent
PUBLISHED = ROOT / "vectors" / "v1"
SCHEMA = ROOT / "vectors" / "vector-v1.schema.json"
FILES = sorted(file.name for file in PUBLISHED.glob("*-*.json"))
CONTRACT = load_contract()


@lru_cache
def kept(lifecycle: str) -> tuple[Kept, ...]:
    """Return the published vectors of a lifecycle."""
    files = [PUBLISHED / name for name in FILES if name.startswith(f"{lifecycle}-")]
    return tuple(kept_of(one for file in files for one in read_vectors(file)))


@lru_cache
def runs(lifecycle: str) -> tuple[Run, ...]:
    """Return the runs of the published vectors of a lifecycle, with what they show."""
    found = [told_run(CONTRACT, lifecycle, one.vector.config, one.vector.events) for one in kept(lifecycle)]
    assert None not in found
    return tuple(run for run in found if run is not None)


def test_the_published_schema_is_the_one_of_the_types() -> None:
    """To write it anew: cosmos-retry schema vectors > tests/vectors/vector-v1.schema.json."""
    assert SCHEMA.read_text(encoding="utf-8") == json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", FILES)
def test_another_implementation_of_json_schema_accepts_each_file(name: str) -> None:
    """Each published file is valid; with a key too many, or a move that there is not, it is no longer."""
    validator = jsonschema_rs.validator_for(schema())
    data = json.loads((PUBLISHED / name).read_text(encoding="utf-8"))
    assert [str(error) for error in validator.iter_errors(data)] == []
    turns = data["vectors"][0]["turns"]
    turns[0]["choices"][0]["move"] = "telepathy"
    assert not validator.is_valid(data)
    turns[0]["choices"][0] = {"move": "error", "row": "x", "unknown": 1}
    assert not validator.is_valid(data)


def _made(lifecycle: str, run: Run, vector: Vector) -> Vector:
    lasting = len(vector.endings) if vector.lasting else 0
    return vector_of(CONTRACT, lifecycle, run.config, run.told, vector.flags, lasting)


STRIDE = 7  # of the vectors that are made again; `cosmos-retry check` tells all of them again


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
@pytest.mark.thorough
def test_a_vector_made_again_is_the_same(lifecycle: str) -> None:
    """Made again from its run a vector is the same to the letter, and the run shows what its flags say."""
    some = kept(lifecycle)[::STRIDE]
    flagged = 0
    for one in some:
        run = told_run(CONTRACT, lifecycle, one.vector.config, one.vector.events)
        assert run is not None
        assert _made(lifecycle, run, one.vector) == one.vector
        shown = {f"{first or 'the beginning'} -> {then}" for first, then in run.pairs}
        shown |= {f"{row}: {name}" for row, name in run.conditions if name}
        said = (flag for flag in one.vector.flags if not flag.startswith("change: "))
        goals = {flag for flag in said if " -> " in flag or ": " in flag}
        assert goals <= shown, one.name
        flagged += bool(goals)
    assert flagged > len(some) // 2


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_the_index_says_what_the_flags_say(lifecycle: str) -> None:
    """Every guard and bound of a row is flagged by a vector or stands in the index with a reason."""
    told = read_index(PUBLISHED)["lifecycles"][lifecycle]
    vectors = [one.vector for one in kept(lifecycle)]
    flagged = {flag for vector in vectors for flag in vector.flags}
    conditions = {f"{row}: {name}" for row, name in all_conditions(CONTRACT, lifecycle) if name}
    assert all(told["unmet"].values())
    assert told["vectors"] == len(vectors)
    assert conditions - flagged == {goal for goal in told["unmet"] if ": " in goal}
    assert told["conditions"] == {"met": len(conditions & flagged), "of": len(conditions)}
    named = {row for one in kept(lifecycle) for row in one.named}
    rows = {row for row, name in all_conditions(CONTRACT, lifecycle) if not name}
    silent = {goal for goal in told["unmet"] if ": " not in goal and " -> " not in goal}
    assert rows - silent <= named
    assert told["rows"] == {"met": len(rows - silent), "of": len(rows)}
    unshown = sum(" -> " in goal for goal in told["unmet"])
    assert told["pairs"]["met"] + unshown == told["pairs"]["of"]
    assert told["pairs"]["met"] <= sum(" -> " in flag for flag in flagged)


@pytest.mark.thorough
def test_the_metadata_vectors_leave_no_goal_that_some_run_could_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searched anew in the smallest accounts, with the published runs there, no further run is found."""
    monkeypatch.setattr("cosmos_retry.vectors.goals.SHAPES", ((1, 1), (2, 1)))
    there, bare = (Finding(Goals(CONTRACT, "metadata"), some) for some in (runs("metadata"), ()))
    there.search()
    assert len(there.runs) == len(runs("metadata"))
    told = read_index(PUBLISHED)["lifecycles"]["metadata"]["pairs"]
    assert len(there.left[0]) <= told["of"] - told["met"]
    bare.search()
    assert len(bare.runs) > 20


def test_no_more_vectors_than_it_takes() -> None:
    """Of two runs that show the same one is dropped; of two that do not, none."""
    some = runs("metadata")[:6]
    assert len(list(fewest([*some, *some]))) <= len(some)
    assert {goal for run in fewest([*some, *some]) for goal in run.pairs} == {
        goal for run in some for goal in run.pairs
    }
    assert list(fewest(some, beside=some)) == []


def _edited(vector: Vector) -> list[tuple[str, Vector]]:
    """Return the vector with one thing in it changed, in every way that matters to a runner."""
    but = msgspec.structs.replace
    first = vector.turns[0]
    choice = next(one for one in first.choices if one.move == "attempt" and one.verdict == "permitted")
    others = [one for one in first.choices if one is not choice]

    def turned(*choices: Choice) -> list[Turn]:
        return [but(first, choices=[*choices, *others]), *vector.turns[1:]]

    return [
        ("a choice less", but(vector, turns=turned())),
        ("a choice more", but(vector, turns=turned(choice, but(choice, regions=("Elsewhere",))))),
        ("another region", but(vector, turns=turned(but(choice, regions=("*",))))),
        ("later", but(vector, turns=turned(but(choice, from_s=choice.from_s + 1e-6)))),
        ("an end", but(vector, turns=turned(but(choice, until_s=1e9)))),
        ("another verdict", but(vector, turns=turned(but(choice, verdict="unspecified")))),
        ("another row", but(vector, turns=[but(first, rows=["all.first", "all.400"]), *vector.turns[1:]])),
        ("another end", but(vector, ended=not vector.ended)),
        ("another verdict of all", but(vector, verdict="unobservable")),
    ]


@pytest.mark.parametrize("lifecycle", ["write", "point_read", "query"])
def test_an_edited_vector_is_not_borne_out(lifecycle: str) -> None:
    """Whatever is changed in a vector, the contract no longer says so."""
    some = [one for one in kept(lifecycle) if one.vector.verdict == "conforms" and _starts_plainly(one)][::40]
    assert some
    for one in some:
        for what, vector in _edited(one.vector):
            assert not Kept(lifecycle, vector, one.notes).is_borne_out(CONTRACT), (one.name, what)


def _starts_plainly(one: Kept) -> bool:
    return any(c.move == "attempt" and c.verdict == "permitted" for c in one.vector.turns[0].choices)


def _sample() -> list[Mutant]:
    return [mutant for name in NAMES for mutant in chosen(CONTRACT, (), (name,), 1, seed=11)]


@pytest.mark.thorough
def test_some_mutants_of_every_kind_are_noticed_by_a_vector() -> None:
    """Of one change for each operator many show in some vector of a write, which is not borne out then."""
    stock = Stock(CONTRACT, kept("write")[::2])
    noticed = set()
    for mutant in _sample():
        broken = mutant.of(CONTRACT)
        spots = list(changed_places(CONTRACT, broken))
        found = stock.against(broken, spots) if spots else None
        if found is not None:
            noticed.add(mutant.operator)
            (one,) = (one for one in kept("write") if one.name == found)
            assert not one.is_borne_out(broken)
    assert len(noticed) >= 6, sorted(noticed)


def test_vectors_are_looked_up_by_the_places_that_their_runs_come_past() -> None:
    """Each row that took an event in a run holds at one of the points of the run."""
    for one in kept("metadata")[::9]:
        held = {
            str(getattr(row, "id", ""))
            for point in points(CONTRACT, "metadata", one.vector.config, one.vector.events)
            if point.seen is not None
            for row in point.holding(CONTRACT, CONTRACT.lifecycles[point.lifecycle].rows)
        }
        taken = {row for turn in one.vector.turns for row in turn.rows}
        assert taken <= held, one.name


def test_a_new_set_adds_and_withdraws_and_edits_nothing() -> None:
    """What is wanted and published stays, what is only wanted is added, the rest is withdrawn."""
    old = [one.vector for one in kept("metadata")[:3]]
    new = [one.vector for one in kept("metadata")[1:5]]
    moved = change(old, new)
    assert set(moved.kept) == {one.id for one in old[1:]}
    assert set(moved.added) == {one.id for one in new[2:]}
    assert set(moved.withdrawn) == {old[0].id}
    assert all(moved.withdrawn.values())


def test_files_are_written_as_they_are_published() -> None:
    """Written anew, the published vectors give the published files, byte for byte."""
    shelf = {lifecycle: [one.vector for one in kept(lifecycle)] for lifecycle in LIFECYCLES}
    written = dict(texts(CONTRACT, shelf))
    assert sorted(written) == FILES
    for name, text in written.items():
        assert text == (PUBLISHED / name).read_text(encoding="utf-8"), name


def _regions(vectors: Sequence[Vector]) -> set[int]:
    return {len(one.account.regions) for one in vectors}


def test_the_vectors_come_past_every_kind_of_account() -> None:
    """One region to four; single- and multi-write; both modes; levels that differ; every kind of write."""
    vectors = [one.vector for lifecycle in LIFECYCLES for one in kept(lifecycle)]
    assert _regions(vectors) == {1, 2, 3, 4}
    assert {one.operation for one in vectors} == set(OPERATIONS)
    assert {one.mode for one in vectors} == {"direct", "gateway"}
    assert {len(one.account.write_regions) > 1 for one in vectors} == {True, False}
    assert {one.client.use_multiple_write_locations for one in vectors} == {True, False}
    assert {"Eventual", "Session", "BoundedStaleness"} <= {one.consistency for one in vectors}
    assert {one.verdict for one in vectors} == {"conforms", "unspecified", "unobservable"}


@pytest.mark.thorough
@pytest.mark.parametrize("lifecycle", ["point_read", "write"])
def test_runs_go_on_beyond_a_move_that_is_left_open(lifecycle: str) -> None:
    """Each such run takes the row that it is named after, keeps to permitted rows from there on, and ends."""
    some = [one for one in kept(lifecycle) if not one.vector.lasting][::3]
    told = (told_run(CONTRACT, lifecycle, one.vector.config, one.vector.events) for one in some)
    found = list(beyond(CONTRACT, lifecycle, [run for run in told if run is not None]))
    assert len({name.split(",")[0] for name, _, _ in found}) > 3
    for name, last, run in found:
        rows = [row for turn in run.told.turns for row in turn.rows]
        row = name.split(",")[0]
        assert row in rows
        assert CONTRACT.rows[row].verdict in ("unspecified", "unobservable")
        after = rows[len(rows) - rows[::-1].index(row) :]
        assert {CONTRACT.rows[one].verdict for one in after} == {"permitted"}
        assert run.told.ended
        assert sum(isinstance(event, Attempt) for event in run.events) >= last


def test_a_write_may_be_forwarded_again_only_where_the_account_was_read() -> None:
    """What follows a second 403/3 shows after a reading of the account; other runs are left as they are."""
    scenario, faults = ACROSS["write"][1]
    run = walked(CONTRACT, "write", attrs.evolve(scenario, faults=tuple(map(parse_fault, faults))))
    again = read_again(CONTRACT, "write", run)
    assert again is not None
    offered = {choice.row for choice in again.told.turns[-1].choices}
    assert "write.403-3.forward.again" in offered
    assert read_again(CONTRACT, "write", again) is None
