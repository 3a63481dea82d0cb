"""Does the model predict? Fit on the past, score what it says of the time held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from analysis.clv.inputs import number_column
from analysis.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel

    Floats = NDArray[np.float64]

__all__ = ["Forecast", "forecast_holdout", "score_by_decile", "score_forecasts", "score_one"]

MODEL, LAST_PERIOD, OWN_PACE = "model", "last period repeated", "own pace carried on"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a model fitted on the calibration says of each customer's holdout.

    Attributes
    ----------
    table : DataFrame
        A row a customer: `actual` order days in the holdout, the model's forecast as
        `model`, and two naive ones: `last period repeated` (order days in the last stretch
        as long as the holdout) and `own pace carried on` (frequency over age).
    spread : ndarray
        Standard deviation of each customer's own randomness under the model.
    slopes : ndarray
        How each forecast moves with the log-parameters.
    covariance : ndarray
        Of the log-parameters.
    """

    table: pd.DataFrame
    spread: Floats
    slopes: Floats
    covariance: Floats

    def interval(
        self, which: NDArray[np.bool_] | None = None, confidence: float = 0.90
    ) -> tuple[float, float]:
        """Between what will the order days of the customers in `which` lie, by the model?

        Holds the customers' own randomness and the uncertainty of the parameters.
        """
        chosen = np.ones(len(self.table), bool) if which is None else which
        slope = self.slopes[chosen].sum(axis=0)
        own = float(np.sum(self.spread[chosen] ** 2))
        error = special.ndtri((1 + confidence) / 2) * np.sqrt(slope @ self.covariance @ slope + own)
        middle = float(self.table[MODEL].to_numpy()[chosen].sum())
        return max(middle - float(error), 0.0), middle + float(error)


def forecast_holdout(
    customers: pd.DataFrame, model: BuyingModel, last_period: pd.Series
) -> Forecast:
    """Forecast the holdout of every customer, by the model and by two naive rules.

    Parameters
    ----------
    customers : DataFrame, one row per customer
        Summary at the end of the calibration, with `holdout_frequency` and `holdout_T`
        (`summary.summarise_customers` with `calibration_end`).
    model : BuyingModel
        Fitted on the calibration.
    last_period : Series, indexed like `customers`
        Order days in the last stretch of the calibration that is as long as the holdout.
    """
    actual = number_column(customers, "holdout_frequency")
    times = np.unique(number_column(customers, "holdout_T"))
    if times.size != 1 or times[0] <= 0:
        raise DataError(
            f"`holdout_T` must be one time > 0 for all; found {times.size} values, first "
            f"{times[:1].tolist()}. Make the table with one `calibration_end`."
        )
    horizon = float(times[0])
    rows = model.read(customers)
    distinct, place = rows.distinct()
    ahead = np.full(distinct.x.shape, horizon)
    moments = model.moments(distinct, horizon)
    pace = rows.x / np.maximum(rows.T, 1e-300) * horizon
    table = pd.DataFrame(
        {
            "actual": actual,
            MODEL: moments.mean[place],
            LAST_PERIOD: last_period.to_numpy(dtype=np.float64),
            OWN_PACE: np.where(rows.T > 0, pace, 0.0),
        },
        index=customers.index,
    )
    slopes = model.sensitivity(lambda moved: moved.expected(distinct, ahead))[place]
    return Forecast(table, np.sqrt(moments.variance)[place], slopes, model.peak.log_covariance)


def score_forecasts(forecast: Forecast) -> pd.DataFrame:
    """How far off is each way to forecast, in total and customer by customer?

    Returns
    -------
    DataFrame, a row a way to forecast
        forecast : name
        predicted, low, high, actual : order days of all; the 90% interval is the model's
        error : predicted / actual - 1
        mean_absolute_error, root_mean_square_error : order days a customer
        decile_error : what the tenths of the customers, by forecast, were missed by, as a
            share of all that came
        rank_correlation : Spearman's, of predicted with actual
    """
    actual = forecast.table["actual"]
    rows = []
    for name in (MODEL, LAST_PERIOD, OWN_PACE):
        low, high = forecast.interval() if name == MODEL else (np.nan, np.nan)
        scored = score_one(forecast.table[name], actual)
        rows.append({"forecast": name, "low": low, "high": high, **scored})
    order = ["forecast", "predicted", "low", "high", "actual"]
    table = pd.DataFrame(rows)
    return table[[*order, *table.columns.drop(order)]]


def score_one(predicted: pd.Series, actual: pd.Series) -> dict[str, float]:
    """Return the scores of one forecast, as in `score_forecasts`."""
    came, off = float(actual.sum()), predicted - actual
    tenths = off.groupby(_tenths(predicted, 10)).sum().abs().sum()
    return {
        "predicted": float(predicted.sum()),
        "actual": came,
        "error": float(off.sum()) / came if came else np.nan,
        "mean_absolute_error": float(off.abs().mean()),
        "root_mean_square_error": float(np.sqrt((off**2).mean())),
        "decile_error": float(tenths) / came if came else np.nan,
        "rank_correlation": _rank_correlation(predicted, actual),
    }


def score_by_decile(forecast: Forecast, groups: int = 10) -> pd.DataFrame:
    """Do customers with a high forecast buy much, and those with a low one little?

    Returns
    -------
    DataFrame, a row a tenth of the customers, from the lowest forecast up
        decile, customers, and per customer: predicted, low, high (90%), actual
    """
    group = _tenths(forecast.table[MODEL], groups)
    rows = []
    for decile in range(1, group.max() + 1):
        chosen = group == decile
        size = int(chosen.sum())
        low, high = forecast.interval(chosen)
        part = forecast.table[chosen]
        rows.append(
            {
                "decile": decile,
                "customers": size,
                "predicted": part[MODEL].mean(),
                "low": low / size,
                "high": high / size,
                "actual": part["actual"].mean(),
            }
        )
    return pd.DataFrame(rows)


def _tenths(predicted: pd.Series, groups: int) -> NDArray[np.int64]:
    """Number equal groups of the customers, from the lowest forecast up."""
    order = predicted.rank(method="first").to_numpy()
    groups = min(groups, order.size)
    return np.asarray(np.ceil(order * groups / order.size), dtype=np.int64)


def _rank_correlation(one: pd.Series, other: pd.Series) -> float:
    ranks = one.rank().to_numpy(), other.rank().to_numpy()
    if min(np.ptp(ranks[0]), np.ptp(ranks[1])) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])
