"""The labels: everything that can be seen to happen next, with its time cut at the bounds that matter.

A label does not say when something happens but where that lies: before, at or after a bound.  These places
are whole numbers; a bound lies at an odd one.
"""

from __future__ import annotations

from functools import cached_property

import attrs

from cosmos_retry.config import Config
from cosmos_retry.memory import Seen
from cosmos_retry.vocabulary import Vocabulary

FOREIGN = "Atlantis"  # a region that no account has
OTHER_STATUS = 599  # an error that has nothing to do with what was received
UNLISTED = 418  # a status that the documents do not list

# Where an event lies on the way through a window: the last call for a retry, then the end.
LAST_CALL, END, OVER = 1, 3, 4
WITHOUT_RETRY = (0, END, OVER)  # before a first retry the last call is the end
PLACES = (0, LAST_CALL, 2, END, OVER)
# Where it lies beside one bound alone: too early, just in time, later.
EARLY, IN_TIME, LATER = 0, 1, 2


@attrs.frozen(cache_hash=True)
class Label:
    """One thing that can happen.

    `region` and `told` number the account's regions, from 0; the number after the last one is no region of
    the account.  `clock` is the place in the time of the fault that the request has met, `pace` the place
    beside the end of the backoff, `wait` beside the end of the wait that was asked for, and `first` beside
    the 10 ms (1) and the latest moment (3) of the first retry after a 449.
    """

    event: str
    region: int | None = None
    replica: str | None = None
    status: int | None = None
    substatus: int = 0
    hint: bool = False
    cause: str | None = None
    sent: bool | None = None
    told: int | None = None
    clock: int | None = None
    pace: int | None = None
    wait: int | None = None
    first: int | None = None

    @cached_property
    def untimed(self) -> Label:
        """The same label without its places in time."""
        return attrs.evolve(self, clock=None, pace=None, wait=None, first=None)

    @property
    def places(self) -> tuple[int | None, ...]:
        """The places in time."""
        return self.clock, self.pace, self.wait, self.first

    def seen(self, config: Config) -> Seen:
        """Return the event as a machine takes it, at no time in particular."""
        names = (*config.regions, FOREIGN)
        return Seen(
            self.event,
            region=None if self.region is None else names[self.region],
            replica=0 if self.event == "attempt" and config.mode == "direct" else None,
            replica_is=self.replica,
            status=self.status,
            substatus=self.substatus,
            asked=1 if self.hint else None,
            cause=self.cause,
            sent=self.sent,
            write_regions=None if self.told is None else (names[self.told],),
        )


def answers(words: Vocabulary) -> tuple[Label, ...]:
    """Return what the environment may do with an open attempt: one label for every answer told apart."""
    found = []
    for value in words.features["answer"].values:
        status, _, substatus = {"success": "200", "unlisted": str(UNLISTED)}.get(value, value).partition("/")
        plain = Label("response", status=int(status), substatus=int(substatus or 0))
        found += [attrs.evolve(plain, hint=True), plain] if plain.status == 429 else [plain]
    found += [
        Label("failure", cause=cause, sent=sent)
        for cause in words.features["cause"].values
        for sent in (True, False)
    ]
    return tuple(found)
