"""The references: what the words and numbers of the contract name of one another, checked at load."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import attrs

from cosmos_retry.assumptions import Assumption
from cosmos_retry.config import Config
from cosmos_retry.errors import ContractError
from cosmos_retry.features import MEASURED, has_measure
from cosmos_retry.instants import KINDS
from cosmos_retry.parameters import Profile
from cosmos_retry.vocabulary import Vocabulary

Found = Iterator[tuple[str, str, str]]  # entry, field, reason

VERBS = {"send": ("how",), "open": ("policy", "length"), "count": ("policy",), "set": ("flag",)}
HOWS = ("first", "here", "failover", "forward", "new request", "beside")
SCOPES = ("region", "request")
PARTIES = ("client", "environment")
GROUPS = ("in flight", "waiting", "moving region", "surfaced", "done")
UNITS = ("s", "retries", "delays", "share of the longest delay", "times the longest delay")
FLAGS = ("addresses_stale", "account_stale")
OPTIONS = tuple(field.name for field in attrs.fields(Config))


def check_references(
    spec: Path,
    words: Vocabulary,
    profile: Profile,
    assumptions: Mapping[str, Assumption],
    clauses: Collection[str],
) -> None:
    """Raise `ContractError` for the first name in vocabulary, profile or assumptions that nothing bears."""
    places = (
        (spec / "vocabulary.toml", _vocabulary(words, profile, assumptions)),
        (spec / "profiles" / f"{profile.name}.toml", _profile(profile, assumptions, clauses)),
        (spec / "assumptions.toml", _assumptions(assumptions, clauses)),
    )
    for file, findings in places:
        for entry, field, reason in findings:
            raise ContractError(str(file), entry, field, reason)


def _one_of(entry: str, field: str, names: Iterable[str | None], known: Iterable[str], what: str) -> Found:
    for name in names:
        if name is not None and name not in known:
            yield entry, field, f"unknown {what} {name!r}"


def _vocabulary(words: Vocabulary, profile: Profile, assumptions: Mapping[str, Assumption]) -> Found:
    yield from _one_of("mixed", "rests_on", [words.mixed_rests_on], assumptions, "assumption")
    for name, event in words.events.items():
        yield from _one_of(f"event.{name}", "by", [event.by], PARTIES, "party")
    for name, state in words.states.items():
        yield from _one_of(f"state.{name}", "group", [state.group], GROUPS, "group")
    for name, policy in words.policies.items():
        yield from _one_of(f"policy.{name}", "scope", [policy.scope], SCOPES, "scope")
    for name, feature in words.features.items():
        entry = f"feature.{name}"
        yield from _one_of(entry, "limit", [feature.limit], profile.parameters, "parameter")
        yield from _one_of(entry, "rests_on", feature.rests_on.values(), assumptions, "assumption")
        yield from _one_of(entry, "ranges", feature.ranges, feature.values, "value")
        if name == "outcome" and "success" not in feature.ranges:
            yield entry, "ranges", "missing: which statuses are a success?"
        if not has_measure(name, feature):
            yield entry, "-", f"nobody measures it; measured are counts of a policy and {', '.join(MEASURED)}"
    for name, instant in words.instants.items():
        entry = f"instant.{name}"
        yield from _one_of(entry, "kind", [instant.kind], KINDS, "kind of instant")
        yield from _one_of(entry, "parameters", instant.parameters, profile.parameters, "parameter")
        yield from _one_of(entry, "rests_on", [instant.rests_on], assumptions, "assumption")
        for field in KINDS[instant.kind]:
            if not getattr(instant, field):
                yield entry, field, f"missing: an instant of kind {instant.kind} has one"
    for name, effect in words.effects.items():
        entry = f"effect.{name}"
        yield from _one_of(entry, "verb", [effect.verb], VERBS, "verb")
        yield from _one_of(entry, "how", [effect.how], HOWS, "way to send")
        yield from _one_of(entry, "length", [effect.length], profile.parameters, "parameter")
        yield from _one_of(entry, "flag", [effect.flag], FLAGS, "flag")
        for field in VERBS[effect.verb]:
            if getattr(effect, field) is None:
                yield entry, field, f"missing: an effect with the verb {effect.verb} has one"


def _profile(profile: Profile, assumptions: Mapping[str, Assumption], clauses: Collection[str]) -> Found:
    for name, parameter in profile.parameters.items():
        entry = f"parameter.{name}"
        yield from _one_of(entry, "cites", parameter.cites, clauses, "clause")
        yield from _one_of(entry, "assumption", [parameter.assumption], assumptions, "assumption")
        yield from _one_of(entry, "unit", [parameter.unit], UNITS, "unit")
        yield from _one_of(entry, "option", [parameter.option], OPTIONS, "option")
        if parameter.bound != "inclusive":
            yield entry, "bound", "must be 'inclusive': a row that excludes the number says so with `after`"
        if not parameter.cites and parameter.assumption is None:
            yield entry, "cites", "missing: a number comes from a clause or from an assumption"


def _assumptions(assumptions: Mapping[str, Assumption], clauses: Collection[str]) -> Found:
    for name, assumption in assumptions.items():
        yield from _one_of(name, "clauses", assumption.clauses, clauses, "clause")
