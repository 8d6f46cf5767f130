"""A configuration: everything that is settled before an operation's first request, checked and in order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import get_args

import attrs

from cosmos_retry.excerpt import excerpt, plain
from cosmos_retry.holes.declared import EXACT, Holes, holes_of
from cosmos_retry.parameters import load_profile
from cosmos_retry.paths import spec_dir
from cosmos_retry.trace import Operation, Trace
from cosmos_retry.units import seconds_to_us

STRENGTH = ("Eventual", "ConsistentPrefix", "Session", "BoundedStaleness", "Strong")  # weakest first
SPELLINGS = {
    "read": "point_read",
    "point read": "point_read",
    "batch": "transactional_batch",
    "transactional batch": "transactional_batch",
    "stored procedure": "stored_procedure",
}
OPERATIONS = tuple(name for name in get_args(Operation) if name not in SPELLINGS)
READS = {"point_read": "point_read", "query": "query"}
MOST_RETRIES = 2**31 - 1  # what an option of 32 bits holds
LONGEST_WAIT_S = 1e12  # no time that a client can be given is longer than this
_CACHED_TEXT = 2048  # characters of region names; a configuration with more is built anew each time


class ConfigError(ValueError):
    """A setting has a value that is not permitted; as text, one line that says which and what would be."""

    def __init__(self, field: str, value: object, problem: str, permitted: str) -> None:
        """Take the setting's JSON path, its value, how that fails, and what would be permitted."""
        super().__init__(field, value, problem, permitted)
        self.field = field
        self.value = value
        self.problem = problem
        self.permitted = permitted

    @property
    def reason(self) -> str:
        """What was found and what is permitted, without the field."""
        shown = plain(self.value) if isinstance(self.value, float) else excerpt(self.value)
        return f"{shown} {self.problem} {self.permitted}"

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


