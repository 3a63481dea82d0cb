"""The benchmark of coverage counts what it says, and fails when a headline does not hold."""

import numpy as np
import pytest

from benchmarks import coverage, stories


@pytest.mark.parametrize("name", stories.STORIES)
def test_a_cohort_is_held_against_every_interval(name, monkeypatch):
    monkeypatch.setattr(stories, "CUSTOMERS", 500)
    customers = stories.simulate(stories.STORIES[name], 1)
    assert (customers["recency"] <= customers["T"]).all()
    assert (customers["monetary_value"].notna() == (customers["frequency"] > 0)).all()
    covered, _ = coverage.measure(name, 1)
    assert {"order days of all", "value of all", "value of Gold", "parameter r"} <= set(covered)
    assert len(covered["order days of a decile"]) == 10
    assert all(0 <= share <= 1 for hits in covered.values() for share in hits)


def test_gaps_are_summed_customer_by_customer():
    who, when = np.array([1, 0, 1]), np.array([5.0, 2.0, 1.0])
    by_hand = [np.log(2.0), np.log(1.0) + np.log(4.0), 0.0]
    assert stories.sum_log_gaps(who, when, 3).tolist() == pytest.approx(by_hand)


@pytest.mark.parametrize(("shares", "good"), [([1, 1, 1, 0], True), ([0, 0, 1, 0] * 10, False)])
def test_a_headline_outside_by_more_than_chance_fails(shares, good, capsys):
    found = [({"value of all": [share], "parameter r": [0.0]}, "") for share in shares]
    assert coverage.report("a model", found, 1.0) is good
    printed = capsys.readouterr().out
    assert printed.count("OUTSIDE") == 2
    assert f"{np.mean(shares):.1%}" in printed
