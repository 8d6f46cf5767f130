"""The machine step by step: when windows open, what a change of region forgets, which delays will do."""

from __future__ import annotations

import copy
from typing import Any

import attrs
import pytest

from cosmos_retry import Config, load_contract
from cosmos_retry.features import MEASURES, measure_for
from cosmos_retry.instants import NEVER, grown_delay, instant_us
from cosmos_retry.machine import Refusal, Step
from cosmos_retry.machines import machine_for
from cosmos_retry.memory import Memory, Seen, Window
from strategies import make_config

CONTRACT = load_contract()
WORDS, PROFILE = CONTRACT.vocabulary, CONTRACT.profile
A, B, C = "A", "B", "C"
US = 1_000_000


def us(seconds: float) -> int:
    """Return seconds as microseconds."""
    return round(seconds * US)


def attempt(t: float, region: str = A, replica: int | None = None) -> Seen:
    """An attempt, its time in seconds."""
    return Seen("attempt", us(t), region=region, replica=replica)


def answer(t: float, status: int, substatus: int = 0, asked: float | None = None) -> Seen:
    """A response; `asked` is the wait that it asks for, in seconds."""
    return Seen(
        "response", us(t), status=status, substatus=substatus, asked=None if asked is None else us(asked)
    )


def failure(t: float, sent: bool, cause: str = "connectivity") -> Seen:
    """A failure of the client's own."""
    return Seen("failure", us(t), cause=cause, sent=sent)


def refresh(t: float) -> Seen:
    """An address refresh."""
    return Seen("address_refresh", us(t))


def told(t: float, *regions: str) -> Seen:
    """An account refresh that names write regions, or none."""
    return Seen("account_refresh", us(t), write_regions=regions or None)


class Walker:
    """A run on a lifecycle's machine, one event after the other."""

    def __init__(self, operation: str, mode: str = "direct", level: str = "Session", **client: Any) -> None:
        self.config: Config = make_config(
            operation=operation,
            mode=mode,
            consistency=level,
            account={"regions": [A, B, C], "write_regions": [A, B, C]},
            client={"use_multiple_write_locations": True, **client},
        )
        self.machine = machine_for(CONTRACT, self.config.lifecycle)
        self.state, self.memory = "start", Memory()

    def after(self, *events: Seen) -> Walker:
        """Take events that are all permitted."""
        for event in events:
            step = self.machine.step(self.config, self.state, self.memory, event)
            assert isinstance(step, Step), step
            self.state, self.memory = step.state, step.memory
        return self

    def step(self, event: Seen) -> Step:
        """Return the step that a permitted event makes, without making it."""
        step = self.machine.step(self.config, self.state, self.memory, event)
        assert isinstance(step, Step), step
        return step

    def refusal(self, event: Seen) -> Refusal:
        """Return the refusal of an event that is not permitted."""
        refusal = self.machine.step(self.config, self.state, self.memory, event)
        assert isinstance(refusal, Refusal), refusal
        return refusal

    def takes(self, event: Seen) -> bool:
        """Whether an event is permitted."""
        return isinstance(self.machine.step(self.config, self.state, self.memory, event), Step)


# ------------------------------------------------------------------------------------------------- windows


def test_window_opens_at_the_attempt_that_met_the_fault() -> None:
    """The time for retries runs from the start of the attempt, however late its answer came."""
    run = Walker("create").after(attempt(2), failure(9, sent=False))
    assert run.memory.windows["gone"].opened == us(2)
    assert run.takes(attempt(32))
    assert not run.takes(attempt(32.000001))


def test_window_is_opened_once() -> None:
    """A second fault of the same kind does not start the time anew."""
    run = Walker("create").after(attempt(0), failure(1, sent=False), attempt(20), failure(21, sent=False))
    assert run.memory.windows["gone"].opened == 0
    assert not run.takes(attempt(36.5))


@pytest.mark.parametrize(
    ("operation", "mode", "level", "seconds"),
    [
        ("create", "direct", "Strong", 30),
        ("create", "gateway", "Session", 30),
        ("point_read", "direct", "Eventual", 30),
        ("point_read", "direct", "ConsistentPrefix", 30),
        ("point_read", "direct", "Session", 30),
        ("point_read", "gateway", "Eventual", 60),
        ("point_read", "gateway", "Session", 60),
        ("query", "gateway", "Session", 60),
        ("query", "direct", "BoundedStaleness", 60),
        ("point_read", "direct", "Strong", 60),
        ("point_read", "gateway", "BoundedStaleness", 60),
    ],
)
def test_window_after_410(operation: str, mode: str, level: str, seconds: int) -> None:
    """A retry after a 410 may start at the bound, and not a microsecond later."""
    run = Walker(operation, mode, level).after(attempt(0, replica=0), answer(1, 410), refresh(2))
    assert run.takes(attempt(seconds, replica=1))
    assert not run.takes(attempt(seconds + 0.000001, replica=1))


