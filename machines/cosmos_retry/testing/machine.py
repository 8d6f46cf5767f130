"""A state machine to subclass with one's own client: faults come one by one, every move is judged.

>>> class MyClientTest(ClientMachine):
...     def client(self, config):
...         return MyClient(config)
>>> TestMyClient = MyClientTest.TestCase
"""

from __future__ import annotations

from typing import ClassVar

import attrs
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from cosmos_retry.config import Config
from cosmos_retry.testing.client import Testable
from cosmos_retry.testing.configuring import configurations
from cosmos_retry.testing.ending import faults, numbered
from cosmos_retry.testing.scripts import MOST_FAULTS, FaultScript
from cosmos_retry.vectors.vector import Ending

_SELF: st.SearchStrategy[ClientMachine] = st.runner()

PHASES = tuple(phase for phase in Phase if phase is not Phase.explain)
MORE = 3  # examples for each one of the profile: an operation is short, and one fault in thirty is the one
STEPS = MOST_FAULTS  # of an example


class ClientMachine(RuleBasedStateMachine):
    """An operation that meets one fault more at every step.

    Each step plays the operation from its beginning, with a new client, so that a client may be ordinary
    code; the attempt after the last fault succeeds.  A step that breaks the contract fails with `Violation`,
    and Hypothesis leaves out every step that is not needed for that.
    """

    configurations: ClassVar[st.SearchStrategy[Config]] = configurations()

    def __init__(self) -> None:
        super().__init__()
        self._script: FaultScript | None = None
        self.spent = False

    @property
    def script(self) -> FaultScript:
        """What the operation has met so far."""
        assert self._script is not None, "no operation has begun"
        return self._script

    def __init_subclass__(cls) -> None:
        """Settle how the tests of a subclass run: one finding at a time, no guesses at its cause."""
        super().__init_subclass__()
        cls.TestCase.settings = settings(
            cls.TestCase.settings,
            phases=PHASES,
            report_multiple_bugs=False,
            stateful_step_count=STEPS,
            max_examples=MORE * cls.TestCase.settings.max_examples,
        )

    def client(self, config: Config) -> Testable:
        """Return a new client for one operation: to be given by the subclass.

        A `Client`, a function that takes a `Transport`, or an `async` one that takes an `AsyncTransport`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method `client`")

    def play(self, script: FaultScript) -> None:
        """Play a script to a new client; override it to look at the plays that nothing is wrong with."""
        play = script.check(self.client(script.config))
        self.spent = bool(play.unmet) or script.lasting or len(script.endings) == MOST_FAULTS

    @initialize(config=_SELF.flatmap(lambda self: self.configurations))
    def operation(self, config: Config) -> None:
        """An operation begins, and meets no fault yet."""
        self._script = FaultScript(config)

    # A lasting fault is the simpler one: it says in one step what others say in many.
    @precondition(lambda self: not self.spent)
    @rule(
        ending=_SELF.flatmap(lambda self: faults(self.script.config)), lasting=st.sampled_from((True, False))
    )
    def attempt_ends(self, ending: Ending, lasting: bool) -> None:
        """One more attempt meets a fault; where that is lasting, so do all that follow."""
        endings = numbered((*self.script.endings, ending))
        self._go_on(attrs.evolve(self.script, endings=endings, lasting=lasting))

    @precondition(lambda self: not self.spent and self.script.redirects)
    @rule(region=_SELF.flatmap(lambda self: st.sampled_from(self.script.config.regions)))
    def the_account_tells_of(self, region: str) -> None:
        """The next reading of the account names this region as the one that accepts writes."""
        reads = (*self.script.account_reads, (region,))
        self._go_on(attrs.evolve(self.script, account_reads=reads))

    @precondition(lambda self: self.spent)
    @rule()
    def nothing_more(self) -> None:
        """The operation came to its end, whatever else befalls it."""

    def _go_on(self, script: FaultScript) -> None:
        self._script = script
        self.play(script)
