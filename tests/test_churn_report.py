"""The churn report: sentences, charts and lists."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from churn_simulation import contract_customers

from analysis import churn
from analysis.charts import churn as charts
from analysis.churn import covariate_words, figures, layout, lists, sentences, sentences_rule
from analysis.churn import sentences_departures as departures
from analysis.churn import sentences_risk as risks
from analysis.churn import sentences_staying as stays
from analysis.errors import TooFewError
from analysis.periods import Period

DECEMBER = Period.parse("2017-12")
END = DECEMBER.end
FEW = TooFewError("Risk scores need at least 30 customers lost; there are 3.")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def rule(sample):
    return churn.inactivity_window(sample, END)


def test_the_sentences_of_the_sample(sample, rule):
    first = sentences_rule.definition(rule)
    assert first.headline.startswith("No silence in these data is a sure goodbye.")
    assert "121 days" in first.headline
    assert "78%" in first.headline
    rates = churn.churn_rates(sample, DECEMBER, rule)
    rate = sentences.rate(rates, DECEMBER, rule, 30)
    assert rate.headline.startswith("1.3% of 2,363 active customers went silent in December 2017")
    assert "within chance" in rate.comparison
    assert rate.direction == "neutral"
    balance = sentences.balance(rates, DECEMBER, rule)
    assert (
        "2,367 when it ended. 6 were new and 29 returned, less 31 who went silent."
        in balance.headline
    )
    sensitive = churn.window_sensitivity(sample, DECEMBER, rule)
    assert "4.8% with a window of 60 days" in sentences.sensitivity(sensitive, rule).headline


def test_a_change_beyond_chance_is_called_by_its_name():
    rows = pd.DataFrame(
        {"period": ["2017-11", "2017-12"], "active": [1000, 1000], "lost": [20, 60],
         "rate": [0.02, 0.06], "low": [0.01, 0.05],
         "high": [0.03, 0.08], "complete": True, "returned_since": 0}
    )  # fmt: skip
    rule = churn.ContractEnd(2000, 1000, pd.DataFrame({"reason": ["price"], "lost": [80]}))
    worse = sentences.rate(rows, DECEMBER, rule, 30)
    assert worse.direction == "bad"
    assert worse.comparison.startswith("up 4.0 points on November 2017 (+2.")
    better = sentences.rate(rows.iloc[::-1], DECEMBER, rule, 30)
    assert better.direction == "good"
    many = rows.assign(active=2_000_000, lost=[5_000, 4_500], rate=[0.0025, 0.00225])
    tiny = sentences.rate(many, DECEMBER, rule, 30)
    assert (tiny.comparison, tiny.direction) == ("unchanged from November 2017", "neutral")
    few = sentences.rate(rows.assign(active=12), DECEMBER, rule, 30)
    assert few.headline == (
        "Not enough data: the rate of loss in December 2017 needs at least 30 active customers;"
        " there are 12."
    )


@pytest.mark.parametrize(
    ("method", "days_low", "days_high", "text"),
    [
        ("return", 100.0, np.inf, "hardly anybody returns"),
        ("habit", 100.0, 130.0, "few customers ever took longer"),
        ("given", np.nan, np.nan, "By the settings a customer counts as silent after 110 days"),
    ],
)
def test_each_way_to_a_window_is_told(method, days_low, days_high, text):
    rule = churn.InactivityWindow(
        days=110, method=method, days_low=days_low, days_high=days_high, return_probability=0.04,
        low=0.02, high=0.07, return_below=0.05, followed_days=300, silences=90, customers=500,
        table=pd.DataFrame(),
    )  # fmt: skip
    finding = sentences_rule.definition(rule)
    assert text in f"{finding.headline} {finding.comparison}"
    assert "nan" not in finding.headline + finding.comparison
    assert "inf" not in finding.comparison


def test_too_few_data_are_said_and_drawn_nowhere():
    for finding in (
        stays.staying(FEW, FEW),
        risks.causes(FEW, FEW),
        risks.outlook(FEW, FEW),
        risks.accuracy(FEW, FEW),
        departures.when(FEW),
        departures.why(FEW, churn.ContractEnd(0, 0, pd.DataFrame())),
    ):
        assert finding.refused
        assert finding.headline.startswith("Not enough data: risk scores need at least 30")
        about = figures.of_reliability(FEW)
        rows = layout.calibration_rows(FEW)
        assert charts.shown(charts.reliability, rows, finding, about) is finding
    assert layout.curve_rows(FEW).empty
    assert layout.ratio_rows(FEW).empty
    columns = ("customer_id", "risk", "low", "high", "reasons")
    assert lists.score_rows(FEW, FEW).columns == columns
    assert layout.hazard_rows(FEW).empty
    assert layout.reason_rows(FEW).empty


def test_the_charts_draw_the_tables(sample, rule):
    table = layout.rule_table(rule)
    axes = charts.rule(table)
    watched = table.loc[table["is_watched"]]
    lines = [line.get_xydata() for line in axes.lines]
    assert any(
        np.array_equal(line, watched[["days", "return_probability"]].to_numpy()) for line in lines
    )
    assert "121 days of silence" in " ".join(text.get_text() for text in axes.texts)
    rates = layout.rate_rows(churn.churn_rates(sample, DECEMBER, rule), DECEMBER)
    axes = charts.churn_rates(rates)
    assert [label.get_text() for label in axes.get_xticklabels()][-1] == "Dec"
    assert [box.lines[0].get_ydata()[0] for box in axes.containers] == list(rates["rate"])


def test_the_curves_carry_their_numbers_at_risk(sample, rule):
    curves = churn.segment_curves(sample, END, rule, by="pace")
    rows = layout.curve_rows(curves)
    axes = charts.survival_curves(rows)
    shown = [text.get_text() for text in axes.texts]
    for name in curves.summary["segment"]:
        assert any(text.startswith(f"{name}: ") for text in shown)
    numbers = rows.loc[rows["at_tick"], "n_risk"]
    assert {f"{n:,.0f}" for n in numbers} <= set(shown)
    assert rows[["survival", "low", "high"]].notna().all().all()
    assert axes.get_xlabel() == "days since 1 July 2017"


def test_hazard_ratios_are_written_beside_their_dots():
    table = pd.DataFrame(
        {"difference": ["a", "b"], "effect": ["2.00 times as fast (1.60 to 2.40)", "x"],
         "hazard_ratio": [2.0, 0.5], "low": [1.6, 0.2], "high": [2.4, 1.3]}
    )  # fmt: skip
    axes = charts.hazard_ratios(table)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    assert {text.get_text() for text in axes.texts} == set(table["effect"])
    low, high = axes.get_xlim()
    assert low < 0.2
    assert high > 2.4
    assert list(axes.get_xticks()) == [0.25, 0.5, 1, 2, 4]
    wide = charts.hazard_ratios(table.assign(high=[80.0, 1.3]))
    assert list(wide.get_xticks()) == [1 / 64, 1 / 8, 1, 8, 64]


def test_a_long_curve_is_thinned_and_stays_where_it_is():
    times = np.sort(np.random.default_rng(1).uniform(0, 1000, 5000))
    kept = layout.thinned(times)
    assert len(kept) <= 150
    assert (kept[0], kept[-1]) == (0, 4999)
    grid = np.linspace(times[0], times[-1], 150)
    last = [np.flatnonzero(times <= point)[-1] for point in grid]
    assert set(kept) == set(last)
    assert list(layout.thinned(times[:72])) == list(range(72))


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        ((2.0, 1.6, 2.4), "twice as fast, between 1.6 and 2.4 times"),
        ((3.14, 2.5, 4.0), "3.1 times as fast, between 2.5 and 4.0 times"),
        ((1.1, 1.02, 1.2), "1.10 times as fast, between 1.02 and 1.20 times"),
        ((0.5, 0.4, 0.6), "50% more slowly, between 40% and 60%"),
        ((1.1, 0.9, 1.3), "no clear difference (0.90 to 1.30 times as fast)"),
    ],
)
def test_a_hazard_ratio_in_words(ratio, words):
    assert covariate_words.effect(*ratio) == words


def test_windows_of_segments_are_told_and_drawn(sample, rule):
    found = churn.windows_by(sample, DECEMBER, rule, "pace")
    finding = departures.windows(found)
    assert finding.headline.startswith(
        'By its own orders the group "orders at least every 5 days" is lost after 34 days'
    )
    assert finding.comparison == (
        'the longest that so short a history lets us check: "orders less often than every 16 days"'
    )
    axes = charts.segment_windows(layout.window_rows(found))
    shown = [text.get_text() for text in axes.texts]
    assert shown[-1] == "1.2% lost (0.6% to 2.5%)"
    dots = [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 1]
    assert dots == list(found["window_days"][::-1])
    few = found.assign(refused=["too few."] * 3 + [""])
    assert departures.windows(few).refused
    assert departures.windows(found.head(0)) is None
    about = figures.of_segment_windows(DECEMBER)
    assert charts.shown(charts.segment_windows, found.head(0), None, about) is None
    assert layout.window_rows(found.head(0)).empty


def test_silence_gives_no_reason(rule):
    assert departures.why(FEW, rule).headline.startswith("Who falls silent gives no reason")


def test_the_rate_is_drawn_under_other_windows(sample, rule):
    rows = layout.effect_rows(churn.window_sensitivity(sample, DECEMBER, rule))
    axes = charts.window_effect(rows)
    assert [text.get_text() for text in axes.texts] == ["4.8%", "1.3%", "1.0%", "0.4%"]
    assert list(axes.get_xticks()) == [60, 121, 182, 242]


def test_reasons_and_the_risk_over_tenure_are_drawn_as_they_are(tmp_path):
    source = contract_customers(tmp_path)
    none = churn.ContractEnd(0, 0, pd.DataFrame())
    found = churn.reason_curves(source, "2016-12-31", none, landmark_days=365)
    axes = charts.competing_reasons(layout.reason_rows(found))
    first = found.summary.iloc[0]
    assert axes.texts[0].get_text() == f"{first['reason']}: {100 * first['share']:.1f}%"
    assert f'leave for "{first["reason"]}" within' in departures.why(found, none).headline
    late = departures.why(replace(found, scale="tenure", start=200), none)
    assert " from their first day (of those there after 200 days) (95% interval" in late.headline
    hazard = churn.tenure_hazard(source, "2016-12-31", none, landmark_days=365)
    axes = charts.hazard(layout.hazard_rows(hazard))
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels[0] == hazard_label(hazard.iloc[0])
    drawn = [box.lines[0].get_ydata()[0] for box in axes.containers]
    assert drawn == list(hazard["rate"])
    low, rate, high = ([first, *[rest] * (len(hazard) - 1)] for first, rest in CLEAR)
    clear = hazard.assign(low=low, rate=rate, high=high)
    told = departures.when(clear.assign(lost=[50, *[20] * (len(hazard) - 1)], customer_months=100))
    assert told.headline == (
        "In month 1 as a customer 50.0% leave a month (95% interval 40.0% to 60.0%), surely more"
        " than the 2.0% (1.0% to 3.0%) in month 2."
    )
    assert told.action.startswith("Look after customers from their first day")
    turned = clear.assign(low=low[::-1], rate=rate[::-1], high=high[::-1], customer_months=100)
    turned = departures.when(turned.assign(lost=[*[20] * (len(hazard) - 1), 50]))
    month = hazard["begin"].iloc[-1] + 1
    assert turned.action == (
        f"Reach customers before their month {month}: the risk is higher then than before."
    )
    by_chance = departures.when(clear.assign(lost=20, customer_months=100))
    assert by_chance.headline.startswith("At no time as a customer is the risk of leaving surely")
    assert not by_chance.action


CLEAR = ((0.4, 0.01), (0.5, 0.02), (0.6, 0.03))


def hazard_label(row):
    begin, end = int(row["begin"]), int(row["end"])
    return str(end) if end - begin == 1 else f"{begin + 1}–{end}"


def test_lists_are_rounded_for_a_spreadsheet():
    rows = pd.DataFrame({"customer_id": ["7"], "at_stake": [1403.83551], "p_value": [9.3485e-8]})
    assert list(lists.for_a_list(rows).iloc[0]) == ["7", 1403.84, 9.3e-8]
    assert rows["at_stake"].iloc[0] == 1403.83551


def test_words_of_levels_and_habits():
    assert covariate_words.in_words("pace_trend").low == "slower than their habit"
    assert covariate_words.in_words("plan: monthly").difference == "Plan: monthly"
    assert covariate_words.in_words("plan: monthly").who == 'whose plan is "monthly"'
    assert covariate_words.in_words("plan: other").low == "plan is not another one"
    assert layout.names(" plan, region ,") == ["plan", "region"]
