"""Whom to call and what became of it: lists, sentences, records, effects, complaints, forecasts."""

import json
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from churn_simulation import END as CONTRACTS_END
from churn_simulation import contract_customers

from analysis import churn, exports, forecasts, language, tables
from analysis.charts import calls as call_charts
from analysis.churn import lists, shown
from analysis.churn import sentences_calls as calling
from analysis.churn import sentences_gain as gains
from analysis.churn import sentences_record as records
from analysis.churn import sentences_risk as risks
from analysis.churn.calls import highest_risks
from analysis.customer_table import CustomerTable
from analysis.errors import ReportError, TooFewError
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
def slowed(sample, rule):
    return churn.early_warnings(sample, END, rule, margin=0.25)


@pytest.fixture(scope="module")
def contracts(tmp_path_factory):
    return contract_customers(tmp_path_factory.mktemp("contracts"), customers=4000, seed=3)


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


def test_the_record_is_told_and_shown_beside_a_simple_rule(sample, rule):
    then = churn.last_warnings(sample, DECEMBER, rule, None)
    finding = records.record(then)
    assert finding.headline.startswith("Of 46 customers whom this list would have named on 30")
    assert "33% have not ordered since (95% interval 21% to 47%)" in finding.headline
    assert "54% silent, 66 orders missed against 276" in finding.comparison
    assert "made again" in records.which_list(then).data["text/plain"]
    rows = shown.record_rows(then)
    assert list(rows["who"]) == ["Warned of", "Longest silent", "Not warned of"]
    assert rows["silent"].iloc[0] == "33% (21% to 47%)"
    assert rows["lost"].iloc[0] == "under 5, after 13 days"


def archive(folder, period, **listed):
    """Write lists as a report would, and what it knows of itself."""
    for name, rows in listed.items():
        exports.save(rows, name, folder / "tables", without=())
    (folder / "manifest.json").write_text(json.dumps({"period": period}), "utf-8")
    return churn.read_last_lists(folder)


def test_the_list_that_was_handed_out_is_scored_and_no_other(sample, rule, tmp_path):
    again = churn.last_warnings(sample, DECEMBER, rule, None).record
    named = churn.active_customers(sample, "2017-11-30", rule)["customer_id"].head(60)
    last = archive(tmp_path, "2017-11", early_warnings=pd.DataFrame({"customer_id": named}))
    then = churn.last_warnings(sample, DECEMBER, rule, last)
    assert (then.archived, str(then.warned_on)) == (True, "2017-11-30")
    assert list(then.record["customers"]) == [60, 60, again["customers"].sum() - 60 - 46]
    assert records.record(then).headline.startswith(
        "Of 60 customers on the list handed out for 30 November 2017, "
    )
    assert "as it was handed out" in records.which_list(then).data["text/plain"]
    silent = sample.engine.run(
        "SELECT COUNT(DISTINCT customer_id) AS n FROM transactions WHERE amount_minor >= 0"
        " AND order_date > DATE '2017-11-30' AND customer_id IN (SELECT UNNEST($ids))",
        ids=list(named),
    )["n"][0].as_py()
    assert then.record["silent"].iloc[0] == 60 - silent


def test_an_id_that_a_spreadsheet_would_run_comes_back_as_it_was(tmp_path):
    ids = ["=1+1", "@x", "-3", "plain", "'quoted", "007"]
    last = archive(tmp_path, "2017-W46", win_back=pd.DataFrame({"customer_id": ids}))
    assert list(last.lists["win_back"]["customer_id"]) == ids
    assert list(last.lists) == ["win_back"]
    assert churn.read_last_lists("") is None
    (tmp_path / "manifest.json").write_text("{}", "utf-8")
    with pytest.raises(ReportError, match="must tell the period of the last report"):
        churn.read_last_lists(tmp_path)


