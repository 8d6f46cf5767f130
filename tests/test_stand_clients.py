"""Real clients on the stand: they do what was recorded of them, in compressed and in real time."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("azure.cosmos", reason="the stand needs azure-cosmos and aiohttp: the extra `stand`")

from cosmos_retry import judge
from cosmos_retry.stand import clients
from cosmos_retry.stand.product import scenarios
from cosmos_retry.stand.record import Record
from cosmos_retry.trace import Error, Result
from stand_running import PAGE, only, recorded, regions, stand

pytestmark = pytest.mark.thorough
ROOT = Path(__file__).parent.parent
NAMES = {"azure-cosmos-sync": "azure-cosmos", "azure-cosmos-aio": "azure-cosmos-aio"}
Ran = tuple[str, dict[str, Record]]

GHOSTLY = ("hang-create-sw-2r", "hang-applied-patch-sw-2r-x1", "close-applied-delete-sw-2r-x1")
SHARED = sorted({one.id for one in scenarios()} & set(recorded("azure-cosmos 4.17.1 ")))


@pytest.fixture(scope="module", params=list(NAMES))
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A real client, run through what was recorded of it, and through three writes that get no answer."""
    out = tmp_path_factory.mktemp("stand")
    status, found = stand(out, "--client", request.param, *only(*SHARED, *GHOSTLY))
    assert status == 0
    assert {name: record.problem for name, record in found.items()} == dict.fromkeys((*SHARED, *GHOSTLY))
    return request.param, found


def test_a_real_client_does_what_was_recorded_of_it(real: Ran) -> None:
    """For each recorded operation that is a scenario as well: the same attempts by region and order."""
    client, found = real
    assert len(SHARED) > 15
    expected = recorded(f"{NAMES[client]} 4.17.1 ")
    assert {name: regions(found[name].trace) for name in SHARED} == {name: expected[name] for name in SHARED}


def test_only_the_asyncio_client_sends_a_delivered_write_again(real: Ran) -> None:
    """The resent write violates by its clause and is duplicated; the one attempt conforms and is honest."""
    client, found = real
    writes = [one for one in (found[name].writes for name in GHOSTLY) if one is not None]
    trace = found["hang-create-sw-2r"].trace
    assert trace is not None
    judged = judge(trace)
    assert any(cite.startswith("002/410/write/client/sent") for cite in judged.cites)
    if client == "azure-cosmos-sync":
        assert [(one.delivered, one.findings) for one in writes] == [(1, [])] * 3
        assert judged.verdict == "conforms"
        return
    assert judged.verdict == "violates"
    assert [one.finding for one in writes] == ["duplicated", "duplicated", "reported falsely"]
    assert [one.duplicated for one in writes] == ["delivered", "applied", "delivered"]
    # The HTTP library below the client sent the delete again: one attempt, two requests, and a 404.
    below = found["close-applied-delete-sw-2r-x1"]
    assert (len(regions(below.trace)), [one.attempt for one in below.arrivals]) == (1, [1, 1])


def test_a_throttled_query_is_tried_a_hundred_times(real: Ran) -> None:
    """On the client's clock that takes more than 9 s."""
    trace = real[1]["429.0-query-sw-2r"].trace
    assert trace is not None
    assert len(regions(trace)) == 100
    assert judge(trace).verdict == "violates"
    assert isinstance(trace.events[-1], Error)
    assert trace.events[-1].t > 9


SAMPLE: list[dict[str, Any]] = [
    {"op": "read", "fault_script": [{"op": "read", "fault": {"status": 503}, "times": 1}]},
    {"op": "query", "fault_script": [{"op": "query", "fault": {"status": 429}, "times": 2}]},
    {"op": "patch", "fault_script": [{"op": "patch", "fault": {"hang": 60, "applied": True}, "times": 1}]},
    {"op": "read", "fault_script": [], "refuse": ["West US"]},
]


@pytest.mark.parametrize("client", list(NAMES))
def test_compressed_and_real_time_give_the_same_attempts(client: str, tmp_path: Path) -> None:
    """On a sample: the same attempts, the same end, and the same times to within what a machine needs."""
    path = tmp_path / "sample.json"
    account = {"regions": ["West US", "East US"], "write_regions": ["West US"]}
    options = {"read_timeout_s": 0.3}
    path.write_text(
        json.dumps(
            [
                {"id": f"sample-{number}", "account": account, "client": options, **one}
                for number, one in enumerate(SAMPLE)
            ]
        )
    )
    given = ["--client", client, "--scenarios", str(path)]
    _, compressed = stand(tmp_path / "compressed", *given)
    _, real = stand(tmp_path / "real", *given, "--real-time")
    assert len(real) == len(SAMPLE)
    for name, one in real.items():
        other = compressed[name]
        assert (one.problem, one.clock, other.clock) == (None, "real", "compressed")
        assert one.trace is not None
        assert other.trace is not None
        assert regions(one.trace) == regions(other.trace)
        assert type(one.trace.events[-1]) is type(other.trace.events[-1])
        ends = [
            event.t for event in (one.trace.events[-1], other.trace.events[-1]) if isinstance(event, Result)
        ]
        assert not ends or abs(ends[0] - ends[1]) < 0.5


CACHE = ROOT / "build" / "stand" / "cache"
JS = clients.CLIENTS["azure-cosmos-js"]


def test_the_javascript_client_on_the_stand(tmp_path: Path) -> None:
    """It does what was recorded of it."""
    installed = CACHE / f"azure-cosmos-js-{JS.version}"
    if shutil.which("node") is None:
        pytest.skip("there is no Node.js here")
    if not (installed / ".whole").exists():
        pytest.skip(
            f"{JS.package} is not installed in {installed}: cosmos-retry stand --client azure-cosmos-js"
        )
    (tmp_path / "cache").symlink_to(CACHE)
    names = [
        "408.0-read-sw-2r",
        "429.0-read-sw-2r",
        "503.0-read-sw-2r",
        "close-create-mw-2r",
        "hang-create-sw-2r",
    ]
    status, found = stand(tmp_path, "--client", "azure-cosmos-js", *only(*names))
    assert (status, set(found)) == (0, set(names))
    expected = recorded("@azure/cosmos 4.10.1 ")
    assert {name: regions(one.trace) for name, one in found.items()} == {
        name: expected[name] for name in names
    }


def test_without_node_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The missing client gets one line, and the exit status is 3; what can be run is run."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    both = ["--client", "azure-cosmos-js", "--client", "azure-cosmos-sync", "--only", "400.0-read-sw-2r"]
    status, found = stand(tmp_path, *both)
    assert (status, list(found)) == (3, ["400.0-read-sw-2r"])
    assert capsys.readouterr().err.splitlines() == [
        "cosmos-retry stand: azure-cosmos-js needs Node.js, and there is no `node` on the PATH"
    ]


def test_the_scenario_file_on_the_page_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example of spec/stand.md is a scenario, and a real client runs it as its options say."""
    page = PAGE.read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "mine.json"
    path.write_text(example, encoding="utf-8")
    status, found = stand(tmp_path, "--client", "azure-cosmos-sync", "--scenarios", str(path))
    assert status == 0
    assert len(regions(found["my-503-then-429"].trace)) == 5
    assert "1 of 1 scenarios" in capsys.readouterr().out
