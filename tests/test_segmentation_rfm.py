"""RFM scores and the named segments."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.segmentation import (
    SEGMENT_NAMES,
    rfm_cutoffs,
    rfm_grid,
    score_rfm,
    segment_grid,
    segment_rules,
)

SCORES = ["recency_score", "frequency_score", "monetary_score"]
VALUES = ["days_since_last_order", "orders", "spend"]


def frame_of(days, orders, total) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(len(days))],
            "days_since_last_order": days,
            "orders": orders,
            "total": total,
        }
    )


@st.composite
def customers(draw):
    row = st.tuples(
        st.integers(0, 8), st.integers(1, 6), st.sampled_from([-5.0, 0.0, 0.1, 9.99, 50.0, 1e6])
    )
    rows = draw(st.lists(row, min_size=1, max_size=40))
    return frame_of(*[list(column) for column in zip(*rows, strict=True)])


def naive_score(values: list[float], bins: int) -> list[int]:
    """Score by counting, one customer at a time."""
    return [1 + bins * sum(other < value for other in values) // len(values) for value in values]


def test_the_worked_example_of_the_module():
    orders = [1, 1, 1, 1, 2, 2, 3, 5, 8, 20]
    scores = score_rfm(frame_of(list(range(10)), orders, [10.0] * 10))
    assert scores["frequency_score"].tolist() == [1, 1, 1, 1, 3, 3, 4, 4, 5, 5]
    assert scores["recency_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scores["monetary_score"].tolist() == [1] * 10
    assert scores["rfm"].iloc[0] == "511"
    assert scores["value_score"].tolist() == [1, 1, 1, 1, 2, 2, 3, 3, 3, 3]
    assert scores["segment"].astype(str).tolist() == [
        "New or rare", "New or rare", "Promising", "Promising", "About to sleep", "About to sleep",
        "At risk", "At risk", "At risk", "At risk",
    ]  # fmt: skip


def test_when_all_are_equal_nobody_is_ahead_or_behind():
    scores = score_rfm(frame_of([3] * 7, [2] * 7, [5.0] * 7))
    assert set(scores["rfm"]) == {"511"}


def test_two_distinct_values_leave_scores_empty():
    scores = score_rfm(frame_of([1] * 10, [1] * 8 + [2] * 2, [1.0] * 10))
    assert scores["frequency_score"].tolist() == [1] * 8 + [5] * 2


def test_other_columns_can_be_scored():
    renamed = frame_of([0, 9], [5, 1], [10.0, 1.0]).rename(columns={"total": "spend_2024"})
    scores = score_rfm(renamed, monetary="spend_2024")
    assert scores["spend"].tolist() == [10.0, 1.0]
    assert scores["rfm"].tolist() == ["533", "311"]


def test_cutoffs_are_in_original_units():
    cutoffs = rfm_cutoffs(score_rfm(frame_of(list(range(10)), [1] * 4 + [2] * 6, [10.0] * 10)))
    orders = cutoffs[cutoffs["measure"] == "orders"]
    assert orders[["score", "lowest", "highest", "customers"]].to_numpy().tolist() == [
        [3, 2, 2, 6],
        [1, 1, 1, 4],
    ]
    days = cutoffs[cutoffs["measure"] == "days_since_last_order"]
    assert days["score"].tolist() == [5, 4, 3, 2, 1]
    assert days["highest"].tolist() == [1, 3, 5, 7, 9]


def test_every_triple_of_scores_has_exactly_one_segment():
    """All 125 cells, counted from the rules one by one."""
    rules = segment_rules()
    for recency, frequency, monetary in itertools.product(range(1, 6), repeat=3):
        value = (frequency + monetary + 1) // 2
        fits = rules[
            rules["recency_low"].le(recency)
            & rules["recency_high"].ge(recency)
            & rules["value_low"].le(value)
            & rules["value_high"].ge(value)
        ]
        assert len(fits) == 1, (recency, frequency, monetary)
        cell = segment_grid().query("recency_score == @recency and value_score == @value")
        assert cell["segment"].tolist() == fits["segment"].tolist()


def test_segments_are_ordered_best_first():
    grid = segment_grid()
    assert len(grid) == 25
    assert grid["segment"].cat.ordered
    assert tuple(grid["segment"].cat.categories) == SEGMENT_NAMES
    assert set(grid["segment"]) == set(SEGMENT_NAMES)


def test_an_empty_table_has_empty_scores():
    scores = score_rfm(frame_of([], [], []))
    assert scores.empty
    assert tuple(scores["segment"].cat.categories) == SEGMENT_NAMES
    assert rfm_grid(scores)["customers"].sum() == 0


@given(customers(), st.integers(2, 9))
def test_scores_equal_a_naive_count(frame, bins):
    scores = score_rfm(frame, bins=bins)
    days, orders, spend = (scores[name].tolist() for name in VALUES)
    assert scores["recency_score"].tolist() == [bins + 1 - s for s in naive_score(days, bins)]
    assert scores["frequency_score"].tolist() == naive_score(orders, bins)
    assert scores["monetary_score"].tolist() == naive_score(spend, bins)


@given(customers(), st.integers(2, 9))
def test_equal_values_score_equally_and_better_values_never_worse(frame, bins):
    scores = score_rfm(frame, bins=bins)
    for value, score, sign in zip(VALUES, SCORES, (-1, 1, 1), strict=True):
        assert scores.groupby(value)[score].nunique().max() == 1
        ordered = scores.sort_values(value)[score] * sign
        assert ordered.is_monotonic_increasing
        assert scores[score].between(1, bins).all()
    assert scores["value_score"].between(1, 5).all()
    assert scores["segment"].notna().all()


@given(customers(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(frame, random):
    positions = list(range(len(frame)))
    random.shuffle(positions)
    shuffled = score_rfm(frame.iloc[positions]).sort_index()
    pd.testing.assert_frame_equal(shuffled, score_rfm(frame))


@given(customers())
def test_the_grid_holds_every_customer_once(frame):
    scores = score_rfm(frame)
    grid = rfm_grid(scores)
    assert len(grid) == 25
    assert grid["customers"].sum() == len(frame)
    assert grid["share_of_customers"].sum() == pytest.approx(1)
    assert grid["spend"].sum() == pytest.approx(scores["spend"].sum())
    by_segment = grid.groupby("segment", observed=False)["customers"].sum()
    counted = scores["segment"].value_counts().reindex(by_segment.index)
    assert by_segment.tolist() == counted.tolist()


@pytest.mark.parametrize("bins", [2, 3, 4, 5, 7, 9])
def test_any_number_of_bins_reaches_both_ends_without_ties(bins):
    n = 10 * bins
    scores = score_rfm(
        frame_of(list(range(n)), list(range(1, n + 1)), np.arange(n) * 1.0), bins=bins
    )
    for score in SCORES:
        assert scores[score].value_counts().tolist() == [10] * bins


def test_input_is_not_changed():
    frame = frame_of([1, 2], [1, 2], [1.0, 2.0])
    before = frame.copy()
    score_rfm(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("bins", [1, 10, 2.5])
def test_bins_out_of_range(bins):
    with pytest.raises(DataError, match=r"`bins` must be a whole number from 2 to 9; got"):
        score_rfm(frame_of([1], [1], [1.0]), bins=bins)


def test_a_column_that_is_not_there():
    with pytest.raises(DataError, match=r"spend_2024 not found among .*summarise_customers"):
        score_rfm(frame_of([1], [1], [1.0]), monetary="spend_2024")


def test_a_customer_with_two_rows():
    twice = pd.concat([frame_of([1, 2], [1, 2], [1.0, 2.0])] * 2)
    with pytest.raises(DataError, match=r"2 of 4 rows repeat .*first customer_id='c0'"):
        score_rfm(twice)


def test_a_missing_value():
    with pytest.raises(DataError, match=r"`total` must be known .* 1 of 2 .* customer_id='c1'"):
        score_rfm(frame_of([1, 2], [1, 2], [1.0, np.nan]))
