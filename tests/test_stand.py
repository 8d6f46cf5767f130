"""The stand's parts: scenarios, scenario files, the ghost-write check, traces, and the file of records."""

import json
import os
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("aiohttp", reason="the stand needs aiohttp: the extra `stand`")

from cosmos_retry import Unreadable
from cosmos_retry.stand.contradictions import contradiction
from cosmos_retry.stand.faults import ACCIDENTS, STATUSES, fault_of, short
from cosmos_retry.stand.ghost import AMBIGUOUS, Delivery, check, says_no
from cosmos_retry.stand.operations import KIND
from cosmos_retry.stand.product import scenario, scenarios
from cosmos_retry.stand.protocol import Heard, Tried
from cosmos_retry.stand.record import Arrived, Made, Played, Record, Writes
from cosmos_retry.stand.scenario_file import read_scenarios
from cosmos_retry.stand.staging import check_scenario
from cosmos_retry.stand.store import Store, read_records
from cosmos_retry.stand.topology import name_of, topology
from cosmos_retry.stand.tracing import trace_of
from cosmos_retry.trace import Attempt, Error, Failure, Response, Result
from cosmos_retry.wellformed import check as check_trace

ALL = scenarios()
BY_ID = {one.id: one for one in ALL}


# ------------------------------------------------------------------------------------------------- scenarios


def test_there_are_some_four_hundred_scenarios_with_ids_of_their_own() -> None:
    """The product has 460 scenarios; the ids of a few are held fast, because ids are permanent."""
    assert len(ALL) == len(BY_ID) == 460
    held = ["408.0-read-sw-2r", "410.1002-query-sw-2r-x1", "hang-create-sw-2r", "close-applied-patch-mw-2r"]
    held += ["refuse-first-read-sw-3r", "404.1002-query-sw-2r-eventual", "429.0-nowait-create-sw-2r"]
    assert [name for name in held if name not in BY_ID] == []


def test_every_scenario_can_be_played() -> None:
    """The gateway takes the scene of each, and its short names are those of what is in it."""
    for one in ALL:
        check_scenario(one)
        assert one.topology == name_of(
            one.account.regions, one.account.write_regions, bool(one.client.use_multiple_write_locations)
        )


def test_every_status_meets_reads_queries_and_creates_and_every_accident_each_write() -> None:
    """No status, operation, accident, topology or level is left out of the product."""
    for status, kind in product(STATUSES, ("read", "query", "create")):
        assert f"{status}-{kind}-sw-2r" in BY_ID
    writes = [kind for operation, kind in KIND.items() if operation not in ("point_read", "query")]
    assert len(writes) == 7
    for accident, kind in product([*ACCIDENTS, "refuse"], writes):
        assert f"{accident}-{kind}-sw-2r" in BY_ID
    assert {one.operation for one in ALL} == set(KIND)
    assert {one.topology for one in ALL} == {"sw-1r", "sw-2r", "sw-3r", "mw-2r", "mw-3r", "mw-2r-off"}
    assert {one.consistency for one in ALL} == {
        "Strong",
        "BoundedStaleness",
        "Session",
        "ConsistentPrefix",
        "Eventual",
    }


@pytest.mark.parametrize("name", [*STATUSES, *ACCIDENTS])
def test_a_fault_is_named_in_short_as_it_is_named_in_full(name: str) -> None:
    """A fault that was made from its name has that name again, in the spelling of codes."""
    said = short(fault_of(name)).replace("/", ".").replace(" nowait", "-nowait")
    assert said == name


@pytest.mark.parametrize("name", ["sw-1r", "sw-2r", "sw-3r", "mw-2r", "mw-3r", "mw-2r-off"])
def test_a_topology_has_its_name_again(name: str) -> None:
    """The name of what a name stands for is that name."""
    where = topology(name)
    assert name_of(where.regions, where.write_regions, where.multiple) == name


# -------------------------------------------------------------------------------------------- scenario files

GIVEN: dict[str, Any] = {
    "id": "mine",
    "op": "create",
    "account": {"regions": ["A", "B"], "write_regions": ["A"]},
    "fault_script": [{"op": "create", "fault": {"status": 503}, "times": 2}],
}


