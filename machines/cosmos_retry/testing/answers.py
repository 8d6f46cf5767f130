"""The answers that an attempt may meet, told apart by what the contract lets a client do after each.

The rows say it themselves: an operation is opened, makes one attempt, and is asked for its next moves.
"""

from __future__ import annotations

from functools import lru_cache

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import load_contract
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.labels import answers as every_answer
from cosmos_retry.oracle import open_operation
from cosmos_retry.trace import AccountRefresh, Attempt, Failure, Response, Step

CONFIGURED_STEPS: dict[str, tuple[Step, ...]] = {"direct": ("address_resolution",), "gateway": ()}
SIMPLEST = 410
# Substatuses that come with a status and change nothing.
ALIKE = {404: (1003,), 410: (1002, 1007), 429: (3200,), 503: (21005,)}
QUERY_STEPS: tuple[Step, ...] = ("query_plan", "partition_key_ranges")


@attrs.frozen
class Answers:
    """All faults that the vocabulary tells apart, in three groups; a 410 comes first.

    After those that are `retried` some further attempt is permitted, at once or when the account has been
    read; after those that are `final` none is; of one after those that are `open` the documents say nothing.
    """

    retried: tuple[Label, ...]
    final: tuple[Label, ...]
    open: tuple[Label, ...]


def answers_to(config: Config, step: Step | None = None) -> Answers:
    """Return the faults of an operation's first attempt, or of a metadata call that it makes first."""
    if step is not None:
        return _answers("point_read", "gateway", "Session", False, step)
    return _answers(config.operation, config.mode, config.consistency, config.multi_write_enabled, None)


def steps_of(config: Config) -> tuple[Step, ...]:
    """Return the metadata calls that an operation may lean on."""
    return CONFIGURED_STEPS[config.mode] + (QUERY_STEPS if config.lifecycle == "query" else ())


def substatuses(label: Label) -> tuple[int, ...]:
    """Return substatuses that the contract takes alike, the plainest one first."""
    return (label.substatus, *(ALIKE.get(label.status or 0, ()) if not label.substatus else ()))


@lru_cache(maxsize=256)
def _answers(operation: str, mode: str, level: str, multi_write: bool, step: Step | None) -> Answers:
    # Two regions, so that there is one to go on to; what else is configured changes nothing of the group.
    regions = ("West US", "East US")
    writes = regions if multi_write else regions[:1]
    config = Config(operation, mode, level, level, regions, writes, use_multiple_write_locations=multi_write)
    groups: dict[str, list[Label]] = {"retried": [], "final": [], "open": []}
    for label in every_answer(load_contract().vocabulary):
        if label.status != 200:
            groups[_group(config, label, step)].append(label)
    # The simplest is the fault of which most rows speak, so that examples shrink to it where it shows a bug.
    groups["retried"].sort(key=lambda label: label.status != SIMPLEST)
    return Answers(**{name: tuple(group) for name, group in groups.items()})


def _group(config: Config, label: Label, step: Step | None) -> str:
    run = open_operation(config)
    run.observe(Attempt(t=0.0, region=config.order[0], step=step))
    if label.event == "failure":
        run.observe(Failure(label.cause, 0.0, label.sent))  # type: ignore[arg-type]
    else:
        asked = 0.0 if label.hint else None
        run.observe(Response(label.status or 0, 0.0, label.substatus, retry_after_ms=asked))
    # The account may be read at any time, and after a 403/3 nothing is sent before it has been.
    run.observe(AccountRefresh(t=0.0, write_regions=[config.regions[1]]))
    found = {move.verdict for move in run.permitted() if move.event == "attempt"}
    return "retried" if "permitted" in found else "open" if found else "final"
