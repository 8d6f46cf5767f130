"""The features: how each thing that a guard may look at is measured.  Measures, not rules."""

from __future__ import annotations

from collections.abc import Callable

from cosmos_retry.config import Config
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.parameters import Profile
from cosmos_retry.vocabulary import Feature

Measure = Callable[[Config, Memory, Seen], str]

_LEVELS = {
    "Eventual": "eventual",
    "ConsistentPrefix": "prefix",
    "Session": "session",
    "BoundedStaleness": "bounded",
    "Strong": "strong",
}


def _next_region(config: Config, memory: Memory) -> str | None:
    return next((region for region in config.order if region not in memory.visited), None)


def _region(config: Config, memory: Memory, seen: Seen) -> str:
    if seen.region == memory.region:
        return "current"
    if seen.region == _next_region(config, memory):
        return "next"
    if seen.region in memory.visited:
        return "visited"
    if seen.region in config.order:
        return "elsewhere"
    return "unlisted" if seen.region in config.regions else "foreign"


def _regions_left(config: Config, memory: Memory, seen: Seen) -> str:
    if _next_region(config, memory):
        return "some"
    usable = config.write_regions if config.is_write else config.regions
    return "none" if set(usable) <= {*config.order, *memory.visited} else "unlisted"


def _replica(config: Config, memory: Memory, seen: Seen) -> str:
    if seen.replica_is is not None:
        return seen.replica_is
    if seen.replica is None or memory.replica is None:
        return "unseen"
    return "same" if seen.replica == memory.replica else "other"


def _forward_target(config: Config, memory: Memory, seen: Seen) -> str:
    if seen.region not in config.regions:
        return "wrong"
    if memory.told is not None:
        return "named" if seen.region in memory.told else "wrong"
    return "same" if seen.region == memory.region else "other"


def _surfaced(config: Config, memory: Memory, seen: Seen) -> str:
    if seen.status is None:
        return "unnumbered"
    if seen.status == memory.received:
        return "received"
    return {503: "unavailable", 408: "timeout"}.get(seen.status, "other")


MEASURES: dict[str, Measure] = {
    "mode": lambda config, memory, seen: config.mode,
    "level": lambda config, memory, seen: _LEVELS[config.consistency],
    "operation": lambda config, memory, seen: config.operation,
    "account_writes": lambda config, memory, seen: "several" if config.multi_write_account else "one",
    "multi_write": lambda config, memory, seen: "enabled" if config.multi_write_enabled else "disabled",
    "addresses": lambda config, memory, seen: "stale" if memory.addresses_stale else "fresh",
    "account_view": lambda config, memory, seen: "stale" if memory.account_stale else "fresh",
    "pairing": lambda config, memory, seen: "paired" if memory.paired else "single",
    "failovers": lambda config, memory, seen: "some" if memory.failovers else "none",
    "regions_left": _regions_left,
    "write_region_tried": lambda config, memory, seen: (
        "yes" if config.write_regions[0] in memory.visited else "no"
    ),
    "region": _region,
    "place_in_order": lambda config, memory, seen: "first" if seen.region == config.order[0] else "later",
    "target": lambda config, memory, seen: (
        "write_region" if seen.region in config.write_regions else "read_region"
    ),
    "forward_target": _forward_target,
    "replica": _replica,
    "replica_seen": lambda config, memory, seen: "no" if memory.replica is None else "yes",
    "hint": lambda config, memory, seen: "absent" if seen.asked is None else "given",
    "cause": lambda config, memory, seen: str(seen.cause),
    "sent": lambda config, memory, seen: "yes" if seen.sent else "no",
    "surfaced": _surfaced,
}


def _count(feature: Feature, profile: Profile) -> Measure:
    policy, limit = str(feature.policy), feature.limit

    def measure(config: Config, memory: Memory, seen: Seen) -> str:
        retries = memory.retries(policy)
        if limit is not None and retries >= profile.number(limit, config):
            return "spent"
        return "some" if retries else "none"

    return measure


def _answer(feature: Feature) -> Measure:
    def measure(config: Config, memory: Memory, seen: Seen) -> str:
        status = seen.status or 0
        for value, ranges in feature.ranges.items():
            if any(low <= status <= high for low, high in ranges):
                return value
        exact = f"{status}/{seen.substatus}"
        if exact in feature.values:
            return exact
        return str(status) if str(status) in feature.values else "unlisted"

    return measure


def _outcome(feature: Feature) -> Measure:
    def measure(config: Config, memory: Memory, seen: Seen) -> str:
        good = seen.status is None or any(
            low <= seen.status <= high for low, high in feature.ranges["success"]
        )
        return "success" if good else "other"

    return measure


MEASURED = (*MEASURES, "answer", "outcome")


def has_measure(name: str, feature: Feature) -> bool:
    """Return whether a feature can be measured: as a count of its policy, or by a function of its own."""
    return feature.policy is not None or name in MEASURED


def measure_for(name: str, feature: Feature, profile: Profile) -> Measure:
    """Return the function that measures a feature.  Raises `KeyError` for one that nobody can measure."""
    if feature.policy is not None:
        return _count(feature, profile)
    if name == "answer":
        return _answer(feature)
    if name == "outcome":
        return _outcome(feature)
    return MEASURES[name]
