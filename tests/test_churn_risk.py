"""Risk scores and their check: truth recovered, naive second counts, toys by hand."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from churn_simulation import DAILY_HAZARD, END, contract_customers

from analysis import churn, settings, tables
from analysis.churn.backtesting import _at_top, _calibration
from analysis.churn.billing import bills_by_calendar
from analysis.churn.covariates import learn_design
from analysis.errors import DataError, TooFewError
from analysis.simulation.business import simulate_business

RULE = churn.ContractEnd(0, 0, pd.DataFrame())


@pytest.fixture(scope="module")
def contracts(tmp_path_factory):
    return contract_customers(tmp_path_factory.mktemp("contracts"), customers=4000, seed=3)


@pytest.fixture(scope="module")
def scores(contracts):
    return churn.risk_scores(contracts, END, RULE, landmark_days=365, attributes=["plan"])


@pytest.fixture(scope="module")
def sample_rule(sample):
    return churn.inactivity_window(sample, "2017-12-31")


@pytest.fixture(scope="module")
def check(sample, sample_rule):
    return churn.backtest(sample, "2017-12-31", sample_rule)


def test_the_hazard_ratio_is_recovered(scores):
    rows = scores.model.table.set_index("covariate")
    name, true = "plan: monthly", DAILY_HAZARD["monthly"] / DAILY_HAZARD["yearly"]
    if name not in rows.index:
        name, true = "plan: yearly", 1 / true
    assert rows.loc[name, "low"] < true < rows.loc[name, "high"]
    others = rows.drop(index=name)
    assert ((others["low"] < 1) & (others["high"] > 1)).all()
    assert (scores.model.proportionality["p"] > 0.01).all()


def test_the_risk_is_recovered_with_its_interval(scores):
    assert scores.horizon_days == 90
    table = scores.table.to_frame()
    for plan, hazard in DAILY_HAZARD.items():
        true = 1 - np.exp(-90 * hazard)
        rows = table.loc[table["plan"] == plan]
        assert rows["risk"].mean() == pytest.approx(true, abs=0.06)  # two standard errors
        assert ((rows["low"] < true) & (true < rows["high"])).mean() > 0.8
    assert table["customer_id"].is_monotonic_increasing
    assert table["customer_id"].is_unique
    assert scores.expected == table["risk"].sum()
    assert list(table["value_at_risk"]) == list(table["risk"] * table["yearly_value"])
    # three bills of 10 each: the root of 3 x 10^2 over 30 is the relative error of the total
    few = table.loc[table["yearly_value"] > 0]
    relative = few["yearly_value_error"] / few["yearly_value"]
    assert relative.to_numpy() == pytest.approx(1 / np.sqrt(3))
    assert ((table["low"] <= table["risk"]) & (table["risk"] <= table["high"])).all()


def test_the_reason_is_what_raises_the_risk(scores):
    table = scores.table.to_frame()
    monthly = table["plan"] == "monthly"
    assert (table.loc[monthly, ["reason", "second_reason"]] == "plan").any(axis=1).all()
    assert not (table.loc[~monthly, ["reason", "second_reason"]] == "plan").any(axis=None)
    assert set(table["reason"]) <= {"", "plan", *scores.model.table["covariate"]}


def test_the_hazard_of_those_who_complained_is_recovered():
    made = simulate_business(10_000, seed=1)
    others = {name: made.tables[name] for name in ("contracts", "customers", "tickets")}
    source = tables.from_frame(made.tables["transactions"], others=others)
    found = churn.risk_scores(
        source, "2021-12-31", RULE, landmark_days=300, horizon_days=60, attributes=["plan"]
    )
    rows = found.model.table.set_index("covariate")
    truth = made.truth
    assert 1 < rows.loc["recent_complaints", "low"] < truth.complaint_hazard_ratio
    assert rows.loc["recent_complaints", "high"] > truth.complaint_hazard_ratio
    ratio = truth.monthly_hazard["basic"] / truth.monthly_hazard["plus"]
    assert rows.loc["plan: basic", "low"] < ratio < rows.loc["plan: basic", "high"]


def test_scores_of_the_sample(sample, sample_rule):
    scores = churn.risk_scores(sample, "2017-12-31", sample_rule)
    model = scores.model.table.set_index("covariate")
    assert (scores.model.customers, scores.model.events) == (2341, 191)
    assert len(scores.model.bands) == 5
    assert len(scores.table) == 2367
    assert (model.loc[["orders_per_month", "pace_trend", "known_days"], "high"] < 1).all()
    assert scores.expected == pytest.approx(134.7, abs=0.5)


def test_earlier_scores_of_the_sample_were_about_right(check):
    assert check.landmark == pd.Timestamp("2017-09-01")
    assert (check.customers, check.lost) == (2362, 143)
    assert check.expected == pytest.approx(check.lost, rel=0.25)
    rows = check.accuracy.set_index(["outcome", "score"])["concordance"]
    assert rows["lost", "model"] > 0.9
    assert rows["silent", "model"] > rows["silent", "naive"]
    assert (check.accuracy["low"] <= check.accuracy["concordance"]).all()


def test_the_accuracy_of_the_simple_rule_counted_naively(sample, sample_rule, check):
    table = churn.churn_table(sample, "2017-12-31", sample_rule, landmark=check.landmark)
    rows = table.loc[table["at_landmark"]]
    silence, lost = rows["days_since_last_order"].to_numpy(), rows["event"].to_numpy()
    pairs = silence[lost][:, None] - silence[~lost][None, :]
    naive = ((pairs > 0) + 0.5 * (pairs == 0)).mean()
    found = check.accuracy.set_index(["outcome", "score"])["concordance"]["lost", "naive"]
    assert found == pytest.approx(naive, abs=1e-12)


def test_earlier_scores_do_not_know_the_outcome(contracts):
    """Contracts that end after the landmark may end otherwise: the earlier scores stay."""
    learned = END - pd.Timedelta(days=180)
    landmark = END - pd.Timedelta(days=90)
    table = churn.churn_table(contracts, landmark, RULE, landmark=learned)
    assert (learned + pd.to_timedelta(table["duration"] - table["entry"], "D"))[
        table["at_landmark"]
    ].max() <= landmark


def test_the_top_of_the_list_worked_by_hand():
    lost = pd.Series([True, True, False, True, False, False, False, False, False, False])
    risk = pd.Series([0.9, 0.8, 0.7, 0.1, 0.2, 0.3, 0.4, 0.5, 0.05, 0.6])
    naive = pd.Series(
        [5, 1, 5, 5, 5, 1, 1, 1, 1, 1]
    )  # four share the first place, two of them lost
    top = _at_top(lost, risk, naive, [0.2, 0.3], 0.95).set_index("share")
    assert list(top["customers"]) == [2, 3]
    assert list(top["lost"]) == [2, 2]
    assert list(top["precision"]) == [1.0, 2 / 3]
    assert list(top["recall"]) == [2 / 3, 2 / 3]
    assert list(top["naive_precision"]) == [0.5, 0.5]
    assert top.loc[0.3, "low"] == pytest.approx(0.2077, abs=1e-4)  # Wilson, 2 of 3


def test_calibration_counts_everybody_once(check):
    table = check.calibration
    assert table["customers"].sum() == check.customers
    assert table["lost"].sum() == check.lost
    assert (table["customers"] * table["predicted"]).sum() == pytest.approx(check.expected)
    assert table["predicted"].is_monotonic_increasing
    even = _calibration(pd.Series([False, True] * 10), pd.Series(np.linspace(0, 1, 20)), 0.95)
    assert list(even["customers"]) == [2] * 10
    assert list(even["observed"]) == [0.5] * 10


def test_rare_levels_are_put_together():
    customers = pd.DataFrame(
        {
            "plan": ["a"] * 40 + ["b"] * 35 + ["c"] * 3 + [None] * 2,
            "orders_per_month": 1.0,
            "pace_trend": np.linspace(0.5, 2, 80),
            "spend_per_order": 3.0,
            "known_days": 10,
        }
    )
    event = pd.Series([True] * 60 + [False] * 20)
    design = learn_design(customers, event, known_days_cap=5.0, attributes=["plan"])
    assert design.levels == {"plan": ("a", "b", "other")}
    assert design.columns == ("pace_trend", "plan: b", "plan: other")
    rows = design.rows(customers.assign(plan="never seen"))
    assert (rows["plan: other"] == 1).all()


def test_what_repeats_another_covariate_is_left_out():
    pace = np.linspace(1, 4, 50)
    customers = pd.DataFrame(
        {"orders_per_month": pace, "pace_trend": pace**2, "spend_per_order": 3.0,
         "known_days": np.arange(50)}
    )  # fmt: skip
    design = learn_design(customers, customers["pace_trend"] > 2, known_days_cap=np.inf)
    assert design.columns == ("orders_per_month", "known_days")


def test_bills_by_the_calendar_tell_no_pace(tmp_path, sample, sample_rule):
    """Monthly bills say that a contract runs; dropped, and the risk is that of the plan alone."""
    rng = np.random.default_rng(5)
    ids = [f"c{i:03d}" for i in range(600)]
    start = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 365, 600), "D")
    last = start + pd.to_timedelta(np.ceil(rng.exponential(500, 600)), "D")
    table = pd.DataFrame({"customer_id": ids, "start_date": start, "end_date": last})
    bills = table.loc[table.index.repeat(24)]
    month = np.tile(np.arange(24), 600)
    bills = bills.assign(order_date=bills["start_date"] + pd.to_timedelta(30 * month, "D"))
    bills = bills.loc[bills["order_date"] <= bills["end_date"]].assign(amount=9.0)
    bills[["customer_id", "order_date", "amount"]].to_csv(tmp_path / "bills.csv", index=False)
    table.assign(end_date=last.where(last <= END)).to_csv(tmp_path / "contracts.csv", index=False)
    (tmp_path / "analysis.toml").write_text(
        '[transactions]\npath = "bills.csv"\n[contracts]\npath = "contracts.csv"\n'
    )
    source = tables.open_source(settings.load(tmp_path / "analysis.toml"))
    assert bills_by_calendar(source, END, RULE)
    scores = churn.risk_scores(source, END, RULE)
    assert list(scores.model.table["covariate"]) == ["known_days"]
    true = 1 - np.exp(-90 / 500)
    assert scores.table.to_frame()["risk"].mean() == pytest.approx(true, abs=0.06)
    assert not bills_by_calendar(sample, pd.Timestamp("2017-12-31"), RULE)
    assert not bills_by_calendar(source, END, sample_rule)


def test_errors_by_message(sample, contracts):
    with pytest.raises(DataError, match="`region` is no attribute of the customers"):
        churn.risk_scores(contracts, END, RULE, attributes=["region"])
    window = churn.inactivity_window(sample, "2017-12-31", days=150)
    with pytest.raises(TooFewError, match="needs 150 days of history"):
        churn.backtest(sample, "2017-12-31", window)
    few = churn.churn_table(sample, "2017-07-15", 105, landmark="2017-07-01")
    with pytest.raises(TooFewError, match="at least 30 customers lost since the day"):
        churn.fit_risk(few.head(800), churn.inactivity_window(sample, "2017-07-15", days=105))


def test_where_everybody_was_lost_there_is_nothing_to_check(tmp_path):
    """Half of the contracts end before the scores are made, the other half after: none is left."""
    rng = np.random.default_rng(2)
    ids, days = np.arange(120), rng.integers(0, 60, 120)
    begin = pd.Timestamp("2016-01-01") + pd.to_timedelta(rng.integers(0, 90, 120), "D")
    last = pd.Timestamp("2016-07-15") + pd.to_timedelta(days + np.where(ids < 60, 0, 90), "D")
    contracts = pd.DataFrame({"customer_id": ids, "start_date": begin, "end_date": last})
    contracts.to_csv(tmp_path / "contracts.csv", index=False)
    bills = contracts.loc[contracts.index.repeat(rng.integers(5, 25, 120))]
    spread = rng.random(len(bills)) * (bills["end_date"] - bills["start_date"]).dt.days
    dates = bills["start_date"] + pd.to_timedelta(np.floor(spread), "D")
    bills = bills[["customer_id"]].assign(order_date=dates, amount=rng.integers(1, 90, len(bills)))
    bills.to_csv(tmp_path / "bills.csv", index=False)
    (tmp_path / "analysis.toml").write_text(
        '[transactions]\npath = "bills.csv"\n[contracts]\npath = "contracts.csv"\n'
    )
    source = tables.open_source(settings.load(tmp_path / "analysis.toml"))
    all_recorded = settings.ChurnSettings(departures_since=dt.date(2016, 1, 1))
    rule = churn.churn_rule(source, "2016-12-31", all_recorded)
    with pytest.raises(TooFewError, match="of 60 active on 2 October 2016, 60 were lost"):
        churn.backtest(source, "2016-12-31", rule)
