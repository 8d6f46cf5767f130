"""The recorded traffic is what its README says: whole, readable, and honest about what was sent."""

import importlib.util
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cosmos_retry.reading import Unreadable, read_trace, read_traces
from cosmos_retry.trace import Attempt, Error, Failure, Response, Result, Trace

HERE = Path(__file__).parent / "data" / "recorded"
README = (HERE / "README.md").read_text(encoding="utf-8")
CLIENTS = ("azure-cosmos 4.17.1", "azure-cosmos-aio 4.17.1", "@azure/cosmos 4.10.1")
FOUND = list(read_traces([str(HERE / "real-clients.jsonl")]))
TRACES = [one for one in FOUND if isinstance(one, Trace)]


def named(traces: list[Trace]) -> pytest.MarkDecorator:
    """Give each trace as a test of its own, under its id."""
    return pytest.mark.parametrize("trace", [pytest.param(trace, id=trace.id) for trace in traces])


def client(trace: Trace) -> str:
    """Return the client and its version."""
    return trace.id.rsplit(" ", 1)[0]


def attempts(trace: Trace) -> list[Attempt]:
    """Return the attempts of a trace, in order."""
    return [event for event in trace.events if isinstance(event, Attempt)]


def answers(trace: Trace) -> list[Response | Failure]:
    """Return how the attempts of a trace ended, in order."""
    return [event for event in trace.events if isinstance(event, (Response, Failure))]


def by_id(name: str) -> Trace:
    """Return the trace with this id."""
    return next(trace for trace in TRACES if trace.id == name)


def test_every_line_is_a_trace() -> None:
    """All 81 recorded operations are read, and no line is refused."""
    assert [str(one) for one in FOUND if isinstance(one, Unreadable)] == []
    assert len(TRACES) == 81


def test_every_id_is_unique_and_names_its_client() -> None:
    """No two operations share an id, and each begins with a client and its version."""
    assert len({trace.id for trace in TRACES}) == 81
    assert {client(trace) for trace in TRACES} == set(CLIENTS)


def test_the_readme_counts_traces_and_attempts() -> None:
    """The table in the README is the number of traces and of attempts of each client."""
    rows = re.findall(r"^\| `(.+?)` \(.*?\) \| (\d+) \| (\d+) \|$", README, re.MULTILINE)
    traces = Counter(map(client, TRACES))
    made: Counter[str] = Counter()
    for trace in TRACES:
        made[client(trace)] += len(attempts(trace))
    assert [(name, int(of), int(tries)) for name, of, tries in rows] == [
        (name, traces[name], made[name]) for name in CLIENTS
    ]
    assert [traces[name] for name in CLIENTS] == [28, 28, 25]


@named(TRACES)
def test_what_was_not_recorded_is_left_out(trace: Trace) -> None:
    """Each answer follows its attempt and has no time; replicas and refreshes are declared unseen."""
    assert trace.blind == ["replica", "address_refresh", "account_refresh"]
    assert [type(event) in (Response, Failure) for event in trace.events[:-1]] == [False, True] * len(
        attempts(trace)
    )
    assert all(answer.t is None and answer.of is None for answer in answers(trace))
    assert all(attempt.replica is None for attempt in attempts(trace))
    assert isinstance(trace.events[-1], (Result, Error))


@named(TRACES)
def test_the_gateway_read_what_was_answered_or_sent(trace: Trace) -> None:
    """The gateway's own count is the number of attempts that it answered, or that are called sent."""
    count = re.search(r"the gateway read (\d+) request", trace.note or "")
    assert count
    reached = [one for one in answers(trace) if isinstance(one, Response) or one.sent]
    assert len(reached) == int(count[1])


FAILED = [trace for trace in TRACES if any(isinstance(one, Failure) for one in answers(trace))]


@named(FAILED)
def test_a_failure_was_sent_unless_the_connection_was_refused(trace: Trace) -> None:
    """Failures of the `hang` and `close` scenarios were sent, those of `refuse` were not."""
    kind = re.search(r" (hang|close|refuse)-", trace.id)
    assert kind
    failures = [one for one in answers(trace) if isinstance(one, Failure)]
    assert {one.sent for one in failures} == {kind[1] != "refuse"}
    assert {one.cause for one in failures} == {"timeout" if kind[1] == "hang" else "connectivity"}


def test_all_scenarios_of_failure_are_there() -> None:
    """Each client has two operations that hang, one that is closed and two that are refused."""
    kinds = Counter((client(trace), trace.id.rsplit(" ", 1)[1].split("-")[0]) for trace in FAILED)
    expected = {"hang": 2, "close": 1, "refuse": 2}
    assert kinds == {(name, kind): count for name in CLIENTS for kind, count in expected.items()}


@named(TRACES)
def test_multiple_write_locations_go_with_the_account(trace: Trace) -> None:
    """The client's option is on exactly where the account has several write regions."""
    several = len(trace.account.write_regions) > 1
    assert trace.client.use_multiple_write_locations == several
    assert several == ("-mw-" in trace.id)


