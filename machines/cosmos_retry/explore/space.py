"""The space: every configuration within the bounds of the proof, and those of them that differ in effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations, product

import attrs

from cosmos_retry.config import OPERATIONS, READS, STRENGTH, Config
from cosmos_retry.contract import Contract, Row
from cosmos_retry.explore.watch import Setting
from cosmos_retry.invariants.faults import READ, STRONG_LEVELS, WEAK_LEVELS
from cosmos_retry.parameters import Profile

REGIONS = ("East US", "West US", "North Europe", "West Europe")
MODES = ("direct", "gateway")
REPLICAS = (1, 2, 3, 4)
THROTTLING: tuple[int | None, ...] = (None, 0, 3)  # retries after a 429: as documented, or the client's own
SETTLED = ("mode", "level", "operation", "account_writes", "multi_write")
LEVEL_VALUES = dict(zip(STRENGTH, ("eventual", "prefix", "session", "bounded", "strong"), strict=True))

Signature = tuple[object, ...]
Where = tuple[tuple[int, bool], ...]  # for each region its place in the order, and whether it takes writes
Values = tuple[tuple[str, str], ...]  # features and their values


@attrs.frozen
class Account:
    """How the regions of an account lie: all of them, those that accept writes, and the client's options."""

    regions: tuple[str, ...]
    write_regions: tuple[str, ...]
    preferred: tuple[str, ...]
    use_multiple_write_locations: bool


def accounts() -> Iterator[Account]:
    """Yield every account of one to four regions, with every order of preference."""
    for size in range(1, len(REGIONS) + 1):
        regions = REGIONS[:size]
        writes = [some for n in range(1, size + 1) for some in combinations(regions, n)]
        orders = [some for n in range(size + 1) for some in permutations(regions, n)]
        for several, preferred, write in product((False, True), orders, writes):
            yield Account(regions, write, preferred, several)


@attrs.frozen
class Case:
    """Configurations that do not differ in effect: one of them, and how many there are."""

    setting: Setting
    stands_for: int


class Space:
    """The configurations of one contract, told apart by what its rows and the promises can see of them."""

    def __init__(self, contract: Contract, promised: Profile) -> None:
        """Take the contract, and the numbers that the promises name."""
        self._contract, self._promised = contract, promised
        self._known: dict[str, dict[Values, tuple[frozenset[str], frozenset[str]]]] = {}

    def cases(self, lifecycle: str) -> list[Case]:
        """Return the configurations of a lifecycle that differ in effect, the smallest of each kind."""
        found: dict[Signature, Config] = {}
        count: Counter[Signature] = Counter()
        shapes: dict[Signature, tuple[Account, int]] = {}
        operations = [one for one in OPERATIONS if READS.get(one, "write") == lifecycle]
        if lifecycle == "metadata":
            operations = ["point_read"]
        # Where regions lie is the same for all operations of a lifecycle, whatever mode and level.
        bare = [(one, _config(operations[0], MODES[0], STRENGTH[0], one)) for one in accounts()]
        configured = [(one, config, (_where(config, False), _where(config, True))) for one, config in bare]
        for operation, mode, level in product(operations, MODES, STRENGTH):
            if lifecycle == "metadata" and (mode, level) != ("gateway", "Session"):
                continue
            shapes.clear()
            for account, config, where in configured:
                shape = self._shape(lifecycle, config, where, operation, mode, level)
                first, many = shapes.get(shape, (account, 0))
                shapes[shape] = (first, many + 1)
            for shape, (account, many) in shapes.items():
                for limit, replicas in product(THROTTLING, REPLICAS):
                    shown = self._replicas(lifecycle, shape, replicas)
                    signature = (shape, limit, shown)
                    config = attrs.evolve(
                        _config(operation, mode, level, account), throttle_max_retries=limit
                    )
                    found.setdefault(signature, config)
                    count[signature] += many
        return [
            Case(setting(self._promised, lifecycle, config, int(str(signature[2]))), count[signature])
            for signature, config in found.items()
        ]

    def groups(self, lifecycle: str) -> list[list[Case]]:
        """Return the same, those together that share a model, but for operation and throttling."""
        found: dict[object, list[Case]] = {}
        for case in self.cases(lifecycle):
            config = attrs.evolve(case.setting.config, operation="", throttle_max_retries=None)
            found.setdefault((config, case.setting.replicas), []).append(case)
        return list(found.values())

    def rows(self, lifecycle: str, config: Config) -> frozenset[str]:
        """Return the ids of the rows that can be taken in a configuration, the operation apart."""
        writes = config.multi_write_account, config.multi_write_enabled
        values = settled(config.operation, config.mode, config.consistency, *writes)
        return self._seen(lifecycle, tuple(one for one in values if one[0] != "operation"))[0]

    def _shape(
        self, lifecycle: str, config: Config, where: Sequence[Where], operation: str, mode: str, level: str
    ) -> Signature:
        """What the rows and the promises can see of a configuration, but for replicas and throttling.

        `config` has the regions, whatever its operation, mode and level; `where` is how they lie, without and
        with a word on which of them accept writes.
        """
        reads = lifecycle in ("point_read", "query")
        writes = config.multi_write_account, config.multi_write_enabled
        rows, features = self._seen(lifecycle, settled(operation, mode, level, *writes))
        session = reads and level == "Session"
        # What promises look at, beside what guards do.
        promised: tuple[object, ...] = (
            mode if lifecycle != "metadata" else None,
            None if not reads else (level in WEAK_LEVELS, level in STRONG_LEVELS),
            config.multi_write_enabled if lifecycle == "write" else session and config.multi_write_account,
        )
        looks = lifecycle == "write" or session or bool(features & {"target", "write_region_tried"})
        single = session and not config.multi_write_account
        return rows, promised, where[looks and (lifecycle == "write" or single)], "replica" in features

    def _seen(self, lifecycle: str, values: Values) -> tuple[frozenset[str], frozenset[str]]:
        """The rows that are left where some features are settled, and the features that these look at."""
        known = self._known.setdefault(lifecycle, {})
        if values not in known:
            words = self._contract.vocabulary
            settled_values = dict(values)

            def stays(row: Row) -> bool:
                guards = [words.guards[name] for name in row.when]
                return all(settled_values.get(g.feature) in {None, *g.is_} for g in guards)

            left = [row for row in self._contract.lifecycles[lifecycle].rows if stays(row)]
            reached = {"start"}
            while new := {
                row.to for row in left if row.to not in (None, "=", *reached) and reached & {*row.source}
            }:
                reached |= {str(state) for state in new}
            rows = [row for row in left if reached & {*row.source}]
            features = {words.guards[name].feature for row in rows for name in row.when}
            known[values] = frozenset(row.id for row in rows), frozenset(features)
        return known[values]

    def _replicas(self, lifecycle: str, shape: Signature, replicas: int) -> int:
        matters = lifecycle in ("point_read", "query") and bool(shape[3])
        return min(replicas, 2) if matters else 2


