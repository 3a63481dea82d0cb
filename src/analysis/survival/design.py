"""Covariates of a model: checked, named, float64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.survival.newton import refuse_aliased, refuse_constant
from analysis.survival.observations import numbers

if TYPE_CHECKING:
    from analysis.survival.observations import Floats


def design(covariates: Any) -> tuple[Floats, list[str], pd.Index]:
    """Covariates as float64 (n x p), their names and the row labels."""
    frame = covariates if isinstance(covariates, pd.DataFrame) else None
    if frame is None:
        array = np.asarray(covariates)
        if array.ndim != 2:
            raise DataError(
                f"`covariates` must have rows and columns; it has {array.ndim} dimension(s). "
                "Pass a DataFrame, or array[:, None] for one covariate."
            )
        frame = pd.DataFrame(array, columns=[f"x{k}" for k in range(array.shape[1])])
    if frame.shape[1] == 0 or not frame.columns.is_unique:
        raise DataError("`covariates` must have at least one column, and no name twice.")
    columns = [numbers(f"covariates[{name!r}]", frame.iloc[:, k]) for k, name in enumerate(frame)]
    X = frame.to_numpy() if (frame.dtypes == np.float64).all() else np.stack(columns, axis=1)
    return X, [str(name) for name in frame.columns], frame.index


def standardised(X: Floats, columns: list[str]) -> tuple[Floats, Floats, Floats]:
    """Covariates (n x p) with mean 0 and variance 1, and the means and spreads they had.

    Raises
    ------
    DataError
        A covariate is constant or repeats others.
    """
    center, spread = X.mean(axis=0), X.std(axis=0)
    varies = spread > 0
    spread = np.where(varies, spread, 1.0)
    Z = (X - center) / spread
    refuse_constant(np.where(varies, Z, 0.0).T, columns)
    refuse_aliased(Z.T @ Z, float(len(Z)), columns)
    return Z, center, spread


def own_units(center: Floats, spread: Floats) -> Floats:
    """Matrix from (intercept, coefficients) of standardised covariates to those of their units."""
    M = np.diag(np.append(1.0, 1 / spread))
    M[0, 1:] = -center / spread
    return M


def same_columns(given: list[str], fitted: list[str]) -> None:
    """Refuse covariates that are not those of the fit, in their order."""
    if given != fitted:
        raise DataError(
            f"Covariates must be those of the fit, in its order: {fitted}; got {given}. "
            "Select them: covariates[fit.columns]."
        )


def rows_to_predict(name: str, covariates: Any, fitted: list[str]) -> tuple[Floats, pd.Index]:
    """Covariates of the rows to predict; one row without any where the fit has none."""
    if not fitted:
        if covariates is not None:
            raise DataError(f"`{name}` is only for a fit that has them; this one has none.")
        return np.zeros((1, 0)), pd.RangeIndex(1)
    if covariates is None:
        raise DataError(f"The fit needs `{name}`, with columns {fitted}; none was given.")
    X, columns, index = design(covariates)
    same_columns(columns, fitted)
    return X, index


def with_intercept(X: Floats) -> Floats:
    """Covariates with a column of ones before them."""
    return np.column_stack([np.ones(len(X)), X])


def linear(X: Floats, coef: Floats) -> Floats:
    """X @ coef, column by column: equal rows get equal sums, which BLAS does not promise."""
    eta = np.zeros(len(X))
    for x, c in zip(X.T, coef, strict=True):
        eta += x * c
    return eta
