"""Simulated data hold the truth that they claim to hold."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import tables
from analysis.errors import DataError


def test_the_same_seed_makes_the_same_data():
    first, again = (tables.simulate_transactions(200, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first.transactions, again.transactions)
    other = tables.simulate_transactions(200, seed=4)
    assert not first.transactions.equals(other.transactions)


def test_expected_purchases_are_those_of_the_model():
    # Fader, Hardie and Lee (2005), eq. 9: E[X(t)] for r=1, alpha=5, a=1.2, b=3 and t=100 weeks,
    # by numerical integration over the two mixing distributions.
    r, alpha, a, b = 1.0, 5.0, 1.2, 3.0
    random = np.random.default_rng(0)
    rate, leave = random.gamma(r, 1 / alpha, 400_000), random.beta(a, b, 400_000)
    expected = ((1 - np.exp(-rate * leave * 100)) / leave).mean()
    start = dt.date(2020, 1, 1)
    made = tables.simulate_transactions(
        40_000,
        seed=1,
        start=start,
        end=start + dt.timedelta(days=699),
        joining_days=1,
        purchase=(r, alpha),
        dropout=(a, b),
    )
    repeats = len(made.transactions) / 40_000 - 1
    assert repeats == pytest.approx(expected, rel=0.03)


def test_spend_is_gamma_gamma():
    p, q, v = 6.0, 4.0, 15.0
    made = tables.simulate_transactions(30_000, seed=5, spend=(p, q, v))
    firsts = made.transactions.drop_duplicates("customer_id")["amount"]
    # mean p v / (q - 1), Fader and Hardie (2013)
    assert firsts.mean() == pytest.approx(p * v / (q - 1), rel=0.02)
    assert made.truth["mean_spend"].mean() == pytest.approx(p * v / (q - 1), rel=0.02)


def test_contracts_end_at_their_hazard():
    made = tables.simulate_contracts(40_000, seed=2, joining_days=300)
    contracts = made.contracts.merge(made.truth, on="customer_id")
    last = pd.Timestamp(dt.date(2021, 12, 31))
    exposed = (contracts["end_date"].fillna(last) - contracts["start_date"]).dt.days + 0.5
    for plan, hazard in {"basic": 0.08, "plus": 0.04}.items():
        of_plan = contracts["plan"] == plan
        months = exposed[of_plan].sum() / (365.25 / 12)
        found = contracts.loc[of_plan, "end_date"].notna().sum() / months
        assert found == pytest.approx(hazard, rel=0.03)
    assert contracts.loc[contracts["end_date"].isna(), "reason"].isna().all()


@settings(max_examples=15, deadline=None)
@given(n=st.integers(1, 300), seed=st.integers(0, 2**32), joining=st.integers(1, 700))
def test_every_customer_orders_first_when_the_truth_says(n, seed, joining):
    made = tables.simulate_transactions(n, seed=seed, joining_days=joining)
    firsts = made.transactions.groupby("customer_id")["order_date"].min()
    assert firsts.to_list() == made.truth.set_index("customer_id")["first_order"].to_list()
    assert (made.transactions["amount"] >= 0.01).all()
    assert made.transactions["order_date"].max() <= pd.Timestamp(dt.date(2021, 12, 31))
    assert made.transactions["order_date"].is_monotonic_increasing


def test_simulated_orders_are_a_source_without_a_bad_row():
    made = tables.simulate_transactions(500, seed=9)
    source = tables.from_frame(made.transactions)
    assert source.quality.rows_set_aside == 0
    assert source.quality.customers == 500
    [total] = source.engine.run("SELECT sum(amount_minor)::BIGINT AS t FROM transactions")["t"]
    assert total.as_py() == round(made.transactions["amount"].sum() * 100)


def test_nonsense_is_refused():
    with pytest.raises(DataError, match="at least 1"):
        tables.simulate_transactions(0, seed=1)
    with pytest.raises(DataError, match="`joining_days` must lie between 1 and the 731 days"):
        tables.simulate_contracts(5, seed=1, joining_days=1000)
    with pytest.raises(DataError, match="Every hazard must be > 0"):
        tables.simulate_contracts(5, seed=1, monthly_hazards={"a": 0.0})
