"""Which model of repeat buying forecasts these customers best, and is it worth having one?"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.bg_cnbd import fit_bg_cnbd
from analysis.clv.bg_nbd import fit_bg_nbd
from analysis.clv.holdout import LAST_PERIOD, MODEL, OWN_PACE, forecast_holdout, score_one
from analysis.clv.inputs import number_column
from analysis.clv.mbg_cnbd import fit_mbg_cnbd
from analysis.clv.mbg_nbd import fit_mbg_nbd
from analysis.clv.misses import Miss, beats, measure_miss, pick
from analysis.clv.pareto_nbd import fit_pareto_nbd
from analysis.errors import AnalysisWarning, DataError, FitError
from analysis.language import say, translate
from analysis.wording import join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel
    from analysis.clv.holdout import Forecast

    Floats = NDArray[np.float64]
    Fitter = Callable[[pd.DataFrame], BuyingModel]

__all__ = ["Comparison", "compare", "usual_models"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several models and the naive rules, scored on one holdout.

    Attributes
    ----------
    table : DataFrame
        A row a model that was fitted and a naive rule, best first: `forecast`, `parameters`
        (how many the data determine), `log_likelihood`, `aic`, `bic`; of the holdout
        `predicted`, `low`, `high` (90%), `actual`, `covered`, `error` (share of actual),
        `weekly_error` (mean absolute error of a week, share of the mean week),
        `mean_absolute_error`, `root_mean_square_error` (order days a customer),
        `decile_error` (share of actual), `rank_correlation`; `score`, what was missed in total
        and customer by customer together (shares of actual), by which the rows are in order;
        `remark`, a boundary on which the fit lies.
    models : dict of str to BuyingModel
        The fits by name.
    recommended : str
        Name of the model or naive rule to forecast by.
    model : str
        Name of the best model, whether or not a naive rule beats it.
    reason : str
        Why, as a sentence.
    failed : dict of str to str
        Models that could not be fitted, and why.
    """

    table: pd.DataFrame
    models: dict[str, BuyingModel]
    recommended: str
    model: str
    reason: str
    failed: dict[str, str]


def usual_models(customers: pd.DataFrame) -> dict[str, Fitter]:
    """Return the fits by name that the columns of a summary allow."""
    at_random: dict[str, Fitter] = {
        "BG/NBD": fit_bg_nbd,
        "MBG/NBD": fit_mbg_nbd,
        "Pareto/NBD": fit_pareto_nbd,
    }
    if "log_gaps" not in customers.columns:
        return at_random
    return at_random | {"BG/CNBD-k": fit_bg_cnbd, "MBG/CNBD-k": fit_mbg_cnbd}


def compare(
    customers: pd.DataFrame,
    *,
    last_period: pd.Series | None = None,
    weekly: pd.DataFrame | None = None,
    models: Mapping[str, Fitter] | None = None,
) -> Comparison:
    """Which model forecasts these customers best, and does it beat the naive rules?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        Summary at the end of the calibration, with `holdout_frequency` and `holdout_T`.
    last_period : Series, optional
        Order days of each customer in the last stretch of the calibration as long as the
        holdout; without it that naive rule is left out.
    weekly : DataFrame, optional
        `actual` and `naive` order days of each whole time unit of the holdout, in order.
    models : mapping of str to callable, optional
        Fits by name; those of `usual_models` when not given.

    Returns
    -------
    Comparison

    Raises
    ------
    FitError
        When no model can be fitted.

    Notes
    -----
    What counts is what was missed in total (of new customers, and of those there before), and
    customer by customer (the mean absolute error). A model is preferred to a simpler one when
    it is better in either by more than one standard error of the difference on the same
    customers, and worse in neither; the naive rules have to be beaten in the same way. No fit
    has seen the holdout.
    """
    seen = customers[_can_be_fitted(customers)]
    fitted, failed = _fit_all(seen, dict(models or usual_models(seen)))
    if not fitted:
        raise FitError("; ".join(f"{name}: {reason}" for name, reason in failed.items()))
    last = pd.Series(np.nan, index=customers.index) if last_period is None else last_period
    forecasts = {name: forecast_holdout(customers, model, last) for name, model in fitted.items()}
    actual = number_column(customers, "holdout_frequency")
    groups = _groups(customers)
    rows, misses = [], {}
    for name, forecast in forecasts.items():
        misses[name] = measure_miss(forecast.table[MODEL].to_numpy(), actual, groups)
        rows.append(
            _model_row(name, fitted[name], forecast, _weekly(customers, fitted[name], weekly))
        )
    table = next(iter(forecasts.values())).table
    for rule in [OWN_PACE] if last_period is None else [LAST_PERIOD, OWN_PACE]:
        misses[rule] = measure_miss(table[rule].to_numpy(), actual, groups)
        rows.append({"forecast": rule, **score_one(table[rule], table["actual"])})
        rows[-1]["weekly_error"] = _naive_weekly(rule, float(table[rule].sum()), weekly)
    scored = pd.DataFrame(rows).assign(score=[misses[str(row["forecast"])].score for row in rows])
    model, recommended, reason = _recommend(misses, fitted)
    return Comparison(
        table=scored.sort_values("score", kind="stable", ignore_index=True),
        models=fitted,
        recommended=recommended,
        model=model,
        reason=reason,
        failed=failed,
    )


