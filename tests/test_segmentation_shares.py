"""Intervals of shares."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.segmentation.shares import logit_interval, shares_of_spend


def test_shares_of_spend_by_hand():
    """Of 1, 2, 3 and 4, two bring 6 of 10; the error is sqrt(sum (x (member - .6))^2) / 10."""
    share, low, high = shares_of_spend([6.0, 4.0], [4.0 + 16.0, 1.0 + 9.0])
    assert share.tolist() == pytest.approx([0.6, 0.4])
    error = math.sqrt(0.6**2 + 0.8**2 + 1.8**2 + 1.6**2) / 10
    step = 1.959964 * error / 0.24
    assert low[0] == pytest.approx(1 / (1 + math.exp(-(math.log(1.5) - step))), abs=1e-6)
    assert high[0] == pytest.approx(1 / (1 + math.exp(-(math.log(1.5) + step))), abs=1e-6)
    assert [low[1], high[1]] == pytest.approx([1 - high[0], 1 - low[0]])


def test_nothing_spent_has_no_shares():
    assert np.isnan(shares_of_spend([0.0, 0.0], [0.0, 0.0])).all()
    assert np.isnan(shares_of_spend([1.0, -3.0], [1.0, 9.0])).all()


def test_a_share_of_none_or_all_has_no_limits():
    share, low, high = shares_of_spend([3.0, 0.0], [5.0, 0.0])
    assert share.tolist() == [1, 0]
    assert np.isnan([low, high]).all()


@given(st.floats(0.001, 0.999), st.floats(0, 10))
def test_logit_limits_stay_inside(share, error):
    low, high = logit_interval(share, error)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
