"""The verdicts on the cases: what the documents say, told in short stories."""

from __future__ import annotations

import pytest

from cases import CASES, Case
from cosmos_retry import judge, load_contract
from cosmos_retry.wellformed import check


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict_follows_from_the_documents(case: Case) -> None:
    """A case gets the verdict that its clause gives, and the row that it stands for has decided."""
    assert check(case.trace) is None
    verdict = judge(case.trace)
    assert verdict.verdict == case.verdict, verdict.reason
    assert case.row in {*verdict.rows, verdict.row, verdict.nearest}


def test_names_are_unique() -> None:
    """Each case has a name of its own."""
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


def test_every_row_decides_somewhere() -> None:
    """Each row of the contract decides at least one case; none is idle."""
    decisive = set()
    for case in CASES:
        verdict = judge(case.trace)
        decisive |= {*verdict.rows, verdict.row}
    # An attempt after the end is refused as a trace before it is judged; test_oracle feeds one by hand.
    assert set(load_contract().rows) - decisive == {"all.ended"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict_cites_clauses(case: Case) -> None:
    """A verdict cites a clause or names the assumption that it rests on; a violation always cites."""
    verdict = judge(case.trace)
    assert verdict.cites or verdict.assumptions
    if verdict.verdict == "violates":
        assert verdict.cites
        assert verdict.event > 0
        assert verdict.row
