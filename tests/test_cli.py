"""The command line says what it found in its exit status, in text for a person and in JSON for a program."""

from __future__ import annotations

import gzip
import importlib.metadata
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cosmos_retry import load_contract
from cosmos_retry.clauses import load_register
from cosmos_retry.cli import COMMANDS, main
from cosmos_retry.commands import explain as explain_command
from cosmos_retry.commands import judge as judge_command
from cosmos_retry.commands import terminal
from cosmos_retry.commands.assumptions import resting_rows
from cosmos_retry.parameters import MOST_RETRIES
from cosmos_retry.reading import read_traces
from cosmos_retry.render import RenderError
from cosmos_retry.trace import Trace
from cosmos_retry.walkthrough import walk

ROOT = Path(__file__).resolve().parent.parent
RECORDED = str(ROOT / "tests/data/recorded/real-clients.jsonl")
RESEND = "azure-cosmos-aio 4.17.1 hang-create-sw-2r"
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def trace(id_: str = "ok", status: int = 201, **changes: Any) -> str:
    """One line that holds a trace; as it stands, a create that succeeds at once."""
    end = {"t": 0.2, "kind": "result" if status < 400 else "error", "status": status}
    whole: dict[str, Any] = {
        "id": id_,
        "operation": "create",
        "mode": "direct",
        "consistency": "Session",
        "account": {"regions": ["West US"], "write_regions": ["West US"]},
        "events": [
            {"t": 0, "kind": "attempt", "region": "West US", "replica": 0},
            {"t": 0.1, "kind": "response", "status": status},
            end,
        ],
    }
    return json.dumps(whole | changes) + "\n"


