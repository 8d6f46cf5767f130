"""Observing: how a watch goes on, and which promises an observation breaks."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cosmos_retry.explore.labels import END, IN_TIME, LAST_CALL, OVER, Label
from cosmos_retry.explore.watch import COUNTED, FAILOVER, OF_A_STAY, Setting, Watch
from cosmos_retry.explore.world import is_new_request
from cosmos_retry.invariants.faults import (
    BEHIND,
    FINAL,
    GONE,
    GONE_FAULTS,
    METADATA,
    MISSING,
    MOVED,
    READ,
    RETRY_WITH,
    SENT_LOST,
    SENT_TIMEOUT,
    SESSION_WRITE,
    SUCCESS,
    THROTTLED,
    TIMED_OUT,
    UNAVAILABLE,
    UNDOCUMENTED,
    WEAK_LEVELS,
    WRITE,
    fault_of,
    is_success,
)
from cosmos_retry.trace import Failure, Response

# A promise that is broken where the retries of a policy, so far, number from one bound to the other, both
# included; without a policy, whatever they number.  A limit of the client's own stands in for a number.
Broken = tuple[str, str | None, int, int]
MANY = 99
LIMIT = -1
IF_ANY = -2  # no retry so far, where the limit leaves any
DUE = {SENT_TIMEOUT: 408, SENT_LOST: 503, TIMED_OUT: 408} | dict.fromkeys(GONE_FAULTS, 503)
ONCE = {
    **dict.fromkeys((400, 401, 403, 409, 412, 500), "refused-once"),
    408: "write-timeout-once",
    404: "weak-missing-once",
    503: "direct-503-once",
}
STAYS = {
    THROTTLED: "throttled-region",
    RETRY_WITH: "retry-with-region",
    TIMED_OUT: "timeout-region",
    MISSING: "strong-missing-region",
}


@attrs.frozen
class Change:
    """What an observation does to the retries of one policy, in this order."""

    clear: bool = False
    open: bool = False
    count: bool = False


Observed = tuple[Watch, dict[str, Change]]


def observe(setting: Setting, watch: Watch, label: Label) -> Observed:
    """Return the watch after an observation, and what it does to the retries of each policy; see `breaks`.

    The time of the label does not matter.
    """
    if label.event in ("response", "failure"):
        return _answer(setting, watch, label)
    if watch.heard:
        return watch, {}
    if watch.strayed:
        opened = attrs.evolve(watch, open=min(watch.open + 1, 2)) if label.event == "attempt" else watch
        return heard(opened) if label.event in ("result", "error") else opened, {}
    match label.event:
        case "attempt":
            return _attempt(setting, watch, label)
        case "address_refresh" if watch.last == GONE and setting.direct:
            return attrs.evolve(watch, refreshed=True), {}
        case "account_refresh" if watch.last == MOVED:
            return attrs.evolve(watch, account_read=True, told=label.told), {}
        case "result" | "error":
            return heard(watch), _cleared()
    return watch, {}


def breaks(setting: Setting, watch: Watch, label: Label) -> tuple[Broken, ...]:
    """Return the promises that an observation breaks."""
    if label.event in ("response", "failure") or watch.strayed:
        return ()
    if watch.heard:
        return (("ended-once", None, 0, MANY),)
    if label.event == "attempt":
        return tuple(_always(_promised(setting, watch, label)))
    if label.event in ("result", "error"):
        return tuple(_always(_end(setting, watch, label)))
    return ()


def heard(watch: Watch) -> Watch:
    """Return what is left to be known once the application has heard."""
    return Watch(open=watch.open, heard=True)


def _cleared() -> dict[str, Change]:
    return dict.fromkeys(COUNTED, Change(clear=True))


def _always(names: Iterator[str | Broken]) -> Iterator[Broken]:
    for name in names:
        yield (name, None, 0, MANY) if isinstance(name, str) else name


# --------------------------------------------------------------------------------------------- answers


def _answer(setting: Setting, watch: Watch, label: Label) -> Observed:
    if watch.heard or watch.strayed:
        return attrs.evolve(watch, open=watch.open - 1), {}
    event: Response | Failure
    if label.event == "response":
        event = Response(status=label.status or 0, substatus=label.substatus)
    else:
        event = Failure(cause="timeout" if label.cause == "timeout" else "connectivity", sent=label.sent)
    fault = fault_of(setting.config, setting.kind, event)
    after = attrs.evolve(
        watch,
        open=watch.open - 1,
        last=fault,
        status=label.status,
        hint=label.hint,
        succeeded=watch.succeeded or fault == SUCCESS,
        refreshed=False,
        account_read=False,
        told=None,
        behind=min(watch.behind + (fault == BEHIND), 2),
        missing=min(watch.missing + (fault == MISSING), 2),
    )
    changes = {
        name: Change(open=True) for name, faults in COUNTED.items() if fault in faults and watch.open == 1
    }
    return after, changes


# -------------------------------------------------------------------------------------------- attempts


def _attempt(setting: Setting, watch: Watch, label: Label) -> Observed:
    region = label.region
    if is_new_request(setting, watch):
        return Watch(open=1, region=region, visited=frozenset({region or 0})), _cleared()
    beside = watch.open > 0
    if beside and setting.lifecycle in ("query", "metadata"):
        return Watch(open=2, strayed=True), _cleared()
    follows = None if beside else watch.last
    moves = watch.region is not None and region != watch.region
    changes = {}
    for policy, faults in COUNTED.items():
        of_stay = policy in OF_A_STAY
        count = follows in faults and not (moves and of_stay)
        if count or (moves and of_stay):
            changes[policy] = Change(clear=moves and of_stay, count=count)
    after = attrs.evolve(
        watch,
        open=min(watch.open + 1, 2),
        last=None,
        status=None,
        hint=False,
        region=region,
        visited=watch.visited | {region or 0},
        moved=watch.moved or (moves and follows in FAILOVER),
        refreshed=False,
        account_read=False,
        told=None,
        behind=0 if moves else watch.behind,
        missing=0 if moves else watch.missing,
        paired=beside,
    )
    return after, changes


def _promised(setting: Setting, watch: Watch, label: Label) -> Iterator[str | Broken]:
    """What is promised of an attempt."""
    if is_new_request(setting, watch):
        yield from _page(setting, watch, label)
        return
    beside = watch.open > 0
    if beside and setting.lifecycle in ("query", "metadata"):
        return
    follows = None if beside else watch.last
    yield from _anywhere(setting, watch, label, follows)
    if beside:
        yield from _beside(setting, watch, label)
    if watch.region is not None and label.region != watch.region:
        yield from _moved(setting, watch, label, follows)
    elif watch.region is not None and not beside:
        yield from _stayed(setting, watch, label, follows)


def _page(setting: Setting, watch: Watch, label: Label) -> Iterator[str | Broken]:
    if label.region == setting.foreign:
        yield "region-of-account"
    if label.region not in (watch.region, setting.order[0]):
        yield "page-region"


def _anywhere(setting: Setting, watch: Watch, label: Label, follows: str | None) -> Iterator[str | Broken]:
    """What is promised of an attempt wherever it goes."""
    if label.region == setting.foreign:
        yield "region-of-account"
    if setting.kind == WRITE and follows in (SENT_TIMEOUT, SENT_LOST):
        yield "write-never-resent"
    if follows == MOVED and not (watch.account_read and watch.told in (None, label.region)):
        yield "forward-after-refresh"
    if follows == FINAL and (watch.status != 404 or setting.config.consistency in WEAK_LEVELS):
        yield ONCE[watch.status or 0]
    if watch.succeeded and setting.kind != METADATA:
        yield "success-never-denied"
    if follows == THROTTLED:
        if label.wait is not None and label.wait < IN_TIME:
            yield "throttled-wait"
        yield ("throttled-limits", "throttle", LIMIT, MANY)
        if label.clock == OVER:
            yield "throttled-limits"
    if follows == RETRY_WITH:
        if label.clock == OVER:
            yield ("retry-with-window", "retry_with", 1, MANY)
        if label.pace is not None and label.pace < IN_TIME:
            yield ("backoff-exponential", "retry_with", 1, MANY)
        if label.first is not None and not LAST_CALL <= label.first <= END:
            yield ("retry-with-first", "retry_with", 0, 0)


def _beside(setting: Setting, watch: Watch, label: Label) -> Iterator[str]:
    if setting.kind == WRITE:
        yield "write-never-resent"
    second = label.region == watch.region and not watch.missing and watch.open == 1 and not watch.paired
    same = setting.direct and label.replica == "same"
    if not (setting.strong and second and not same):
        yield "one-at-a-time"


def _moved(setting: Setting, watch: Watch, label: Label, follows: str | None) -> Iterator[str | Broken]:
    """What is promised of an attempt that changes region."""
    multi_write = setting.config.multi_write_enabled
    if setting.kind == WRITE and follows != MOVED and not multi_write:
        yield "write-region"
    if setting.kind == WRITE and follows in GONE_FAULTS and watch.moved:
        yield "write-one-failover"
    following = setting.next_region(watch)
    single_session = follows == BEHIND and not setting.config.multi_write_account
    if follows in FAILOVER and not single_session and label.region != following:
        untried = label.region not in (*setting.order, *watch.visited)
        if not (untried and (following is None or follows == BEHIND)):
            yield "region-order"
    if follows in FAILOVER and label.region in watch.visited:
        yield "region-not-revisited"
    if single_session and setting.write_region not in watch.visited and label.region != setting.write_region:
        yield "session-write-region"
    if follows in STAYS:
        yield STAYS[follows]
    if follows in GONE_FAULTS and label.clock is not None:
        if label.clock <= LAST_CALL:
            yield "local-retries-first"
        elif label.clock <= END:
            yield ("local-retries-first", "gone", 0, 0)
    if follows == UNAVAILABLE:
        yield ("local-retries-first", "unavailable", 0, setting.unavailable_retries - 1)
    if follows == BEHIND and setting.direct and watch.behind < 2:
        yield "local-retries-first"
    if follows == SESSION_WRITE and not watch.moved:
        yield ("local-retries-first", "session", 0, 0)


def _stayed(setting: Setting, watch: Watch, label: Label, follows: str | None) -> Iterator[str | Broken]:
    """What is promised of an attempt that stays in its region."""
    over = label.clock == OVER
    too_soon = label.pace is not None and label.pace < IN_TIME
    same_replica = setting.direct and label.replica == "same"
    if follows in GONE_FAULTS:
        if over:
            yield "gone-window"
        if too_soon and setting.kind == WRITE:
            yield ("backoff-exponential", "gone", 1, MANY)
        if setting.kind == READ and same_replica and setting.config.consistency not in WEAK_LEVELS:
            yield ("gone-other-replica", "gone", 0, 0)
        if follows == GONE and setting.direct and not watch.refreshed:
            yield "refresh-before-retry"
    if follows == TIMED_OUT:
        if over:
            yield "timeout-window"
        if too_soon:
            yield ("backoff-exponential", "timeout", 1, MANY)
    if follows == UNAVAILABLE:
        yield ("gateway-503-twice", "unavailable", setting.unavailable_retries, MANY)
    for fault, count, name in (
        (BEHIND, watch.behind, "session-two-replicas"),
        (MISSING, watch.missing, "strong-two-replicas"),
    ):
        if follows == fault and (count > 1 or same_replica):
            yield name


# ------------------------------------------------------------------------------------------- the end


def _end(setting: Setting, watch: Watch, label: Label) -> Iterator[str | Broken]:
    if label.event == "result":
        if not watch.succeeded or not is_success(label.status or 0):
            yield "success-never-invented"
        return
    if watch.open or watch.region is None:
        return
    if watch.succeeded:
        if setting.lifecycle not in ("query", "metadata"):
            yield "success-never-denied"
        return
    lost = setting.kind == METADATA and watch.last == UNDOCUMENTED and watch.status in (None, 404, 408, 410)
    if not lost and label.status not in (None, DUE.get(str(watch.last), watch.status)):
        yield "surfaced-as-mapped"
    if watch.last in GONE_FAULTS and label.status == GONE_STATUS:
        yield "gone-never-surfaced"
    yield from _owed_retry(setting, watch, label)
    if _owed_region(setting, watch):
        yield "regions-before-surfaced"


GONE_STATUS = 410


def _owed_retry(setting: Setting, watch: Watch, label: Label) -> Iterator[str | Broken]:
    name, last = "retried-before-surfaced", watch.last
    in_time = label.clock is not None and label.clock <= END
    if last == THROTTLED:
        # With a wait that was asked for, the last call is what counts.
        in_time = label.clock is not None and label.clock <= (LAST_CALL if watch.hint else END)
        if in_time:
            yield (name, "throttle", 0, IF_ANY)
    elif watch.policy in ("gone", "timeout", "retry_with"):
        if in_time:
            yield (name, watch.policy, 0, 0)
    elif last == UNAVAILABLE:
        yield (name, "unavailable", 0, 0)
    elif last == SESSION_WRITE and not watch.moved:
        yield (name, "session", 0, 0)
    elif (last == BEHIND and setting.direct and watch.behind < 2) or (
        last == MISSING and setting.direct and watch.missing < 2
    ):
        yield name


def _owed_region(setting: Setting, watch: Watch) -> bool:
    last, following = watch.last, setting.next_region(watch) is not None
    if setting.kind == WRITE and not setting.config.multi_write_enabled:
        return False
    if last == BEHIND and not setting.config.multi_write_account:
        return setting.write_region not in watch.visited
    if last == UNAVAILABLE:
        return following and (setting.kind in (WRITE, METADATA) or not watch.moved)
    if last in GONE_FAULTS:
        return following and (setting.kind != WRITE or not watch.moved)
    return following and last == SESSION_WRITE and not watch.moved
