"""Migration: who moved between groups since the earlier date, and who came and went?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import DataError
from analysis.proportions import wilson_interval
from analysis.segmentation.checks import check_customers

NOT_YET = "Not yet a customer"
LEFT = "Left"
DIRECTIONS: tuple[str, ...] = ("Up", "Same", "Down")


def migration(
    before: pd.DataFrame, after: pd.DataFrame, column: str, *, confidence: float = 0.95
) -> pd.DataFrame:
    """How many customers moved from each group to each group?

    Parameters
    ----------
    before, after : DataFrame, one row per customer
        `customer_id` and `column`, an ordered categorical with the same categories in both,
        best first. A customer only in `after` was not yet a customer; one only in `before`
        has left.
    column : str
        'tier', 'stage', 'segment' or any other.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame, one row per pair of groups, those without customers included
        before : categorical, the groups and 'Not yet a customer';
        after : categorical, the groups and 'Left'; customers;
        of : customers of the `before` group; share : customers / of (missing where `of`
        is 0); low, high : its Wilson interval.
        Rows of 'Not yet a customer' give the shares of the newcomers by where they arrived.

    Raises
    ------
    DataError
        If a column is absent or incomplete, a customer repeats, or the categories differ.
    """
    groups = _groups(before, after, column)
    pairs = before[["customer_id", column]].merge(
        after[["customer_id", column]],
        on="customer_id",
        how="outer",
        suffixes=("_before", "_after"),
    )
    froms, tos = [*groups, NOT_YET], [*groups, LEFT]
    pairs["before"] = pairs[f"{column}_before"].astype("object").fillna(NOT_YET)
    pairs["after"] = pairs[f"{column}_after"].astype("object").fillna(LEFT)
    every_pair = pd.MultiIndex.from_product([froms, tos], names=["before", "after"])
    counts = pairs.groupby(["before", "after"]).size().reindex(every_pair, fill_value=0)
    table = counts.to_frame("customers").reset_index()
    table["before"] = pd.Categorical(table["before"], categories=froms, ordered=True)
    table["after"] = pd.Categorical(table["after"], categories=tos, ordered=True)
    table = table[~((table["before"] == NOT_YET) & (table["after"] == LEFT))]
    table = table.reset_index(drop=True)
    table["of"] = table.groupby("before", observed=False)["customers"].transform("sum")
    table["share"] = table["customers"] / table["of"].where(table["of"] > 0)
    table["low"], table["high"] = wilson_interval(table["customers"], table["of"], confidence)
    return table


def net_flow(moves: pd.DataFrame) -> pd.DataFrame:
    """By how much did each group grow or shrink, and through whom?

    Parameters
    ----------
    moves : DataFrame
        Result of `migration`.

    Returns
    -------
    DataFrame, one row per group in their order
        group, before, stayed, moved_in, newcomers, moved_out, left, after, net
        (after - before = moved_in + newcomers - moved_out - left).
    """
    table = moves.pivot_table(
        index="before", columns="after", values="customers", aggfunc="sum", observed=False
    ).fillna(0)
    groups = [name for name in table.index if name != NOT_YET]
    among = table.loc[groups, groups].to_numpy(dtype=np.int64)
    stayed = among.diagonal()
    newcomers = table.loc[NOT_YET, groups].to_numpy(dtype=np.int64)
    left = table.loc[groups, LEFT].to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            "group": pd.Categorical(groups, categories=groups, ordered=True),
            "before": among.sum(axis=1) + left,
            "stayed": stayed,
            "moved_in": among.sum(axis=0) - stayed,
            "newcomers": newcomers,
            "moved_out": among.sum(axis=1) - stayed,
            "left": left,
            "after": among.sum(axis=0) + newcomers,
            "net": among.sum(axis=0) + newcomers - among.sum(axis=1) - left,
        }
    )


def movement(moves: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """What share of the customers present at both dates moved up, stayed, moved down?

    Parameters
    ----------
    moves : DataFrame
        Result of `migration`; earlier categories are the better ones.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame, three rows
        direction ('Up', 'Same', 'Down'), customers, of, share, low, high.
    """
    present = moves[(moves["before"] != NOT_YET) & (moves["after"] != LEFT)]
    step = np.sign(present["after"].cat.codes.to_numpy() - present["before"].cat.codes.to_numpy())
    customers = present["customers"].to_numpy()
    counts = np.array([customers[step == way].sum() for way in (-1, 0, 1)])
    of = int(counts.sum())
    low, high = wilson_interval(counts, np.full(3, of), confidence)
    return pd.DataFrame(
        {
            "direction": DIRECTIONS,
            "customers": counts,
            "of": of,
            "share": counts / of if of else np.nan,
            "low": low,
            "high": high,
        }
    )


def _groups(before: pd.DataFrame, after: pd.DataFrame, column: str) -> list[str]:
    for frame in (before, after):
        check_customers(frame, [column])
        if not isinstance(frame[column].dtype, pd.CategoricalDtype):
            raise DataError(
                f"`{column}` must be categorical, so that its groups have an order;"
                f" it is {frame[column].dtype}. Convert it with pandas.Categorical."
            )
    groups = list(before[column].cat.categories)
    if groups != list(after[column].cat.categories):
        raise DataError(
            f"`{column}` must have the same groups before and after; got {groups}"
            f" and {list(after[column].cat.categories)}. Make both with the same rules."
        )
    return groups
