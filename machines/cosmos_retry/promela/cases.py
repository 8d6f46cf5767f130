"""The cases: configurations of every lifecycle in which Spin and the explorer are compared."""

from __future__ import annotations

import attrs

from cosmos_retry.config import Config
from cosmos_retry.explore.watch import Setting

REGIONS = ("East US", "West US", "North Europe", "West Europe")
THROTTLE_RETRIES, UNAVAILABLE_RETRIES = 9, 2  # as documented


@attrs.frozen
class Case:
    """One configuration: `writes` and `preferred` number regions, `throttling` limits retries after a 429."""

    lifecycle: str
    mode: str = "direct"
    level: str = "Session"
    regions: int = 1
    writes: tuple[int, ...] = (0,)
    multiple: bool = False
    preferred: tuple[int, ...] = ()
    replicas: int = 4
    throttling: int | None = None
    operation: str = ""

    @property
    def title(self) -> str:
        """The case in a few words."""
        writes = "".join(str(one + 1) for one in self.writes)
        order = "".join(str(one + 1) for one in self.preferred) or "-"
        words = [self.operation or self.lifecycle]
        if self.lifecycle != "metadata":
            words += [self.mode, self.level]
        words += [f"{self.regions} regions", f"writes {writes}{'+' * self.multiple}", f"order {order}"]
        if self.lifecycle in ("point_read", "query"):
            words.append(f"{self.replicas} replicas")
        return ", ".join([*words, f"429 x{9 if self.throttling is None else self.throttling}"])

    @property
    def setting(self) -> Setting:
        """The case as the explorer takes it."""
        # A metadata call goes through the gateway and has regions of reads, whatever it is for.
        usual = {"write": "create", "metadata": "point_read"}.get(self.lifecycle, self.lifecycle)
        names = REGIONS[: self.regions]
        config = Config(
            operation=self.operation or usual,
            mode="gateway" if self.lifecycle == "metadata" else self.mode,
            consistency=self.level,
            requested=self.level,
            regions=names,
            write_regions=tuple(names[one] for one in self.writes),
            preferred=tuple(names[one] for one in self.preferred),
            use_multiple_write_locations=self.multiple,
            throttle_max_retries=self.throttling,
        )
        limit = THROTTLE_RETRIES if self.throttling is None else self.throttling
        return Setting(config, self.lifecycle, self.replicas, limit, UNAVAILABLE_RETRIES)


CASES = (
    Case("metadata"),
    Case("metadata", regions=3, preferred=(2, 0)),
    Case("metadata", regions=4, throttling=0),
    Case("write"),
    Case("write", regions=2, operation="replace"),
    Case("write", "gateway", regions=3, preferred=(1, 2, 0), throttling=0, operation="delete"),
    Case("write", regions=2, writes=(0, 1), multiple=True, throttling=2),
    Case("write", regions=3, writes=(0, 2), multiple=False, throttling=0, operation="stored_procedure"),
    Case("write", regions=4, writes=(0, 1, 3), multiple=True, preferred=(3, 2, 0), throttling=0),
    Case("write", "gateway", "Strong", regions=2, writes=(0, 1), multiple=True, throttling=1),
    Case("point_read", regions=1, replicas=1),
    Case("point_read", regions=2),
    Case("point_read", "direct", "Eventual", regions=4, preferred=(3, 1, 0, 2), throttling=0),
    Case("point_read", "gateway", regions=3, preferred=(2, 1)),
    Case("point_read", "gateway", regions=4, writes=(0, 1), replicas=1, throttling=1),
    Case("point_read", "direct", "Strong", regions=2),
    Case("point_read", "direct", "BoundedStaleness", regions=3, preferred=(1,), replicas=2, throttling=0),
    Case("point_read", "gateway", "Strong", regions=2, replicas=1, throttling=3),
    Case("query", regions=4, preferred=(1, 0, 2, 3)),
    Case("query", "direct", "Strong", regions=1, replicas=1),
    Case("query", "gateway", "ConsistentPrefix", regions=2, throttling=0),
    Case("query", "gateway", regions=2, writes=(1,), throttling=3),
    Case("query", "direct", regions=3, writes=(0, 1, 2), multiple=True, preferred=(2,), throttling=1),
)
