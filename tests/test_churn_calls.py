"""Whom to call: lists, sentences, gains, complaints."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from churn_simulation import END as CONTRACTS_END
from churn_simulation import contract_customers

from analysis import churn, language, tables
from analysis.charts import calls as call_charts
from analysis.churn import lists, shown
from analysis.churn import sentences_calls as calling
from analysis.churn import sentences_gain as gains
from analysis.churn import sentences_record as records
from analysis.churn import sentences_risk as risks
from analysis.churn.calls import highest_risks
from analysis.customer_table import CustomerTable
from analysis.errors import TooFewError
from analysis.periods import Period

DECEMBER = Period.parse("2017-12")
END = DECEMBER.end
CONTRACTS = churn.ContractEnd(0, 0, pd.DataFrame())
FEW = TooFewError("Risk scores need at least 30 customers lost; there are 3.")
TERMS = {"success_rate": 0.1, "contact_cost": 5.0}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def rule(sample):
    return churn.inactivity_window(sample, END)


@pytest.fixture(scope="module")
def contracts(tmp_path_factory):
    return contract_customers(tmp_path_factory.mktemp("contracts"), customers=4000, seed=3)


@pytest.fixture(scope="module")
def slowed(sample, rule):
    return churn.early_warnings(sample, END, rule, margin=0.25)


@pytest.fixture(scope="module")
def scores(contracts):
    return churn.risk_scores(contracts, CONTRACTS_END, CONTRACTS, attributes=["plan"])


def test_without_contracts_those_who_slowed_down_are_called(rule, slowed):
    calls = churn.call_list(slowed, FEW, rule, **TERMS)
    assert (calls.by, calls.judged, len(calls.table)) == ("pace", 1850, 45)
    finding = calling.to_call(calls, slowed, "USD", 30)
    assert finding.headline.startswith("In the last 8 weeks 45 customers slowed down beyond chance")
    assert finding.at_stake == pytest.approx(slowed.table.to_frame()["at_stake"].sum())
    assert finding.at_stake_low < finding.at_stake < finding.at_stake_high
    assert (finding.people, finding.list_name) == (45, "early_warnings")
    assert finding.action.startswith(
        "Call the customers who slowed down (45), from the top of the list"
    )
    dear = churn.call_list(slowed, FEW, rule, success_rate=0.1, contact_cost=100)
    some = calling.to_call(dear, slowed, "USD", 30)
    assert some.action.startswith(
        f"Call the customers who slowed down and are worth a call ({dear.gain.worthwhile} of 45)"
    )
    dearer = churn.call_list(slowed, FEW, rule, success_rate=0.1, contact_cost=1e4)
    assert not calling.to_call(dearer, slowed, "USD", 30).action
    assert calling.to_call(calls, slowed, "USD", 2000).refused


def test_no_customer_is_named_on_the_page(rule, slowed):
    calls = churn.call_list(slowed, FEW, rule, **TERMS)
    axes = call_charts.calls(shown.stake_rows(calls, FEW, "USD"))
    assert [label.get_text() for label in axes.get_yticklabels()][-1].startswith("$")


def test_with_contracts_the_highest_risks_are_called(contracts, scores):
    found = churn.early_warnings(contracts, CONTRACTS_END, CONTRACTS)
    calls = churn.call_list(found, scores, CONTRACTS, success_rate=0.1, contact_cost=0.5)
    table = calls.table.to_frame()
    assert calls.by == "risk"
    assert len(table) == round(0.1 * len(scores.table))
    scored = scores.table.to_frame()
    left_out = scored.loc[~scored["customer_id"].isin(table["customer_id"]), "risk"]
    assert table["risk"].min() >= left_out.max()
    assert table["at_stake"].is_monotonic_decreasing
    finding = calling.to_call(calls, found, "USD", 30)
    assert finding.headline.startswith(f"Of the {len(table)} customers with the highest risk")
    assert f"about {table['risk'].sum():.0f} will leave" in finding.headline
    assert finding.at_stake == pytest.approx(table["at_stake"].sum())
    assert finding.people == calls.gain.worthwhile > 0
    rows = shown.stake_rows(calls, scores, "USD")
    axes = call_charts.calls(rows)
    assert {text.get_text() for text in axes.texts} == set(rows["why"])
    refused = churn.call_list(found, FEW, CONTRACTS, **TERMS)
    assert calling.to_call(refused, found, "USD", 30).headline.startswith("Not enough data: risk")


def test_equal_risks_are_ranked_by_value():
    rows = pd.DataFrame({"customer_id": ["a", "b", "c"], "risk": 0.5, "yearly_value": [1.0, 3, 2]})
    for share, expected in ((0.67, ["b", "c"]), (0.01, ["b"])):
        found = highest_risks(CustomerTable.of(rows), share).to_frame()
        assert list(found["customer_id"]) == expected


def test_an_exported_list_is_the_same_in_every_language(contracts, scores):
    found = churn.early_warnings(contracts, CONTRACTS_END, CONTRACTS)
    calls = churn.call_list(found, scores, CONTRACTS, **TERMS)
    english = lists.call_rows(calls, scores).to_frame()
    acting = churn.gain_from_scores(scores, **TERMS)
    rows = lists.score_rows(scores, acting).to_frame()
    language.use("zh")
    pd.testing.assert_frame_equal(english, lists.call_rows(calls, scores).to_frame())
    pd.testing.assert_frame_equal(rows, lists.score_rows(scores, acting).to_frame())
    assert language.current() == "zh"
    plans = calls.table.to_frame().set_index("customer_id")["plan"].reindex(english["customer_id"])
    named = english["reasons"].str.extract('plan is "(.*?)"')[0]
    assert named.notna().any()
    assert (named.isna() | (named.to_numpy() == plans.to_numpy())).all()


def test_findings_are_told_in_chinese_with_the_same_numbers(rule, slowed, contracts, scores):
    found = churn.early_warnings(contracts, CONTRACTS_END, CONTRACTS)
    by_risk = churn.call_list(found, scores, CONTRACTS, **TERMS)
    by_pace = churn.call_list(slowed, FEW, rule, **TERMS)
    month = Period.parse("2016-12")
    then = churn.last_warnings(contracts, month, CONTRACTS, None)
    lost = churn.win_back(contracts, CONTRACTS_END, CONTRACTS)
    gone = churn.expected_gain(lost, "yearly_value", **TERMS)

    def told():
        return [
            calling.to_call(by_risk, found, "USD", 30),
            calling.to_call(by_pace, slowed, "USD", 30),
            calling.lost(gone, CONTRACTS, "USD"),
            gains.gain(gone, "win_back", "USD"),
            gains.gain(by_pace.gain, "save", "USD"),
            records.record(then),
            records.last_forecast([], month),
            records.effects((), CONTRACTS, month, "USD"),
            risks.outlook(scores, CONTRACTS),
            risks.causes(scores, CONTRACTS),
        ]

    english = told()
    language.use("zh")
    for one, other in zip(english, told(), strict=True):
        for name in ("id", "value", "at_stake", "at_stake_low", "people", "list_name", "direction"):
            assert getattr(one, name) == getattr(other, name)
        words = f"{other.headline} {other.label} {other.comparison} {other.action} {other.method}"
        data = {"US", "Cox", "plan", "Plan", "yearly", "monthly"}
        assert set(re.findall("[A-Za-z]{2,}", words)) <= data, other.headline


def test_the_advice_to_write_is_to_those_whom_it_pays_to_contact():
    gone = pd.DataFrame({"yearly_value": [300.0, 100.0, 40.0], "yearly_value_error": 10.0})
    gone = pd.concat([gone] * 5, ignore_index=True).sort_values("yearly_value", ascending=False)
    back = churn.expected_gain(gone, "yearly_value", **TERMS)
    told = calling.lost(back, CONTRACTS, "USD")
    assert told.headline.startswith("In the last year 15 customers left and stayed away; they")
    assert told.action.startswith(
        "Write to the customers to win back who are worth a letter (10 of 15): they stand for 91%"
    )
    cheap = churn.expected_gain(gone, "yearly_value", success_rate=0.1, contact_cost=1)
    assert calling.lost(cheap, CONTRACTS, "USD").action.startswith(
        "Write to the customers to win back (15): each should bring more than a letter costs."
    )
    assert (told.at_stake, told.people, told.list_name) == (2200, 10, "win_back")
    dear = churn.expected_gain(gone, "yearly_value", success_rate=0.1, contact_cost=500)
    assert not calling.lost(dear, CONTRACTS, "USD").action


def test_a_gain_says_its_terms_and_where_it_breaks_even():
    frame = pd.DataFrame({"at_stake": [1000.0, 200.0, 40.0], "at_stake_error": [100.0, 50.0, 10.0]})
    found = churn.expected_gain(
        pd.concat([frame] * 10), "at_stake", success_rate=0.1, contact_cost=6
    )
    finding = gains.gain(found, "save", "USD")
    assert finding.headline.startswith(
        "Contacting those with more than $60.00 a year (20 of 30) brings $1,080, net of $120 of"
    )
    assert finding.headline.endswith("if 10% of them are kept by it. It pays from 1.0% on.")
    by_risk = gains.gain(found, "save", "USD", by="risk")
    assert "if 10% of those who would leave are kept by it" in by_risk.headline
    assert "$60.00 a year at risk" in by_risk.headline
    dear = churn.expected_gain(frame, "at_stake", success_rate=0.1, contact_cost=600)
    assert "nobody on the list is worth one" in gains.gain(dear, "win_back", "USD").headline
    nobody = churn.expected_gain(frame.head(0), "at_stake", **TERMS)
    assert gains.gain(nobody, "save", "USD") is None
    assert gains.gain(FEW, "risk", "USD") is None


DAY = pd.Timedelta(days=1)
BEGIN = pd.Timestamp("2024-01-01")


def shop(angry=40, rng_seed=7):
    """Customers who order weekly; half of the angry ones complain, and leave soon after."""
    rng = np.random.default_rng(rng_seed)
    orders, tickets = [], []
    for customer in range(400):
        leaves = (
            300 + int(rng.integers(0, 60)) if customer < angry * 5 and customer % 5 == 0 else 999
        )
        leaves = 310 if customer % 23 == 1 else leaves
        days = np.cumsum(rng.integers(5, 10, 80))
        orders += [
            (f"c{customer:03d}", BEGIN + int(d) * DAY) for d in days[days < min(leaves, 400)]
        ]
        if customer < angry * 5 and customer % 5 == 0:
            tickets.append((f"c{customer:03d}", BEGIN + (295 + customer % 4) * DAY))
    tickets += [
        ("c399", BEGIN + 390 * DAY),
        ("c398", BEGIN + 395 * DAY),
        ("c398", BEGIN + 60 * DAY),
    ]
    orders = pd.DataFrame(orders, columns=["customer_id", "order_date"]).assign(amount=10.0)
    tickets = pd.DataFrame(tickets, columns=["customer_id", "opened"])
    return tables.from_frame(orders, others={"tickets": tickets})


def test_a_complaint_is_a_covariate_of_the_risk_and_a_warning():
    source, end = shop(), BEGIN + 399 * DAY
    table = churn.churn_table(source, end, 40, landmark=BEGIN + 300 * DAY)
    table = table.loc[table["at_landmark"]]
    assert set(table.loc[table["recent_complaints"] > 0, "customer_id"]) == {
        f"c{i:03d}" for i in range(0, 200, 5)
    }
    window = churn.inactivity_window(source, end, days=40)
    model = churn.fit_risk(table, window)
    row = model.table.set_index("covariate").loc["recent_complaints"]
    assert row["low"] > 2
    found = churn.who_complained(source, end, window, FEW)
    rows = found.table.to_frame()
    assert set(rows["customer_id"]) == {"c398", "c399"}
    assert list(rows["recent_complaints"]) == [1, 1]
    assert rows["risk"].isna().all()
    told = calling.complained(found, "USD")
    assert told.headline.startswith("In the last 8 weeks under 5 of ")
    assert told.at_stake is None
    assert (told.people, told.list_name) == (2, "complaints")
    risk = pd.DataFrame({"customer_id": ["c399", "c398"], "risk": [0.5, 0.1]})
    scored = churn.RiskScores(CustomerTable.of(risk), 40, 1.0, model)
    ranked = churn.who_complained(source, end, window, scored)
    assert list(ranked.table.to_frame()["customer_id"]) == ["c399", "c398"]
    at_risk = calling.complained(ranked, "USD")
    assert at_risk.at_stake == pytest.approx(ranked.table.to_frame()["value_at_risk"].sum())
    nobody = churn.Complaints(CustomerTable.of(ranked.table.head(0)), 300, 56)
    assert calling.complained(nobody, "USD").direction == "good"


def test_too_few_complaints_are_no_covariate():
    source, end = shop(angry=20), BEGIN + 399 * DAY
    table = churn.churn_table(source, end, 40, landmark=BEGIN + 300 * DAY)
    assert (table["recent_complaints"] > 0).sum() == 20
    model = churn.fit_risk(table, churn.inactivity_window(source, end, days=40))
    assert "recent_complaints" not in set(model.table["covariate"])


def test_losses_of_one_day_are_scored_and_tell_nothing_of_a_change(contracts):
    table = churn.churn_table(contracts, CONTRACTS_END, CONTRACTS, landmark="2016-07-01")
    table = table.assign(duration=table["entry"] + 30)
    model = churn.fit_risk(table, CONTRACTS)
    assert model.proportionality["p"].isna().all()
    scores = churn.RiskScores(CustomerTable.of(table), 30, 1.0, model)
    assert "all losses are of one day" in risks.proportionality(scores)


def test_without_tickets_nothing_is_said_of_complaints(sample, rule):
    assert churn.who_complained(sample, END, rule, FEW) is None
    assert calling.complained(None, "USD") is None
    assert lists.save_complaints(None, "", ()) is None