def test_the_risks_of_a_month_ago_are_held_against_who_left(contracts, tmp_path):
    month = Period.parse("2016-12")
    then = churn.last_warnings(contracts, month, CONTRACTS, None, attributes=["plan"])
    warned, youngest, others = (then.record.iloc[at] for at in range(3))
    assert (then.by, then.archived) == ("risk", False)
    assert warned["customers"] == youngest["customers"]
    spells = churn.find_spells(contracts, month.end, CONTRACTS)
    left = spells["spell_end"].between("2016-12-01", "2016-12-31").sum()
    assert warned["lost"] + others["lost"] == left
    assert warned["recall"] == warned["lost"] / left
    assert warned["low"] > others["share"] / 2
    assert "customers whom this list would have named on 30 November 2016" in (
        records.record(then).headline
    )
    rows = shown.record_rows(then)
    assert list(rows["who"]) == ["Warned of", "Youngest contracts", "Not warned of"]
    gone = spells.loc[spells["spell_end"].between("2016-12-01", "2016-12-31"), "customer_id"]
    last = archive(tmp_path, "2016-11", early_warnings=pd.DataFrame({"customer_id": gone}))
    right = churn.last_warnings(contracts, month, CONTRACTS, last).record.iloc[0]
    assert (right["share"], right["recall"]) == (1.0, 1.0)


def campaign(tmp_path, customers=3000, lift=0.1):
    """Customers of a list of whom 30% order anyway, and `lift` more of those to be contacted."""
    rng = np.random.default_rng(4)
    ids = pd.Series([f"c{i:04d}" for i in range(customers)])
    rows = pd.DataFrame({"customer_id": ids, "worthwhile": rng.random(customers) < 0.8})
    listed = lists.with_control(rows, Period.parse("2024-01"), 0.3).to_frame()
    works = (listed["group"] == "act") & listed["worthwhile"]
    after = ids[rng.random(customers) < 0.3 + lift * works]
    orders = [(ids, "2024-01-05"), (after, "2024-02-10")]
    frame = pd.concat(
        pd.DataFrame({"customer_id": who, "order_date": day, "amount": 20.0}) for who, day in orders
    )
    return tables.from_frame(frame), archive(tmp_path, "2024-01", win_back=listed), listed


def test_what_acting_on_the_last_lists_did_is_told(tmp_path):
    source, last, listed = campaign(tmp_path)
    month = Period.parse("2024-02")
    (found,) = churn.measure_last_lists(source, month, 90, last, margin=0.25)
    assert (found.name, found.made_for.key) == ("win_back", "2024-01")
    assert found.found.controlled
    assert found.found.groups["customers"].sum() == listed["worthwhile"].sum()
    row = found.found.effect.iloc[0]
    assert row["low"] < 0.1 < row["high"]
    window = churn.inactivity_window(source, month.end, days=90)
    told = records.effects([found], window, month, "USD")
    assert told.headline.startswith("Customers to win back (January 2024): ")
    assert f"a difference of +{100 * row['difference']:.1f} points" in told.headline
    assert (told.direction, told.method) == ("good", "random holdout group")
    rows = shown.effect_rows([found], window)
    axes = call_charts.effects(rows)
    assert [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 1] == [
        pytest.approx(100 * row["difference"])
    ]


def test_too_few_to_tell_what_acting_did(tmp_path):
    source, last, listed = campaign(tmp_path)
    month = Period.parse("2024-02")
    assert churn.measure_last_lists(source, month, 90, None) == ()
    none = records.effects((), CONTRACTS, month, "USD")
    assert none.refused
    assert "none is in the archive" in none.headline
    for rows, text in (
        (listed.head(30), "at least 10 customers acted on and as many left alone"),
        (listed.assign(group="act"), "the list names none"),
        (listed.head(0), "the list names none"),
    ):
        short = churn.LastLists(last.period, {"win_back": rows})
        found = churn.measure_last_lists(source, month, 90, short)
        told = records.effects(found, CONTRACTS, month, "USD")
        assert told.refused
        assert text in told.headline
        assert shown.effect_rows(found, CONTRACTS).empty


