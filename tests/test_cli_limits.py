"""The command line's hard edges: numbers have limits, places are looked at first, words are not Python's."""

from __future__ import annotations

import argparse
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cosmos_retry import load_contract
from cosmos_retry.cli import COMMANDS, main
from cosmos_retry.commands import parsing
from cosmos_retry.commands import worst as worst_command
from cosmos_retry.config import LONGEST_WAIT_S
from cosmos_retry.config import MOST_RETRIES as MOST_CONFIGURED
from cosmos_retry.contract import LIFECYCLES, read_contract
from cosmos_retry.errors import ContractError
from cosmos_retry.explore.observing import MANY
from cosmos_retry.forbidding import looked_at
from cosmos_retry.invariants.promises import load_invariants, promised_profile
from cosmos_retry.mutation.stories import read_stories
from cosmos_retry.parameters import LONGEST_S, MOST_RETRIES, load_profile
from cosmos_retry.paths import spec_dir

ROOT = Path(__file__).resolve().parent.parent
RECORDED = str(ROOT / "tests/data/recorded/real-clients.jsonl")
SCENE = '{"account": {"regions": ["A"], "write_regions": ["A"]}, "fault_script": []}'


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command in this process; return its exit status, its output and its complaints."""

    def run_it(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        written = capsys.readouterr()
        return status, written.out, written.err

    return run_it


def refused(answer: tuple[int, str, str], *parts: str) -> bool:
    """Whether a command ended with 2, without output and with one line that has all the parts."""
    status, out, err = answer
    return (status, out) == (2, "") and len(err.splitlines()) == 1 and all(part in err for part in parts)


# ---------------------------------------------------------------------------------------------- numbers


WHOLE: dict[str, tuple[Callable[[str], float], int, int]] = {
    "count": (parsing.count, 0, 10**9 - 1),
    "some": (parsing.some, 1, 10**9 - 1),
    "jobs": (parsing.jobs, 1, 256),
    "retries": (parsing.retries, 0, MOST_RETRIES),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers_keep_to_their_range(name: str) -> None:
    """Each kind of whole number takes its bounds, refuses what lies beside them, and what is no number."""
    kind, least, most = WHOLE[name]
    assert (kind(str(least)), kind(str(most)), kind(f"00{least + 1}")) == (least, most, least + 1)
    for text in (
        str(least - 1),
        str(most + 1),
        "",
        " 1",
        "+1",
        "1.0",
        "1e1",
        "1_0",
        "\u0661",
        "x",
        "9" * 5000,
    ):
        with pytest.raises(argparse.ArgumentTypeError, match=r"is not permitted: a whole number") as caught:
            kind(text)
        assert len(str(caught.value)) < 200


def test_amounts_keep_to_their_range() -> None:
    """An amount is a number from 0 to the most that is waited for, both included."""
    most = parsing.MOST_AMOUNT
    assert [parsing.amount(text) for text in ("0", "0.5", "1e-300", str(most))] == [0, 0.5, 1e-300, most]
    for text in ("", "x", "nan", "inf", "-inf", "-1", "-1e-300", "1.0000001e9", "1e400", "9" * 5000):
        with pytest.raises(
            argparse.ArgumentTypeError, match="is not permitted: a number from 0 to 1000000000"
        ):
            parsing.amount(text)


def options(name: str) -> dict[str, list[argparse.Action]]:
    """The actions with an option of this name, by command."""
    commands = argparse.ArgumentParser().add_subparsers()
    for command in COMMANDS:
        command.register(commands)
    parsers: dict[str, argparse.ArgumentParser] = commands.choices
    return {
        command: found
        for command, parser in parsers.items()
        if (found := [action for action in parser._actions if name in action.option_strings])
    }


def test_options_of_one_name_take_the_same() -> None:
    """Processes, retries and places are of one kind in every command that has such an option."""
    for name, kind, least in (
        ("--jobs", parsing.jobs, 5),
        ("--max-retries", parsing.retries, 3),
        ("--out", parsing.place, 7),
        ("--json", parsing.place, 1),
        ("--markdown", parsing.place, 2),
        ("--junit", parsing.place, 1),
        ("--record", parsing.place, 1),
    ):
        found = [action.type for some in options(name).values() for action in some if action.nargs != 0]
        assert set(found) == {kind}, name
        assert len(found) >= least, name


@pytest.mark.parametrize(
    "arguments",
    [
        ["worst", "--max-retries", "1000000000"],
        ["worst", "--max-retries", "1e9"],
        ["worst", "--max-wait-s", "1e300"],
        ["explain", "--operation", "create", "--fault", "429", "--max-retries", "100000"],
        ["explain", "--operation", "create", "--fault", "429", "--retry-after-ms", "1e300"],
        ["export", "promela", "--out", "x", "--replicas", "0"],
        ["export", "promela", "--out", "x", "--max-retries", "1000"],
        ["check", "--jobs", "0"],
        ["check", "--jobs", "100000"],
        ["check", "--regions", "0"],
        ["check", "--regions", "5"],
        ["mutate", "--jobs", "0"],
        ["vectors", "--jobs", "0"],
        ["stand", "--client", "azure-cosmos-sync", "--jobs", "0"],
        ["run-vectors", "--jobs", "0", "--", "true"],
        ["run-vectors", "--timeout", "1e300", "--", "true"],
        ["gateway", "--scene", "x", "--max-seconds", "1e300"],
        ["judge", "-", "--clock-tolerance", "1.7e308"],
    ],
    ids=" ".join,
)
def test_wild_numbers_are_refused_at_once(run: Any, arguments: list[str]) -> None:
    """A number that would never come to an end is refused in one line that says what is permitted."""
    option = next(one for one in reversed(arguments[:-1]) if one.startswith("--") and one != "--")
    assert refused(run(*arguments), option, f"cosmos-retry {arguments[0]}")


def changed(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """A copy of the tables in which one text of one file is another."""
    spec = tmp_path / "spec"
    shutil.copytree(spec_dir(), spec, ignore=shutil.ignore_patterns("*.md"))
    text = (spec / file).read_text(encoding="utf-8")
    assert old in text
    (spec / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return spec


VALUES = {
    "throttle_retries": (
        str(MOST_RETRIES),
        ["-1", str(MOST_RETRIES + 1), "1_000_000_000", "9.5", "nan", "inf"],
    ),
    "unavailable_retries": ("0", ["0.5", "1e300"]),
    "backoff_flat_retries": ("4", ["2.999", "91"]),
    "gone_window_short": (f"{LONGEST_S}", ["-0.1", f"{LONGEST_S + 0.1}", "1e300", "inf", "nan"]),
    "backoff_growth": ("1000", ["1000.1", "-1", "inf", "nan"]),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_profile_has_no_wild_numbers(tmp_path: Path, name: str) -> None:
    """A number of a profile is taken at its bound, and refused beyond it with file, entry and field."""
    good, bad = VALUES[name]
    file = tmp_path / "profiles" / "documented.toml"
    file.parent.mkdir()
    whole = (spec_dir() / "profiles" / "documented.toml").read_text(encoding="utf-8")
    entry = re.compile(rf"(\[parameter\.{name}\]\n(?:option = .*\n)?value = )\S+")

    def with_value(text: str) -> None:
        found, times = entry.subn(rf"\g<1>{text}", whole)
        assert times == 1
        file.write_text(found, encoding="utf-8")

    with_value(good)
    assert load_profile(tmp_path).parameters[name].value == float(good)
    for text in bad:
        with_value(text)
        with pytest.raises(ContractError, match="both included") as caught:
            load_profile(tmp_path)
        assert (caught.value.entry, caught.value.field) == (f"parameter.{name}", "value")


def test_the_explorer_counts_past_the_most_retries() -> None:
    """What a profile may have lies below the number that stands for any number of retries."""
    assert MOST_RETRIES < MANY - 1


@pytest.mark.parametrize("number", ["1e9", "9.5", "-1", "nan"])
def test_a_promise_has_no_wild_numbers(run: Any, tmp_path: Path, number: str) -> None:
    """A number that a promise names is held to the same bounds, before anything is explored."""
    spec = changed(tmp_path, "invariants.toml", "throttle_retries = 9", f"throttle_retries = {number}")
    answer = run("check", "--spec", str(spec), "--lifecycle", "metadata", "--regions", "1", "--jobs", "1")
    assert refused(answer, "invariants.toml", "throttled-limits", "throttle_retries", "both included")


@pytest.mark.parametrize("name", ["max_retries", "max_wait_s"])
def test_a_trace_has_no_wild_limits(run: Any, tmp_path: Path, name: str) -> None:
    """Limits of a trace are taken up to what options hold, and above it the line is no trace."""
    line = json.loads(Path(RECORDED).read_text(encoding="utf-8").splitlines()[0])
    most = {"max_retries": MOST_CONFIGURED, "max_wait_s": LONGEST_WAIT_S}[name]
    file = tmp_path / "traces.jsonl"
    for number in (most, most * 2, 10**400 if name == "max_retries" else 1.7e308):
        line["client"] = line.get("client", {}) | {"throttling": {name: number}}
        file.write_text(json.dumps(line) + "\n", encoding="utf-8")
        status, _, err = run("judge", str(file))
        if number == most:
            assert (status, err) == (0, "")
        else:
            assert status == 2
            assert re.fullmatch(rf"\S+:1: client\.throttling\.{name}: .* is outside 0 to {most:.0f}.*\n", err)


def test_a_trace_asks_for_no_wild_wait(run: Any, tmp_path: Path) -> None:
    """A wait that a 429 asks for is taken up to the longest that a client can have, in milliseconds."""
    line = json.loads(Path(RECORDED).read_text(encoding="utf-8").splitlines()[0])
    file = tmp_path / "traces.jsonl"
    most = LONGEST_WAIT_S * 1000
    for asked in (most, most + 1, 1.7e308):
        attempt = next(event for event in line["events"] if event["kind"] == "attempt")
        throttled = {"t": attempt["t"], "kind": "response", "status": 429, "retry_after_ms": asked}
        file.write_text(json.dumps(line | {"events": [attempt, throttled]}) + "\n", encoding="utf-8")
        status, _, err = run("judge", str(file))
        assert status == (0 if asked == most else 2)
        assert (f"events[1].retry_after_ms: {str(asked).removesuffix('.0')} is not" in err) == (asked != most)


# ----------------------------------------------------------------------------------------------- places


WRITING = {
    "check": (["check", "--out"], "cosmos_retry.commands.check.load_contract"),
    "worst": (["worst", "--markdown"], "cosmos_retry.commands.worst.page"),
    "mutate --json": (["mutate", "--json"], "cosmos_retry.commands.mutate.load_contract"),
    "mutate --markdown": (["mutate", "--markdown"], "cosmos_retry.commands.mutate.load_contract"),
    "run-vectors --json": (["run-vectors", "--json"], "cosmos_retry.commands.run_vectors.run"),
    "run-vectors --junit": (["run-vectors", "--junit"], "cosmos_retry.commands.run_vectors.run"),
    "gateway": (["gateway", "--record"], "cosmos_retry.commands.gateway._play"),
}
FILLING = {
    "vectors": (["vectors", "--out"], "cosmos_retry.commands.vectors._generate"),
    "report": (["report", RECORDED, "--out"], "cosmos_retry.report.write_report"),
    "stand-report": (["stand-report", "nowhere", "--out"], "cosmos_retry.standreport.write_stand_report"),
    "stand": (
        ["stand", "--adapter", "true", "--name", "x", "--out"],
        "cosmos_retry.commands.stand._run_client",
    ),
    "diagrams": (["diagrams", "--out"], "cosmos_retry.diagrams.write_diagrams"),
    "export": (["export", "promela", "--out"], "cosmos_retry.commands.export.load_contract"),
}


def arguments_for(command: list[str], place: str, room: Path) -> list[str]:
    """A command line that writes to a place."""
    (room / "scene.json").write_text(SCENE, encoding="utf-8")
    more = {"gateway": ["--scene", str(room / "scene.json")], "run-vectors": ["--", "true"]}
    return [*command, place, *more.get(command[0], [])]


@pytest.mark.parametrize("name", [*WRITING, *FILLING])
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A place where nothing can be written ends a command with one line and 2; the work has not begun."""
    command, work = (WRITING | FILLING)[name]
    if command[0] in ("gateway", "stand"):
        pytest.importorskip("aiohttp")

    def begun(*_: object, **__: object) -> None:
        raise AssertionError("the work has begun")

    monkeypatch.setattr(work, begun)
    (tmp_path / "file").write_text("old", encoding="utf-8")
    below = str(tmp_path / "file" / "below")
    for place in ("", below, *([str(tmp_path)] if name in WRITING else [str(tmp_path / "file")])):
        assert refused(run(*arguments_for(command, place, tmp_path)), place or "'' is no place")
    with pytest.raises(AssertionError, match="begun"):  # so that the check above could have failed
        main(arguments_for(command, str(tmp_path / "good"), tmp_path))
    assert (tmp_path / "file").read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "scene.json"]


