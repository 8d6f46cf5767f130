"""A configuration is checked as a whole, and what follows from it is settled before the first request."""

import itertools
import math
import pickle
from typing import Any, get_args

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosmos_retry.config import (
    LONGEST_WAIT_S,
    MOST_RETRIES,
    OPERATIONS,
    SPELLINGS,
    STRENGTH,
    Config,
    ConfigError,
)
from cosmos_retry.trace import Level, Trace
from cosmos_retry.units import seconds_to_us

LEVELS = get_args(Level)
WRITES = [name for name in OPERATIONS if name not in ("point_read", "query")]
REGIONS = ["West US", "East US", "North Europe"]


def trace(**settings: Any) -> Trace:
    """Return a trace with these settings; `client` and `account` replace single keys."""
    whole = {
        "id": "t",
        "operation": "create",
        "mode": "direct",
        "consistency": "Session",
        "events": [],
        **settings,
        "account": {"regions": REGIONS, "write_regions": REGIONS[:1]} | settings.get("account", {}),
    }
    return msgspec.convert(whole, Trace)


def config(**settings: Any) -> Config:
    """Return the configuration of a trace with these settings."""
    return Config.from_trace(trace(**settings))


def refused(**settings: Any) -> ConfigError:
    """Return why these settings are refused."""
    with pytest.raises(ConfigError) as caught:
        config(**settings)
    return caught.value


def ordered_subsets(names: list[str]) -> list[list[str]]:
    """Return every choice of some of the names in every order, none of them included."""
    return [list(some) for size in range(len(names) + 1) for some in itertools.permutations(names, size)]


def test_the_defaults_are_those_of_the_format() -> None:
    """A trace that sets no client option has 9 retries and 30 s of throttling, and no request timeout."""
    found = config()
    assert (found.throttle_max_retries, found.throttle_max_wait_us) == (None, None)
    assert found.request_timeout_us is None
    assert (found.preferred, found.use_multiple_write_locations, found.blind) == ((), False, frozenset())


def test_defaults_of_the_class_are_those_of_a_trace() -> None:
    """A configuration that is built from its required parts alone equals that of a trace without options."""
    regions = tuple(REGIONS)
    assert Config("create", "direct", "Session", "Session", regions, regions[:1]) == config()


def test_every_setting_is_carried_over() -> None:
    """What a trace says of the configuration stands in it, times in microseconds."""
    found = config(
        operation="patch",
        account={"write_regions": REGIONS[1:]},
        client={
            "preferred_locations": REGIONS[::-1],
            "use_multiple_write_locations": True,
            "request_timeout_s": 6.5,
            "throttling": {"max_retries": 3, "max_wait_s": 0.25},
        },
        blind=["sent", "replica"],
    )
    assert found == Config(
        operation="patch",
        mode="direct",
        consistency="Session",
        requested="Session",
        regions=tuple(REGIONS),
        write_regions=tuple(REGIONS[1:]),
        preferred=tuple(REGIONS[::-1]),
        use_multiple_write_locations=True,
        request_timeout_us=6_500_000,
        throttle_max_retries=3,
        throttle_max_wait_us=250_000,
        blind=frozenset({"sent", "replica"}),
    )


