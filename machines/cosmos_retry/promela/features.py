"""The features: when each of them has which value, as expressions over the variables of the Promela text.

A guard becomes the alternative of its values.  Nothing here is taken from the functions that measure features
in Python: the two are told apart by comparing what they lead to.
"""

from __future__ import annotations

from cosmos_retry.promela.names import UnknownWordError, known, name
from cosmos_retry.vocabulary import Feature, Guard, Vocabulary

_REGIONS_LEFT = "NEXT_REGION(visited)"
_UNLISTED_LEFT = "(USABLE_BITS & ~(ORDER_BITS | visited)) != 0"

VALUES: dict[str, dict[str, str]] = {
    "account_writes": {"one": "!SEVERAL_WRITE_REGIONS", "several": "SEVERAL_WRITE_REGIONS"},
    "multi_write": {"enabled": "MULTI_WRITE", "disabled": "!MULTI_WRITE"},
    "addresses": {"stale": "addresses_stale", "fresh": "!addresses_stale"},
    "account_view": {"stale": "account_stale", "fresh": "!account_stale"},
    "pairing": {"paired": "paired", "single": "!paired"},
    "failovers": {"none": "!failed_over", "some": "failed_over"},
    "regions_left": {
        "some": f"{_REGIONS_LEFT} != NONE",
        "unlisted": f"({_REGIONS_LEFT} == NONE && {_UNLISTED_LEFT})",
        "none": f"({_REGIONS_LEFT} == NONE && !({_UNLISTED_LEFT}))",
    },
    "write_region_tried": {
        "yes": "(visited & BIT(WRITE_REGION)) != 0",
        "no": "(visited & BIT(WRITE_REGION)) == 0",
    },
    "region": {
        value: f"WHERE_TO == r_{value}"
        for value in ("current", "next", "visited", "elsewhere", "unlisted", "foreign")
    },
    "place_in_order": {"first": "to == ORDER_1", "later": "to != ORDER_1"},
    "target": {"write_region": "(WRITE_BITS & BIT(to)) != 0", "read_region": "(WRITE_BITS & BIT(to)) == 0"},
    "forward_target": {
        "wrong": "(to >= REGIONS || (told != NONE && to != told))",
        "named": "(to < REGIONS && told != NONE && to == told)",
        "same": "(to < REGIONS && told == NONE && to == region)",
        "other": "(to < REGIONS && told == NONE && to != region)",
    },
    "replica": {"same": "!other", "other": "other"},
    "replica_seen": {"yes": "replica_known", "no": "!replica_known"},
    "hint": {"given": "hint", "absent": "!hint"},
    "cause": {"timeout": "no_answer", "connectivity": "!no_answer"},
    "sent": {"yes": "sent", "no": "!sent"},
    "surfaced": {
        "unnumbered": "status == 0",
        "received": "(status != 0 && status == received)",
        "unavailable": "(status == 503 && status != received)",
        "timeout": "(status == 408 && status != received)",
        "other": "(status != 0 && status != received && status != 503 && status != 408)",
    },
    "outcome": {
        "success": "(status == 0 || SUCCESS_STATUS(status))",
        "other": "(status != 0 && !SUCCESS_STATUS(status))",
    },
}


def guard_expression(guard: Guard, words: Vocabulary) -> str:
    """Return when a guard holds.  Raises `UnknownWordError` for a feature or a value that is not known."""
    feature = words.features[known("feature", guard.feature, words.features, "guard")]
    some = [value for value in feature.values if value in guard.is_]
    unknown = sorted(guard.is_ - set(feature.values))
    if unknown or not some:
        raise UnknownWordError(f"feature {guard.feature!r} has no value {unknown}")
    return " || ".join(_value(guard.feature, feature, value) for value in some)


def _value(feature: str, meant: Feature, value: str) -> str:
    if meant.policy is not None:
        return _count(meant.policy, meant.limit, value)
    if feature == "answer":
        return f"answer == {name('answer', value)}"
    if feature in ("mode", "level", "operation"):
        return f"{feature.upper()} == {name(feature, value)}"
    if value not in VALUES.get(feature, ()):
        raise UnknownWordError(f"feature {feature!r}, value {value!r}: no expression is known")
    return VALUES[feature][value]


def _count(policy: str, limit: str | None, value: str) -> str:
    """A count of retries; as soon as its limit is reached it is spent, and neither none nor some."""
    retries = f"retries[{name('policy', policy)}]"
    left = "" if limit is None else f"{retries} < {limit.upper()} && "
    if value == "spent" and limit is not None:
        return f"{retries} >= {limit.upper()}"
    if value == "none":
        return f"({left}{retries} == 0)"
    if value == "some":
        return f"({left}{retries} > 0)"
    raise UnknownWordError(f"count of {policy!r}, value {value!r}: no expression is known")
