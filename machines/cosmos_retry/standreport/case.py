"""A case: one record of the stand with what the contract says of it."""

from __future__ import annotations

import re
from functools import cached_property

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, load_contract
from cosmos_retry.invariants.checking import Broken, check_history, situations_in
from cosmos_retry.report.story import Story, tell
from cosmos_retry.search import CONFORMS, UNOBSERVABLE
from cosmos_retry.stand.record import Record
from cosmos_retry.standreport.again import command
from cosmos_retry.trace import Attempt, Trace
from cosmos_retry.verdict import UNSPECIFIED, VIOLATES, Verdict, judge
from cosmos_retry.wellformed import check

PROBLEM = "problem"
SIGNS = {VIOLATES: "✗", UNOBSERVABLE: "?", UNSPECIFIED: "~", CONFORMS: "✓", PROBLEM: "!"}
_NOT_IN_ANCHOR = re.compile(r"[^A-Za-z0-9.-]")
MOST_REASONS = 4  # that are told of what cannot be seen, or of what the documents do not say
OWN_STEPS = (None, "page")
NOTHING_SEEN = "nothing was seen of the operation"


def anchored(text: str) -> str:
    """Return a text as the name of a place in a page may hold it; different texts stay different."""
    return _NOT_IN_ANCHOR.sub(lambda found: f"_{ord(found[0]):x}_", text)


@attrs.frozen(slots=False)
class Case:
    """A record; its verdict, the promises that it breaks and the situations that it reached.

    `verdict` is None where there is nothing to judge, and `problem` says why.
    """

    record: Record
    problem: str = ""
    verdict: Verdict | None = None
    broken: tuple[Broken, ...] = ()
    situations: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """The scenario's id."""
        return self.record.scenario.id

    @property
    def word(self) -> str:
        """The verdict in a word, or that there is none."""
        return self.verdict.verdict if self.verdict else PROBLEM

    @property
    def sign(self) -> str:
        """The verdict's sign, so that its colour says nothing of its own."""
        return SIGNS[self.word]

    @property
    def reason(self) -> str:
        """Why the verdict or the problem is what it is; of very many reasons, the first ones."""
        if self.verdict is None:
            return self.problem
        marks = self.verdict.open
        if len(marks) <= MOST_REASONS or self.verdict.verdict == VIOLATES:
            return self.verdict.reason
        return f"{'; '.join(marks[:MOST_REASONS])}; and {len(marks) - MOST_REASONS} more like these"

    @property
    def ghost(self) -> str:
        """What became of the write, in a word or two, where it is a finding; else ""."""
        writes = self.record.writes if not self.problem else None
        if writes is None or writes.finding is None:
            return ""
        if writes.finding == "duplicated":
            return f"duplicated, {writes.duplicated or 'delivered'}"
        return str(writes.finding)

    @property
    def anchor(self) -> str:
        """The name of its place in the page of its client; different ids have different ones."""
        return f"case-{anchored(self.id)}"

    @property
    def trace(self) -> Trace:
        """The trace of a case that has a verdict."""
        assert self.record.trace is not None
        return self.record.trace

    @cached_property
    def story(self) -> Story:
        """The attempts of a case that has a verdict."""
        return tell(self.trace)

    @property
    def short(self) -> str:
        """What was done, as short as a cell of a table wants it."""
        if self.verdict is None:
            return ""
        end = self.story.ending
        heard = end.outcome.removeprefix("error ") if end else "no end seen"
        return f"{self.attempts}, then {heard}"

    @property
    def made(self) -> int:
        """How many attempts of the operation itself were made; its metadata calls are none."""
        events = self.trace.events if self.verdict else []
        return sum(isinstance(one, Attempt) and one.step in OWN_STEPS for one in events)

    @property
    def attempts(self) -> str:
        """The number of attempts, in words, and of metadata calls where there were any."""
        calls = len(self.story.tried) - self.made
        metadata = f" + {calls} metadata call{'s' * (calls != 1)}" if calls else ""
        return f"{self.made} attempt{'s' * (self.made != 1)}{metadata}"

    @property
    def command(self) -> str:
        """What to type to have the client do it again; words in capitals are the reader's to fill in."""
        return command(self.record)


def make_case(record: Record, contract: Contract | None = None) -> Case:
    """Return a record with its verdict; whatever is wrong with the record is its problem.  Raises nothing."""
    if record.problem is not None:
        return Case(record, record.problem)
    if record.trace is None:
        return Case(record, NOTHING_SEEN)
    fault = check(record.trace)
    if fault is not None:
        return Case(record, f"the trace cannot be: {fault}")
    config, events = Config.from_trace(record.trace), record.trace.events
    return Case(
        record,
        verdict=judge(record.trace, contract or load_contract()),
        broken=tuple(check_history(config, events)),
        situations=situations_in(config, events),
    )
