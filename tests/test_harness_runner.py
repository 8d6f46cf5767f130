"""The runner: files that it must refuse, vectors that wrong clients fail, and what it tells of them."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from cosmos_retry.cli import main
from cosmos_retry.contract import load_contract
from cosmos_retry.harness.files import BadVectors, read_vectors, vectors_dir
from cosmos_retry.harness.running import Plan, run_here
from cosmos_retry.trace import Account
from cosmos_retry.vectors.telling import tell
from cosmos_retry.vectors.vector import Breakdown, Ending, Reply, Vector, VectorFile
from processes import Process, needs_proc, processes

HERE = Path(__file__).parent
RUNNER = HERE / "vectors" / "runner"
INDEX = json.loads((RUNNER / "index.json").read_text(encoding="utf-8"))
EXAMPLE = HERE.parent / "examples" / "python" / "runner.py"
HOSTILE = HERE / "hostile.py"
CLIENT = (sys.executable, str(EXAMPLE))
NASTY = 'a <b> & "c" \x1b[31m \ud800 ]]> \u00e9'
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command and returns its status and what it wrote."""

    def command(*arguments: object) -> tuple[int, str, str]:
        status = main([str(one) for one in arguments])
        return status, *capsys.readouterr()

    return command


def vector(name: str, *endings: Ending, operation: str = "create", mode: str = "direct") -> Vector:
    """Return a vector in an account with one write region."""
    return Vector(
        id=name,
        about="What it is about.",
        operation=operation,  # type: ignore[arg-type]
        mode=mode,  # type: ignore[arg-type]
        consistency="Session",
        account=Account(regions=["West US", "East US"], write_regions=["West US"]),
        endings=list(endings),
        turns=[],
        verdict="conforms",
    )


