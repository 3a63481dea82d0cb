"""Likelihood-ratio tests: a published pair, what counts as nested, and calibration."""

import warnings

import numpy as np
import pandas as pd
import pytest
from clv_described import BASE, BG, PARETO, model_at, people
from clv_reference import cdnow
from scipy import stats

from analysis import clv
from analysis.errors import AnalysisWarning, DataError

HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]


@pytest.fixture(scope="module")
def simulated():
    truth = model_at(BG, BASE[BG], (0.3, 0.0, 0.0))
    return truth.simulate_like(people(600), seed=21)


@pytest.fixture(scope="module")
def fits(simulated):
    fit = clv.fit_bg_nbd_covariates
    return {
        "plain": clv.fit_bg_nbd(simulated),
        "gender": fit(simulated, purchase=["gender"]),
        "age": fit(simulated, purchase=["age"]),
        "leaving": fit(simulated, dropout=["gender"]),
        "both": fit(simulated, purchase=["gender"], dropout=["gender"]),
        "tied": fit(simulated, purchase=["gender"], dropout=["gender"], same=["gender"]),
        "all": fit(simulated, purchase=["age", "gender"], dropout=["gender", "age"]),
        "penalised": fit(simulated, purchase=["gender"], l2_purchase=0.1),
    }


# Published data ------------------------------------------------------------------------------


def test_retention_of_the_high_end_changes_with_age():
    """Fader and Hardie (2007), years 1 to 7 of 1,000: -1611.2, more digits by R's optim."""
    nested, full = clv.fit_shifted_beta_geometric(HIGH_END), clv.fit_beta_discrete_weibull(HIGH_END)
    test = clv.likelihood_ratio_test(nested, full)
    assert nested.log_likelihood == pytest.approx(-1611.158147, abs=1e-6)
    assert test.statistic == pytest.approx(2 * (full.log_likelihood + 1611.158147), abs=1e-5)
    assert (test.nested, test.full) == ("shifted-beta-geometric", "beta-discrete-Weibull")
    assert test.dof == 1
    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic, 1), rel=1e-12)
    assert np.exp(test.log_p_value) == pytest.approx(test.p_value)
    assert test.boundary == ""


# What is inside what -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nested", "full", "dof"),
    [
        ("plain", "gender", 1),
        ("plain", "tied", 1),
        ("plain", "all", 4),
        ("gender", "both", 1),
        ("leaving", "both", 1),
        ("tied", "both", 1),
        ("tied", "all", 3),
        ("both", "all", 2),
        ("age", "all", 3),
    ],
)
def test_fewer_or_tied_effects_are_inside_more(fits, nested, full, dof):
    test = clv.likelihood_ratio_test(fits[nested], fits[full])
    assert test.dof == dof
    gain = fits[full].log_likelihood - fits[nested].log_likelihood
    assert test.statistic == pytest.approx(max(2 * gain, 0.0), abs=1e-9)
    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic, dof), rel=1e-9)


def test_a_real_effect_is_found_and_the_names_say_which(fits):
    test = clv.likelihood_ratio_test(fits["plain"], fits["gender"])
    assert test.p_value < 0.01
    assert (test.nested, test.full) == ("BG/NBD", "BG/NBD with covariates (purchase.gender)")


@pytest.mark.parametrize(
    ("nested", "full"),
    [("gender", "age"), ("gender", "leaving"), ("gender", "tied"), ("tied", "gender")],
)
def test_other_effects_are_not_inside(fits, nested, full):
    with pytest.raises(DataError, match=r"is not inside .*\. Compare them by AIC or on a holdout"):
        clv.likelihood_ratio_test(fits[nested], fits[full])


