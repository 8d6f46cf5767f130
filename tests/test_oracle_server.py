"""The oracle answers questions line by line, as the page of the protocol says, and never dies of one."""

import json
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosmos_retry.contract import load_contract
from cosmos_retry.harness import oracle_server
from cosmos_retry.harness.oracle_server import OracleServer
from cosmos_retry.harness.protocol import schema
from cosmos_retry.harness.questions import MOST_EVENTS, MOST_OPEN
from cosmos_retry.reading import Unreadable, read_traces
from cosmos_retry.trace import Trace
from cosmos_retry.verdict import judge

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "spec/protocol.md").read_text(encoding="utf-8")
OPEN = {
    "kind": "open",
    "id": "1",
    "operation": "create",
    "mode": "direct",
    "consistency": "Session",
    "account": {"regions": ["West US", "East US"], "write_regions": ["West US"]},
}
RECORDED = list(read_traces([str(ROOT / "tests/data/recorded/real-clients.jsonl")]))


class Asker:
    """Asks an oracle of its own."""

    def __init__(self) -> None:
        self.server = OracleServer(load_contract(), "0")
        self.lines = 0

    def raw(self, line: bytes | str) -> dict[str, Any]:
        """Return the answer to a line."""
        self.lines += 1
        answer: dict[str, Any] = msgspec.to_builtins(self.server.answer(line, self.lines))
        return answer

    def __call__(self, **question: Any) -> dict[str, Any]:
        """Return the answer to a question."""
        return self.raw(json.dumps(question).encode())

    def observe(self, kind: str, **facts: Any) -> dict[str, Any]:
        """Return the answer to an event of operation 1."""
        return self(kind="observe", id="1", event={"kind": kind, **facts})


@pytest.fixture
def ask() -> Asker:
    """Return an oracle with one operation open, a create in an account with one write region."""
    asker = Asker()
    asker(**OPEN)
    return asker


def test_another_reader_of_the_schema_agrees() -> None:
    """What is asked and answered is valid by the published schema, violations and refusals included."""
    defs = schema()["$defs"]
    question, answer = (
        jsonschema_rs.validator_for({"$ref": f"#/$defs/{side}", "$defs": defs})
        for side in ("Question", "OracleAnswer")
    )
    ask = Asker()
    for asked in (
        {"kind": "hello", "protocol": 1},
        OPEN,
        {"kind": "observe", "id": "1", "event": {"kind": "attempt", "t": 0, "region": "West US"}},
        {"kind": "observe", "id": "1", "event": {"kind": "response", "t": 1, "status": 410}},
        {"kind": "observe", "id": "1", "event": {"kind": "attempt", "t": 1, "region": "East US"}},
        {"kind": "permitted", "id": "1"},
        {"kind": "permitted", "id": "2"},
        {"kind": "close", "id": "1"},
    ):
        question.validate(asked)
        answer.validate(ask(**asked))
        assert not question.is_valid({**asked, "please": True})


def test_the_dialogue_of_the_page_takes_place() -> None:
    """What the page shows of the oracle is what it says, but for what the page leaves out."""
    lines = re.findall(r"```\n(> .*?)```", PAGE, flags=re.DOTALL)[1].strip().splitlines()
    server = OracleServer(load_contract())
    encode = msgspec.json.Encoder().encode
    for number in range(0, len(lines), 2):
        answer = encode(server.answer(lines[number].removeprefix("> ").encode(), number)).decode()
        told = lines[number + 1].removeprefix("< ")
        assert re.fullmatch(".*".join(map(re.escape, told.split("…"))), answer), answer


def test_an_event_that_violates_is_not_taken(ask: Asker) -> None:
    """After a violation the operation stands where it stood: what was permitted can still be done."""
    ask.observe("attempt", t=0, region="West US")
    ask.observe("failure", t=6, cause="timeout", sent=True)
    for _ in range(2):
        said = ask.observe("attempt", t=6, region="West US")
        assert (said["verdict"], said["event"], said["so_far"]) == ("violates", 3, "conforms")
        assert said["rows"] == ["write.sent.timeout.resend"]
        assert next(iter(said["clauses"])) == "002/410/write/client/sent/no-retry"
        assert [(move["move"], move["status"]) for move in said["moves"]] == [("error", 408)]
    said = ask.observe("error", t=6, status=408)
    assert (said["verdict"], said["ended"], said.get("moves")) == ("permitted", True, None)


