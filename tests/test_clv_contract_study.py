"""What a contract is worth, from the tables of a business with contracts to the sentence."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from table_files import PLAIN, put

from analysis import churn, clv, tables
from analysis.clv import sentences_contracts
from analysis.errors import TooFewError
from analysis.limits import if_enough

END = dt.date(2021, 12, 31)
MONTH = 365.25 / 12
HAZARD, FEE, MARGIN = 0.06, 40.0, 0.25
TERMS = f"{PLAIN}[value]\nmargin = {MARGIN}\n[contracts]\npath = 'contracts.csv'\n"
KEPT = "[churn]\ndepartures_since = 2020-07-01\n"


def open_contracts(folder, toml=TERMS, kept_from=None, customers=3000):
    """Return settings and source of contracts that end at `HAZARD`, each paid at its beginning."""
    made = tables.simulate_contracts(customers, seed=4, monthly_hazards={"plan": HAZARD}).contracts
    if kept_from is not None:
        made = made[made["end_date"].isna() | (made["end_date"] >= kept_from)]
    days = (made["end_date"].fillna(pd.Timestamp(END)) - made["start_date"]).dt.days + 1
    orders = made[["customer_id"]].assign(
        order_date=made["start_date"], amount=(FEE * days / MONTH).round(2)
    )
    files = {"orders.csv": orders.to_csv(index=False), "contracts.csv": made.to_csv(index=False)}
    settings = put(folder, files, toml)
    return settings, tables.open_source(settings)


def study(settings, source, as_of=END, **terms):
    times = churn.contract_times(source, as_of, settings.churn)
    return if_enough(clv.study_contracts, times, settings, **terms)


def worth(months):
    """Return the integral of the fee's margin while a contract with the hazard runs."""
    loss = HAZARD + np.log(1.10) / 12
    return FEE * MARGIN * -np.expm1(-months * loss) / loss


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    return open_contracts(tmp_path_factory.mktemp("contracts"))


def test_times_worked_by_hand(tmp_path):
    """Of ann and bob alike; cid came back, dan left before orders began, and eve never ordered.

    By 30 June 2021, orders since 1 January; fay sent something back and never ordered.
    """
    contracts = (
        "customer_id,start_date,end_date,reason\nann,2021-02-01,2021-04-30,price\n"
        "bob,2021-02-01,2021-04-30,moved\ncid,2021-01-01,2021-01-31,price\ncid,2021-04-01,,\n"
        "dan,2020-11-01,2020-11-30,price\neve,2020-12-01,,\nfay,2021-06-30,,\n"
    )
    orders = (
        "customer_id,order_date,amount\nann,2021-02-01,8.00\nann,2021-05-02,-1.50\n"
        "bob,2021-02-01,2.00\ncid,2021-01-01,4.00\ncid,2021-07-01,9.00\ngus,2021-01-02,7.00\n"
        "fay,2021-06-30,-3.00\n"
    )
    settings = put(tmp_path, {"orders.csv": orders, "contracts.csv": contracts}, TERMS)
    source = tables.open_source(settings)
    rows = churn.contract_times(source, dt.date(2021, 6, 30), settings.churn)
    days = (rows[["entry", "time", "seen"]] * MONTH).round().astype(int)
    found = days.join(rows[["ended", "contracts", "sales"]])
    assert list(found.itertuples(index=False, name=None)) == [
        (0, 30, 0, True, 1, 0.0),
        (0, 212, 181, False, 1, 0.0),
        (0, 31, 31, True, 1, 4.0),
        (0, 89, 89, True, 2, 8.5),
        (0, 1, 1, False, 1, 0.0),
    ]


