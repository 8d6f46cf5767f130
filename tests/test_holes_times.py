"""Times that are not exact: what is judged within a tolerance, held against trying all of them."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from msgspec.structs import replace

from cases import CASES, Case
from cosmos_retry import judge, load_contract
from cosmos_retry.notation import trace
from cosmos_retry.trace import Tolerance, Trace
from cosmos_retry.verdict import Verdict
from holes import as_whole, at_times, best, every_time, found_times, rounded, seen_times, whole
from strategies import Run, Seeded, a_config

US = 1e-6
SHORT = [case for case in CASES if len(seen_times(case.trace)) <= 5]
READ = "point_read direct Session W/W"


def tolerant(told: Trace, clock: float, jitter: float = 0.0) -> Verdict:
    """Return the verdict on a trace within a tolerance."""
    return judge(replace(told, tolerance=Tolerance(clock_s=clock, jitter_s=jitter)))


@pytest.mark.thorough
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_rounding_never_makes_a_violation(case: Case) -> None:
    """A story that is no violation is none with its times rounded; one that conforms goes on conforming."""
    if case.verdict == "violates":
        return
    for step in (0.001, 0.1, 1.0):
        verdict = judge(rounded(case.trace, step))
        assert verdict.verdict in ("conforms", case.verdict), (step, verdict.reason)


@pytest.mark.parametrize("seed", range(40))
def test_random_runs_conform_with_rounded_times(seed: int) -> None:
    """A random run of the contract conforms when its times are rounded, and the tolerance is declared."""
    choose = Seeded(seed)
    run = Run(a_config(choose), load_contract(), choose, Counter())
    for _ in range(24):
        event = None if run.ended else run.next_event(choose)
        if event is not None:
            run.take(event)
    told = record_of(run)
    strict = judge(told)
    for step in (0.001, 0.1, 1.0):
        verdict = judge(rounded(told, step))
        assert verdict.verdict == strict.verdict, (step, verdict.reason)


def record_of(run: Run) -> Trace:
    """Return a run as a trace."""
    config = run.config
    letters = dict(zip(("West US", "East US", "North Europe", "Japan West"), "WENS", strict=True))
    blank = trace("random", "point_read direct Session W/W", "0 W")
    account = replace(blank.account, regions=list(config.regions), write_regions=list(config.write_regions))
    throttling = replace(
        blank.client.throttling,
        max_retries=config.throttle_max_retries,
        max_wait_s=None if config.throttle_max_wait_us is None else config.throttle_max_wait_us / 1e6,
    )
    client = replace(
        blank.client,
        preferred_locations=list(config.preferred),
        use_multiple_write_locations=config.use_multiple_write_locations,
        throttling=throttling,
    )
    assert set(config.regions) <= set(letters)
    return replace(
        blank,
        operation=config.operation,
        mode=config.mode,
        consistency=config.requested,
        account=account,
        client=client,
        events=run.events,
    )


@pytest.mark.thorough
@pytest.mark.parametrize("case", SHORT[::2], ids=lambda case: case.name)
def test_the_tolerant_judge_agrees_with_trying_every_time(case: Case) -> None:
    """What is found within a tolerance is what an oracle finds that tries times all over it.

    The times that it tries are few, so a run may lie between them: then the run must be one when it is judged
    as a record with those very times.
    """
    verdict = tolerant(case.trace, 0.4)
    tried = best(every_time(case.trace, (-0.4, 0.0, 0.4)))
    if verdict.verdict != tried:
        assert verdict.verdict in ("conforms", "unspecified")
        exact = at_times(case.trace, found_times(case.trace, verdict))
        assert judge(whole(case.trace, exact)).verdict == verdict.verdict


@pytest.mark.parametrize("case", SHORT[::7], ids=lambda case: case.name)
def test_the_tolerant_judge_agrees_with_trying_every_jitter(case: Case) -> None:
    """With jitter beside the clock, a client's moves are tried at other times than they happened at."""
    verdict = tolerant(case.trace, 0.2, 0.3)
    tried = best(every_time(case.trace, (-0.2, 0.2), (-0.3, 0.3)))
    if verdict.verdict != tried:
        exact = at_times(case.trace, found_times(case.trace, verdict))
        assert judge(whole(case.trace, exact)).verdict == verdict.verdict != "violates"


@pytest.mark.parametrize("case", [c for c in CASES if c.verdict == "conforms"][::3], ids=lambda c: c.name)
def test_the_run_that_is_found_is_one(case: Case) -> None:
    """The reconstructed run, written down as a record without holes, conforms."""
    told = rounded(case.trace, 1.0)
    verdict = judge(told)
    assert verdict.verdict == "conforms"
    assert judge(as_whole(told, verdict)).verdict == "conforms"
    for true, seen in zip(found_times(told, verdict), seen_times(told), strict=True):
        assert abs(true - seen) <= 0.5 + US / 2


