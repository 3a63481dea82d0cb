"""The BG/CNBD-k and MBG/CNBD-k on customers of known parameters, at their limits, and refused."""

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow, history
from cnbd_stories import BTYDPLUS, model_at, one_by_one, simulated
from numpy.testing import assert_allclose

from analysis import clv
from analysis.errors import AnalysisWarning, DataError

# Recovery ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "k"), [("BGCNBD", 3), ("MBGCNBD", 2)])
def test_regularity_parameters_and_future_of_a_simulated_story_are_recovered(kind, k):
    customers = simulated(getattr(clv, kind), k)
    fit = {"BGCNBD": clv.fit_bg_cnbd, "MBGCNBD": clv.fit_mbg_cnbd}[kind](customers)
    assert fit.k == k
    z = (fit.parameters.to_numpy() - BTYDPLUS) / fit.standard_errors.to_numpy()
    assert np.abs(z).max() < 3
    moments = fit.moments(fit.read(customers), 32.0)
    bought = customers["holdout_frequency"].to_numpy()
    error = np.sqrt(moments.variance.sum())
    assert abs(bought.sum() - moments.mean.sum()) < 3 * error
    assert np.mean(bought == 0) == pytest.approx(moments.nothing.mean(), abs=0.02)
    assert fit.log_likelihood > clv.fit_bg_cnbd(customers, k=1).log_likelihood + 100


@pytest.mark.parametrize(("kind", "k"), [(clv.BGCNBD, 3), (clv.MBGCNBD, 2)])
def test_drawn_customers_are_like_those_simulated_event_by_event(kind, k):
    model, rng = model_at(kind, k, *BTYDPLUS), np.random.default_rng(5)
    naive = one_by_one(BTYDPLUS, k, kind.at_start, 20.0, 15.0, 8000, rng)
    columns = ["frequency", "recency", "log_gaps", "holdout_frequency"]
    drawn = model.simulate_customers(np.full(20_000, 20.0), seed=6, holdout=15.0)[
        columns
    ].to_numpy()
    for power in (1, 2):
        ours, theirs = drawn**power, naive**power
        error = np.sqrt(ours.var(axis=0) / len(ours) + theirs.var(axis=0) / len(theirs))
        assert np.abs((ours.mean(axis=0) - theirs.mean(axis=0)) / error).max() < 4
    assert drawn[drawn[:, 0] == 0, 1:3].tolist() == [[0.0, 0.0]] * int((drawn[:, 0] == 0).sum())


def test_drawn_futures_are_as_expected():
    model = model_at(clv.BGCNBD, 3, *BTYDPLUS)
    customer = pd.concat([history(4, 25, 30)] * 20_000, ignore_index=True)
    bought = model.simulate_purchases(customer, 20.0, seed=7)
    moments = model.moments(model.read(history(4, 25, 30)), 20.0)
    assert bought.mean() == pytest.approx(moments.mean.item(), abs=4 * bought.std() / 141)
    assert bought.var() == pytest.approx(moments.variance.item(), rel=0.03)
    assert (bought == 0).mean() == pytest.approx(moments.nothing.item(), abs=0.01)


# Errors ------------------------------------------------------------------------------------

GOOD = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c"],
        "frequency": [2, 0, 1],
        "recency": [5.0, 0.0, 3.0],
        "T": [9.0, 9.0, 9.0],
        "log_gaps": [np.log(2) + np.log(3), 0.0, np.log(3)],
    }
)


def test_a_fit_without_gaps_is_refused_unless_k_is_one():
    for k in (None, 2):
        with pytest.raises(DataError, match=r"needs a column `log_gaps`; found: .*gaps=True.*k=1"):
            clv.fit_bg_cnbd(cdnow(), k=k)


@pytest.mark.parametrize(
    ("log_gaps", "message"),
    [
        ([1.0, 1.0, 1.0], "must be 0 where `frequency` is 0; 1 of 3.*customer_id='b' with 1.0"),
        ([2.0, 0.0, 1.0], r"at most what even gaps give.*1 of 3.*'a' with 2.0.*unit of `recency`"),
        ([1.0, 0.0, np.nan], "finite number; 1 of 3"),
    ],
)
def test_gaps_that_cannot_be_true_are_refused(log_gaps, message):
    with pytest.raises(DataError, match=message):
        clv.fit_mbg_cnbd(GOOD.assign(log_gaps=log_gaps))


@pytest.mark.parametrize("k", [0, 2.5])
def test_a_part_of_a_stage_is_refused(k):
    with pytest.raises(DataError, match=rf"`k` must be a whole number >= 1; got {k}"):
        clv.fit_bg_cnbd(GOOD, k=k)


def test_histories_that_do_not_begin_with_a_purchase_are_refused_unless_k_is_one():
    unborn = GOOD.assign(seen_within=[4.0, np.nan, np.nan])
    with pytest.raises(
        DataError, match=r"with k > 1, a history must begin.*`seen_within` must be missing; 1 of 3"
    ):
        clv.fit_bg_cnbd(unborn)
    with pytest.raises(DataError, match=r"first customer_id='a' with 4.0. Count from the first"):
        model_at(clv.BGCNBD, 2, *BTYDPLUS).probability_alive(unborn)
    assert model_at(clv.BGCNBD, 1, *BTYDPLUS).probability_alive(unborn).between(0, 1).all()


def test_customers_like_clockwork_are_said_to_be_more_regular_than_any_k():
    rng = np.random.default_rng(8)
    customers = model_at(clv.BGCNBD, 60, 2.0, 0.5, 0.8, 6.0).draw(np.full(300, 80.0), 0.0, rng)
    table = pd.DataFrame(
        {
            "frequency": customers.x,
            "recency": customers.t_x,
            "T": 80.0,
            "log_gaps": customers.log_gaps,
        }
    )
    with pytest.warns(AnalysisWarning, match="even more regular than k = 12, the highest k tried"):
        fit = clv.fit_bg_cnbd(table)
    assert fit.k == 12


def test_customers_who_never_leave_are_a_boundary_said_once():
    rng = np.random.default_rng(9)
    customers = model_at(clv.BGCNBD, 2, 3.0, 5.0, 1e-9, 1.0).draw(np.full(800, 40.0), 0.0, rng)
    table = pd.DataFrame({"frequency": customers.x, "recency": customers.t_x, "T": 40.0})
    with pytest.warns(AnalysisWarning) as said:
        fit = clv.fit_bg_cnbd(table.assign(log_gaps=customers.log_gaps))
    assert [str(one.message) for one in said] == [
        "the fit lies on a boundary of the model: no customer leaves"
    ]
    assert (fit.k, fit.boundary) == (2, "no customer leaves")
    assert_allclose([fit.r, fit.alpha], [3.0, 5.0], rtol=0.15)


def test_a_saved_fit_comes_back_with_its_regularity():
    fit = model_at(clv.MBGCNBD, 3, 0.5, 2.0, 1.0, 3.0)
    assert clv.from_json(fit.to_json()) == fit


def test_a_fit_prints_its_regularity():
    fit = model_at(clv.MBGCNBD, 3, 0.5, 2.0, 1.0, 3.0)
    assert fit.label == "MBG/CNBD-3"
    assert str(fit).startswith("MBGCNBD(k=3, r=0.5, alpha=2, a=1, b=3; log-likelihood")
