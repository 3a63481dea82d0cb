"""Customer summaries as distinct histories: read, refused, counted on a grid or hashed off it."""

import warnings

import numpy as np
import pandas as pd
import pytest
from clv_reference import cdnow
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import clv
from analysis.clv.histories import Rows
from analysis.clv.inputs import read_customers
from analysis.errors import AnalysisWarning, DataError

numbers = st.one_of(
    st.integers(0, 5).map(float), st.floats(-1e18, 1e18), st.sampled_from([0.5, 1e17, -3.0])
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(numbers, numbers, numbers), max_size=30), st.booleans())
def test_distinct_histories_are_those_of_a_set(histories, with_covariates):
    columns = np.array(histories, dtype=float).reshape(-1, 3).T
    weight = np.arange(1.0, len(histories) + 1)
    z = columns[:2].T.copy() if with_covariates else None
    rows = Rows(*columns, weight, z=z)
    distinct, position = rows.distinct()
    found = list(zip(distinct.x, distinct.t_x, distinct.T, strict=True))
    assert len(found) == len(set(found)) == len(set(histories))
    assert [found[i] for i in position] == histories
    for history, total in zip(found, distinct.weight, strict=True):
        assert total == sum(w for w, one in zip(weight, histories, strict=True) if one == history)


def test_covariates_of_many_values_do_not_overflow_the_numbering():
    rng = np.random.default_rng(1)
    once = rng.uniform(size=(2000, 8))
    z = np.concatenate([once, once])
    ones = np.ones(len(z))
    distinct, position = Rows(ones, ones, ones, ones, z=z).distinct()
    assert distinct.weight.tolist() == [2.0] * 2000
    assert (distinct.z[position] == z).all()


def test_coarse_histories_stand_for_the_same_customers():
    rng = np.random.default_rng(2)
    T = rng.uniform(0.001, 60, 12_000)
    x = rng.poisson(1.0, T.size).astype(float)
    rows = Rows(x, np.where(x > 0, rng.uniform(0, T), 0.0), T, rng.uniform(1, 2, T.size))
    coarse = rows.coarse()
    assert coarse.x.size < 12_000 / 5
    assert coarse.weight.sum() == pytest.approx(rows.weight.sum())
    assert coarse.weight @ coarse.x == pytest.approx(rows.weight @ rows.x)
    assert ((coarse.t_x >= 0) & (coarse.t_x <= coarse.T) & (coarse.T > 0)).all()
    assert rows.take(np.arange(500)).coarse() is None


@pytest.mark.parametrize("kind", ["str", "object", "int64", "string[pyarrow]"])
@pytest.mark.parametrize("names", [[1, 2, 3, 3], [3, 2, 1, 3]])
def test_a_customer_named_twice_is_found_in_any_order(kind, names):
    customers = pd.DataFrame({"frequency": 1, "recency": 2.0, "T": 3.0}, index=range(4))
    customers["customer_id"] = pd.Series(names).astype(kind)
    with pytest.raises(DataError, match=r"`customer_id` must be unique; 1 of 4.*first .*3"):
        read_customers(customers, for_fit=True)
    read_customers(customers.head(3), for_fit=True)


def test_names_of_several_types_are_compared_as_they_are():
    customers = pd.DataFrame({"frequency": 1, "recency": 2.0, "T": 3.0}, index=range(2))
    read_customers(customers.assign(customer_id=["a", 1]), for_fit=True)
    read_customers(customers.assign(customer_id=[None, "a"]), for_fit=True)


def test_each_model_reads_its_own_measure_of_time():
    """Weeks and periods in one table: taken for the other, they would change every number."""
    weeks = cdnow().head(200)
    periods = pd.DataFrame({"frequency": [1, 0, 2] * 50, "recency": [3, 0, 4] * 50, "n_periods": 6})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # so few lie at a boundary
        assert clv.fit_bg_nbd(weeks.assign(n_periods=99)) == clv.fit_bg_nbd(weeks)
        assert clv.fit_bg_bb(periods.assign(T=99.5)) == clv.fit_bg_bb(periods)
    with pytest.raises(DataError, match="`customers` needs a column `T`"):
        clv.fit_bg_nbd(periods)
