"""Rows of customers whose habits change: a toy by hand, a naive loop, splits without effect."""

import numpy as np
import pandas as pd
import pytest
from churn_simulation import END, contract_customers
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import churn, survival, tables
from analysis.churn.habits import count_orders
from analysis.churn.paces import DAYS_PER_MONTH, PRIOR_DAYS, overall_pace
from analysis.errors import DataError, TooFewError

DAY = pd.Timedelta(days=1)
BEGIN = pd.Timestamp("2024-01-01")
HABITS = [
    "orders", "recent_orders", "days_since_last_order", "known_days", "orders_per_month",
    "pace_trend", "spend_per_order",
]  # fmt: skip


def orders(rows):
    return pd.DataFrame(
        [(who, BEGIN + day * DAY, amount) for who, day, amount in rows],
        columns=["customer_id", "order_date", "amount"],
    )


def naive_rows(source, frame, as_of, rule, landmark, length):
    """The same by a loop over spells, periods and orders."""
    everyone = overall_pace(count_orders(source, landmark))
    rows = []
    for spell in churn.find_spells(source, as_of, rule).itertuples():
        own = frame.loc[frame["customer_id"] == spell.customer_id]
        day = landmark
        while day < as_of:
            over = as_of if pd.isna(spell.spell_end) else spell.spell_end
            if spell.spell_start <= day < over:
                stop = min(day + length * DAY, over)
                event = stop == over and not pd.isna(spell.spell_end)
                known = naive_habits(
                    own.loc[own["order_date"] <= day], day, spell, length, everyone
                )
                times = [(each - landmark).days for each in (day, stop)]
                age = (day - spell.origin).days
                rows.append([spell.customer_id, spell.spell, *times, age, event, *known])
            day += length * DAY
    columns = ["customer_id", "spell", "start", "stop", "age", "event", *HABITS]
    return pd.DataFrame(rows, columns=columns)


def naive_habits(own, day, spell, length, everyone):
    days = sorted(set(own.loc[own["amount"] >= 0, "order_date"]))
    age = (day - spell.origin).days
    since = (day - days[0]).days if days else age
    later = [one for one in days[1:] if one > day - 14 * length * DAY]
    recent = [one for one in later if one > day - length * DAY]
    recent_days, prior = min(since, length), everyone * PRIOR_DAYS
    habit_days = min(since - recent_days, 13 * length)
    before = (len(later) - len(recent) + prior) / (habit_days + PRIOR_DAYS)
    now = (len(recent) + before * PRIOR_DAYS) / (recent_days + PRIOR_DAYS)
    pace = (len(later) + prior) / (recent_days + habit_days + PRIOR_DAYS)
    return [
        len(days),
        sum(one > day - length * DAY for one in days),
        (day - days[-1]).days if days else np.nan,
        max(since, age),
        DAYS_PER_MONTH * pace,
        now / before,
        max(own["amount"].sum() / len(days), 0) if days else 0.0,
    ]


def test_rows_of_a_toy_worked_by_hand():
    frame = orders([("ann", 0, 8.0), ("ann", 5, 4.0), ("ann", 12, 6.0), ("bob", 11, 2.0)])
    rows = churn.time_varying_rows(frame, "2024-01-31", 10, landmark="2024-01-08", period_days=7)
    # ann is lost on day 22 (12 + 10), bob on day 21; the landmark is day 7, periods from 7, 14, 21
    assert list(rows["customer_id"]) == ["ann", "ann", "ann", "bob"]
    assert list(rows["start"]) == [0, 7, 14, 7]
    assert list(rows["stop"]) == [7, 14, 15, 14]
    assert list(rows["event"]) == [False, False, True, True]
    assert list(rows["age"]) == [7, 14, 21, 3]
    assert list(rows["orders"]) == [2, 3, 3, 1]
    assert list(rows["recent_orders"]) == [1, 1, 0, 1]
    assert list(rows["days_since_last_order"]) == [2, 2, 9, 3]
    assert list(rows["spend_per_order"]) == [6.0, 6.0, 6.0, 2.0]


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abcde"), st.integers(0, 300), st.sampled_from([-3.0, 0.0, 7.0])),
        min_size=3, max_size=60,
    ),
    window=st.integers(5, 60),
    length=st.integers(3, 30),
)  # fmt: skip
def test_they_equal_a_naive_loop(rows, window, length):
    frame = orders([("a", 0, 1.0), *rows])
    source = tables.from_frame(frame)
    as_of, landmark = BEGIN + 280 * DAY, BEGIN + 90 * DAY
    naive = naive_rows(source, frame, as_of, window, landmark, length)
    if naive.empty:
        with pytest.raises(TooFewError, match="active on 2024-03-31 or at the beginning"):
            churn.time_varying_rows(source, as_of, window, landmark=landmark, period_days=length)
        return
    found = churn.time_varying_rows(source, as_of, window, landmark=landmark, period_days=length)
    pd.testing.assert_frame_equal(found, naive, check_dtype=False)


