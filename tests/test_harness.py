"""A vector is played to a client in virtual time: what it meets, when, and what is said of its moves."""

import json
import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from cosmos_retry.contract import load_contract
from cosmos_retry.harness.conversation import Conversation
from cosmos_retry.harness.files import read_vectors, vectors_dir
from cosmos_retry.harness.play import ClientEvent, Play
from cosmos_retry.harness.program import Program
from cosmos_retry.harness.protocol import SIDES, schema
from cosmos_retry.harness.record import BadMove
from cosmos_retry.trace import (
    Account,
    AccountRefresh,
    AddressRefresh,
    Attempt,
    Client,
    Error,
    Failure,
    Response,
    Result,
    Step,
    Throttling,
)
from cosmos_retry.vectors.vector import Breakdown, Ending, Reply, Vector
from cosmos_retry.verdict import judge

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "spec/protocol.md").read_text(encoding="utf-8")
WEST, EAST = "West US", "East US"


def vector(
    endings: Sequence[Ending] = (),
    operation: str = "create",
    reads: Sequence[list[str]] = (),
    **settings: Any,
) -> Vector:
    """Return a vector in Direct mode under Session, with two regions of which the first accepts writes."""
    return Vector(
        id="v",
        about="",
        operation=operation,  # type: ignore[arg-type]
        mode=settings.pop("mode", "direct"),
        consistency=settings.pop("consistency", "Session"),
        account=Account(regions=[WEST, EAST], write_regions=settings.pop("write_regions", [WEST])),
        endings=list(endings),
        turns=[],
        verdict="conforms",
        account_reads=list(reads),
        **settings,
    )


def attempt(t: float, region: str = WEST, replica: int | None = 0, step: Step | None = None) -> Attempt:
    """Return an attempt."""
    return Attempt(t=t, region=region, replica=replica, step=step)


def played(play: Play, *moves: ClientEvent | None) -> list[str]:
    """Make moves, where None waits for the next answer; return what was said of each move."""
    said = []
    for move in moves:
        if move is None:
            play.wait()
        else:
            said.append(play.move(move).verdict)
    return said


# ------------------------------------------------------------------------------------ how attempts end


def test_an_attempt_ends_as_the_vector_says() -> None:
    """The answer to attempt n is the ending with that number, so long after the attempt began."""
    play = Play.of(vector([Reply(1, 410, 0.5, 1002), Breakdown(2, "timeout", False, 6), Reply(3, 201, 0.25)]))
    played(play, attempt(0))
    assert play.due == 0.5
    assert play.wait() == (Response(410, 0.5, 1002, of=1),)
    played(play, AddressRefresh(0.5), attempt(1.5))
    assert play.wait() == (Failure("timeout", 7.5, False, of=2),)
    played(play, attempt(9.5))
    assert play.wait() == (Response(201, 9.75, of=3),)
    assert (play.now, play.attempts, play.unmet) == (9.75, 3, 0)


def test_an_answer_may_be_timed_from_an_earlier_attempt() -> None:
    """With `since`, the answer comes so long after that attempt, but never before its own one began."""
    endings: list[Ending] = [
        Breakdown(1, "connectivity", False, 1),
        Reply(2, 410, 29.5, since=1),
        Reply(3, 201, 5, since=1),
    ]
    play = Play.of(vector(endings))
    played(play, attempt(0), None, attempt(4), None)
    assert play.now == 29.5
    played(play, AddressRefresh(29.5))
    assert played(play, attempt(29.8)) == ["violates"]
    play = Play.of(vector(endings, "point_read"))
    played(play, attempt(0), None, AddressRefresh(1), attempt(4, replica=1), None, AddressRefresh(29.5))
    played(play, attempt(30, replica=2))
    assert play.due == 30


@pytest.mark.parametrize(("operation", "status"), [("create", 201), ("delete", 204), ("query", 200)])
def test_beyond_the_vector_attempts_succeed(operation: str, status: int) -> None:
    """An attempt of which the vector says nothing succeeds after 10 ms, as its operation does."""
    play = Play.of(vector(operation=operation))
    played(play, attempt(0))
    assert play.wait() == (Response(status, 0.01, of=1),)