def read(tmp_path: Path, text: str) -> list[Played | Unreadable]:
    """Return what a file of this text holds."""
    path = tmp_path / "scenarios.json"
    path.write_text(text, encoding="utf-8")
    return list(read_scenarios(str(path)))


@pytest.mark.parametrize(
    "text", [json.dumps(GIVEN), json.dumps([GIVEN]), json.dumps(GIVEN) + "\n\n", json.dumps(GIVEN, indent=1)]
)
def test_a_file_is_an_object_an_array_or_lines(tmp_path: Path, text: str) -> None:
    """All three spellings give the same scenario, with its defaults filled in."""
    (found,) = read(tmp_path, text)
    assert isinstance(found, Played)
    assert (found.id, found.operation, found.topology, found.fault) == ("mine", "create", "sw-2r", "503/0 x2")
    assert (found.preferred, found.consistency, found.refuse) == (["A", "B"], "Session", [])


def test_a_recording_is_a_scenario_whose_findings_are_not_looked_at(tmp_path: Path) -> None:
    """A recorded line, with what was found, null options and the client's own options, is read."""
    recorded = {**GIVEN, "sdk": "x", "attempts": [], "final": {}, "n_gateway_seen": 1, "per_call": None}
    recorded["account"] = {**GIVEN["account"], "multi_write": False}
    recorded["client"] = {"retry_write": 2, "max_retries": 3}
    (found,) = read(tmp_path, json.dumps(recorded))
    assert isinstance(found, Played)
    assert (found.client.native, found.client.max_retries) == ({"retry_write": 2}, 3)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"op": "drop"}, "$.op", "'drop' is none of read, query, create"),
        ({"id": ""}, "$.id", "expected `str` of length >= 1"),
        ({"colour": 1}, "$", "object contains unknown field `colour`"),
        ({"preferred": ["C"]}, "$.preferred[0]", "'C' is not a region"),
        ({"preferred": ["A", "A"]}, "$.preferred[1]", "comes twice"),
        ({"refuse": ["C"]}, "$.refuse[0]", "'C' is not a region"),
        ({"consistency": "Weak"}, "$.consistency", "invalid enum value"),
        ({"client": {"retries": 1}}, "$.client", "unknown field `retries`"),
        ({"fault_script": [{"op": "create", "fault": {}}]}, "$.fault_script[0].fault", "nothing happens"),
        ({"fault_script": [{"op": "create", "fault": {"x": 1}}]}, "$.fault_script[0].fault", "unknown field"),
        ({"account": {"regions": [], "write_regions": []}}, "$.account.regions", "one region or more"),
    ],
)
def test_a_wrong_scenario_gets_one_line_and_the_others_are_read(
    tmp_path: Path, change: dict[str, Any], field: str, reason: str
) -> None:
    """The line has the file, the line's number, the field and the reason; the next scenario is there."""
    text = json.dumps({**GIVEN, **change}) + "\n" + json.dumps({**GIVEN, "id": "next"}) + "\n"
    wrong, right = read(tmp_path, text)
    assert isinstance(wrong, Unreadable)
    assert isinstance(right, Played)
    assert (wrong.line, wrong.field) == (1, field)
    assert reason in wrong.reason
    assert "\n" not in str(wrong)


def test_an_entry_that_is_wrong_is_counted_in_the_scenarios_own_script(tmp_path: Path) -> None:
    """What the stand adds for regions that refuse does not shift the place of a wrong entry."""
    script = [*GIVEN["fault_script"], {"op": "create", "region": "C", "fault": {"status": 503}}]
    (wrong,) = read(tmp_path, json.dumps({**GIVEN, "refuse": ["A"], "fault_script": script}))
    assert isinstance(wrong, Unreadable)
    assert wrong.field == "$.fault_script[1].region"


@pytest.mark.parametrize("text", ["{", "[1]", "7", "nonsense\nmore", "\xff"])
def test_what_is_no_scenario_at_all_is_told_in_one_line_each(tmp_path: Path, text: str) -> None:
    """No text makes reading raise anything."""
    found = read(tmp_path, text)
    assert found
    assert all(isinstance(one, Unreadable) and "\n" not in str(one) for one in found)


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    """The second scenario of an id is refused."""
    first, second = read(tmp_path, json.dumps([GIVEN, GIVEN]))
    assert isinstance(first, Played)
    assert isinstance(second, Unreadable)