def test_work_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there is touched only once the new content is complete."""
    page = tmp_path / "page.md"
    page.write_text("old", encoding="utf-8")

    def broken(_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(worst_command, "page", broken)
    assert main(["worst", "--markdown", str(page)]) == 130
    assert page.read_text(encoding="utf-8") == "old"


def test_a_scene_that_is_not_played_leaves_the_old_record(run: Any, tmp_path: Path) -> None:
    """A gateway that cannot listen leaves the record of another scene; one that plays begins a new one."""
    pytest.importorskip("aiohttp")
    scene, record = tmp_path / "scene.json", tmp_path / "played.jsonl"
    scene.write_text(SCENE, encoding="utf-8")
    record.write_text("old\n", encoding="utf-8")
    play = ("gateway", "--scene", str(scene), "--record", str(record), "--max-seconds", "0")
    assert refused(run(*play, "--host", "192.0.2.1", "--allow-other-address"))
    assert record.read_text(encoding="utf-8") == "old\n"
    assert run(*play)[0] == 0
    kinds = [json.loads(line)["record"] for line in record.read_text(encoding="utf-8").splitlines()]
    assert kinds == ["scene", "played"]


# --------------------------------------------------------------------------------------------- promises


def test_every_promise_is_looked_at_somewhere() -> None:
    """Over all lifecycles with two regions each promise has something to forbid, but the one worked out."""
    contract, promises = load_contract(), load_invariants()
    promised = promised_profile(contract.profile, promises)
    watched = [one for one in promises if one.id != "every-run-ends"]
    assert looked_at(contract, promised, watched, LIFECYCLES, 2) == {one.id for one in watched}


def test_promises_of_writes_are_looked_at_in_writes() -> None:
    """Writes in one region can break what is said of writes, and nothing said of reads or other regions."""
    contract, promises = load_contract(), load_invariants()
    found = looked_at(contract, promised_profile(contract.profile, promises), promises, ["write"], 1)
    assert {"write-never-resent", "retry-with-first", "gone-window", "throttled-limits"} <= found
    assert not {"weak-missing-once", "page-region", "timeout-window", "region-order"} & found


def test_check_says_what_it_did_not_look_at(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each promise is said to hold, or not to have been looked at, and none is said to be both."""
    monkeypatch.setattr("cosmos_retry.commands.check._vectors", lambda *_: [])
    out = run("check", "--lifecycle", "metadata", "--regions", "1", "--jobs", "1")[1]
    lines = {line.split(":")[0]: line.split(": ")[1].split(", ") for line in out.splitlines() if ": " in line}
    holding = next(names for head, names in lines.items() if "promises hold in every run" in head)
    beyond = next(names for head, names in lines.items() if "were not looked at here" in head)
    assert {"throttled-limits", "region-of-account"} <= set(holding)
    assert {"write-never-resent", "page-region", "region-order"} <= set(beyond)
    every = sorted(one.id for one in load_invariants() if one.id != "every-run-ends")
    assert sorted([*holding, *beyond]) == every
    assert f"{len(holding)} of {len(every)} promises hold in every run" in out