@named([trace for trace in TRACES if trace.operation == "query"])
def test_the_steps_of_a_query_are_told_apart(trace: Trace) -> None:
    """The JavaScript client alone asks for a query plan, first and once.

    Every other request of a query is for a page or for the partition key ranges.
    """
    steps = [attempt.step for attempt in attempts(trace)]
    plans = 1 if client(trace).startswith("@azure") else 0
    assert steps[:plans] == ["query_plan"] * plans
    assert set(steps[plans:]) <= {"page", "partition_key_ranges"}


@named([trace for trace in TRACES if trace.operation != "query"])
def test_other_operations_have_one_step(trace: Trace) -> None:
    """No attempt of an operation other than a query stands for a step of it."""
    assert {attempt.step for attempt in attempts(trace)} == {None}


def test_a_region_is_missing_only_at_the_global_endpoint() -> None:
    """Two attempts of one operation have no region, and its note says why."""
    without = [trace for trace in TRACES if any(attempt.region is None for attempt in attempts(trace))]
    assert [trace.id for trace in without] == ["@azure/cosmos 4.10.1 403.3-create-sw-recover-after2"]
    assert [attempt.region for attempt in attempts(without[0])] == ["West US", None, None]
    assert "the account's global endpoint" in (without[0].note or "")


def test_what_the_service_asked_to_wait_is_kept() -> None:
    """Each 429 carries the wait that the script put into it, and no answer with a success does."""
    for trace in TRACES:
        for answer in answers(trace):
            if isinstance(answer, Response) and answer.status == 429:
                assert answer.retry_after_ms == (10_000 if "retryafter10s" in trace.id else 100)
            elif isinstance(answer, Response) and answer.status < 400:
                assert answer.retry_after_ms is None


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("azure-cosmos 4.17.1 404.1002-read-sw-2r", Error(t=0.041, status=404, substatus=1002)),
        ("azure-cosmos 4.17.1 429-create-recover-after3", Result(t=0.331, status=201)),
        (
            "azure-cosmos-aio 4.17.1 hang-create-sw-2r",
            Error(t=3.216, status=None, name="ServiceResponseTimeoutError"),
        ),
        ("@azure/cosmos 4.10.1 404.0-read-sw-2r", Error(t=0.018, status=404)),
        ("@azure/cosmos 4.10.1 410.1002-query-once", Error(t=0.03, status=503)),
        ("@azure/cosmos 4.10.1 close-create-mw-2r", Error(t=0.047, status=None, name="RestError")),
    ],
)
def test_the_application_got_what_the_recording_says(name: str, end: Result | Error) -> None:
    """The last event is the outcome that was recorded, of each kind that there is."""
    assert by_id(name).events[-1] == end


def load_converter() -> ModuleType:
    """Return the converter, which is a script and no part of a package."""
    spec = importlib.util.spec_from_file_location("convert", HERE / "convert.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CONVERT = load_converter()
RAW: dict[str, Any] = {
    "sdk": "azure-cosmos(python,aio)",
    "version": "1.2.3",
    "id": "made-up",
    "op": "batch",
    "account": {"regions": ["A", "B"], "write_regions": ["A", "B"]},
    "preferred": ["B", "A"],
    "consistency": "Eventual",
    "fault_script": [{"op": "batch", "region": "A", "fault": {"status": 503, "substatus": 7}, "times": 1}],
    "refuse": ["B"],
    "attempts": [
        {"region": "B", "t": 0.0, "op": "batch", "out": "ServiceRequestError"},
        {"region": "A", "t": 1.5, "op": "batch", "out": 503},
        {"region": "A", "t": 2.5, "op": "batch", "out": 200},
    ],
    "final": {"status": "ok"},
    "op_seconds": 2.0,
    "n_gateway_seen": 2,
}


def test_a_raw_line_becomes_a_trace() -> None:
    """A recorded call is turned into a trace that says the same."""
    trace = read_trace(json.dumps(CONVERT.convert(RAW)).encode())
    assert isinstance(trace, Trace)
    assert (trace.id, trace.operation) == ("azure-cosmos-aio 1.2.3 made-up", "transactional_batch")
    assert trace.events == [
        Attempt(t=0, region="B"),
        Failure(cause="connectivity", sent=False),
        Attempt(t=1.5, region="A"),
        Response(status=503, substatus=7),
        Attempt(t=2.5, region="A"),
        Response(status=200),
        Result(t=2.5, status=200),
    ]
    assert trace.client.use_multiple_write_locations
    assert trace.note == (
        "Faults: 503/7 to batch in A (once), then connections refused in B; the gateway read 2 requests."
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fault_script": []}, "no scripted fault explains how a batch in A ended"),
        (
            {"fault_script": [*RAW["fault_script"], {**RAW["fault_script"][0], "region": "B"}]},
            "no attempt met the scripted fault",
        ),
        ({"refuse": []}, "no scripted fault explains how a batch in B ended"),
        ({"sdk": "another"}, "KeyError('another')"),
        ({"attempts": [], "fault_script": []}, "IndexError"),
    ],
)
def test_a_recording_that_contradicts_itself_stops_the_conversion(
    change: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    """The converter says in one line which recorded call it cannot explain, and writes nothing."""
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_text(json.dumps(RAW) + "\n" + json.dumps(RAW | change) + "\n", encoding="utf-8")
    command = [sys.executable, str(HERE / "convert.py"), str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{source}:2: ")
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1
    assert not target.exists()