def test_times_are_those_of_the_table(everything):
    settings, source = everything
    times = churn.contract_times(source, END, settings.churn)
    raw = pd.read_csv(settings.root / "contracts.csv", index_col=0, parse_dates=[1, 2])
    last = raw["end_date"].fillna(pd.Timestamp(END))
    days = ((last - raw["start_date"]).dt.days + 1).value_counts().sort_index()
    counted = times["contracts"].groupby((times["time"] * MONTH).round()).sum()
    assert counted.to_dict() == days.to_dict()
    assert times.loc[times["ended"], "contracts"].sum() == raw["end_date"].notna().sum()
    assert (times["entry"] == 0).all()
    assert times["seen"].tolist() == pytest.approx(times["time"].tolist())


def test_times_of_contracts_whose_ends_are_kept_from_a_day_on(everything):
    """Who ended before that day is left out; of the others the time before it is not at risk."""
    settings, source = everything
    since = settings.churn.model_copy(update={"departures_since": dt.date(2021, 7, 1)})
    times = churn.contract_times(source, END, since)
    one_by_one = churn.find_spells(source, END, churn.churn_rule(source, END, since))
    ended_before = one_by_one["spell_end"] < pd.Timestamp(2021, 7, 1)
    assert 0 < times["contracts"].sum() == (~ended_before).sum() < len(one_by_one)
    # risk begins with 1 July for who was there then: half a year, 184 days, before the end
    here = times.loc[~times["ended"]]
    at_risk = ((here["time"] - here["entry"]) * MONTH).round()
    assert at_risk.to_list() == (here["time"] * MONTH).round().clip(upper=184).to_list()


@pytest.mark.parametrize(
    "kept", [False, True], ids=["all kept", "who left in the first half year is gone"]
)
def test_a_constant_hazard_is_recovered(everything, tmp_path, kept):
    """The value of a new contract and of one that has lasted are the same, and the integral."""
    gone = {"toml": TERMS + KEPT, "kept_from": "2020-07-01"}
    settings, source = open_contracts(tmp_path, **gone) if kept else everything
    found = study(settings, source)
    assert found.months == 12
    assert found.margin_per_month == pytest.approx(FEE * MARGIN, rel=0.01)
    assert found.table["tenure"].tolist() == [0.0, 6.0]
    truth = worth(12)
    for _, row in found.table.iterrows():
        spread = (row["high"] - row["low"]) / 2 / 1.645
        assert row["value"] == pytest.approx(truth, abs=3 * spread)
        assert row["low"] < row["value"] < row["high"] < 1.06 * row["value"]


def test_a_shorter_horizon_is_worth_less(everything):
    year, quarter = study(*everything), study(*everything, horizon_weeks=13)
    assert quarter.months == 3
    ratio = quarter.table["value"].iloc[0] / year.table["value"].iloc[0]
    assert ratio == pytest.approx(worth(3) / worth(12), rel=0.05)
    assert quarter.table["tenure"].tolist() == [0.0, 6.0, 12.0]


def test_the_sentence_and_the_table_say_the_same(everything):
    found = study(*everything)
    finding, shown = sentences_contracts.worth(found), sentences_contracts.table(found)
    assert finding.value == found.table["value"].iloc[0]
    assert finding.value_text in finding.headline
    assert finding.interval in finding.headline
    assert finding.main
    assert "One that has lasted 6 months is worth" in finding.headline
    assert finding.value_text in shown.data["text/html"]


def test_without_contracts_nothing_is_said(tmp_path):
    orders = "customer_id,order_date,amount\na,2021-01-01,5.00\na,2021-02-01,6.00\n"
    settings = put(tmp_path, {"orders.csv": orders}, PLAIN)
    found = study(settings, tables.open_source(settings))
    assert found is None
    assert sentences_contracts.worth(found) is None
    assert sentences_contracts.table(found) is None


def test_contracts_not_followed_for_long_are_too_few(everything):
    reason = study(*everything, as_of=dt.date(2020, 6, 30))
    assert isinstance(reason, TooFewError)
    assert "over 12 months needs 30 contracts followed for as long; they are for 6 months." in str(
        reason
    )
    assert sentences_contracts.worth(reason).refused
    assert sentences_contracts.table(reason) is None
