"""Fault scripts: strategies for how the attempts of an operation end, one after the other."""

from __future__ import annotations

import attrs
import msgspec
from hypothesis import strategies as st

from cosmos_retry.config import Config
from cosmos_retry.harness.play import Play
from cosmos_retry.testing.client import Testable
from cosmos_retry.testing.configuring import configurations
from cosmos_retry.testing.driving import check
from cosmos_retry.testing.ending import faults, latencies, near_bounds, numbered, replies
from cosmos_retry.vectors.vector import Ending, Reply

MOST_FAULTS = 12
SUCCESS = ((200, 0), (304, 0))
REDIRECT = (403, 3)


@attrs.frozen
class FaultScript:
    """An operation and what befalls it: how each attempt ends, and what each reading of the account tells.

    Attempts beyond the endings succeed, or end as the last of them where that is `lasting`; readings beyond
    `account_reads` tell what the last one did, and the account's own write regions where there is none.
    """

    config: Config
    endings: tuple[Ending, ...] = ()
    lasting: bool = False
    account_reads: tuple[tuple[str, ...], ...] = ()

    @property
    def redirects(self) -> bool:
        """Whether the client is told that the write region is another one now."""
        return any(isinstance(one, Reply) and (one.status, one.substatus) == REDIRECT for one in self.endings)

    def play(self) -> Play:
        """Return a play of the script, before the first move."""
        return Play(self.config, self.endings, self.account_reads, lasting=self.lasting)

    def check(self, client: Testable) -> Play:
        """Play the script to a client and return the play.  Raises `Violation` for a move that is wrong."""
        __tracebackhide__ = True
        return check(client, self.play())


def fault_scripts(config: Config | st.SearchStrategy[Config] | None = None) -> st.SearchStrategy[FaultScript]:
    """Return a strategy for fault scripts of a configuration, or of any that a strategy draws.

    *Transient* ones: some faults, then success.  *Lasting* ones: one fault, or some and then one, that never
    ends.  *Mixed* ones: faults, and successes for some of the attempts that are made at once, or for some of
    the pages.  The simplest has one region, one fault and no latency.
    """
    if config is None:
        config = configurations()
    if isinstance(config, Config):
        return _scripts(config)
    return config.flatmap(_scripts)


@st.composite
def _scripts(draw: st.DrawFn, config: Config) -> FaultScript:
    kind = draw(st.sampled_from(("transient", "lasting", "mixed")))
    one = faults(config)
    if kind == "mixed":
        one = st.one_of(one, replies(SUCCESS, latencies(config)))
    endings = numbered(draw(st.lists(one, min_size=1, max_size=MOST_FAULTS)))
    # An answer just inside or just outside a window that an earlier attempt opened.
    if len(endings) > 1 and draw(st.integers(0, 3)) == 3:
        since = draw(st.integers(1, len(endings) - 1))
        place = draw(st.integers(since, len(endings) - 1))
        late = msgspec.structs.replace(endings[place], since=since, after_s=draw(near_bounds()))
        endings = (*endings[:place], late, *endings[place + 1 :])
    script = FaultScript(config, endings, kind == "lasting")
    if not script.redirects:
        return script
    told = draw(st.lists(st.tuples(st.sampled_from(config.regions)), max_size=2))
    return attrs.evolve(script, account_reads=tuple(told))