def test_each_step_has_attempts_of_its_own() -> None:
    """A client that resolves addresses more or less often than the own run meets the other faults."""
    endings: list[Ending] = [
        Reply(1, 410, 0.1),
        Reply(2, 503, 0.1, step="address_resolution"),
        Reply(3, 200, 0.1, step="address_resolution"),
        Reply(4, 449, 0.1),
    ]
    by_requests = Play.of(vector(endings))
    resolve: Step = "address_resolution"
    played(by_requests, attempt(0), None, attempt(0.1, step=resolve), None, attempt(0.2, step=resolve), None)
    played(by_requests, attempt(1.3))
    assert by_requests.wait() == (Response(449, 1.4, of=4),)
    at_once = Play.of(vector(endings))
    played(at_once, attempt(0), None, AddressRefresh(0.1), attempt(1.1))
    assert at_once.wait() == (Response(449, 1.2, of=2),)
    assert (by_requests.unmet, at_once.unmet) == (0, 2)


def test_an_attempt_without_an_ending_keeps_its_number() -> None:
    """Where the own run had no answer to an attempt, the endings after it stay where they were."""
    play = Play.of(vector([Reply(1, 404, 0.2), Reply(3, 404, 0.1)], "point_read", consistency="Strong"))
    played(play, attempt(0), attempt(0, replica=1))
    assert play.wait() == (Response(200, 0.01, of=2),)


def test_two_attempts_may_be_under_way() -> None:
    """A strong read asks two replicas at once; answers of one moment come together, in order."""
    for first, second in product((0.1, 0.2), repeat=2):
        endings = [Reply(1, 404, first), Reply(2, 404, second)]
        play = Play.of(vector(endings, "point_read", consistency="Strong"))
        assert played(play, attempt(0), attempt(0, replica=1)) == ["permitted"] * 2
        come = [play.wait()] if first == second else [play.wait(), play.wait()]
        order = [1, 2] if first <= second else [2, 1]
        assert [answer.of for answers in come for answer in answers] == order
        assert played(play, Error(t=play.now, status=404)) == ["permitted"]
        assert (play.over, play.heard, play.verdict) == (True, True, "conforms")


def test_a_reading_of_the_account_tells_what_the_vector_says() -> None:
    """Each reading tells its own write regions, the last one those of all after it, or the account's."""
    told = [play_reads(vector(reads=reads)) for reads in ([], [[EAST]], [[WEST], [EAST, WEST]])]
    assert told == [[[WEST]] * 3, [[EAST]] * 3, [[WEST], [EAST, WEST], [EAST, WEST]]]


def play_reads(one: Vector) -> list[list[str] | None]:
    """Read the account three times."""
    play = Play.of(one)
    events = [play.move(AccountRefresh(t=float(n))).event for n in range(3)]
    return [event.write_regions for event in events if isinstance(event, AccountRefresh)]


def settled(one: Vector) -> bool:
    """Return whether each attempt of the own run was answered, and nothing came after the end."""
    attempts = sum(isinstance(event, Attempt) for event in one.events)
    late = isinstance(one.events[-1], Response | Failure) and any(
        isinstance(event, Result | Error) for event in one.events
    )
    return len(one.endings) == attempts and not late


def test_a_vector_played_as_it_was_made_is_its_own_run() -> None:
    """A client that does what the own run of a published vector does meets it to the microsecond."""
    played_through = 0
    for one in (found.vector for found in read_vectors(vectors_dir())):
        if not settled(one):
            continue
        play, come = Play.of(one), list[Response | Failure]()
        for event in one.events:
            if isinstance(event, Response | Failure):
                come = come or list(play.wait())
                assert msgspec.structs.replace(come.pop(0), of=event.of) == event, one.id
            else:
                moved = play.move(event).event
                assert isinstance(event, AccountRefresh) or moved == event
        assert (play.verdict, play.unmet) == (one.verdict, 0), one.id
        played_through += 1
    assert played_through > 1000


