"""The measurements of the survival estimators run, without the peers, on few customers."""

import numpy as np
import pytest

from benchmarks import survival


@pytest.mark.parametrize("name", ["cox efron, weeks", "concordance"])
def test_our_side_of_a_row_is_measured(name, capsys):
    survival.main(["--ours", "--rows", name, "--customers", "300"])
    size, head, row, ours = capsys.readouterr().out.splitlines()
    assert size.startswith("300 customers")
    assert "CPU s" in head
    assert name in row.lower()
    seconds, megabytes = ours.split()[1:3]
    assert float(seconds) > 0
    assert float(megabytes) > 50
    assert ours.endswith("targets are for 1,000,000")


def test_targets_are_judged_at_a_million():
    row = survival.ROWS[0]
    mine = {"seconds": 2.0, "megabytes": 520.0, "answer": [0.5]}
    assert survival._met(row, mine, 1_000_000) == "3 s met, 500 MB missed"
    theirs = {"seconds": 40.0, "megabytes": 300.0, "answer": [0.6]}
    line = survival.beside(row, "scikit-survival", mine, theirs)
    assert "1/20.0   1/15 met     answers within 1e-01" in line
    slow = survival.beside(row, "scikit-survival", mine | {"seconds": 4.0}, theirs)
    assert "1/15 missed" in slow
    assert "1/15" not in survival.beside(row, "statsmodels", mine, theirs)
    assert "not installed" in survival.beside(row, "lifelines", mine, {"missing": "not installed"})


def test_three_in_ten_are_censored_and_weeks_are_whole():
    data = survival.simulate(20_000, weeks=True)
    assert 1 - data["event"].mean() == pytest.approx(0.3, abs=0.01)
    assert (data["time"] == np.ceil(data["time"])).all()
    assert len(np.unique(survival.simulate(1000, weeks=False)["time"])) == 1000


def test_slow_peers_are_left_out_of_large_runs(monkeypatch, capsys):
    asked = []

    def measure(package, work, path):
        asked.append(package)
        return {"seconds": 1.0, "megabytes": 1.0, "answer": [0.0]}

    monkeypatch.setattr(survival, "measure", measure)
    monkeypatch.setattr(survival, "LIMITS", {("cox", False, "lifelines"): 50})
    survival.run(survival.ROWS[0], 60, ("scikit-survival", "lifelines"))
    assert asked == ["ours", "scikit-survival"]
    assert "left out: it takes minutes above 50 customers" in capsys.readouterr().out