def test_change_of_region_forgets_what_belongs_to_the_region() -> None:
    """In the next region the windows and counts of the region start anew; those of the request go on."""
    run = Walker("create", "gateway").after(attempt(0), answer(0, 429), attempt(1), answer(1, 449))
    run.after(attempt(1.01), answer(2, 503), attempt(2), answer(3, 503), attempt(3), answer(4, 503))
    assert {name: window.retries for name, window in run.memory.windows.items()} == {
        "throttle": 1,
        "retry_with": 1,
        "unavailable": 2,
    }
    run.after(attempt(5, B), answer(6, 503))
    assert {name: window.retries for name, window in run.memory.windows.items()} == {
        "throttle": 1,
        "retry_with": 1,
    }
    assert run.state == "unavailable"
    assert run.memory.failovers == 1
    assert run.memory.visited == (A, B)


def test_window_of_the_next_region_starts_there() -> None:
    """The 30 s of the second region run from the first attempt in it."""
    run = Walker("create").after(attempt(0), failure(1, sent=False), attempt(31, B), failure(32, sent=False))
    assert run.memory.windows["gone"].opened == us(31)
    assert run.takes(attempt(61, B))
    assert not run.takes(attempt(61.000001, B))


def test_next_page_is_a_new_request() -> None:
    """Asking for the next page forgets windows, counts and regions."""
    run = Walker("query").after(attempt(0), answer(0, 429), attempt(1), answer(2, 200), attempt(3))
    assert (run.memory.windows, run.memory.visited, run.memory.met) == ({}, (A,), frozenset())


def test_pair_counts_from_its_first_attempt() -> None:
    """Two replicas asked at once are one read: its window runs from the first of the two attempts."""
    run = Walker("point_read", level="Strong").after(attempt(1, replica=0), attempt(3, replica=1))
    run.after(answer(4, 410), answer(5, 410))
    assert run.memory.windows["gone"].opened == us(1)


def test_window_that_never_opened_never_ends() -> None:
    """The end of a window that no fault has opened lies beyond all times."""
    config = Walker("create").config
    assert instant_us(WORDS.instants["gone_window_end"], PROFILE, config, Memory()) == NEVER


# ------------------------------------------------------------------------------------------------- delays


def delayed(*delays: float) -> tuple[Walker, int]:
    """Return a read that met 408s and waited so many seconds before its retries, and the time of the last."""
    run, t = Walker("point_read").after(attempt(0), answer(0, 408)), 0.0
    for delay in delays:
        t += delay
        run.after(attempt(t), answer(t, 408))
    return run, us(t)


@pytest.mark.parametrize(
    ("delays", "least"),
    [
        ((), 0),
        ((4,), 3),
        ((4, 3), 4.4),
        ((4, 4), 4.4),
        ((1, 2), 1.5),
        ((1, 2, 1.5), 1.5),
        ((1, 2, 1.5, 1.5), 1.5),
        ((0.1, 0.5, 0.5), 0.55),
        ((0.1, 0.5, 0.4), 0.55),
        ((0.001,), 0.00075),
        ((0.001, 0.001), 0.002),
        ((0,), 0),
        ((0, 0), 0.001),
    ],
)
def test_least_delay(delays: tuple[float, ...], least: float) -> None:
    """The shortest delay that still counts as exponential is permitted; a microsecond less is not."""
    run, last = delayed(*delays)
    earliest = last + us(least)
    assert run.takes(Seen("attempt", earliest, region=A))
    assert not least or not run.takes(Seen("attempt", earliest - 1, region=A))


@pytest.mark.parametrize(("delays", "last_call"), [((), 30), ((4,), 22), ((1, 8), 14), ((2, 8, 6), 14)])
def test_last_call(delays: tuple[float, ...], last_call: float) -> None:
    """The time is spent once twice the longest delay would end too late; then the 408 is surfaced."""
    run, _ = delayed(*delays)
    early = run.machine.step(run.config, run.state, run.memory, Seen("error", us(last_call), status=408))
    if delays:
        assert isinstance(early, Step)
        assert early.row.id == "read.408.surface.early"
    else:
        assert isinstance(early, Refusal)
        assert early.forbidding is not None
    assert run.step(Seen("error", us(last_call) + 1, status=408)).row.id == "read.408.surface"


