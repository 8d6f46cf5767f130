"""What a record declares of its holes: what is read, what is refused, and what the options of judge add."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cosmos_retry.cli import main
from cosmos_retry.config import Config
from cosmos_retry.holes.declared import EXACT, Holes
from cosmos_retry.reading import read_trace
from cosmos_retry.trace import Trace
from cosmos_retry.wellformed import Fault

RESENT = [
    {"t": 0, "kind": "attempt", "region": "West US"},
    {"t": 1, "kind": "attempt", "region": "West US"},
    {"t": 1.1, "kind": "response", "status": 201},
    {"t": 1.1, "kind": "result", "status": 201},
]
EARLY = [
    {"t": 0, "kind": "attempt", "region": "West US"},
    {"t": 0.1, "kind": "response", "status": 429, "retry_after_ms": 1000},
    {"t": 1, "kind": "attempt", "region": "West US"},
    {"t": 1.2, "kind": "response", "status": 201},
    {"t": 1.2, "kind": "result", "status": 201},
]


def line(events: list[dict[str, Any]] | None = None, **more: Any) -> bytes:
    """Return a create as one line, with what is declared of it."""
    whole = {
        "id": "holes",
        "operation": "create",
        "mode": "direct",
        "consistency": "Session",
        "account": {"regions": ["West US", "East US"], "write_regions": ["West US"]},
        "events": EARLY if events is None else events,
    }
    return json.dumps(whole | more).encode()


def told(**more: Any) -> Holes:
    """Return the holes that a record declares."""
    found = read_trace(line(**more))
    assert isinstance(found, Trace), found
    return Config.from_trace(found).holes


def test_a_record_without_a_word_is_exact() -> None:
    """A record that declares nothing has no holes, and neither has one whose observer is blind otherwise."""
    assert told() == EXACT
    assert told(blind=["replica", "sent"]) == EXACT
    assert told(tolerance={"clock_s": 0}, missing={"attempts": 0}) == EXACT


def test_holes_are_read_in_microseconds_and_numbers() -> None:
    """Tolerances become whole microseconds; `blind` allows for two where `missing` gives no number."""
    assert told(tolerance={"clock_s": 0.0005, "jitter_s": 0.01}) == Holes(clock_us=500, jitter_us=10_000)
    assert told(blind=["attempt", "response"]) == Holes(attempts=2, answers=2)
    assert told(blind=["attempt"], missing={"attempts": 5}) == Holes(attempts=5)
    found = told(missing={"attempts": 1, "regions": ["East US"], "unsent": True})
    assert found == Holes(attempts=1, regions=("East US",), unsent=True)


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a tolerance below 0": ({"tolerance": {"clock_s": -1}}, "tolerance.clock_s", "-1"),
    "a tolerance that is text": ({"tolerance": {"jitter_s": "1 ms"}}, "tolerance.jitter_s", "1 ms"),
    "an unknown tolerance": ({"tolerance": {"clock": 1}}, "tolerance.clock", "clock_s"),
    "a tolerance that is a number": ({"tolerance": 0.1}, "tolerance", "0.1"),
    "fewer than none": ({"missing": {"attempts": -1}}, "missing.attempts", "-1"),
    "more than can be": ({"missing": {"responses": 101}}, "missing.responses", "101"),
    "half of one": ({"missing": {"responses": 0.5}}, "missing.responses", "0.5"),
    "an unknown kind": ({"missing": {"refreshes": 1}}, "missing.refreshes", "responses"),
    "an unknown blind spot": ({"blind": ["answer"]}, "blind[0]", "response"),
    "an unknown region": ({"missing": {"attempts": 1, "regions": ["Mars"]}}, "missing.regions", "Mars"),
    "a region twice": ({"missing": {"attempts": 1, "regions": ["East US"] * 2}}, "missing.regions", "twice"),
    "a region of nothing": ({"missing": {"regions": ["East US"]}}, "missing.regions", "missing.attempts"),
    "unsent of nothing": ({"missing": {"unsent": True}}, "missing.unsent", "missing.attempts"),
    "an endless tolerance": ({"tolerance": {"clock_s": float("inf")}}, "", "JSON"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_declaration_is_refused_with_its_place(name: str) -> None:
    """What cannot be declared makes a record unreadable: field and reason are named."""
    more, field, word = REFUSED[name]
    fault = read_trace(line(**more))
    assert isinstance(fault, Fault)
    assert field in fault.field
    assert word in fault.reason


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Judge one record, with options."""

    def call(content: bytes, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "traces.jsonl"
        file.write_bytes(content + b"\n")
        try:
            status = main(["judge", str(file), *options])
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        return status, *capsys.readouterr()

    return call


def test_the_options_widen_and_never_narrow(run: Any) -> None:
    """The clock's tolerance of a record and that of the option: the wider one counts."""
    assert run(line())[0] == 1
    assert run(line(), "--clock-tolerance", "0.05")[0] == 0
    assert run(line(), "--jitter", "0.1")[0] == 0
    assert run(line(), "--clock-tolerance", "0.049999")[0] == 1
    declared = line(tolerance={"clock_s": 0.05})
    assert run(declared)[0] == 0
    assert run(declared, "--clock-tolerance", "0")[0] == 0


def test_the_options_let_something_be_missing(run: Any) -> None:
    """A record in which an answer is missing violates nothing once an option says that one may be."""
    # Without a hole the record is not even one: two attempts are open, and the answer names none.
    assert run(line(RESENT))[0] == 2
    status, out, _ = run(line(RESENT), "--missing-responses", "1", "--run")
    assert status == 0
    first, *steps, _ = out.splitlines()
    assert first.startswith("unobservable  holes  cannot tell: depends on whether something is missing")
    assert [step.split()[2] for step in steps] == ["event", "supposed", "event", "event", "event"]
    assert all(step.endswith("]") for step in steps)


def test_json_carries_the_run(run: Any) -> None:
    """In JSON a verdict on a record with holes has its run: events, marked, with the rows that took them."""
    out = run(line(RESENT), "--missing-responses", "1", "--format", "json")[1]
    verdict = json.loads(out.splitlines()[0])
    assert (verdict["verdict"], verdict["answer"]) == ("unobservable", "cannot tell")
    assert [step["how"] for step in verdict["run"]] == ["seen", "supposed", "seen", "seen", "seen"]
    assert [step["row"] for step in verdict["run"]] == verdict["rows"]
    again = line([step["record"] for step in verdict["run"]])
    assert run(again)[0] == 0


def test_a_run_is_shown_for_any_record_that_it_is_asked_for(run: Any) -> None:
    """Without --run a record without holes has no run in its verdict; with it, it has, to where it ends."""
    fine = line([*EARLY[:2], {**EARLY[2], "t": 1.1}, *EARLY[3:]])
    plain = json.loads(run(fine, "--format", "json")[1].splitlines()[0])
    shown = json.loads(run(fine, "--format", "json", "--run")[1].splitlines()[0])
    assert (plain["run"], len(shown["run"])) == ([], 5)
    out = run(line(), "--run")[1]
    assert "refused" in out
    assert "[all.429]" in out


@pytest.mark.parametrize(
    "options",
    [
        ("--clock-tolerance", "-1"),
        ("--clock-tolerance", "inf"),
        ("--jitter", "soon"),
        ("--missing-attempts", "1.5"),
        ("--missing-responses", "101"),
    ],
)
def test_a_bad_option_is_one_line(run: Any, options: tuple[str, str]) -> None:
    """An option that cannot be gives one line that names it, and exit status 2."""
    status, out, err = run(line(), *options)
    assert (status, out) == (2, "")
    assert options[0] in err.splitlines()[-1]