def test_with_contracts_acting_is_measured_by_who_is_still_there(contracts, tmp_path):
    month = Period.parse("2016-12")
    here = churn.active_customers(contracts, "2016-11-30", CONTRACTS)[["customer_id"]]
    listed = lists.with_control(here, month.previous, 0.5).to_frame()
    last = archive(tmp_path, "2016-11", early_warnings=listed)
    (found,) = churn.measure_last_lists(contracts, month, CONTRACTS, last)
    stayed = found.found.effect.iloc[0]
    assert stayed["outcome"] == "stayed"
    later = set(churn.active_customers(contracts, month.end, CONTRACTS)["customer_id"])
    kept = listed["customer_id"].isin(later)
    assert stayed["left"] == kept[listed["group"] == "leave alone"].mean()
    assert stayed["low"] < 0 < stayed["high"]
    told = records.effects([found], CONTRACTS, month, "USD")
    assert "were under contract at the end of December 2016" in told.headline
    assert "Chance alone may have made that difference." in told.headline


def test_the_losses_of_the_next_period_are_forecast_kept_and_scored(sample, rule, tmp_path):
    november = Period.parse("2017-11")
    then = churn.risk_scores(sample, november.end, rule)
    (made,) = churn.forecast_losses(sample, november, rule, then)
    risk = then.model.predict(then.table.to_frame(), 31)["risk"]
    assert (made.id, made.made_for, made.unit) == ("churn.lost", "2017-12", "customers")
    assert made.value == pytest.approx(risk.sum())
    chance = 1.96 * np.sqrt((risk * (1 - risk)).sum())
    assert made.value - made.low > chance
    lost = {
        key: churn.churn_rates(sample, Period.parse(key), rule, periods=1).iloc[0]["lost"]
        for key in ("2017-11", "2017-12")
    }
    assert made.naive == pytest.approx(lost["2017-11"] * 31 / 30)
    forecasts.write(tmp_path / forecasts.FILE, [made])
    record = churn.score_losses(sample, DECEMBER, rule, forecasts.read(tmp_path))
    assert (record[-1].actual, record[-1].known_later) == (lost["2017-12"], made.known)
    told = records.last_forecast(record, DECEMBER)
    assert told.headline.startswith(
        "The forecast of losses in December 2017 held: 28 were expected"
    )
    assert told.direction == "good"
    missed = records.last_forecast([forecasts.score(made, 90, known=1.0)], DECEMBER)
    assert "did not hold" in missed.headline
    assert "The past has been restated since" in missed.headline
    assert missed.direction == "bad"
    assert records.last_forecast([], DECEMBER).refused
    assert churn.forecast_losses(sample, november, rule, FEW) == []
    assert churn.forecast_losses(sample, Period.parse("2016"), rule, then) == []


def test_a_forecast_is_scored_once_the_data_reach_the_end_of_its_period(sample, rule):
    terms = {"id": "churn.lost", "label": "", "level": 0.95, "value": 5, "low": 1, "high": 9}
    terms |= {"unit": "customers", "method": f"Cox; lost after {rule.days} days of silence"}
    open_ones = [forecasts.Forecast(made_for=key, **terms) for key in ("2017-11", "2018-01")]
    november, january = churn.score_losses(sample, Period.parse("2018-01"), rule, open_ones)
    lost = churn.churn_rates(sample, Period.parse("2017-11"), rule, periods=1).iloc[0]["lost"]
    assert november.actual == lost
    assert january == open_ones[1]


def test_a_forecast_is_scored_under_the_rule_it_was_made_under(sample, rule):
    base = {"id": "churn.lost", "made_for": "2017-12", "label": "", "level": 0.95}
    made = forecasts.Forecast(
        **base,
        value=5,
        low=1,
        high=9,
        unit="customers",
        method="Cox; lost after 60 days of silence",
    )
    (scored,) = churn.score_losses(sample, DECEMBER, rule, [made])
    assert scored.actual == churn.churn_rates(sample, DECEMBER, 60, periods=1).iloc[0]["lost"]
    assert churn.score_losses(sample, DECEMBER, CONTRACTS, [made]) == []


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
