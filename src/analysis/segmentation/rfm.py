"""RFM: how recently, how often and for how much did each customer buy?

The rule for scores, and so for ties: a customer's score follows from the share of customers
with a *strictly smaller* value. Equal values therefore always get equal scores. With five
bins, orders and spend score ``1 + floor(5 * share)``; days since the last order count
backwards, ``5 - floor(5 * share)``. Worked example, orders of ten customers::

    orders                  1    1    1    1    2    2    3    5    8   20
    share with fewer       .0   .0   .0   .0   .4   .4   .6   .7   .8   .9
    frequency score         1    1    1    1    3    3    4    4    5    5

Quantile cut-offs would have to put some of the four with one order into score 2. Here nobody
gets it: with few distinct values some scores stay empty, the lowest value always scores 1 and
the fewest days since the last order always score 5. If all customers are equal, all score
5-1-1: no one is behind on recency, and no one is ahead on orders or spend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.customer_table import exact_sum
from analysis.engines import read_query
from analysis.errors import DataError
from analysis.segmentation.checks import check_customers, checked
from analysis.segmentation.rules import SEGMENT_NAMES, segment_grid
from analysis.tables import as_source

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    from analysis.customer_table import CustomerTable
    from analysis.tables import Source

MEASURES = {
    "recency_score": "days_since_last_order",
    "frequency_score": "orders",
    "monetary_score": "spend",
}
_MOST_BINS = 9
_FIFTHS = 5
_CUTOFFS = ["measure", "score", "lowest", "highest", "customers"]


def rfm_quantiles(
    transactions: Source | pd.DataFrame, as_of: dt.date, window_days: int, *, bins: int = 5
) -> pd.DataFrame:
    """Which days, orders and money does each score stand for, over all customers of a source?

    The engine of the source counts, and returns these few rows.

    Parameters
    ----------
    transactions : Source or DataFrame
        An opened source, or a frame as for `tables.from_frame`.
    as_of : date
        Last day that counts.
    window_days : int
        Number of days in which orders and spend count, `as_of` included.
    bins : int
        As for `score_rfm`.

    Returns
    -------
    DataFrame
        As `rfm_cutoffs`.
    """
    source = as_source(transactions)
    table = source.engine.run(
        read_query("rfm_quantiles"),
        as_of=as_of,
        after=as_of - pd.Timedelta(days=window_days),
        bins=_checked_bins(bins),
    ).to_pandas()
    units = np.where(table["measure"] == "spend", source.minor_units, 1)
    return _ordered(table.assign(lowest=table["lowest"] / units, highest=table["highest"] / units))


def score_rfm(
    customers: pd.DataFrame,
    *,
    bins: int = 5,
    recency: str = "days_since_last_order",
    frequency: str = "orders",
    monetary: str = "total",
    cutoffs: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """How does each customer rank on recency, frequency and spend, and what kind is it?

    Parameters
    ----------
    customers : DataFrame, one row per customer
        `customer_id` and the three columns named below.
    bins : int
        Number of scores, 2 to 9; the best is `bins`.
    recency : str
        Column of days since the last order; fewer is better.
    frequency : str
        Column of the number of orders. (Not the `frequency` of the models, which counts
        repeat days and is one short of the days with an order.)
    monetary : str
        Column of net spend; it may be negative after returns.
    cutoffs : DataFrame, optional
        Of all customers, with as many `bins` (`rfm_quantiles`), where these are some of them.

    Returns
    -------
    DataFrame, one row per customer in the order given
        customer_id; days_since_last_order, orders, spend: what was scored;
        recency_score, frequency_score, monetary_score : 1 to `bins`;
        rfm : the three as text, '545';
        value_score : mean of frequency and monetary score, halves up, on the scale 1 to 5;
        segment : ordered categorical, best first (`rules.segment_rules` has the table).

    Raises
    ------
    DataError
        If a column is absent or incomplete, a customer repeats, or `bins` is out of range.
    """
    _checked_bins(bins)
    check_customers(customers, [recency, frequency, monetary])
    scores = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "days_since_last_order": customers[recency],
            "orders": customers[frequency],
            "spend": customers[monetary],
        }
    )
    for score, measure in MEASURES.items():
        known = (
            _cutoffs(scores[measure], bins, backwards=score == "recency_score")
            if cutoffs is None
            else cutoffs[cutoffs["measure"] == measure]
        )
        scores[score] = _score(scores[measure], known)
    scores["rfm"] = _in_digits(scores)
    scores["value_score"] = (
        _in_fifths(scores["frequency_score"], bins) + _in_fifths(scores["monetary_score"], bins) + 1
    ) // 2
    scores["segment"] = _segment(_in_fifths(scores["recency_score"], bins), scores["value_score"])
    return scores


def rfm_cutoffs(scores: pd.DataFrame | CustomerTable) -> pd.DataFrame:
    """Which days, orders and money does each score stand for?

    Parameters
    ----------
    scores : DataFrame or CustomerTable
        Result of `score_rfm`.

    Returns
    -------
    DataFrame, one row per measure and score that occurs, best score first
        measure : 'days_since_last_order', 'orders' or 'spend'; score;
        lowest, highest : smallest and largest value with this score; customers.
    """
    each = [
        f"SELECT '{measure}' AS measure, {score} AS score, MIN({measure}) AS lowest,"  # noqa: S608
        f" MAX({measure}) AS highest, COUNT(*) AS customers FROM customers GROUP BY {score}"
        for score, measure in MEASURES.items()
    ]
    table = checked(scores, [*MEASURES, *MEASURES.values()])
    return _ordered(table.query(" UNION ALL ".join(each)))


def rfm_grid(scores: pd.DataFrame | CustomerTable) -> pd.DataFrame:
    """How many customers, and how much spend, lie in each cell of recency and value?

    Parameters
    ----------
    scores : DataFrame or CustomerTable
        Result of `score_rfm` with five bins.

    Returns
    -------
    DataFrame, 25 rows
        recency_score, value_score, segment, customers, share_of_customers, spend.
    """
    grid = segment_grid()
    cells = checked(scores, ["recency_score", "value_score", "spend"]).query(
        "SELECT recency_score, value_score, COUNT(*) AS customers,"  # noqa: S608
        f" {exact_sum('spend')} AS spend FROM customers GROUP BY recency_score, value_score"
    )
    filled = grid.merge(cells, on=["recency_score", "value_score"], how="left")
    filled["customers"] = filled["customers"].fillna(0).astype("int64")
    filled["spend"] = filled["spend"].fillna(0.0)
    filled.insert(4, "share_of_customers", filled["customers"] / max(len(scores), 1))
    return filled


def _checked_bins(bins: int) -> int:
    if bins not in range(2, _MOST_BINS + 1):
        raise DataError(f"`bins` must be a whole number from 2 to {_MOST_BINS}; got {bins!r}.")
    return bins


def _ordered(cutoffs: pd.DataFrame) -> pd.DataFrame:
    """Put cut-offs in order: measures as they are named, the best score first."""
    measures = list(MEASURES.values())
    place = cutoffs["measure"].map(measures.index)
    return (
        cutoffs.assign(place=place)
        .sort_values(["place", "score"], ascending=[True, False], ignore_index=True)
        .astype({"lowest": float, "highest": float})[_CUTOFFS]
    )


def _cutoffs(values: pd.Series, bins: int, *, backwards: bool) -> pd.DataFrame:
    """Return the smallest value of each score: by the number of strictly smaller values."""
    amounts, customers = np.unique(values.to_numpy(), return_counts=True)
    smaller = np.cumsum(customers) - customers
    places, first = np.unique(1 + bins * smaller // max(len(values), 1), return_index=True)
    return pd.DataFrame(
        {"score": bins + 1 - places if backwards else places, "lowest": amounts[first]}
    )


def _score(values: pd.Series, cutoffs: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Give each value the score whose cut-off is the last that it reaches."""
    upwards = cutoffs.sort_values("lowest")
    reached = np.searchsorted(upwards["lowest"].to_numpy(), values.to_numpy(), side="right") - 1
    return upwards["score"].to_numpy(dtype=np.int64)[np.maximum(reached, 0)]


def _in_digits(scores: pd.DataFrame) -> pd.Series:
    """Write the three scores one after another: '545'."""
    recency, frequency, monetary = (scores[name].to_numpy() for name in MEASURES)
    texts = pd.Series([f"{number:03}" for number in range(1000)], dtype="str")
    return texts.take(100 * recency + 10 * frequency + monetary).set_axis(scores.index)


def _in_fifths(score: pd.Series, bins: int) -> pd.Series:
    """Carry a score over to the scale 1 to 5: the fifth that holds the middle of its bin."""
    return -(-_FIFTHS * (2 * score - 1) // (2 * bins))


def _segment(recency: pd.Series, value: pd.Series) -> pd.Categorical[str]:
    codes = np.zeros((_FIFTHS + 1, _FIFTHS + 1), dtype=np.int64)
    grid = segment_grid()
    codes[grid["recency_score"], grid["value_score"]] = grid["segment"].cat.codes
    return pd.Categorical.from_codes(
        codes[recency, value], categories=pd.Index(SEGMENT_NAMES), ordered=True
    )
