"""The study behind the value report on the sample: numbers, sentences, charts, refusals."""

import dataclasses
import datetime as dt
import re

import pandas as pd
import pytest

from analysis import clv, language, summary
from analysis.clv import layout, layout_check, sentences, sentences_check, sentences_choice
from analysis.customer_table import CustomerTable
from analysis.engines import read_query
from analysis.errors import TooFewError
from analysis.limits import if_enough

END = dt.date(2017, 12, 31)


@pytest.fixture(scope="module")
def check(value_check):
    return value_check


@pytest.fixture(scope="module")
def study(value_study):
    return value_study


@pytest.fixture(scope="module")
def too_early(sample, sample_settings):
    reason = if_enough(
        clv.check_holdout, sample, dt.date(2017, 2, 28), sample_settings, burn_in_days=30
    )
    assert isinstance(reason, TooFewError)
    return reason


OUTLOOK = [
    sentences_choice.counts,
    sentences.orders,
    sentences.worth,
    sentences.spread,
    sentences.tiers,
    sentences.likely_gone,
    sentences_check.independence,
]
CHECKS = [
    sentences_check.forecast,
    sentences_check.added_up,
    sentences_check.by_decile,
    sentences_check.one_by_one,
    sentences_choice.births,
    sentences_choice.recommended,
]


# The query ---------------------------------------------------------------------------------


def test_order_days_by_day_add_up_to_the_summary(sample):
    """Every repeat order day of the customers known by the split is in exactly one day."""
    split = dt.date(2017, 10, 1)
    days = sample.engine.run(read_query("order_days"), as_of=END, calibration_end=split)
    days = days.to_pandas(date_as_object=False)
    customers = summary.summarise_customers(sample, END, calibration_end=split)
    before = days["order_date"] <= pd.Timestamp(split)
    assert days["first_days"].sum() == len(customers)
    assert days.loc[before, "order_days"].sum() == (customers["frequency"] + 1).sum()
    assert days.loc[~before, "order_days"].sum() == customers["holdout_frequency"].sum()
    assert days.loc[~before, "first_days"].sum() == 0


# The sample ----------------------------------------------------------------------------------


def test_the_holdout_of_the_sample(check):
    """Counted from the data; the forecast is pinned, so that a change is noticed."""
    scores = check.scores.set_index("forecast")
    assert check.weeks_held_out == 13
    assert scores.loc["model", "actual"] == 31_777
    assert scores.loc["last period repeated", "predicted"] == 32_078
    assert scores.loc["model", "error"] == pytest.approx(-0.0028, abs=5e-4)
    # the textbook's fit, by the same measure, is beaten by repeating the last period
    assert scores.loc["model", "mean_absolute_error"] == pytest.approx(4.300, abs=5e-3)
    textbook = check.births.errors.set_index(["fitted_on", "group"])["mean_absolute_error"]
    assert textbook["all customers", "everybody"] == pytest.approx(4.476, abs=5e-3)
    assert scores.loc["last period repeated", "mean_absolute_error"] == pytest.approx(
        4.395, abs=5e-3
    )
    ahead = check.weeks[check.weeks["holdout"]]
    assert len(ahead) == 13
    assert ahead["actual"].sum() == 31_777
    assert ahead["naive"].sum() == 32_078
    assert ahead["total_model"].iloc[-1] == pytest.approx(scores.loc["model", "predicted"])


def test_the_sample_is_mostly_left_truncated(check):
    errors = check.births.errors.set_index(["fitted_on", "group"])
    assert errors.loc[("all customers", "first order unknown"), "customers"] > 0.9 * 2447
    # what the textbook model gets wrong here: newcomers are forecast by old customers' habits
    assert errors.loc[("all customers", "first order known"), "error"] > 0.2
    assert check.births.recommended == "the last 26 weeks"
    assert abs(errors.loc[("the last 26 weeks", "first order known"), "error"]) < 0.15
    assert set(check.births.models) == {
        *("old and new customers apart", "old and new customers alike", "new customers alone"),
        *("the last 26 weeks", "the last 13 weeks", "all customers"),
    }


def test_every_treatment_has_one_row_the_one_in_use_first(check):
    table = layout_check.births_by_fit(check).set_index("fitted_on")
    assert table.index[0] == check.births.recommended
    assert table.index[-1] == "all customers"
    assert table.loc["all customers", "first order known"] == pytest.approx(0.396, abs=5e-3)
    assert table.loc["new customers alone", "customers"] == 116


def test_the_recommended_model_is_the_one_in_use(study, check):
    found = check.comparison
    assert found.recommended == found.model == "Pareto/NBD"
    assert study.purchases.label == "Pareto/NBD"
    assert "less than the naive rule (last period repeated" in found.reason
    assert found.table["forecast"].is_unique
    row = found.table.set_index("forecast").loc[found.model]
    model = check.scores.set_index("forecast").loc["model"]
    assert row["predicted"] == pytest.approx(model["predicted"])
    assert row["covered"]
    shown = layout_check.comparison(check)["forecast"].tolist()
    assert shown[0] == "Pareto/NBD (in use)"
    assert sorted(shown[1:]) == sorted(set(found.table["forecast"]) - {"Pareto/NBD"})