def resend(id_: str = "bad", region: str = "West US") -> str:
    """A line that holds a create that is sent again after it was sent and timed out."""
    account = {"regions": [region], "write_regions": [region]}
    return trace(
        id_,
        account=account,
        events=[
            {"t": 0, "kind": "attempt", "region": region},
            {"t": 6, "kind": "failure", "cause": "timeout", "sent": True},
            {"t": 6.1, "kind": "attempt", "region": region},
        ],
    )


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command in this process; return its exit status, its output and its complaints."""

    def run_it(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        written = capsys.readouterr()
        return status, written.out, written.err

    return run_it


@pytest.fixture
def lines(tmp_path: Path) -> Any:
    """Write lines into a file and return its path."""

    def write(*content: str, name: str = "traces.jsonl") -> str:
        path = tmp_path / name
        path.write_text("".join(content), encoding="utf-8")
        return str(path)

    return write


def objects(out: str) -> list[dict[str, Any]]:
    """The JSON Lines that a command printed."""
    return [json.loads(line) for line in out.splitlines()]


def process(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "machines")}
    command = [sys.executable, "-m", "cosmos_retry.cli", *arguments]
    return subprocess.run(
        command, env=environment, check=False, capture_output=True, encoding="utf-8", **settings
    )


# ------------------------------------------------------------------------------------------------ judge


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ([], 0),
        ([trace()], 0),
        ([trace(status=413)], 0),
        ([trace(), resend()], 1),
        ([trace(), "{}\n"], 2),
        ([resend(), "nonsense\n", trace()], 2),
    ],
    ids=[
        "nothing",
        "conforms",
        "conforms-on-assumption",
        "violates",
        "unreadable",
        "violates-and-unreadable",
    ],
)
def test_exit_status_tells_the_worst(run: Any, lines: Any, content: list[str], status: int) -> None:
    """Judge ends with 0 where nothing violates, 1 where something does, and 2 where a line is no trace."""
    for form in ("text", "json"):
        assert run("judge", lines(*content), "--format", form)[0] == status


def test_judge_prints_one_line_a_trace(run: Any, lines: Any) -> None:
    """Each trace has one line that begins with its verdict; below a violation stands why, indented."""
    status, out, err = run("judge", lines(trace(), resend(), trace("last", status=413)))
    assert (status, err) == (1, "")
    first, second, *reasons, third, summary = out.splitlines()
    assert first == "conforms      ok"
    assert second.startswith("violates      bad  event 3: attempt in West US at 6.1 s: ")
    assert "write.sent.timeout.resend" in second
    assert third.startswith("conforms      last  [assumes quiet-codes]")
    assert all(reason.startswith(" " * 14) for reason in reasons)
    says = load_register()["002/408/write/client/sent"].says
    assert f"002/408/write/client/sent: {says}" in [reason.strip() for reason in reasons]
    assert "permitted instead: error 408, from 6 s [write.sent.timeout.surface]" in out
    assert summary == "3 traces: conforms 2, unspecified 0, unobservable 0, violates 1; unreadable lines 0"


def test_all_explains_every_verdict(run: Any, lines: Any) -> None:
    """With --all the clauses and assumptions behind a conforming trace are printed too."""
    file = lines(trace(status=413))
    clause, assumption = "001/413: ", "assumes quiet-codes: "
    plain, explained = run("judge", file)[1], run("judge", file, "--all")[1]
    assert clause not in plain
    assert assumption not in plain
    assert clause in explained
    assert assumption in explained


def test_unreadable_lines_do_not_stop_the_rest(run: Any, lines: Any) -> None:
    """A line that is no trace gives one line on standard error with its place; the others are judged."""
    file = lines(trace("a"), trace("b", mode="carrier pigeon"), trace("c"))
    status, out, err = run("judge", file)
    assert status == 2
    assert err.splitlines() == [
        f"{file}:2: mode: 'carrier pigeon' is not permitted; permitted: direct or gateway"
    ]
    assert [line.split()[:2] for line in out.splitlines()[:2]] == [["conforms", "a"], ["conforms", "c"]]
    assert out.splitlines()[-1].endswith("unreadable lines 1")


def test_missing_file_is_one_line(run: Any, lines: Any) -> None:
    """A file that is not there is one complaint, and the files after it are judged."""
    status, out, err = run("judge", "no such file", lines(trace()))
    assert (status, len(err.splitlines())) == (2, 1)
    assert out.startswith("conforms")


def test_judge_speaks_json(run: Any, lines: Any) -> None:
    """As JSON each trace and each unreadable line is an object, and the last object counts them."""
    file = lines(trace("a"), "[]\n", resend("b"))
    status, out, err = run("judge", file, "--format", "json")
    good, unreadable, bad, summary = objects(out)
    register = load_register()
    assert (status, err) == (2, "")
    assert (good["kind"], good["id"], good["verdict"]) == ("verdict", "a", "conforms")
    assert (unreadable["kind"], unreadable["file"], unreadable["line"]) == ("unreadable", file, 2)
    assert unreadable["reason"]
    assert (bad["verdict"], bad["event"], bad["row"]) == ("violates", 3, "write.sent.timeout.resend")
    assert bad["clauses"] == {cite: register[cite].says for cite in bad["cites"]}
    assert "error" in [move["event"] for move in bad["permitted"]]
    assert summary == {
        "kind": "summary",
        "traces": 2,
        "conforms": 1,
        "unspecified": 0,
        "unobservable": 0,
        "violates": 1,
        "unreadable": 1,
    }


def test_text_and_json_agree(run: Any) -> None:
    """Text and JSON give the same verdicts on the recorded traffic, in the order of the file."""
    text = [line for line in run("judge", RECORDED)[1].splitlines()[:-1] if not line.startswith(" ")]
    spoken = objects(run("judge", RECORDED, "--format", "json")[1])[:-1]
    assert len(spoken) == 81
    for line, verdict in zip(text, spoken, strict=True):
        assert line.startswith(f"{verdict['verdict']:14}{verdict['id']}")


def test_id_picks_traces(run: Any, lines: Any) -> None:
    """With --id only the traces of that id are judged; where there is none, that is said."""
    status, out, _ = run("judge", RECORDED, "--id", RESEND)
    assert status == 1
    assert out.splitlines()[-1].startswith("1 trace: ")
    status, _, err = run("judge", lines(trace()), "--id", "nobody")
    assert (status, err) == (2, "cosmos-retry judge: no trace has the id 'nobody'\n")


def test_judge_reads_gzip_and_standard_input(tmp_path: Path, lines: Any) -> None:
    """A file that is compressed, standard input, and both at once are judged like a plain file."""
    packed = tmp_path / "traces.gz"
    packed.write_bytes(gzip.compress((trace("a") + resend("b")).encode()))
    ended = process("judge", str(packed), "-", input=trace("c"))
    assert (ended.returncode, ended.stderr) == (1, "")
    assert [line.split()[1] for line in ended.stdout.splitlines() if line[0] in "cv"] == ["a", "b", "c"]


def test_judge_streams(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A verdict is printed before the next line is read, so that memory does not grow with the input."""
    one = next(read_traces([RECORDED]))
    assert isinstance(one, Trace)
    seen: list[str] = []

    def endless(_: object) -> Iterator[object]:
        for _ in range(3):
            yield one
            seen.append(capsys.readouterr().out)

    monkeypatch.setattr(judge_command, "read_traces", endless)
    assert main(["judge", "-"]) == 0
    assert [text.count(one.id) for text in seen] == [1, 1, 1]


HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\x9b31m\u202eevil\nviolates fake"


@pytest.mark.parametrize("form", ["text", "json"])
def test_output_is_free_of_control_characters(run: Any, lines: Any, form: str) -> None:
    """Ids, regions and names from a trace reach the terminal without a control character, in any format."""
    named = trace(f"n{HOSTILE}", events=[{"t": 0, "kind": "error", "status": None, "name": HOSTILE}])
    file = lines(resend(f"x{HOSTILE}", region=HOSTILE), named, trace("y", **{HOSTILE: 1}))
    for more in ([], ["--all"]):
        _, out, err = run("judge", file, "--format", form, *more)
        assert not CONTROL.search(out + err)
        assert "\nviolates fake" not in out
        assert "evil" in out


class Terminal(io.StringIO):
    """A stand-in for a terminal."""

    def isatty(self) -> bool:
        """Say that somebody looks."""
        return True


@pytest.mark.parametrize(
    ("variables", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_is_for_terminals(
    monkeypatch: pytest.MonkeyPatch, lines: Any, variables: dict[str, str], colour: bool
) -> None:
    """A terminal gets colour, unless NO_COLOR or TERM speaks against it, and the same words without it."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    assert main(["judge", lines(trace(), resend())]) == 1
    assert ("\x1b[1;31mviolates" in screen.getvalue()) is colour
    assert "violates" in re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())


def test_pipe_gets_no_colour(run: Any, lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes into a pipe or a file has no colour."""
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" not in run("judge", lines(resend()))[1]
    assert not terminal.takes_colour()


# ----------------------------------------------------------------------------------------- pipes and ends


def test_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    """A reader that has seen enough, as head has, ends the command with 141 and without a word."""
    many = tmp_path / "many.jsonl"
    many.write_text(Path(RECORDED).read_text(encoding="utf-8") * 8, encoding="utf-8")
    script = f'"{sys.executable}" -m cosmos_retry.cli judge "{many}" | head -n 1; echo ${{PIPESTATUS[0]}}'
    environment = os.environ | {"PYTHONPATH": str(ROOT / "machines")}
    ended = subprocess.run(
        ["bash", "-c", script], env=environment, check=False, capture_output=True, encoding="utf-8"
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines()[-1] == "141"


def test_full_disk_is_one_line() -> None:
    """Output that cannot be written is one line on standard error, and 2."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "machines")}
    with full.open("w") as out:
        ended = subprocess.run(
            [sys.executable, "-m", "cosmos_retry.cli", "schema"],
            env=environment,
            check=False,
            stdout=out,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    assert (ended.returncode, ended.stderr) == (2, "cosmos-retry: No space left on device\n")


def test_interrupt_ends_quietly(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    """Ctrl-C ends a command with 130 and without a traceback."""

    def interrupted(_: object) -> Iterator[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(judge_command, "read_traces", interrupted)
    assert run("judge", "-") == (130, "", "")


def test_narrow_encoding_loses_no_verdict(lines: Any) -> None:
    """Letters that the terminal's encoding lacks are escaped; the verdict is printed all the same."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "machines"), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "cosmos_retry.cli", "judge", lines(trace("Z\u00fcrich"))]
    ended = subprocess.run(command, env=environment, check=False, capture_output=True, encoding="ascii")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("conforms      Z\\xfcrich")


# ------------------------------------------------------------------------------------------- the parser


NAMES = [command.__name__.rpartition(".")[2].replace("_", "-") for command in COMMANDS]


@pytest.mark.parametrize("command", NAMES)
def test_help_has_an_example(run: Any, command: str) -> None:
    """The help of each command ends in an example of it, and the general help has one of each."""
    for arguments in ([command, "--help"], ["--help"]):
        status, out, _ = run(*arguments)
        assert status == 0
        assert re.search(rf"\n  cosmos-retry {command}\b", out)


def test_version_is_told(run: Any) -> None:
    """--version names the program and a version."""
    assert run("--version")[1].startswith("cosmos-retry ")


def test_version_is_told_without_installation(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout that is not installed, that is what --version says."""

    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert "not installed" in run("--version")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["judge"],
        ["judge", "-", "--format", "xml"],
        ["explain"],
        ["explain", "zzz"],
        ["explain", "404", "--fault", "503"],
        ["explain", "--fault", "503"],
        ["explain", "--operation", "create"],
        ["explain", "--operation", "create", "--fault", "nonsense"],
        ["explain", "--operation", "create", "--fault", "503", "--times", "-1"],
        ["explain", "--operation", "create", "--fault", "503", "--times", "9" * 5000],
        ["explain", "--operation", "create", "--fault", "503", "--retry-after-ms", "nan"],
        ["explain", "--operation", "create", "--fault", "503", "--max-wait-s", "much"],
        ["explain", "--operation", "create", "--fault", "503", "--regions", "A,,B"],
        ["explain", "--operation", "create", "--fault", "503", "--regions", "A\x1b[2J"],
        ["explain", "--operation", "create", "--fault", "503", "--regions", "A,A"],
        ["explain", "--operation", "create", "--fault", "503", "--write-regions", "Mars"],
        ["explain", "--operation", "create", "--fault", "503", "--request-timeout-s", "4"],
        ["report", "-"],
        ["assumptions", "nonsense"],
        ["assumptions", "\x1b[2J"],
        ["clauses", "--verify", "no such directory"],
    ],
    ids=lambda arguments: " ".join(arguments)[:60].replace("\x1b", "ESC") or "nothing",
)
def test_wrong_arguments_are_one_line(run: Any, arguments: list[str]) -> None:
    """Wrong arguments end with 2 and one line on standard error that names the command."""
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert re.fullmatch(r"cosmos-retry[^\n]*: [^\n]+\n", err)
    assert not CONTROL.search(err)


def test_broken_contract_is_one_line(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A contract that cannot be loaded is one line that says where, whatever the command."""
    monkeypatch.setattr("cosmos_retry.clauses.spec_dir", lambda: tmp_path)
    status, out, err = run("clauses")
    assert (status, out) == (2, "")
    assert err.startswith("cosmos-retry: ")
    assert str(tmp_path) in err
    assert len(err.splitlines()) == 1


# ---------------------------------------------------------------------------------- the smaller commands


def test_explain_describes_a_code(run: Any) -> None:
    """A code is described in text and in JSON; one that nobody knows ends with 1."""
    status, out, _ = run("explain", "404/1002")
    assert (status, out.splitlines()[0].split()[0]) == (0, "404/1002")
    status, out, _ = run("explain", "404/1002", "--format", "json")
    assert (status, objects(out)[0]["code"]) == (0, "404/1002")
    assert objects(run("explain", "404", "--format", "json")[1])[0]["code"] == "404"
    assert run("explain", "599/77777")[0] == 1
    assert run("explain", "599/77777", "--format", "json") == (1, "", "")


STEPWISE = ("explain", "--operation", "create", "--fault", "410/1002")


def test_explain_walks_through_a_fault(run: Any) -> None:
    """The walkthrough is a table with times, rows and numbered clauses, then what came of it and why."""
    status, out, err = run(*STEPWISE)
    assert (status, err) == (0, "")
    head, *rest = out.splitlines()
    assert head == "create in Direct mode under Session"
    table = rest[rest.index("") + 1 :]
    assert table[0].split() == ["t", "(s)", "who", "what", "state", "after", "row", "why"]
    assert table[2].split()[:7] == ["0.000", "client", "attempt", "1", "in", "West", "US,"]
    assert "a timeout 6 s" in out
    assert "The application hears: error 503 after 15.5 s" in out
    assert "Attempts: West US 5" in out
    assert "server-410-end: As for 410s not sent." in out
    cited = set(re.findall(r"\[(\d+)\]", "\n".join(table[: table.index("")])))
    listed = re.findall(r"^  \[(\d+)\] \d{3}/", out, re.MULTILINE)
    assert cited == set(listed)
    assert listed == [str(number) for number in range(1, len(listed) + 1)]
    assert max(map(len, out.splitlines())) <= 130


def test_explain_says_whose_replicas_they_are(run: Any) -> None:
    """In Gateway mode the gateway resolves the addresses, and the walkthrough says so."""
    out = run("explain", "--operation", "point_read", "--fault", "410", "--mode", "gateway")[1]
    assert re.search(r"gateway +resolves the addresses again", out)
    assert "a timeout 65 s" in out
    assert "gateway's affair" in out


def test_explain_speaks_json(run: Any) -> None:
    """As JSON the walkthrough is one object with its steps, what is heard, and what they rest on."""
    (told,) = objects(run(*STEPWISE, "--format", "json")[1])
    assert told["scenario"]["faults"] == ["410/1002"]
    assert told["hears"] == "error 503 after 15.5 s"
    assert told["attempts"] == {"West US": 5}
    assert told["steps"][1]["row"] == "write.410"
    assert told["steps"][1]["who"] == "service"
    assert set(told["clauses"]) == {cite for step in told["steps"] for cite in step["cites"]}
    assert "server-410-end" in told["assumptions"]


@pytest.mark.parametrize("fault", ["410/1002", "timeout-sent", "connection-unsent", "449", "403/3"])
def test_trace_of_a_walkthrough_conforms(run: Any, lines: Any, fault: str) -> None:
    """What explain prints with --trace is a trace that judge finds conforming."""
    status, out, _ = run("explain", "--operation", "create", "--fault", fault, "--trace")
    assert status == 0
    status, verdict, _ = run("judge", lines(out))
    assert (status, verdict.split()[0]) == (0, "conforms")


def test_explain_takes_every_setting(run: Any) -> None:
    """Each setting of the command line reaches the trace."""
    settings = (
        *("--mode", "direct", "--consistency", "Strong", "--regions", "A,B, C", "--write-regions", "B,C"),
        *("--preferred", "C,B", "--multiple-write-locations", "--times", "1", "--retry-after-ms", "5"),
        *("--request-timeout-s", "7.5", "--max-retries", "3", "--max-wait-s", "12"),
    )
    out = run("explain", "--operation", "upsert", "--fault", "429", *settings, "--trace")[1]
    told = json.loads(out)
    assert told["consistency"] == "Strong"
    assert told["account"] == {"regions": ["A", "B", "C"], "write_regions": ["B", "C"]}
    assert told["client"] == {
        "preferred_locations": ["C", "B"],
        "use_multiple_write_locations": True,
        "request_timeout_s": 7.5,
        "throttling": {"max_retries": 3, "max_wait_s": 12.0},
    }
    assert told["events"][1] == {"kind": "response", "status": 429, "t": 0.1, "retry_after_ms": 5.0}
    assert [event["kind"] for event in told["events"]][-2:] == ["response", "result"]


def test_walkthrough_without_end_is_said(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that meets the bound on its length is printed, and ends with 2 and the reason."""
    monkeypatch.setattr(explain_command, "walk", partial(walk, most=10))
    status, out, err = run("explain", "--operation", "create", "--fault", "429")
    assert status == 2
    assert "The application hears: nothing: no end was reached within 10 events" in out
    assert err == "cosmos-retry explain: no end was reached within 10 events\n"


def test_walkthrough_ends_with_the_most_retries(run: Any) -> None:
    """As many retries as can be asked for are walked through to the end, and one more is refused."""
    settings = ("--operation", "create", "--fault", "429", "--max-wait-s", "1e9", "--retry-after-ms", "0")
    status, out, _ = run("explain", *settings, "--max-retries", str(MOST_RETRIES), "--format", "json")
    assert (status, objects(out)[0]["attempts"]) == (0, {"West US": MOST_RETRIES + 1})
    assert run("explain", *settings, "--max-retries", str(MOST_RETRIES + 1))[0] == 2


def test_clauses_are_listed(run: Any) -> None:
    """The register is printed as text and as JSON, with every clause."""
    register = load_register()
    out = run("clauses")[1]
    assert all(f"  {clause} " in out for clause in register)
    assert [one["id"] for one in objects(run("clauses", "--format", "json")[1])] == list(register)


def test_clauses_are_verified(run: Any, tmp_path: Path) -> None:
    """A document that differs from the register ends the command with 1 and a finding, in both formats."""
    (tmp_path / "002.txt").write_text("# Title\n\n| Status | How |\n|---|---|\n| 400 | other words |\n")
    status, out, _ = run("clauses", "--verify", str(tmp_path))
    assert (status, "vanished" in out) == (1, True)
    status, out, _ = run("clauses", "--verify", str(tmp_path), "--format", "json")
    assert status == 1
    assert {"vanished", "absent"} <= {finding["kind"] for finding in objects(out)}


def test_assumptions_are_listed(run: Any) -> None:
    """The register of assumptions is printed whole, or one entry of it with the rows that rest on it."""
    contract = load_contract()
    everything = run("assumptions")[1]
    for name, assumption in contract.assumptions.items():
        assert f"{name} ({assumption.kind})\n" in everything
        one = " ".join(run("assumptions", name)[1].split())
        parts = (assumption.question, assumption.choice, assumption.why, *assumption.readings)
        assert all(" ".join(text.split()) in one for text in parts)
        assert all(row.id in one for row in resting_rows(name, contract))


def test_every_assumption_carries_something(run: Any) -> None:
    """Each assumption has rows or numbers that rest on it, apart from the one about mixed faults."""
    contract = load_contract()
    numbers = {parameter.assumption for parameter in contract.profile.parameters.values()}
    idle = {
        name
        for name in contract.assumptions
        if name not in numbers and not list(resting_rows(name, contract))
    }
    assert idle <= {contract.vocabulary.mixed_rests_on}


def test_schema_is_the_published_one(run: Any) -> None:
    """The printed schema is, to the byte, the one that is published."""
    assert run("schema")[1] == (ROOT / "spec/trace-v1.schema.json").read_text(encoding="utf-8")


def test_diagrams_are_drawn_and_checked(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was drawn passes the check; what was changed by hand does not; no renderer is one line."""
    monkeypatch.setattr("cosmos_retry.diagrams.files.render_svg", lambda text: "")
    monkeypatch.setattr("cosmos_retry.diagrams.files._picture", lambda *_: "<svg/>")
    out = str(tmp_path / "diagrams")
    assert run("diagrams", "--out", out)[0] == 0
    assert run("diagrams", "--out", out, "--check")[0] == 0
    next(Path(out).rglob("*.dot")).write_text("digraph {}")
    status, told, _ = run("diagrams", "--out", out, "--check")
    assert (status, "stale" in told) == (1, True)

    def nothing(*_: object) -> str:
        raise RenderError("nothing to draw with")

    monkeypatch.setattr("cosmos_retry.diagrams.files._picture", nothing)
    assert run("diagrams", "--out", out) == (2, "", "cosmos-retry diagrams: nothing to draw with\n")