def test_moves_have_their_times_regions_and_clauses(ask: Asker) -> None:
    """A move says from when until when, where, to which replica, and what stands behind it."""
    ask.observe("attempt", t=0, region="West US")
    ask.observe("response", t=0.5, status=410)
    ask.observe("address_refresh", t=0.6)
    moves = ask(kind="permitted", id="1")["moves"]
    retry = next(move for move in moves if move["row"] == "write.410.retry")
    assert retry == {
        "move": "attempt",
        "row": "write.410.retry",
        "from_s": 0.6,
        "until_s": 30.0,
        "regions": ["West US"],
        "cites": ["002/410/write/server/refresh-retry"],
    }
    error = next(move for move in moves if move["row"] == "write.410.surface.single")
    assert (error["from_s"], error["after"], error["status"]) == (30.0, True, 503)
    assert error["assumption"] == "server-410-end"
    silent = next(move for move in ask(**OPEN | {"id": "2"})["moves"] if "verdict" in move)
    assert silent["verdict"] == "unspecified"


def test_operations_are_kept_apart() -> None:
    """Several operations go on at once, and none knows of another."""
    ask = Asker()
    for name, mode in product("ab", ("direct", "gateway")):
        ask(**OPEN | {"id": name + mode, "mode": mode})
    for name, mode in product("ab", ("direct", "gateway")):
        said = ask(kind="observe", id=name + mode, event={"kind": "attempt", "t": 0, "region": "West US"})
        assert said["event"] == 1
    for mode, rows in (("direct", ["all.503.direct"]), ("gateway", ["all.503.gateway"])):
        said = ask(kind="observe", id="a" + mode, event={"kind": "response", "t": 1, "status": 503})
        assert said["rows"] == rows
    closed = ask(kind="close", id="adirect")
    assert closed == {"kind": "closed", "id": "adirect", "verdict": "conforms", "ended": False}
    assert ask(kind="permitted", id="adirect")["kind"] == "refused"
    assert ask(kind="permitted", id="bdirect")["kind"] == "permitted"
    assert ask(**OPEN | {"id": "adirect"})["kind"] == "opened"


@pytest.mark.parametrize(
    "trace", [pytest.param(one, id=one.id) for one in RECORDED if isinstance(one, Trace)]
)
def test_what_it_says_step_by_step_is_the_verdict_on_the_whole(trace: Trace) -> None:
    """Fed event by event, recorded traffic violates where its verdict says so, with the same clauses."""
    ask, verdict = Asker(), judge(trace)
    plain = msgspec.to_builtins(trace)
    configuration = {key: plain[key] for key in plain if key not in ("events", "id", "version", "note")}
    assert ask(kind="open", id="1", **configuration)["kind"] == "opened"
    for number, event in enumerate(plain["events"], start=1):
        said = ask(kind="observe", id="1", event=event)
        if said["verdict"] == "violates":
            assert (verdict.verdict, verdict.event, verdict.reason) == ("violates", number, said["reason"])
            assert list(verdict.cites) == list(said.get("clauses", {}))
            return
    assert verdict.verdict != "violates"


def test_the_recorded_traffic_can_be_read() -> None:
    """No recorded trace is lost to the test above."""
    assert RECORDED
    assert not [one for one in RECORDED if isinstance(one, Unreadable)]


# --------------------------------------------------------------------------------------- bad questions


