"""The mutants: contracts broken on purpose, each of which Spin and the explorer have to find out alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from cosmos_retry.contract import Contract, Row, with_rows
from cosmos_retry.promela.cases import Case

Change = Callable[[Contract], Contract]
_TWO_WRITES = Case("write", regions=2, writes=(0, 1), multiple=True, throttling=0)
_THREE_WRITES = Case("write", regions=3, writes=(0, 1, 2), multiple=True, throttling=0)
_WRITE = Case("write", throttling=0)
_READS = Case("point_read", regions=2, throttling=1)
_STRONG = Case("point_read", "direct", "Strong", regions=2, throttling=0)


@attrs.frozen
class Mutant:
    """A change of the contract, and the configuration in which it is looked at.

    One that is `harmless` breaks no promise, but has states that the contract does not have.
    """

    says: str
    change: Change
    case: Case
    harmless: bool = False


def row_with(name: str, **changes: Any) -> Change:
    """Return the change that gives a row other values."""

    def change(contract: Contract) -> Contract:
        rows = {row.id: row for row in contract.rows.values()}
        rows[name] = attrs.evolve(rows[name], **changes)
        return with_rows(contract, rows.values())

    return change


def row_without(name: str, field: str, *words: str) -> Change:
    """Return the change that takes words from a row's guards or effects."""

    def change(contract: Contract) -> Contract:
        row: Row = contract.rows[name]
        left = tuple(word for word in getattr(row, field) if word not in words)
        return row_with(name, **{field: left})(contract)

    return change


def number(name: str, value: float) -> Change:
    """Return the change that gives a parameter of the contract another value, in its own unit."""

    def change(contract: Contract) -> Contract:
        parameters = dict(contract.profile.parameters)
        parameters[name] = attrs.evolve(parameters[name], value=value)
        return attrs.evolve(contract, profile=attrs.evolve(contract.profile, parameters=parameters))

    return change


def _permitted(name: str, to: str, do: tuple[str, ...] = ()) -> Change:
    return row_with(name, verdict="permitted", to=to, do=do)


MUTANTS = (
    Mutant(
        "a second failover",
        row_without("write.unsent.next-region", "when", "not_failed_over"),
        _THREE_WRITES,
    ),
    Mutant(
        "resent after a timeout", _permitted("write.sent.timeout.resend", "in_flight", ("send_here",)), _WRITE
    ),
    Mutant("retries without an end", row_with("write.unsent.retry", not_after=None), _WRITE),
    Mutant("retries without a backoff", row_with("write.unsent.retry", not_before=None), _WRITE),
    Mutant("retries not counted", row_without("write.unsent.retry", "do", "count_gone"), _WRITE),
    Mutant("a window not opened", row_without("write.unsent.lost", "do", "open_gone_window_short"), _WRITE),
    Mutant("a window too long", number("gone_window_short", 31.0), _TWO_WRITES),
    Mutant("a window too short", number("gone_window_short", 29.0), _TWO_WRITES),
    Mutant("the last call skipped", row_with("write.unsent.next-region", after=None), _TWO_WRITES),
    Mutant("410 surfaced", row_with("write.410.surface.single", when=("surfaces_received",)), _WRITE),
    Mutant("no refresh", row_without("write.410.retry", "when", "addresses_fresh"), _WRITE),
    Mutant(
        "a forward in the dark",
        row_without("write.403-3.forward", "when", "account_fresh", "forward_permitted"),
        Case("write", regions=3, throttling=0),
    ),
    Mutant("449 in another region", row_without("write.449.retry.again", "when", "same_region"), _TWO_WRITES),
    Mutant("449 without an end", row_with("write.449.retry.again", not_after=None), _WRITE),
    Mutant("the first 449 at any time", row_with("write.449.retry.first", not_before=None), _WRITE),
    Mutant("a slow first 449", number("retry_with_first_slack", 0.2), _WRITE),
    Mutant("an invented success", row_with("all.success.heard", source=("succeeded", "refused")), _WRITE),
    Mutant("a success denied", row_with("all.refused.surface", source=("refused", "succeeded")), _WRITE),
    Mutant("a refusal retried", row_with("all.503.retry", source=("unavailable", "refused")), _WRITE),
    Mutant("429 in another region", row_without("all.429.retry", "when", "same_region"), _READS),
    Mutant("408 in another region", row_without("read.408.retry", "when", "same_region"), _READS),
    Mutant("408 without an end", row_with("read.408.retry", not_after=None), _READS),
    Mutant(
        "a missing item asked for again",
        row_with("all.503.retry", source=("unavailable", "refused")),
        Case("point_read", "direct", "Eventual", throttling=0),
    ),
    Mutant(
        "a missing item elsewhere",
        row_without("point.404.strong.second-replica", "when", "same_region"),
        _STRONG,
    ),
    Mutant(
        "a missing item from the same replica",
        row_without("point.404.strong.second-replica", "when", "other_replica"),
        _STRONG,
    ),
    Mutant("410 and the same replica", row_without("read.410.retry.first", "when", "other_replica"), _READS),
    Mutant(
        "another region before the write region",
        row_without("read.session.write-region", "when", "to_write_region"),
        Case("point_read", regions=3, writes=(2,), throttling=0),
    ),
    Mutant(
        "429 without a limit",
        row_without("all.429.retry", "when", "throttle_retries_left"),
        Case("metadata", throttling=2),
    ),
    Mutant("429 at once", row_with("all.429.retry", not_before=None), _READS),
    Mutant("a third retry after 503", number("unavailable_retries", 3), Case("metadata", regions=2)),
    Mutant(
        "regions in any order",
        row_without("metadata.503.next-region", "when", "next_region"),
        Case("metadata", regions=3, throttling=0),
    ),
    Mutant(
        "a region left untried",
        row_without("read.session.surface", "when", "write_region_tried"),
        Case("point_read", regions=2, preferred=(1, 0), throttling=0),
    ),
    Mutant(
        "the same replica again",
        row_without("read.session.second-replica", "when", "other_replica"),
        _READS,
    ),
    Mutant(
        "three replicas at once",
        row_without("point.pair", "when", "first_missing", "not_paired"),
        Case("point_read", "direct", "Strong", throttling=0),
    ),
    Mutant(
        "pages from anywhere",
        row_without("query.page.home", "when", "first_in_order"),
        Case("query", regions=3, throttling=0),
    ),
    # Nothing is promised of pages that are asked for at once.
    Mutant(
        "pages side by side",
        row_with("query.parallel", verdict="permitted", to="in_flight"),
        Case("query", regions=2, throttling=0),
        harmless=True,
    ),
    Mutant("something after the end", row_with("write.sent.lost.surface", to="refused"), _WRITE),
)