@pytest.mark.parametrize(("delay", "grown"), [(0, 1_000), (1_000, 2_000), (10_000, 11_000), (US, 1_100_000)])
def test_growth_is_a_tenth_and_a_millisecond(delay: int, grown: int) -> None:
    """A delay has grown by a tenth, and by a millisecond at least."""
    config = Walker("create").config
    assert abs(grown_delay(delay, PROFILE, config) - grown) <= 1


def test_read_goes_at_any_pace_after_410() -> None:
    """A read may retry after 410s as fast as it refreshes, and then more slowly or faster."""
    run = Walker("point_read", level="Eventual").after(attempt(0), answer(0, 410))
    for t in (5, 5, 5, 5.5, 5.6):
        run.after(refresh(t), attempt(t), answer(t, 410))
    assert run.memory.retries("gone") == 5


def test_first_retry_after_449() -> None:
    """The first retry after a 449 comes 10 ms after it, and 100 ms later at the latest."""
    run = Walker("create").after(attempt(0), answer(1, 449))
    for t, taken in ((1.009999, False), (1.01, True), (1.11, True), (1.110001, False)):
        assert run.takes(attempt(t)) == taken


# ------------------------------------------------------------------------------------------------- counts


@pytest.mark.parametrize("most", [0, 1, 9, 12])
def test_throttling_retries_end_at_the_limit(most: int) -> None:
    """As many retries follow a 429 as the client is configured to make, and then the 429 is surfaced."""
    run = Walker("create", throttling={"max_retries": most}).after(attempt(0), answer(0, 429))
    for retry in range(most):
        run.after(attempt(retry), answer(retry, 429))
    refusal = run.refusal(attempt(most))
    assert refusal.forbidding is not None
    assert refusal.forbidding.id == "all.429.retry.spent"
    assert run.step(Seen("error", us(most), status=429)).row.id == "all.429.surface.retries"


@pytest.mark.parametrize(("asked", "wait"), [(0.0, 0.0), (0.1, 0.1), (5.0, 5.0), (None, 0.0)])
def test_throttled_client_waits_as_asked(asked: float | None, wait: float) -> None:
    """A retry after a 429 starts when the wait that was asked for is over, or at once where none was."""
    run = Walker("point_read").after(attempt(0), answer(1, 429, asked=asked))
    assert run.takes(attempt(1 + wait))
    assert not wait or not run.takes(attempt(1 + wait - 0.000001))


def test_throttling_time_ends_at_the_bound() -> None:
    """A retry after a 429 may start at the configured time after the first attempt, and not later."""
    run = Walker("create", throttling={"max_wait_s": 7}).after(attempt(0), answer(1, 429))
    assert run.takes(attempt(7))
    assert not run.takes(attempt(7.000001))


def test_endpoint_gets_two_retries() -> None:
    """After two retries the endpoint is spent, and another attempt there is forbidden."""
    run = Walker("point_read", "gateway").after(attempt(0), answer(0, 503), attempt(1), answer(1, 503))
    run.after(attempt(2), answer(2, 503))
    refusal = run.refusal(attempt(3))
    assert refusal.forbidding is not None
    assert refusal.forbidding.id == "all.503.third-retry"


def test_each_policy_counts_for_itself() -> None:
    """Where faults alternate, each policy has its own count and window, and the run says what it rests on."""
    run = Walker("point_read").after(attempt(0, replica=0), answer(0, 410), refresh(1), attempt(2, replica=1))
    step = run.step(answer(3, 408))
    assert "mixed-faults" in step.rests_on
    run.after(answer(3, 408), attempt(5), answer(6, 429), attempt(7))
    assert {name: window.retries for name, window in run.memory.windows.items()} == {
        "gone": 1,
        "timeout": 1,
        "throttle": 1,
    }
    assert [run.memory.windows[name].opened for name in ("gone", "timeout", "throttle")] == [0, us(2), us(5)]


def test_forward_is_no_failover() -> None:
    """A forward after a 403/3 goes where the refresh said, and leaves the one failover for later."""
    run = Walker("create").after(attempt(0), answer(1, 403, 3), told(2, B), attempt(3, B))
    assert (run.memory.failovers, run.memory.visited, run.memory.retries("redirect")) == (0, (A, B), 1)


