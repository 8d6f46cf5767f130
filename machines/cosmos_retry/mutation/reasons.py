"""The reasons: what a verdict would say of a move, and of the row that takes it."""

from __future__ import annotations

from cosmos_retry.config import Config
from cosmos_retry.contract import DOCUMENTED, Contract, Row
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.rules import Control
from cosmos_retry.features import measure_for

Reasons = tuple[str, tuple[str, ...], tuple[str, ...]]  # verdict, clauses, assumptions


def reasons(contract: Contract, config: Config, row: Row, control: Control, label: Label) -> Reasons:
    """Return the verdict on a label that a row takes in a place, its clauses and what it rests on."""
    words = contract.vocabulary
    rests = {row.basis, *row.rests_on} - {DOCUMENTED}
    rests |= {words.instants[instant].rests_on or "" for _, instant in row.bounds}
    for name in () if row.forbids else row.when:
        feature = words.features[words.guards[name].feature]
        if feature.rests_on:
            measure = measure_for(words.guards[name].feature, feature, contract.profile)
            rests.add(feature.rests_on.get(measure(config, control.memory, label.seen(config)), ""))
    return row.verdict, tuple(sorted(row.cites)), tuple(sorted(rests - {""}))
