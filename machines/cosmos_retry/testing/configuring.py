"""Configurations: strategies for all that is settled before an operation's first request."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st

from cosmos_retry.config import OPERATIONS, SPELLINGS, STRENGTH, Config, timeout_range_s
from cosmos_retry.trace import Mode, Trace

REGIONS = ("West US", "East US", "North Europe", "Japan West")
MODES: tuple[str, ...] = get_args(Mode)
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
) -> st.SearchStrategy[Config]:
    """Return a strategy for valid configurations: of any operation, mode and level, or of those named.

    They have one to four regions, any of which may accept writes and be preferred.  The simplest has one
    region and no option.  Raises `ValueError` for a name that is not known.
    """
    return _configurations(
        _operation(_named("operation", operation, OPERATIONS)),
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
    regions, mode = REGIONS[: draw(st.integers(1, len(REGIONS)))], draw(modes)
    client: dict[str, Any] = {"preferred_locations": draw(_some(regions, 0))}
    writes = draw(st.one_of(st.just(list(regions[:1])), _some(regions, 1)))
    client["use_multiple_write_locations"] = draw(st.booleans())
    retries, wait_s = draw(st.sampled_from(MOST_RETRIES)), draw(st.sampled_from(MOST_WAIT_S))
    client["throttling"] = {"max_retries": retries, "max_wait_s": wait_s}
    timeout_s = draw(st.sampled_from((None, *timeout_range_s())))
    client["request_timeout_s"] = timeout_s if mode == "direct" else None
    account = {"regions": regions, "write_regions": writes}
    settings = {"mode": mode, "account": account, "client": client}
    return configuration(operation=draw(operations), consistency=draw(levels), **settings)


@lru_cache(maxsize=64)
def _operation(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Reads of either kind as often as all writes together: they take as many rows."""
    reads = [name for name in names if name in ("point_read", "query")]
    writes = [name for name in names if name not in reads]
    return st.one_of(*(st.just(name) for name in reads), *([st.sampled_from(writes)] if writes else []))


@lru_cache(maxsize=64)
def _some(regions: tuple[str, ...], least: int) -> st.SearchStrategy[list[str]]:
    """Some of the regions in any order; the fewest, in the account's order, are simplest."""
    return st.lists(st.sampled_from(regions), min_size=least, max_size=len(regions), unique=True)


def _named(what: str, names: str | Collection[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the known names that were asked for, in the known order."""
    if names is None:
        return known
    asked = {SPELLINGS.get(name, name) for name in ([names] if isinstance(names, str) else names)}
    if strange := sorted(asked - {*known}):
        raise ValueError(f"{what} {strange[0]!r} is not known; known: {', '.join(known)}")
    return tuple(name for name in known if name in asked)
