"""Any number of customers: the same report whatever number of them is looked at at once."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from answers import watched
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from analysis import clv, retention
from analysis.clv import (
    layout,
    layout_check,
    sentences,
    sentences_check,
    sentences_choice,
    sentences_money,
)
from analysis.clv.holdout import score_one, score_ranks
from analysis.clv.ranks import correlate_ranks, count_ranked, divide, quantile
from analysis.limits import if_enough
from analysis.periods import Period

END = dt.date(2017, 12, 31)
AT_ONCE = 400  # of 2,469 households


@pytest.fixture(scope="module")
def parts(sample, tmp_path_factory):
    scratch = tmp_path_factory.mktemp("scratch")
    return dataclasses.replace(watched(sample, AT_ONCE), scratch=scratch)


@pytest.fixture(scope="module")
def check(parts, sample_settings):
    burn_in = retention.burn_in_days(parts, END, sample_settings.churn)
    return clv.check_holdout(parts, END, sample_settings, burn_in_days=burn_in)


@pytest.fixture(scope="module")
def study(parts, sample_settings, check):
    return clv.study_value(parts, END, sample_settings, check)


# By hand -------------------------------------------------------------------------------------


def test_equal_numbers_are_shared_between_tenths():
    numbers, weight = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 1.0])
    halves = divide(numbers, weight, 2)
    assert halves.ends.tolist() == [2.0]
    assert halves.shares.tolist() == [0.5]
    assert halves.sizes.tolist() == [2, 2]
    came = np.array([10.0, 20.0, 40.0]) * weight
    assert halves.add_up(numbers, came[:, None]).ravel().tolist() == [30.0, 60.0]
    assert divide(numbers, weight, 10).sizes.tolist() == [1, 1, 1, 1]


def test_ranks_and_quantiles_count_weights():
    rng = np.random.default_rng(1)
    one, other = rng.integers(0, 9, 200).astype(float), rng.integers(0, 5, 200).astype(float)
    weight = rng.integers(1, 4, 200)
    every = pd.DataFrame({"one": np.repeat(one, weight), "other": np.repeat(other, weight)})
    expected = every["one"].corr(every["other"], method="spearman")
    assert correlate_ranks(one, other, weight.astype(float)) == pytest.approx(expected)
    for share in (0.0, 0.37, 0.95, 1.0):
        assert quantile(one, weight, share) == pytest.approx(every["one"].quantile(share))
    assert np.isnan(correlate_ranks(one, np.ones(200), weight.astype(float)))


def test_counts_by_forecast_are_few_whoever_is_counted_and_rank_as_the_customers_do():
    """Of ten times the customers, each with another forecast, half as many rows at most."""
    rng, found = np.random.default_rng(2), []
    for customers in (20_000, 200_000):
        predicted = rng.gamma(0.5, 4.0, customers)
        actual = rng.poisson(predicted).clip(max=5).astype(float)
        counts = None
        for part in np.array_split(np.arange(customers), 4):
            counts = count_ranked(predicted[part], actual[part], np.ones(len(part)), counts)
        exact = score_one(predicted, actual, np.ones(customers))
        columns = (counts[name].to_numpy() for name in ("predicted", "actual", "weight", "off"))
        ranked = score_ranks(*columns)
        assert ranked == pytest.approx({name: exact[name] for name in ranked}, rel=1e-4)
        assert counts["weight"].sum() == customers
        assert counts["off"].sum() == pytest.approx((predicted - actual).sum())
        found.append(counts["predicted"].nunique() / customers)
    assert found[1] < found[0] / 2


# The sample ------------------------------------------------------------------------------------


def test_the_parts_are_several_and_leave_nothing_behind(parts, study):
    assert len(list(parts.parts())) == 7
    assert [len(part) for part in study.histories.frames()] == [400] * 6 + [69]
    assert any(parts.scratch.iterdir())


def test_the_check_does_not_depend_on_the_parts(check, value_check):
    assert check.births.recommended == value_check.births.recommended
    assert check.comparison.model == value_check.comparison.model
    tables = [
        (one.scores, one.deciles, one.weeks, one.comparison.table, one.births.errors)
        for one in (check, value_check)
    ]
    for ours, theirs in zip(*tables, strict=True):
        assert_frame_equal(ours, theirs, rtol=1e-9)
    for say in (sentences_check.forecast, sentences_check.by_decile, sentences_choice.births):
        assert say(check).headline == say(value_check).headline


def test_the_study_does_not_depend_on_the_parts(study, value_study, check, value_check):
    assert_allclose(study.purchases.parameters, value_study.purchases.parameters, rtol=1e-12)
    assert_allclose(study.spend.parameters, value_study.spend.parameters, rtol=1e-9)
    for table in (
        layout.tiers,
        layout.value_bars,
        layout.alive_map,
        layout_check.purchases_so_far,
    ):
        assert_frame_equal(table(study), table(value_study), rtol=1e-9)
    for say in (
        sentences.orders,
        sentences.worth,
        sentences.spread,
        sentences.tiers,
        sentences.likely_gone,
        sentences_check.independence,
        sentences_choice.counts,
    ):
        assert say(study).headline == say(value_study).headline
        assert say(study).value_text == say(value_study).value_text
    assert (
        sentences.loss(study, check).headline == sentences.loss(value_study, value_check).headline
    )
    assert sentences_choice.fits(study) == sentences_choice.fits(value_study)


def test_the_money_does_not_depend_on_the_parts(study, value_study):
    ours, theirs = clv.count_money(study), clv.count_money(value_study)
    assert_frame_equal(ours.components, theirs.components, rtol=1e-9)
    assert_allclose(ours.residual, theirs.residual, rtol=1e-9)
    assert_frame_equal(ours.lifetime, theirs.lifetime, rtol=1e-9)
    assert sentences_money.so_far(ours).headline == sentences_money.so_far(theirs).headline


def test_the_list_does_not_depend_on_the_parts(study, value_study):
    ours, theirs = layout.value_list(study), layout.value_list(value_study)
    assert len(list(ours.frames())) == 7
    assert_frame_equal(ours.to_frame(), theirs.to_frame(), check_categorical=False)


def test_totals_of_parts_are_those_of_one_valuation(study):
    whole = clv.value(
        study.histories.to_frame(),
        study.purchases,
        study.spend,
        horizon=study.valuation.horizon,
        annual_discount_rate=study.annual_discount_rate,
        margin=study.margin,
    )
    for name in whole.total().index:
        assert_allclose(study.valuation.estimate(name), whole.estimate(name), rtol=1e-9)
    tiers = clv.tier_table(whole, clv.assign_tiers(whole))
    assert_frame_equal(study.valuation.tiers, tiers, rtol=1e-7, atol=1e-6)
    components = clv.count_money(study).components
    assert_frame_equal(components, clv.value_components(whole), rtol=1e-9)


def test_the_forecasts_do_not_depend_on_the_parts(parts, sample, study, value_study):
    ours = clv.forecast_next(parts, study, Period.parse("2018-01"))
    theirs = clv.forecast_next(sample, value_study, Period.parse("2018-01"))
    for one, other in zip(ours, theirs, strict=True):
        numbers = [[made.value, made.low, made.high, made.naive] for made in (one, other)]
        assert_allclose(*numbers, rtol=1e-9)


def test_too_short_a_history_is_too_short_in_parts(parts, sample, sample_settings):
    early = dt.date(2017, 2, 28)
    reasons = [
        str(if_enough(clv.check_holdout, one, early, sample_settings, burn_in_days=30))
        for one in (parts, sample)
    ]
    assert reasons[0] == reasons[1]