# --------------------------------------------------------------------------------------- what is said


def test_a_move_that_violates_ends_the_play() -> None:
    """The verdict names the row, the clause and what was permitted, and the play is over."""
    play = Play.of(vector([Breakdown(1, "timeout", True, 6)]))
    played(play, attempt(0), None)
    judged = play.move(attempt(6))
    assert (judged.verdict, judged.rows, judged.number) == ("violates", ("write.sent.timeout.resend",), 3)
    assert "002/410/write/client/sent/no-retry" in judged.cites
    assert [move.describe() for move in judged.permitted] == [
        "error 408, from 6 s [write.sent.timeout.surface]"
    ]
    assert (play.over, play.heard, play.verdict, play.violation) == (True, False, "violates", judged)
    assert judge(play.trace()).reason == judged.reason
    text = "\n".join(judged.lines(load_contract()))
    assert all(
        part in text for part in ("event 3: attempt in West US at 6 s", "permitted instead: error 408")
    )
    with pytest.raises(BadMove, match="over"):
        play.move(Error(t=6, status=408))


@pytest.mark.parametrize(
    ("settings", "status", "moves", "verdict"),
    [
        ({}, 413, [attempt(1), None, Result(1.01, 201)], "unspecified"),
        ({}, 413, [Error(t=0.1, status=413)], "conforms"),
        ({"operation": "point_read", "mode": "gateway"}, 404, [Error(t=0.1, status=404)], "conforms"),
        (
            {"operation": "point_read", "mode": "gateway", "consistency": "Strong"},
            404,
            [Error(t=0.1, status=404)],
            "unobservable",
        ),
    ],
)
def test_a_play_comes_to_a_verdict(
    settings: dict[str, Any], status: int, moves: list[ClientEvent | None], verdict: str
) -> None:
    """A play comes to the best that any run of the contract makes of it; that of its trace agrees."""
    play = Play.of(vector([Reply(1, status, 0.1)], **settings))
    played(play, attempt(0, replica=None), None, *moves)
    assert (play.over, play.verdict) == (True, verdict)
    assert judge(play.trace()).verdict == verdict


def test_the_trace_of_a_play_has_its_configuration() -> None:
    """What was played can be judged again: nothing of the configuration is lost on the way."""
    client = Client([EAST, WEST], True, 5.5, Throttling(3, 12.5))
    for mode, level in product(("direct", "gateway"), ("Strong", "Session")):
        made = vector(mode=mode, consistency=level, client=client, write_regions=[EAST, WEST])
        play = Play.of(made)
        played(play, attempt(0, EAST), None, Result(0.01, 201))
        assert judge(play.trace()).verdict in ("conforms", "unobservable")
        again = vector(mode=mode, consistency=level, client=client, write_regions=[EAST, WEST]).config
        assert again == play.config == type(again).from_trace(play.trace())


# ----------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize("t", [-1.0, float("nan"), float("inf"), 1e10, 0.4])
def test_a_time_that_cannot_be_is_no_move(t: float) -> None:
    """A time below zero, without an end, or before the last one, is no move; nothing has changed."""
    play = Play.of(vector([Reply(1, 500, 0.5)]))
    played(play, attempt(0), None)
    for bad in (AddressRefresh(t), Error(t=t, status=500)):
        with pytest.raises(BadMove, match=r"is not permitted|goes backwards"):
            play.move(bad)
    with pytest.raises(BadMove):
        play.wait(until=t)
    assert (play.now, len(play.events)) == (0.5, 2)


def test_a_client_hears_what_comes_before_its_move() -> None:
    """A move lies no later than the next answer; at the very moment it may still come first."""
    for t, fine in ((0.4, True), (0.5, True), (0.500001, False), (9.0, False)):
        play = Play.of(vector([Reply(1, 500, 0.5)]))
        played(play, attempt(0))
        if fine:
            assert played(play, AddressRefresh(t)) == ["permitted"]
        else:
            with pytest.raises(BadMove, match="an answer comes first"):
                play.move(AddressRefresh(t))