# ------------------------------------------------------------------------------- stories and codes


STORIES = {
    "root:x:0:0:root": "its parts number 1",
    "a | b | c": "its parts number 3",
    "a | create direct Session W/W | 0 W | x": "its parts number 4",
    "a | create direct Session W | 0 W | x | y": "unknown notation in 'create direct Session W'",
    "a | create direct Session Q/Q | 0 W | x | y": "unknown notation",
    "a | create | 0 W | x | y": "unknown notation",
    "a | create direct Session W/W | soon W | x | y": "unknown notation",
    "a | create direct Session W/W | W | x | y": "unknown notation",
    "a | create direct Session W/W | 0 yodel | x | y": "unknown notation",
    "a | create direct Session W/W throttle=9 | 0 W | x | y": "unknown notation",
    "a | crate direct Session W/W | 0 W | x | y": "Invalid enum value 'crate'",
    "a | create direct Session W/W |  | x | y": "events: is empty",
    "a | create direct Session W/W | 5 W; 2 W | x | y": "goes backwards",
    "a | create direct Session W/E | 0 W | x | y": "is not a region of the account",
}


@pytest.mark.parametrize("line", STORIES)
def test_a_line_that_is_no_story_is_told_in_words(tmp_path: Path, line: str) -> None:
    """A line that is no story is named by its number, and what is wrong is said without Python's words."""
    file = tmp_path / "cases.txt"
    file.write_text(f"# a comment\n\n{line}\n", encoding="utf-8")
    with pytest.raises(ContractError, match="is no story: ") as caught:
        read_stories(file)
    told = str(caught.value)
    assert told.startswith(f"{file}: line 3: ")
    assert STORIES[line] in told
    assert not re.search(r"unpack|could not convert|invalid literal|index out of|KeyError", told)


def test_a_file_that_is_no_text_has_no_stories(run: Any, tmp_path: Path) -> None:
    """A file that is not UTF-8 text is one line that says so."""
    file = tmp_path / "cases.txt"
    file.write_bytes(b"# a\n\xff")
    answer = run("mutate", "--sample", "1", "--no-vectors", "--cases", str(file))
    assert refused(answer, str(file), "byte 4", "is not UTF-8 text")


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("999", ("/999 is not in the catalogue", "it is no HTTP status, those are 100 to 599")),
        ("7", ("/7 is not in the catalogue", "it is no HTTP status")),
        ("/99999", ("/99999 is not in the catalogue",)),
        ("430", ("430 is not in the catalogue", "Surfaced at once; a retry is unspecified.", "quiet-codes")),
        ("430/1", ("430/1 is not in the catalogue", "quiet-codes")),
        ("299", ("299 is not in the catalogue",)),
    ],
)
def test_an_unknown_code_is_answered_helpfully(run: Any, code: str, parts: tuple[str, ...]) -> None:
    """Of a code that nobody knows it is said how it was read, what is known, and what becomes of such."""
    status, out, err = run("explain", code)
    assert (status, err) == (1, "")
    assert all(part in out for part in parts)
    assert "Statuses in the catalogue: 200, 201, 204, 400," in out
    assert ("quiet-codes" in out) == ("quiet-codes" in parts)


def test_a_copy_of_the_tables_is_read(tmp_path: Path) -> None:
    """The tables that the tests here change are whole: unchanged, they are the contract."""
    assert read_contract(changed(tmp_path, "invariants.toml", "write", "write")).rows == load_contract().rows