# ------------------------------------------------------------------------------------------------ refusals


def test_refusal_says_who_forbids() -> None:
    """A refused event names the row that forbids it."""
    run = Walker("create").after(attempt(0), failure(1, sent=True, cause="timeout"))
    refusal = run.refusal(attempt(2))
    assert refusal.forbidding is not None
    assert refusal.forbidding.id == "write.sent.timeout.resend"


def test_refusal_names_the_nearest_row() -> None:
    """Where no row forbids, the nearest one is named, with its conditions that do not hold."""
    run = Walker("create").after(attempt(0), failure(1, sent=False))
    refusal = run.refusal(attempt(30.000001))
    assert refusal.forbidding is None
    assert refusal.nearest is not None
    assert (refusal.nearest.id, refusal.failing) == ("write.unsent.retry", ("not_after:gone_window_end",))


@pytest.mark.parametrize("event", [attempt(2), answer(2, 200), Seen("result", us(2), status=200)])
def test_step_changes_nothing_that_it_was_given(event: Seen) -> None:
    """Memory goes in and another one comes out, whether the event is taken or refused."""
    run = Walker("create").after(attempt(0), answer(1, 449), attempt(1.01))
    before = copy.deepcopy(run.memory)
    run.machine.step(run.config, run.state, run.memory, event)
    assert run.memory == before


def test_unknown_state_and_event_are_errors() -> None:
    """A state that the lifecycle does not have, and an event that nobody knows, raise."""
    run = Walker("create")
    with pytest.raises(KeyError, match="no state 'planned'"):
        run.machine.step(run.config, "planned", Memory(), attempt(0))
    with pytest.raises(KeyError, match="no event 'resend'"):
        run.machine.step(run.config, "start", Memory(), Seen("resend"))


def test_one_machine_serves_many_runs() -> None:
    """Two runs on one machine do not disturb each other."""
    one, other = Walker("create"), Walker("create")
    assert one.machine is other.machine
    one.after(attempt(0), failure(1, sent=False))
    other.after(attempt(0), answer(1, 201))
    assert (one.state, other.state) == ("unsent", "succeeded")


# ------------------------------------------------------------------------------------------------ measures


@pytest.mark.parametrize(
    ("there", "value"),
    [(A, "visited"), (B, "current"), (C, "next"), ("D", "elsewhere"), ("E", "unlisted"), ("F", "foreign")],
)
def test_region_is_told_apart(there: str, value: str) -> None:
    """A region is that of the last attempt, next in order, tried, later in order, unlisted or foreign."""
    config = make_config(
        operation="point_read",
        mode="direct",
        consistency="Session",
        account={"regions": [A, B, C, "D", "E"], "write_regions": [A]},
        client={"preferred_locations": [A, B, C, "D"]},
    )
    memory = Memory(region=B, visited=(A, B))
    assert MEASURES["region"](config, memory, Seen("attempt", region=there)) == value


@pytest.mark.parametrize(
    ("status", "substatus", "value"),
    [
        (200, 0, "success"),
        (299, 0, "success"),
        (304, 0, "success"),
        (300, 0, "unlisted"),
        (403, 3, "403/3"),
        (403, 1008, "403"),
        (404, 1002, "404/1002"),
        (404, 1003, "404"),
        (410, 1002, "410"),
        (418, 0, "unlisted"),
        (599, 0, "unlisted"),
    ],
)
def test_answer_is_told_apart(status: int, substatus: int, value: str) -> None:
    """An answer is a success, a status with the substatus that matters, a status, or unlisted."""
    measure = measure_for("answer", WORDS.features["answer"], PROFILE)
    config = Walker("create").config
    assert measure(config, Memory(), answer(0, status, substatus)) == value


def test_count_of_another_policy_is_not_looked_at() -> None:
    """A feature that counts retries counts those of its own policy."""
    memory = Memory(windows={"gone": Window(0, retries=3)})
    config = Walker("create").config
    counted = {
        name: measure_for(name, feature, PROFILE)(config, memory, Seen("attempt"))
        for name, feature in WORDS.features.items()
        if feature.policy is not None
    }
    assert counted.pop("gone_retries") == "some"
    assert set(counted.values()) == {"none"}


def test_memory_and_events_are_frozen() -> None:
    """Neither what is remembered nor what was seen can be changed afterwards."""
    for record in (Memory(), Seen("attempt"), Window(0)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            record.t = 1  # type: ignore[union-attr, misc]
