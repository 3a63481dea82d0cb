"""The silences between orders: how often they end in a return, with errors by customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.churn.paces import NOBODY
from analysis.churn.segments import Segments
from analysis.engines import read_query
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

Floats = npt.NDArray[np.float64]

GROUPS = 50
"""Groups of customers that the jackknife leaves out in turn."""
HABIT_DAYS = 365
"""The time in which a customer's longest silence is looked for."""

_COLUMNS = {"days": "int64", "silences": "int64"} | dict.fromkeys(
    ("return_probability", "low", "high", "came_back_later", "later_low", "later_high"), "float64"
)


@dataclass(frozen=True, slots=True)
class Silences:
    """Counts of silences by group of customers (rows) and length in days (columns, from 1).

    Attributes
    ----------
    ended, ongoing : array (groups, days)
        Silences that an order ended, and those still going on.
    longest : array (groups, days)
        Customers by the longest silence from which they came back in the last year.
    """

    ended: Floats
    ongoing: Floats
    longest: Floats

    @property
    def at_risk(self) -> Floats:
        """Silences that lasted at least 1, 2, ... days."""
        return _at_least((self.ended + self.ongoing).sum(axis=0))


def count_silences(transactions: Source | pd.DataFrame, as_of: dt.date | str) -> Silences:
    """Count the silences between order days, and those still going on at `as_of`, by length."""
    source, end = as_source(transactions), pd.Timestamp(as_of)
    return _spread(_count(source, end, Segments(NOBODY)))


def count_silences_by(source: Source, end: pd.Timestamp, segments: Segments) -> dict[str, Silences]:
    """Count the silences of the customers of each segment, by its key."""
    counts = _count(source, end, segments)
    return {str(key): _spread(rows) for key, rows in counts.groupby("segment") if key}


def _count(source: Source, end: pd.Timestamp, segments: Segments) -> pd.DataFrame:
    counts: pd.DataFrame = source.engine.run(
        read_query("silences", segments=segments.relation),
        **segments.values,
        as_of=end.date(),
        year_from=(end - pd.Timedelta(days=HABIT_DAYS)).date(),
        groups=GROUPS,
    ).to_pandas()
    return counts


def _spread(counts: pd.DataFrame) -> Silences:
    groups = int(counts["customer_group"].max() + 1) if len(counts) else 0
    shape = (groups, int(counts["days"].max()) if len(counts) else 0)

    def spread(ended: int, column: str) -> Floats:
        rows = counts.loc[counts["ended"] == ended]
        cells = np.zeros(shape)
        cells[rows["customer_group"], rows["days"] - 1] = rows[column]
        return cells

    return Silences(
        ended=spread(1, "silences"),
        ongoing=spread(0, "silences"),
        longest=spread(1, "longest"),
    )


def return_curve(silences: Silences, followed_days: int, confidence: float) -> pd.DataFrame:
    """What becomes of a silence of each length, as far as `followed_days` tells?

    Returns
    -------
    DataFrame, one row a day from 1 to followed_days - 1
        Columns as in `InactivityWindow.table`.
    """
    last, days = followed_days, np.arange(1, followed_days)
    if len(days) == 0:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
    at_risk = silences.at_risk
    gone, error = _jackknife(silences, lambda curve: _ratio(curve[..., [last]], curve)[..., 1:last])
    low, high = _complement_band(gone, error, len(silences.ended), at_risk[last - 1], confidence)
    longest = silences.longest.sum(axis=0)
    returned, longer = max(longest.sum(), 1), _at_least(longest)[days]
    longer_low, longer_high = proportion_confint(longer, returned, 1 - confidence, method="beta")
    return pd.DataFrame(
        {
            "days": days,
            "silences": at_risk[days].astype(np.int64),
            "return_probability": 1 - gone,
            "low": low,
            "high": high,
            "came_back_later": longer / returned,
            "later_low": longer_low,
            "later_high": longer_high,
        }
    )


def _at_least(counts: Floats) -> Floats:
    return np.cumsum(counts[..., ::-1], axis=-1)[..., ::-1]


def _survivor(ended: Floats, ongoing: Floats) -> Floats:
    """Return the Kaplan-Meier curve S(0), S(1), ... along the last axis."""
    at_risk = _at_least(ended + ongoing)
    stay = 1 - _ratio(ended, at_risk)
    return np.concatenate([np.ones((*stay.shape[:-1], 1)), np.cumprod(stay, axis=-1)], axis=-1)


def _ratio(top: Floats, bottom: Floats) -> Floats:
    top, bottom = np.broadcast_arrays(top, bottom)
    return np.divide(top, bottom, out=np.zeros(top.shape), where=bottom > 0)


def _jackknife(silences: Silences, statistic: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """Return a statistic of the curve and its delete-a-group standard error."""
    ended, ongoing = silences.ended.sum(axis=0), silences.ongoing.sum(axis=0)
    whole = statistic(_survivor(ended, ongoing))
    without = statistic(_survivor(ended - silences.ended, ongoing - silences.ongoing))
    groups = len(silences.ended)
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return whole, np.sqrt(spread * (groups - 1) / groups)


def _complement_band(
    staying: Floats, error: Floats, groups: int, at_risk: float, confidence: float
) -> tuple[Floats, Floats]:
    """Return the band of 1 - staying, from the complementary log-log scale of staying.

    At 0 and 1, where that scale ends, the exact binomial limit for `at_risk` trials stands.
    """
    tail = (1 - confidence) / 2
    inside = (staying > 0) & (staying < 1)
    safe = np.where(inside, staying, 0.5)
    half = stats.t.ppf(1 - tail, max(groups - 1, 1)) * error / (safe * -np.log(safe))
    middle = np.log(-np.log(safe))
    low = np.where(inside, 1 - np.exp(-np.exp(middle - half)), 0.0)
    high = np.where(inside, 1 - np.exp(-np.exp(middle + half)), 1.0)
    limit = tail ** (1 / at_risk)
    return np.where(staying <= 0, limit, low), np.where(staying >= 1, 1 - limit, high)
