"""`cosmos-retry gateway` plays one scene, says where, records it line by line, and ends when it should."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import gateway_talk as talk
from cosmos_retry.cli import main
from cosmos_retry.commands import gateway as command
from cosmos_retry.gateway import Place, Played
from cosmos_retry.gateway.record import Record

WEST, EAST = "West US", "East US"
ACCOUNT = {"regions": [WEST, EAST], "write_regions": [WEST]}
WAIT_S = 30


def scene(folder: Path, *faults: Any, **changes: Any) -> str:
    """A file with a scene."""
    file = folder / "scene.json"
    file.write_text(json.dumps({"account": ACCOUNT, "fault_script": faults, **changes}))
    return str(file)


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], Place]]:
    """The command in a process of its own, once it has said where it listens."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "cosmos_retry.cli", "gateway", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, Place(**json.loads(process.stdout.readline()))
        finally:
            process.kill()


def lines(file: Path) -> list[dict[str, Any]]:
    """The lines of a record."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def wait_for(file: Path, count: int) -> None:
    """Wait until a record has so many lines."""
    for _ in range(WAIT_S * 100):
        if len(lines(file)) >= count:
            return
        time.sleep(0.01)
    raise AssertionError("it was not recorded in time")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_a_whole_record(tmp_path: Path, number: signal.Signals) -> None:
    """Told to end in the middle of a hang, it writes all requests, all writes and the end; exit status 0."""
    file = tmp_path / "played.jsonl"
    fault = {"op": "create", "times": 1, "fault": {"hang": 3600, "applied": True}}
    with ExitStack() as stack:
        process, place = stack.enter_context(
            running("--scene", scene(tmp_path, fault), "--record", str(file))
        )
        assert talk.ask(place, "global", "account").status == 200
        stack.enter_context(closing(talk.begin(place, WEST, "create")))
        wait_for(file, 3)
        process.send_signal(number)
        output, errors = process.communicate(timeout=WAIT_S)
    assert (process.returncode, output) == (0, "")
    assert errors.startswith("cosmos-retry gateway: 2 requests, 1 writes applied")
    records = lines(file)
    assert [one["record"] for one in records] == ["scene", "arrival", "applied", "arrival", "played"]
    assert records[0]["fault_script"] == [fault]
    assert (records[2]["document"], records[3]["done"], records[3]["fault"]) == ("new", "hung", 0)
    assert (records[-1]["used"], records[-1]["unconsumed"]) == ([1], [])
    assert place.key not in file.read_text()


def test_a_kill_loses_no_line_that_was_written(tmp_path: Path) -> None:
    """Killed without a warning, it leaves whole lines of all that was over by then."""
    file = tmp_path / "played.jsonl"
    with running("--scene", scene(tmp_path), "--record", str(file)) as (process, place):
        for _ in range(5):
            talk.ask(place, WEST, "upsert")
        wait_for(file, 11)
        process.kill()
        process.communicate(timeout=WAIT_S)
    assert [one["record"] for one in lines(file)] == ["scene"] + ["applied", "arrival"] * 5


def test_it_ends_by_itself_and_names_what_was_not_consumed(tmp_path: Path) -> None:
    """After its time it ends with 1, and says of each unconsumed fault how often it was met, and not."""
    faults = [
        {"op": "create", "times": 2, "fault": {"status": 503}},
        {"op": "read", "region": EAST, "fault": {"close": True}},
        {"op": "create", "region": WEST, "times": 1, "fault": {"status": 429}},
    ]
    with running("--scene", scene(tmp_path, *faults), "--max-seconds", "2") as (process, place):
        for _ in range(2):
            talk.ask(place, WEST, "create")
        _, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 1
    assert errors.splitlines()[1:] == [
        "cosmos-retry gateway: not consumed: close of read in East US: met 0 times, not at least once",
        "cosmos-retry gateway: not consumed: status of create in West US: met 0 times, not 1 times",
    ]


def three_free_ports() -> int:
    """The first of three ports in a row that are free, below those that systems give out by themselves."""
    for first in range(20_000 + os.getpid() % 1000 * 3, 32_000, 3):
        with suppress(OSError), ExitStack() as stack:
            for port in range(first, first + 3):
                stack.enter_context(closing(socket.create_server(("127.0.0.1", port))))
            return first
    raise AssertionError("no three ports in a row are free")


def test_ports_follow_the_one_that_is_given(tmp_path: Path) -> None:
    """With --port the account is at that port and the regions at the next; one that is taken is an error."""
    port = three_free_ports()
    with running("--scene", scene(tmp_path), "--port", str(port)) as (_, place):
        assert talk.address(place, "global")[1] == port
        assert [talk.address(place, name)[1] for name in (WEST, EAST)] == [port + 1, port + 2]
        assert main(["gateway", "--scene", scene(tmp_path), "--port", str(port)]) == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--host", "0.0.0.0"], "'0.0.0.0' is no loopback address"),
        (["--host", "localhost"], "'localhost' is no loopback address"),
        (["--port", "65535"], "do not fit"),
        (["--port", "x"], "a whole number"),
        (["--max-seconds", "-1"], "a number from 0"),
        (["--scene", "missing.json"], "missing.json: No such file"),
        (["--record", "missing/played.jsonl"], "missing/played.jsonl: No such file"),
    ],
)
def test_a_wrong_argument_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    """What cannot be done is said in one line, with status 2, and nothing is printed as an endpoint."""
    assert main(["gateway", "--scene", scene(tmp_path), *arguments]) == 2
    output, errors = capsys.readouterr()
    assert (output, errors.count("\n")) == ("", 1)
    assert reason in errors


def test_a_bad_scene_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scene that cannot be played is named by file, JSON path and reason, with status 2."""
    file = scene(tmp_path, {"op": "create", "times": 0, "fault": {"status": 503}})
    assert main(["gateway", "--scene", file]) == 2
    errors = capsys.readouterr().err
    assert errors == f"cosmos-retry gateway: {file}: $.fault_script[0].times: expected `int` >= 1\n"


def test_a_missing_library_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without aiohttp the command says how to install it, and ends with 2."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert main(["gateway", "--scene", scene(tmp_path)]) == 2
    assert capsys.readouterr().err == f"cosmos-retry gateway: {command._INSTALL}\n"


class _Full(io.BytesIO):
    """A file on a disk with no room."""

    tried = 0

    def write(self, data: Any) -> int:
        """Take nothing."""
        self.tried += 1
        raise OSError(28, "full")


def test_a_full_disk_does_not_end_the_scene() -> None:
    """A record that cannot be written is reported in the end; the scene goes on without it."""
    full = _Full()
    record = Record(full)
    for _ in range(3):
        record.end(Played())
    assert (str(record.error), full.tried) == ("[Errno 28] full", 1)
