"""The kit's strategies draw what they say, and its state machine finds bugs and makes them small."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import attrs
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from cosmos_retry import Config, load_contract
from cosmos_retry.config import OPERATIONS
from cosmos_retry.explore.labels import answers
from cosmos_retry.harness.play import Play
from cosmos_retry.testing import (
    ClientMachine,
    FaultScript,
    Transport,
    Violation,
    configuration,
    configurations,
    fault_scripts,
    faults,
)
from cosmos_retry.testing.answers import answers_to
from cosmos_retry.testing.client import Code
from cosmos_retry.vectors.vector import Breakdown, Ending, Reply
from kit_client import example

T = TypeVar("T")
ONE = configuration(
    operation="point_read",
    mode="direct",
    consistency="Eventual",
    account={"regions": ["West US"], "write_regions": ["West US"]},
)


def drawn(strategy: st.SearchStrategy[T], count: int) -> list[T]:
    """Return so many values of a strategy, the same ones at every run."""
    found: list[T] = []

    @settings(max_examples=count, database=None, derandomize=True, phases=[Phase.generate])
    @given(strategy)
    def draw(value: T) -> None:
        found.append(value)

    draw()
    return found


@lru_cache(maxsize=1)
def some_configurations() -> list[Config]:
    """Return configurations of every kind."""
    return drawn(configurations(), 200)


@lru_cache(maxsize=1)
def some_faults() -> list[Ending]:
    """Return faults of one configuration."""
    return drawn(faults(ONE), 700)


@lru_cache(maxsize=1)
def some_scripts() -> list[FaultScript]:
    """Return scripts of one configuration."""
    return drawn(fault_scripts(ONE), 200)


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
    """Every operation and mode is drawn, several write regions, and every option."""
    assert any(SOMETIMES[name](config) for config in some_configurations())


@given(configurations(operation=("read", "create"), mode="gateway", consistency=("Strong", "Session")))
def test_configurations_are_restricted(config: Config) -> None:
    """What is named is drawn, in any spelling, and nothing else."""
    assert config.operation in ("point_read", "create")
    assert config.mode == "gateway"
    assert config.consistency in ("Strong", "Session")


def test_an_unknown_name_is_refused() -> None:
    """A name that is not known is refused with those that are."""
    with pytest.raises(ValueError, match=r"^operation 'update' is not known; known: point_read, "):
        configurations(operation="update")


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


@pytest.mark.thorough
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_drawn_sometimes(name: str) -> None:
    """Every status that the documents list is drawn, and every failure, early and late."""
    met = [one for one in some_faults() if FAULTS[name](one)]
    assert any(one.after_s == 0.0 for one in met)
    assert any(one.after_s >= 1.0 for one in met)


@pytest.mark.parametrize("bound", AT_BOUNDS)
def test_latencies_lie_at_the_bounds(bound: float) -> None:
    """An answer comes exactly when a window closes, and a microsecond before and after that."""
    assert any(one.after_s == round(bound, 6) for one in some_faults())


def test_the_simplest_script() -> None:
    """A script shrinks to one region, one fault and no latency."""
    few = settings(max_examples=20, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
    assert len(find(configurations(), lambda _: True, settings=few).regions) == 1
    assert find(fault_scripts(ONE), lambda _: True, settings=few) == FaultScript(ONE, (Reply(1, 410, 0.0),))


SCRIPTS: dict[str, Callable[[FaultScript], bool]] = {
    "lasting": lambda script: script.lasting,
    "eight faults": lambda script: len(script.endings) >= 8,
    "a success": lambda script: any(isinstance(one, Reply) and one.status == 200 for one in script.endings),
    "an earlier attempt's window": lambda script: any(one.since == 1 for one in script.endings[1:]),
    "a metadata fault": lambda script: any(one.step == "address_resolution" for one in script.metadata),
    "a call before it": lambda script: script.needs == ("address_resolution",),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_drawn_sometimes(name: str) -> None:
    """Scripts last, they are long, have successes in them, and answers timed from an earlier attempt."""
    met = [script for script in some_scripts() if SCRIPTS[name](script)]
    assert met
    assert all([one.attempt for one in s.endings] == [*range(1, len(s.endings) + 1)] for s in met)


OTHERS: dict[str, tuple[str, Callable[[FaultScript], bool]]] = {
    "another write region": ("create", lambda script: len(script.account_reads) == 2),
    "several write regions": ("create", lambda script: any(len(read) > 1 for read in script.account_reads)),
    "pages": ("query", lambda script: script.pages == 3),
    "two calls first": ("query", lambda script: len(script.needs) == 2),
    "no plan": ("query", lambda script: any(one.step == "query_plan" for one in script.metadata)),
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", OTHERS)
def test_another_operation_has_scripts_of_its_own(name: str) -> None:
    """A write is told of write regions; a query has pages, and needs a plan."""
    operation, holds = OTHERS[name]
    config = attrs.evolve(ONE, operation=operation, regions=("West US", "East US"))
    assert any(holds(script) for script in drawn(fault_scripts(config), 100))


def test_scripts_are_restricted() -> None:
    """A lifecycle, an operation or a mode restricts scripts as it does configurations."""
    queries = [one.config for one in drawn(fault_scripts(lifecycle="query", mode="direct"), 20)]
    assert {(one.operation, one.mode) for one in queries} == {("query", "direct")}
    writes = drawn(configurations(lifecycle="write"), 60)
    assert {one.operation for one in writes} <= {*OPERATIONS} - {"point_read", "query"}
    assert len({one.operation for one in writes}) == len(OPERATIONS) - 2
    with pytest.raises(ValueError, match=r"^no operation is left: create of the lifecycle query$"):
        configurations(operation="create", lifecycle="query")
    with pytest.raises(ValueError, match=r"^a config and names that restrict it exclude each other"):
        fault_scripts(ONE, lifecycle="query")


EVERY = {
    (operation, mode): answers_to(attrs.evolve(ONE, operation=operation, mode=mode))
    for operation in OPERATIONS
    for mode in ("direct", "gateway")
}


@pytest.mark.parametrize("settled", EVERY, ids=str)
def test_every_fault_is_in_one_group(settled: tuple[str, str]) -> None:
    """Each fault that the vocabulary tells apart is in just one group, for each operation and mode."""
    found = EVERY[settled]
    every = [label for label in answers(load_contract().vocabulary) if label.status != 200]
    assert sorted(map(repr, (*found.retried, *found.final, *found.open))) == sorted(map(repr, every))


GROUPS = {
    ("create", "direct", 409): "final",
    ("create", "gateway", 409): "final",
    ("point_read", "direct", 409): "open",
    ("create", "direct", 449): "retried",
    ("query", "direct", 449): "open",
    ("create", "direct", 503): "final",
    ("create", "gateway", 503): "retried",
    ("create", "direct", 403): "retried",  # 403/3, once the account has been read
    ("query", "gateway", 429): "retried",
}


@pytest.mark.parametrize("case", GROUPS, ids=str)
def test_the_contract_says_which_group(case: tuple[str, str, int]) -> None:
    """What is retried, what is final and what is neither follows from the rows."""
    operation, mode, status = case
    group = getattr(EVERY[operation, mode], GROUPS[case])
    assert any(label.status == status for label in group)


# --------------------------------------------------------------------------------------------- state machine


def found_by(made: Callable[[], Code], only: str | None = None) -> FaultScript:
    """Return the script that a state machine ends with, in its default number of examples."""
    last: list[FaultScript] = []

    class Machine(ClientMachine):
        operation = only

        def client(self, config: Config) -> Code:
            return made()

        def play(self, script: FaultScript) -> Play:
            last[:] = [script]
            return super().play(script)

    case = Machine.TestCase
    case.settings = settings(case.settings, database=None, derandomize=True)
    with pytest.raises(Violation) as found:
        case().runTest()
    assert found.value.play.config == last[0].config
    return last[0]


@attrs.frozen
class Small:
    """The smallest script with which a bug shows: its regions, its one fault, and what is drawn."""

    regions: int
    faults: tuple[object, ...]
    operation: str = "point_read"


BUGS = {
    "resends-a-delivered-write": Small(1, ("timeout", "connectivity"), "create"),
    "retries-409": Small(1, (409,), "create"),
    "wrong-region-order": Small(3, (410,)),
    "reports-success-it-did-not-get": Small(1, (410,)),
}


@pytest.mark.parametrize("name", BUGS)
@pytest.mark.thorough
def test_a_bug_is_found_and_made_small(name: str) -> None:
    """A bug of the example is found, and shrinks to the fewest regions, one fault and no latency."""
    small = BUGS[name]
    script = found_by(lambda: example(name), small.operation)
    assert len(script.config.regions) == small.regions
    (ending,) = script.endings
    assert (ending.status if isinstance(ending, Reply) else ending.cause) in small.faults
    assert ending.after_s == 0.0
    assert (script.metadata, script.needs, script.pages) == ((), (), 1)


def test_a_client_that_fails_without_a_fault() -> None:
    """A client that is wrong from the beginning is shown with one fault, which it does not meet."""

    def elsewhere(transport: Transport) -> int | None:
        transport.send("Atlantis")
        return 200

    assert found_by(lambda: elsewhere) == FaultScript(ONE, (Reply(1, 410, 0.0),), lasting=True)


class Creates(ClientMachine):
    """A client with nothing wrong."""

    lifecycle = "write"

    def client(self, config: Config) -> Code:
        """Return the example client."""
        return example()


TestCreates = Creates.TestCase
TestCreates.settings = settings(TestCreates.settings, max_examples=15)


def test_a_machine_refuses_a_name() -> None:
    """A class that names what is not known is refused when it is written, with what is known."""
    with pytest.raises(
        ValueError, match=r"^lifecycle 'reads' is not known; known: point_read, query, write$"
    ):

        class Reads(ClientMachine):
            lifecycle = "reads"


def test_a_machine_takes_configurations() -> None:
    """A strategy of the class takes the place of names."""
    met = set()

    class Alone(ClientMachine):
        configurations = st.just(ONE)

        def client(self, config: Config) -> Code:
            met.add((config, self.script.config))
            return example()

    case = Alone.TestCase
    case.settings = settings(case.settings, max_examples=5, database=None, derandomize=True)
    case().runTest()
    assert met == {(ONE, ONE)}