def test_a_configuration_is_frozen() -> None:
    """No part of a configuration can be changed once it is made."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        config().mode = "gateway"  # type: ignore[misc]


def test_traces_of_one_client_share_one_configuration() -> None:
    """Two traces with the same settings have the same object, and one with other settings has another."""
    assert config() is config()
    assert config(mode="gateway") is not config()


def test_a_configuration_with_much_text_is_not_kept() -> None:
    """An account whose regions have very long names is built anew each time, so that memory stays bounded."""
    account = {"regions": ["x" * 5000], "write_regions": ["x" * 5000]}
    assert config(account=account) is not config(account=account)
    assert config(account=account) == config(account=account)


@pytest.mark.parametrize("account_level", [None, *LEVELS])
@pytest.mark.parametrize("requested", LEVELS)
def test_a_request_can_only_weaken_the_level(requested: str, account_level: str | None) -> None:
    """The effective level is the weaker of the request's and the account's; what was asked for is kept."""
    found = config(consistency=requested, account={"consistency": account_level})
    candidates = [requested] if account_level is None else [requested, account_level]
    assert found.requested == requested
    assert STRENGTH.index(found.consistency) == min(map(STRENGTH.index, candidates))


def test_every_level_has_a_strength() -> None:
    """The order of strength names each consistency level of the format once."""
    assert sorted(STRENGTH) == sorted(LEVELS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_is_a_read_a_query_or_a_write(operation: str) -> None:
    """Each operation of the format runs through one lifecycle, and all but point read and query write."""
    found = config(operation=operation)
    assert found.is_write == (operation in WRITES)
    assert found.lifecycle == ("write" if operation in WRITES else operation)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("use_several", [False, True])
@pytest.mark.parametrize("write_regions", ordered_subsets(REGIONS)[1:])
def test_the_order_of_regions(operation: str, use_several: bool, write_regions: list[str]) -> None:
    """Reads go through the preferred locations, or the account's regions where there are none.

    Writes begin at the first write region; the others follow in the order of reads, for no row to use.
    Where multi-write is enabled, the order is that of those write regions that are preferred, or of all of
    them where none is.
    """
    for preferred in ordered_subsets(REGIONS):
        found = config(
            operation=operation,
            account={"write_regions": write_regions},
            client={"preferred_locations": preferred, "use_multiple_write_locations": use_several},
        )
        assert found.multi_write_account == (len(write_regions) > 1)
        assert found.multi_write_enabled == (len(write_regions) > 1 and use_several)
        assert list(found.read_order) == (preferred or REGIONS)
        if operation not in WRITES:
            assert found.order == found.read_order
        elif not found.multi_write_enabled:
            others = [name for name in preferred or REGIONS if name != write_regions[0]]
            assert list(found.order) == [write_regions[0], *others]
        else:
            both = set(preferred) & set(write_regions)
            assert list(found.order) == ([name for name in preferred if name in both] or write_regions)


@pytest.mark.parametrize("seconds", [5, 5.0, 5.000001, 7, 9.999999, 10, 10.0])
def test_a_request_timeout_from_5_to_10_s_is_taken_in_direct_mode(seconds: float) -> None:
    """Both ends of the range of the request timeout belong to it."""
    assert config(client={"request_timeout_s": seconds}).request_timeout_us == round(seconds * 1_000_000)


@pytest.mark.parametrize("seconds", [4, 4.999999, 10.000001, 11, 0, -5, 1e308, math.inf, -math.inf, math.nan])
def test_a_request_timeout_outside_5_to_10_s_is_refused(seconds: float) -> None:
    """A request timeout beyond either end is refused with the setting, its value and the range."""
    error = refused(client={"request_timeout_s": seconds})
    assert error.field == "client.request_timeout_s"
    assert error.permitted == "5 to 10 s (inclusive)"
    assert str(error).endswith("is outside 5 to 10 s (inclusive)")


def test_the_line_of_an_error_says_field_value_and_range() -> None:
    """As text, an error of the configuration is one line in a fixed form."""
    error = refused(client={"request_timeout_s": 4})
    assert str(error) == "client.request_timeout_s: 4 is outside 5 to 10 s (inclusive)"
    assert (error.field, error.value) == ("client.request_timeout_s", 4)


@pytest.mark.parametrize("seconds", [4, 5, 7.5, 10, 11])
def test_a_request_timeout_does_not_matter_in_gateway_mode(seconds: float) -> None:
    """The request timeout applies to Direct mode, so that Gateway mode takes it whatever its value."""
    found = config(mode="gateway", client={"request_timeout_s": seconds})
    assert found.request_timeout_us == seconds_to_us(seconds)


@pytest.mark.parametrize("retries", [0, 1, 9, 10**6, MOST_RETRIES])
@pytest.mark.parametrize("wait", [0, 0.001, 30, 86_400, LONGEST_WAIT_S])
def test_throttling_limits_from_0_up_are_taken(retries: int, wait: float) -> None:
    """No retry, or no wait, is a limit like any other."""
    found = config(client={"throttling": {"max_retries": retries, "max_wait_s": wait}})
    assert found.throttle_max_retries == retries
    assert found.throttle_max_wait_us == seconds_to_us(wait)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_retries", -1),
        ("max_retries", -(10**30)),
        ("max_retries", MOST_RETRIES + 1),
        ("max_retries", 10**400),
        ("max_wait_s", -1),
        ("max_wait_s", -1e-9),
        ("max_wait_s", math.nextafter(LONGEST_WAIT_S, math.inf)),
        ("max_wait_s", math.inf),
        ("max_wait_s", math.nan),
    ],
)
def test_a_throttling_limit_out_of_its_range_is_refused(name: str, value: float) -> None:
    """A limit that no client can keep is refused with its field."""
    assert refused(client={"throttling": {name: value}}).field == f"client.throttling.{name}"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"account": {"regions": []}},
            "account.regions: an empty array holds no region; permitted: one or more",
        ),
        (
            {"account": {"write_regions": []}},
            "account.write_regions: an empty array holds no region; permitted: one or more",
        ),
        (
            {"account": {"regions": [*REGIONS, "West US"]}},
            "account.regions: 'West US' appears twice; permitted: each region once",
        ),
        (
            {"account": {"write_regions": ["East US", "East US"]}},
            "account.write_regions: 'East US' appears twice; permitted: each region once",
        ),
        (
            {"account": {"write_regions": ["West US", "Mars"]}},
            "account.write_regions: 'Mars' is not a region of the account",
        ),
        (
            {"client": {"preferred_locations": ["East US", "East US"]}},
            "client.preferred_locations: 'East US' appears twice; permitted: each region once",
        ),
        (
            {"client": {"preferred_locations": ["East US", "X"]}},
            "client.preferred_locations: 'X' is not a region of the account",
        ),
        (
            {"client": {"preferred_locations": ["east us"]}},
            "client.preferred_locations: 'east us' is not a region of the account",
        ),
    ],
)
@pytest.mark.parametrize("mode", ["direct", "gateway"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_regions_that_cannot_be_are_refused(
    settings: dict[str, Any], line: str, mode: str, operation: str
) -> None:
    """No list of regions is empty where one is needed, names one twice, or one that the account lacks."""
    assert str(refused(mode=mode, operation=operation, **settings)) == line


def test_an_error_of_the_configuration_survives_pickling() -> None:
    """An error can be handed from one process to another and still says the same."""
    error = refused(client={"request_timeout_s": 4})
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@given(st.text(min_size=1))
def test_an_error_of_the_configuration_is_one_printable_line(name: str) -> None:
    """Whatever a region is called, the line that refuses it is one line."""
    line = str(refused(client={"preferred_locations": [name, name]}))
    assert line.isprintable()
    assert len(line) < 200


@given(st.integers(0, 10**15))
def test_whole_microseconds_survive_seconds(us: int) -> None:
    """Microseconds written as seconds, and read again, are the same up to thirty years."""
    assert seconds_to_us(us / 1_000_000) == us


@pytest.mark.parametrize(
    ("seconds", "us"),
    [
        (0, 0),
        (0.1 + 0.2, 300_000),
        (0.000_000_4, 0),
        (0.000_000_6, 1),
        (30, 30_000_000),
        (30.000_000_4, 30_000_000),
        (1e308, int(1e308) * 1_000_000),
        (-1.5, -1_500_000),
    ],
)
def test_seconds_are_rounded_to_the_nearest_microsecond(seconds: float, us: int) -> None:
    """What arithmetic in binary fractions adds or loses is gone after the rounding."""
    assert seconds_to_us(seconds) == us


@pytest.mark.parametrize("seconds", [math.inf, -math.inf, math.nan])
def test_what_is_no_time_is_refused(seconds: float) -> None:
    """An infinite time, or none, cannot be counted."""
    with pytest.raises(ValueError, match="a finite number is permitted"):
        seconds_to_us(seconds)


@pytest.mark.parametrize(("spelling", "operation"), SPELLINGS.items())
def test_other_spellings_of_an_operation_are_taken(spelling: str, operation: str) -> None:
    """An operation may be spelled as people speak of it; the configuration has its one name."""
    assert config(operation=spelling).operation == operation
