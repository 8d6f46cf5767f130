"""The clock: how much later each event of a path may make the next one, as a bound that no run exceeds.

Along a path the clock adds up: for an attempt, a result or an error that the client makes promptly, the time
T that the attempt before it may take; for a retry that has to start within a window, what is left of the
window since it was opened.  No run is later at any point.  By induction over the attempts: what comes
promptly comes no more than T after the attempt before it, or with the bound that it waited for.  A retry
within a window of W starts no later than W after the attempt that opened it; the clock has shown at least
that attempt's time when the window was opened, and has gone on by `granted` for this window's earlier
retries; with W less that, it shows enough.
"""

from __future__ import annotations

import attrs

from cosmos_retry.memory import Memory, Window
from cosmos_retry.vocabulary import Instant
from cosmos_retry.worst.graph import ANSWERS, Edge, Graph
from cosmos_retry.worst.pace import WINDOW_KINDS
from cosmos_retry.worst.paths import INFINITE
from cosmos_retry.worst.rule import Rule


@attrs.frozen
class Span:
    """A time of `us` microseconds and `attempts` times T."""

    us: int = 0
    attempts: int = 0

    def __add__(self, other: Span) -> Span:
        return Span(self.us + other.us, self.attempts + other.attempts)

    def __sub__(self, other: Span) -> Span:
        return Span(self.us - other.us, self.attempts - other.attempts)

    def at(self, timeout_us: int) -> int:
        """Return the span in microseconds where T is `timeout_us`."""
        return self.us + self.attempts * timeout_us


NOTHING, ONE_ATTEMPT = Span(), Span(0, 1)


class Clock:
    """The clock of a graph where an attempt takes `timeout_us` microseconds at most."""

    def __init__(self, graph: Graph, timeout_us: int) -> None:
        """Take the graph, and the T at which spans are compared."""
        self._graph, self._rules, self._timeout = graph, graph.rules, timeout_us
        self._granted: dict[tuple[str, int | None, int], Span] = {}
        self._spans: dict[int, Span | None] = {}

    def weigh(self, edge: Edge) -> float:
        """Return how many microseconds an edge adds; infinite where no row sets an end."""
        span = self.span(edge)
        return INFINITE if span is None else span.at(self._timeout)

    def span(self, edge: Edge) -> Span | None:
        """Return what an edge adds, or None where no row sets an end."""
        if id(edge) not in self._spans:
            self._spans[id(edge)] = self._span(edge)
        return self._spans[id(edge)]

    def granted(self, policy: str, window: Window | None, retries: int) -> Span:
        """Return the least that the clock has gone on for so many retries of a policy in one window."""
        if retries == 0:
            return NOTHING
        key = (policy, window.length if window else None, retries)
        if key not in self._granted:
            before = self.granted(policy, window, retries - 1)
            memory = Memory(windows={policy: Window(0, key[1], retries - 1)})
            rules = [rule for rule in self._rules.all if rule.counts == policy]
            may = [rule for rule in rules if self._rules.counts_allow(rule, policy, memory)]
            adds = (self._own(rule, policy, memory) for rule in may)
            self._granted[key] = before + min(adds, key=self._us, default=NOTHING)
        return self._granted[key]

    def _us(self, span: Span) -> int:
        return span.at(self._timeout)

    def _own(self, rule: Rule, policy: str, memory: Memory) -> Span:
        """What a retry adds to the clock by its own policy's window; nothing where another one's holds it."""
        if any(instant.policy not in (None, policy) for _, instant in rule.bounds):
            return NOTHING
        return self._bounded(rule, memory, ONE_ATTEMPT) or NOTHING

    def _span(self, edge: Edge) -> Span | None:
        if edge.seen.event in ANSWERS or (edge.policy is not None and edge.policy in self._rules.free):
            return NOTHING
        node = self._graph.nodes[edge.source]
        moves = edge.seen.event in ("attempt", "result", "error")
        flying = self._rules.in_flight(node.state) and node.just_sent
        base = ONE_ATTEMPT if moves and not flying and node.memory.region is not None else NOTHING
        return self._bounded(edge.rule, node.memory, base)

    def _bounded(self, rule: Rule, memory: Memory, base: Span) -> Span | None:
        """What a move adds: up to its latest moment where it has one, else up to its first."""
        if not rule.bounds:
            return base
        latest, first, known = [], [base], True
        for relation, instant in rule.bounds:
            if instant.policy in self._rules.free:
                continue  # what its window adds is reckoned apart
            span = self._reach(instant, memory, base)
            if relation == "not_after":
                latest += [span] if span is not None else []
            elif span is None:
                known = False
            else:
                first.append(span + Span(int(relation == "after")))
        if latest:
            return min(latest, key=self._us)
        return max(first, key=self._us) if known else None

    def _reach(self, instant: Instant, memory: Memory, base: Span) -> Span | None:
        """How far off an instant is at most; None where that is not known."""
        if instant.kind == "after_answer":
            number = self._rules.contract.profile.number
            return base + Span(sum(int(number(name, self._rules.config)) for name in instant.parameters))
        window = memory.windows.get(str(instant.policy))
        if instant.kind not in WINDOW_KINDS or window is None or window.length is None:
            return None
        # The last call comes before the end of the window, or with it.
        left = Span(window.length) - self.granted(str(instant.policy), window, window.retries)
        return max(left, NOTHING, key=self._us)
