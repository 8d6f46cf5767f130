"""The refreshes that cannot be seen: a run may have had one just before the client moved."""

from __future__ import annotations

from collections.abc import Iterator

from cosmos_retry.config import Config
from cosmos_retry.holes.moment import Moment
from cosmos_retry.hypothesis import Hypothesis
from cosmos_retry.memory import Seen
from cosmos_retry.table import Table
from cosmos_retry.ways import Ways, follow

GATEWAY_HIDES = frozenset({"replica", "address_refresh"})
_LOOKED_AT = {"address_refresh": "addresses", "account_refresh": "account_view"}


class Refreshes:
    """The refreshes of an operation that its observer is blind to."""

    def __init__(self, config: Config, table: Table, ways: Ways) -> None:
        """Take the operation's configuration, its table and the ways of its steps."""
        blind = config.blind | (GATEWAY_HIDES if config.mode == "gateway" else frozenset())
        self._hidden = tuple(kind for kind in _LOOKED_AT if kind in blind)
        self._table = table
        self._ways = ways
        self._of_use: dict[tuple[str, str], tuple[str, ...]] = {}

    def before(
        self, one: Hypothesis, t: Moment | int, event: str, number: int
    ) -> Iterator[tuple[str, Hypothesis]]:
        """Yield the runs after each refresh that would make a difference, and the fact that it was made.

        `t` is the event's time, `event` its kind, `number` its place in the trace.
        """
        for kind in self._hidden and self._helping(one.state, event):
            seen = Seen(kind, t=t)  # type: ignore[arg-type]
            for run, refresh in self._ways.of(self._table, one, one.state, one.memory, seen):
                if refresh.memory != one.memory:
                    fact = f"{kind} before event {number}"
                    yield fact, follow(run, refresh, seen, frozenset({(fact, "made")}), number, hidden=True)

    def _helping(self, state: str, event: str) -> tuple[str, ...]:
        """The refreshes whose outcome some row looks at."""
        found = self._of_use.get((state, event))
        if found is None:
            uses = self._table.machine.uses
            found = tuple(kind for kind in self._hidden if uses(state, event, _LOOKED_AT[kind]))
            self._of_use[state, event] = found
        return found
