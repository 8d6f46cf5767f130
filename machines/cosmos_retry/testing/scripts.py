"""Fault scripts: strategies for how the attempts of an operation end, one after the other."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from itertools import combinations, permutations, product

import attrs
import msgspec
from hypothesis import strategies as st

from cosmos_retry.config import Config
from cosmos_retry.explore.labels import Label
from cosmos_retry.parameters import load_profile
from cosmos_retry.paths import spec_dir
from cosmos_retry.testing.answers import answers_to, steps_of
from cosmos_retry.testing.configuring import configurations, some
from cosmos_retry.testing.ending import ended, faults, latencies_s, near_bounds_s, numbered
from cosmos_retry.testing.script import FaultScript
from cosmos_retry.vectors.vector import Ending

KINDS = ("transient", "lasting", "transient", "mixed", "transient", "transient")
RUNS = (0, 1, 2, 0, 1, 3)  # of one fault, again and again, before the last one
PAGES = (1, 2, 3)
SUCCESS = (Label("response", status=200), Label("response", status=304))


def fault_scripts(
    config: Config | st.SearchStrategy[Config] | None = None,
    *,
    lifecycle: str | Collection[str] | None = None,
    operation: str | Collection[str] | None = None,
    mode: str | Collection[str] | None = None,
    consistency: str | Collection[str] | None = None,
) -> st.SearchStrategy[FaultScript]:
    """Return a strategy for fault scripts: of a configuration, of any that a strategy draws, of those named.

    *Transient* ones: runs of faults that are retried, each now and then once more than a budget bears, then
    a last fault of any kind, then success.  *Lasting* ones: the same, but the last fault never ends.
    *Mixed* ones: any faults, and successes for some of the attempts that are made at once, or for some of the
    pages.  Now and then metadata calls meet faults, too.  The simplest has one region, one fault and no
    latency.  Raises `ValueError` for a name that is not known, and for names beside a `config`.
    """
    if isinstance(config, Config):
        config = st.just(config)
    elif config is None:
        return configurations(operation, mode, consistency, lifecycle=lifecycle).flatmap(_scripts)
    if any(name is not None for name in (lifecycle, operation, mode, consistency)):
        raise ValueError(
            "a config and names that restrict it exclude each other; give names to configurations()"
        )
    return config.flatmap(_scripts)


@lru_cache(maxsize=1)
def times() -> tuple[int, ...]:
    """Return how often a fault comes in a row: once, twice, and once more than each budget of retries."""
    parameters = load_profile(spec_dir()).parameters.items()
    budgets = {int(one.value) for name, one in parameters if name.endswith("_retries")}
    return tuple(sorted({1, 2} | {budget + 1 for budget in budgets}))


# Each thing is drawn in a way of its own, and none in a list: what is drawn alike, Hypothesis now and then
# makes the same, and in half of the examples there would be nothing new.


@st.composite
def beginnings(draw: st.DrawFn, config: Config) -> FaultScript:
    """Return a strategy for scripts of which the operation's own attempts have no ending yet.

    What is drawn is what comes beside them: pages, metadata calls that come first, and their faults.
    """
    pages = draw(st.sampled_from(PAGES)) if config.lifecycle == "query" else 1
    steps = steps_of(config)
    if not steps or not draw(st.sampled_from((False, False, False, True))):
        return FaultScript(config, pages=pages)
    needs, step = draw(st.sampled_from(some(steps, 0))), draw(st.sampled_from(steps))
    calls = (draw(faults(config, step)),) * draw(st.sampled_from(times()))
    return FaultScript(config, metadata=numbered(calls), needs=needs, pages=pages)


@st.composite
def _scripts(draw: st.DrawFn, config: Config) -> FaultScript:
    begun, answers = draw(beginnings(config)), answers_to(config)
    kind = draw(st.sampled_from(KINDS))
    pool, times_s = answers.retried, latencies_s(config.request_timeout_us)
    if kind == "mixed":
        pool = (*answers.retried, *answers.final, *answers.open, *SUCCESS * 4)
    found = _runs(draw, pool, times_s, kind == "mixed")
    if kind != "mixed" or not found:
        # What is never retried is met once in an operation, so at the end there is little else.
        last = draw(st.sampled_from((*answers.retried, *answers.final * (4 if kind == "transient" else 0))))
        after_s = (
            found[-1].after_s if found else draw(st.sampled_from(latencies_s(config.request_timeout_us)))
        )
        found.append(ended(draw, last, after_s))
    told = numbered(found)
    # An answer just inside or just outside a window that an earlier attempt opened.
    if len(told) > 1 and draw(st.sampled_from((False, False, False, False, True))):
        since, place = draw(st.sampled_from([*combinations(range(len(told)), 2)]))
        after_s = draw(st.sampled_from(near_bounds_s()))
        late = msgspec.structs.replace(told[place], since=since + 1, after_s=after_s)
        told = (*told[:place], late, *told[place + 1 :])
    script = attrs.evolve(begun, endings=told, lasting=kind == "lasting")
    if not script.redirects:
        return script
    return attrs.evolve(script, account_reads=draw(st.sampled_from(_reads(config.regions))))


def _runs(
    draw: st.DrawFn, labels: tuple[Label, ...], after_s: tuple[float, ...], mixed: bool
) -> list[Ending]:
    """Draw some runs of one fault each, all equally late, but for those that are mixed."""
    found: list[Ending] = []
    for run, count in enumerate(draw(st.sampled_from(_counts(draw(st.sampled_from(RUNS)))))):
        if mixed or not run:
            latency = draw(st.sampled_from(after_s[run:] + after_s[:run]))
        found += [ended(draw, draw(st.sampled_from(labels[run:] + labels[:run])), latency)] * count
    return found


@lru_cache(maxsize=8)
def _counts(runs: int) -> tuple[tuple[int, ...], ...]:
    """How often each of so many faults comes: few times rather than many."""
    few = times()[:2]
    return tuple(product((*few, *times()), repeat=runs))


@lru_cache(maxsize=64)
def _reads(regions: tuple[str, ...]) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """What readings of the account may name: one region or several, or one region and then another."""
    once = [(read,) for read in some(regions, 1)]
    twice = [((first,), (second,)) for first, second in permutations(regions, 2)]
    return ((), *once, *twice)
