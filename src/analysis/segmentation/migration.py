"""Migration: who moved between groups since the earlier date, and who came and went?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.customer_table import quoted
from analysis.errors import DataError
from analysis.proportions import wilson_interval
from analysis.segmentation.checks import checked, names_of

if TYPE_CHECKING:
    from analysis.customer_table import CustomerTable

NOT_YET = "Not yet a customer"
LEFT = "Left"
DIRECTIONS: tuple[str, ...] = ("Up", "Same", "Down")


def migration(
    before: pd.DataFrame | CustomerTable,
    after: pd.DataFrame | CustomerTable,
    column: str,
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How many customers moved from each group to each group?

    Parameters
    ----------
    before, after : DataFrame or CustomerTable, one row per customer
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
    earlier, now = checked(before, [column]), checked(after, [column])
    groups = _groups(earlier, now, column)
    pairs = now.query_with(
        {"earlier": earlier},
        f"SELECT COALESCE(earlier.{quoted(column)}, $not_yet) AS before,"  # noqa: S608
        f" COALESCE(customers.{quoted(column)}, $left) AS after, COUNT(*) AS customers"
        " FROM customers FULL JOIN earlier ON customers.customer_id = earlier.customer_id"
        " GROUP BY before, after",
        not_yet=NOT_YET,
        left=LEFT,
    ).set_index(["before", "after"])
    froms, tos = [*groups, NOT_YET], [*groups, LEFT]
    every_pair = pd.MultiIndex.from_product([froms, tos], names=["before", "after"])
    table = pairs.reindex(every_pair, fill_value=0).reset_index()
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


def _groups(before: CustomerTable, after: CustomerTable, column: str) -> list[str]:
    groups, others = names_of(before, column), names_of(after, column)
    if groups != others:
        raise DataError(
            f"`{column}` must have the same groups before and after; got {groups}"
            f" and {others}. Make both with the same rules."
        )
    return groups