def _can_be_fitted(customers: pd.DataFrame) -> pd.Series:
    """Leave out who came on the last day, and who was there before but did not buy since."""
    followed = customers["T"] > 0
    if "seen_within" in customers.columns:
        followed &= customers["seen_within"].isna() | (customers["frequency"] > 0)
    return followed


def _fit_all(
    customers: pd.DataFrame, models: dict[str, Fitter]
) -> tuple[dict[str, BuyingModel], dict[str, str]]:
    fitted, failed = {}, {}
    for name, fit in models.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", AnalysisWarning)  # the remark says it
                fitted[name] = fit(customers)
            if getattr(fitted[name], "k", 0) == 1:
                del fitted[name]
                failed[name] = "the gaps are no more even than at random (k = 1)"
        except (DataError, FitError) as error:
            failed[name] = str(error)
    return fitted, failed


def _groups(customers: pd.DataFrame) -> list[NDArray[np.bool_]]:
    """Tell new customers from those there before, where the summary does."""
    if "seen_within" not in customers.columns:
        return [np.ones(len(customers), dtype=bool)]
    old = customers["seen_within"].notna().to_numpy()
    return [old, ~old]


def _model_row(
    name: str, model: BuyingModel, forecast: Forecast, weekly_error: float
) -> dict[str, object]:
    low, high = forecast.interval()
    scored = score_one(forecast.table[MODEL], forecast.table["actual"])
    return {
        "forecast": name,
        "parameters": _by_simplicity(model)[0],
        "log_likelihood": model.log_likelihood,
        "aic": model.aic,
        "bic": model.bic,
        "low": low,
        "high": high,
        "covered": low <= scored["actual"] <= high,
        **scored,
        "weekly_error": weekly_error,
        "remark": model.boundary,
    }


def _weekly(customers: pd.DataFrame, model: BuyingModel, weekly: pd.DataFrame | None) -> float:
    """Return the mean absolute error of a week, as a share of the mean week."""
    if weekly is None:
        return float("nan")
    rows, _ = model.read(customers).distinct()
    until = model.mean_course(rows, np.arange(1.0, len(weekly) + 1))
    return _weekly_error(np.diff(until, prepend=0.0), weekly)


def _naive_weekly(rule: str, total: float, weekly: pd.DataFrame | None) -> float:
    if weekly is None:
        return float("nan")
    even = np.full(len(weekly), total / len(weekly))
    return _weekly_error(weekly["naive"].to_numpy() if rule == LAST_PERIOD else even, weekly)


def _weekly_error(predicted: Floats, weekly: pd.DataFrame) -> float:
    actual = weekly["actual"].to_numpy(dtype=np.float64)
    return float(np.abs(predicted - actual).sum() / max(actual.sum(), 1.0))


def _recommend(misses: dict[str, Miss], models: dict[str, BuyingModel]) -> tuple[str, str, str]:
    """Return the best model, what to forecast by, and why."""
    simplest_first = sorted(models, key=lambda name: _by_simplicity(models[name]))
    model = pick(misses, simplest_first)
    rule = pick(misses, [name for name in misses if name not in models])
    missed, naive = misses[model], misses[rule]
    facts = {"missed": missed, "rule": translate(rule), "naive": naive}
    if beats(naive, missed):
        reason = say(
            "no model beats the naive rule ({rule}), which missed {naive}; the best of them, "
            "{model}, missed {missed}",
            **facts,
            model=model,
        )
        return model, rule, reason
    reason = (
        say("it missed {missed}, less than the naive rule ({rule}: {naive})", **facts)
        if beats(missed, naive)
        else say("it missed {missed}, no clear gain on the naive rule ({rule}: {naive})", **facts)
    )
    equal = [n for n in models if n != model and not beats(missed, misses[n])]
    if equal:
        reason = say(
            "{reason}; {others} did as well within chance", reason=reason, others=join(equal)
        )
    return model, model, reason


def _by_simplicity(model: BuyingModel) -> tuple[int, float]:
    """Order by the number of parameters (k is one), then the more likely first."""
    return model.free + hasattr(model, "k"), -round(model.log_likelihood, 3)