# --------------------------------------------------------------------------------------------- ghost writes

STATUSES_MET = (None, 201, 408, 409, 429, 500, 503, 504)
DELIVERIES = [Delivery(*one) for one in product((False, True), STATUSES_MET)]
ENDS = [("success", None), ("nothing", None), *(("error", status) for status in (None, 404, 408, 409, 503))]


def test_the_ghost_write_check_is_what_its_page_says() -> None:
    """Over all pairs of deliveries and all ends: each finding holds exactly under its own condition."""
    reached: Counter[str] = Counter()
    for first, second in product([None, *DELIVERIES], repeat=2):
        deliveries = [one for one in (first, second) if one is not None]
        for heard, status in ENDS:
            found = check(deliveries, heard, status)  # type: ignore[arg-type]
            applied = [one for one in deliveries if one.applied]
            opened = len(deliveries) == 2 and (
                deliveries[0].status is None or deliveries[0].status in AMBIGUOUS
            )
            # Only what the last answer itself said may be passed on.
            denied = deliveries[:-1] if deliveries and deliveries[-1].status == status else deliveries
            false = any(one.applied for one in denied) and status in (404, 409)
            assert (found.delivered, found.applied) == (len(deliveries), len(applied))
            assert ("lost" in found.findings) == (heard == "success" and not applied)
            assert ("duplicated" in found.findings) == (len(applied) == 2 or opened)
            assert ("reported falsely" in found.findings) == (heard == "error" and false)
            assert found.finding == (found.findings[0] if found.findings else None)
            reached[f"{found.finding} {found.duplicated}"] += 1
    assert {
        "lost None",
        "duplicated applied",
        "duplicated delivered",
        "reported falsely None",
        "None None",
    } <= set(reached)


def test_an_honest_error_is_no_finding() -> None:
    """A write that was applied, and of which the application heard a timeout or nothing, is not ghostly."""
    applied = Delivery(applied=True, status=None)
    for heard, status in (
        ("error", None),
        ("error", 408),
        ("error", 503),
        ("nothing", None),
        ("success", None),
    ):
        assert check([applied], heard, status).findings == []  # type: ignore[arg-type]


def test_a_success_that_a_script_made_up_loses_nothing() -> None:
    """Where the gateway itself was told to lie, the client is not to blame."""
    assert check([Delivery(False, 201, pretended=True)], "success", None).findings == []
    assert check([Delivery(False, 201)], "success", None).findings == ["lost"]


@pytest.mark.parametrize("status", [None, 200, 400, 404, 408, 409, 412, 429, 449, 500, 503])
def test_only_a_4xx_but_408_says_no(status: int | None) -> None:
    """What tells an application that its write was not carried out."""
    assert says_no(status) == (status in (400, 404, 409, 412, 429, 449))


# --------------------------------------------------------------------------------------------------- traces

PLAIN = scenario("sw-2r", "Session", "create", "408.0", None)
REGIONS = {"http://a": "West US", "http://b": "East US"}
MADE = Made("tiny", "1", "")


def arrived(number: int, **known: Any) -> Arrived:
    """Return a request of attempt `number` at the gateway."""
    one: dict[str, Any] = {
        "t": float(number),
        "region": "West US",
        "kind": "create",
        "fault": None,
        "done": "answered",
    }
    one |= {"status": 201, "substatus": 0, "retry_after_ms": None, "applied": 0, "attempt": number, **known}
    return Arrived(**one)


