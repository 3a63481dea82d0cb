"""What the value models take in: checked arrays, one row a distinct history.

A fit and a prediction depend on a customer only through (x, t_x, T): the number of
repeat purchases, the time of the last one, and the time observed. A million customers
on a weekly grid have a few thousand distinct histories, so everything here works on
those, each with the number of customers that share it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Rows", "more_than", "newcomers", "number_column", "read_customers", "refuse"]

_LARGEST_KEY = 2**62
_WIDE, _EXACT = 10_000, 2**52  # a range of whole numbers worth counting in, and how far up
_MANY = 10_000  # histories whose likelihood takes a while
_COARSE = 20  # steps of time that the mean customer is rounded to


@dataclass(frozen=True, slots=True)
class Rows:
    """Purchase histories in the symbols of the papers, each counted `weight` times.

    Where `seen_within` is a number, the history begins with the data instead of with a first
    purchase, of somebody who was a customer then (see `analysis.clv.truncation`). NaN, or no
    such array at all, means followed from the first purchase on. `z` has a row of covariates
    for each history, where the model has covariates.
    """

    x: Floats
    t_x: Floats
    T: Floats
    weight: Floats
    seen_within: Floats | None = None
    z: Floats | None = None

    def chances(self, at_start: int) -> Floats:
        """Return how often each could leave: at every purchase since, and `at_start` at birth."""
        if self.seen_within is None:
            return np.asarray(self.x + at_start)
        return np.asarray(self.x + at_start * np.isnan(self.seen_within))

    def distinct(self) -> tuple[Rows, NDArray[np.intp]]:
        """Return the distinct histories, and for each row the position of its own."""
        origin = [] if self.seen_within is None else [np.nan_to_num(self.seen_within)]
        covariates = [] if self.z is None else list(self.z.T)
        position, count = _number_rows([self.x, self.t_x, self.T, *origin, *covariates])
        one_of_each = np.empty(count, dtype=np.intp)
        one_of_each[position] = np.arange(position.size)
        weight = np.bincount(position, weights=self.weight, minlength=count).astype(np.float64)
        return replace(self.take(one_of_each), weight=weight), position

    def coarse(self) -> Rows | None:
        """Return fewer histories that are nearly the same: times are rounded. None if needless."""
        if self.x.size < _MANY:
            return None
        step = float(np.average(self.T, weights=self.weight)) / _COARSE
        T = np.maximum(np.rint(self.T / step), 1.0) * step
        return replace(self, t_x=np.rint(self.t_x / step) * step, T=T).distinct()[0]

    def take(self, which: NDArray[np.intp]) -> Rows:
        """Return the rows at the positions `which`."""
        origin = None if self.seen_within is None else self.seen_within[which]
        z = None if self.z is None else self.z[which]
        return Rows(self.x[which], self.t_x[which], self.T[which], self.weight[which], origin, z)


def read_customers(customers: pd.DataFrame, *, for_fit: bool) -> Rows:
    """Take (x, t_x, T) out of a customer summary, and refuse what cannot be true.

    Parameters
    ----------
    customers : DataFrame, one row a customer (or a distinct history, with `weight`)
        `frequency` (repeat purchases), `recency` (time of the last one, from the
        first purchase) and `T` (time from the first purchase to the end of
        observation), in one time unit; or `n_periods`, a number of chances to buy, for `T`.
        A column `seen_within` marks histories that begin with the data (`summary.count_from`).
    for_fit : bool
        A fit needs T > 0, no duplicated `customer_id` and some repeat purchase;
        a prediction also serves customers who came at the very end (T = 0).

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
    T = number_column(customers, _time_column(customers))
    weighted = "weight" in customers.columns
    weight = number_column(customers, "weight") if weighted else np.ones_like(x)
    rows = Rows(x, t_x, T, weight, _seen_within(customers, T))
    _check_histories(customers, rows)
    if for_fit:
        _check_for_fit(customers, rows)
    return rows


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
    try:
        values = customers[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"`{name}` must hold numbers; its type is {customers[name].dtype} ({error}). "
            "Convert it with pandas.to_numeric."
        ) from error
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


def more_than(counts: Floats, weight: Floats) -> Floats:
    """Return how many customers have a count above 0, above 1, and so on."""
    exactly = np.bincount(counts.astype(np.intp), weights=weight)
    return np.asarray(np.cumsum(exactly[::-1])[::-1][1:], dtype=np.float64)


