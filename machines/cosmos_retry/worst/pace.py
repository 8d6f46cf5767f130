"""The pace: how many retries of one policy fit into its window, found exactly, with the delays that do it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.instants import NEVER, grown_delay, instant_us
from cosmos_retry.memory import Memory, Seen, Window
from cosmos_retry.worst.rule import Rule
from cosmos_retry.worst.rules import Rules

WINDOW_KINDS = frozenset({"window_end", "last_call", "last_asked_call"})
_HERE = "here"
_MOST_KEPT = 256
_KEPT: dict[Hashable, tuple[Contract, Pace]] = {}
_ENDLESS = 100_000  # more retries than any window of minutes holds at a pace that has a least delay


@attrs.frozen
class Pace:
    """The most retries of a policy in one window, None where any number fits, and their delays in µs.

    A delay is the wait between an answer and the retry that follows it.
    """

    most: int | None
    delays: tuple[int, ...] = ()


@attrs.frozen
class _Point:
    """Where a schedule stands: the microseconds spent so far, the window's memory, and the way here."""

    spent: int
    window: Window
    before: _Point | None = attrs.field(default=None, repr=False, eq=False)
    delay: int = 0


def pace(rules: Rules, policy: str, length: int | None) -> Pace:
    """Return the most retries that the rows permit in one window of a policy, found once."""
    rows = tuple(r for r in rules.all if r.counts == policy and rules.sends(r.row) != "failover")
    if not rows or length is None:
        return Pace(None)
    limits = (rules.config.throttle_max_retries, rules.config.throttle_max_wait_us)
    key = (id(rules.contract), policy, length, tuple(rule.row for rule in rows), limits)
    kept = _KEPT.get(key)
    # The contract is kept beside, so that its id cannot come to mean another one.
    if kept is None or kept[0] is not rules.contract:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        kept = _KEPT[key] = (rules.contract, _find(rules, rows, policy, length))
    return kept[1]


def _find(rules: Rules, rows: tuple[Rule, ...], policy: str, length: int) -> Pace:
    """Search for the schedule with the most retries that start within `length` µs after the window's begin.

    Every attempt is answered at once, so that the delays alone have to fit between the start of the first
    attempt that met the fault and the end of the window, which belongs to it.  In a run where other faults
    come between, each delay of this policy still lies within the window and overlaps no other: that run makes
    no more retries than this one.

    The search goes through all schedules but those that another one dominates.  One dominates another after
    as many retries if it spent no more, its longest delay is no longer, no more delays have followed without
    growth and it has grown if the other has, while both have reached the plateau or both have not: whatever
    delay the other takes next, it may take too, and still dominates.  Of the delays permitted next only four
    need trying, the shortest of each kind: one that does not count as growth or one that does, below the
    plateau or from it on.  A longer one of the same kind spends more and opens no way that the shorter one
    does not.
    """
    points = [_Point(0, Window(opened=0, length=length))]
    for _ in range(_ENDLESS):
        retries = (after for point in points for after in _retries(rules, rows, policy, point))
        following = _undominated(retries, rules)
        if not following:
            best = min(points, key=lambda point: point.spent)
            return Pace(best.window.retries, _delays(best))
        if _standings(following, rules) == _standings(points, rules):
            return Pace(None)
        points = following
    return Pace(None)


def _retries(rules: Rules, rows: tuple[Rule, ...], policy: str, point: _Point) -> list[_Point]:
    """The next retry, once for each kind of delay that a row permits."""
    contract, config = rules.contract, rules.config
    memory = Memory(region=_HERE, windows={policy: point.window})
    found = []
    for rule in rows:
        if not rules.counts_allow(rule, policy, memory):
            continue
        low, high = _interval(rules, rule, policy, memory, point.spent)
        plateau = int(contract.profile.number("backoff_plateau", config))
        grown = grown_delay(point.window.longest, contract.profile, config)
        for delay in {low, max(low, grown), max(low, plateau), max(low, grown, plateau)}:
            if delay <= high:
                counted = rules.after(rule.row, memory, Seen("attempt", t=delay, region=_HERE))
                window = counted.windows.get(policy, point.window)
                found.append(_Point(point.spent + delay, window, point, delay))
    return found


def _interval(rules: Rules, rule: Rule, policy: str, memory: Memory, spent: int) -> tuple[int, int]:
    """The shortest and the longest delay of a row, both included, `spent` microseconds into the window."""
    low, high = 0, NEVER
    for relation, instant in rule.bounds:
        if instant.policy not in (None, policy):
            continue  # another policy's clock only holds this one back further
        if instant.kind in WINDOW_KINDS:
            # Only the end of the window is a bound for sure: what is reserved before it may be nothing.
            length = memory.windows[policy].length or 0
            high = min(high, length - spent) if relation == "not_after" else high
            continue
        delay = instant_us(instant, rules.contract.profile, rules.config, memory)
        if relation == "not_after":
            high = min(high, delay)
        else:
            low = max(low, delay + (relation == "after"))
    return low, high


def _undominated(points: Iterable[_Point], rules: Rules) -> list[_Point]:
    plateau = rules.contract.profile.number("backoff_plateau", rules.config)

    def dominates(a: _Point, b: _Point) -> bool:
        one, two = a.window, b.window
        return (
            (one.longest >= plateau) == (two.longest >= plateau)
            and a.spent <= b.spent
            and one.longest <= two.longest
            and one.flat <= two.flat
            and one.grown >= two.grown
        )

    kept: list[_Point] = []
    for point in sorted(points, key=lambda p: (p.spent, p.window.longest, p.window.flat, not p.window.grown)):
        if not any(dominates(other, point) for other in kept):
            kept.append(point)
    return kept


def _standings(points: list[_Point], rules: Rules) -> list[tuple[int, int, bool, int]]:
    """What decides how the schedules go on; where a further retry changes nothing, any number fits."""
    flat = int(rules.contract.profile.number("backoff_flat_retries", rules.config))
    return [(p.spent, p.window.longest, p.window.grown, min(p.window.flat, flat)) for p in points]


def _delays(point: _Point) -> tuple[int, ...]:
    delays = []
    while point.before is not None:
        delays.append(point.delay)
        point = point.before
    return tuple(reversed(delays))
