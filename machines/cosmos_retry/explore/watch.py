"""The watch: what the promises know of a run.  It looks at labels and the configuration, never at a row."""

from __future__ import annotations

from functools import cached_property

import attrs

from cosmos_retry.config import Config
from cosmos_retry.invariants.faults import (
    BEHIND,
    GONE_FAULTS,
    METADATA,
    READ,
    RETRY_WITH,
    SESSION_WRITE,
    STRONG_LEVELS,
    THROTTLED,
    TIMED_OUT,
    UNAVAILABLE,
    WRITE,
)

# The retries that promises count, and after which faults: those of one stay in a region, or of a request.
COUNTED = {
    "gone": GONE_FAULTS,
    "timeout": {TIMED_OUT},
    "unavailable": {UNAVAILABLE},
    "session": {SESSION_WRITE},
    "retry_with": {RETRY_WITH},
    "throttle": {THROTTLED},
}
OF_A_STAY = ("gone", "timeout", "unavailable", "session")
TIMED = ("gone", "timeout", "retry_with", "throttle")
FAILOVER = GONE_FAULTS | {UNAVAILABLE, SESSION_WRITE, BEHIND}


@attrs.frozen
class Watch:
    """What has been seen of a run so far.

    `open` counts the attempts under way; `last` is the fault that the last answer meant and `status` its
    status, both None once another attempt has been made; `moved` says that the request has changed region;
    `behind` and `missing` count the replicas of the region that answered so (2 stands for more); `paired`
    says that the last attempt was made beside another one.  Once it has `strayed`, nothing is promised.
    """

    open: int = 0
    heard: bool = False
    last: str | None = None
    status: int | None = None
    hint: bool = False
    succeeded: bool = False
    region: int | None = None
    visited: frozenset[int] = frozenset()
    moved: bool = False
    refreshed: bool = False
    account_read: bool = False
    told: int | None = None
    behind: int = 0
    missing: int = 0
    paired: bool = False
    strayed: bool = False

    @property
    def ground(self) -> tuple[object, ...]:
        """What is known of regions."""
        return self.region, self.visited, self.moved, self.told

    @property
    def faults(self) -> tuple[object, ...]:
        """What is known beside the regions."""
        attempts = self.open, self.heard, self.succeeded, self.paired, self.strayed
        learnt = self.refreshed, self.account_read, self.behind, self.missing
        return *attempts, self.last, self.status, self.hint, *learnt

    @cached_property
    def policy(self) -> str | None:
        """The retries that the request has come to, if any."""
        if self.open or self.heard:
            return None
        return next((name for name, faults in COUNTED.items() if self.last in faults), None)


@attrs.frozen
class Setting:
    """A lifecycle in a configuration, as the promises see it: regions by number, and the promised numbers."""

    config: Config
    lifecycle: str
    replicas: int
    throttle_retries: int
    unavailable_retries: int

    @cached_property
    def kind(self) -> str:
        """Whether requests read, write, or fetch metadata."""
        return {"write": WRITE, "metadata": METADATA}.get(self.lifecycle, READ)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The regions in the order of preference."""
        return tuple(self.config.regions.index(name) for name in self.config.order)

    @cached_property
    def write_region(self) -> int:
        """The first region that accepts writes."""
        return self.config.regions.index(self.config.write_regions[0])

    @property
    def foreign(self) -> int:
        """The number of a region that the account does not have."""
        return len(self.config.regions)

    @cached_property
    def direct(self) -> bool:
        """Whether replicas and addresses are in the client's hands."""
        return self.config.mode == "direct" and self.kind != METADATA

    @property
    def strong(self) -> bool:
        """Whether reads need more than one replica."""
        return self.config.consistency in STRONG_LEVELS and self.kind == READ

    def next_region(self, watch: Watch) -> int | None:
        """The first region in the order of preference that the request has not been to."""
        return next((region for region in self.order if region not in watch.visited), None)
