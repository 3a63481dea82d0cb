"""Fits written as JSON and read again: the same fit, or a refusal that says why."""

import json
import warnings
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow, history
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.linalg import block_diag

from analysis import clv
from analysis.clv.likelihood import Limit, Maximum
from analysis.clv.origins import TwoOrigins
from analysis.clv.storage import MODELS
from analysis.errors import AnalysisWarning, DataError

SURVIVORS = [1000, 869, 743, 653, 593, 551, 517, 491]  # Fader and Hardie (2007), High End


@pytest.fixture(scope="module")
def fits():
    customers = cdnow().assign(new=lambda frame: frame.index % 2, log_gaps=0.0)
    known = {"purchase": ["new", "discs"], "dropout": ["new"], "same": ["new"]}
    customers["discs"] = customers["customer_id"] % 7
    gifts = pd.DataFrame({"frequency": [0, 1, 1, 2, 2, 3, 3], "recency": [0, 1, 3, 2, 3, 3, 3]})
    gifts = gifts.assign(n_periods=3, weight=[50, 20, 9, 12, 10, 30, 5])
    return {
        "BGNBD": clv.fit_bg_nbd(customers),
        "MBGNBD": clv.fit_mbg_nbd(customers),
        "ParetoNBD": clv.fit_pareto_nbd(customers),
        "BGCNBD": clv.fit_bg_cnbd(customers, k=1),
        "MBGCNBD": clv.fit_mbg_cnbd(customers, k=1),
        "BGNBDCovariates": clv.fit_bg_nbd_covariates(customers, **known, l2_purchase=0.1),
        "ParetoNBDCovariates": clv.fit_pareto_nbd_covariates(customers, **known),
        "BGBB": clv.fit_bg_bb(gifts),
        "GammaGamma": clv.fit_gamma_gamma(customers),
        "ConstantSpend": clv.fit_spend(customers.assign(monetary_value=9.5)),
        "ShiftedBetaGeometric": clv.fit_shifted_beta_geometric(SURVIVORS),
        "BetaDiscreteWeibull": clv.fit_beta_discrete_weibull(SURVIVORS),
    }


def two_origins(new, old):
    points = np.concatenate([new.peak.log_parameters, old.peak.log_parameters])
    covariance = block_diag(new.peak.log_covariance, old.peak.log_covariance)
    peak = Maximum(points, new.log_likelihood + old.log_likelihood, covariance)
    return TwoOrigins(new=new, old=old, alpha=new.alpha, n_customers=9.0, peak=peak)


def same(one, other):
    assert type(one) is type(other)
    for field in fields(one):
        if field.name != "peak":
            assert getattr(one, field.name) == getattr(other, field.name)
    assert_array_equal(one.peak.log_parameters, other.peak.log_parameters)
    assert_array_equal(one.peak.log_covariance, other.peak.log_covariance)
    assert one.peak.log_likelihood == other.peak.log_likelihood
    assert one.peak.limits == other.peak.limits


def test_every_model_comes_back_to_the_last_digit(fits, tmp_path):
    for name, fit in fits.items():
        clv.save(fit, tmp_path / name)
        same(clv.load(tmp_path / name), fit)
        same(clv.from_json(fit.to_json()), fit)


def test_fits_within_a_fit_come_back_too(fits):
    both = two_origins(fits["BGNBD"], fits["MBGNBD"])
    again = clv.from_json(both.to_json())
    same(again, both)
    same(again.new, both.new)
    same(again.old, both.old)
    assert_array_equal(
        again.expected_purchases(cdnow(), 39), fits["BGNBD"].expected_purchases(cdnow(), 39)
    )


def test_every_model_of_the_room_can_be_read():
    kinds = {
        name for name, kind in vars(clv).items() if isinstance(kind, type) and hasattr(kind, "peak")
    }
    assert kinds | {"TwoOrigins"} == MODELS.keys()


def test_predictions_and_standard_errors_are_those_of_the_fit(fits):
    fit = fits["ParetoNBD"]
    again = clv.from_json(fit.to_json())
    for predict in (
        lambda model: model.probability_alive(cdnow()),
        lambda model: model.expected_purchases(cdnow(), 39),
        lambda model: model.standard_errors,
        lambda model: model.sensitivity(lambda moved: moved.expected_new(np.array([39.0]))),
    ):
        assert_array_equal(predict(again), predict(fit))
    assert repr(again) == repr(fit)
    assert again.aic == fit.aic


