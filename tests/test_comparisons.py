"""Usual ranges, trends and the year before; and the interval of a total."""

import numpy as np
import pandas as pd
import pytest

from analysis import comparisons
from analysis.periods import Period
from analysis.totals import total_interval
from analysis.wording import points


def activity(values, complete=True, first="2023-01-01"):
    starts = pd.date_range(first, periods=len(values), freq="MS")
    return pd.DataFrame({"period_start": starts, "complete": complete, "figure": values})


def test_the_usual_range_is_the_prediction_interval_of_hahn_and_meeker():
    """Statistical Intervals (1991), 4.8: n 5, mean 50.10, s 1.31 give 46.1 to 54.1 at 95%."""
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    low, high = comparisons.usual_range(50.10 + 1.31 * x / x.std(ddof=1))
    assert (round(low, 1), round(high, 1)) == (46.1, 54.1)


def test_only_the_last_periods_count_and_a_share_ends_at_one():
    assert comparisons.usual_range([1e9, *[10.0] * 6]) == (10.0, 10.0)
    low, high = comparisons.usual_range([0.9, 0.99, 0.95], at_most=1.0)
    assert (low, high) == (pytest.approx(0.7227, abs=1e-3), 1.0)


def test_the_range_stays_above_zero_only_where_all_periods_did():
    assert comparisons.usual_range([0.0, 0.0, 9.0])[0] == 0.0
    assert comparisons.usual_range([-1.0, 0.0, 9.0])[0] < -1.0


def test_two_periods_make_no_usual_range():
    assert np.isnan(comparisons.usual_range([100.0, np.nan, 120.0])).all()
    assert comparisons.verdict(1.0, *comparisons.usual_range([])) == "unknown"


def test_one_in_twenty_periods_like_those_before_is_called_unusual():
    """The neutral band keeps noise neutral: 5% of equal periods leave it, not 2 in 7."""
    rng = np.random.default_rng(4)
    series = rng.normal(100, 10, (4000, comparisons.USUAL_PERIODS + 1))
    judged = [comparisons.verdict(row[-1], *comparisons.usual_range(row[:-1])) for row in series]
    assert np.mean([one != "within" for one in judged]) == pytest.approx(0.05, abs=0.012)


def test_a_trend_ends_at_the_period_and_skips_what_the_data_cut():
    values = activity([5.0, 1.0, 2.0, 3.0, 4.0], [False, True, True, False, True])
    assert comparisons.trend(values, "figure", Period.parse("2023-04")) == (1.0, 2.0, 3.0)
    long = activity(np.arange(30.0))
    assert comparisons.trend(long, "figure", Period.parse("2025-06")) == tuple(range(17, 30))


def test_the_year_before_is_told_or_said_to_be_missing():
    values = activity([0.5, *[0.4] * 12])
    period = Period.parse("2024-01")
    then = comparisons.value_in(values, "figure", period.year_before)
    assert then == 0.5
    assert comparisons.against_year_before(0.4, then, period) == "down 20.0% on January 2023"
    assert comparisons.against_year_before(0.4, then, period, points) == (
        "down 10.0 points on January 2023"
    )
    year = Period.parse("2024")
    assert comparisons.against_year_before(2.0, 1.0, year) == ""  # it is the period before
    cut = comparisons.value_in(activity([0.5, 0.4], False), "figure", Period.parse("2023-01"))
    assert comparisons.against_year_before(0.4, cut, period) == "no data for January 2023"


def test_the_interval_of_a_total_by_hand():
    """3 and 4: variance 9 + 16, so 7 less and more 1.96 x 5, from zero up."""
    assert total_interval(7.0, 25.0) == (0.0, pytest.approx(7 + 1.959964 * 5))
    assert total_interval(1000.0, 10_000.0) == (
        pytest.approx(804.0, abs=0.1),
        pytest.approx(1196.0, abs=0.1),
    )
    assert total_interval(0.0, 0.0) == (0.0, 0.0)


def test_the_interval_of_a_total_covers_lists_of_varying_length():
    rng = np.random.default_rng(1)
    lists = [rng.gamma(2.0, 50.0, rng.poisson(80)) for _ in range(2000)]
    found = [total_interval(each.sum(), (each**2).sum()) for each in lists]
    covered = [low <= 80 * 100.0 <= high for low, high in found]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)
