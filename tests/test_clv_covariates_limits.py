"""What covariates cannot tell, and what is refused of them."""

import warnings

import numpy as np
import pandas as pd
import pytest
from clv_described import BASE, BG, FITS, PARETO, TRUTH, model_at, people

from analysis import clv
from analysis.errors import AnalysisWarning, DataError, FitError

each_kind = pytest.mark.parametrize("kind", [BG, PARETO], ids=["BG/NBD", "Pareto/NBD"])


# At a limit ------------------------------------------------------------------------------------


@each_kind
def test_where_nobody_leaves_a_coefficient_on_leaving_is_not_known(kind):
    rng = np.random.default_rng(2)
    x = rng.poisson(rng.gamma(2.0, 2.0, 300)) + 3
    loyal = pd.DataFrame({"frequency": x, "recency": 29.9, "T": 30.0, "z": rng.integers(0, 2, 300)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)
        fit = FITS[kind](loyal, purchase=["z"], dropout=["z"])
    assert "no customer leaves" in fit.boundary
    assert fit.parameters["dropout.z"] == 0.0
    assert np.isnan(fit.standard_errors["dropout.z"])
    assert np.isfinite(fit.standard_errors["purchase.z"])
    assert fit.probability_alive(loyal).min() > 0.999
    plain = fit.model_for({"z": 1})
    assert plain.boundary == fit.boundary
    assert plain.standard_errors.isna().tolist() == [False, False, True, True]


def test_at_a_limit_a_forecast_is_as_sure_whatever_the_origin_of_a_covariate():
    alike = model_at(PARETO, (0.8, 6.0, 5000.0, 60000.0), TRUTH)
    customers = alike.simulate_like(people(800, seed=0), seed=0)
    errors = []
    for shift in (0.0, 50.0):
        moved = customers.assign(gender=customers["gender"] + shift)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AnalysisWarning)
            fit = FITS[PARETO](moved, purchase=["gender"], dropout=["gender"])
        assert fit.boundary == "customers do not differ in how readily they leave"
        rows, ahead = fit.read(moved), np.full(len(moved), 20.0)
        slope = fit.sensitivity(lambda m, r=rows, t=ahead: m.expected(r, t).sum())[0]
        errors.append(np.sqrt(slope @ fit.peak.log_covariance @ slope))
    assert errors[1] == pytest.approx(errors[0], rel=1e-4)


@each_kind
def test_a_forecast_is_as_sure_however_far_from_zero_a_covariate_lies(kind):
    truth = model_at(kind, BASE[kind], TRUTH)
    simulated = truth.simulate_like(people(1500), seed=11, holdout=20.0)
    errors = []
    for shift in (0.0, 2000.0):
        moved = simulated.assign(age=simulated["age"] + shift)
        fit = FITS[kind](moved, purchase=["age"], dropout=["age"])
        rows, ahead = fit.read(moved), np.full(len(moved), 20.0)
        slope = fit.sensitivity(lambda m, r=rows, t=ahead: m.expected(r, t).sum())[0]
        errors.append(np.sqrt(slope @ fit.peak.log_covariance @ slope))
    assert errors[1] == pytest.approx(errors[0], rel=1e-4)


# Refused ---------------------------------------------------------------------------------------


def refused(message, customers=None, **options):
    customers = people(60).assign(frequency=1, recency=2.0) if customers is None else customers
    with pytest.raises(DataError, match=message):
        clv.fit_bg_nbd_covariates(customers, **options)


def test_a_group_by_name_is_refused_with_the_way_to_dummies():
    table = people(9).assign(frequency=1, recency=2.0, channel=["web", "shop", "app"] * 3)
    message = r"`channel` is .*, first 'web'.*get_dummies\(customers, columns=\['channel'\], drop"
    refused(message, table, purchase=["channel"])
    refused(message, table.astype({"channel": "category"}), dropout=["channel"])
    refused("must hold numbers", table.assign(channel="1"), purchase=["channel"])


