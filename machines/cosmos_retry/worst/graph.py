"""The graph: every situation that permitted rows reach under some faults, with time left aside.

A node is a state and what the request remembers, without any time: counters and windows, regions, flags.  A
counter that only a guard for *none* and *some* looks at stops at two; the retries beyond that are counted all
at once (see `weight`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

import attrs

from cosmos_retry.memory import Memory, Seen, Window
from cosmos_retry.worst.faults import Fault
from cosmos_retry.worst.pace import Pace, pace
from cosmos_retry.worst.rule import Rule, as_heard
from cosmos_retry.worst.rules import Rules

LEAST_CAP = 2
_TOLD = frozenset({"forward_target"})
_HEARD = Memory()  # after the end nothing is remembered
ANSWERS = ("response", "failure")


@attrs.frozen
class Node:
    """A situation: `just_sent` says, in flight, that nothing has come back since the last attempt."""

    state: str
    memory: Memory
    just_sent: bool


@attrs.frozen
class Edge:
    """One event between two nodes, given by their numbers: the row that takes it, and the event.

    `policy` is the policy whose retries it counts.  `weight` is the number of attempts that it stands for;
    `saturated` says that it is a retry of which any number may follow, because its count is not kept.
    """

    source: int
    target: int
    rule: Rule
    seen: Seen
    policy: str | None
    weight: int
    saturated: bool

    def moved_to(self, region: str | None) -> Edge:
        """Return the same event; if it is an attempt, in this region."""
        if self.seen.event != "attempt":
            return self
        return attrs.evolve(self, seen=attrs.evolve(self.seen, region=region))


class Graph:
    """The nodes that some faults lead to, and the edges between them."""

    def __init__(self, rules: Rules, faults: Iterable[Fault], exact: Iterable[str] = ()) -> None:
        """Explore from the start; the counters of the policies in `exact` are followed to their end."""
        self.rules = rules
        self.exact = frozenset(exact)
        self._faults = tuple(faults)
        self._limits = _limits(rules)
        self._windows: dict[tuple[str, int | None, int], Window] = {}
        self._paces: dict[tuple[str, int | None], Pace] = {}
        self.nodes: list[Node] = []
        self.out: list[list[Edge]] = []
        self._numbers: dict[Hashable, int] = {}
        self._add(Node("start", Memory(), False))
        done = 0
        while done < len(self.nodes):
            self._expand(done)
            done += 1

    def pace(self, policy: str, window: Window | None) -> Pace:
        """Return the most retries of a policy in a window such as this one."""
        key = (policy, window.length if window else None)
        if key not in self._paces:
            self._paces[key] = pace(self.rules, *key)
        return self._paces[key]

    def cap(self, policy: str, most: int | None) -> int:
        """Return where the counter of a policy stops, if its window holds `most` retries."""
        if policy in self.exact and most is not None:
            return max(most, 1)
        return max(self._limits.get(policy, 0), LEAST_CAP)

    def _add(self, node: Node) -> int:
        key = _key(node)
        if key not in self._numbers:
            self._numbers[key] = len(self.nodes)
            self.nodes.append(node)
            self.out.append([])
        return self._numbers[key]

    def _expand(self, number: int) -> None:
        node = self.nodes[number]
        if self.rules.terminal(node.state):
            return
        for rule, seen in self.rules.moves(node.state, node.memory, self._faults):
            policy = rule.counts
            weight, saturated = self._weight(rule, policy, node.memory)
            if weight is None:
                continue
            state = node.state if rule.row.to in (None, "=") else str(rule.row.to)
            after = _HEARD
            if not self.rules.terminal(state):
                after = self._timeless(state, self.rules.after(rule.row, node.memory, seen))
            target = self._add(Node(state, after, self.rules.in_flight(state) and seen.event == "attempt"))
            self.out[number].append(Edge(number, target, rule, seen, policy, weight, saturated))

    def _weight(self, rule: Rule, policy: str | None, memory: Memory) -> tuple[int | None, bool]:
        """How many attempts a move stands for, None where no run makes it, and whether it is saturated.

        A retry of a policy whose window holds only so many stands for itself while the counter moves.  The
        one that brings the counter to its cap stands for all that are left as well, and those at the cap
        stand for none.  No run has more retries than the window holds, so a path is never lighter than the
        run that it follows.
        """
        if policy is None or rule.row.on != "attempt":
            return int(rule.row.on == "attempt"), False
        if policy in self.rules.free:
            return 0, True
        most = self.pace(policy, memory.windows.get(policy)).most
        if most is None:
            return 1, False
        retries, cap = memory.retries(policy), self.cap(policy, most)
        if retries >= most and (retries < cap or policy in self.exact):
            return None, False
        if retries == cap - 1:
            return most - retries, False
        return int(retries < cap), retries >= cap

    def _timeless(self, state: str, memory: Memory) -> Memory:
        """The memory without what is a time, what nothing looks at any more, and counts beyond their caps."""
        flying = self.rules.in_flight(state)
        windows = {
            name: self._capped(name, window)
            for name, window in memory.windows.items()
            if name not in self.rules.free
        }
        told = memory.told if memory.told and self.rules.looks(state, "attempt", _TOLD) else None
        return Memory(
            region=memory.region,
            visited=tuple(sorted(memory.visited)),
            failovers=min(memory.failovers, 1),
            received=None if flying else as_heard(memory.received),
            paired=memory.paired,
            addresses_stale=memory.addresses_stale,
            account_stale=memory.account_stale,
            told=told,
            windows=windows,
        )

    def _capped(self, policy: str, window: Window) -> Window:
        key = (policy, window.length, window.retries)
        if key not in self._windows:
            cap = self.cap(policy, self.pace(policy, window).most)
            self._windows[key] = Window(0, window.length, min(window.retries, cap))
        return self._windows[key]


def _limits(rules: Rules) -> Mapping[str, int]:
    """How far each policy's counter can be told apart."""
    found: dict[str, int] = {}
    for feature in rules.contract.vocabulary.features.values():
        if feature.policy is not None and feature.limit is not None:
            limit = int(rules.contract.profile.number(feature.limit, rules.config))
            found[feature.policy] = max(found.get(feature.policy, 0), limit)
    return found


def _key(node: Node) -> Hashable:
    m = node.memory
    windows = tuple(sorted((name, w.length, w.retries) for name, w in m.windows.items()))
    flags = (m.failovers, m.paired, m.addresses_stale, m.account_stale)
    return (node.state, node.just_sent, m.region, m.visited, flags, m.received, m.told, windows)
