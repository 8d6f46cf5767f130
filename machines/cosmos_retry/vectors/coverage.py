"""Coverage: what a set of vectors shows of the rows, and what no run can show, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.vectors.alone import Condition, all_conditions
from cosmos_retry.vectors.finding import Run
from cosmos_retry.vectors.telling import METADATA, Pair

REFRESHES = {"all.address-refresh", "all.account-refresh"}
# Why a goal cannot be met, by what it is about; the first that applies.
ENDED = "a trace ends when the application has heard"
ABANDONED = "that a metadata call was given up shows in the attempt after it, and none may follow here"
HIDDEN = "through a gateway nobody sees whether the addresses were resolved again, so nothing forbids this"
BESIDE = "one answer comes to a metadata call, and the operation goes on"
NEVER = "in no small configuration that was explored does it decide alone"


@attrs.frozen
class Coverage:
    """Of one lifecycle: how many goals there are, and which no vector meets, with the reason."""

    rows: tuple[int, int]
    pairs: tuple[int, int]
    conditions: tuple[int, int]
    unmet: Mapping[str, str]

    @property
    def plain(self) -> dict[str, Any]:
        """The same for the index."""
        named = zip(("rows", "pairs", "conditions"), (self.rows, self.pairs, self.conditions), strict=True)
        return {name: {"met": met, "of": of} for name, (met, of) in named} | {"unmet": dict(self.unmet)}


def coverage(contract: Contract, lifecycle: str, runs: Sequence[Run], pairs: Iterable[Pair]) -> Coverage:
    """Return what runs meet of the rows and conditions of a lifecycle, and of some pairs of rows."""
    wanted = set(pairs)
    conditions = all_conditions(contract, lifecycle)
    met_pairs = wanted & {pair for run in runs for pair in run.pairs}
    met = conditions & {one for run in runs for one in run.conditions}
    rows = {row for row, condition in conditions if not condition}
    unmet = {_pair(pair): _why_pair(lifecycle, pair) for pair in sorted(wanted - met_pairs)}
    unmet |= {_condition(one): _why(lifecycle, one) for one in sorted(conditions - met)}
    return Coverage(
        rows=(len([row for row in rows if (row, "") in met]), len(rows)),
        pairs=(len(met_pairs), len(wanted)),
        conditions=(len(met) - len(rows & {row for row, one in met if not one}), len(conditions) - len(rows)),
        unmet=unmet,
    )


def _pair(pair: Pair) -> str:
    return f"{pair[0] or 'the beginning'} -> {pair[1]}"


def _condition(condition: Condition) -> str:
    return f"{condition[0]}: {condition[1]}" if condition[1] else condition[0]


def _why_pair(lifecycle: str, pair: Pair) -> str:
    if pair[1] == "all.metadata-abandoned":
        return ABANDONED
    return HIDDEN if pair[1].endswith(".stale") else _why(lifecycle, (pair[1], ""))


def _why(lifecycle: str, condition: Condition) -> str:
    if condition[0] == "all.ended":
        return ENDED
    if lifecycle == METADATA and condition[0].startswith(("all.late", "all.success")):
        return BESIDE
    return NEVER
