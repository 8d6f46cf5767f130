"""Configurations: strategies for all that is settled before an operation's first request."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from itertools import chain, permutations
from typing import Any, TypeVar, get_args

import msgspec
from hypothesis import strategies as st

from cosmos_retry.config import OPERATIONS, READS, SPELLINGS, STRENGTH, Config, timeout_range_s
from cosmos_retry.trace import Mode, Trace

Name = TypeVar("Name", bound=str)
REGIONS = ("West US", "East US", "North Europe", "Japan West")
COUNTS = (1, 2, 3, 4, 2, 3, 4)  # with one region, nothing is to be seen of where a client goes on to
MODES: tuple[str, ...] = get_args(Mode)
WRITE = "write"
MOST_RETRIES = (None, 0, 1, 9, 12)  # after a 429; None leaves it to the documents
MOST_WAIT_S = (None, 0.0, 1.0, 30.0, 45.0)


def configuration(**settings: Any) -> Config:
    """Return the checked configuration of these settings of a trace, as in spec/trace.md.

    Raises `ConfigError` for a value that is not permitted, `msgspec.ValidationError` for a wrong type.
    """
    return Config.from_trace(msgspec.convert({"id": "configuration", "events": [], **settings}, Trace))


def configurations(
    operation: str | Collection[str] | None = None,
    mode: str | Collection[str] | None = None,
    consistency: str | Collection[str] | None = None,
    *,
    lifecycle: str | Collection[str] | None = None,
) -> st.SearchStrategy[Config]:
    """Return a strategy for valid configurations: of any operation, mode and level, or of those named.

    An operation of a `lifecycle` is a point read, a query or a write; where both are named, both hold.  They
    have one to four regions, any of which may accept writes and be preferred.  The simplest has one region
    and no option.  Raises `ValueError` for a name that is not known, and where no operation is left.
    """
    return _configurations(
        _operation(named_operations(operation, lifecycle)),
        st.sampled_from(_named("mode", mode, MODES)),
        st.sampled_from(_named("consistency level", consistency, STRENGTH)),
    )


@st.composite
def _configurations(
    draw: st.DrawFn,
    operations: st.SearchStrategy[str],
    modes: st.SearchStrategy[str],
    levels: st.SearchStrategy[str],
) -> Config:
    # Each is drawn in a way of its own: what is drawn alike, Hypothesis now and then makes the same.
    regions, mode = REGIONS[: draw(st.sampled_from(COUNTS))], draw(modes)
    client: dict[str, Any] = {"preferred_locations": draw(st.sampled_from(some(regions, 0)))}
    writes = draw(st.sampled_from(some(regions, 1))) if draw(st.booleans()) else regions[:1]
    client["use_multiple_write_locations"] = draw(st.sampled_from((False, True)))
    retries, wait_s = draw(st.sampled_from(MOST_RETRIES)), draw(st.sampled_from(MOST_WAIT_S))
    client["throttling"] = {"max_retries": retries, "max_wait_s": wait_s}
    timeout_s = draw(st.sampled_from((None, *timeout_range_s())))
    client["request_timeout_s"] = timeout_s if mode == "direct" else None
    account = {"regions": regions, "write_regions": writes}
    settings = {"mode": mode, "account": account, "client": client}
    return configuration(operation=draw(operations), consistency=draw(levels), **settings)


@lru_cache(maxsize=64)
def _operation(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Writes, with which data can be lost, as often as reads of both kinds together."""
    reads = [name for name in names if name in READS]
    writes = [name for name in names if name not in READS]
    # As often as it stands there: of strategies that are one and the same, `one_of` would see one.
    return st.sampled_from((*reads, *writes, *reads * (max(0, len(writes) - 1) // max(1, len(reads)))))


@lru_cache(maxsize=64)
def some(names: tuple[Name, ...], least: int) -> tuple[tuple[Name, ...], ...]:
    """Return some of the names, `least` or more, in every order; the fewest come first."""
    return tuple(chain.from_iterable(permutations(names, n) for n in range(least, len(names) + 1)))


def named_operations(
    operation: str | Collection[str] | None, lifecycle: str | Collection[str] | None
) -> tuple[str, ...]:
    """Return the operations of these names and of these lifecycles; None stands for all.

    Raises `ValueError` for a name that is not known, and where no operation is left.
    """
    names = _named("operation", operation, OPERATIONS)
    lifecycles = _named("lifecycle", lifecycle, (*READS, WRITE))
    if left := tuple(name for name in names if READS.get(name, WRITE) in lifecycles):
        return left
    raise ValueError(f"no operation is left: {', '.join(names)} of the lifecycle {', '.join(lifecycles)}")


def _named(what: str, names: str | Collection[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the known names that were asked for, in the known order."""
    if names is None:
        return known
    asked = {SPELLINGS.get(name, name) for name in ([names] if isinstance(names, str) else names)}
    if strange := sorted(asked - {*known}):
        raise ValueError(f"{what} {strange[0]!r} is not known; known: {', '.join(known)}")
    return tuple(name for name in known if name in asked)
