"""The measurements of the value models run, without the peers, on few customers."""

import numpy as np
import pytest

from benchmarks import clv, clv_data


def test_our_side_of_a_row_is_measured(capsys):
    clv.main(["--ours", "--rows", "gamma-gamma", "--customers", "300"])
    head, name, ours = capsys.readouterr().out.splitlines()
    assert "CPU s" in head
    assert name == "Gamma-Gamma fit, 300 customers"
    seconds, megabytes = ours.split()[1:3]
    assert float(seconds) > 0
    assert float(megabytes) > 50
    assert ours.endswith("under 600 MB: met")


def test_a_peer_is_judged_by_its_time_and_by_its_answer():
    row = next(row for row in clv.ROWS if row.work == "gamma_gamma")
    customers = clv_data.simulate(row.work, 300, 1)
    mine = {"seconds": 1.0, "megabytes": 1.0, "parameters": [6.25, 3.74, 15.44]}
    theirs = {"seconds": 5.0, "megabytes": 1.0, "parameters": [6.25, 3.74, 30.88]}
    line = clv._beside(row, "clvkit", customers, mine, theirs)
    assert "1/5" in line
    assert "1/4 met" in line
    assert "within 1e+00, log-likelihood -" in line
    assert "1/4 missed" in clv._beside(row, "clvkit", customers, mine | {"seconds": 2.0}, theirs)
    assert clv._beside(row, "lifetimes", customers, mine, {"missing": "not installed"}) == (
        "not installed"
    )


@pytest.mark.parametrize("work", ["bg_nbd", "pareto_nbd"])
def test_simulated_times_lie_on_the_grid(work):
    customers = clv_data.simulate(work, 200, 1)
    assert (customers["recency"] % 1 == 0).all()
    assert (customers["recency"] <= customers["T"]).all()
    assert ((customers["recency"] > 0) == (customers["frequency"] > 0)).all()
    assert np.isfinite(clv.log_likelihood(work, customers, np.array([0.5, 10.0, 0.6, 11.0])))
