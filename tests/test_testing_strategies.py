"""The kit's strategies draw what they say, and its state machine finds bugs and makes them small."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from cosmos_retry import Config
from cosmos_retry.config import OPERATIONS
from cosmos_retry.testing import (
    ClientMachine,
    FaultScript,
    Transport,
    Violation,
    configurations,
    fault_scripts,
    faults,
)
from cosmos_retry.testing.client import Code
from cosmos_retry.vectors.vector import Breakdown, Ending, Reply
from kit_client import example

T = TypeVar("T")
QUICK = settings(max_examples=2_000, database=None, derandomize=True)


def smallest(strategy: st.SearchStrategy[T], holds: Callable[[T], bool]) -> T:
    """Return the simplest value of which something holds."""
    return find(strategy, holds, settings=QUICK)


# ------------------------------------------------------------------------------------------------ strategies

SOMETIMES: dict[str, Callable[[Config], bool]] = {
    **{name: lambda config, name=name: config.operation == name for name in OPERATIONS},  # type: ignore[misc]
    "direct": lambda config: config.mode == "direct",
    "gateway": lambda config: config.mode == "gateway",
    "four regions": lambda config: len(config.regions) == 4,
    "multi-write": lambda config: config.multi_write_enabled,
    "another write region": lambda config: config.write_regions[0] != config.regions[0],
    "another preference": lambda config: config.read_order[0] != config.regions[0],
    "a request timeout": lambda config: config.request_timeout_us is not None,
    "no throttling retries": lambda config: config.throttle_max_retries == 0,
}


@pytest.mark.parametrize("name", SOMETIMES)
def test_a_configuration_is_drawn_sometimes(name: str) -> None:
    """Every operation and mode is drawn, several write regions, and every option; the rest stays simple."""
    config = smallest(configurations(), SOMETIMES[name])
    if name not in ("four regions", "multi-write", "another write region", "another preference"):
        assert len(config.regions) == 1
    assert name == "no throttling retries" or config.throttle_max_retries is None


@given(configurations(operation=("read", "create"), mode="gateway", consistency=("Strong", "Session")))
def test_configurations_are_restricted(config: Config) -> None:
    """What is named is drawn, in any spelling, and nothing else."""
    assert config.operation in ("point_read", "create")
    assert config.mode == "gateway"
    assert config.consistency in ("Strong", "Session")


def test_an_unknown_name_is_refused() -> None:
    """A name that is not known is refused with those that are."""
    with pytest.raises(ValueError, match=r"^operation 'update' is not known; known: point_read, "):
        configurations(operation="update").example()


def simplest() -> Config:
    """Return the simplest configuration."""
    return smallest(configurations(), lambda _: True)


AT_BOUNDS = [bound + off for bound in (30.0, 60.0) for off in (-1e-6, 0.0, 1e-6)]
FAULTS: dict[str, Callable[[Ending], bool]] = {
    **{
        f"{cause}, {sent}": lambda one, cause=cause, sent=sent: (  # type: ignore[misc]
            isinstance(one, Breakdown) and (one.cause, one.sent) == (cause, sent)
        )
        for cause in ("timeout", "connectivity")
        for sent in (True, False)
    },
    **{
        str(status): lambda one, status=status: isinstance(one, Reply) and one.status == status  # type: ignore[misc]
        for status in (400, 401, 403, 404, 408, 409, 410, 412, 413, 418, 423, 424, 429, 449, 500, 503)
    },
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_drawn_sometimes(name: str) -> None:
    """Every status that the documents list is drawn, and every failure; the simplest one comes at once."""
    assert smallest(faults(simplest()), FAULTS[name]).after_s == 0.0


@pytest.mark.parametrize("bound", AT_BOUNDS)
def test_latencies_lie_at_the_bounds(bound: float) -> None:
    """An answer comes exactly when a window closes, and a microsecond before and after that."""
    assert isinstance(smallest(faults(simplest()), lambda one: one.after_s == round(bound, 6)), Reply)


def test_the_simplest_script() -> None:
    """A script shrinks to one region, one fault and no latency."""
    assert smallest(fault_scripts(), lambda _: True) == FaultScript(simplest(), (Reply(1, 410, 0.0),))


SCRIPTS: dict[str, Callable[[FaultScript], bool]] = {
    "lasting": lambda script: script.lasting,
    "twelve faults": lambda script: len(script.endings) == 12,
    "a success": lambda script: any(isinstance(one, Reply) and one.status == 200 for one in script.endings),
    "an earlier attempt's window": lambda script: any(one.since == 1 for one in script.endings[1:]),
    "another write region": lambda script: len(script.account_reads) == 2,
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_drawn_sometimes(name: str) -> None:
    """Scripts last, are long, have successes in them, and answers timed from an earlier attempt."""
    script = smallest(fault_scripts(simplest()), SCRIPTS[name])
    assert [one.attempt for one in script.endings] == [*range(1, len(script.endings) + 1)]


# --------------------------------------------------------------------------------------------- state machine


def found_by(made: Callable[[], Code], **named: str) -> FaultScript:
    """Return the script that a state machine ends with, in its default number of examples."""
    last: list[FaultScript] = []

    class Machine(ClientMachine):
        configurations = configurations(**named)  # type: ignore[arg-type]

        def client(self, config: Config) -> Code:
            return made()

        def play(self, script: FaultScript) -> None:
            last[:] = [script]
            super().play(script)

    case = Machine.TestCase
    case.settings = settings(case.settings, database=None, max_examples=100, derandomize=True)
    with pytest.raises(Violation) as found:
        case().runTest()
    assert found.value.play.config == last[0].config
    return last[0]


@attrs.frozen
class Small:
    """The smallest script with which a bug shows: its regions, its one fault, and what is drawn."""

    regions: int
    fault: tuple[object, ...]
    operation: str = "point_read"


BUGS = {
    "resends-a-delivered-write": Small(1, ("timeout", True), "create"),
    "surfaces-410": Small(1, (410,)),
    "no-address-refresh": Small(1, (410,)),
    "ten-throttling-retries": Small(1, (429,)),
    "wrong-region-order": Small(3, (410,)),
    "fails-over-a-single-write-account": Small(2, (410,), "create"),
    "retries-409": Small(1, (409,), "create"),
}


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_is_found_and_made_small(name: str) -> None:
    """A bug of the example is found, and shrinks to the fewest regions, one fault, and no latency."""
    small = BUGS[name]
    script = found_by(lambda: example(name), operation=small.operation)
    assert len(script.config.regions) == small.regions
    (ending,) = script.endings
    told = (ending.status,) if isinstance(ending, Reply) else (ending.cause, ending.sent)
    assert told == small.fault
    assert ending.after_s == 0.0


def test_a_client_that_fails_without_a_fault() -> None:
    """A client that is wrong from the beginning is shown with an empty script."""

    def elsewhere(transport: Transport) -> int | None:
        transport.send("Atlantis")
        return 200

    assert found_by(lambda: elsewhere).endings == ()


class Creates(ClientMachine):
    """A client with nothing wrong."""

    configurations = configurations(operation="create")

    def client(self, config: Config) -> Code:
        """Return the example client."""
        return example()


TestCreates = Creates.TestCase
TestCreates.settings = settings(TestCreates.settings, max_examples=50)
