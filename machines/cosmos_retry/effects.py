"""The effects: what a row writes into the memory of the run, and what every event leaves behind by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from cosmos_retry.config import Config
from cosmos_retry.instants import grown_delay
from cosmos_retry.memory import Memory, Seen, Window
from cosmos_retry.parameters import Profile
from cosmos_retry.vocabulary import Effect, Vocabulary


def apply(
    names: Iterable[str], words: Vocabulary, profile: Profile, config: Config, memory: Memory, seen: Seen
) -> Memory:
    """Return the memory after an event and the effects of its row."""
    memory = _witness(memory, seen)
    for name in names:
        effect = words.effects[name]
        match effect.verb:
            case "send":
                memory = _send(str(effect.how), words, memory, seen)
            case "open":
                memory = _open(effect, profile, config, memory)
            case "count":
                memory = _count(str(effect.policy), profile, config, memory, seen)
            case "set":
                memory = _set(str(effect.flag), effect.to, memory)
    return memory


def _set(flag: str, to: bool, memory: Memory) -> Memory:
    change: dict[str, Any] = {flag: to}
    return memory.but(**change)


def _witness(memory: Memory, seen: Seen) -> Memory:
    """What an event leaves behind whatever its row: when the answer came and what it was."""
    if seen.event == "response":
        return memory.but(answer_t=seen.t, received=seen.status, asked=seen.asked)
    if seen.event == "failure":
        return memory.but(answer_t=seen.t, received=None, asked=None)
    if seen.event == "account_refresh":
        return memory.but(told=seen.write_regions)
    return memory


def _send(how: str, words: Vocabulary, memory: Memory, seen: Seen) -> Memory:
    region = str(seen.region)
    visited = memory.visited if region in memory.visited else (*memory.visited, region)
    moved = memory.but(region=region, replica=seen.replica, visited=visited, attempt_t=seen.t, paired=False)
    match how:
        case "here" if region == memory.region:
            return moved
        case "failover" | "here":
            return moved.but(
                failovers=memory.failovers + 1,
                windows=_for_request(words, memory.windows),
                addresses_stale=False,
            )
        case "forward" if region != memory.region:
            return moved.but(windows=_for_request(words, memory.windows), addresses_stale=False)
        case "new request":
            return moved.but(visited=(region,), failovers=0, windows={}, met=frozenset())
        case "beside":
            return moved.but(attempt_t=memory.attempt_t, paired=True)
    return moved


def _for_request(words: Vocabulary, windows: Mapping[str, Window]) -> dict[str, Window]:
    return {name: window for name, window in windows.items() if words.policies[name].scope == "request"}


def _open(effect: Effect, profile: Profile, config: Config, memory: Memory) -> Memory:
    policy = str(effect.policy)
    met = memory.met | {policy}
    if policy in memory.windows:
        return memory.but(met=met)
    window = Window(opened=memory.attempt_t, length=int(profile.number(str(effect.length), config)))
    return memory.but(met=met, windows={**memory.windows, policy: window})


def _count(policy: str, profile: Profile, config: Config, memory: Memory, seen: Seen) -> Memory:
    window = memory.windows.get(policy) or Window(opened=memory.attempt_t)
    delay = seen.t - memory.answer_t
    longer = window.retries > 0 and delay >= grown_delay(window.longest, profile, config)
    window = attrs.evolve(
        window,
        retries=window.retries + 1,
        longest=max(window.longest, delay),
        grown=window.grown or longer,
        flat=1 if longer else window.flat + 1,
    )
    return memory.but(
        windows={**memory.windows, policy: window},
        met=memory.met | {policy},
    )
