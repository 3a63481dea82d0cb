"""What became of the last lists and forecasts: records, effects of acting, scores."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from churn_simulation import contract_customers

from analysis import churn, exports, forecasts, tables
from analysis.charts import calls as call_charts
from analysis.churn import lists, shown
from analysis.churn import sentences_record as records
from analysis.errors import ReportError, TooFewError
from analysis.periods import Period

DECEMBER = Period.parse("2017-12")
END = DECEMBER.end
CONTRACTS = churn.ContractEnd(0, 0, pd.DataFrame())
FEW = TooFewError("Risk scores need at least 30 customers lost; there are 3.")


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
