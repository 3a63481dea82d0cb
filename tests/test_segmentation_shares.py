"""Intervals of shares."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.segmentation.shares import logit_interval, spend_share


def test_spend_share_by_hand():
    """Members bring 6 of 10; the error is sqrt(sum (x (member - .6))^2) / 10."""
    share, low, high = spend_share([1.0, 2.0, 3.0, 4.0], [False, True, False, True])
    assert share == pytest.approx(0.6)
    error = math.sqrt(0.6**2 + 0.8**2 + 1.8**2 + 1.6**2) / 10
    step = 1.959964 * error / 0.24
    assert low == pytest.approx(1 / (1 + math.exp(-(math.log(1.5) - step))), abs=1e-6)
    assert high == pytest.approx(1 / (1 + math.exp(-(math.log(1.5) + step))), abs=1e-6)


def test_nothing_spent_has_no_shares():
    assert np.isnan(spend_share([0.0, 0.0], [True, False])).all()
    assert np.isnan(spend_share([1.0, -3.0], [True, False])).all()


def test_a_share_of_none_or_all_has_no_limits():
    share, low, high = spend_share([1.0, 2.0], [True, True])
    assert share == 1
    assert np.isnan([low, high]).all()


@given(st.floats(0.001, 0.999), st.floats(0, 10))
def test_logit_limits_stay_inside(share, error):
    low, high = logit_interval(share, error)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
