"""Every mutant of the contract is noticed, or said to have survived: a few of each operator."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import attrs
import pytest

from cases import CASES, FILE
from cosmos_retry import Contract, judge, load_contract
from cosmos_retry.commands import mutate
from cosmos_retry.contract import with_rows
from cosmos_retry.machine import Refusal, Step
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.mutation import static, stories
from cosmos_retry.mutation.difference import VERDICTS
from cosmos_retry.mutation.matrix import COLUMNS, counts, page
from cosmos_retry.mutation.mutant import Mutant
from cosmos_retry.mutation.operators import NAMES, chosen, mutants
from cosmos_retry.mutation.register import disagreements
from cosmos_retry.mutation.running import bench, tried
from cosmos_retry.mutation.stories import read_stories
from cosmos_retry.mutation.trial import EQUIVALENT, KILLED, SURVIVED, Bench
from cosmos_retry.proof import holes, idle, overlaps
from cosmos_retry.table import Table

pytestmark = pytest.mark.thorough
CONTRACT = load_contract()
MUTANTS = list(mutants(CONTRACT))


def mutant(operator: str, subject: str, says: str) -> Mutant:
    """Return one mutant by its operator, its row, and what it says."""
    return next(m for m in MUTANTS if (m.operator, m.subject, m.says) == (operator, subject, says))


def command(*arguments: str) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser()
    mutate.register(parser.add_subparsers())
    parsed = parser.parse_args(["mutate", *arguments])
    return int(parsed.run(parsed))


def test_every_operator_has_mutants() -> None:
    """Each operator that has a name makes mutants, and none has another name; no mutant is made twice."""
    assert {one.operator for one in MUTANTS} == set(NAMES)
    assert len({(one.operator, one.name) for one in MUTANTS}) == len(MUTANTS)


def test_operators_cover_all_rows() -> None:
    """Each guard, bound and effect of a row is dropped once; each row is removed, doubled, judged anew."""
    by_operator = {name: [one for one in MUTANTS if one.operator == name] for name in NAMES}
    rows = CONTRACT.rows.values()
    assert len(by_operator["drop a guard"]) == sum(len(row.when) for row in rows)
    assert len(by_operator["negate a guard"]) == sum(len(row.when) for row in rows)
    assert len(by_operator["drop a bound"]) == sum(len(row.bounds) for row in rows)
    assert len(by_operator["drop an effect"]) == sum(len(row.do) for row in rows)
    assert len(by_operator["change the verdict"]) == 3 * len(rows)
    for name in ("remove a row", "double a row"):
        assert [one.subject for one in by_operator[name]] == list(CONTRACT.rows)
    for name in ("nudge a parameter", "scale a parameter"):
        assert {one.subject for one in by_operator[name]} == set(CONTRACT.profile.parameters)


@pytest.mark.parametrize("operator", NAMES)
def test_mutant_is_one_change(operator: str) -> None:
    """A mutant differs from the contract in the row, parameter or word that it names, and in no other."""
    for one in [one for one in MUTANTS if one.operator == operator][::29]:
        broken = one.of(CONTRACT)
        rows = {name for name in {*CONTRACT.rows, *broken.rows} if _row(CONTRACT, name) != _row(broken, name)}
        before, after = CONTRACT.profile.parameters, broken.profile.parameters
        numbers = {name for name in before if before[name] != after[name]}
        words = {
            name
            for kind in ("features", "policies")
            for name, word in getattr(CONTRACT.vocabulary, kind).items()
            if word != getattr(broken.vocabulary, kind)[name]
        }
        assert rows | numbers | words in ({one.subject}, {f"{one.subject}.twice"})


def _row(contract: Contract, name: str) -> object:
    return contract.rows.get(name)


def test_negated_guard_has_the_other_values() -> None:
    """A guard that is negated holds for the values of its feature for which it did not hold."""
    broken = mutant("negate a guard", "read.408.retry", "not same_region").of(CONTRACT)
    guard = broken.vocabulary.guards[broken.rows["read.408.retry"].when[0]]
    guards = [broken.vocabulary.guards[name] for name in broken.rows["read.408.retry"].when]
    (guard,) = [one for one in guards if one.feature == "region"]
    assert guard.is_ == {"next", "visited", "elsewhere", "unlisted", "foreign"}


KNOWN = [
    ("change the verdict", "all.first", "forbidden for permitted", ("hole", "idle", "story")),
    ("double a row", "all.first", "and all.first.twice", ("overlap",)),
    ("drop a guard", "write.unsent.next-region", "without not_failed_over", ("overlap", "story")),
    ("drop a bound", "write.unsent.retry", "without not_before gone_backoff_end", ("overlap", "story")),
    ("drop an effect", "all.first", "without send_first", ("loader",)),
    ("drop an effect", "write.unsent.retry", "without count_gone", ("story",)),
    ("nudge a parameter", "gone_window_short", "- 1e-06 s", ("story",)),
    ("scale a parameter", "throttle_retries", "doubled", ("story",)),
    ("remove a row", "all.first", "removed", ("idle", "story")),
    ("swap the target", "metadata.410", "to outside for metadata_lost", ("promise",)),
]


@pytest.mark.parametrize(("operator", "row", "says", "judges"), KNOWN)
def test_mutant_is_noticed_as_expected(operator: str, row: str, says: str, judges: tuple[str, ...]) -> None:
    """A mutant is noticed by the kind of judge that is there for its kind."""
    outcome = bench(FILE, vectors=False).try_(mutant(operator, row, says))
    assert outcome.fate == KILLED
    assert outcome.judge in judges
    assert outcome.name


@pytest.mark.parametrize("operator", ["drop a guard", "drop a bound", "drop an effect", "remove a row"])
def test_what_is_dropped_is_noticed(operator: str) -> None:
    """Of the mutants that lack something none in a sample survives."""
    for outcome in tried(chosen(CONTRACT, operators=[operator], sample=12, seed=3), FILE, vectors=False):
        assert outcome.fate != SURVIVED, outcome


def test_proof_over_changes_is_the_whole_proof() -> None:
    """What the proof finds where something has changed is what it finds over the whole contract."""
    proof = static.Proof(CONTRACT)
    known = set(idle(CONTRACT))
    for one in MUTANTS[::1201]:
        broken = one.of(CONTRACT)
        whole = [*overlaps(broken), *holes(broken), *(set(idle(broken)) - known)]
        assert (proof.finds(broken) is None) == (not whole), one.name


def test_basis_is_stated_by_tables_alone() -> None:
    """Another basis changes no move: where the loader takes it, the committed table of the rows differs."""
    outcomes = list(
        tried(chosen(CONTRACT, operators=["swap the basis"], sample=8, seed=1), FILE, vectors=False)
    )
    assert {one.judge for one in outcomes} <= {"loader", "story", "register", "committed tables"}
    assert any(one.judge == "committed tables" and one.name.endswith(".md") for one in outcomes)


def test_stories_are_the_cases() -> None:
    """The stories that are read from the file of the cases are the cases; the contract bears them out."""
    found = read_stories(FILE)
    assert [(one.name, one.trace, one.verdict, one.row) for one in found] == [
        (case.name, case.trace, case.verdict, case.row) for case in CASES
    ]
    assert bench(FILE, vectors=False).shelf.untold == []
    assert list(disagreements(CONTRACT)) == []


def test_stories_come_through_the_states_that_are_named() -> None:
    """Whatever state the machines are asked about while a story is judged is among its states."""
    for case in CASES[::7]:
        asked: set[tuple[str, str]] = set()
        original = Table.step

        def step(self: Table, state: str, memory: Memory, seen: Seen) -> Step | Refusal:
            asked.add((self.machine.lifecycle.name, state))  # noqa: B023 - called within the loop
            return original(self, state, memory, seen)  # noqa: B023

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Table, "step", step)
            judge(case.trace)
        assert asked <= stories.states(CONTRACT, case.trace), case.name


def test_guard_that_repeats_another_is_equivalent() -> None:
    """A guard that holds wherever its row is asked can be dropped: the mutant is equivalent."""
    row = CONTRACT.rows["metadata.lost.surface"]
    # Metadata calls go through the gateway anyway.
    twice = attrs.evolve(row, when=(*row.when, "gateway"))
    contract = with_rows(CONTRACT, [twice if one.id == row.id else one for one in CONTRACT.rows.values()])
    dropped = next(one for one in mutants(contract) if one.name == f"{row.id}: without gateway")
    outcome = Bench(contract, None, read_stories(FILE), None).try_(dropped)
    assert (outcome.fate, outcome.judge) == (EQUIVALENT, "")


def test_move_that_nobody_misses_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no judge sees anything the mutant survives, and the shortest run that betrays it is told."""
    monkeypatch.setattr(bench(FILE, vectors=False), "judges", ())
    outcome = bench(FILE, vectors=False).try_(mutant("remove a row", "metadata.lost.surface", "removed"))
    assert (outcome.fate, outcome.judge) == (SURVIVED, VERDICTS)
    assert "permitted by metadata.lost.surface; the mutant: unspecified by all.abandoned" in outcome.name