def test_contracts_equal_a_naive_loop(tmp_path):
    source = contract_customers(tmp_path, customers=60)
    frame = source.engine.run(
        "SELECT customer_id, order_date, amount_minor / 100.0 AS amount FROM transactions"
    ).to_pandas(date_as_object=False)
    rule = churn.ContractEnd(0, 0, pd.DataFrame())
    landmark = END - 200 * DAY
    found = churn.time_varying_rows(source, END, rule, landmark=landmark)
    naive = naive_rows(source, frame, END, rule, landmark, 28)
    pd.testing.assert_frame_equal(found, naive, check_dtype=False)


@pytest.fixture(scope="module")
def sample_rows(sample):
    return churn.time_varying_rows(sample, "2017-12-31", 105, landmark="2017-05-31")


def fit(rows):
    covariates = np.log2(1 + rows[["orders_per_month", "spend_per_order"]])
    return survival.fit_cox(
        covariates, rows["stop"], rows["event"], entry=rows["start"], clusters=rows["customer_id"]
    )


def test_a_cox_fit_on_them_does_not_care_into_how_many_rows_they_are_split(sample_rows):
    whole = fit(sample_rows)
    middle = (sample_rows["start"] + sample_rows["stop"]) // 2
    long = middle > sample_rows["start"]
    first = sample_rows.loc[long].assign(stop=middle, event=False)
    rest = sample_rows.assign(start=sample_rows["start"].where(~long, middle))
    split = fit(pd.concat([first, rest], ignore_index=True))
    columns = ["coef", "se", "robust_se"]
    np.testing.assert_allclose(split.table[columns], whole.table[columns], rtol=1e-9)
    assert split.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
    assert split.n == whole.n + long.sum()


def test_the_rows_hold_every_loss_of_those_active_at_the_landmark(sample, sample_rows):
    table = churn.churn_table(sample, "2017-12-31", 105, landmark="2017-05-31")
    table = table.loc[table["at_landmark"]].set_index("customer_id")
    first = sample_rows.loc[(sample_rows["start"] == 0)]
    assert set(first["customer_id"]) == set(table.index)
    spells = sample_rows.merge(first[["customer_id", "spell"]], on=["customer_id", "spell"])
    followed = spells.groupby("customer_id").agg(stop=("stop", "max"), event=("event", "any"))
    expected = (table["duration"] - table["entry"]).loc[followed.index]
    assert (followed["stop"] == expected).all()
    assert (followed["event"] == table["event"].loc[followed.index]).all()
    at = first.set_index("customer_id")
    same = ["days_since_last_order", "known_days", "spend_per_order"]
    pd.testing.assert_frame_equal(
        at[same].sort_index(), table[same].sort_index(), check_dtype=False
    )


def test_errors_by_message():
    frame = orders([("ann", 0, 1.0)])
    with pytest.raises(DataError, match="2024-03-01 is not before 2024-02-01"):
        churn.time_varying_rows(frame, "2024-02-01", 10, landmark="2024-03-01")
    with pytest.raises(DataError, match="`period_days` must be 1 or more; it is 0"):
        churn.time_varying_rows(frame, "2024-02-01", 9, landmark="2024-01-09", period_days=0)