# Each bound, as a story with one time left open, and how many of the times that it hangs on may be off: the
# bound is kept as far as `reach` tolerances beyond its edge.
EARLY, LATE = -1, 1
BOUNDS = {
    "retry-after": ("create direct Session W/W", "0 W; 9 429+3000; {} W; 14 201; 14 ok", 12.0, EARLY, 2, 1),
    "429 window": ("create direct Session W/W", "0 W; 9 429+300; {} W; 80 201; 80 ok", 30.0, LATE, 2, 2),
    "410 window": ("create direct Session W/W", "0 W; 9 lost:unsent; {} W; 80 201; 80 ok", 30.0, LATE, 2, 2),
    "408 window": (f"{READ}", "0 W.0; 9 408; {} W.0; 80 200; 80 ok", 30.0, LATE, 2, 2),
    "10 ms of a 449": ("create direct Session W/W", "0 W; 9 449; {} W; 80 201; 80 ok", 9.01, EARLY, 2, 1),
    "slack of a 449": ("create direct Session W/W", "0 W; 9 449; {} W; 80 201; 80 ok", 9.11, LATE, 2, 1),
    # Three quarters of a delay of 4 s; both ends of both delays may be off.
    "backoff": ("create direct Session W/W", "0 W; 1 lost:unsent; 5 W; 9 lost:unsent; {} W; 20 201; 20 ok",
                12.0, EARLY, 3.5, 1.75),
    # 30 s less twice a delay of 6 s: the delay counts twice.
    "last call": ("create direct Session WE/WE mwl",
                  "0 W; 1 lost:unsent; 7 W; 9 lost:unsent; {} E; 40 201; 40 ok", 18.000001, EARLY, 6, 4),
}  # fmt: skip


@pytest.mark.parametrize(("name", "clock", "jitter"), [*product(BOUNDS, (0.0, 0.001, 0.02), (0.0, 0.004))])
def test_every_bound_gives_way_as_far_as_the_tolerance_and_no_further(
    name: str, clock: float, jitter: float
) -> None:
    """A bound is kept up to the very microsecond that the tolerance allows for, and broken one further."""
    setting, story, edge, side, clocks, jitters = BOUNDS[name]
    last = edge + side * (clocks * clock + jitters * jitter)
    inside = tolerant(trace("t", setting, story.format(f"{last:.6f}")), clock, jitter)
    beyond = tolerant(trace("t", setting, story.format(f"{last + side * US:.6f}")), clock, jitter)
    assert (inside.verdict, beyond.verdict) == ("conforms", "violates")


def test_a_delay_shares_its_ends_with_its_neighbours() -> None:
    """Two waits of 1 s in 1.9 s stay a violation where each by itself would pass: they share an instant.

    With 30 ms of tolerance either wait may have been 0.95 s as seen, but not both.
    """
    story = "0 W; 0 429+1000; {} W; {} 429+1000; {} W; 3 201; 3 ok"
    setting = "create direct Session W/W"
    one = trace("one", setting, story.format(0.95, 0.95, 2.0))
    both = trace("both", setting, story.format(0.95, 0.95, 1.9))
    assert tolerant(one, 0.03).verdict == "conforms"
    assert tolerant(both, 0.03).verdict == "violates"


def test_what_no_time_excuses_stays_a_violation() -> None:
    """A write that was sent and is sent again violates within any tolerance."""
    told = trace("t", "create direct Session W/W", "0 W; 6 timeout:sent; 7 W; 7 201; 7 ok")
    verdict = tolerant(told, 1000.0, 1000.0)
    assert (verdict.verdict, verdict.event) == ("violates", 3)


def test_a_time_that_had_to_move_is_named() -> None:
    """A verdict says which times it had to put elsewhere than they were seen."""
    early = trace("t", "create direct Session W/W", "0 W; 1 429+1000; 1.9 W; 3 201; 3 ok")
    verdict = tolerant(early, 0.1)
    assert verdict.verdict == "conforms"
    assert any("tolerance is needed" in note for note in verdict.notes)
    in_time = trace("t", "create direct Session W/W", "0 W; 1 429+1000; 2 W; 3 201; 3 ok")
    assert tolerant(in_time, 0.1).notes == ()


@pytest.mark.thorough
def test_many_blurred_retries_stay_bounded() -> None:
    """Eight retries whose delays are lost in the rounding are judged, and a violation after them is found."""
    retries = "".join(f"; {n // 4} W; {n // 4} 408" for n in range(8))
    setting, told = "point_read direct Session WE/W", f"0 W; 0 408{retries}; 5 {{}}; 6 200; 6 ok"
    fine = tolerant(trace("t", setting, told.format("W")), 0.5)
    wrong = tolerant(trace("t", setting, told.format("E")), 0.5)
    assert (fine.verdict, wrong.verdict) == ("conforms", "violates")
