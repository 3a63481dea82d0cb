"""Who was a customer when, and how many were lost: toys by hand, published values, invariants."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import churn, tables
from analysis import settings as settings_file
from analysis.churn.rates import rate_change
from analysis.churn.spells import ContractEnd
from analysis.errors import DataError, PeriodError
from analysis.periods import Period
from analysis.reports.plan import input_facts, make_plan

TOY = pd.DataFrame(
    [
        ("ann", "2024-01-01", 10.0),
        ("ann", "2024-01-11", 10.0),  # ten days later, with a window of ten: still the same spell
        ("ann", "2024-02-10", 10.0),  # thirty days later: lost on 21 January, back on 10 February
        ("bob", "2024-02-20", 10.0),
        ("bob", "2024-02-25", -10.0),  # a refund is no order
        ("eve", "2024-03-09", 10.0),
    ],
    columns=["customer_id", "order_date", "amount"],
).assign(order_date=lambda frame: pd.to_datetime(frame["order_date"]))
CONTRACTS = """customer_id,start_date,end_date,reason
ann,2024-01-01,2024-01-31,price
ann,2024-02-01,2024-02-29,moved
bob,2024-01-10,2024-03-31,price
bob,2024-02-01,,
eve,2024-01-05,2024-01-20,price
eve,2024-02-15,2024-06-30,
kim,2024-05-01,,
lou,2024-01-07,2024-01-07,
"""


def days(text):
    return list(pd.to_datetime(pd.Series(text)))


@pytest.fixture(scope="module")
def contracts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contracts")
    (folder / "contracts.csv").write_text(CONTRACTS, "utf-8")
    TOY.to_csv(folder / "orders.csv", index=False)
    (folder / "analysis.toml").write_text(
        '[transactions]\npath = "orders.csv"\n[contracts]\npath = "contracts.csv"\n'
        'reason = "reason"\n',
        "utf-8",
    )
    return tables.open_source(settings_file.load(folder / "analysis.toml"))


def test_newcombe_interval_of_a_difference():
    # Newcombe (1998), Statistics in Medicine 17, 873-890, Table II, (a), method 10.
    now = pd.Series({"lost": 56, "active": 70})
    before = pd.Series({"lost": 48, "active": 80})
    assert rate_change(now, before) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_order_spells_of_a_toy_worked_by_hand():
    spells = churn.find_spells(TOY, "2024-03-10", 10)
    assert list(spells["customer_id"]) == ["ann", "ann", "bob", "eve"]
    assert list(spells["spell"]) == [1, 2, 1, 1]
    assert list(spells["spell_start"]) == days(
        ["2024-01-01", "2024-02-10", "2024-02-20", "2024-03-09"]
    )
    ends = spells["spell_end"]
    assert list(ends[:3]) == days(["2024-01-21", "2024-02-20", "2024-03-01"])
    assert pd.isna(ends[3])
    assert list(spells["next_start"].notna()) == [True, False, False, False]
    assert list(spells["start_known"]) == [False, True, True, True]


def test_a_loss_is_not_known_before_the_silence_reaches_the_window():
    assert churn.find_spells(TOY, "2024-01-20", 10)["spell_end"].isna().all()
    assert churn.find_spells(TOY, "2024-01-21", 10)["spell_end"].notna().all()


def test_contract_spells_of_a_toy_worked_by_hand(contracts):
    rule = churn.churn_rule(contracts, "2024-03-10", settings_file.ChurnSettings())
    assert isinstance(rule, ContractEnd)
    spells = churn.find_spells(contracts, "2024-03-10", rule).set_index(["customer_id", "spell"])
    assert list(spells.index) == [("ann", 1), ("bob", 1), ("eve", 1), ("eve", 2), ("lou", 1)]
    ann, bob, eve, lou = (spells.loc[(name, 1)] for name in ("ann", "bob", "eve", "lou"))
    assert ann["spell_end"] == pd.Timestamp("2024-02-29")  # renewed on the day after
    assert ann["reason"] == "moved"
    assert pd.isna(bob["spell_end"])  # one of two contracts runs on
    assert eve["next_start"] == pd.Timestamp("2024-02-15")
    assert pd.isna(spells.loc[("eve", 2), "spell_end"])  # an end to come is no end yet
    assert (lou["spell_end"] - lou["origin"]).days == 1  # a contract of one day lasts a day
    assert list(rule.table.itertuples(index=False, name=None)) == [("moved", 1), ("not stated", 1)]
    assert (rule.customers, rule.running) == (4, 2)


def test_contract_rates_of_a_toy_worked_by_hand(contracts):
    rule = churn.churn_rule(contracts, "2024-03-31", settings_file.ChurnSettings())
    rates = churn.churn_rates(contracts, Period.parse("2024-03"), rule).set_index("period")
    february = rates.loc["2024-02"]
    assert (february["active"], february["lost"], february["came_back"]) == (2, 1, 1)
    assert (rates.loc["2024-03", "active"], rates.loc["2024-03", "lost"]) == (2, 0)
    assert rates["complete"].all()


def test_rates_of_a_toy_worked_by_hand():
    rates = churn.churn_rates(TOY, Period.parse("2024-03"), 10).set_index("period")
    assert list(rates.index) == ["2024-01", "2024-02", "2024-03"]
    january, february, march = (rates.loc[key] for key in rates.index)
    assert (january["active"], january["new"], january["lost_at_once"]) == (0, 1, 1)
    assert np.isnan(january["rate"])
    assert (february["new"], february["came_back"], february["lost_at_once"]) == (1, 1, 1)
    assert (march["active"], march["lost"], march["rate"]) == (1, 1, 1.0)
    assert list(rates["complete"]) == [False, True, True]


def test_a_loss_with_a_return_is_counted_and_not_hidden():
    frame = pd.concat(
        [TOY, pd.DataFrame([("bob", pd.Timestamp("2024-03-20"), 1.0)], columns=TOY.columns)]
    )
    march = churn.churn_rates(frame, Period.parse("2024-03"), 10, periods=1).iloc[0]
    assert (march["lost"], march["returned_since"]) == (1, 1)


def test_rates_of_the_sample(sample):
    rule = churn.inactivity_window(sample, "2017-12-31")
    rates = churn.churn_rates(sample, Period.parse("2017-12"), rule)
    last = rates.iloc[-1]
    assert (last["active"], last["lost"], last["returned_since"]) == (2363, 31, 8)
    assert rates["complete"].sum() == 7  # from June on, 121 days after the beginning
    some = rates.loc[rates["active"] > 0]
    assert (some["low"] <= some["rate"] + 1e-12).all()
    sensitive = churn.window_sensitivity(sample, Period.parse("2017-12"), rule)
    assert list(sensitive["window_days"]) == [60, 121, 182, 242]
    assert sensitive["rate"].is_monotonic_decreasing


@settings(max_examples=8, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 180)), min_size=1, max_size=40),
    window=st.integers(1, 60),
)
def test_the_balance_of_customers_adds_up(rows, window):
    frame = pd.DataFrame(rows, columns=["customer_id", "day"]).assign(
        customer_id=lambda f: f["customer_id"].astype("str"),
        order_date=lambda f: pd.Timestamp("2024-01-01") + pd.to_timedelta(f["day"], unit="D"),
        amount=1.0,
    )
    source = tables.from_frame(frame)
    last = Period.containing("month", source.last_date)
    rates = churn.churn_rates(source, last, window)
    sums = rates["active"] - rates["lost"] + rates["new"] + rates["came_back"]
    assert list(rates["active_at_end"]) == list(sums - rates["lost_at_once"])
    assert list(rates["active"][1:]) == list(rates["active_at_end"][:-1])
    spells = churn.find_spells(source, last.end, window)
    assert (spells["spell_end"].dropna() - spells["spell_start"]).dropna().dt.days.ge(window).all()


def test_errors_by_message(contracts):
    with pytest.raises(DataError, match="The data end on 2024-03-09, before May 2024 begins"):
        churn.churn_rates(TOY, Period.parse("2024-05"), 10)
    with pytest.raises(DataError, match="No order on or before 2023-12-31: the data begin on"):
        churn.find_spells(TOY, "2023-12-31", 10)
    with pytest.raises(DataError, match="the source has no contracts"):
        churn.find_spells(TOY, "2024-03-10", ContractEnd(0, 0, pd.DataFrame()))


def test_a_period_after_the_last_bill_is_one_of_the_contracts(tmp_path):
    """Bills of July, contracts until September: an end without a reason may still lie ahead."""
    (tmp_path / "bills.csv").write_text("customer_id,order_date,amount\nann,2018-07-01,5\n")
    rows = ["ann,2018-01-01,2018-09-20,moved", "bob,2018-08-03,,", "eve,2018-01-01,2099-12-31,"]
    text = "\n".join(["customer_id,start_date,end_date,reason", *rows])
    (tmp_path / "contracts.csv").write_text(text)
    file = tmp_path / "analysis.toml"
    file.write_text(
        '[transactions]\npath = "bills.csv"\n[contracts]\npath = "contracts.csv"\n'
        'reason = "reason"\n'
    )
    config = settings_file.load(file)
    facts = input_facts(config, file)
    assert (facts.last_date, facts.contracts_until) == (dt.date(2018, 7, 1), dt.date(2018, 9, 20))
    chosen = make_plan(config, file, ["churn"], period="2018-09", facts=facts)
    assert chosen.period.key == "2018-09"
    with pytest.raises(PeriodError, match="lies after them"):
        make_plan(config, file, ["churn"], period="2018-10", facts=facts)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 180)), min_size=1, max_size=40),
    window=st.integers(1, 60),
)
def test_one_count_around_the_start_tells_the_rate_under_any_window(rows, window):
    frame = pd.DataFrame(rows, columns=["customer_id", "day"]).assign(
        customer_id=lambda f: f["customer_id"].astype("str"),
        order_date=lambda f: pd.Timestamp("2024-01-01") + pd.to_timedelta(f["day"], unit="D"),
        amount=1.0,
    )
    source = tables.from_frame(frame)
    last = Period.containing("month", source.last_date)
    for one in churn.window_sensitivity(source, last, window).to_dict("records"):
        spells = churn.churn_rates(source, last, one["window_days"], periods=1).iloc[0]
        for name in ("active", "lost", "rate", "low", "high", "complete"):
            assert one[name] == spells[name] or (pd.isna(one[name]) and pd.isna(spells[name]))
