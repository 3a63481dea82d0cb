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

from analysis.errors import DataError
from analysis.segmentation.checks import check_customers
from analysis.segmentation.rules import SEGMENT_NAMES, segment_grid

if TYPE_CHECKING:
    import numpy.typing as npt

MEASURES = {
    "recency_score": "days_since_last_order",
    "frequency_score": "orders",
    "monetary_score": "spend",
}
_MOST_BINS = 9
_FIFTHS = 5


def score_rfm(
    customers: pd.DataFrame,
    *,
    bins: int = 5,
    recency: str = "days_since_last_order",
    frequency: str = "orders",
    monetary: str = "total",
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
    if bins not in range(2, _MOST_BINS + 1):
        raise DataError(f"`bins` must be a whole number from 2 to {_MOST_BINS}; got {bins!r}.")
    check_customers(customers, [recency, frequency, monetary])
    scores = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "days_since_last_order": customers[recency],
            "orders": customers[frequency],
            "spend": customers[monetary],
        }
    )
    scores["recency_score"] = bins + 1 - _score(customers[recency], bins)
    scores["frequency_score"] = _score(customers[frequency], bins)
    scores["monetary_score"] = _score(customers[monetary], bins)
    text = scores[list(MEASURES)].astype(str)
    scores["rfm"] = text["recency_score"] + text["frequency_score"] + text["monetary_score"]
    scores["value_score"] = (
        _in_fifths(scores["frequency_score"], bins) + _in_fifths(scores["monetary_score"], bins) + 1
    ) // 2
    scores["segment"] = _segment(_in_fifths(scores["recency_score"], bins), scores["value_score"])
    return scores


def rfm_cutoffs(scores: pd.DataFrame) -> pd.DataFrame:
    """Which days, orders and money does each score stand for?

    Parameters
    ----------
    scores : DataFrame
        Result of `score_rfm`.

    Returns
    -------
    DataFrame, one row per measure and score that occurs, best score first
        measure : 'days_since_last_order', 'orders' or 'spend'; score;
        lowest, highest : smallest and largest value with this score; customers.
    """
    tables = [
        scores.groupby(score)[measure]
        .agg(lowest="min", highest="max", customers="size")
        .rename_axis("score")
        .sort_index(ascending=False)
        .reset_index()
        .assign(measure=measure)
        for score, measure in MEASURES.items()
    ]
    columns = ["measure", "score", "lowest", "highest", "customers"]
    return pd.concat(tables, ignore_index=True)[columns]


def rfm_grid(scores: pd.DataFrame) -> pd.DataFrame:
    """How many customers, and how much spend, lie in each cell of recency and value?

    Parameters
    ----------
    scores : DataFrame
        Result of `score_rfm` with five bins.

    Returns
    -------
    DataFrame, 25 rows
        recency_score, value_score, segment, customers, share_of_customers, spend.
    """
    grid = segment_grid()
    cells = (
        scores.groupby(["recency_score", "value_score"])["spend"]
        .agg(customers="size", spend="sum")
        .reset_index()
    )
    filled = grid.merge(cells, on=["recency_score", "value_score"], how="left")
    filled["customers"] = filled["customers"].fillna(0).astype("int64")
    filled["spend"] = filled["spend"].fillna(0.0)
    filled.insert(4, "share_of_customers", filled["customers"] / max(len(scores), 1))
    return filled


def _score(values: pd.Series, bins: int) -> npt.NDArray[np.int64]:
    """Score 1 to `bins` by the number of strictly smaller values, in whole numbers."""
    smaller = values.rank(method="min").to_numpy(dtype=np.int64) - 1
    return (1 + bins * smaller // max(len(values), 1)).astype(np.int64)


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