LOST = vector("lost", Breakdown(1, "timeout", True, 6))
QUIET = vector("quiet", Reply(1, 413, 0.1))
GONE = vector("gone", Reply(1, 410, 0.1), Reply(2, 410, 0.1))
READ = vector("read", Reply(1, 429, 0.1, retry_after_ms=50), operation="point_read", mode="gateway")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a directory with two files of vectors and their index."""
    for lifecycle, some in {"write": [LOST, QUIET, GONE], "point_read": [READ]}.items():
        held = VectorFile(1, lifecycle, {}, some)
        (tmp_path / f"{lifecycle}.json").write_bytes(msgspec.json.encode(held))
    (tmp_path / "index.json").write_text("{}")
    return tmp_path


# -------------------------------------------------------------------------------- files to be refused


@pytest.mark.parametrize("case", INDEX["refuse"], ids=lambda case: Path(case["file"]).stem)
def test_a_file_that_is_none_is_refused(case: dict[str, str], run: Run) -> None:
    """A file of vectors that is not what it must be is refused with its name, the place and a reason."""
    with pytest.raises(BadVectors) as caught:
        read_vectors(RUNNER / case["file"])
    assert caught.value.place == case["place"]
    assert caught.value.reason
    status, out, err = run("run-vectors", "--vectors", RUNNER / case["file"], "--", *CLIENT)
    assert (status, out) == (2, "")
    assert err == f"cosmos-retry run-vectors: {caught.value}\n"
    assert err.count("\n") == 1


def test_the_index_names_every_file_that_is_to_be_refused() -> None:
    """No file lies there for nothing, and each is there for a reason of its own."""
    named = [case["file"] for case in INDEX["refuse"]]
    lying = [path.relative_to(RUNNER).as_posix() for path in (RUNNER / "refuse").iterdir()]
    assert sorted(named) == sorted(lying)
    assert len({case["why"] for case in INDEX["refuse"]}) == len(named)


# ----------------------------------------------------------------- clients to be passed and to be failed


PLAYS = [pytest.param(n, one, id=f"{one['vector']}-{one['name']}") for n, one in enumerate(INDEX["play"])]


@pytest.mark.parametrize(("number", "case"), PLAYS)
def test_a_client_comes_to_its_outcome(number: int, case: dict[str, Any]) -> None:
    """A right client passes, a wrong one fails at the move that is wrong, by its row and its clauses."""
    found = [one for one in read_vectors(RUNNER / INDEX["vectors"]) if one.vector.id == case["vector"]]
    command = (sys.executable, str(HERE / "scripted.py"), str(RUNNER / "index.json"), str(number))
    ran = run_here(found * 2, Plan(command, timeout_s=60, restarts=0))
    assert len({(one.outcome, one.reason) for one in ran.outcomes}) == 1
    outcome = ran.outcomes[0]
    assert (outcome.outcome, outcome.broken) == (case["outcome"], False)
    assert [one.number for one in outcome.judged] == ([case["at"]] if "at" in case else [])
    for judged in outcome.judged:
        assert case["row"] in judged.rows
        assert {*case.get("cites", ())} <= {*judged.cites}
        assert judged.permitted or not judged.violates


def test_the_clients_are_of_every_kind() -> None:
    """Each vector has a client that passes and one that does not, and each client a name of its own."""
    for name in {one["vector"] for one in INDEX["play"]}:
        outcomes = {one["outcome"] for one in INDEX["play"] if one["vector"] == name}
        assert "passed" in outcomes
        assert outcomes - {"passed"}
    assert len({(one["vector"], one["name"]) for one in INDEX["play"]}) == len(INDEX["play"])
    assert {one["outcome"] for one in INDEX["play"]} == {"passed", "failed", "unspecified"}
    assert {one.vector.id for one in read_vectors(RUNNER / INDEX["vectors"])} == {
        one["vector"] for one in INDEX["play"]
    }


def test_the_vectors_say_what_the_contract_says() -> None:
    """Told anew from their runs, the vectors are the same: a runner without an oracle can use them."""
    contract = load_contract()
    for found in read_vectors(RUNNER / INDEX["vectors"]):
        vector = found.vector
        told = tell(contract, found.lifecycle, vector.config, vector.events)
        assert told is not None
        assert (list(told.turns), told.verdict) == (vector.turns, vector.verdict)
        assert sorted(told.endings, key=lambda one: one.attempt) == vector.endings


# -------------------------------------------------------------------------------- where vectors lie


def test_vectors_lie_in_the_package_or_in_the_checkout(tmp_path: Path) -> None:
    """The vectors inside a package come before those of a checkout around it; without any, that is told."""
    package = tmp_path / "src" / "cosmos_retry"
    package.mkdir(parents=True)
    with pytest.raises(BadVectors, match="no vectors"):
        vectors_dir(package)
    (tmp_path / "tests/vectors/v1").mkdir(parents=True)
    assert vectors_dir(package) == tmp_path / "tests/vectors/v1"
    (package / "vectors/v1").mkdir(parents=True)
    assert vectors_dir(package) == package / "vectors/v1"


# ------------------------------------------------------------------------------------ what is told


def test_a_right_client_passes(run: Run, place: Path) -> None:
    """Where all is well there is a table and a count, and the status is 0."""
    status, out, err = run("run-vectors", "--vectors", place, "--strict", "--", *CLIENT)
    assert (status, err) == (0, "")
    assert out.splitlines()[:6] == [
        "example-python 1",
        "lifecycle   fault          passed  failed  unspecified  skipped",
        "point_read  429                 1",
        "write       410                 1",
        "write       413                 1",
        "write       timeout, sent       1",
    ]
    assert "4 passed, 0 failed, 0 unspecified, 0 skipped" in out


def test_a_failure_is_explained(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure shows the vector, the move, its clause in a sentence, what was permitted, what happened."""
    monkeypatch.setenv("BUG", "resends-a-delivered-write")
    status, out, _ = run("run-vectors", "--vectors", place, "--", *CLIENT)
    assert status == 1
    said = load_contract().clauses["002/410/write/client/sent/no-retry"].says
    for part in (
        "FAILED  lost  (write, timeout, sent)",
        "  What it is about.",
        "event 3: attempt in West US at 7 s: The write was sent over the wire",
        f"  002/410/write/client/sent/no-retry: {said}",
        "  permitted instead: error 408, from 6 s [write.sent.timeout.surface]",
        "    2. 6 s: attempt 1 failed: timeout, sent",
        "3 passed, 1 failed, 0 unspecified, 0 skipped",
    ):
        assert part in out, part


