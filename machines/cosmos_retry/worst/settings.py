"""The settings: configurations that differ in their worst cases, each with a name for a table's row."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cosmos_retry.config import Config

LEVELS = ("Eventual", "Session", "Strong")
MODES = ("direct", "gateway")
_TITLES = {"write": "Writes", "point_read": "Point reads", "query": "Queries", "metadata": "Metadata calls"}


@attrs.frozen
class Setting:
    """One configuration: the table that it belongs to, and what tells it apart there."""

    title: str
    lifecycle: str
    label: str
    config: Config


def setting_of(
    operation: str = "create",
    mode: str = "direct",
    level: str = "Session",
    regions: int = 1,
    write_regions: int = 1,
    multiple: bool = False,
    retries: int | None = None,
    wait_us: int | None = None,
    timeout_us: int | None = None,
    backwards: bool = False,
) -> Config:
    """Return a configuration with so many regions, of which the first `write_regions` accept writes.

    With `backwards` the client prefers the last region to all others, and the first one least.
    """
    names = tuple(f"Region {number + 1}" for number in range(regions))
    return Config(
        operation=operation,
        mode=mode,
        consistency=level,
        requested=level,
        regions=names,
        write_regions=names[:write_regions],
        preferred=names[::-1] if backwards else (),
        use_multiple_write_locations=multiple,
        request_timeout_us=timeout_us,
        throttle_max_retries=retries,
        throttle_max_wait_us=wait_us,
    )


def representative() -> Iterator[Setting]:
    """Yield configurations of every kind, those of one table together.

    All writes are alike here: no row that tells one from another leads to a retry.  ConsistentPrefix is as
    Eventual, BoundedStaleness as Strong.
    """
    for mode in MODES:
        yield from _writes(f"{_TITLES['write']}, {mode.title()} mode", mode)
    for operation in ("point_read", "query"):
        for mode in MODES:
            title = f"{_TITLES[operation]}, {mode.title()} mode"
            for level in LEVELS:
                yield from _reads(title, operation, mode, level)
    for regions in range(1, 5):
        config = setting_of("point_read", "gateway", regions=regions)
        yield Setting(f"{_TITLES['metadata']}, either mode", "metadata", _count(regions), config)


def _writes(title: str, mode: str) -> Iterator[Setting]:
    def setting(label: str, config: Config) -> Setting:
        return Setting(title, "write", label, config)

    for regions in range(1, 5):
        yield setting(_count(regions), setting_of(mode=mode, regions=regions))
    for regions in (2, 3, 4) if mode == "direct" else (2, 3):
        config = setting_of(mode=mode, regions=regions, write_regions=regions, multiple=True)
        yield setting(f"{regions} regions, multi-write enabled", config)
    if mode == "direct":
        yield setting("1 region, no retries after a 429", setting_of(retries=0))
        custom = setting_of(retries=20, wait_us=60_000_000)
        yield setting("1 region, 20 retries in 60 s after a 429", custom)


def _reads(title: str, operation: str, mode: str, level: str) -> Iterator[Setting]:
    # What a further region adds is the same each time: not every number of regions needs a row.
    for regions in (1, 2, 4) if mode == "direct" else (1, 2):
        label = f"{level}, {_count(regions)}"
        yield Setting(title, operation, label, setting_of(operation, mode, level, regions))
    if level == "Session":
        config = setting_of(operation, mode, level, 3, backwards=True)
        yield Setting(title, operation, "Session, 3 regions, the write region last", config)
        config = setting_of(operation, mode, level, 3, 3)
        yield Setting(title, operation, "Session, 3 regions, all accept writes", config)


def _count(regions: int) -> str:
    return f"{regions} region" + "s" * (regions > 1)