def test_the_json_is_plain_and_names_the_model(fits):
    document = json.loads(fits["BGNBD"].to_json())
    assert document["format"] == "fitted customer model"
    assert document["version"] == 1
    assert (document["model"], document["label"]) == ("BGNBD", "BG/NBD")
    assert document["fit"]["r"] == fits["BGNBD"].r
    assert document["fit"]["n_customers"] == 2357
    assert len(document["fit"]["peak"]["log_covariance"]) == 4


def test_a_limit_is_kept_with_what_it_means(tmp_path):
    never = pd.DataFrame({"frequency": [1, 2, 3, 4], "recency": [9.9] * 4, "T": [10.0] * 4})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)
        fit = clv.fit_bg_nbd(never)
    assert "no customer leaves" in fit.boundary
    clv.save(fit, tmp_path / "fit.json")
    again = clv.load(tmp_path / "fit.json")
    same(again, fit)
    assert again.boundary == fit.boundary
    assert again.standard_errors.isna().tolist() == fit.standard_errors.isna().tolist()


@settings(derandomize=True, max_examples=50, deadline=None)
@given(
    numbers=st.lists(st.floats(1e-300, 1e300), min_size=4, max_size=4),
    covariance=st.lists(st.floats(-1e9, 1e9), min_size=16, max_size=16),
    reason=st.text(max_size=20),
)
def test_any_number_and_any_text_survives(numbers, covariance, reason):
    limit = Limit(reason, (1, 0.5, 0, 0), (0,), (0, 1))
    matrix = np.array(covariance).reshape(4, 4)
    peak = Maximum(np.log(numbers), -0.1, matrix, (limit,))
    r, alpha, a, b = numbers
    fit = clv.BGNBD(r=r, alpha=alpha, a=a, b=b, n_customers=3.0, peak=peak)
    same(clv.from_json(fit.to_json()), fit)


# Refused -------------------------------------------------------------------------------------


def changed(fit, **changes):
    document = json.loads(fit.to_json())
    document["fit"].update(changes)
    return json.dumps(document)


def test_an_unknown_model_is_refused_with_those_known(fits):
    text = fits["BGNBD"].to_json().replace('"BGNBD"', '"Oracle"')
    with pytest.raises(DataError, match=r"one of BGNBD, .*; the text has 'Oracle'\. Read it with"):
        clv.from_json(text)


def test_a_newer_version_is_refused(fits):
    text = fits["BGNBD"].to_json().replace('"version": 1', '"version": 2')
    with pytest.raises(DataError, match=r"`version` 1 .* has 2\. Read it with the version that"):
        clv.from_json(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not JSON"),
        ("[1, 2]", "its `format` is not"),
        ('{"format": "something else"}', "its `format` is not"),
        ('{"format": "fitted customer model", "version": 1, "model": "BGNBD"}', "KeyError: 'fit'"),
    ],
)
def test_what_is_no_fit_is_refused(text, why):
    with pytest.raises(DataError, match=why):
        clv.from_json(text)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"r": "0.24"}, "`r` must be a number, float; got '0.24'"),
        ({"r": -1.0}, "its parameters are not > 0, or not those"),
        ({"r": float("nan")}, "its parameters are not > 0, or not those"),
        ({"s": 1.0}, "a BGNBD has other fields; they differ in s"),
        ({"peak": {"log_parameters": [0.0]}}, "missing 3 required"),
        (
            {
                "peak": {
                    "log_parameters": [0.0],
                    "log_likelihood": -1.0,
                    "log_covariance": [[1.0]],
                    "limits": [],
                }
            },
            "its parameters are not > 0, or not those",
        ),
    ],
)
def test_a_damaged_fit_is_refused(fits, changes, why):
    with pytest.raises(DataError, match=f"a saved fit must be as .*{why}"):
        clv.from_json(changed(fits["BGNBD"], **changes))


def test_half_a_file_is_refused_by_its_name(fits, tmp_path):
    path = tmp_path / "half.json"
    path.write_text(fits["BGNBD"].to_json()[:200])
    with pytest.raises(DataError, match=r"half\.json is not: it is not JSON"):
        clv.load(path)
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(DataError, match=r"half\.json is not: it is not text"):
        clv.load(path)


def test_a_read_fit_predicts_for_a_new_customer(fits):
    again = clv.from_json(fits["BGNBD"].to_json())
    assert again.probability_alive(history(0, 0, 100)).item() == 1.0
