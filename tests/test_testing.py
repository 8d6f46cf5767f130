"""The kit: what a client does is judged as it is done, whether it decides, blocks or awaits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import msgspec
import pytest

import cosmos_retry
import cosmos_retry.testing
from cosmos_retry import Config
from cosmos_retry.harness.files import read_vectors, vectors_dir
from cosmos_retry.harness.play import ClientEvent, Play
from cosmos_retry.testing import (
    AsyncTransport,
    FaultScript,
    Surfaced,
    Transport,
    VectorCase,
    Violation,
    Wait,
    check,
    configuration,
    drive,
)
from cosmos_retry.testing.client import Testable, Told
from cosmos_retry.trace import AccountRefresh, Attempt, Error, Failure, Response, Result
from cosmos_retry.vectors.vector import Breakdown, Reply
from kit_client import example

ACCOUNT = {"regions": ["West US", "East US"], "write_regions": ["West US"]}
CREATE = configuration(operation="create", mode="gateway", consistency="Session", account=ACCOUNT)
STRONG = configuration(operation="point_read", mode="direct", consistency="Strong", account=ACCOUNT)
THROTTLED = FaultScript(CREATE, (Reply(1, 429, 0.1, retry_after_ms=400.0),))


class Decides:
    """A client that is asked for its moves: it waits out a 429, and gives everything else up."""

    def __init__(self, config: Config, patience: float = 1.0) -> None:
        self._region = config.order[0]
        self._patience = patience
        self.told: list[Told] = []

    def move(self, now: float, told: Sequence[Told]) -> ClientEvent | Wait:
        """Return the next move."""
        self.told += told
        if not told:
            return Wait() if now or self.told else self._begin()
        (answer,) = told
        if not isinstance(answer, Response):
            return Error(t=now, status=408)
        if answer.status < 300:
            return Result(t=now, status=answer.status)
        if answer.status != 429:
            return Error(t=now, status=answer.status)
        return Attempt(t=now + self._patience * (answer.retry_after_ms or 0.0) / 1000, region=self._region)

    def _begin(self) -> Attempt | Wait:
        self.told.append(Response(status=100))
        return Attempt(t=0.0, region=self._region)


def blocks(transport: Transport) -> int:
    """Do the same as ordinary code."""
    while True:
        answer = transport.send(transport.config.order[0])
        if isinstance(answer, Failure):
            raise Surfaced(408)
        if answer.status < 300:
            return answer.status
        if answer.status != 429:
            raise Surfaced(answer.status, answer.substatus)
        transport.sleep((answer.retry_after_ms or 0.0) / 1000)


async def awaits(transport: AsyncTransport) -> int:
    """Do the same as asynchronous code."""
    while True:
        answer = await transport.send(transport.config.order[0])
        if isinstance(answer, Failure):
            raise Surfaced(408)
        if answer.status < 300:
            return answer.status
        if answer.status != 429:
            raise Surfaced(answer.status, answer.substatus)
        await asyncio.sleep((answer.retry_after_ms or 0.0) / 1000)


CLIENTS: dict[str, Callable[[], Any]] = {
    "decides": lambda: Decides(CREATE),
    "blocks": lambda: blocks,
    "awaits": lambda: awaits,
}


@pytest.mark.parametrize("name", CLIENTS)
def test_three_ways_to_write_a_client_are_one(name: str) -> None:
    """A client that decides move by move, one that blocks and one that awaits leave the same record."""
    play = THROTTLED.check(CLIENTS[name]())
    assert play.verdict == "conforms"
    assert play.events == [
        Attempt(t=0.0, region="West US"),
        Response(429, 0.1, retry_after_ms=400.0, of=1),
        Attempt(t=0.5, region="West US"),
        Response(201, 0.51, of=2),
        Result(t=0.51, status=201),
    ]


@pytest.mark.parametrize("name", CLIENTS)
def test_an_error_for_the_application_is_judged(name: str) -> None:
    """A client that surfaces a 410 fails, in whatever way it is written, and the message says it all."""
    with pytest.raises(Violation) as found:
        FaultScript(CREATE, (Reply(1, 410, 0.1),)).check(CLIENTS[name]())
    lines = str(found.value).splitlines()
    assert lines[0].startswith("event 3: error 410 at 0.1 s: The write is retried before")
    assert lines[1] == "create; gateway; Session; regions West US, East US, writes to West US"
    assert any(re.match(r"002/410/write/\S+: \w", line) for line in lines)
    assert any(line.startswith("permitted instead: attempt in West US") for line in lines)
    assert lines[-3:] == [
        "  1. 0 s: attempt in West US",
        "  2. 0.1 s: attempt 1 answered 410",
        "  3. 0.1 s: error 410",
    ]
    assert found.value.play.violation is not None


def test_a_wait_cut_short_is_found() -> None:
    """A client that comes back before it was asked to violates, at that very attempt."""
    with pytest.raises(Violation, match=r"^event 3: attempt in West US at 0.3 s") as found:
        THROTTLED.check(Decides(CREATE, patience=0.5))
    (*_, last) = found.value.play.judged
    assert "002/429/limits" in last.cites
    assert last.permitted


def test_the_example_passes_vectors() -> None:
    """The example client, as ordinary code, passes what it passes as a program of its own."""
    found = read_vectors(vectors_dir())[::20]
    assert {one.lifecycle for one in found} == {"point_read", "query", "write", "metadata"}
    assert {VectorCase(one.vector).check(example()).verdict for one in found} == {"conforms"}


def test_two_attempts_are_under_way_at_once() -> None:
    """Asynchronous code asks two replicas at once, and takes what comes first; blocking code does so, too."""

    async def hedges(transport: AsyncTransport) -> int | None:
        sent = [asyncio.create_task(transport.send("West US", replica)) for replica in (0, 1)]
        for answer in asyncio.as_completed(sent):
            if isinstance(found := await answer, Response) and found.status == 200:
                return found.status
        raise Surfaced(404)

    def begins(transport: Transport) -> int | None:
        for replica in (0, 1):
            transport.begin("West US", replica)
        answers = [transport.answer(), transport.answer()]
        return next(one.status for one in answers if isinstance(one, Response) and one.status == 200)

    script = FaultScript(STRONG, (Reply(1, 404, 0.1), Reply(2, 200, 0.2)))
    records = [script.check(client).events for client in (hedges, begins)]
    assert records[0] == records[1]
    assert [event.t for event in records[0]] == [0.0, 0.0, 0.1, 0.2, 0.2]


def test_a_timeout_of_asyncio_runs_in_virtual_time() -> None:
    """What the event loop cancels is cancelled at the time of the play; the answer comes all the same."""

    async def impatient(transport: AsyncTransport) -> int | None:
        try:
            async with asyncio.timeout(2.5):
                await transport.send("West US")
        except TimeoutError:
            raise Surfaced(int(transport.time() * 100)) from None
        return 200

    play = Play(CREATE, (Reply(1, 200, 7.0),))
    drive(impatient, play)
    assert play.events[-1] == Error(t=2.5, status=250)


def test_retry_loops_cannot_swallow_the_end() -> None:
    """A loop that takes every exception is left where its move violates."""

    def stubborn(transport: Transport) -> int | None:
        while True:
            try:
                transport.send("Atlantis")
            except Exception:
                continue

    with pytest.raises(Violation, match="Atlantis"):
        THROTTLED.check(stubborn)


def test_answers_wait_for_those_who_sleep() -> None:
    """A code that sleeps past an answer finds it afterwards; to sleep for no time hears nothing."""
    heard = []

    def sleeps(transport: Transport) -> int | None:
        transport.begin("West US")
        transport.sleep(0.0)
        heard.append(transport.time())
        transport.sleep(3.0)
        heard.append(transport.time())
        heard.append(transport.answer().t or 0.0)
        return 201

    check(sleeps, Play(CREATE, (Reply(1, 201, 0.0),)))
    assert heard == [0.0, 3.0, 0.0]


def test_the_account_is_read_as_the_script_says() -> None:
    """A redirected write learns the write region from the account."""

    def redirected(transport: Transport) -> int | None:
        transport.send("West US")
        region = transport.read_account()[0]
        transport.send(region)
        return 201

    script = FaultScript(CREATE, (Reply(1, 403, 0.1, 3),), account_reads=(("East US",),))
    play = script.check(redirected)
    assert AccountRefresh(t=0.1, write_regions=["East US"]) in play.events
    assert script.redirects


READ = configuration(operation="point_read", mode="direct", consistency="Eventual", account=ACCOUNT)
LOST = Reply(1, 503, 0.1, step="address_resolution")


def resolves(transport: Transport) -> int | None:
    """Resolve addresses first, and after a 410 again; give up with what cannot be resolved."""
    for step in (*transport.needs, None, "address_resolution", None):
        answer = transport.send("West US", step=step)
        if isinstance(answer, Response) and answer.status == 503:
            raise Surfaced(503)
        if step is None and isinstance(answer, Response) and answer.status == 200:
            return answer.status
        if step is None:
            transport.sleep(1.0)
    return 200


def test_a_metadata_call_meets_its_fault() -> None:
    """The n-th ending of a step is that of its n-th call, wherever it falls among the attempts."""
    first = FaultScript(READ, metadata=(LOST,), needs=("address_resolution",)).play()
    drive(resolves, first, ("address_resolution",))
    assert [event.t for event in first.events] == [0.0, 0.1, 0.1]
    later = FaultScript(READ, (Reply(1, 410, 0.2),), metadata=(LOST,))
    with pytest.raises(Violation, match="retr") as found:
        later.check(resolves)
    steps = [event.step for event in found.value.play.events if isinstance(event, Attempt)]
    assert steps == [None, "address_resolution"]
    good = msgspec.structs.replace(LOST, status=200)
    second = FaultScript(READ, (Reply(1, 410, 0.2),), metadata=(good, LOST), needs=("address_resolution",))
    with pytest.raises(Violation) as found:
        second.check(resolves)
    answered = [event.status for event in found.value.play.events if isinstance(event, Response)]
    assert answered == [200, 410, 503]


def test_faults_of_metadata_shift_nothing() -> None:
    """Endings of metadata calls change neither the numbers of the others, nor what lasts, nor since when."""
    own = (Reply(1, 410, 0.0), Reply(2, 410, 5.0, since=1))
    plain, shifted = FaultScript(READ, own, True), FaultScript(READ, own, True, metadata=(LOST, LOST))

    def insists(transport: Transport) -> int | None:
        for _ in range(3):
            transport.send("West US")
            transport.refresh_addresses()
            transport.sleep(1.0)
        return None

    told = []
    for script in (plain, shifted):
        play = script.play()
        drive(insists, play)
        told.append([(event.t, type(event).__name__) for event in play.events])
    assert told[0] == told[1]
    assert [t for t, kind in told[0] if kind == "Response"][:2] == [0.0, 5.0]


BAD_SCRIPTS: dict[str, Callable[[], FaultScript]] = {
    "endings: one has the step 'address_resolution'; its place is in metadata": lambda: FaultScript(
        READ, (LOST,)
    ),
    "metadata: an ending names no metadata call as its step": lambda: FaultScript(
        READ, metadata=(Reply(1, 503, 0.1),)
    ),
    "pages: 0 is below 1": lambda: FaultScript(READ, pages=0),
}


@pytest.mark.parametrize("reason", BAD_SCRIPTS)
def test_a_script_that_cannot_be_is_refused(reason: str) -> None:
    """An ending in the wrong place, and no page at all, are refused in one line."""
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        BAD_SCRIPTS[reason]()


def test_what_never_ends_is_ended() -> None:
    """A client that goes on without end, or waits for nothing, fails with a line that says so."""

    def spins(transport: Transport) -> int | None:
        while True:
            transport.sleep(0.001)

    async def waits(transport: AsyncTransport) -> int | None:
        await asyncio.Event().wait()
        return 200

    class Waits:
        def move(self, now: float, told: Sequence[Told]) -> ClientEvent | Wait:
            return Wait(until=now)

    cases: list[tuple[Testable, str]] = [
        (spins, "no end was reached within 1000 moves"),
        (waits, "it waits for something that never comes"),
        (Waits(), "no end was reached within 1000 moves"),
        (lambda transport: transport.answer().of, "it waits for an answer, and no attempt is under way"),
    ]
    for client, says in cases:
        with pytest.raises(Violation, match=f"^{says}"):
            THROTTLED.check(client)


def test_an_error_of_the_code_comes_through() -> None:
    """What the code raises by mistake is no error that the application was meant to hear."""

    def broken(transport: Transport) -> int | None:
        raise KeyError("a mistake")

    async def broken_too(transport: AsyncTransport) -> int | None:
        raise KeyError("a mistake")

    for client in (broken, broken_too):
        with pytest.raises(KeyError, match="a mistake"):
            THROTTLED.check(client)


def test_a_coroutine_is_asked_for_by_its_function() -> None:
    """A plain function that returns a coroutine is refused in one line, and the coroutine is closed."""
    with pytest.raises(TypeError, match="`async def`"):
        THROTTLED.check(lambda transport: awaits(transport))


def test_an_unsent_failure_is_told() -> None:
    """A failure says whether the request was sent, as the script does."""
    play = Play(CREATE, (Breakdown(1, "connectivity", False, 0.2),))
    drive(blocks, play)
    assert play.events[1] == Failure(cause="connectivity", t=0.2, sent=False, of=1)


@pytest.mark.parametrize("module", [cosmos_retry, cosmos_retry.testing], ids=lambda module: module.__name__)
def test_everything_public_is_there(module: ModuleType) -> None:
    """Each public name is found where the package says that it is, and no other is."""
    assert sorted(module._HOME) == sorted(module.__all__)
    assert {*module.__all__} <= {*dir(module)}
    for name in module.__all__:
        assert getattr(module, name).__name__ == name
        assert getattr(module, name) is getattr(module, name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing
