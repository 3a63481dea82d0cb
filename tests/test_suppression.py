"""Counts that are hidden beside the small ones, so that no sum gives these back."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.disclosure.suppression import SMALL, TOLD, UNTOLD, WITHHELD, suppress

LEAST = 3
COUNTS = st.lists(st.integers(0, 7), min_size=2, max_size=5)


def states_of(counts, names=None, **more):
    rows = np.array(counts, float).reshape(len(counts), -1)
    named = pd.DataFrame({"group": range(len(rows))}) if names is None else names
    return suppress(rows, named, more.pop("least", 5), **more)


def test_one_small_count_takes_the_smallest_other_that_gives_it_room():
    # 3 and 5 add up to 8: who sees that sum would know that the first is 3 at most
    found = states_of([3, 5, 6, 100, 0])
    assert found.states.ravel().tolist() == [SMALL, TOLD, WITHHELD, TOLD, TOLD]
    assert found.exposed == ()


def test_small_counts_that_cover_each_other_need_no_other():
    assert states_of([2, 3, 50]).states.ravel().tolist() == [SMALL, SMALL, TOLD]
    # but 1 and 1 do: their sum of 2 would tell both
    assert states_of([1, 1, 50]).states.ravel().tolist() == [SMALL, SMALL, WITHHELD]
    assert states_of([4, 4, 50]).states.ravel().tolist() == [SMALL, SMALL, WITHHELD]


def test_without_small_counts_everything_is_told():
    assert not states_of([5, 0, 12]).states.any()


def test_what_no_other_count_covers_is_named():
    assert states_of([3, 0, 0]).exposed == ()  # a total of 3 is itself told nowhere
    assert states_of([6, 0, 0, 3], told=np.array([[1], [1], [1], [0]], bool)).exposed == ((3, 0),)


def test_totals_of_each_name_are_known():
    names = pd.DataFrame(itertools.product("ab", "xyz"), columns=["before", "after"])
    found = states_of([3, 20, 30, 40, 50, 60], names).states.reshape(2, 3)
    # one other in its row, one in its column, and the corner that closes the square
    assert found.tolist() == [[SMALL, WITHHELD, TOLD], [WITHHELD, WITHHELD, TOLD]]


# customers, again, after a pause, for the first time
FLOWS = np.array([
    [60, 40, 17, 3], [70, 45, 25, 0], [81, 52, 29, 0], [79, 50, 27, 2], [90, 61, 29, 0],
])  # fmt: skip


def test_sums_of_columns_are_found_and_cannot_be_undone():
    found = states_of(FLOWS)
    assert [found.states[0, 3], found.states[3, 3]] == [SMALL, SMALL]
    assert (found.states[[0, 3], :3] == WITHHELD).sum() == 2
    assert found.exposed == ()


def test_a_row_is_guarded_even_where_all_totals_together_tell():
    # three newcomers of all: the totals of the other columns leave no other number
    flows = np.where(FLOWS == 2, 0, FLOWS) - np.array([[0] * 4] * 3 + [[2, 0, 0, 0]] + [[0] * 4])
    found = states_of(flows)
    assert found.exposed == ((0, 3),)
    assert (found.states[0, :3] == WITHHELD).sum() == 1


def test_a_difference_on_the_row_before_is_found():
    customers, kept = np.array([50, 60, 55, 70, 65, 80]), np.array([0, 30, 58, 40, 50, 45])
    away = np.array([np.nan, *(customers[:-1] - kept[1:])])
    states = states_of(np.column_stack([customers, kept, away])).states
    assert away[2] == 2
    assert states[2, 2] == SMALL
    assert WITHHELD in (states[1, 0], states[2, 1])


def test_what_an_earlier_report_told_cannot_be_hidden_and_what_it_withheld_stays():
    told = np.array([False, False, True, False])[:, None]
    withheld = np.array([False, False, False, True])[:, None]
    found = states_of([3, 20, 6, 40], told=told, withheld=withheld)
    assert found.states.ravel().tolist() == [SMALL, TOLD, TOLD, WITHHELD]
    everything = np.array([False, True, True, True])[:, None]
    assert states_of([3, 20, 6, 40], told=everything).exposed == ((0, 0),)


RANGES = {SMALL: range(1, LEAST), WITHHELD: range(LEAST, 25), UNTOLD: range(1, 25)}


def possible(counts, states, sums):
    """Try all numbers that the hidden counts may be; return those of each that fit all sums."""
    ranges = [RANGES.get(state, [count]) for state, count in zip(states, counts, strict=True)]
    tried = np.stack([guess.ravel() for guess in np.meshgrid(*ranges)], axis=1)
    fits = np.ones(len(tried), bool)
    for cells in sums:
        fits &= tried[:, cells].sum(axis=1) == sum(counts[at] for at in cells)
    small = [at for at, count in enumerate(counts) if 0 < count < LEAST]
    return {at: set(tried[fits, at].tolist()) for at in small}


@given(COUNTS)
def test_no_small_count_is_narrowed_by_the_total(counts):
    found = states_of(counts, least=LEAST)
    states, exposed = found.states.ravel(), {row for row, _ in found.exposed}
    sums = [list(range(len(counts)))] if sum(counts) >= LEAST else []
    for at, left in possible(counts, states, sums).items():
        assert left >= set(range(1, LEAST)) or at in exposed


@settings(max_examples=40)
@given(st.lists(st.integers(0, 7), min_size=6, max_size=6))
def test_no_small_count_is_narrowed_by_rows_and_columns(counts):
    names = pd.DataFrame(itertools.product("ab", "xyz"), columns=["before", "after"])
    found = states_of(counts, names, least=LEAST)
    states, exposed = found.states.ravel(), {row for row, _ in found.exposed}
    lines = [[0, 1, 2], [3, 4, 5], [0, 3], [1, 4], [2, 5], list(range(6))]
    sums = [cells for cells in lines if sum(counts[at] for at in cells) >= LEAST]
    if np.isin(states, [WITHHELD, UNTOLD]).sum() < 4:
        for at, left in possible(counts, states, sums).items():
            assert left >= set(range(1, LEAST)) or at in exposed


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_withheld_without_need(seed):
    counts = np.random.default_rng(seed).poisson(6, 30)
    states = states_of(counts).states.ravel()
    assert (states[counts >= 5] == WITHHELD).sum() <= 1


def test_large_tables_of_many_small_counts_take_no_time():
    counts = np.random.default_rng(1).poisson(4, (300, 3)).astype(float)
    names = pd.DataFrame(itertools.product(range(20), range(15)), columns=["cohort", "age"])
    states = suppress(counts, names, 5).states
    assert ((states == SMALL) == ((counts > 0) & (counts < 5))).all()
    assert (states == WITHHELD).sum() == 0  # so many small ones cover each other
    counts[:, 2] = counts[:, 0] + counts[:, 1]
    states = suppress(counts, names, 5).states
    assert (states[counts > 0] != TOLD).all()
    assert (states[counts == 0] == TOLD).all()
