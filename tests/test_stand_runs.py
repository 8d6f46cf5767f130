"""The stand with wrong clients on it, with runs that are cut off, and with wrong input."""

import asyncio
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="the stand needs aiohttp: the extra `stand`")

from cosmos_retry import judge
from cosmos_retry.cli import main
from cosmos_retry.gateway import Gateway
from cosmos_retry.gateway import gateway as gateway_module
from cosmos_retry.stand import clients, trial
from cosmos_retry.stand.lane import Run
from cosmos_retry.stand.product import scenario, scenarios
from cosmos_retry.stand.record import Made, Record
from cosmos_retry.stand.running import run
from cosmos_retry.stand.store import read_records
from cosmos_retry.trace import Error, Result
from processes import needs_proc, processes
from stand_running import ADAPTER, PAGE, only, regions, stand, tiny

# -------------------------------------------------------------------------------------------- wrong clients

pytestmark = pytest.mark.thorough
GHOSTS = ("hang-applied-create-sw-2r", "close-create-sw-2r", "408.0-create-sw-2r")


def test_a_client_that_sends_a_create_again_is_caught(tmp_path: Path) -> None:
    """It violates the contract and duplicates; where it got its answer, it is not accused."""
    status, found = tiny(tmp_path, "resends", *GHOSTS)
    assert status == 0
    for name in GHOSTS:
        record = found[name]
        assert record.trace is not None
        assert record.writes is not None
        caught = name != "408.0-create-sw-2r"
        assert record.writes.findings == (["duplicated"] if caught else [])
        assert record.writes.duplicated == ("delivered" if caught else None)
        assert (judge(record.trace).verdict == "violates") == caught


def test_a_client_that_reports_what_it_never_had_is_caught(tmp_path: Path) -> None:
    """A success without an applied write is lost; one that was applied in truth is not."""
    _, found = tiny(tmp_path, "liar", *GHOSTS)
    lost = {name: record.writes.findings for name, record in found.items() if record.writes is not None}
    assert lost == {
        "hang-applied-create-sw-2r": [],
        "close-create-sw-2r": ["lost"],
        "408.0-create-sw-2r": ["lost"],
    }
    assert all(
        record.trace is not None and judge(record.trace).verdict == "violates" for record in found.values()
    )


@pytest.mark.parametrize("way", ["honest", "blind"])
def test_an_honest_client_is_not_accused(way: str, tmp_path: Path) -> None:
    """Neither with attempts of its own nor as the gateway saw it."""
    _, found = tiny(tmp_path, way, *GHOSTS)
    for record in found.values():
        assert record.trace is not None
        assert record.writes is not None
        assert (record.problem, record.writes.findings, record.writes.delivered) == (None, [], 1)
        assert judge(record.trace).verdict == ("conforms" if way == "honest" else judge(record.trace).verdict)
        assert judge(record.trace).verdict != "violates"


@pytest.mark.parametrize(
    ("way", "problem"),
    [
        ("hangs", "said nothing for 1 s"),
        ("dies", "ended with status 7: out of luck"),
        ("rubbish", "printed '{no json'"),
        ("talks", "answered with ready"),
        ("floods", "answered with ready"),
        ("muddled", "what the client told makes no trace"),
        ("idle", "made no attempt: Tired"),
        ("honest", "this client knows no delete"),
    ],
)
def test_whatever_an_adapter_does_the_run_goes_on(way: str, problem: str, tmp_path: Path) -> None:
    """Each scenario is recorded with its problem, and the exit status is 1."""
    ids = ("400.0-create-sw-2r", "409.0-create-sw-2r") if way != "honest" else ("408.0-delete-sw-2r",)
    status, found = tiny(tmp_path, way, *ids)
    assert (status, set(found)) == (1, set(ids))
    assert [problem in (record.problem or "") for record in found.values()] == [True] * len(ids)


def test_a_client_that_was_killed_is_started_again(tmp_path: Path) -> None:
    """A process that is gone once costs nothing: its scenario is run again in a new one."""
    status, found = tiny(tmp_path, f"mortal {tmp_path / 'died'}", "400.0-create-sw-2r")
    assert (tmp_path / "died").exists()
    assert (status, found["400.0-create-sw-2r"].problem) == (0, None)