def test_what_was_sent_is_what_the_gateway_received() -> None:
    """Of two failed attempts, that one was sent which arrived; the region is that of the endpoint."""
    told = [
        Tried(t=0.0, endpoint="http://a/", ended=0.1, failure="connectivity"),
        Tried(t=1.0, endpoint="http://b/", ended=1.1, failure="timeout"),
        Tried(t=2.0, endpoint="http://elsewhere/", ended=2.1, status=429, substatus=3, retry_after_ms=5),
    ]
    heard = Heard("error", 3.0, 429, 3, "E", attempts=told)
    trace = trace_of(PLAIN, heard, [arrived(2), arrived(3)], REGIONS, 9.0)
    assert trace.events == [
        Attempt(t=0.0, region="West US"),
        Failure(t=0.1, cause="connectivity", sent=False),
        Attempt(t=1.0, region="East US"),
        Failure(t=1.1, cause="timeout", sent=True),
        Attempt(t=2.0),
        Response(t=2.1, status=429, substatus=3, retry_after_ms=5),
        Error(t=3.0, status=429, substatus=3, name="E"),
    ]
    assert check_trace(trace) is None


def test_attempts_side_by_side_are_told_apart_by_their_numbers() -> None:
    """Where a second attempt begins before the first is answered, each answer says whose it is."""
    told = [
        Tried(t=0.0, endpoint="http://a", ended=2.0, status=503),
        Tried(t=1.0, endpoint="http://b", ended=1.5, status=201),
    ]
    trace = trace_of(PLAIN, Heard("success", attempts=told), [], REGIONS, 2.5)
    assert [getattr(event, "of", None) for event in trace.events] == [None, None, 2, 1, None]
    assert trace.events[-1] == Result(t=2.5, status=503)
    assert check_trace(trace) is None


def test_an_attempt_that_was_never_answered_stays_open() -> None:
    """The answers after it say whose they are."""
    told = [Tried(t=0.0, endpoint="http://a"), Tried(t=1.0, endpoint="http://b", ended=1.5, status=201)]
    trace = trace_of(PLAIN, Heard("success", attempts=told), [], REGIONS, 2.5)
    assert trace.events[2] == Response(status=201, t=1.5, of=2)
    assert check_trace(trace) is None


def test_a_client_that_tells_no_attempts_is_seen_from_the_gateway() -> None:
    """The attempts are then the requests; times have a tolerance; refused ones may be missing."""
    refusing = scenario("sw-2r", "Session", "create", "refuse-first", None)
    requests = [arrived(1, attempt=None, done="hung", status=None), arrived(2, attempt=None)]
    trace = trace_of(refusing, Heard("success"), requests, REGIONS, 5.0)
    assert [type(event) for event in trace.events] == [Attempt, Failure, Attempt, Response, Result]
    assert isinstance(trace.events[1], Failure)
    assert (trace.events[1].cause, trace.events[1].sent) == ("timeout", True)
    assert "attempt" in trace.blind
    assert trace.missing.unsent
    assert trace.missing.regions == ["West US"]
    assert trace.tolerance.clock_s > 0
    assert check_trace(trace) is None


def told(**known: Any) -> Tried:
    """Return an attempt in the first region that was answered with 201, but for what is given."""
    return Tried(**{"t": 0.0, "endpoint": "http://a/", "ended": 0.1, "status": 201, **known})


FAILED = {"status": None, "failure": "timeout"}
CONTRADICTIONS = {
    "an untold attempt": (
        [told()],
        [arrived(1), arrived(2)],
        "attempt 2 arrived, and the client told of 1 attempt",
    ),
    "no attempt told": ([], [arrived(1)], "attempt 1 arrived, and the client told of 0 attempts"),
    "attempt 0": ([told()], [arrived(0)], "attempt 0 arrived"),
    "no mark": (
        [told()],
        [arrived(1, attempt=None)],
        "a request to West US arrived without x-ms-stand-attempt",
    ),
    "another status": ([told()], [arrived(1, status=503)], "with 201, and the gateway answered it with 503"),
    "no answer": (
        [told()],
        [arrived(1, done="hung", status=None)],
        "with 201, and the gateway gave it no answer",
    ),
    "no request": ([told()], [], "with 201, and never arrived"),
    "another region": (
        [told()],
        [arrived(1, region="East US")],
        "arrived at East US, and is told to have gone to West",
    ),
    "the account": ([told()], [arrived(1, region=None)], "attempt 1 arrived at the account, and is told"),
}
AGREEMENTS = {
    "one attempt": ([told()], [arrived(1)]),
    "a failure": ([told(**FAILED)], [arrived(1, done="hung", status=None)]),
    "a failure where an answer came too late": ([told(**FAILED)], [arrived(1)]),
    "a failure that nobody saw": ([told(failure="connectivity", status=None)], []),
    "sent twice below the client": ([told()], [arrived(1, done="closed", status=None), arrived(1)]),
    "half an answer": ([told()], [arrived(1, done="truncated")]),
    "a call for metadata": ([told(step="query_plan", status=200)], []),
    "an attempt after the end": ([told()], [arrived(1), arrived(2, t=5.5)]),
    "nothing told": (None, [arrived(1, attempt=None)]),
}


