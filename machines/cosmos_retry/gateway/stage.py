"""A stage: one scene while it is played: its account, its script, its clock, and what happened so far."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping

from cosmos_retry.gateway.account import Account
from cosmos_retry.gateway.cues import Cues
from cosmos_retry.gateway.fault import GLOBAL
from cosmos_retry.gateway.played import Applied, Arrival, Played
from cosmos_retry.gateway.request import Request
from cosmos_retry.gateway.scene import Scene
from cosmos_retry.gateway.service import Outcome, carry_out
from cosmos_retry.gateway.signature import is_signed, is_signed_with
from cosmos_retry.gateway.target import Target
from cosmos_retry.gateway.visit import LONGEST, Visit, kept

Witness = Callable[[str, Arrival | Applied], None]  # told of each "arrival", "late" and "applied"


class Stage:
    """One scene in play.  `endpoint` returns the address of a region."""

    def __init__(
        self, number: int, scene: Scene, endpoint: Callable[[str], str], witness: Witness | None = None
    ) -> None:
        self.scene = scene
        self.account = Account(f"account-{number}", scene, endpoint)
        self.cues = Cues(scene.faults)
        self.secret = secrets.token_bytes(64)
        self.closed = set(scene.refused)
        self.turned_away = 0
        self._witness = witness
        self._began = time.monotonic()
        self._visits: list[Visit] = []
        self._late: list[Visit] = []
        self._applied: list[Applied] = []

    @property
    def key(self) -> str:
        """The account's key, as a client takes it."""
        return base64.b64encode(self.secret).decode()

    @property
    def requests(self) -> int:
        """How many requests came, late ones too."""
        return len(self._visits) + len(self._late)

    def now(self) -> float:
        """Return the seconds since the scene began, in whole microseconds."""
        return round(time.monotonic() - self._began, 6)

    def is_meant(self, method: str, target: Target, headers: Mapping[str, str]) -> bool:
        """Whether a request was made for this scene: it is signed with its key, or it has no signature."""
        return not is_signed(headers) or is_signed_with(self.secret, method, target, headers)

    def region(self, port: str) -> str:
        """Return the region that plays what comes by a port: for the account's own, one that takes writes."""
        if port != GLOBAL:
            return port
        candidates = (*self.account.write_regions, *self.scene.regions)
        return next((name for name in candidates if name not in self.closed), candidates[0])

    def enter(
        self,
        port: str,
        target: Target,
        method: str = "",
        path: str = "",
        headers: Mapping[str, str] | None = None,
        connection: int = 0,
        *,
        late: bool = False,
    ) -> Visit:
        """Let a request in and return its visit; a late one is no part of the scene."""
        visits = self._late if late else self._visits
        arrival = Arrival(
            number=len(visits) + 1,
            t=self.now(),
            region=self.region(port),
            port=port,
            kind=target.kind,
            method=method,
            path=path[:LONGEST],
            connection=connection,
            headers=kept(headers or {}),
            document=target.document,
        )
        visits.append(Visit(arrival, late))
        return visits[-1]

    def leave(self, visit: Visit, done: str = "ended") -> None:
        """Let a request out; `done` is what to note where nothing was noted of its end."""
        if visit.arrival.ended_t is None:
            noted = visit.arrival.done
            visit.note(ended_t=self.now(), done=done if noted == "ended" else noted)
        self._tell("late" if visit.is_late else "arrival", visit.arrival)

    def _tell(self, kind: str, what: Arrival | Applied) -> None:
        if self._witness is not None:
            self._witness(kind, what)

    def carry_out(self, visit: Visit, request: Request) -> Outcome:
        """Carry a request out, and list what it changed."""
        outcome = carry_out(self.account, request)
        for change in outcome.changes:
            applied = Applied(
                t=self.now(),
                region=request.region,
                kind=request.target.kind,
                change=change.what,
                container=outcome.container,
                partition_key=change.partition_key,
                document=change.document,
                arrival=visit.arrival.number,
                lsn=change.lsn,
            )
            self._applied.append(applied)
            self._tell("applied", applied)
        visit.note(applied=visit.arrival.applied + len(outcome.changes))
        return outcome

    def played(self) -> Played:
        """Return what was played so far."""
        return Played(
            arrivals=tuple(visit.arrival for visit in self._visits),
            applied=tuple(self._applied),
            unconsumed=self.cues.unconsumed(),
            script=self.cues.script,
            used=dict(self.cues.used),
            late=tuple(visit.arrival for visit in self._late),
            turned_away=self.turned_away,
            seconds=self.now(),
        )
