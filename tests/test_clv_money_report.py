"""The money of the value report on the sample: sentences, tables, chart, and odd terms."""

import dataclasses

import numpy as np
import pytest
from matplotlib import pyplot as plt

from analysis import clv, display
from analysis.charts import clv as charts
from analysis.clv import layout, sentences, sentences_money
from analysis.clv.appraisal import appraise
from analysis.errors import TooFewError
from analysis.limits import if_enough

SENTENCES = [
    sentences_money.so_far,
    sentences_money.components,
    sentences_money.residual,
    sentences_money.lifetime,
]


@pytest.fixture(scope="module")
def study(value_study):
    return value_study


@pytest.fixture(scope="module")
def money(study):
    return clv.count_money(study)


@pytest.fixture(scope="module")
def with_terms(study, sample_settings):
    """Return how to value the study under other terms."""

    def appraised(**terms):
        changed = {"value": sample_settings.value.model_copy(update=terms)}
        settings = sample_settings.model_copy(update=changed)
        models = study.purchases, study.spend
        valuation = appraise(study.histories, *models, settings, horizon=52.0)
        rate = settings.value.annual_discount_rate
        return dataclasses.replace(study, valuation=valuation, annual_discount_rate=rate)

    return appraised


def test_the_value_so_far_is_the_margin_of_the_sales_counted(study, money):
    assert study.valuation.estimate("value_now").estimate == pytest.approx(
        0.25 * study.customers.to_frame()["total"].sum()
    )
    finding = sentences_money.so_far(money)
    assert "$1.15 million (25% of sales of $4.6 million)" in finding.headline
    assert "No cost to serve or to acquire is given" in finding.headline
    assert finding.value == pytest.approx(study.valuation.estimate("value_total").estimate)


def test_the_parts_are_shown_with_what_is_not_measured(money):
    content = sentences_money.components_table(money).data[display.TABLE_MIME]
    assert [row[1] for row in content["rows"][2:]] == ["not measured"] * 3
    assert [" to " in row[2] for row in content["rows"]] == [True, True, False, False, False]
    headline = sentences_money.components(money).headline
    assert "Not measured, for want of tables: cross-sell, referral and saved cost." in headline


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ((1.0, 9.0), "spend more a day"),
        ((-9.0, -1.0), "spend less a day"),
        ((-1.0, 9.0), "neither"),
    ],
)
def test_whether_frequent_customers_spend_more_is_said_by_the_interval(money, limits, said):
    table = money.components.copy()
    table.loc[1, ["low", "high"]] = limits
    changed = dataclasses.replace(money, components=table)
    assert said in sentences_money.components(changed).headline


def test_the_residual_value_is_more_than_that_of_a_year(study, money):
    finding = sentences_money.residual(money)
    assert finding.value == money.residual.estimate
    year = study.valuation.estimate("value").estimate
    assert finding.value > 3 * year
    assert f"{100 * year / finding.value:.0f}% of it" in finding.headline
    assert "carries on without an end what was seen in 26 weeks" in finding.headline


def test_at_a_limit_the_interval_of_the_residual_value_is_said_to_be_too_short(study, money):
    customers = study.histories.to_frame().query("seen_within.isna()")
    inside = clv.fit_bg_nbd(customers.drop(columns="seen_within"))
    assert study.purchases.boundary
    assert not inside.boundary
    settled = dataclasses.replace(study, purchases=inside)
    said = [
        sentences_money.residual(dataclasses.replace(money, study=one)).headline
        for one in (study, settled)
    ]
    assert ["the interval is too short" in headline for headline in said] == [True, False]


def test_the_case_as_it_is_taught_stands_beside_what_is_left(money):
    finding = sentences_money.lifetime(money)
    assert "$2,080 a year and, as it is taught, $62,400 in 30 years" in finding.headline
    assert finding.value == money.lifetime["value"].iloc[3] < 62_400
    ax = charts.lifetime_cases(sentences_money.lifetime_cases(money), currency="USD")
    assert [bar.get_width() for bar in ax.patches] == money.lifetime["value"].tolist()
    assert "$62,400" in [text.get_text() for text in ax.texts]
    plt.close("all")


def test_costs_are_said(with_terms):
    dear = with_terms(cost_to_serve=1.5, cost_to_acquire=20.0)
    headline = sentences_money.so_far(clv.count_money(dear)).headline
    assert "Taken off: $1.50 to serve an order day and $20.00 to acquire a customer." in headline
    assert ", less $1.50 to serve each order day, discounted" in sentences.worth(dear).headline


def test_a_cost_above_the_contribution_is_shown_and_breaks_nothing(with_terms):
    losing = with_terms(cost_to_serve=12.0)
    money = clv.count_money(losing)
    assert money.residual.estimate < losing.valuation.estimate("value").high < 0
    for finding in [say(money) for say in SENTENCES] + [sentences.worth(losing)]:
        assert "nan" not in finding.headline
    bars = layout.value_bars(losing)
    assert bars["customers"].sum() == len(losing.customers)
    assert bars["low"].iloc[0] == losing.valuation.table.to_frame()["value"].min()


def test_without_a_rate_there_is_no_value_without_end(with_terms):
    money = clv.count_money(with_terms(annual_discount_rate=0.0))
    assert money.residual is None
    finding = sentences_money.residual(money)
    assert finding.refused
    assert "annual_discount_rate" in finding.headline
    assert money.lifetime["value"].iloc[2] == pytest.approx(62_400)


def test_too_little_data_is_said_in_place_of_money():
    reason = if_enough(clv.count_money, TooFewError("Too few orders."))
    assert isinstance(reason, TooFewError)
    for say in SENTENCES:
        assert say(reason).refused
    assert sentences_money.components_table(reason) is None
    assert not charts.lifetime_cases(sentences_money.lifetime_cases(reason)).patches
    plt.close("all")


def test_ids_are_unique_and_every_sentence_has_its_interval(money):
    found = [say(money) for say in SENTENCES]
    assert len({finding.id for finding in found}) == len(found)
    for finding in found:
        assert finding.interval.startswith("90% interval")
        assert np.isfinite(finding.value)
        assert not finding.main