@pytest.mark.parametrize(("attempts", "requests", "reason"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_what_a_client_tells_is_held_against_what_the_gateway_did(
    attempts: list[Tried], requests: list[Arrived], reason: str
) -> None:
    """Each way to tell something else is noticed, and the reason names the attempt."""
    found = contradiction(Heard("success", attempts=attempts), requests, REGIONS, 5.0)
    assert found is not None
    assert reason in found


@pytest.mark.parametrize(("attempts", "requests"), AGREEMENTS.values(), ids=AGREEMENTS)
def test_what_agrees_with_the_gateway_is_no_contradiction(
    attempts: list[Tried] | None, requests: list[Arrived]
) -> None:
    """Nor is what a client cannot know: what its library sent again, and what went on after the end."""
    assert contradiction(Heard("success", attempts=attempts), requests, REGIONS, 5.0) is None


# ------------------------------------------------------------------------------------------------- the store


def record(one: Played, problem: str | None = None) -> Record:
    """Return a record of a scenario."""
    writes = Writes(0, 0, "nothing", None, [], None)
    return Record(MADE, one, None, [], 0, writes, [], "compressed", problem)


def test_records_survive_a_torn_line(tmp_path: Path) -> None:
    """What was written whole is read; the torn end gets a note, and is gone once more is written."""
    path = tmp_path / "deep" / "records.jsonl"
    with Store(path) as store:
        store.add(record(ALL[0]))
        store.add(record(ALL[1]))
    whole = path.read_bytes()
    for cut in (1, 2, 100, len(whole.split(b"\n")[1])):
        path.write_bytes(whole[:-cut])
        notes: list[str] = []
        held = read_records(path, notes.append)
        expected = [ALL[0].id, ALL[1].id] if cut == 1 else [ALL[0].id]
        assert (list(held), len(notes)) == (expected, int(cut > 1))
        with Store(path) as store:
            store.add(record(ALL[2]))
        assert ALL[0].id in read_records(path, notes.append)
        assert ALL[2].id in read_records(path)


def test_the_last_record_of_a_scenario_holds(tmp_path: Path) -> None:
    """A scenario that was run again has one record, the later one."""
    path = tmp_path / "records.jsonl"
    with Store(path) as store:
        for problem in ("first", None):
            store.add(record(ALL[0], problem))
    assert [one.problem for one in read_records(path).values()] == [None]


@pytest.mark.skipif(os.name != "posix", reason="files are locked otherwise here")
def test_a_file_of_records_has_one_writer_at_a_time(tmp_path: Path) -> None:
    """A second one is refused, by the name of the file; when the first is done, it may write."""
    path = tmp_path / "records.jsonl"
    with Store(path) as store:
        with pytest.raises(OSError, match=r"another stand is writing to it: .*records\.jsonl"):
            Store(path)
        store.add(record(ALL[0]))
    with Store(path) as store:
        store.add(record(ALL[1]))
    assert list(read_records(path)) == [ALL[0].id, ALL[1].id]


def test_a_file_that_is_not_there_holds_no_records(tmp_path: Path) -> None:
    """Nothing was recorded yet, and that is no error."""
    assert read_records(tmp_path / "none.jsonl") == {}


@pytest.mark.parametrize("one", ALL[::23], ids=lambda one: str(one.id))
def test_a_record_is_read_as_it_was_written(one: Played) -> None:
    """Encoding and decoding a record gives the same record."""
    assert msgspec.json.decode(msgspec.json.encode(record(one)), type=Record) == record(one)
