"""What the value models take in: customer summaries, checked column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.clv.histories import Rows
from analysis.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "check_names",
    "number_column",
    "read_customers",
    "read_weight",
    "refuse",
    "refuse_unborn",
]


def read_customers(customers: pd.DataFrame, *, for_fit: bool, time: str = "T") -> Rows:
    """Take (x, t_x, T) out of a customer summary, and refuse what cannot be true.

    Parameters
    ----------
    customers : DataFrame, one row a customer (or a distinct history, with `weight`)
        `frequency` (repeat purchases), `recency` (time of the last one, from the
        first purchase) and `T` (time from the first purchase to the end of
        observation), in one time unit.
        A column `seen_within` marks histories that begin with the data (`summary.count_from`).
    for_fit : bool
        A fit needs T > 0, no duplicated `customer_id` and some repeat purchase;
        a prediction also serves customers who came at the very end (T = 0).
    time : str
        The column to read for `T`, where there is one: `n_periods` for a number of chances to buy.

    Returns
    -------
    Rows, in the order of `customers`

    Raises
    ------
    DataError
        With the rule, how many rows break it, the first of them, and a way out.
    """
    x = number_column(customers, "frequency")
    t_x = number_column(customers, "recency")
    time = time if time in customers.columns else "T"
    T = number_column(customers, time)
    rows = Rows(x, t_x, T, read_weight(customers), _seen_within(customers, T))
    _check_histories(customers, rows, time)
    if for_fit:
        _check_for_fit(customers, rows, time)
    return rows


def read_weight(customers: pd.DataFrame) -> Floats:
    """Return how many customers each row stands for: 1 where there is no column `weight`."""
    if "weight" not in customers.columns:
        return np.ones(len(customers))
    weight = number_column(customers, "weight")
    way_out = "Leave these rows out, or make them with summary.compress."
    refuse(customers, weight <= 0, "weight", "`weight` must be > 0", way_out)
    return weight


def number_column(
    customers: pd.DataFrame, name: str, *, among: NDArray[np.bool_] | None = None
) -> Floats:
    """Return a column as floats, whatever numeric type it arrives in; none may be missing.

    With `among`, the others of the customers may lack it: theirs are then NaN.
    """
    if name not in customers.columns:
        found = ", ".join(map(str, customers.columns))
        raise DataError(
            f"`customers` needs a column `{name}`; found: {found}. "
            "Make the table with summary.summarise_customers."
        )
    values = _as_floats(customers[name])
    broken = ~np.isfinite(values)
    rule, way_out = f"`{name}` must be a finite number", "Leave these rows out, or fill them."
    refuse(customers, broken if among is None else broken & among, name, rule, way_out, among=among)
    return values


def refuse(
    customers: pd.DataFrame,
    broken: NDArray[np.bool_],
    column: str,
    rule: str,
    way_out: str,
    *,
    among: NDArray[np.bool_] | None = None,
) -> None:
    """Raise a DataError when any row is `broken`: rule, extent, first offender, way out.

    The rule is one for all rows, or for those `among` them.
    """
    if not broken.any():
        return
    first = int(np.argmax(broken))
    extent = len(customers) if among is None else int(among.sum())
    where = f"row {first}"
    if "customer_id" in customers.columns:
        where = f"customer_id={customers['customer_id'].iloc[[first]].tolist()[0]!r}"
    raise DataError(
        f"{rule}; {int(broken.sum())} of {extent} break this, "
        f"first {where} with {customers[column].iloc[first]}. {way_out}"
    )


def refuse_unborn(customers: pd.DataFrame, rows: Rows, why: str, way_out: str) -> None:
    """Refuse histories that begin with the data, for models that need every first purchase."""
    if rows.seen_within is not None:
        rule = f"{why}: `seen_within` must be missing"
        refuse(customers, ~np.isnan(rows.seen_within), "seen_within", rule, way_out)


def check_names(customers: pd.DataFrame) -> None:
    """Refuse a `customer_id` that comes twice, where there is such a column."""
    if "customer_id" not in customers.columns or _rising(customers["customer_id"]):
        return
    twice = customers["customer_id"].duplicated().to_numpy()
    way_out = "Merge them, or keep one row a customer."
    refuse(customers, twice, "customer_id", "`customer_id` must be unique", way_out)


def _as_floats(column: pd.Series) -> Floats:
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"`{column.name}` must hold numbers; its type is {column.dtype} ({error}). "
            "Convert it with pandas.to_numeric."
        ) from error


def _seen_within(customers: pd.DataFrame, T: Floats) -> Floats | None:
    """Return when a history that begins with the data must have had a purchase, if any does."""
    if "seen_within" not in customers.columns:
        return None
    within = _as_floats(customers["seen_within"])
    if np.isnan(within).all():
        return None
    false = (within <= 0) | (within > T)
    rule = "`seen_within` must be > 0 and <= `T`, or missing"
    refuse(customers, false, "seen_within", rule, "Make these rows with summary.count_from.")
    return within


def _check_histories(customers: pd.DataFrame, rows: Rows, time: str) -> None:
    x, t_x, T = rows.x, rows.t_x, rows.T
    remake = "Make the table anew with summary.summarise_customers."
    rules = [
        ((x < 0) | (x != np.floor(x)), "frequency", "`frequency` must be a count: 0, 1, 2, ..."),
        (T < 0, time, "`T` must be >= 0"),
        (t_x < 0, "recency", "`recency` must be >= 0"),
        (t_x > T, "recency", "`recency` must be <= `T`: no purchase lies after the end"),
        ((x == 0) & (t_x > 0), "recency", "`recency` must be 0 where `frequency` is 0"),
        ((x > 0) & (t_x == 0), "recency", "`recency` must be > 0 where `frequency` is > 0"),
    ]
    for broken, column, rule in rules:
        refuse(customers, broken, column, rule, remake)


def _check_for_fit(customers: pd.DataFrame, rows: Rows, time: str) -> None:
    if not len(customers):
        raise DataError(
            "a fit needs at least one customer; the table has 0 rows, so no first offender. "
            "Widen the period or check the filters."
        )
    way_out = "Leave out customers who first came on the last day: customers[customers['T'] > 0]."
    refuse(customers, rows.T <= 0, time, "`T` must be > 0 for a fit", way_out)
    check_names(customers)
    if rows.seen_within is not None:
        unseen = ~np.isnan(rows.seen_within) & (rows.x == 0)
        rule = "`frequency` must be >= 1 for a fit where `seen_within` is given: who was not seen "
        way_out = "Leave these rows out."
        refuse(customers, unseen, "frequency", rule + "is not in the table", way_out)
    if not (rows.x > 0).any():
        raise DataError(
            f"a fit needs repeat buyers; none of {len(customers)} customers has `frequency` > 0, "
            f"first row 0 with {customers['frequency'].iloc[0]}. Observe them for longer."
        )


def _rising(names: pd.Series) -> bool:
    """Whether each is above the one before, as in a summary: seen far sooner than uniqueness."""
    try:
        values = pa.array(names)
    except pa.ArrowException:
        return False  # of several types
    return bool(pc.all(pc.less(values[:-1], values[1:]), skip_nulls=False).as_py())
