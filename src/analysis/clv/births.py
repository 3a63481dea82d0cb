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
from analysis.clv.followed import Followed
from analysis.clv.inputs import number_column, read_weight
from analysis.clv.misses import Errors, Miss, Missed, beats, measure_misses, pick
from analysis.clv.treatments import (
    EVERYBODY,
    KNOWN_BIRTHS,
    Treatment,
    possible_treatments,
)
from analysis.customer_table import CustomerTable
from analysis.errors import DataError, FitError
from analysis.language import say
from analysis.wording import join, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    customers: pd.DataFrame | Followed,
    watched: Watched,
    fit: Fitter,
    *,
    minimum_customers: int = 30,
    weeks: Sequence[int] = (),
) -> BirthComparison:
    """How should customers be taken who may have been there before the data?

    Parameters
    ----------
    customers : DataFrame, one row per customer, or Followed
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
    if isinstance(customers, pd.DataFrame):
        customers = Followed(CustomerTable.of(customers), watched)
    known = customers.known()
    models: dict[str, BuyingModel] = {}
    failed = {}
    treatments = possible_treatments(known, watched, weeks, minimum_customers)
    for treatment in treatments:
        try:
            models[treatment.name] = treatment.fit(
                customers.rows(treatment, for_fit=True),
                watched=watched,
                fit=fit,
                minimum_customers=minimum_customers,
            )
        except (DataError, FitError) as error:
            failed[treatment.name] = str(error)
    if not models:
        raise FitError("; ".join(failed.values()))
    errors = measure_misses(list(models), _missed(customers, treatments, models))
    chosen, reason = _recommend(errors.misses(), known.repeat_buyers, all_known=known.of_all)
    return BirthComparison(
        fits=pd.DataFrame([_describe(name, model) for name, model in models.items()]),
        errors=_by_group(errors),
        models=models,
        treatment=next(one for one in treatments if one.name == chosen),
        reason=reason,
        failed=failed,
    )


def _missed(
    customers: Followed, treatments: Sequence[Treatment], models: dict[str, BuyingModel]
) -> Iterator[Missed]:
    """Yield what each fit forecasts for the customers, and what came, part by part."""
    for frame in customers.table.frames():
        horizon = float(frame["holdout_T"].iloc[0])
        predicted = []
        for treatment in treatments:
            if treatment.name in models:
                histories = treatment.histories(frame, customers.watched)
                forecast = models[treatment.name].expected_purchases(histories, horizon)
                predicted.append(forecast.to_numpy())
        actual, known = number_column(frame, "holdout_frequency"), customers.watched.known(frame)
        groups = [known.to_numpy(), ~known.to_numpy()]
        yield Missed(np.array(predicted), actual, read_weight(frame), groups)


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


def _by_group(errors: Errors) -> pd.DataFrame:
    """Return what each fit missed of all, of those of known and of unknown birth."""
    groups = {"everybody": None, "first order known": 0, "first order unknown": 1}
    of_groups = {name: errors.sums(group) for name, group in groups.items()}
    rows = []
    for place, fit in enumerate(errors.names):
        for group, sums in of_groups.items():
            customers, came = float(sums["customers"]), float(sums["came"])
            if customers:
                off = float(sums["off"][place])
                rows.append(
                    {
                        "fitted_on": fit,
                        "group": group,
                        "customers": round(customers),
                        "predicted": came + off,
                        "actual": came,
                        "error": off / came if came else float("nan"),
                        "mean_absolute_error": float(sums["size"][place]) / customers,
                    }
                )
    return pd.DataFrame(rows)


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