def test_a_client_may_wait_for_less_than_an_answer() -> None:
    """Waiting until a time ends there, without an answer, or with one that comes no later."""
    play = Play.of(vector([Reply(1, 500, 0.5)]))
    played(play, attempt(0))
    assert play.wait(until=0.4) == ()
    assert play.now == 0.4
    assert [answer.t for answer in play.wait(until=0.5)] == [0.5]
    assert play.wait(until=2) == ()
    with pytest.raises(BadMove, match="no attempt is under way"):
        play.wait()


def test_what_is_no_move_of_a_client_is_refused() -> None:
    """Answers are for the environment to make, and pages are for queries."""
    play = Play.of(vector())
    with pytest.raises(BadMove):
        play.move(Response(200, 0.0))  # type: ignore[arg-type]
    with pytest.raises(BadMove, match="query"):
        play.move(attempt(0, step="page"))


# ------------------------------------------------------------------------------------------- the page


class Scripted(Program):
    """A program that says what stands on the page, and checks that it is told what stands there."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def ask(self, line: bytes, within_s: float | None = None) -> bytes:
        """Check the question, and return the answer."""
        self.tell(line)
        return self.lines.pop(0).removeprefix("< ").encode()

    def tell(self, line: bytes) -> None:
        """Check what is told."""
        assert self.lines.pop(0) == f"> {line.decode()}"

    def listen(self) -> None:
        """Say nothing."""

    def leave(self) -> None:
        """Have said it all."""
        assert not self.lines


def dialogues() -> list[list[str]]:
    """Return the dialogues of the page."""
    return [part.strip().splitlines() for part in re.findall(r"```\n(> .*?)```", PAGE, flags=re.DOTALL)]


def test_the_example_of_the_page_is_what_is_said() -> None:
    """The dialogue on the page of the protocol is, to the byte, the one that takes place."""
    lines = dialogues()[0]
    conversation = Conversation(Scripted(lines), load_contract())
    made = msgspec.structs.replace(vector([Reply(1, 410, 0.01)]), id="create-410")
    assert conversation.play(made).outcome == "passed"
    conversation.bye()


def test_another_reader_of_the_schema_agrees() -> None:
    """Every message of the example is valid by its side of the schema; a key that is unknown is not."""
    whole = schema()
    sides = {
        mark: jsonschema_rs.validator_for({"$ref": f"#/$defs/{side}", "$defs": whole["$defs"]})
        for mark, side in ((">", "FromHarness"), ("<", "FromProgram"))
    }
    for line in dialogues()[0]:
        mark, message = line[0], json.loads(line[2:])
        sides[mark].validate(message)
        assert not sides[mark].is_valid({**message, "please": True})
        assert not sides[mark].is_valid({**message, "kind": "please"})


def test_the_published_schema_is_the_one_of_the_types() -> None:
    """The JSON Schema in spec/ is what `cosmos-retry schema protocol` prints."""
    published = (ROOT / "spec/protocol-v1.schema.json").read_text(encoding="utf-8")
    assert published == json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def test_the_page_names_every_message_and_key() -> None:
    """Each kind of message, and each key of one that is not a trace's, is explained on the page."""
    parts = schema()["$defs"]
    trace_keys = {"regions", "write_regions", "preferred_locations", "use_multiple_write_locations", "blind"}
    trace_keys |= {"request_timeout_s", "throttling", "max_retries", "max_wait_s", "note"}
    keys = {key for part in parts.values() for key in part.get("properties", {})} - trace_keys
    messages = [parts[one["$ref"].rpartition("/")[2]] for side in SIDES for one in parts[side]["anyOf"]]
    kinds = {kind for message in messages for kind in message["properties"]["kind"]["enum"]}
    assert len(kinds) > 20
    missing = {word for word in keys | kinds if f"`{word}`" not in PAGE and f'"{word}"' not in PAGE}
    assert missing == set()
