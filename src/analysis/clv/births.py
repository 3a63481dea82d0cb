"""Customers whose first order lies before the data begin: how much does it matter?

Where the data begin later than the business, whoever orders in the first weeks may be an old
customer. Every model of repeat buying takes the first order seen for the first order ever. Here
the model is fitted twice, with everybody and with those surely acquired inside the data, and
both fits forecast the same holdout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.inputs import number_column

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.clv.buying import BuyingModel

__all__ = ["EVERYBODY", "KNOWN_BIRTHS", "BirthComparison", "compare_births"]

EVERYBODY, KNOWN_BIRTHS = "all customers", "new customers alone"
_MEANINGFUL = 0.01  # of the actual purchases: a smaller gap between two errors decides nothing


@dataclass(frozen=True, slots=True)
class BirthComparison:
    """The fits with and without customers of unknown birth.

    Attributes
    ----------
    fits : DataFrame
        A row a fit: `fitted_on`, `customers`, the parameters and their standard errors
        (`r_se`, ...), `purchases_per_week` (mean rate of a customer) and `boundary`.
    errors : DataFrame
        A row a fit and group: `fitted_on`, `group`, `customers`, `predicted` and `actual`
        order days of the holdout, `error` (share of actual), `mean_absolute_error`.
    models : dict of str to BuyingModel
        The fits by name.
    recommended : str
        Name of the fit to use.
    reason : str
        Why, as a sentence.
    """

    fits: pd.DataFrame
    errors: pd.DataFrame
    models: dict[str, BuyingModel]
    recommended: str
    reason: str


def compare_births(
    customers: pd.DataFrame,
    known: pd.Series,
    fit: Callable[[pd.DataFrame], BuyingModel],
    *,
    minimum_customers: int = 30,
) -> BirthComparison:
    """Which customers should the model be fitted on, when most were there before the data?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        Summary at the end of the calibration, with `holdout_frequency` and `holdout_T`.
    known : Series of bool, indexed like `customers`
        Whether the first order is known to be the first (`summary.acquired_inside`).
    fit : callable
        `fit_bg_nbd` or another that takes a summary.
    minimum_customers : int
        Fewer repeat buyers of known birth are not fitted apart.

    Returns
    -------
    BirthComparison
    """
    seen = customers["T"].to_numpy(dtype=np.float64) > 0
    born = known.reindex(customers.index).to_numpy(dtype=bool)
    models = {EVERYBODY: fit(customers[seen])}
    repeat_buyers = int((customers["frequency"].to_numpy()[born] > 0).sum())
    if not born.all() and repeat_buyers >= minimum_customers:
        models[KNOWN_BIRTHS] = fit(customers[seen & born])
    fits = pd.DataFrame([_describe(name, model) for name, model in models.items()])
    groups = {
        "everybody": np.ones_like(born),
        "first order known": born,
        "first order unknown": ~born,
    }
    errors = pd.DataFrame(
        [
            _error(name, model, group, customers[chosen])
            for name, model in models.items()
            for group, chosen in groups.items()
            if chosen.any()
        ]
    )
    recommended, reason = _recommend(errors, repeat_buyers, all_known=bool(born.all()))
    return BirthComparison(fits, errors, models, recommended, reason)


def _describe(name: str, model: BuyingModel) -> dict[str, object]:
    values = zip(model.names, model.parameters, model.standard_errors, strict=True)
    pairs = [((symbol, value), (f"{symbol}_se", error)) for symbol, value, error in values]
    return {
        "fitted_on": name,
        "customers": int(model.n_customers),
        **dict(pair for both in pairs for pair in both),
        "purchases_per_week": model.mean_rate,
        "boundary": model.boundary,
    }


def _error(name: str, model: BuyingModel, group: str, customers: pd.DataFrame) -> dict[str, object]:
    actual = number_column(customers, "holdout_frequency")
    predicted = model.expected_purchases(customers, float(customers["holdout_T"].iloc[0]))
    total = float(actual.sum())
    return {
        "fitted_on": name,
        "group": group,
        "customers": len(customers),
        "predicted": float(predicted.sum()),
        "actual": total,
        "error": float(predicted.sum()) / total - 1 if total else float("nan"),
        "mean_absolute_error": float(np.abs(predicted.to_numpy() - actual).mean()),
    }


def _recommend(errors: pd.DataFrame, repeat_buyers: int, *, all_known: bool) -> tuple[str, str]:
    """Prefer the fit that misses both groups by less; between equals, the one that is true."""
    if all_known:
        return EVERYBODY, "every first order is known, so there is nothing to choose"
    missed = _missed(errors)
    if KNOWN_BIRTHS not in missed:
        return EVERYBODY, (
            f"only {repeat_buyers} repeat buyers are known to be new, too few to fit apart"
        )
    everybody, known = missed[EVERYBODY], missed[KNOWN_BIRTHS]
    both = "{:.1%} of the total, against {:.1%} of the other fit"
    if everybody < known - _MEANINGFUL:
        return EVERYBODY, f"it missed both groups by {both.format(everybody, known)}"
    if known < everybody - _MEANINGFUL:
        return KNOWN_BIRTHS, f"it missed both groups by {both.format(known, everybody)}"
    return KNOWN_BIRTHS, (
        f"both fits missed the two groups by about as much ({known:.1%} and {everybody:.1%} of "
        "the total), and only in this one every first order is the first"
    )


def _missed(errors: pd.DataFrame) -> dict[str, float]:
    """Return, by fit, how far the two groups' totals were missed, as a share of the total."""
    parts = errors[errors["group"] != "everybody"]
    off = (parts["predicted"] - parts["actual"]).abs().groupby(parts["fitted_on"]).sum()
    actual = parts["actual"].groupby(parts["fitted_on"]).sum()
    return {str(name): float(share) for name, share in (off / actual).items()}
