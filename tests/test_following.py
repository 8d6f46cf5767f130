"""Following runs of what was not seen: every choice is followed, and little is kept of those ruled out."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from cases import CASES, Case
from cosmos_retry import Config, NotPermitted, judge, open_operation
from cosmos_retry.notation import trace
from cosmos_retry.trace import Attempt, Trace

MOST_CHOICES = 27


def choices(told: Trace) -> list[Trace]:
    """Return a trace with its attempts in any regions of the account, each choice of them once."""
    attempts = [n for n, event in enumerate(told.events) if isinstance(event, Attempt)]
    regions = told.account.regions
    if len(regions) ** len(attempts) > MOST_CHOICES:
        return []
    found = []
    for chosen in product(regions, repeat=len(attempts)):
        events = list(told.events)
        for n, region in zip(attempts, chosen, strict=True):
            events[n] = replace(events[n], region=region)
        found.append(replace(told, events=events))
    return found


def without_regions(told: Trace) -> Trace:
    """Return a trace in which no attempt tells its region."""
    events = [replace(one, region=None) if isinstance(one, Attempt) else one for one in told.events]
    return replace(told, events=events)


BY_CHOICE = [case for case in CASES if choices(case.trace)]


@pytest.mark.parametrize("case", BY_CHOICE, ids=lambda case: case.name)
def test_unseen_regions_are_refused_just_where_every_choice_of_them_is(case: Case) -> None:
    """Without regions a story violates where it does in all regions that there are, and nowhere else."""
    verdicts = {judge(one).verdict for one in choices(case.trace)}
    assert (judge(without_regions(case.trace)).verdict == "violates") == (verdicts == {"violates"})


def test_both_outcomes_occur_without_regions() -> None:
    """Of the stories without regions some violate and some do not, and some have several regions."""
    found = {judge(without_regions(case.trace)).verdict == "violates" for case in BY_CHOICE}
    assert found == {True, False}
    assert any(len(case.trace.account.regions) > 1 for case in BY_CHOICE)


@pytest.mark.parametrize("attempts", [5, 10, 20])
def test_what_was_ruled_out_is_kept_once(attempts: int) -> None:
    """However many runs are ruled out, those are kept that say something new of a fact or of a state."""
    told = trace("t", "create gateway Session WE/WE mwl blind=account_refresh", "0 W; 0 403/3")
    operation = open_operation(Config.from_trace(told))
    events = list(told.events)
    for n in range(1, attempts):
        events += [Attempt(t=float(n)), replace(told.events[1], t=float(n))]
    for event in events:
        operation.observe(event)
    facts: set[tuple[str, str]] = set()
    for lost in operation.lost:
        assert not lost.supposed <= facts or lost is operation.lost[0]
        facts |= lost.supposed
    assert len({what for what, _ in facts}) >= attempts - 1
    assert len(operation.lost) < 8 * attempts


@pytest.mark.parametrize("many", [False, True])
def test_a_refusal_is_explained_however_many_runs_there_are(many: bool) -> None:
    """What no run explains is refused with a reason for each, whether few runs or very many were followed."""
    told = trace("t", "create gateway Session WENS/WENS mwl blind=account_refresh", "0 W; 0 403/3")
    operation = open_operation(Config.from_trace(told))
    operation.observe(told.events[0])
    operation.observe(told.events[1])
    for n in range(1, 5 if many else 1):
        operation.observe(Attempt(t=float(n) ** 2))
        operation.observe(replace(told.events[1], t=float(n) ** 2))
    assert (len(operation.hypotheses) > 8) == many
    with pytest.raises(NotPermitted) as refused:
        operation.observe(Attempt(t=500.0, region="Elsewhere"))
    assert all(lost.refusal.nearest or lost.refusal.forbidding for lost in refused.value.lost)


def test_runs_that_no_rule_tells_apart_are_one() -> None:
    """How often a write was sent on, and after which waits, no rule looks at: the runs stay few."""
    told = trace("t", "create gateway Session WE/WE mwl blind=account_refresh", "0 W; 0 403/3")
    operation = open_operation(Config.from_trace(told))
    followed = []
    for n in range(12):
        t = float(n * n)
        operation.observe(Attempt(t=t))
        operation.observe(replace(told.events[1], t=t))
        followed.append(len(operation.hypotheses))
    assert followed[-1] == followed[-4] < 8
    assert not operation.given_up
