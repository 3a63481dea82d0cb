"""Clusters, and whether they are there."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DataError
from analysis.segmentation import find_clusters
from analysis.segmentation.clusters import FEATURES, adjusted_rand, can_cluster

LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30)


def frame_of(logs) -> pd.DataFrame:
    frame = pd.DataFrame(np.expm1(logs), columns=list(FEATURES))
    return frame.assign(customer_id=[f"c{i}" for i in range(len(frame))])


def three_groups(rng, size=150) -> pd.DataFrame:
    middles = ([1.0, 3.0, 6.0], [4.0, 1.0, 3.0], [3.0, 2.0, 5.0])
    return frame_of(np.concatenate([rng.normal(m, 0.15, (size, 3)) for m in middles]))


def test_adjusted_rand_published_by_hubert_and_arabie():
    """Hubert and Arabie (1985), eq. 5, by hand for six customers.

    Groups {1,2,3} {4,5,6} and {1,2} {3,4} {5,6}: 1 + 1 pairs together in both, 6 and 3 in
    one, 15 in all; (2 - 18/15) / (9/2 - 18/15) = 8/33.
    """
    assert adjusted_rand([1, 1, 1, 2, 2, 2], [1, 1, 2, 2, 3, 3]) == pytest.approx(8 / 33)


@given(LABELS)
def test_adjusted_rand_is_symmetric_and_blind_to_names(pairs):
    one, other = (list(labels) for labels in zip(*pairs, strict=True))
    value = adjusted_rand(one, other)
    assert value <= 1 + 1e-12
    assert adjusted_rand(other, one) == pytest.approx(value)
    assert adjusted_rand([9 - label for label in one], other) == pytest.approx(value)
    assert adjusted_rand(one, one) == 1


def test_groups_that_are_there_are_found():
    frame = three_groups(np.random.default_rng(3))
    result = find_clusters(frame, seed=1, at_most=4, draws=15)
    assert (result.k, result.natural) == (3, True)
    assert adjusted_rand(result.assignments["cluster"], np.repeat([1, 2, 3], 150)) == 1
    assert result.groups["customers"].tolist() == [150, 150, 150]
    assert result.groups["spend"].is_monotonic_decreasing


def test_a_structureless_cloud_is_no_group():
    """Ten clouds; the chance level lets one in ten pass at each k, so three are allowed."""
    spread = [[0.5, 0.2, 0.1], [0.2, 0.4, 0.3], [0.1, 0.3, 0.9]]
    rng = np.random.default_rng(5)
    clouds = [frame_of(rng.multivariate_normal([3, 3, 5], spread, size=300)) for _ in range(10)]
    found = [find_clusters(cloud, seed=1, at_most=3, draws=10).natural for cloud in clouds]
    assert sum(found) <= 3


def test_the_same_seed_gives_the_same_groups():
    frame = three_groups(np.random.default_rng(4), size=40)
    one, other = (find_clusters(frame, seed=8, at_most=3, draws=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.stability, other.stability)
    pd.testing.assert_frame_equal(one.assignments, other.assignments)


@settings(max_examples=15, deadline=None)
@given(st.integers(20, 60), st.integers(0, 1000))
def test_everybody_has_a_cluster(n, seed):
    frame = frame_of(np.random.default_rng(seed).uniform(0, 5, (n, 3)))
    result = find_clusters(frame, seed=seed, at_most=2, draws=2)
    assert result.assignments["customer_id"].tolist() == frame["customer_id"].tolist()
    assert result.assignments["cluster"].between(1, result.k).all()
    assert result.groups["customers"].sum() == n
    assert (result.stability["low"] <= result.stability["high"]).all()


def test_too_few_or_too_equal_customers():
    few = three_groups(np.random.default_rng(1), size=10)
    assert not can_cluster(few)
    with pytest.raises(DataError, match=r"5 groups need at least 50 customers .*; there are 30"):
        find_clusters(few, seed=1)
    with pytest.raises(DataError, match=r"with 30, 1, 30 different values\. Lower"):
        find_clusters(few.assign(orders=2), seed=1, at_most=2)
