"""Numbers of every type, over every model: the same answers, or a refusal by name."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from clv_reference import cdnow
from every_model import FITS, TERMS, fit_regular, shoppers
from numpy.testing import assert_allclose

from analysis import clv, summary
from analysis.errors import AnalysisWarning, DataError

# Types -----------------------------------------------------------------------------------------

NUMBERS = ["frequency", "recency", "T", "monetary_value", "log_gaps"]


def _decimal(values):
    return pd.Series([None if v != v else Decimal(repr(float(v))) for v in values], values.index)


TYPES = {
    "nullable": lambda values: values.astype("Float64"),
    "pyarrow": lambda values: values.astype("double[pyarrow]"),
    "decimal": _decimal,
    "pyarrow decimal": lambda values: _decimal(values.round(9)).astype(
        pd.ArrowDtype(pa.decimal128(38, 10))
    ),
}
every_type = pytest.mark.parametrize("cast", TYPES.values(), ids=TYPES)


@every_type
def test_every_numeric_type_gives_the_same_numbers(cast):
    """Missing spend included: customers without a repeat purchase have none."""
    customers = shoppers()[NUMBERS].head(600)
    typed = customers.apply(cast)
    for fit in (*FITS.values(), clv.fit_gamma_gamma):
        assert_allclose(fit(typed).parameters, fit(customers).parameters, rtol=1e-5)
    compressed = fit_regular(summary.compress(typed))
    assert_allclose(compressed.parameters, fit_regular(customers).parameters, rtol=1e-5)
    model, spend = clv.fit_bg_nbd(customers), clv.fit_gamma_gamma(customers)
    ours, theirs = (clv.value(c, model, spend, **TERMS).total() for c in (customers, typed))
    assert_allclose(theirs.astype(float), ours.astype(float), rtol=1e-6)


@every_type
def test_periods_and_cohorts_of_every_numeric_type_give_the_same_numbers(cast):
    donors = pd.DataFrame({"frequency": [0, 1, 1, 2, 2, 3, 3], "recency": [0, 1, 3, 2, 3, 3, 3]})
    donors = donors.assign(n_periods=3, weight=[50, 20, 9, 12, 10, 30, 5]).astype(float)
    cohort = pd.Series([1000.0, 869, 743, 653, 593, 551, 517, 491])
    assert_allclose(
        clv.fit_bg_bb(donors.apply(cast)).parameters, clv.fit_bg_bb(donors).parameters, rtol=1e-9
    )
    for fit in (clv.fit_shifted_beta_geometric, clv.fit_beta_discrete_weibull):
        assert_allclose(fit(cast(cohort)).parameters, fit(cohort).parameters, rtol=1e-9)


@every_type
def test_the_beginning_of_the_data_is_read_in_every_numeric_type(cast):
    customers = cdnow().query("frequency > 0").head(400)
    old = customers.assign(seen_within=np.where(customers.index % 2, 39.0, np.nan))
    old["seen_within"] = old["seen_within"].clip(upper=old["T"] - 1e-6)  # above what is rounded
    typed = old.assign(seen_within=cast(old["seen_within"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalysisWarning)  # all are repeat buyers: a boundary
        assert_allclose(clv.fit_bg_nbd(typed).parameters, clv.fit_bg_nbd(old).parameters, rtol=1e-4)


@every_type
@pytest.mark.parametrize("column", ["frequency", "recency", "T", "monetary_value"])
def test_a_missing_number_is_refused_by_name(cast, column):
    customers = cdnow().head(20)
    typed = customers.assign(**{name: cast(customers[name]) for name in NUMBERS[:4]})
    buyer = int(np.flatnonzero(customers["frequency"] > 0)[0])
    typed.loc[buyer, column] = None
    fit = clv.fit_gamma_gamma if column == "monetary_value" else clv.fit_bg_nbd
    who = customers["customer_id"].iloc[buyer]
    message = rf"`{column}` must be a finite number; 1 of \d+ break this, first customer_id={who} "
    with pytest.raises(DataError, match=message):
        fit(typed)
