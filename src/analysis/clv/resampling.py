"""Customers like those observed: as many, each followed for as long, drawn from a fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.bg_nbd import BGNBD
from analysis.clv.buying import BuyingModel
from analysis.clv.drawing import as_customers
from analysis.clv.gamma_gamma import GammaGamma
from analysis.clv.inputs import read_customers, read_weight, refuse
from analysis.clv.pareto_nbd import ParetoNBD
from analysis.clv.shifted_beta_geometric import ShiftedBetaGeometric
from analysis.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from analysis.clv.fits import Fit

    Floats = NDArray[np.float64]

__all__ = ["resample"]

_TRIES = 1000  # draws of a customer who must be seen within a stretch of the data


def resample(
    model: Fit, customers: pd.DataFrame | ArrayLike, rng: np.random.Generator
) -> pd.DataFrame | ArrayLike:
    """Return what might have been observed instead, in the form that the model is fitted to.

    Parameters
    ----------
    model : Fit
        What to draw from.
    customers : DataFrame, or survivors of a cohort
        What was observed. A row with a `weight` stands for that many customers.
    rng : Generator
        Where chance comes from.

    Returns
    -------
    DataFrame with a row a customer, or survivors of a cohort
    """
    if isinstance(model, ShiftedBetaGeometric):
        counts = np.asarray(customers, dtype=np.float64)
        return model.simulate_survivors(round(counts[0]), counts.size - 1, seed=rng)
    if not isinstance(customers, pd.DataFrame):
        raise DataError(
            f"`customers` must be a DataFrame for a {model.label}; got "
            f"{type(customers).__name__}. Give the summary that it was fitted to."
        )
    customers = _one_row_each(customers)
    if isinstance(model, GammaGamma):
        return model.simulate_spend(customers, seed=rng)
    if isinstance(model, BuyingModel):
        return _buyers(model, customers, rng)
    raise DataError(
        f"`model` must be one that can be simulated; a {model.label} cannot. Choose one."
    )


def _one_row_each(customers: pd.DataFrame) -> pd.DataFrame:
    if "weight" not in customers.columns:
        return customers
    weight = read_weight(customers)
    rule = "`weight` must be a number of customers to simulate them"
    refuse(customers, weight != np.floor(weight), "weight", rule, "Count customers: 1, 2, ...")
    alone = customers.drop(columns=["weight", "customer_id"], errors="ignore")
    return alone.loc[customers.index.repeat(weight.astype(np.int64))]


def _buyers(model: BuyingModel, customers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows = read_customers(customers, for_fit=True, time=model.time_column)
    drawn = model.draw(rows.T, 0.0, rng)
    if rows.seen_within is None:
        return as_customers(drawn, rows.T, model.time_column, 0.0)
    if not isinstance(model, BGNBD | ParetoNBD):
        raise DataError(
            "customers who were there before the data (`seen_within`) can be simulated by a "
            f"BG/NBD or a Pareto/NBD; this is a {model.label}. Fit one of these, or leave them out."
        )
    x, t_x, unseen = drawn.x.copy(), drawn.t_x.copy(), np.flatnonzero(~np.isnan(rows.seen_within))
    for _ in range(_TRIES):
        again = model.draw(rows.T[unseen], 0.0, rng)
        x[unseen], t_x[unseen] = again.x, again.t_x
        unseen = unseen[~_seen(again.x, again.t_x, rows.seen_within[unseen], rng)]
        if not unseen.size:
            break
    table = as_customers(replace(drawn, x=x, t_x=t_x), rows.T, model.time_column, 0.0)
    return table.assign(seen_within=rows.seen_within)


def _seen(x: Floats, t_x: Floats, within: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw whether the first of x purchases came in time; all but the last are spread evenly."""
    late = np.clip(1.0 - within / np.maximum(t_x, within), 0.0, 1.0) ** np.maximum(x - 1, 0)
    return (x > 0) & (rng.random(x.size) >= np.where(t_x > within, late, 0.0))