def test_only_some_vectors_are_played(run: Run, place: Path, tmp_path: Path) -> None:
    """A pattern picks vectors by their ids; one that picks none, and a place without any, is an error."""
    _, out, _ = run("run-vectors", "--vectors", place, "--only", "[lq]*", "--", *CLIENT)
    assert "2 vectors in" in out
    _, out, _ = run("run-vectors", "--vectors", place / "point_read.json", "--", *CLIENT)
    assert "1 vector in" in out
    assert run("run-vectors", "--vectors", place, "--only", "x*", "--", *CLIENT)[0] == 2
    for nowhere in (tmp_path / "nothing", tmp_path / "nothing.json", tmp_path / "index.json"):
        status, _, err = run("run-vectors", "--vectors", nowhere, "--", *CLIENT)
        assert (status, err.count("\n")) == (2, 1)


@pytest.mark.parametrize(("strict", "status"), [((), 0), (("--strict",), 1)])
def test_where_the_documents_are_silent(run: Run, place: Path, strict: tuple[str, ...], status: int) -> None:
    """A move on which the documents do not speak counts apart, and as a failure if one wants it so."""
    program = f"""
import json, sys
moves = [["attempt", 0, "region"], ["wait"], ["attempt", 1, "region"], ["wait"], ["result", 1.01, "status"]]
left = []
for line in sys.stdin:
    kind = json.loads(line)["kind"]
    if kind == "bye":
        break
    if kind == "begin":
        left = [*{[["attempt", 0], ["wait"], ["attempt", 1], ["wait"], ["result", 1.01]]!r}]
    if kind in ("begin", "next"):
        name, *t = left.pop(0)
        said = {{"kind": name}} | ({{"t": t[0]}} if t else {{}})
        said |= {{"attempt": {{"region": "West US"}}, "result": {{"status": 201}}}}.get(name, {{}})
    else:
        said = {{"hello": {{"kind": "hello", "protocol": 1, "name": "x"}}, "over": {{"kind": "ready"}}}}[kind]
    print(json.dumps(said), flush=True)
"""
    found = run(
        "run-vectors", "--vectors", place, "--only", "quiet", *strict, "--", sys.executable, "-c", program
    )
    assert found[0] == status
    assert "0 passed, 0 failed, 1 unspecified, 0 skipped" in found[1]
    assert ("the documents do not say" in found[1] or "all.quiet.retry" in found[1]) == bool(strict)


def test_several_programs_at_once_come_to_the_same(run: Run, place: Path, tmp_path: Path) -> None:
    """With `--jobs` the outcomes are the same and stand in the same order."""
    told = []
    for jobs in (1, 2, 9):
        file = tmp_path / f"{jobs}.out"
        assert run("run-vectors", "--vectors", place, "--jobs", jobs, "--json", file, "--", *CLIENT)[0] == 0
        told.append([(one["id"], one["outcome"]) for one in json.loads(file.read_text())["outcomes"]])
    assert told[0] == told[1] == told[2]
    assert len(told[0]) == 4