def test_a_gateway_that_is_gone_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop of the gateway is stopped between two scenarios, and both are recorded whole."""
    monkeypatch.setattr(gateway_module, "_PATIENCE_S", 0.5)
    monkeypatch.setattr(trial, "_LONGEST_S", 1.0)
    hold = trial.hold
    stopped: list[Gateway] = []

    def stop_first(gateway, *given):  # type: ignore[no-untyped-def]
        if not stopped:
            stopped.append(gateway)
            gateway._loop.call_soon_threadsafe(gateway._loop.stop)
            gateway._thread.join()
        return hold(gateway, *given)

    monkeypatch.setattr("cosmos_retry.stand.lane.hold", stop_first)
    client = clients.adapter("tiny", (sys.executable, str(ADAPTER), "honest"))
    found: list[Record] = []
    ids = [scenario("sw-2r", "Session", "create", fault, None) for fault in ("400.0", "409.0")]
    run(Run(client), Made("tiny", "1", ""), ids, found.append)
    assert [record.problem for record in found] == [None, None]
    loop = stopped[0]._loop  # what was asked of it in vain happens now, and then it gives its ports back
    for last in (asyncio.sleep(0.05), stopped[0]._house.leave(), asyncio.sleep(0.05)):
        loop.run_until_complete(last)
    loop.close()


def test_the_adapter_on_the_page_is_one(tmp_path: Path) -> None:
    """The example of spec/stand.md runs: it tries a read twice, and says so of what it cannot do."""
    page = PAGE.read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "my_adapter.py"
    path.write_text(example, encoding="utf-8")
    command = shlex.join([sys.executable, str(path)])
    names = ["503.0-read-sw-2r-x1", "404.0-read-sw-2r", "404.0-query-sw-2r"]
    _, found = stand(tmp_path, "--adapter", command, "--name", "mine", *only(*names))
    ends = [found[name].trace for name in names[:2]]
    assert [len(regions(trace)) for trace in ends] == [2, 1]
    assert [type(trace.events[-1]) for trace in ends if trace is not None] == [Result, Error]
    assert "this client knows no query" in (found[names[2]].problem or "")


# ------------------------------------------------------------------------------------------- runs that end


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_client_behind(number: signal.Signals, tmp_path: Path) -> None:
    """A client that hangs ends with the run that started it."""
    adapter = shlex.join([sys.executable, str(ADAPTER), "hangs", str(tmp_path)])
    given = ["--adapter", adapter, "--name", "tiny", "--only", "400.0-create-sw-2r", "--jobs", "1"]
    command = [sys.executable, "-m", "cosmos_retry.cli", "stand", "--out", str(tmp_path / "out"), *given]

    def clients() -> list[int]:
        mine = f"hangs {tmp_path}"
        return [
            one.number for one in processes() if mine in one.command and "cosmos_retry" not in one.command
        ]

    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while not (tmp_path / "out" / "tiny-1_0_beta").exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert clients()
    os.kill(running.pid, number)
    assert running.wait(20) == 128 + number
    assert not clients()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed otherwise here")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_killed_goes_on_where_it_was(number: signal.Signals, tmp_path: Path) -> None:
    """What was recorded stays, can be read, and is not run again; the second start runs the rest."""
    adapter = shlex.join([sys.executable, str(ADAPTER), "slow"])
    given = ["--adapter", adapter, "--name", "tiny", "--only", "4*-create-sw-2r", "--jobs", "2"]
    command = [sys.executable, "-m", "cosmos_retry.cli", "stand", "--out", str(tmp_path), *given]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    path = tmp_path / "tiny-1_0_beta" / "records.jsonl"
    end = time.monotonic() + 30
    while (not path.exists() or path.read_bytes().count(b"\n") < 3) and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(running.pid, number)
    assert running.wait(20) == (-number if number == signal.SIGKILL else 128 + number)
    before = read_records(path)
    expected = {one.id for one in scenarios() if re.fullmatch(r"4.*-create-sw-2r", one.id)}
    assert 3 <= len(before) < len(expected)
    with path.open("ab") as file:
        file.write(b'{"torn')
    status, after = stand(tmp_path, *given)
    assert (status, set(after)) == (0, expected)
    assert {name: after[name] for name in before} == before


# --------------------------------------------------------------------------------------------- wrong input


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "name a client"),
        (["--adapter", "x"], "--adapter and --name go together"),
        (["--adapter", "x", "--name", "a/b"], "cannot be the name of a folder"),
        (["--adapter", "'", "--name", "a"], "--adapter: No closing quotation"),
        (["--client", "azure-cosmos-sync", "--only", "nothing"], "there is no such scenario"),
        (["--client", "azure-cosmos-sync", "--jobs", "0"], "argument --jobs: '0' is not permitted"),
        (["--client", "azure-cosmos-sync", "--scenarios", "not/there"], "not/there: No such file"),
        (["--client-version", "1", "--adapter", "x", "--name", "a"], "goes with one --client"),
    ],
)
def test_wrong_arguments_get_one_line(
    arguments: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status is 2, and the line says what is wrong."""
    assert main(["stand", "--out", str(tmp_path), *arguments]) == 2
    said = capsys.readouterr().err
    assert reason in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--adapter", "/no/such/program", "--name", "mine"],
        ["--client", "azure-cosmos-sync", "--client-version", "../1"],
    ],
)
def test_a_client_that_cannot_be_had_gets_one_line(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status is 3."""
    assert main(["stand", "--out", str(tmp_path), *arguments, "--only", "400.0-read-sw-2r"]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_a_bad_scenario_costs_only_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its line is on standard error, the exit status is 2, and the other scenario is recorded."""
    account = {"regions": ["A"], "write_regions": ["A"]}
    good = {"id": "good", "op": "create", "account": account}
    path = tmp_path / "two.jsonl"
    path.write_text(json.dumps({**good, "op": "jump"}) + "\n" + json.dumps(good) + "\n")
    status, found = stand(
        tmp_path,
        *("--adapter", shlex.join([sys.executable, str(ADAPTER), "honest"]), "--name", "tiny"),
        *("--scenarios", str(path)),
    )
    assert (status, list(found)) == (2, ["good"])
    assert f"{path}:1: $.op: 'jump' is none of" in capsys.readouterr().err


def test_the_scenarios_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """One id a line, and nothing is run."""
    assert main(["stand", "--list", "--only", "hang-create-*"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "hang-create-sw-2r"