@attrs.frozen
class Config:
    """What one operation was configured with; see `from_trace` for what is checked."""

    operation: str
    mode: str
    consistency: str  # the effective level
    requested: str
    regions: tuple[str, ...]
    write_regions: tuple[str, ...]
    preferred: tuple[str, ...] = ()
    use_multiple_write_locations: bool = False
    request_timeout_us: int | None = None  # Direct mode only; None where it was not configured
    throttle_max_retries: int | None = None  # None: the documented limit, a parameter of the contract
    throttle_max_wait_us: int | None = None
    blind: frozenset[str] = frozenset()
    holes: Holes = EXACT

    @classmethod
    def from_trace(cls, trace: Trace) -> Config:
        """Return the configuration of a trace's operation.

        The effective consistency level is the weaker of the request's and the account's; `requested` keeps
        what was asked for, because the service answers a request for a stronger level with a 400.  Traces of
        one client share one object.  Raises ConfigError for a region that is missing, unknown or repeated, a
        request timeout outside its range in Direct mode (in Gateway mode it does not apply), throttling
        limits below 0, or above `MOST_RETRIES` and `LONGEST_WAIT_S`; and for missing attempts that are
        limited to regions or to what was not sent, where none may be missing.
        """
        account, client = trace.account, trace.client
        # The cache must not hold the text of a hostile file: what it keeps is bounded in number and in size.
        small = sum(map(len, account.regions)) <= _CACHED_TEXT
        return (_build_cached if small else _build)(
            SPELLINGS.get(trace.operation, trace.operation),
            trace.mode,
            trace.consistency,
            account.consistency,
            tuple(account.regions),
            tuple(account.write_regions),
            tuple(client.preferred_locations),
            client.use_multiple_write_locations,
            client.request_timeout_s,
            client.throttling.max_retries,
            client.throttling.max_wait_s,
            frozenset(trace.blind),
            holes_of(trace),
        )

    @cached_property
    def is_write(self) -> bool:
        """Whether the operation changes data: every operation but a point read and a query."""
        return self.operation not in READS

    @cached_property
    def lifecycle(self) -> str:
        """The lifecycle that the operation runs through: `point_read`, `query` or `write`."""
        return READS.get(self.operation, "write")

    @cached_property
    def multi_write_account(self) -> bool:
        """Whether more than one region of the account accepts writes."""
        return len(self.write_regions) > 1

    @cached_property
    def multi_write_enabled(self) -> bool:
        """Whether the account has several write regions and the client uses multiple write locations."""
        return self.multi_write_account and self.use_multiple_write_locations

    @cached_property
    def read_order(self) -> tuple[str, ...]:
        """The regions in the order in which reads, queries and metadata calls may use them.

        The preferred locations where any were given, else the account's regions.
        """
        return self.preferred or self.regions

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The regions in the order in which this operation may use them.

        For a point read and a query, `read_order`.  For a write, the first write region, and after it the
        others in that order: that a write never goes on to them is for the rows to say, not for this list.
        With multi-write enabled, the preferred locations that accept writes, or all write regions where
        there is no such preference.
        """
        if not self.is_write:
            return self.read_order
        if not self.multi_write_enabled:
            first = self.write_regions[0]
            return (first, *(region for region in self.read_order if region != first))
        return tuple(name for name in self.preferred if name in self.write_regions) or self.write_regions


def _build(
    operation: str,
    mode: str,
    requested: str,
    account_level: str | None,
    regions: tuple[str, ...],
    write_regions: tuple[str, ...],
    preferred: tuple[str, ...],
    use_multiple_write_locations: bool,
    request_timeout_s: float | None,
    max_retries: int | None,
    max_wait_s: float | None,
    blind: frozenset[str],
    holes: Holes,
) -> Config:
    """Return the checked configuration; raises ConfigError at the first setting that is not permitted."""
    for field, names, some in (
        ("account.regions", regions, True),
        ("account.write_regions", write_regions, True),
        ("client.preferred_locations", preferred, False),
        ("missing.regions", holes.regions or (), False),
    ):
        _check_regions(field, names, regions, some)
    _check_timeout(mode, request_timeout_s)
    if not holes.attempts and (holes.regions is not None or holes.unsent):
        field, value = ("regions", holes.regions) if holes.regions is not None else ("unsent", True)
        problem = "limits what no attempt may be; permitted:"
        raise ConfigError(f"missing.{field}", value, problem, "with missing.attempts of 1 or more")
    _check_limit("max_retries", max_retries, MOST_RETRIES, "")
    _check_limit("max_wait_s", max_wait_s, LONGEST_WAIT_S, " s")
    return Config(
        operation=operation,
        mode=mode,
        consistency=min(requested, account_level or requested, key=STRENGTH.index),
        requested=requested,
        regions=regions,
        write_regions=write_regions,
        preferred=preferred,
        use_multiple_write_locations=use_multiple_write_locations,
        request_timeout_us=None if request_timeout_s is None else seconds_to_us(request_timeout_s),
        throttle_max_retries=max_retries,
        throttle_max_wait_us=None if max_wait_s is None else seconds_to_us(max_wait_s),
        blind=blind,
        holes=holes,
    )


_build_cached = lru_cache(maxsize=1024)(_build)


def _check_regions(field: str, names: Sequence[str], account: Sequence[str], some: bool) -> None:
    if some and not names:
        raise ConfigError(field, names, "holds no region; permitted:", "one or more")
    known = set(account)
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(field, name, "appears twice; permitted:", "each region once")
        if name not in known:
            raise ConfigError(field, name, "is not", "a region of the account")
        seen.add(name)


def _check_limit(name: str, value: float | None, most: float, unit: str) -> None:
    if value is not None and not 0 <= value <= most:
        permitted = f"0 to {most:.0f}{unit} (inclusive)"
        raise ConfigError(f"client.throttling.{name}", value, "is outside", permitted)


def _check_timeout(mode: str, seconds: float | None) -> None:
    # Through the gateway the setting does not apply, so whatever it is, it changes nothing.
    if seconds is None or mode != "direct":
        return
    low, high = timeout_range_s()
    if not low <= seconds <= high:
        field = "client.request_timeout_s"
        raise ConfigError(field, seconds, "is outside", f"{low:g} to {high:g} s (inclusive)")


@lru_cache(maxsize=1)
def timeout_range_s() -> tuple[float, float]:
    """Return the shortest and the longest request timeout in Direct mode, in seconds, both included."""
    parameters = load_profile(spec_dir()).parameters
    return parameters["request_timeout_least"].value, parameters["request_timeout_most"].value
