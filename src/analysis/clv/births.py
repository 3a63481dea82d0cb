"""Customers whose first order lies before the data begin: how to take them?

Where the data begin later than the business, whoever orders in the first weeks may be an old
customer. Every other library takes the first order seen for the first order ever. Here the
model is fitted in each of several ways, and all fits forecast the same holdout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv import phrases
from analysis.clv.inputs import number_column
from analysis.clv.misses import Miss, beats, measure_miss, pick
from analysis.clv.treatments import (
    EVERYBODY,
    KNOWN_BIRTHS,
    Treatment,
    possible_treatments,
    repeat_buyers,
)
from analysis.errors import DataError, FitError
from analysis.language import say
from analysis.wording import join, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel
    from analysis.clv.treatments import Fitter, Watched

    Floats = NDArray[np.float64]

__all__ = ["BirthComparison", "compare_births"]


@dataclass(frozen=True, slots=True)
class BirthComparison:
    """The fits with each treatment of customers of unknown birth.

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
    treatment : Treatment
        The one to use.
    reason : str
        Why, as a sentence.
    failed : dict of str to str
        Treatments whose fit failed, with the reason.
    """

    fits: pd.DataFrame
    errors: pd.DataFrame
    models: dict[str, BuyingModel]
    treatment: Treatment
    reason: str
    failed: dict[str, str]

    @property
    def recommended(self) -> str:
        """Name of the fit to use."""
        return self.treatment.name


def compare_births(
    customers: pd.DataFrame,
    watched: Watched,
    fit: Fitter,
    *,
    minimum_customers: int = 30,
    weeks: Sequence[int] = (),
) -> BirthComparison:
    """How should customers be taken who may have been there before the data?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        Summary in weeks at the end of the calibration, with `holdout_frequency` and `holdout_T`.
    watched : Watched
        Since when customers have been watched.
    fit : callable
        `fit_bg_nbd` or another that takes a summary.
    minimum_customers : int
        Fewer repeat buyers of known birth are not fitted apart.
    weeks : sequence of int
        Stretches before the end of the calibration, to be tried instead of all the data.

    Returns
    -------
    BirthComparison

    Notes
    -----
    What counts is what a fit missed of all that came: in total, of the customers of known and of
    unknown birth, and customer by customer. The fit that assumes the least is used, unless
    another is better in either by more than one standard error and worse in neither.
    """
    known = watched.known(customers)
    groups = {"everybody": known | True, "first order known": known, "first order unknown": ~known}
    actual = number_column(customers, "holdout_frequency")
    horizon = float(customers["holdout_T"].iloc[0])
    models: dict[str, BuyingModel] = {}
    misses: dict[str, Miss] = {}
    errors, failed = [], {}
    treatments = possible_treatments(customers, watched, weeks, minimum_customers)
    for treatment in treatments:
        name, histories = treatment.name, treatment.histories(customers, watched)
        try:
            models[name] = treatment.fit(
                histories, watched=watched, fit=fit, minimum_customers=minimum_customers
            )
        except (DataError, FitError) as error:
            failed[name] = str(error)
            continue
        predicted = models[name].expected_purchases(histories, horizon).to_numpy()
        misses[name] = measure_miss(predicted, actual, [known.to_numpy(), ~known.to_numpy()])
        errors += [_error(name, g, predicted[who], actual[who]) for g, who in groups.items()]
    if not misses:
        raise FitError("; ".join(failed.values()))
    chosen, reason = _recommend(
        misses, repeat_buyers(customers, known), all_known=bool(known.all())
    )
    return BirthComparison(
        fits=pd.DataFrame([_describe(name, model) for name, model in models.items()]),
        errors=pd.DataFrame([row for row in errors if row["customers"]]),
        models=models,
        treatment=next(one for one in treatments if one.name == chosen),
        reason=reason,
        failed=failed,
    )


def _describe(name: str, model: BuyingModel) -> dict[str, object]:
    parameters, errors = model.parameters, model.standard_errors
    pairs = [((p, parameters[p]), (f"{p}_se", errors[p])) for p in parameters.index]
    return {
        "fitted_on": name,
        "customers": int(model.n_customers),
        **dict(pair for both in pairs for pair in both),
        "purchases_per_week": model.mean_rate,
        "boundary": model.boundary,
    }


def _error(name: str, group: str, predicted: Floats, actual: Floats) -> dict[str, object]:
    total = float(actual.sum())
    return {
        "fitted_on": name,
        "group": group,
        "customers": actual.size,
        "predicted": float(predicted.sum()),
        "actual": total,
        "error": float(predicted.sum()) / total - 1 if total else float("nan"),
        "mean_absolute_error": float(np.abs(predicted - actual).mean()) if actual.size else 0.0,
    }


def _recommend(misses: dict[str, Miss], repeat_buyers: int, *, all_known: bool) -> tuple[str, str]:
    """Return the name of the fit to use, and why."""
    chosen = pick(misses, misses)
    if len(misses) == 1 and all_known:
        return chosen, say("every first order is known, so there is nothing to choose")
    others = {name: miss for name, miss in misses.items() if name != chosen}
    best = min(others, key=lambda name: others[name].score)
    plain = EVERYBODY if EVERYBODY in others else best
    reason = say(
        "it missed {missed}, the fit to {other} {other_missed}",
        missed=misses[chosen],
        other=phrases.fitted_to(plain),
        other_missed=misses[plain],
    )
    if equal := [name for name in others if not beats(misses[chosen], misses[name])]:
        names = join([phrases.fitted_to(name) for name in equal])
        reason = say("{reason}; {others} did as well within chance", reason=reason, others=names)
    if KNOWN_BIRTHS not in misses and not all_known:
        reason = say(
            "{reason}; only {buyers} are known to be new, too few to fit apart",
            reason=reason,
            buyers=plural(repeat_buyers, "repeat buyer"),
        )
    return chosen, reason
