"""The comparison of forecasts with the peers: its measures by hand, and a small run of ours."""

import numpy as np
import pandas as pd
import pytest

from analysis import clv
from benchmarks import accuracy
from benchmarks.accuracy_cases import PICKED, TRUTHS, Case


@pytest.fixture(scope="module")
def case():
    customers = TRUTHS[0].simulate_customers(np.full(300, 30.0), seed=1, holdout=10.0)
    weekly = pd.DataFrame({"week": np.arange(1, 11), "actual": np.nan, "naive": np.nan})

    def picked():
        return customers, clv.fit_bg_nbd(customers), "BG/NBD; by hand"

    unknown = pd.Series(np.nan, index=customers.index)
    return Case("three hundred", customers, weekly, unknown, {PICKED: picked})


def told(*predicted):
    return accuracy.Said(np.array(predicted), np.array([]))


def four(*actual):
    customers = pd.DataFrame({"holdout_frequency": actual})
    weekly = pd.DataFrame({"week": [1], "actual": [float(sum(actual))], "naive": [0.0]})
    return Case("four", customers, weekly, pd.Series(dtype=float), {})


def test_the_measures_by_hand():
    case, said = four(4, 0, 2, 2), told(2.0, 1.0, 2.0, 2.0)
    assert accuracy._loss(case, said, "total error") == 1 / 8
    assert accuracy._loss(case, said, "off by") == 3 / 4
    assert accuracy._loss(case, said, "rms") == np.sqrt(5 / 4)
    assert accuracy._loss(case, told(4.0, 0.0, 2.0, 2.0), "rank") == pytest.approx(-1)
    twice = np.array([2.0, 0.0, 1.0, 1.0])
    assert accuracy._loss(case, said, "total error", twice) == 4 / 12


def test_equal_forecasts_differ_by_no_noise_and_others_by_some(case):
    even, wild = (accuracy.Said(np.full(300, 1.0), np.ones(10)) for _ in range(2))
    assert accuracy._noise(case, even, wild, "off by") == 0
    wild = accuracy.Said(np.random.default_rng(1).exponential(2, 300), np.ones(10))
    assert 0 < accuracy._noise(case, even, wild, "off by") < 0.5


@pytest.mark.filterwarnings("ignore::analysis.errors.AnalysisWarning")
def test_a_run_without_peers_prints_every_model_of_ours(case, capsys):
    accuracy.score(case, with_peers=False)
    printed = capsys.readouterr().out
    for name in ("ours BG/NBD", "ours MBG/NBD", "ours Pareto/NBD", PICKED, "own pace carried on"):
        assert name in printed
    assert "last period repeated" not in printed
    assert f"{PICKED}: BG/NBD; by hand" in printed