def test_other_models_are_not_inside(fits, simulated):
    pareto = clv.fit_pareto_nbd(simulated)
    for other in (pareto, clv.fit_mbg_nbd(simulated), fits["plain"]):
        with pytest.raises(DataError, match=r"BG/NBD is not inside .*Compare them by AIC or on a"):
            clv.likelihood_ratio_test(fits["plain"], other)
    with pytest.raises(DataError, match="Pareto/NBD is not inside BG/NBD with covariates"):
        clv.likelihood_ratio_test(pareto, fits["gender"])


def test_a_whole_number_does_not_move_freely(fits, simulated):
    even = clv.fit_bg_cnbd(simulated, k=1)
    with pytest.raises(DataError, match=r"BG/NBD is not inside BG/CNBD-1 .*k is a whole number"):
        clv.likelihood_ratio_test(fits["plain"], even)


def test_the_wrong_order_is_refused_as_such(fits):
    with pytest.raises(DataError, match=r"but the other way round. Swap the two"):
        clv.likelihood_ratio_test(fits["gender"], fits["plain"])


# Calibration ---------------------------------------------------------------------------------


def test_without_an_effect_the_chance_is_what_it_says():
    """60 cohorts without any effect: the p-values are uniform (Kolmogorov-Smirnov)."""
    truth = model_at(BG, BASE[BG], (0.0, 0.0, 0.0))
    chances = []
    for seed in range(60):
        cohort = truth.simulate_like(people(300, seed=seed), seed=1000 + seed)
        nested = clv.fit_bg_nbd(cohort)
        full = clv.fit_bg_nbd_covariates(cohort, purchase=["gender", "age"])
        chances.append(clv.likelihood_ratio_test(nested, full).p_value)
    assert stats.kstest(chances, "uniform").pvalue > 0.01
    assert 0.0 < np.mean(np.array(chances) < 0.1) < 0.2


# At a limit ------------------------------------------------------------------------------------


def test_at_a_limit_the_chance_is_said_to_be_approximate():
    rng = np.random.default_rng(2)
    x = rng.poisson(rng.gamma(2.0, 2.0, 300)) + 3
    loyal = pd.DataFrame({"frequency": x, "recency": 29.9, "T": 30.0, "z": rng.integers(0, 2, 300)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)
        nested = clv.fit_bg_nbd(loyal)
        full = clv.fit_bg_nbd_covariates(loyal, purchase=["z"])
        leaving = clv.fit_bg_nbd_covariates(loyal, dropout=["z"])
    test = clv.likelihood_ratio_test(nested, full)
    assert test.dof == 1
    assert test.boundary.startswith(
        "the p-value is approximate: a fit lies at a limit of its model"
    )
    assert "BG/NBD: no customer leaves" in test.boundary
    with pytest.raises(
        DataError, match=r"at its limit .no customer leaves. .* Keep the simpler one"
    ):
        clv.likelihood_ratio_test(nested, leaving)


# Refused ---------------------------------------------------------------------------------------


def test_a_penalised_fit_is_refused(fits):
    with pytest.raises(DataError, match=r"has l2_purchase=0\.1, l2_dropout=0\. Fit it without"):
        clv.likelihood_ratio_test(fits["plain"], fits["penalised"])


def test_fits_to_other_customers_are_refused(fits, simulated):
    with pytest.raises(DataError, match=r"same customers; BG/NBD to 2357, BG/NBD .* to 600"):
        clv.likelihood_ratio_test(clv.fit_bg_nbd(cdnow()), fits["gender"])
    days = simulated.assign(recency=simulated["recency"] / 7, T=simulated["T"] / 7)
    with pytest.raises(DataError, match=r"behind in log-likelihood, so the customers were not the"):
        clv.likelihood_ratio_test(clv.fit_bg_nbd(days), fits["gender"])


def test_covariates_of_the_pareto_nbd_are_tested_likewise(simulated):
    nested = clv.fit_pareto_nbd(simulated)
    full = clv.fit_pareto_nbd_covariates(simulated, purchase=["gender"])
    assert type(full) is PARETO
    assert clv.likelihood_ratio_test(nested, full).p_value < 0.01
