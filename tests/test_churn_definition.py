"""The silence that counts as a loss: toys by hand, invariants, and truth recovered."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from analysis import churn, survival
from analysis.churn.silences import count_silences, return_curve
from analysis.errors import DataError, TooFewError
from analysis.limits import if_enough

DAY = pd.Timedelta(days=1)
BEGIN = pd.Timestamp("2024-01-01")


def orders(days_by_customer):
    """Return one order of 10 a customer and day, counted from 1 January 2024."""
    rows = [
        (customer, BEGIN + day * DAY, 10.0)
        for customer, days in days_by_customer.items()
        for day in days
    ]
    return pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])


def gaps(frame, as_of):
    """Return all silences, naively: length and whether an order ended it."""
    rows = []
    for customer, days in frame.groupby("customer_id")["order_date"]:
        dates = sorted(set(days[days <= as_of]))
        rows += [(customer, (b - a).days, True) for a, b in pairwise(dates)]
        if dates and dates[-1] < as_of:
            rows.append((customer, (as_of - dates[-1]).days, False))
    return pd.DataFrame(rows, columns=["customer", "days", "ended"])


def leaving_customers(rng, customers, pace, leaving, days):
    """Simulate customers who order by chance and leave by chance, both without memory."""
    rows = {}
    for customer in range(customers):
        first = rng.uniform(0, days / 3)
        end = min(first + rng.exponential(1 / leaving), days)
        times = first + np.cumsum(rng.exponential(1 / pace, size=int(4 * days * pace) + 20))
        rows[f"c{customer:04d}"] = np.unique(np.floor([first, *times[times < end]])).astype(int)
    return orders(rows)


def test_silences_of_a_toy_worked_by_hand():
    frame = orders({"ann": [1, 3, 10], "bob": [5], "eve": [20], "kim": [2, 2, 9]})
    refund = frame.iloc[[0]].assign(order_date=BEGIN + 15 * DAY, amount=-5.0)
    silences = count_silences(pd.concat([frame, refund]), BEGIN + 20 * DAY)
    found = silences.ended.sum(axis=0), silences.ongoing.sum(axis=0)
    assert {d + 1: n for d, n in enumerate(found[0]) if n} == {2: 1, 7: 2}
    assert {d + 1: n for d, n in enumerate(found[1]) if n} == {10: 1, 11: 1, 15: 1}  # none of eve
    longest = silences.longest.sum(axis=0)
    assert {d + 1: n for d, n in enumerate(longest) if n} == {7: 2}  # a refund ends no silence
    assert list(silences.at_risk[[0, 1, 2, 6, 7]]) == [6, 6, 5, 5, 3]


def test_return_probability_of_a_toy_worked_by_hand():
    # Ten silences: 2, 2, 4, 4, 6 days ended in an order; five go on after 8 days.
    frame = orders({f"r{i}": [0, gap] for i, gap in enumerate([2, 2, 4, 4, 6])})
    frame = pd.concat([frame, orders({f"s{i}": [12] for i in range(5)})])
    last = {"r0": 18, "r1": 18, "r2": 16, "r3": 16, "r4": 14}  # still silent at day 20, censored
    silences = count_silences(frame, BEGIN + 20 * DAY)
    table = return_curve(silences, 8, 0.95).set_index("days")
    # at risk: 15 silences of 2 days or more; 13 at 4, 11 at 6, 10 at 8
    assert sum(days > 8 for days in last.values()) == 5
    stay = {1: 1.0, 2: 13 / 15, 4: 13 / 15 * 11 / 13, 6: 13 / 15 * 11 / 13 * 10 / 11}
    for day, s in stay.items():
        assert table.loc[day, "return_probability"] == pytest.approx(1 - stay[6] / s, abs=1e-12)
    assert list(table["silences"]) == [15, 13, 13, 11, 11, 10, 10]
    assert table.loc[5, "came_back_later"] == 1 / 5


def test_the_curve_equals_kaplan_meier_of_all_silences():
    frame = leaving_customers(np.random.default_rng(1), 60, 0.1, 0.01, 200)
    as_of = BEGIN + 199 * DAY
    table = return_curve(count_silences(frame, as_of), 40, 0.95)
    naive = gaps(frame, as_of)
    stays = survival.kaplan_meier(naive["days"], naive["ended"]).at(np.arange(1, 41))["survival"]
    expected = 1 - stays.iloc[-1] / stays.iloc[:-1]
    np.testing.assert_allclose(table["return_probability"], expected, atol=1e-12)


def test_the_error_is_that_of_leaving_groups_of_customers_out():
    frame = leaving_customers(np.random.default_rng(2), 80, 0.1, 0.01, 150)
    as_of = BEGIN + 149 * DAY
    whole = return_curve(count_silences(frame, as_of), 30, 0.95)
    group = {name: i % 50 for i, name in enumerate(sorted(frame["customer_id"].unique()))}
    naive, left_out = gaps(frame, as_of), []
    for g in range(50):
        rest = naive.loc[naive["customer"].map(group) != g]
        at_risk = np.array([(rest["days"] >= day).sum() for day in range(11, 31)])
        ended = np.array([(rest["ended"] & (rest["days"] == day)).sum() for day in range(11, 31)])
        left_out.append(np.prod(1 - ended / at_risk))
    se = np.sqrt(49 * np.var(left_out))
    row = whole.loc[whole["days"] == 10].iloc[0]
    gone = 1 - row["return_probability"]
    half = 2.0095752371 * se / (gone * -np.log(gone))  # 97.5% of Student's t with 49 degrees
    assert np.log(-np.log(1 - row["low"])) == pytest.approx(np.log(-np.log(gone)) - half, abs=1e-8)
    assert np.log(-np.log(1 - row["high"])) == pytest.approx(np.log(-np.log(gone)) + half, abs=1e-8)


def test_the_window_is_recovered_where_customers_truly_leave():
    pace, leaving = 0.1, 0.01

    def returns(days):
        silent = leaving + pace * np.exp(-(pace + leaving) * days)
        return pace * np.exp(-(pace + leaving) * days) / silent

    true = optimize.brentq(lambda days: returns(days) - 0.05, 1, 200)
    frame = leaving_customers(np.random.default_rng(7), 1500, pace, leaving, 500)
    window = churn.inactivity_window(frame, BEGIN + 499 * DAY)
    assert window.method == "return"
    assert window.days_low - 1 <= true <= window.days_high + 1  # days are whole
    assert window.days == pytest.approx(true, rel=0.1)
    assert window.return_probability < 0.05
    assert window.low < returns(window.days) < window.high


def test_where_nobody_leaves_the_window_is_the_habit():
    rng = np.random.default_rng(3)
    frame = orders({f"c{i}": np.cumsum(rng.integers(6, 10, 40)) for i in range(100)})
    window = churn.inactivity_window(frame, BEGIN + 239 * DAY)  # all still order then
    assert window.method == "habit"
    assert window.days == 9  # nobody was ever silent for longer
    assert (window.days_low, window.days_high) == (9, 9)


def test_a_young_history_gives_a_third_of_itself(sample):
    window = churn.inactivity_window(sample, "2017-12-31")
    assert (window.method, window.days) == ("history", 121)
    assert window.return_probability == pytest.approx(0.777, abs=0.001)
    assert window.low < 0.70 < window.return_probability < 0.85 < window.high
    assert (window.silences, window.followed_days) == (278, 268)
    assert np.isnan(window.days_low)


def test_a_window_of_your_own_is_kept_and_judged(sample):
    window = churn.inactivity_window(sample, "2017-12-31", days=105)
    assert (window.method, window.days) == ("given", 105)
    assert window.return_probability == pytest.approx(0.822, abs=0.001)
    too_long = churn.inactivity_window(sample, "2017-12-31", days=400)
    assert np.isnan(too_long.return_probability)
    assert too_long.silences == 0


def test_a_window_of_your_own_needs_no_returns():
    window = churn.inactivity_window(orders({"ann": [0], "bob": [3]}), BEGIN + 9 * DAY, days=5)
    assert window.days == 5
    assert window.table.empty


@settings(max_examples=8, deadline=None)
@given(
    days=st.lists(st.lists(st.integers(0, 60), min_size=2, max_size=12), min_size=8, max_size=20),
    seed=st.integers(0, 99),
)
def test_invariants(days, seed):
    frame = orders({f"c{i}": each for i, each in enumerate(days)})
    as_of = BEGIN + 60 * DAY
    silences = count_silences(frame, as_of)
    followed = max(int(np.flatnonzero(silences.at_risk >= 2)[-1]) + 1, 2)
    table = return_curve(silences, followed, 0.9)
    p = table["return_probability"]
    assert (np.diff(p) <= 1e-12).all()
    assert ((table["low"] <= p + 1e-12) & (p <= table["high"] + 1e-12)).all()
    assert table["came_back_later"].is_monotonic_decreasing
    shuffled = pd.concat([frame, frame]).sample(frac=1, random_state=seed)
    after = frame.iloc[[0]].assign(order_date=as_of + 5 * DAY)
    again = return_curve(count_silences(pd.concat([shuffled, after]), as_of), followed, 0.9)
    pd.testing.assert_frame_equal(table, again)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"return_below": 2.0}, "`return_below` must be a share between 0 and 1; it is 2.0"),
        ({"confidence": 0.0}, "`confidence` must be a share between 0 and 1"),
        ({"days": 0}, "`days` must be a whole number of days from 1 on; it is 0"),
    ],
)
def test_values_out_of_range(options, message):
    with pytest.raises(DataError, match=message):
        churn.inactivity_window(orders({"ann": [1, 2]}), BEGIN + 9 * DAY, **options)


def test_too_few_silences():
    frame = orders({"ann": [1, 4, 8]})
    with pytest.raises(TooFewError, match=r"at least 30 silences .* there are 2\. Use a longer"):
        churn.inactivity_window(frame, BEGIN + 9 * DAY)
    reason = if_enough(churn.inactivity_window, frame, BEGIN + 9 * DAY)
    assert isinstance(reason, TooFewError)