BAD = [
    (b"nonsense", "JSON is malformed"),
    (b"{}", "missing required field `kind`"),
    (b"[]", "Expected `object`"),
    (b"\xff", "JSON is malformed"),
    (b'{"kind": "observe", "id": "1\xff"}', "invalid"),
    (b'{"kind": "what"}', "Invalid value 'what'"),
    (b'{"kind": "hello", "protocol": 2}', "protocol 2 is not spoken here; spoken: 1"),
    (b'{"kind": "permitted", "id": "9"}', "no operation '9' is open"),
    (b'{"kind": "close", "id": "9"}', "no operation '9' is open"),
    (b'{"kind": "permitted", "id": "1", "please": true}', "unknown field `please`"),
    (b'{"kind": "open", "id": ' + b"[" * 60_000, "Expected `str`"),
    ("the line is too long", "the line is too long"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_bad_question_is_refused_in_one_line(ask: Asker, line: bytes | str, reason: str) -> None:
    """What makes no sense is refused with its number and a reason, and the next question is answered."""
    said = ask.raw(line)
    assert (said["kind"], said["line"]) == ("refused", 2)
    assert reason in said["reason"]
    assert said["reason"].isprintable()
    assert ask(kind="permitted", id="1")["kind"] == "permitted"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "an operation '1' is open already"),
        ({"id": ""}, "Expected `str` of length >= 1"),
        ({"id": "2", "account": {"regions": [], "write_regions": []}}, "account.regions: an empty array"),
        ({"id": "2", "client": {"request_timeout_s": 4}}, "client.request_timeout_s: 4 is outside 5 to 10 s"),
        ({"id": "2", "operation": "drop"}, "Invalid enum value 'drop'"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(ask: Asker, changes: dict[str, Any], reason: str) -> None:
    """An operation with a bad setting, or a name that is taken, is not opened."""
    said = ask(**OPEN | changes)
    assert said["kind"] == "refused"
    assert reason in said["reason"]
    assert ask(kind="permitted", id="2")["kind"] == "refused"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"kind": "response", "t": 2, "status": 200, "of": 3}, "events[1].of: 3 is no attempt made so far"),
        ({"kind": "attempt", "t": 0.5, "region": "West US"}, "events[1].t: 0.5 goes backwards"),
        ({"kind": "attempt", "t": 2, "region": "West US", "step": "page"}, "permitted: in a query only"),
        ({"kind": "retry", "t": 2}, "Invalid value 'retry'"),
    ],
)
def test_an_event_that_cannot_be_is_refused(ask: Asker, event: dict[str, Any], reason: str) -> None:
    """An event that no trace could have is refused, and changes nothing."""
    ask.observe("attempt", t=1, region="West US")
    said = ask(kind="observe", id="1", event=event)
    assert said["kind"] == "refused"
    assert reason in said["reason"]
    assert ask.observe("response", t=2, status=201)["event"] == 2


def test_operations_and_events_are_limited(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most so many operations are open, and each has at most so many events; closing makes room."""
    assert (MOST_OPEN, MOST_EVENTS) == (1000, 1000)
    monkeypatch.setattr(oracle_server, "MOST_OPEN", 9)
    monkeypatch.setattr(oracle_server, "MOST_EVENTS", 5)
    for number in range(2, 10):
        assert ask(**OPEN | {"id": str(number)})["kind"] == "opened"
    assert "which is the limit" in ask(**OPEN | {"id": "more"})["reason"]
    ask(kind="close", id="7")
    assert ask(**OPEN | {"id": "more"})["kind"] == "opened"
    said = {}
    for _ in range(6):
        said = ask.observe("account_refresh", t=1)
    assert said["kind"] == "refused"
    assert "5 events" in said["reason"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_KEYS = st.sampled_from(["kind", "id", "event", "t", "status", "region", "account", "regions", "mode", "of"])
_VALUES = st.sampled_from(
    ["open", "observe", "close", "permitted", "1", "attempt", "response", 200, 410, 0, 1e300]
)
_LIKELY = st.dictionaries(_KEYS, _VALUES | st.dictionaries(_KEYS, _VALUES, max_size=5), max_size=8)


@given(
    st.lists(
        st.binary(max_size=60) | (_JSON | _LIKELY).map(lambda found: json.dumps(found).encode()), max_size=8
    )
)
def test_whatever_it_is_asked_it_answers(lines: list[bytes]) -> None:
    """No line makes the oracle raise, and each has just one answer of a kind that the protocol has."""
    ask = Asker()
    ask(**OPEN)
    for line in lines:
        assert ask.raw(line)["kind"] in ("hello", "opened", "observed", "permitted", "closed", "refused")


def test_the_command_answers_until_its_input_ends() -> None:
    """`cosmos-retry oracle` answers each line at once, passes blank ones over, and ends with 0."""
    command = [sys.executable, "-m", "cosmos_retry.cli", "oracle"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for line, kind in (
            ('{"kind": "hello", "protocol": 1}', "hello"),
            (json.dumps(OPEN), "opened"),
            ("\n\nwhat?", "refused"),
            ('{"kind": "close", "id": "1' + "x" * 70_000 + '"}', "refused"),
            ('{"kind": "close", "id": "1"}', "closed"),
        ):
            server.stdin.write(line + "\n")
            server.stdin.flush()
            answer = json.loads(server.stdout.readline())
            assert answer["kind"] == kind
        server.stdin.close()
        assert server.stdout.read() == ""
        assert server.wait() == 0
