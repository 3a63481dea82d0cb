"""Any number of customers: the answers do not depend on how many are in memory at a time."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from answers import watched
from churn_simulation import END as CONTRACTS_END
from churn_simulation import contract_customers
from pandas.testing import assert_frame_equal

from analysis import churn, survival, tables
from analysis.churn import lists
from analysis.churn import sentences_risk as risks
from analysis.churn.followed import count_followed
from analysis.churn.named import OTHERS, SIMPLE, WARNED, outcomes
from analysis.churn.paces import paces_on
from analysis.churn.segments import as_given, by_pace
from analysis.churn.spells import count_spells
from analysis.customer_table import CustomerTable
from analysis.periods import Period
from analysis.simulation.business import simulate_business

DECEMBER = Period.parse("2017-12")
END = DECEMBER.end
CONTRACTS = churn.ContractEnd(0, 0, pd.DataFrame())
TERMS = {"success_rate": 0.1, "contact_cost": 0.05}
TOY = {
    "ann": ["2024-01-01", "2024-01-08", "2024-02-20"],  # silent from the 8th, lost, and back
    "bob": ["2024-01-05", "2024-01-20", "2024-02-03", "2024-02-22"],
    "eve": ["2024-01-03"],
    "kim": ["2024-02-25"],
}


def rows_of(days):
    rows = [(who, day, 5.0) for who, each in days.items() for day in each]
    return pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])


@pytest.fixture(scope="module")
def rule(sample):
    return churn.inactivity_window(sample, END)


@pytest.fixture(scope="module")
def few(sample):
    """Return the sample with 400 of its 2,469 households at a time."""
    return watched(sample, 400)


@pytest.fixture(scope="module")
def contracts(tmp_path_factory):
    return contract_customers(tmp_path_factory.mktemp("parts"), customers=4000, seed=3)


def test_counts_for_a_curve_worked_by_hand():
    """The landmark is 1 February, a silence of 20 days a loss, and 29 February the last day."""
    source, end = tables.from_frame(rows_of(TOY)), pd.Timestamp("2024-02-29")
    given = as_given(pd.Series({"bob": "loyal", "kim": "new"}))
    counts = count_followed(source, end, 20, pd.Timestamp("2024-02-01"), given)
    found = counts.assign(segment=given.named(counts["segment"])).drop(columns="reason")
    # ann and eve were lost on 28 and 23 January; ann came back after the landmark, aged 9 days at
    # the end, and kim 4; bob was there, 27 days old, and 55 days at the end
    expected = {
        (True, False, 27, 55, False, False, "loyal"): 1,
        (False, True, 0, 9, False, False, None): 1,
        (False, True, 0, 4, False, False, None): 1,
    }
    keys = ["at_landmark", "start_known", "entry", "duration", "event", "returned", "segment"]
    told = found[keys].astype({"segment": object}).where(found[keys].notna(), None)
    rows = zip(told.itertuples(index=False, name=None), found["customers"], strict=True)
    assert dict(rows) == expected


def test_counts_of_spells_worked_by_hand():
    source, end = tables.from_frame(rows_of(TOY)), pd.Timestamp("2024-02-29")
    counts = count_spells(source, end, 20, pd.Timestamp("2024-01-25"))
    rows = counts[["start_day", "end_day", "is_again", "is_back", "spells"]].fillna(1)
    # eve was lost on the 23rd, before the first day; ann and bob began before it
    assert sorted(rows.itertuples(index=False, name=None)) == [
        (-36, -32, 0, 1, 1),
        (-36, 1, 0, 0, 1),
        (-9, 1, 1, 0, 1),
        (-4, 1, 0, 0, 1),
    ]


def test_curves_from_counts_are_those_from_customers(sample, rule):
    landmark = pd.Timestamp("2017-07-01")
    table = churn.churn_table(sample, END, rule, landmark=landmark)
    one_by_one = churn.survival_by_segment(table, scale="landmark")
    curves = churn.segment_curves(sample, END, rule)
    assert_frame_equal(curves.table, one_by_one.table)
    assert_frame_equal(curves.numbers_at_risk, one_by_one.numbers_at_risk)
    here = table.loc[table["at_landmark"]]
    fit = survival.kaplan_meier(here["duration"] - here["entry"], here["event"])
    rows = fit.table.loc[fit.table["time"] <= curves.horizon]
    np.testing.assert_allclose(curves.table["survival"], rows["survival"], rtol=1e-12)
    np.testing.assert_allclose(curves.table["low"], rows["low"], rtol=1e-9)


def test_a_weighted_log_rank_test_is_that_of_the_single_rows():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {"entry": rng.integers(0, 5, 400), "event": rng.random(400) < 0.6, "group": [0, 1] * 200}
    )
    rows["time"] = rows["entry"] + rng.integers(1, 12, 400)
    single = survival.log_rank(rows["time"], rows["event"], rows["group"], entry=rows["entry"])
    counts = rows.value_counts(["entry", "event", "group", "time"]).reset_index()
    test = survival.log_rank(
        counts["time"], counts["event"], counts["group"], entry=counts["entry"],
        weights=counts["count"],
    )  # fmt: skip
    assert test.statistic == pytest.approx(single.statistic, rel=1e-12)
    assert list(test.table["n"]) == list(single.table["n"])


def test_a_group_of_pace_in_the_engine_is_that_of_the_customer(sample):
    day = pd.Timestamp(END)
    by_row = churn.customer_segments(sample, END, "pace")
    active = churn.active_customers(sample, END, 121).set_index("customer_id")["pace"]
    assert (by_row.reindex(active.index).astype("str") == active.astype("str")).all()
    assert list(by_pace(sample, day).names.values()) == list(active.cat.categories)
    assert len(paces_on(sample, day).limits) == 3


def test_lists_and_records_do_not_depend_on_how_many_are_in_memory(sample, few, rule):
    whole, parts = (churn.early_warnings(one, END, rule) for one in (sample, few))
    assert_frame_equal(whole.table.to_frame(), parts.table.to_frame())
    assert (whole.active, whole.judged, whole.pace_change) == (
        parts.active, parts.judged, parts.pace_change,
    )  # fmt: skip
    gone = [churn.win_back(one, END, rule).to_frame() for one in (sample, few)]
    assert_frame_equal(*gone)
    record = [churn.last_warnings(one, DECEMBER, rule, None).record for one in (sample, few)]
    assert_frame_equal(*record)


def test_scores_by_one_model_are_the_same_part_by_part(sample, rule, monkeypatch):
    """The sample is drawn only to learn from: given the same model, every score is the same."""
    whole = churn.risk_scores(sample, END, rule)
    monkeypatch.setattr("analysis.churn.risk.fit_risk", lambda *_, **__: whole.model)
    few = watched(sample, 900)
    parts = churn.risk_scores(few, END, rule)
    assert [len(frame) for frame in parts.table.frames()] != [len(whole.table)]
    assert_frame_equal(whole.table.to_frame(), parts.table.to_frame(), check_categorical=False)
    acting, by_part = (churn.gain_from_scores(one, **TERMS) for one in (whole, parts))
    assert by_part.gain == pytest.approx(acting.gain, rel=1e-12)
    assert (by_part.low, by_part.value_high) == pytest.approx((acting.low, acting.value_high))
    exported = [
        lists.with_control(lists.score_rows(*both), DECEMBER, 0.1).to_frame()
        for both in ((whole, acting), (parts, by_part))
    ]
    assert_frame_equal(*exported)
    ahead, from_parts = (churn.forecast_losses(sample, DECEMBER, rule, s) for s in (whole, parts))
    assert (from_parts[0].value, from_parts[0].low) == pytest.approx((ahead[0].value, ahead[0].low))


def test_a_model_of_a_sample_is_close_and_says_so(sample, rule):
    whole = churn.risk_scores(sample, END, rule)
    drawn = churn.risk_scores(watched(sample, 1500), END, rule)
    assert len(drawn.table) == len(whole.table)
    assert 1300 < drawn.model.customers < 1700
    assert drawn.expected == pytest.approx(whole.expected, rel=0.25)
    together = np.corrcoef(drawn.table.to_frame()["risk"], whole.table.to_frame()["risk"])[0, 1]
    assert together > 0.95
    told = risks.causes(drawn, rule).headline
    assert told.endswith(
        "The model learned from about 1,500 customers drawn at random out of 2,469; every active"
        " customer is scored."
    )
    assert "drawn at random" not in risks.causes(whole, rule).headline
    check = churn.backtest(watched(sample, 1500), END, rule)
    assert 1300 < check.customers < 1700
    told = risks.accuracy(check, rule).headline
    assert told.endswith("Checked on about 1,500 customers drawn at random out of 2,469.")


def test_contracts_are_the_same_part_by_part(contracts):
    few = watched(contracts, 700)
    day, november = CONTRACTS_END, dt.date(2016, 11, 30)
    scores = [churn.risk_scores(contracts, day, CONTRACTS, landmark_days=365)] * 2
    found = [churn.early_warnings(one, day, CONTRACTS) for one in (contracts, few)]
    calls = [
        churn.call_list(*both, CONTRACTS, **TERMS).table.to_frame()
        for both in zip(found, scores, strict=True)
    ]
    assert_frame_equal(*calls)
    records = [
        churn.risk_record(one, day, CONTRACTS, warned_on=november, named=calls[0]["customer_id"])
        for one in (contracts, few)
    ]
    assert_frame_equal(*records)
    gone = [churn.win_back(one, day, CONTRACTS).to_frame() for one in (contracts, few)]
    assert_frame_equal(*gone)


def test_complaints_are_the_same_part_by_part():
    made = simulate_business(800, seed=1)
    day = "2020-12-31"
    others = {name: made.tables[name] for name in ("contracts", "customers", "tickets")}
    source = tables.from_frame(made.tables["transactions"], others=others)
    few = watched(source, 200)
    parts = [churn.active_customers(one, day, CONTRACTS)[["customer_id"]] for one in few.parts()]
    scored = [one.assign(risk=one["customer_id"].map(len) / 50) for one in parts]
    tables_of = CustomerTable.of(pd.concat(scored)), CustomerTable.written(scored)
    whole, again = (
        churn.who_complained(one, day, CONTRACTS, churn.RiskScores(table, 90, 1.0, None))
        for one, table in zip((source, few), tables_of, strict=True)
    )
    assert whole.active == again.active
    assert len(whole.table) > 5
    assert_frame_equal(whole.table.to_frame(), again.table.to_frame())


def test_the_simple_rule_names_as_many_in_the_order_of_ids():
    parts = [
        pd.DataFrame(
            {"warned": warned, "silence": silence, "silent": False, "usual": 1.0, "since": 0.0,
             "lead": lead}
        )
        for warned, silence, lead in (
            ([True, False, False], [3, 9, 5], [1.0, 4.0, np.nan]),
            ([True, False, True], [5, 5, 0], [np.nan, 6.0, 8.0]),
        )
    ]  # fmt: skip
    found = outcomes(CustomerTable.written(parts), "silence")
    # three are named: so are the one silent for 9 days and the first two of those silent for 5
    assert list(found.loc[[WARNED, SIMPLE, OTHERS], "customers"]) == [3, 3, 3]
    assert list(found.loc[[WARNED, SIMPLE, OTHERS], "lost"]) == [2, 1, 2]
    assert found.loc[WARNED, "lead_days"] == 4.5
