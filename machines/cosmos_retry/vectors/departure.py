"""The departure: where a contract first says something else of a run than a vector does."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cosmos_retry.units import seconds_text, seconds_to_us
from cosmos_retry.vectors.vector import Choice


@attrs.frozen
class Departure:
    """After how many of the vector's events it is, and what only the vector says there, or only the contract.

    Where both say the same, they say it in another order.  `rows` are the vector's rows, or the contract's
    where the vector names none.
    """

    events: int
    was: tuple[str, ...]
    now: tuple[str, ...]
    rows: frozenset[str] = frozenset()


def of_choices(events: int, was: Sequence[Choice], now: Sequence[Choice]) -> Departure:
    """Return the departure where other moves are permitted, left open or forbidden."""
    gone, new = ([one for one in some if one not in others] for some, others in ((was, now), (now, was)))
    rows = frozenset(one.row for one in gone or new)
    return Departure(events, tuple(map(choice_text, gone)), tuple(map(choice_text, new)), rows)


def of_rows(events: int, was: Sequence[str], now: Sequence[str]) -> Departure:
    """Return the departure where other rows take what happens."""
    rows = frozenset(was) - frozenset(now) or frozenset(now)
    return Departure(events, (f"taken by {_several(was)}",), (f"taken by {_several(now)}",), rows)


def _several(names: Sequence[str]) -> str:
    return ", ".join(names) or "no row"


def choice_text(choice: Choice) -> str:
    """Return a choice as one line: what is done, when, the verdict, and the row."""
    what = choice.move.replace("_", " ")
    what += f" in {' or '.join(choice.regions)}" if choice.regions else ""
    what += f", {choice.replica} replica" if choice.replica else ""
    what += f" {' or '.join(map(str, choice.statuses))}" if choice.statuses else ""
    what += f", {'after' if choice.after else 'from'} {_seconds(choice.from_s)}"
    what += "" if choice.until_s is None else f" up to {_seconds(choice.until_s)}"
    return f"{choice.verdict}: {what} [{choice.row}]"


def _seconds(t: float) -> str:
    return f"{seconds_text(seconds_to_us(t))} s"
