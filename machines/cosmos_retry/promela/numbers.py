"""The numbers: a configuration, the contract's parameters and the promised ones, as macros of the text."""

from __future__ import annotations

from collections.abc import Mapping

from cosmos_retry.contract import Contract
from cosmos_retry.explore.watch import Setting
from cosmos_retry.invariants.faults import STRONG_LEVELS
from cosmos_retry.promela.names import name

MOST_REGIONS = 4
NONE = 15  # no region, as in memory.pml
MOST = 2**31 - 1  # Promela's int; a window that long is as good as one without an end
LEVELS = {
    "Eventual": "eventual",
    "ConsistentPrefix": "prefix",
    "Session": "session",
    "BoundedStaleness": "bounded",
    "Strong": "strong",
}


def configuration(setting: Setting) -> dict[str, str]:
    """Return the macros of a lifecycle's configuration.

    Raises `ValueError` for an account of more regions than the text has room for.
    """
    config = setting.config
    regions = config.regions
    if len(regions) > MOST_REGIONS:
        raise ValueError(f"an account of {len(regions)} regions: the text has room for {MOST_REGIONS}")
    order = [*setting.order, *[NONE] * MOST_REGIONS][:MOST_REGIONS]
    return {
        "MODE": name("mode", config.mode),
        "LEVEL": name("level", LEVELS[config.consistency]),
        "OPERATION": name("operation", config.operation),
        "REGIONS": str(len(regions)),
        **{f"ORDER_{n}": str(region) for n, region in enumerate(order, start=1)},
        "WRITE_BITS": str(sum(1 << regions.index(region) for region in config.write_regions)),
        "WRITE_REGION": str(setting.write_region),
        "USE_MULTIPLE_WRITE_LOCATIONS": str(int(config.use_multiple_write_locations)),
        "REPLICAS": str(setting.replicas),
    }


def rules(contract: Contract, setting: Setting) -> dict[str, str]:
    """Return the numbers that the rows name; a client's option may replace one."""
    words = contract.vocabulary
    named = [feature.limit for feature in words.features.values() if feature.limit is not None]
    named += [effect.length for effect in words.effects.values() if effect.length is not None]
    named += [one for instant in words.instants.values() for one in instant.parameters]
    number = contract.profile.number
    return {one.upper(): str(min(int(number(one, setting.config)), MOST)) for one in dict.fromkeys(named)}


def promises(setting: Setting, promised: Mapping[str, int]) -> dict[str, str]:
    """Return the promised numbers; `promised` has them in microseconds, the windows by policy."""
    windows = ("gone", "timeout", "retry_with", "throttle")
    first = promised["retry_with_first"]
    return {
        **{f"PROMISED_{one.upper()}_WINDOW": str(min(promised[one], MOST)) for one in windows},
        "PROMISED_FIRST": str(first),
        "PROMISED_FIRST_LATE": str(first + promised["retry_with_first_slack"]),
        "PROMISED_THROTTLE_RETRIES": str(setting.throttle_retries),
        "PROMISED_UNAVAILABLE_RETRIES": str(setting.unavailable_retries),
    }


def promised_numbers(contract: Contract, setting: Setting) -> dict[str, int]:
    """Return the numbers that the promises name, in microseconds, as the documents have them."""
    config = setting.config
    read = setting.kind == "read"
    long = read and (config.mode == "gateway" or config.consistency in STRONG_LEVELS)
    names = {
        "gone": "gone_window_long" if long else "gone_window_short",
        "timeout": "timeout_window",
        "retry_with": "retry_with_window",
        "throttle": "throttle_window",
        "retry_with_first": "retry_with_first",
        "retry_with_first_slack": "retry_with_first_slack",
    }
    return {one: int(contract.profile.number(named, config)) for one, named in names.items()}


def most_retries(contract: Contract) -> dict[str, str]:
    """Return, by policy, from which number on the rows' guards tell retries no longer apart."""
    features = contract.vocabulary.features.values()
    limits = {policy: ["1"] for policy in contract.vocabulary.policies}
    for feature in features:
        if feature.policy is not None and feature.limit is not None:
            limits[feature.policy].append(feature.limit.upper())
    return {policy: _largest(some) for policy, some in limits.items()}


def _largest(some: list[str]) -> str:
    first, *others = dict.fromkeys(some)
    for one in others:
        first = f"({one} > {first} -> {one} : {first})"
    return first
