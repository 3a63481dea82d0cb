"""A share of a count, with its interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from analysis.proportions import wilson_interval


def test_wilson_limits_published_by_newcombe():
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3; four decimals."""
    low, high = wilson_interval([81, 15, 0, 1], [263, 148, 20, 29])
    assert low.round(4).tolist() == [0.2553, 0.0624, 0.0, 0.0061]
    assert high.round(4).tolist() == [0.3662, 0.1605, 0.1611, 0.1718]


@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.5, 0.999))
def test_wilson_equals_statsmodels(count, more, confidence):
    n = count + more
    low, high = wilson_interval(count, n, confidence)
    if n == 0:
        assert np.isnan(low)
        assert np.isnan(high)
        return
    expected = proportion_confint(count, n, alpha=1 - confidence, method="wilson")
    assert (float(low), float(high)) == pytest.approx(expected, abs=1e-12)
    assert 0 <= low <= count / n <= high <= 1