def test_json_and_junit_say_the_same(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both files hold every vector; in JUnit XML a violation is a failure, with its clause in the text."""
    monkeypatch.setenv("BUG", "no-address-refresh")
    files = tmp_path / "a.out", tmp_path / "b.out"
    status, *_ = run(
        "run-vectors", "--vectors", place, "--json", files[0], "--junit", files[1], "--", *CLIENT
    )
    assert status == 1
    told = json.loads(files[0].read_text(encoding="utf-8"))
    assert {key: told[key] for key in ("version", "vectors", "passed", "failed", "skipped", "restarts")} == {
        "version": 1,
        "vectors": 4,
        "passed": 3,
        "failed": 1,
        "skipped": 0,
        "restarts": 0,
    }
    assert told["program"] == {"name": "example-python no-address-refresh", "version": "1"}
    bad = next(one for one in told["outcomes"] if one["outcome"] == "failed")
    assert (bad["id"], bad["judged"][0]["verdict"]) == ("gone", "violates")
    assert "002/410/write/server/refresh-retry" in bad["judged"][0]["cites"]
    root = ElementTree.parse(files[1]).getroot()
    assert [(one.get("name"), one.get("tests"), one.get("failures")) for one in root] == [
        ("point_read", "1", "0"),
        ("write", "3", "1"),
    ]
    failure = next(root.iter("failure"))
    assert failure.get("message") == bad["reason"]
    assert "002/410/write/server/refresh-retry: " in (failure.text or "")


def test_nothing_in_a_name_breaks_a_report(run: Run, tmp_path: Path) -> None:
    """Whatever stands in a vector or in what a program says of itself, the reports are well-formed."""
    name = NASTY.replace("\ud800", "")
    odd = msgspec.structs.replace(QUIET, id=name, about=name)
    (tmp_path / "odd.json").write_bytes(msgspec.json.encode(VectorFile(1, "write", {}, [odd])))
    hello = json.dumps({"kind": "hello", "protocol": 1, "name": name})
    program = f"print({hello!r}, flush=True); input(); input(); print({NASTY!a})"
    files = tmp_path / "a.out", tmp_path / "b.out"
    status, out, err = run(
        "run-vectors",
        "--vectors",
        tmp_path / "odd.json",
        "--restarts",
        0,
        "--json",
        files[0],
        "--junit",
        files[1],
        "--",
        sys.executable,
        "-X",
        "utf8",
        "-c",
        program,
    )
    assert (status, err) == (1, "")
    assert "\x1b" not in out
    root = ElementTree.parse(files[1]).getroot()
    case = next(root.iter("testcase"))
    assert case.get("name") == name.replace("\x1b", "\\x1b")
    assert next(case.iter("error")).text
    assert json.loads(files[0].read_text())["outcomes"][0]["id"] == name


# ------------------------------------------------------------------------------- runs that are none


def test_a_run_that_could_not_be_done(run: Run, place: Path) -> None:
    """No program, one that plays nothing, or one that breaks too often: one line says so, with 2."""
    hello = json.dumps({"kind": "hello", "protocol": 1, "name": "x", "modes": []})
    nobody = f"print({hello!r}, flush=True); input(); input()"
    for command, options, reason in (
        (["/no/such/program"], [], "/no/such/program: cannot be started: No such file or directory"),
        (
            [sys.executable, "-c", "print('{}')"],
            [],
            "which is no message: Object missing required field `kind`",
        ),
        ([sys.executable, "-c", nobody], [], "the program supports none of these vectors"),
        (
            [sys.executable, "-I", "-S", HOSTILE, "end", "wait"],
            ["--restarts", 0, "--vectors", place / "b.json"],
            "the program broke, and was started again 0 times",
        ),
    ):
        some = [msgspec.structs.replace(READ, id="b"), msgspec.structs.replace(READ, id="b2")]
        (place / "b.json").write_bytes(msgspec.json.encode(VectorFile(1, "point_read", {}, some)))
        status, _, err = run("run-vectors", "--vectors", place, *options, "--", *command)
        assert (status, err.count("\n")) == (2, 1)
        assert reason in err


@pytest.mark.parametrize(
    "options",
    [["--jobs", 0], ["--timeout", 0], ["--timeout", "nan"], ["--restarts", -1], ["--memory", 0], ["--what"]],
)
def test_wrong_options_are_told_in_one_line(run: Run, options: list[object]) -> None:
    """An option that cannot be is refused in one line, with 2."""
    status, out, err = run("run-vectors", *options, "--", "true")
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_the_memory_of_a_program_is_limited(run: Run, place: Path) -> None:
    """A program that takes more than `--memory` gets none, and what it says of that is shown."""
    pytest.importorskip("resource")
    greedy = "input(); x = bytearray(1 << 30)"
    status, _, err = run(
        "run-vectors", "--vectors", place, "--memory", 512, "--", sys.executable, "-c", greedy
    )
    assert status == 2
    assert "MemoryError" in err


@needs_proc
@pytest.mark.parametrize("jobs", [1, 2])
def test_the_command_ends_what_it_started(place: Path, jobs: int) -> None:
    """Interrupted, the command ends with its programs, and says nothing of its own inside."""
    program = "import time; time.sleep(600)"
    options = ["--vectors", str(place), "--jobs", str(jobs)]
    command = [sys.executable, "-m", "cosmos_retry.cli", "run-vectors", *options, "--"]
    with subprocess.Popen(
        [*command, sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        while len(started := _sleepers(running.pid)) < jobs and running.poll() is None:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, b"", b"")
    assert len(started) == jobs
    assert not started & {one.number for one in processes()}


def _sleepers(ancestor: int) -> set[int]:
    """The programs that a command has started, by itself or in a process of its own."""
    found = processes()
    ours = {ancestor, *(one.number for one in found if one.parent == ancestor)}
    return {one.number for one in found if one.parent in ours and _sleeps(one)}


def _sleeps(one: Process) -> bool:
    return "time.sleep(600)" in one.command and "run-vectors" not in one.command
