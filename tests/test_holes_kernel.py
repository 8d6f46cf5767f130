"""What the search for a run with holes is built of: shared paths, moments, and the simplex method."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosmos_retry import load_contract
from cosmos_retry.holes.clock import Clock, Demand, demand
from cosmos_retry.holes.simplex import TooLong, times_for
from cosmos_retry.holes.times import Times
from cosmos_retry.taken import EMPTY, Path, Taken

ROWS = list(load_contract().rows.values())


def taken(number: int) -> Taken:
    """Return a step."""
    return Taken(number, ROWS[number % len(ROWS)], frozenset({f"assumption {number % 3}"}))


def path(length: int) -> Path:
    """Return a path of so many steps."""
    found = EMPTY
    for number in range(length):
        found = found.then(taken(number))
    return found


@pytest.mark.parametrize("length", range(6))
def test_a_path_is_a_sequence(length: int) -> None:
    """A path has the length, the steps, the slices and the ends of the tuple of its steps."""
    found, plain = path(length), tuple(taken(number) for number in range(length))
    assert (len(found), tuple(found), tuple(reversed(found))) == (length, plain, plain[::-1])
    ends = (None, *range(-7, 8))
    for start, stop, step in product(ends, ends, (None, 1, 2, -1)):
        assert found[start:stop:step] == plain[start:stop:step], (start, stop, step)
    for index in range(-length, length):
        assert found[index] == plain[index]
    for index in (length, -length - 1):
        with pytest.raises(IndexError):
            found[index]
    assert found.verdicts == {one.row.verdict for one in plain}
    assert found.rests_on == frozenset().union(*(one.rests_on for one in plain))


def test_paths_are_equal_where_their_steps_are() -> None:
    """Two paths made apart are equal where all their steps are; going on leaves a path as it was."""
    one, other = path(4), path(4)
    assert one == other
    assert hash(one) == hash(other)
    longer = one.then(taken(9))
    assert (len(one), len(longer)) == (4, 5)
    assert one != longer
    assert longer != other.then(taken(8))
    assert one != tuple(one)


@pytest.mark.thorough
def test_a_long_path_is_taken_down() -> None:
    """A path of a hundred thousand steps is made, compared and forgotten without running out of stack."""
    one, other = path(100_000), path(100_000)
    assert one == other
    assert one[-1] == taken(99_999)
    del one, other


small = st.integers(-4, 4)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.lists(small, min_size=3, max_size=3), st.integers(-12, 12)), max_size=6))
def test_the_simplex_method_finds_times_where_there_are_some(wanted: list[tuple[list[int], int]]) -> None:
    """Three times in five microseconds: what is found meets every demand; none is found only where none are.

    Trying all whole times is no proof that fractions do not exist, so it is asked in one direction only.
    """
    clock = Clock()
    for home in (0, 2, 4):
        clock.unknown(home, 0, 4)
    demands = [Demand(tuple((n, c) for n, c in enumerate(factors) if c), least) for factors, least in wanted]
    demands = [one for one in demands if one.terms]
    found = times_for(demands, clock, {})
    tried = [
        point
        for point in product(range(5), repeat=3)
        if all(sum(c * point[n] for n, c in one.terms) >= one.least for one in demands)
    ]
    if found is None:
        assert not tried
        return
    for one in demands:
        assert sum(c * found[n] for n, c in one.terms) >= one.least
    assert all(0 <= t <= 4 for t in found.values())


def test_times_that_meet_the_demands_stay_where_they_were_seen() -> None:
    """Only what must be moved is moved."""
    clock = Clock()
    first, second, third = (clock.unknown(t, t - 10, t + 10) for t in (0, 100, 200))
    gap, far = second - first, third - first
    times = Times(clock).such_that([demand(gap.terms, gap.plus - 105)])
    assert times is not None
    assert times.at(second) - times.at(first) >= 105
    assert times.at(third) == 200
    assert times.such_that([demand(far.terms, far.plus - 221)]) is None


def test_an_exhausted_search_says_so() -> None:
    """Without work left, a search that would need some is given up; it never says that there is nothing."""
    clock = Clock()
    first, second = clock.unknown(0, -10, 10), clock.unknown(5, -5, 15)
    clock.pivots_left = 0
    gap = second - first
    with pytest.raises(TooLong):
        Times(clock).such_that([demand(gap.terms, gap.plus - 10)])


def test_a_comparison_is_tried_both_ways() -> None:
    """A comparison that may come out either way gives two ways, each with its demand."""
    clock = Clock()
    moment = clock.unknown(50, 40, 60)
    ways = clock.ways(lambda: moment >= 50)
    assert [so for so, _ in ways] == [True, False]
    assert [asked for _, (asked,) in ways] == [Demand(((0, 1),), 50), Demand(((0, -1),), -49)]
    assert clock.ways(lambda: moment >= 40) == [(True, ())]
    assert clock.ways(lambda: moment > 60) == [(False, ())]


def test_a_comparison_without_consequence_demands_nothing() -> None:
    """Where both outcomes come to the same, neither is demanded."""
    clock = Clock()
    moment = clock.unknown(50, 40, 60)
    assert clock.ways(lambda: len([moment >= 50])) == [(1, ())]


@settings(max_examples=200, deadline=None)
@given(st.integers(-50, 50), st.integers(-50, 50), st.sampled_from([0.75, 1.1, 2.0, 1]), st.integers(-40, 40))
def test_a_moment_compares_as_the_number_that_it_turns_out_to_be(
    first: int, second: int, factor: float, least: int
) -> None:
    """What the rules do with delays comes out the same for moments as for the numbers behind them."""
    clock = Clock()
    one, other = clock.unknown(first, first, first), clock.unknown(second, second, second)

    def rule(a: Any, b: Any) -> list[bool]:
        delay = b - a
        grown = math.ceil(round(delay * factor, 3))
        return [delay >= grown, a + least <= b, b > a - grown, least < delay, max(grown, delay + least) <= b]

    assert clock.ways(lambda: rule(one, other)) == [(rule(first, second), ())]