def test_a_covariate_that_says_nothing_is_refused_by_name():
    table = people(60).assign(frequency=1, recency=2.0, country=1)
    refused(
        r"`country` must differ .* all 60 have 1, so there is nothing", table, dropout=["country"]
    )
    dummies = table.assign(woman=1 - table["gender"])
    message = r"`woman` is a sum of multiples of `age`, `gender`\. Leave it out"
    refused(message, dummies, purchase=["age", "gender", "woman"])


def test_a_covariate_that_tells_the_repeat_buyers_is_refused_without_penalty():
    table = people(60).assign(frequency=lambda t: t["gender"], recency=lambda t: 2.0 * t["gender"])
    refused("repeat buyers must differ in `gender`; all .* have 1", table, purchase=["gender"])


def test_a_covariate_too_far_from_zero_is_refused_with_the_way_out():
    truth = model_at(BG, BASE[BG], TRUTH)
    late = truth.simulate_like(people(400), seed=3).assign(age=lambda frame: frame["age"] + 1e6)
    message = r"`age` has mean 1.00004e\+06 and standard deviation 12.*Subtract a typical value"
    refused(message, late, purchase=["age"])


@each_kind
def test_a_covariate_that_tells_who_leaves_has_no_coefficient(kind):
    rng = np.random.default_rng(2)
    x = rng.poisson(rng.gamma(2.0, 2.0, 400)) + 3
    gone = np.arange(400) % 2
    last = np.where(gone, rng.uniform(1.0, 25.0, 400), 29.9)
    split = pd.DataFrame({"frequency": x, "recency": last, "T": 30.0, "gone": gone})
    with pytest.raises(FitError, match=r"Or a covariate tells who leaves so well .* l2_dropout"):
        FITS[kind](split, dropout=["gone"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)
        drawn = FITS[kind](split, dropout=["gone"], l2_dropout=0.01)
    alive = drawn.probability_alive(split).groupby(split["gone"]).mean()
    assert alive[0] > 0.9 > 0.5 > alive[1]


def test_missing_columns_and_values_are_refused():
    table = people(60).assign(frequency=1, recency=2.0)
    refused("needs the covariate `income`; found: T, gender, age", table, purchase=["income"])
    table.loc[3, "age"] = np.nan
    refused(
        "`age` must be a finite number; 1 of 60 break this, first row 3", table, purchase=["age"]
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "`purchase` or `dropout` must name a column; both are empty"),
        ({"purchase": "age"}, '`purchase` must be a list of columns; got "age"'),
        ({"dropout": ["age", "age"]}, "`dropout` must name a column once; `age` comes again"),
        ({"purchase": ["frequency"]}, "`frequency` is what the model explains"),
        ({"purchase": ["age"], "same": ["age"]}, "in `purchase` and in `dropout`; `age` is not"),
        ({"purchase": ["age"], "l2_purchase": -1.0}, "`l2_purchase` must be finite and >= 0"),
        ({"dropout": ["age"], "l2_dropout": np.inf}, "`l2_dropout` must be finite and >= 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    refused(message, **options)


def test_customers_from_before_the_data_are_refused():
    table = people(60).assign(frequency=1, recency=2.0, seen_within=np.nan)
    table.loc[4, "seen_within"] = 10.0
    refused("every first purchase: .* 1 of 60 break this, first row 4", table, purchase=["age"])


@each_kind
def test_a_new_customer_of_no_kind_is_refused(kind):
    fit = model_at(kind, BASE[kind], TRUTH)
    for ask in (
        lambda: fit.expected_purchases_new(10.0),
        lambda: fit.probability_of_purchases([0, 1], 10.0),
        lambda: fit.simulate_customers([10.0], seed=1),
    ):
        with pytest.raises(DataError, match=r"depends on `gender`, `age`\. Take the model of one"):
            ask()