def settled(operation: str, mode: str, level: str, several: bool, enabled: bool) -> Values:
    """Return the features that a configuration settles; `several` write regions, multi-write `enabled`."""
    return (
        ("mode", mode),
        ("level", LEVEL_VALUES[level]),
        ("operation", operation),
        ("account_writes", "several" if several else "one"),
        ("multi_write", "enabled" if enabled else "disabled"),
    )


def _where(config: Config, writes: bool) -> Where:
    """Where the regions lie in the order, and, if that matters, which of them accept writes."""
    order = config.order
    return tuple(
        sorted(
            (order.index(region) if region in order else -1, writes and region in config.write_regions)
            for region in config.regions
        )
    )


def _config(operation: str, mode: str, level: str, account: Account) -> Config:
    return Config(
        operation=operation,
        mode=mode,
        consistency=level,
        requested=level,
        regions=account.regions,
        write_regions=account.write_regions,
        preferred=account.preferred,
        use_multiple_write_locations=account.use_multiple_write_locations,
    )


def setting(promised: Profile, lifecycle: str, config: Config, replicas: int) -> Setting:
    """Return a lifecycle in a configuration as the promises see it, with the numbers that they name."""
    retries = int(promised.number("throttle_retries", config))
    return Setting(config, lifecycle, replicas, retries, int(promised.number("unavailable_retries", config)))


def promised_lengths(promised: Profile, setting: Setting) -> dict[str, int]:
    """Return the promised windows in microseconds by policy, and the first retry after a 449."""
    config = setting.config
    reads = setting.kind == READ
    long = reads and (config.mode == "gateway" or config.consistency in STRONG_LEVELS)
    names = {
        "gone": "gone_window_long" if long else "gone_window_short",
        "timeout": "timeout_window",
        "retry_with": "retry_with_window",
        "throttle": "throttle_window",
        "retry_with_first": "retry_with_first",
        "retry_with_first_slack": "retry_with_first_slack",
    }
    return {key: int(promised.number(name, config)) for key, name in names.items()}
