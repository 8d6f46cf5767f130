"""A state machine to subclass with one's own client: faults come one by one, every move is judged.

>>> class MyClientTest(ClientMachine):
...     operation = "point_read"
...     def client(self, config):
...         return MyClient(config)
>>> TestMyClient = MyClientTest.TestCase
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import attrs
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from cosmos_retry.config import Config
from cosmos_retry.harness.endings import OPERATION, step_of
from cosmos_retry.harness.play import Play
from cosmos_retry.testing.client import Testable
from cosmos_retry.testing.configuring import configurations as any_configurations
from cosmos_retry.testing.ending import faults, numbered
from cosmos_retry.testing.script import FaultScript
from cosmos_retry.testing.scripts import beginnings
from cosmos_retry.trace import Attempt
from cosmos_retry.vectors.vector import Ending

_SELF: st.SearchStrategy[ClientMachine] = st.runner()

PHASES = tuple(phase for phase in Phase if phase is not Phase.explain)
STEPS = 16  # of an example
Names = str | Collection[str] | None


class ClientMachine(RuleBasedStateMachine):
    """An operation that meets one fault more at every step.

    Each step plays the operation from its beginning, with a new client, so that a client may be ordinary
    code; the attempt after the last fault succeeds.  A fault with which the operation ends, or that lasts, is
    taken back before the next step, which tries another in its place.  A step that breaks the contract fails
    with `Violation`, and Hypothesis leaves out every step that is not needed for that.

    `lifecycle`, `operation`, `mode` and `consistency` say what the client can do, as for `configurations()`;
    a strategy in `configurations` takes their place.
    """

    lifecycle: ClassVar[Names] = None
    operation: ClassVar[Names] = None
    mode: ClassVar[Names] = None
    consistency: ClassVar[Names] = None
    configurations: ClassVar[st.SearchStrategy[Config] | None] = None
    _drawn: ClassVar[st.SearchStrategy[FaultScript]]

    def __init__(self) -> None:
        super().__init__()
        self._script: FaultScript | None = None
        self._last: FaultScript | None = None

    @property
    def script(self) -> FaultScript:
        """What the operation meets: when a client is asked for, all that this play holds."""
        assert self._last is not None, "no operation has begun"
        return self._last

    def __init_subclass__(cls) -> None:
        """Settle what is drawn, and how the tests run: one finding at a time, no guesses at its cause.

        Raises `ValueError` for the name of an operation or the like that is not known.
        """
        super().__init_subclass__()
        named = any_configurations(cls.operation, cls.mode, cls.consistency, lifecycle=cls.lifecycle)
        drawn = named if cls.configurations is None else cls.configurations
        cls._drawn = drawn.flatmap(beginnings)
        cls.TestCase.settings = settings(
            cls.TestCase.settings, phases=PHASES, report_multiple_bugs=False, stateful_step_count=STEPS
        )

    def client(self, config: Config) -> Testable:
        """Return a new client for one operation: to be given by the subclass.

        A `Client`, a function that takes a `Transport`, or an `async` one that takes an `AsyncTransport`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method `client`")

    def play(self, script: FaultScript) -> Play:
        """Play a script to a new client and return the play; override it to look at those that are right."""
        return script.check(self.client(script.config))

    @initialize(script=_SELF.flatmap(lambda self: self._drawn))
    def begins(self, script: FaultScript) -> None:
        """An operation begins, and meets no fault yet but those of its metadata calls."""
        self._script = self._last = script

    # A lasting fault is the simpler one: it says in one step what others say in many.
    @precondition(lambda self: self._script is not None)
    @rule(
        ending=_SELF.flatmap(lambda self: faults(self.script.config)), lasting=st.sampled_from((True, False))
    )
    def attempt_ends(self, ending: Ending, lasting: bool) -> None:
        """One more attempt meets a fault; where that is lasting, so do all that follow."""
        assert self._script is not None
        endings = numbered((*self._script.endings, ending))
        self._go_on(attrs.evolve(self._script, endings=endings, lasting=lasting))

    @precondition(lambda self: self._last is not None and self._last.redirects)
    @rule(region=_SELF.flatmap(lambda self: st.sampled_from(self.script.config.regions)))
    def the_account_tells_of(self, region: str) -> None:
        """The next reading of the account names this region as the one that accepts writes."""
        reads = (*self.script.account_reads, (region,))
        self._go_on(attrs.evolve(self.script, account_reads=reads))

    def _go_on(self, script: FaultScript) -> None:
        self._last = script
        events = self.play(script).events
        made = sum(isinstance(one, Attempt) and step_of(one) == OPERATION for one in events)
        if made > len(script.endings) and not script.lasting:
            self._script = script