def test_command_says_what_survives(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With judges that see nothing the command names the survivor and ends with 1; with them, with 0."""
    arguments = (
        "--row",
        "metadata.lost.surface",
        "--operator",
        "remove a row",
        "--cases",
        str(FILE),
        "--no-vectors",
    )
    assert command(*arguments) == 0
    assert "survived:" not in capsys.readouterr().out
    monkeypatch.setattr(bench(FILE, vectors=False), "judges", ())
    assert command(*arguments) == 1
    assert "survived: remove a row | metadata.lost.surface: removed" in capsys.readouterr().out


def test_command_writes_the_same_matrix_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sample is the same for the same seed, and so are both files and what is printed."""
    files = [tmp_path / name for name in ("a.json", "b.json", "a.md", "b.md")]
    sample = (
        "--operator",
        "drop a guard",
        "--sample",
        "9",
        "--seed",
        "5",
        "--cases",
        str(FILE),
        "--no-vectors",
    )
    for at in (0, 1):
        assert command(*sample, "--json", str(files[at]), "--markdown", str(files[at + 2])) == 0
    first, second = files[0].read_text(), files[1].read_text()
    assert first == second
    assert files[2].read_text() == files[3].read_text()
    assert sum(json.loads(first)["summary"]["all"].values()) == 18
    assert len(set(capsys.readouterr().out.splitlines())) == 3


def test_a_vector_notices_first() -> None:
    """With the published vectors among the judges they notice what a story would notice otherwise."""
    one = mutant("scale a parameter", "throttle_retries", "doubled")
    outcome = bench(FILE).try_(one)
    assert (outcome.fate, outcome.judge) == (KILLED, "vector")
    assert outcome.name.split(".")[0].split("-")[0] in CONTRACT.lifecycles


@pytest.mark.parametrize("option", ["--row", "--operator"])
def test_unknown_name_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A row or an operator that there is not ends the command with 2 and one line."""
    assert command(option, "none.such") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_matrix_counts_every_mutant() -> None:
    """The last line of the summary adds the others up, and the page has a line for each mutant."""
    outcomes = list(
        tried(chosen(CONTRACT, ["all.first"], ["drop a guard", "remove a row"]), FILE, vectors=False)
    )
    head, *rows, last = counts(outcomes)
    assert set(head[2:]) <= set(COLUMNS)
    assert int(last[1]) == len(outcomes) == sum(int(row[1]) for row in rows)
    assert page(outcomes).count("| all.first |") == len(outcomes)
