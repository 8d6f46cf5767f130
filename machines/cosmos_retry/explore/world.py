"""The world: what can happen next in a run, as far as the promises can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import attrs

from cosmos_retry.explore.labels import OTHER_STATUS, PLACES, WITHOUT_RETRY, Label
from cosmos_retry.explore.watch import TIMED, Setting, Watch
from cosmos_retry.invariants.faults import BEHIND, GONE_FAULTS, MISSING, MOVED, READ, SUCCESS

ANY: tuple[int, ...] = ()  # no condition on the retries made so far
Needs = tuple[str, bool] | None  # a policy, and whether it has retried before
LATER_ONLY = (2,)


def happenings(setting: Setting, watch: Watch, answers: tuple[Label, ...]) -> Iterator[tuple[Label, Needs]]:
    """Yield each label that can come next, with what it needs: that a policy has, or has not, retried yet.

    The environment answers attempts that are under way; the client may try anything at any time.
    """
    if watch.open:
        for answer in answers:
            yield answer, None
    if watch.strayed and watch.heard:
        return
    yield Label("address_refresh"), None
    for told in (None, *range(setting.foreign)) if watch.last == MOVED and not watch.heard else (None,):
        yield Label("account_refresh", told=told), None
    if setting.lifecycle == "query":
        yield Label("query_plan"), None
    if setting.lifecycle != "metadata":
        yield Label("metadata_abandoned"), None
    for status in (200, OTHER_STATUS):
        yield Label("result", status=status), None
    moments = tuple(_moments(watch))
    for surfaced in dict.fromkeys((watch.status, None, 503, 408, 410, OTHER_STATUS)):
        for moment, needs in _without_pace(moments):
            yield attrs.evolve(moment, event="error", status=surfaced), needs
    for region, replica in product(range(setting.foreign + 1), _replicas(setting, watch)):
        for moment, needs in moments:
            yield attrs.evolve(moment, event="attempt", region=region, replica=replica), needs


def _replicas(setting: Setting, watch: Watch) -> tuple[str, ...]:
    """Where the replica matters, one that was asked before or another one, if there is another one."""
    if setting.kind != READ:
        return ("same",)
    matters = watch.open or watch.last in (BEHIND, MISSING) or watch.last in GONE_FAULTS
    return ("same", "other")[: min(setting.replicas, 2)] if matters else ("same",)


def _moments(watch: Watch) -> Iterator[tuple[Label, Needs]]:
    """The moments that can be told apart, as labels of no event yet."""
    policy = watch.policy
    if policy not in TIMED:
        yield Label(""), None
        return
    if policy == "throttle":
        places = PLACES if watch.hint else WITHOUT_RETRY
        for clock, wait in product(places, (0, 1, 2) if watch.hint else (None,)):
            yield Label("", clock=clock, wait=wait), None
        return
    first: Iterable[int | None] = range(5) if policy == "retry_with" else (None,)
    for clock, beside in product(WITHOUT_RETRY, first):
        yield Label("", clock=clock, first=beside), (policy, False)
    for clock, pace in product(PLACES, (0, 1, 2)):
        yield Label("", clock=clock, pace=pace), (policy, True)


def _without_pace(moments: tuple[tuple[Label, Needs], ...]) -> dict[tuple[Label, Needs], None]:
    """The same moments for an event that no backoff is asked of."""
    return dict.fromkeys(
        (attrs.evolve(one, pace=None, wait=None, first=None), needs) for one, needs in moments
    )


def is_new_request(setting: Setting, watch: Watch) -> bool:
    """Whether the next attempt begins another request: the page after one that has arrived."""
    return setting.lifecycle == "query" and watch.last == SUCCESS and not watch.open
