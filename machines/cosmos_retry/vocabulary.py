"""The vocabulary: every event, state, feature, guard, instant and effect that a row may name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from cosmos_retry.entries import named_entries, read_table
from cosmos_retry.errors import ContractError


@attrs.frozen
class Event:
    """Something that the client does, or that its environment does to it."""

    says: str
    by: str


@attrs.frozen
class State:
    """Where a request stands between two events; `group` is the meaning that diagrams colour."""

    says: str
    group: str
    terminal: bool = False


@attrs.frozen
class Policy:
    """A reason to retry, with counters and a window of its own, for a region or for the whole request."""

    says: str
    scope: str


@attrs.frozen
class Feature:
    """What can be measured when an event comes: one of a few values, each told apart from the others.

    `events` limits it to some events; empty means any.  `policy` makes it a count of that policy's retries,
    told apart as none, some and, with the parameter `limit`, spent.  `rests_on` names the assumption behind
    a value.
    """

    says: str
    values: tuple[str, ...]
    events: tuple[str, ...] = ()
    policy: str | None = None
    limit: str | None = None
    rests_on: dict[str, str] = attrs.field(factory=dict)
    ranges: dict[str, list[tuple[int, int]]] = attrs.field(factory=dict)


@attrs.frozen
class Guard:
    """A condition of a row: the feature has one of these values."""

    says: str
    feature: str
    is_: frozenset[str]


@attrs.frozen
class Instant:
    """A moment that a row's time bounds refer to, worked out from the run so far."""

    says: str
    kind: str
    policy: str | None = None
    parameters: tuple[str, ...] = ()
    rests_on: str | None = None


@attrs.frozen
class Effect:
    """What a row writes into the memory of the run."""

    says: str
    verb: str
    how: str | None = None
    policy: str | None = None
    length: str | None = None
    flag: str | None = None
    to: bool = True


@attrs.frozen
class Vocabulary:
    """All that a row may name."""

    events: Mapping[str, Event]
    states: Mapping[str, State]
    policies: Mapping[str, Policy]
    features: Mapping[str, Feature]
    guards: Mapping[str, Guard]
    instants: Mapping[str, Instant]
    effects: Mapping[str, Effect]
    mixed_rests_on: str


def load_vocabulary(spec: Path) -> Vocabulary:
    """Return the vocabulary in `spec/vocabulary.toml`.

    Raises `ContractError` for a key, a value or a reference inside the vocabulary that is not known.
    """
    file = spec / "vocabulary.toml"
    table = read_table(file)
    sections = {"event", "state", "policy", "mixed", "feature", "guard", "instant", "effect"}
    for key in table:
        if key not in sections:
            raise ContractError(
                str(file), "-", key, f"unknown section, known are {', '.join(sorted(sections))}"
            )
    vocabulary = Vocabulary(
        events=named_entries(file, table, "event", Event),
        states=named_entries(file, table, "state", State),
        policies=named_entries(file, table, "policy", Policy),
        features=named_entries(file, table, "feature", Feature),
        guards=named_entries(file, table, "guard", Guard, {"is": "is_"}),
        instants=named_entries(file, table, "instant", Instant),
        effects=named_entries(file, table, "effect", Effect),
        mixed_rests_on=table.get("mixed", {}).get("rests_on", ""),
    )
    _check(file, vocabulary)
    return vocabulary


def _check(file: Path, words: Vocabulary) -> None:
    """Refuse a reference from one word to another that does not exist."""
    for name, guard in words.guards.items():
        feature = words.features.get(guard.feature)
        if feature is None:
            raise ContractError(str(file), f"guard.{name}", "feature", f"unknown feature {guard.feature!r}")
        for value in sorted(guard.is_ - set(feature.values)):
            raise ContractError(str(file), f"guard.{name}", "is", f"{value!r} is no value of {guard.feature}")
        if not guard.is_ or guard.is_ == set(feature.values):
            raise ContractError(str(file), f"guard.{name}", "is", "holds always or never, so it says nothing")
    for name, feature in words.features.items():
        for event in feature.events:
            if event not in words.events:
                raise ContractError(str(file), f"feature.{name}", "events", f"unknown event {event!r}")
        for value in feature.rests_on:
            if value not in feature.values:
                raise ContractError(str(file), f"feature.{name}", "rests_on", f"{value!r} is no value of it")
    policies = [("feature", n, f.policy) for n, f in words.features.items()]
    policies += [("instant", n, i.policy) for n, i in words.instants.items()]
    policies += [("effect", n, e.policy) for n, e in words.effects.items()]
    for section, name, policy in policies:
        if policy is not None and policy not in words.policies:
            raise ContractError(str(file), f"{section}.{name}", "policy", f"unknown policy {policy!r}")
