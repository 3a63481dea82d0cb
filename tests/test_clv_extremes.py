"""Histories and tables at the edge, over every model: right, or refused in words."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow, history
from every_model import FITS, TERMS, fit_regular, shoppers
from numpy.testing import assert_allclose

from analysis import clv, summary
from analysis.clv.likelihood import Maximum
from analysis.errors import AnalysisWarning, DataError

TIME_LIKE = {"alpha", "beta"}
every_fit = pytest.mark.parametrize("fit", FITS.values(), ids=FITS)


def model_of(kind, stages=None, **parameters):
    logs = np.log(list(parameters.values()))
    peak = Maximum(logs, 0.0, np.zeros((logs.size, logs.size)))
    extra = {} if stages is None else {"k": stages}
    return kind(**parameters, **extra, n_customers=1.0, peak=peak)


MODELS = {
    "BG/NBD": model_of(clv.BGNBD, r=0.243, alpha=4.414, a=1.0, b=2.426),
    "MBG/NBD": model_of(clv.MBGNBD, r=0.243, alpha=4.414, a=1.0, b=2.426),
    "Pareto/NBD": model_of(clv.ParetoNBD, r=0.553, alpha=10.58, s=1.0, beta=11.67),
    "BG/CNBD-3": model_of(clv.BGCNBD, stages=3, r=0.243, alpha=1.5, a=1.0, b=2.426),
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)

EXTREME = pd.DataFrame(
    {
        "frequency": [170, 2000, 20_000, 1, 0, 2000, 5],
        "recency": [38.9, 38.0, 38.9, 5e6, 0.0, 1e7, 1e-9],
        "T": [38.9, 38.9, 38.9, 1e7, 0.0, 1e7, 1e7],
    }
)


def loyal(stages):
    """Draw customers of whom none leaves; in half of such draws the peak lies at the limit."""
    model = model_of(clv.BGCNBD, stages=stages, r=2.0, alpha=10.0, a=1e-9, b=1.0)
    return model.simulate_customers(np.full(1500, 40.0 * stages), seed=1)


# Predictions -----------------------------------------------------------------------------------


@every_model
@pytest.mark.parametrize("horizon", [1e-6, 39.0, 1e7])
def test_extreme_histories_have_finite_predictions(model, horizon):
    """Where a = 1 or s = 1, and x = 170 or more, hypergeometric functions fail."""
    rows = model.read(EXTREME)
    moments = model.moments(rows, horizon)
    alive = model.probability_alive(EXTREME)
    expected = model.expected_purchases(EXTREME, horizon)
    assert alive.between(0, 1).all()
    assert np.isfinite(expected).all()
    assert (expected >= -1e-9).all()
    assert_allclose(moments.mean, expected, rtol=1e-9, atol=1e-9)
    assert (np.abs(moments.nothing - 0.5) <= 0.5 + 1e-12).all()
    assert np.isfinite(moments.variance).all()
    today = model.discounted_expected_transactions(EXTREME, 0.001, horizon=horizon)
    assert (today <= expected * (1 + 1e-6) + 1e-9).all()
    assert np.isfinite(model.discounted_expected_transactions(EXTREME, 0.001)).all()
    assert np.isfinite(model.expected_purchases_new(horizon))


@every_model
def test_extreme_histories_have_a_value_with_finite_limits(model):
    spend = model_of(clv.GammaGamma, p=6.25, q=3.74, v=15.44)
    customers = EXTREME.assign(monetary_value=30.0)
    valued = clv.value(customers, model, spend, **TERMS)
    limits = valued.intervals()
    assert np.isfinite(valued.total().to_numpy(dtype=float)).all()
    assert (limits["value_low"] <= limits["value_high"]).all()
    assert np.isfinite(limits.to_numpy()).all()


@every_model
def test_who_has_surely_left_is_worth_nothing(model):
    """P(alive) is below the smallest number: a ratio of what is ahead to it has no value."""
    gone = pd.DataFrame({"frequency": [1500], "recency": [100.0], "T": 1e4, "monetary_value": 30.0})
    spend = model_of(clv.GammaGamma, p=6.25, q=3.74, v=15.44)
    assert model.probability_alive(gone).item() == 0.0
    assert clv.value(gone, model, spend, **TERMS).estimate("value") == (0.0, 0.0, 0.0)
    residual = clv.residual_value(gone, model, spend, annual_discount_rate=0.1, margin=0.3)
    assert residual.estimate() == (0.0, 0.0, 0.0)


def test_periods_without_number_have_finite_predictions():
    model = model_of(clv.BGBB, alpha=1.2, beta=0.75, gamma=1.0, delta=2.8)
    donors = pd.DataFrame({"frequency": [170, 2000, 0, 1], "recency": [170, 2000, 0, 1]})
    donors["n_periods"] = [170, 2000, 0, 100_000]
    assert model.probability_alive(donors).between(0, 1).all()
    assert model.expected_purchases(donors, 5).between(0, 5).all()
    assert np.isfinite(model.discounted_expected_transactions(donors, 0.01)).all()


@pytest.mark.parametrize("c", [1e-3, 1.0, 40.0])
def test_retention_stays_a_share_however_old(c):
    model = model_of(clv.BetaDiscreteWeibull, alpha=0.5, beta=2.0, c=c)
    ages = np.array([1.0, 2.0, 1e3, 1e10, 1e300])
    for shares in (model.survival(ages), model.retention_rate(ages)):
        assert ((shares >= 0) & (shares <= 1)).all()
    assert (np.diff(model.survival(ages)) <= 0).all()


# Fits ------------------------------------------------------------------------------------------


@every_fit
@pytest.mark.parametrize("unit", [7.0, 604_800.0, 1e-9])
def test_parameters_and_errors_scale_with_the_unit_of_time(fit, unit):
    """Seconds, days or weeks: the same fit to 6 digits, its standard errors too."""
    customers = shoppers()
    other = customers.assign(
        recency=customers["recency"] * unit,
        T=customers["T"] * unit,
        log_gaps=customers["log_gaps"] + customers["frequency"] * np.log(unit),
    )
    ours, theirs = fit(customers), fit(other)
    times = np.array([unit if name in TIME_LIKE else 1.0 for name in ours.names])
    assert_allclose(theirs.parameters / times, ours.parameters, rtol=1e-6)
    assert_allclose(theirs.standard_errors / times, ours.standard_errors, rtol=1e-6)
    moved = customers["frequency"].sum() * np.log(unit)
    assert theirs.log_likelihood + moved == pytest.approx(ours.log_likelihood, abs=1e-6)


def test_errors_of_spend_scale_with_the_unit_of_money():
    ours, cents = (
        clv.fit_gamma_gamma(cdnow().assign(monetary_value=lambda d, u=u: d["monetary_value"] * u))
        for u in (1.0, 100.0)
    )
    assert_allclose(cents.standard_errors / [1, 1, 100], ours.standard_errors, rtol=1e-6)


@every_fit
def test_weights_of_whole_histories_change_nothing(fit):
    whole, compressed = fit(shoppers()), fit(summary.compress(shoppers()))
    assert_allclose(compressed.parameters, whole.parameters, rtol=1e-8)
    assert_allclose(compressed.covariance, whole.covariance, rtol=1e-6)
    assert compressed.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
    assert fit(shoppers()).parameters.tolist() == whole.parameters.tolist()


@every_fit
@pytest.mark.parametrize("purchases", [170, 2000, 20_000])
def test_one_extreme_buyer_does_not_break_a_fit(fit, purchases):
    """At the very end, x = 170 and more with t_x = T."""
    buyer = history(purchases, 38.9, 38.9).assign(
        log_gaps=purchases * (np.log(38.9 / purchases) - 0.25)
    )
    columns = ["frequency", "recency", "T", "log_gaps"]
    found = fit(pd.concat([shoppers()[columns], buyer]))
    assert np.isfinite(found.standard_errors).all()
    assert found.boundary == ""


@every_fit
def test_nobody_who_leaves_is_said_to_be_so(fit):
    """A parameter that has run away has no standard error; the others keep theirs."""
    customers = loyal(2 if fit is fit_regular else 1)
    with pytest.warns(AnalysisWarning, match="no customer leaves"):
        found = fit(customers)
    assert found.boundary == "no customer leaves"
    assert found.standard_errors.iloc[:2].notna().all()
    assert found.standard_errors.iloc[2:].isna().all()
    assert found.probability_alive(customers).min() > 0.99


def test_a_boundary_is_looked_for_where_it_lies():
    """The limit of b alone once started from a, so that loyal customers were called leavers."""
    limit = next(way for way in clv.beta_geometric.LIMITS if way.direction == (0, 0, 0, -1))
    start = np.zeros(4)
    moved = limit.reached_from(np.array([0.0, 0.0, -14.0, 8.0]), start)
    assert_allclose(moved, [0.0, 0.0, -14.0, -14.0])


@every_fit
def test_what_cannot_be_fitted_is_refused_in_words(fit):
    customers = shoppers()
    with pytest.raises(DataError, match=r"unique; 3 of 2360 break this, first customer_id=1 with"):
        fit(pd.concat([customers, customers.head(3)]))
    with pytest.raises(DataError, match=r"`recency` must be <= `T`.*1 of 2357.*customer_id=1 "):
        fit(customers.assign(T=customers["T"].where(customers.index > 0, 1.0)))
    with pytest.raises(DataError, match=r"`T` must be > 0 for a fit; 1 of 2358"):
        fit(pd.concat([customers, history(0, 0, 0).assign(customer_id=-1, log_gaps=0.0)]))
    with pytest.raises(DataError, match="a fit needs repeat buyers; none of 2357"):
        fit(customers.assign(frequency=0, recency=0.0, log_gaps=0.0))


@every_fit
def test_one_repeat_buyer_among_many_gives_a_boundary_or_a_refusal(fit):
    once = history(1, 20.0, 30.0).assign(log_gaps=np.log(20.0))
    never = pd.concat([history(0, 0.0, 30.0).assign(log_gaps=0.0)] * 200)
    with pytest.warns(AnalysisWarning, match="boundary"):
        found = fit(pd.concat([once, never]))
    assert found.standard_errors.isna().all()
    assert found.expected_purchases(once, 30).item() < 1.0


def test_donors_who_give_every_year_are_a_boundary():
    always = pd.DataFrame({"frequency": [6] * 30, "recency": 6, "n_periods": 6})
    with pytest.warns(AnalysisWarning, match="every customer buys in every period"):
        fit = clv.fit_bg_bb(always)
    assert fit.standard_errors.isna().all()
    assert fit.expected_purchases(always.head(1), 5).item() == pytest.approx(5.0, abs=1e-3)


@pytest.mark.parametrize(
    ("survivors", "boundary", "left"),
    [
        ([100, 0, 0, 0], "every subscriber cancels at the first renewal", 0.0),
        ([100, 50, 50, 50, 50], "subscribers cancel at the first renewal or never", 0.5),
    ],
)
def test_cohorts_that_fall_at_once_are_boundaries(survivors, boundary, left):
    for fit in (clv.fit_shifted_beta_geometric, clv.fit_beta_discrete_weibull):
        with pytest.warns(AnalysisWarning, match=boundary) as said:
            found = fit(survivors)
        assert len(said) == 1
        assert found.boundary == boundary
        assert found.standard_errors.isna().all()
        assert_allclose(found.survival([1, 2, 9]), left, atol=1e-4)


def test_a_cohort_gone_at_the_second_renewal_has_no_absurd_error():
    """The age of the beta-discrete-Weibull model then grows without bound."""
    with pytest.warns(AnalysisWarning, match="whoever renews once cancels at the next renewal"):
        fit = clv.fit_beta_discrete_weibull([100, 50, 0, 0])
    assert fit.standard_errors.isna().all()
    assert_allclose(fit.survival([0, 1, 2]), [1.0, 0.5, 0.0], atol=1e-6)


def test_spend_of_two_buyers_is_a_boundary():
    two = pd.DataFrame({"frequency": [3, 1], "monetary_value": [20.0, 30.0]})
    with pytest.warns(AnalysisWarning, match="do not differ in what they spend"):
        assert np.isfinite(clv.fit_gamma_gamma(two).mean_spend)