def newcomers(size: int) -> Rows:
    """Return histories of no length: customers who have just bought for the first time."""
    zero = np.zeros(size)
    return Rows(zero, zero, zero, np.ones(size))


def _time_column(customers: pd.DataFrame) -> str:
    return "n_periods" if "n_periods" in customers.columns else "T"


def _seen_within(customers: pd.DataFrame, T: Floats) -> Floats | None:
    """Return when a history that begins with the data must have had a purchase, if any does."""
    if "seen_within" not in customers.columns:
        return None
    within = pd.to_numeric(customers["seen_within"]).to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(within).all():
        return None
    false = (within <= 0) | (within > T)
    rule = "`seen_within` must be > 0 and <= `T`, or missing"
    refuse(customers, false, "seen_within", rule, "Make these rows with summary.count_from.")
    return within


def _check_histories(customers: pd.DataFrame, rows: Rows) -> None:
    x, t_x, T = rows.x, rows.t_x, rows.T
    time = _time_column(customers)
    remake = "Make the table anew with summary.summarise_customers."
    rules = [
        ((x < 0) | (x != np.floor(x)), "frequency", "`frequency` must be a count: 0, 1, 2, ..."),
        (T < 0, time, "`T` must be >= 0"),
        (t_x < 0, "recency", "`recency` must be >= 0"),
        (t_x > T, "recency", "`recency` must be <= `T`: no purchase lies after the end"),
        ((x == 0) & (t_x > 0), "recency", "`recency` must be 0 where `frequency` is 0"),
        ((x > 0) & (t_x == 0), "recency", "`recency` must be > 0 where `frequency` is > 0"),
        (rows.weight <= 0, "weight", "`weight` must be > 0"),
    ]
    for broken, column, rule in rules:
        refuse(customers, broken, column, rule, remake)


def _check_for_fit(customers: pd.DataFrame, rows: Rows) -> None:
    if not len(customers):
        raise DataError(
            "a fit needs at least one customer; the table has 0 rows, so no first offender. "
            "Widen the period or check the filters."
        )
    time = _time_column(customers)
    way_out = "Leave out customers who first came on the last day: customers[customers['T'] > 0]."
    refuse(customers, rows.T <= 0, time, "`T` must be > 0 for a fit", way_out)
    if "customer_id" in customers.columns:
        _check_names(customers)
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


def _check_names(customers: pd.DataFrame) -> None:
    names = customers["customer_id"]
    if _rising(names):
        return
    way_out = "Merge them, or keep one row a customer."
    twice = names.duplicated().to_numpy()
    refuse(customers, twice, "customer_id", "`customer_id` must be unique", way_out)


def _rising(names: pd.Series) -> bool:
    """Whether each is above the one before, as in a summary: seen far sooner than uniqueness."""
    try:
        values = pa.array(names)
    except pa.ArrowException:
        return False  # of several types
    return bool(pc.all(pc.less(values[:-1], values[1:]), skip_nulls=False).as_py())


def _number_rows(columns: Sequence[Floats]) -> tuple[NDArray[np.intp], int]:
    """Number the distinct rows; return each row's number, and how many there are."""
    key, span = np.zeros(columns[0].size, dtype=np.int64), 1
    for column in columns:
        codes, count = _number_values(column)
        if span * count > _LARGEST_KEY:
            key, kept = pd.factorize(key)
            span = len(kept)
        key, span = key * count + codes, span * count
    if span > 2 * key.size:
        position, kept = pd.factorize(key)
        return position.astype(np.intp), len(kept)
    present = np.bincount(key, minlength=span) > 0  # on a grid counting is quicker than hashing
    return (np.cumsum(present) - 1)[key], int(present.sum())


def _number_values(column: Floats) -> tuple[NDArray[np.int64], int]:
    """Number the values; return each row's number, and how many numbers there are."""
    if column.size and np.ptp(column) < _WIDE and abs(column[0]) < _EXACT:
        whole = column.astype(np.int64)
        if (whole == column).all():  # they are numbers already
            whole -= whole.min()
            return whole, int(whole.max()) + 1
    codes, values = pd.factorize(column)
    return codes.astype(np.int64), len(values)
