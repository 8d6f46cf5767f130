"""Whatever a program says, line by line, each vector comes to an outcome and the harness stays whole."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cosmos_retry.contract import load_contract
from cosmos_retry.harness.conversation import Conversation
from cosmos_retry.harness.files import read_vectors, vectors_dir
from cosmos_retry.harness.outcome import FAILED, OUTCOMES, Outcome
from cosmos_retry.harness.program import Broken, Program

FOUND = read_vectors(vectors_dir())
REGIONS = st.sampled_from(["West US", "East US", "North Europe", "Atlantis", "\x00", "\ud800", "x" * 5_000])
# Mostly moments and things that may be right, so that plays go on for a while.
TIMES = st.sampled_from([0, 0.01, 0.02, 1, 1.01, 6, 7, 30, 30.000001, 60]) | st.floats()
STATUSES = st.sampled_from([200, 201, 204, 404, 408, 410, 429, 503, None]) | st.integers()
STEPS = st.sampled_from(["page", "query_plan", "address_resolution", "partition_key_ranges", "hedge"])


def messages() -> st.SearchStrategy[Any]:
    """Return a strategy for what a program may say, most of it messages of the protocol."""
    some = {"replica": st.integers(0, 3) | st.integers(), "step": STEPS}
    attempts = st.fixed_dictionaries(
        {"kind": st.just("attempt"), "t": TIMES, "region": REGIONS}, optional=some
    )
    refreshes = st.fixed_dictionaries(
        {"kind": st.sampled_from(["address_refresh", "account_refresh"]), "t": TIMES},
        optional={"write_regions": st.lists(REGIONS, max_size=2)},
    )
    ends = st.fixed_dictionaries(
        {"kind": st.sampled_from(["result", "error"]), "t": TIMES, "status": STATUSES},
        optional={"substatus": st.integers(), "name": REGIONS},
    )
    waits = st.just({"kind": "wait"}) | st.fixed_dictionaries({"kind": st.just("wait"), "until": TIMES})
    others: st.SearchStrategy[Any] = st.sampled_from(
        [{"kind": "ready"}, {"kind": "skip", "reason": "no"}, {}, [], None, 1, "x"]
    )
    return attempts | attempts | waits | waits | refreshes | ends | others


class Talker(Program):
    """A program that says what it was given, whatever it is asked, and then waits."""

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = [b'{"kind": "hello", "protocol": 1, "name": "talker"}', *lines]

    def ask(self, line: bytes, within_s: float | None = None) -> bytes:
        """Return the next line; the end of a vector is always well taken."""
        if b'"kind":"over"' in line:
            return b'{"kind": "ready"}'
        return self.lines.pop(0) if self.lines else b'{"kind": "wait"}'

    def listen(self) -> None:
        """Say nothing out of turn."""


def played(number: int, lines: list[bytes]) -> Outcome:
    """Play a published vector to a program that says these lines."""
    return Conversation(Talker(lines), load_contract()).play(FOUND[number].vector)


@example(0, [b'{"kind": "attempt", "t": 0, "region": "\\u0000"}'])
@given(
    st.integers(0, len(FOUND) - 1),
    st.lists(messages().map(json.dumps).map(str.encode) | st.binary(max_size=40), max_size=12),
)
def test_whatever_a_program_says_there_is_an_outcome(number: int, lines: list[bytes]) -> None:
    """Nothing that is said raises; what is told of it is short, printable, and borne out by the trace."""
    outcome = played(number, lines)
    assert outcome.outcome in OUTCOMES
    assert outcome.outcome == FAILED or not outcome.broken
    assert outcome.reason.isprintable()
    assert all(line.isprintable() and len(line) <= 1000 for line in outcome.lines(load_contract()))
    json.dumps(outcome.to_json())
    for judged in outcome.judged:
        assert judged.rows or judged.violates
        assert judged.cites or judged.assumptions or judged.violates


def test_an_introduction_that_is_none_is_refused() -> None:
    """A program that answers hello with anything else has not introduced itself."""
    for said in (b'{"kind": "wait"}', b'{"kind": "hello", "protocol": 2, "name": "x"}', b""):
        talker = Talker([])
        talker.lines = [said]
        with pytest.raises(Broken):
            Conversation(talker, load_contract())
