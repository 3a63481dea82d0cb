"""Does the model predict? Fit on the past, score what it says of the time held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from analysis.clv.inputs import number_column, read_weight
from analysis.clv.ranks import Tenths, coarse, correlate_ranks, divide
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from analysis.clv.buying import BuyingModel

    Floats = NDArray[np.float64]

__all__ = [
    "Forecast", "Reach", "forecast_holdout", "score_by_decile", "score_forecasts", "score_one",
    "score_ranks", "score_sums", "score_tenths",
]  # fmt: skip

_DIGITS = 9  # of a forecast: the same for the same history, in whatever part of the customers
MODEL, LAST_PERIOD, OWN_PACE = "model", "last period repeated", "own pace carried on"


@dataclass(frozen=True, slots=True)
class Reach:
    """What the interval of a total follows from; that of several parts is their sum.

    Attributes
    ----------
    middle : float
        The total forecast.
    variance : float
        Of the customers' own randomness.
    slopes : ndarray
        How the total moves with the log-parameters.
    """

    middle: float
    variance: float
    slopes: Floats

    def __add__(self, other: Reach) -> Reach:
        return Reach(
            self.middle + other.middle,
            self.variance + other.variance,
            self.slopes + other.slopes,
        )

    def interval(self, covariance: Floats, confidence: float = 0.90) -> tuple[float, float]:
        """Return between what the total will lie, given the covariance of the log-parameters."""
        spread = np.sqrt(self.slopes @ covariance @ self.slopes + self.variance)
        error = float(special.ndtri((1 + confidence) / 2) * spread)
        return max(self.middle - error, 0.0), self.middle + error


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a model fitted on the calibration says of each customer's holdout.

    Attributes
    ----------
    table : DataFrame
        A row a customer: `actual` order days in the holdout, the model's forecast as
        `model`, and two naive ones: `last period repeated` (order days in the last stretch
        as long as the holdout) and `own pace carried on` (frequency over age). Where a row
        stands for several customers, `weight` says for how many.
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

    @property
    def amounts(self) -> Floats:
        """What is added up over customers: 1, forecast, actual, variance, slopes; a row each."""
        columns = np.column_stack(
            [
                np.ones(len(self.table)),
                self.table[MODEL],
                self.table["actual"],
                self.spread**2,
                self.slopes,
            ]
        )
        return np.asarray(columns * read_weight(self.table)[:, None])

    def reach(self, which: NDArray[np.bool_] | None = None) -> Reach:
        """Return what the interval of the customers in `which`, or of all, follows from."""
        amounts = self.amounts if which is None else self.amounts[which]
        return _reach(amounts.sum(axis=0))

    def interval(
        self, which: NDArray[np.bool_] | None = None, confidence: float = 0.90
    ) -> tuple[float, float]:
        """Between what will the order days of the customers in `which` lie, by the model?

        Holds the customers' own randomness and the uncertainty of the parameters.
        """
        return self.reach(which).interval(self.covariance, confidence)


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
            MODEL: np.round(moments.mean, _DIGITS)[place],
            LAST_PERIOD: last_period.to_numpy(dtype=np.float64),
            OWN_PACE: np.where(rows.T > 0, pace, 0.0),
        },
        index=customers.index,
    )
    if "weight" in customers.columns:
        table["weight"] = rows.weight
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
    actual, weight = number_column(forecast.table, "actual"), read_weight(forecast.table)
    rows = []
    for name in (MODEL, LAST_PERIOD, OWN_PACE):
        low, high = forecast.interval() if name == MODEL else (np.nan, np.nan)
        scored = score_one(forecast.table[name].to_numpy(), actual, weight)
        rows.append({"forecast": name, "low": low, "high": high, **scored})
    order = ["forecast", "predicted", "low", "high", "actual"]
    table = pd.DataFrame(rows)
    return table[[*order, *table.columns.drop(order)]]


def score_one(predicted: Floats, actual: Floats, weight: Floats) -> dict[str, float]:
    """Return the scores of one forecast, as in `score_forecasts`."""
    off = predicted - actual
    columns = {"off": off, "size": np.abs(off), "square": off**2, "came": actual}
    sums = {name: float(weight @ column) for name, column in columns.items()}
    totals = score_sums(sums | {"customers": float(weight.sum())})
    return totals | score_ranks(predicted, actual, weight, weight * off)


def score_sums(sums: Mapping[str, float]) -> dict[str, float]:
    """Return the scores of one forecast that follow from the sums of `misses.Errors`."""
    came, customers = float(sums["came"]), float(sums["customers"])
    return {
        "predicted": came + float(sums["off"]),
        "actual": came,
        "error": float(sums["off"]) / came if came else np.nan,
        "mean_absolute_error": float(sums["size"]) / customers,
        "root_mean_square_error": float(np.sqrt(sums["square"] / customers)),
    }


def score_ranks(predicted: Floats, actual: Floats, weight: Floats, off: Floats) -> dict[str, float]:
    """Return the scores of one forecast that follow from the order in which it puts customers.

    Each row stands for `weight` customers, whose forecasts are `off` together.
    """
    came = float(weight @ actual)
    tenths = divide(predicted, weight).add_up(predicted, off[:, None])
    return {
        "decile_error": float(np.abs(tenths).sum()) / came if came else np.nan,
        "rank_correlation": correlate_ranks(predicted, actual, weight),
    }


def score_by_decile(forecast: Forecast, groups: int = 10) -> pd.DataFrame:
    """Do customers with a high forecast buy much, and those with a low one little?

    Customers with the same forecast, to a hundredth of a percent, are shared between the tenths
    that they fall into.

    Returns
    -------
    DataFrame, a row a tenth of the customers, from the lowest forecast up
        decile, customers, and per customer: predicted, low, high (90%), actual
    """
    predicted = coarse(forecast.table[MODEL].to_numpy())
    return score_tenths([forecast], divide(predicted, read_weight(forecast.table), groups))


def score_tenths(forecasts: Iterable[Forecast], tenths: Tenths) -> pd.DataFrame:
    """Return what `score_by_decile` does, of customers who come in several parts.

    `tenths` are those of the forecasts in the steps of `ranks.coarse`.
    """
    sums, covariance = None, None
    for forecast in forecasts:
        added = tenths.add_up(coarse(forecast.table[MODEL].to_numpy()), forecast.amounts)
        sums, covariance = added if sums is None else sums + added, forecast.covariance
    if sums is None or covariance is None:
        raise ValueError("tenths are scored of at least one part")
    limits = np.array([_reach(row).interval(covariance) for row in sums])
    each = np.column_stack([sums[:, 1], limits, sums[:, 2]]) / tenths.sizes[:, None]
    table = pd.DataFrame(each, columns=["predicted", "low", "high", "actual"])
    table.insert(0, "decile", np.arange(1, tenths.sizes.size + 1))
    table.insert(1, "customers", tenths.sizes)
    return table


def _reach(sums: Floats) -> Reach:
    return Reach(float(sums[1]), float(sums[3]), sums[4:])
