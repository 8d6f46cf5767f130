"""The Promela text says what the rows say, and Spin finds in it what the explorer finds."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from cosmos_retry.commands import export
from cosmos_retry.contract import LIFECYCLES, Contract, load_contract, with_rows
from cosmos_retry.invariants import load_invariants
from cosmos_retry.promela import UnknownWordError, promela_text, toolchain
from cosmos_retry.promela.__main__ import main
from cosmos_retry.promela.cases import CASES, Case
from cosmos_retry.promela.compare import compare
from cosmos_retry.promela.features import guard_expression
from cosmos_retry.promela.mutants import MUTANTS
from cosmos_retry.promela.names import plain
from cosmos_retry.promela.numbers import configuration, promised_numbers
from cosmos_retry.promela.options import FOLLOWED
from cosmos_retry.promela.properties import NAMES, PROPERTIES
from cosmos_retry.promela.text import promise_names
from cosmos_retry.vocabulary import Instant

MISSING = toolchain.missing_tools()
needs_spin = pytest.mark.skipif(
    bool(MISSING), reason=f"{' and '.join(MISSING)} missing.  {toolchain.INSTALL}"
)


def text_of(case: Case, contract: Contract | None = None) -> str:
    """The Promela text of a case, of the contract as it is or of another one."""
    setting = case.setting
    return promela_text(contract or load_contract(), setting, promised_numbers(load_contract(), setting))


def changed(row: str, **changes: Any) -> Contract:
    """The contract with one row changed, unchecked."""
    contract = load_contract()
    rows = {**contract.rows, row: attrs.evolve(contract.rows[row], **changes)}
    return with_rows(contract, rows.values())


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_the_same_rows_make_the_same_text(lifecycle: str) -> None:
    """Nothing in the text depends on the run that made it."""
    assert text_of(Case(lifecycle)) == text_of(Case(lifecycle))


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_each_row_that_is_followed_is_one_option(lifecycle: str) -> None:
    """The id of a row that permits stands beside one option; that of a row that forbids beside none."""
    rows = load_contract().lifecycles[lifecycle].rows
    options = re.findall(r"^ +/\* (\S+) \*/\n +:: d_step", text_of(Case(lifecycle)), re.MULTILINE)
    assert sorted(options) == sorted(row.id for row in rows if row.verdict in FOLLOWED and row.source)


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_the_numbers_of_options_are_those_of_the_rows(lifecycle: str) -> None:
    """An option counts for the row whose id stands beside it."""
    rows = load_contract().lifecycles[lifecycle].rows
    text = text_of(Case(lifecycle))
    counted = re.findall(r"^ +/\* (\S+) \*/\n +:: d_step[^/]*?ROW\((\d+)\)", text, re.MULTILINE)
    assert counted
    assert all(rows[int(number)].id == row for row, number in counted)


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_one_text_serves_all_configurations(lifecycle: str) -> None:
    """Two configurations differ in nothing but the values of macros that can be replaced."""
    texts = [text_of(case).splitlines() for case in CASES if case.lifecycle == lifecycle]
    for text in texts[1:]:
        assert len(text) == len(texts[0])
        for number, (one, other) in enumerate(zip(texts[0], text, strict=True)):
            if one != other:
                macro = one.split()[1]
                assert one.split()[:2] == other.split()[:2] == ["#define", macro]
                assert text[number - 1] == f"#ifndef {macro}"


def test_every_guard_of_the_vocabulary_can_be_written() -> None:
    """No guard is without an expression, whether a row uses it or not."""
    words = load_contract().vocabulary
    assert all(guard_expression(guard, words) for guard in words.guards.values())


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"when": ("no_such_guard",)}, "no_such_guard"),
        ({"do": ("no_such_effect",)}, "no_such_effect"),
        ({"to": "no_such_state"}, "no_such_state"),
        ({"source": ("no_such_state",)}, "no_such_state"),
        ({"not_after": "no_such_instant"}, "no_such_instant"),
        ({"on": "no_such_event"}, "no_such_event"),
        ({"do": ("send_here", "count_gone", "count_gone")}, "twice"),
    ],
)
def test_a_word_that_is_not_known_is_refused(changes: dict[str, Any], word: str) -> None:
    """A row with an unknown word, or with an effect that stands there twice, makes no text."""
    with pytest.raises(UnknownWordError, match=word) as refused:
        text_of(Case("write"), changed("write.unsent.retry", **changes))
    assert "write.unsent.retry" in str(refused.value)


def test_a_word_that_has_no_meaning_in_promela_is_refused() -> None:
    """A value of a feature, or a kind of instant, that is new to the vocabulary makes no text."""
    contract = load_contract()
    words = contract.vocabulary
    feature = attrs.evolve(words.features["pairing"], values=("paired", "single", "tripled"))
    guard = attrs.evolve(words.guards["not_paired"], is_=frozenset({"single", "tripled"}))
    instants = {**words.instants, "gone_window_end": Instant("Says nothing.", "next_full_moon", "gone")}
    for case, changes in (
        (
            Case("point_read"),
            {
                "features": {**words.features, "pairing": feature},
                "guards": {**words.guards, "not_paired": guard},
            },
        ),
        (Case("write"), {"instants": instants}),
    ):
        with pytest.raises(UnknownWordError, match=r"tripled|next_full_moon"):
            text_of(case, attrs.evolve(contract, vocabulary=attrs.evolve(words, **changes)))


def test_an_account_of_too_many_regions_is_refused() -> None:
    """The text has room for four regions."""
    setting = Case("write", regions=4).setting
    regions = (*setting.config.regions, "Atlantis")
    with pytest.raises(ValueError, match="5 regions"):
        configuration(attrs.evolve(setting, config=attrs.evolve(setting.config, regions=regions)))


def test_the_promises_are_those_of_the_contract() -> None:
    """Every promise is judged, but that every run ends: what bounds a run is no state of it."""
    assert promise_names() == {plain(one.id) for one in load_invariants()} - {"every_run_ends"}


def test_the_cases_are_spread() -> None:
    """The cases have every lifecycle, both modes, all classes of levels, and one to four regions."""
    assert len(CASES) >= 16
    assert {case.lifecycle for case in CASES} == set(LIFECYCLES)
    assert {case.mode for case in CASES} == {"direct", "gateway"}
    assert {case.level for case in CASES} >= {"Eventual", "Session", "BoundedStaleness", "Strong"}
    assert {case.regions for case in CASES} == {1, 2, 3, 4}
    assert {case.setting.config.multi_write_enabled for case in CASES} == {True, False}
    assert {case.setting.throttle_retries for case in CASES} >= {0, 9}
    assert {case.replicas > 1 for case in CASES} == {True, False}
    assert len({case.title for case in CASES}) == len(CASES)


def test_a_mutant_is_not_the_contract() -> None:
    """Every contract that is broken on purpose makes another text, and each has a name of its own."""
    assert len({mutant.says for mutant in MUTANTS}) == len(MUTANTS) >= 8
    for mutant in MUTANTS:
        assert text_of(mutant.case, mutant.change(load_contract())) != text_of(mutant.case)


def test_the_properties_stand_in_the_text() -> None:
    """Each LTL property that is asked for is there, and each of the contracts that break one is a mutant."""
    assert all(f"ltl {name} " in text_of(Case("write")) for name in NAMES)
    assert {one.mutant for one in PROPERTIES} <= {None, *(mutant.says for mutant in MUTANTS)}


def test_without_spin_the_verdict_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a program is missing nothing is compared: one line says how to install it."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert main() == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "cosmos-retry: spin and gcc missing.  Debian and Ubuntu: apt-get install spin gcc\n"


def exported(*arguments: str) -> int:
    """The exit status of the command `export`."""
    parser = argparse.ArgumentParser(prog="cosmos-retry")
    export.register(parser.add_subparsers(required=True))
    given = parser.parse_args(["export", "promela", *arguments])
    status: int = given.run(given)
    return status


def test_the_command_writes_a_file_for_each_lifecycle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a choice all four lifecycles are written, and the files are named."""
    assert exported("--out", str(tmp_path / "new")) == 0
    assert sorted(file.stem for file in (tmp_path / "new").iterdir()) == sorted(LIFECYCLES)
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_the_command_takes_a_configuration(tmp_path: Path) -> None:
    """The options become the values of macros."""
    options = "--lifecycle write --operation delete --mode gateway --max-retries 3 --multiple-write-locations"
    regions = ["--regions", "East US,West US", "--write-regions", "West US", "--preferred", "West US"]
    assert exported("--out", str(tmp_path), *options.split(), *regions) == 0
    text = (tmp_path / "write.pml").read_text(encoding="utf-8")
    for macro in ("MODE m_gateway", "OPERATION o_delete", "REGIONS 2", "WRITE_BITS 2", "ORDER_1 1"):
        assert f"#define {macro}\n" in text
    assert "#define THROTTLE_RETRIES 3\n" in text
    assert "#define USE_MULTIPLE_WRITE_LOCATIONS 1\n" in text


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--write-regions", "Atlantis"), "account.write_regions"),
        (("--regions", "a,b,c,d,e"), "room for 4"),
    ],
)
def test_the_command_refuses_what_cannot_be_written(
    arguments: tuple[str, ...], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A configuration that cannot be is refused in one line, and nothing is written."""
    assert exported("--out", str(tmp_path), *arguments) == 2
    assert reason in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@needs_spin
def test_spin_and_the_explorer_find_the_same() -> None:
    """In the smallest configuration both find the same states, moves of each row, and no promise broken."""
    found = compare(load_contract(), Case("metadata", throttling=0).setting, load_contract())
    assert found.difference == ""
    assert found.equal
    assert found.spin.states > 1
    assert not found.spin.broken


@needs_spin
def test_spin_and_the_explorer_find_the_same_broken() -> None:
    """Where a contract is broken on purpose both name the same promise."""
    mutant = next(one for one in MUTANTS if one.says == "429 without a limit")
    found = compare(mutant.change(load_contract()), mutant.case.setting, load_contract())
    assert found.equal
    assert found.spin.broken == {"throttled_limits"}


@needs_spin
def test_a_text_that_spin_refuses_is_an_error() -> None:
    """What Spin says of a text that it does not take is said on."""
    with pytest.raises(toolchain.SpinError, match="spin: "):
        toolchain.verify("active proctype p() { nonsense }", {})
