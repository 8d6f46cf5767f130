"""The moves: what a client may do at a point of a run, where, when, and which clauses say so."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Row
from cosmos_retry.instants import NEVER, instant_us
from cosmos_retry.machine import LifecycleMachine
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.units import seconds_text, seconds_to_us

CLIENT_EVENTS = ("attempt", "address_refresh", "account_refresh", "result", "error")
SURFACED = {"received": None, "unavailable": 503, "timeout": 408}
ANY = "any"


@attrs.frozen
class Move:
    """A move that the contract permits, or on which it does not speak (`verdict`).

    `not_before` and `not_after` are seconds since the operation began, both included, but for a move with
    `after` set, which must come later than `not_before`; a `not_after` of None is no bound.  `regions` and
    `replica` (`same`, `other` or `any`) apply to attempts, `status` to errors; a None there is an error
    without a status of its own.
    """

    event: str
    row: str
    regions: tuple[str, ...]
    replica: str
    status: int | None
    not_before: float
    after: bool
    not_after: float | None
    verdict: str
    cites: tuple[str, ...]
    basis: str

    def describe(self) -> str:
        """Return the move as one line of text."""
        what = self.event.replace("_", " ")
        if self.event == "attempt":
            what += f" in {' or '.join(self.regions)}"
            what += "" if self.replica == ANY else f", {self.replica} replica"
        if self.event == "error" and self.status is not None:
            what += f" {self.status}"
        low = f"{'after' if self.after else 'from'} {seconds_text(seconds_to_us(self.not_before))} s"
        high = "" if self.not_after is None else f" up to {seconds_text(seconds_to_us(self.not_after))} s"
        tag = "" if self.verdict == "permitted" else f" ({self.verdict})"
        return f"{what}, {low}{high}{tag} [{self.row}]"


def moves_at(
    machine: LifecycleMachine, config: Config, state: str, memory: Memory, now: int
) -> Iterator[Move]:
    """Yield the client's moves in a state, from the time `now` (microseconds) on."""
    for event in CLIENT_EVENTS:
        for row in machine.lifecycle.at.get((state, event), ()):
            if not row.forbids:
                yield from _moves_of(machine, row, config, state, memory, now)


def _moves_of(
    machine: LifecycleMachine, row: Row, config: Config, state: str, memory: Memory, now: int
) -> Iterator[Move]:
    low, strict, high = _interval(machine, row, config, memory, now)
    if low > high or (strict and low >= high):
        return
    base = Seen(row.on, t=low + strict)

    def holds(seen: Seen) -> bool:
        failing = machine.failing(row, config, state, memory, seen)
        return not [name for name in failing if name in row.when]

    def move(regions: tuple[str, ...] = (), replica: str = ANY, status: int | None = None) -> Move:
        return Move(
            event=row.on,
            row=row.id,
            regions=regions,
            replica=replica,
            status=status,
            not_before=low / 1_000_000,
            after=strict,
            not_after=None if high >= NEVER // 2 else high / 1_000_000,
            verdict=row.verdict,
            cites=row.cites,
            basis=row.basis,
        )

    if row.on == "attempt":
        for replica in ("same", "other") if machine.row_uses(row, "replica") else (ANY,):
            relation = None if replica == ANY else replica
            where = tuple(
                region
                for region in config.regions
                if holds(attrs.evolve(base, region=region, replica_is=relation))
            )
            if where:
                yield move(where, replica)
    elif row.on == "error":
        for status in dict.fromkeys((memory.received, *filter(None, SURFACED.values()))):
            if status is not None and holds(attrs.evolve(base, status=status)):
                yield move(status=status)
    elif holds(attrs.evolve(base, status=200) if row.on == "result" else base):
        yield move()


def _interval(
    machine: LifecycleMachine, row: Row, config: Config, memory: Memory, now: int
) -> tuple[int, bool, int]:
    """The earliest moment from `now` on, whether it is excluded, and the latest moment, included."""
    low, strict, high = now, False, NEVER
    for relation, name in row.bounds:
        instant = machine.contract.vocabulary.instants[name]
        moment = instant_us(instant, machine.contract.profile, config, memory)
        if relation == "not_after":
            high = min(high, moment)
        elif moment > low or (moment == low and relation == "after"):
            low, strict = moment, relation == "after"
    return low, strict, high