def test_models_left_out_are_named_once_for_the_same_reason(check):
    failed = {"one": "no fit; try less.", "two": "no fit; wait.", "three": "no data."}
    comparison = dataclasses.replace(check.comparison, failed=failed)
    chosen = dataclasses.replace(check.chosen, comparison=comparison)
    finding = sentences_choice.recommended(dataclasses.replace(check, chosen=chosen))
    assert finding.comparison == "left out: one and two (no fit); left out: three (no data)"


def test_counts_of_purchases_are_those_of_the_histories(study):
    bars = layout_check.purchases_so_far(study)
    histories = study.histories.to_frame()
    seen = histories["seen_within"].isna() | (histories["frequency"] > 0)
    fitted = histories[seen & (histories["T"] > 0)]
    assert bars["actual"].sum() == len(fitted)
    assert bars["expected"].sum() == pytest.approx(len(fitted))
    assert bars["actual"].iloc[0] == (fitted["frequency"] == 0).sum()
    assert bars["label"].iloc[-1].endswith("+")
    assert (bars["actual"] - bars["expected"]).abs().sum() < 0.06 * len(fitted)


def test_the_value_list_holds_everybody_once_in_order(study):
    values = study.valuation.listed().to_frame()
    assert values["customer_id"].is_unique
    assert len(values) == len(study.customers) == 2469
    assert values["value"].is_monotonic_decreasing
    assert values["tier"].iloc[0] == "Gold"
    total = study.valuation.estimate("value")
    assert values["value"].sum() == pytest.approx(total.estimate)
    assert total.low < total.estimate < total.high


def test_the_year_before_is_counted(study, sample):
    customers = study.customers.to_frame()
    assert study.past["order_days"] == (customers["frequency"] + 1).sum() - len(
        summary.summarise_customers(sample, "2017-01-01")
    )
    assert study.so_far.order_days == (customers["frequency"] + 1).sum()
    assert study.so_far.sales == pytest.approx(customers["total"].sum())


# Sentences -------------------------------------------------------------------------------------


def test_sentences_say_a_number_and_name_no_customer(study, check):
    found = [say(study) for say in OUTLOOK] + [say(check) for say in CHECKS]
    found.append(sentences.loss(study, check))
    assert len({finding.id for finding in found}) == len(found)
    for finding in found:
        assert any(sign.isdigit() for sign in finding.headline)
        assert finding.headline.endswith(".")
        assert "nan" not in finding.headline.split()
    assert sum(finding.main for finding in found) <= 6


def test_sentences_in_chinese_hold_no_english(study, check):
    """But for the reasons of the choice, which are written where it is made."""
    language.use("zh")
    found = [say(study) for say in OUTLOOK]
    found += [say(check) for say in CHECKS if say is not sentences_choice.recommended]
    for finding in [*found, sentences.loss(study, check)]:
        told = [finding.headline, finding.label, finding.interval, finding.comparison]
        assert not re.search(r"[a-z]{3}", " ".join([*told, finding.action, finding.basis]))
        assert finding.headline.endswith("。")


def test_the_loss_says_how_the_forecast_leaned(study, check):
    finding = sentences.loss(study, check)
    assert "The figure leans high" in finding.headline
    gold = layout.tiers(study).iloc[0]
    stake = finding.at_stake_low, finding.at_stake, finding.at_stake_high
    assert stake == pytest.approx(tuple(0.1 * gold[["low", "value", "high"]]))
    assert finding.basis == "margin of a year"
    assert finding.people == gold["customers"]


def test_too_little_data_is_said_in_place_of_numbers(too_early, sample, sample_settings):
    study = if_enough(clv.study_value, sample, dt.date(2017, 2, 28), sample_settings, too_early)
    found = [say(study) for say in OUTLOOK] + [say(too_early) for say in CHECKS]
    found.append(sentences.loss(study, too_early))
    for finding in found:
        assert finding.refused
        assert finding.headline.startswith("Not enough data: ")
        assert "at least 12 weeks" in finding.headline
    for table in (
        layout.value_list(study).to_frame(),
        layout_check.comparison(too_early),
    ):
        assert table.empty
    assert layout.tiers_table(study) is layout_check.comparison_table(too_early) is None
    assert sentences_choice.fits(study) == "No model was fitted."


def test_the_method_names_the_model_in_use(study):
    assert sentences_choice.fits(study).startswith(f"Purchases: {study.purchases.label} on ")


def test_few_repeat_buyers_are_too_few(sample, sample_settings):
    few = sample_settings.model_copy(
        update={"reports": sample_settings.reports.model_copy(update={"minimum_customers": 99_999})}
    )
    reason = if_enough(clv.check_holdout, sample, END, few, burn_in_days=30)
    assert isinstance(reason, TooFewError)
    assert "at least 99,999 who ordered on two days; there are 2," in str(reason)


def test_a_naive_rule_without_any_error_is_said_and_not_divided_by(check):
    perfect = check.scores.assign(
        mean_absolute_error=check.scores["mean_absolute_error"].where(
            check.scores["forecast"] == "model", 0.0
        )
    )
    finding = sentences_check.one_by_one(dataclasses.replace(check, scores=perfect))
    assert "forecast without error by the better of the two naive rules" in finding.headline
    assert "inf" not in finding.headline


def test_equal_spend_of_all_leaves_no_correlation_to_tell(study):
    alike = study.customers.to_frame().assign(monetary_value=10.0)
    table = CustomerTable.of(alike)
    finding = sentences_check.independence(dataclasses.replace(study, customers=table))
    assert finding.refused
    assert "customers who differ in both" in finding.headline
