"""Which model of repeat buying forecasts these customers best, and is it worth having one?"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.clv.bg_cnbd import fit_bg_cnbd
from analysis.clv.bg_nbd import fit_bg_nbd
from analysis.clv.holdout import (
    LAST_PERIOD,
    MODEL,
    OWN_PACE,
    Reach,
    forecast_holdout,
    score_ranks,
    score_sums,
)
from analysis.clv.inputs import read_weight
from analysis.clv.mbg_cnbd import fit_mbg_cnbd
from analysis.clv.mbg_nbd import fit_mbg_nbd
from analysis.clv.misses import Missed, measure_misses
from analysis.clv.pareto_nbd import fit_pareto_nbd
from analysis.clv.ranks import count_ranked
from analysis.clv.recommending import (
    by_simplicity,
    naive_weekly_error,
    recommend,
    weekly_error,
)
from analysis.customer_table import CustomerTable
from analysis.errors import AnalysisWarning, DataError, FitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel
    from analysis.clv.misses import Errors

    Floats = NDArray[np.float64]
    Fitter = Callable[[pd.DataFrame], BuyingModel]

__all__ = ["Comparison", "compare", "compare_parts", "usual_models"]

_LAST = "last_period"  # the column that the naive rule of this name reads


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
    ranked : dict of str to DataFrame
        Of each forecast by its name, a row for customers of whom it said much the same
        (`predicted`, in steps of a hundredth of a percent) and who bought as much: `actual`,
        `weight` (how many they are), `off` (what it was wrong by, of all of them).
    """

    table: pd.DataFrame
    models: dict[str, BuyingModel]
    recommended: str
    model: str
    reason: str
    failed: dict[str, str]
    ranked: dict[str, pd.DataFrame] = field(repr=False)


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
    whole = customers if last_period is None else customers.assign(**{_LAST: last_period})
    return compare_parts([whole], customers, customers, weekly=weekly, models=models)


def compare_parts(
    parts: Iterable[pd.DataFrame],
    everybody: pd.DataFrame,
    to_fit: pd.DataFrame,
    *,
    weekly: pd.DataFrame | None = None,
    models: Mapping[str, Fitter] | None = None,
    scratch: Path | None = None,
) -> Comparison:
    """Compare as `compare` does, of customers who come in several parts.

    Parameters
    ----------
    parts : iterable of DataFrame
        As for `compare`, with `last_period` as a column; a row may stand for several customers.
    everybody, to_fit : DataFrame
        The histories of all of them, and of those to fit, with `weight`.
    weekly, models
        As for `compare`.
    scratch : Path, optional
        Folder for what is written of several parts.
    """
    seen = to_fit[_can_be_fitted(to_fit)]
    fitted, failed = _fit_all(seen, dict(models or usual_models(seen)))
    if not fitted:
        raise FitError("; ".join(f"{name}: {reason}" for name, reason in failed.items()))
    reaches: dict[str, Reach] = {}
    scored = CustomerTable.written(_forecast(parts, fitted, reaches), scratch)
    names = [name for name in scored.columns if name not in ("actual", "weight", "old")]
    ranked: dict[str, pd.DataFrame] = {}
    errors = measure_misses(names, _missed(names, scored, ranked))
    misses = errors.misses()
    table = _table(errors, ranked, fitted, reaches, everybody, weekly)
    model, recommended, reason = recommend(misses, fitted)
    return Comparison(
        table=table.sort_values("score", kind="stable", ignore_index=True),
        models=fitted,
        recommended=recommended,
        model=model,
        reason=reason,
        failed=failed,
        ranked=ranked,
    )


def _forecast(
    parts: Iterable[pd.DataFrame], fitted: dict[str, BuyingModel], reaches: dict[str, Reach]
) -> Iterator[pd.DataFrame]:
    """Yield all forecasts of each part, and what came; add up what their intervals follow from."""
    for part in parts:
        last = part.get(_LAST, pd.Series(np.nan, index=part.index))
        columns = {}
        for name, model in fitted.items():
            forecast = forecast_holdout(part, model, last)
            columns[name] = forecast.table[MODEL].to_numpy()
            reach = forecast.reach()
            reaches[name] = reaches[name] + reach if name in reaches else reach
        rules = [LAST_PERIOD, OWN_PACE] if _LAST in part.columns else [OWN_PACE]
        columns |= {rule: forecast.table[rule].to_numpy() for rule in rules}
        columns["actual"] = forecast.table["actual"].to_numpy()
        old = part.get("seen_within", pd.Series(np.nan, index=part.index)).notna()
        yield pd.DataFrame({**columns, "weight": read_weight(part), "old": old.to_numpy()})


def _missed(
    names: Sequence[str], scored: CustomerTable, ranked: dict[str, pd.DataFrame]
) -> Iterator[Missed]:
    """Yield forecasts and what came, new customers apart from those there before.

    What it takes to rank all customers by each forecast is counted in `ranked`.
    """
    for frame in scored.frames():
        old = frame["old"].to_numpy()
        actual, weight = frame["actual"].to_numpy(), frame["weight"].to_numpy()
        for name in names:
            ranked[name] = count_ranked(frame[name].to_numpy(), actual, weight, ranked.get(name))
        yield Missed(frame[list(names)].to_numpy().T, actual, weight, [old, ~old])


def _table(
    errors: Errors,
    ranked: dict[str, pd.DataFrame],
    fitted: dict[str, BuyingModel],
    reaches: dict[str, Reach],
    everybody: pd.DataFrame,
    weekly: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return the scores of every forecast, a row each."""
    rows, misses = [], errors.misses()
    for name in errors.names:
        row: dict[str, object] = {"forecast": name}
        order = (ranked[name][key].to_numpy() for key in ("predicted", "actual", "weight", "off"))
        scores = score_sums(errors.of(name)) | score_ranks(*order)
        if name in fitted:
            row |= _model_row(fitted[name], reaches[name], scores)
            row["weekly_error"] = weekly_error(everybody, fitted[name], weekly)
        else:
            row |= scores
            row["weekly_error"] = naive_weekly_error(name, scores["predicted"], weekly)
        rows.append({**row, "score": misses[name].score})
    return pd.DataFrame(rows)


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


def _model_row(model: BuyingModel, reach: Reach, scored: dict[str, float]) -> dict[str, object]:
    low, high = reach.interval(model.peak.log_covariance)
    return {
        "parameters": by_simplicity(model)[0],
        "log_likelihood": model.log_likelihood,
        "aic": model.aic,
        "bic": model.bic,
        "low": low,
        "high": high,
        "covered": low <= scored["actual"] <= high,
        **scored,
        "remark": model.boundary,
    }
