"""One row a customer: the table that every model starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analysis.engines import read_query
from analysis.errors import DataError
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

Unit = Literal["day", "week"]
DAYS_PER_UNIT: dict[Unit, int] = {"day": 1, "week": 7}


def summarise_customers(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    *,
    unit: Unit = "week",
    calibration_end: dt.date | str | None = None,
) -> pd.DataFrame:
    """What has each customer done until `as_of`?

    Parameters
    ----------
    transactions : Source or DataFrame
        An opened source, whose engine runs the query, or a frame with `customer_id`,
        `order_date` and `amount` (see `tables.from_frame`).
    as_of : date
        Last day that counts.
    unit : {'week', 'day'}
        Unit of `recency` and `T`. A week is seven days exactly, so weeks are sevenths.
    calibration_end : date, optional
        Splits the time: the summary then ends on this day, and three holdout columns
        tell what followed, up to `as_of`.

    Returns
    -------
    DataFrame, one row a customer with an order in the summarised time, by `customer_id`
        frequency : repeat order days
        recency : time from the first to the last order day
        T : time from the first order day to the end of the summary
        monetary_value : mean spend of a repeat order day, (total - first day) / frequency;
            missing where frequency is 0
        first_order, last_order : days
        orders : number of orders
        total : net spend, returns deducted
        days_since_last_order : days
        holdout_frequency, holdout_total, holdout_T : order days, net spend and time of the
            holdout; only with `calibration_end`

    Raises
    ------
    DataError
        If no customer ordered in the time, or the split does not lie before `as_of`.

    Notes
    -----
    Orders of one day count as one order day. A day of returns alone is no order day, but
    its amount is deducted from the spend.
    """
    source = as_source(transactions)
    last_day, split = _as_date(as_of), _as_date(calibration_end or as_of)
    if unit not in DAYS_PER_UNIT:
        raise DataError(f"`unit` must be 'day' or 'week', not {unit!r}.")
    if calibration_end is not None and split >= last_day:
        raise DataError(
            f"`calibration_end` must lie before `as_of`; {split} is not before {last_day}."
            " Leave it out for a summary without holdout."
        )
    raw = source.engine.run(
        read_query("customer_summary"), as_of=last_day, calibration_end=split
    ).to_pandas(date_as_object=False)
    if raw.empty:
        raise DataError(
            f"No order on or before {split}: the data begin on {source.first_date}."
            " Choose a later date."
        )
    customers = _customers(raw, pd.Timestamp(split), DAYS_PER_UNIT[unit], source.minor_units)
    if calibration_end is None:
        return customers
    return customers.assign(
        holdout_frequency=raw["holdout_frequency"],
        holdout_total=raw["holdout_minor"] / source.minor_units,
        holdout_T=(last_day - split).days / DAYS_PER_UNIT[unit],
    )


def compress(customers: pd.DataFrame) -> pd.DataFrame:
    """Return the distinct (frequency, recency, T) with the number of customers as `weight`.

    A likelihood over these rows equals the one over the customers, at a fraction of the
    work. A `weight` column that is there already is added up.
    """
    keys = ["frequency", "recency", "T"]
    weight: npt.NDArray[np.float64] | pd.Series = (
        customers["weight"] if "weight" in customers else np.ones(len(customers), dtype=np.int64)
    )
    return (
        customers[keys].assign(weight=weight).groupby(keys, as_index=False).agg({"weight": "sum"})
    )


def acquired_inside(
    customers: pd.DataFrame, data_begin: dt.date | str, burn_in_days: int
) -> pd.Series:
    """Tell whose first order is known to be the first: a silence as long came before it.

    A customer whose first order falls within `burn_in_days` of the beginning of the data
    may have been a customer before; the data cannot tell. Set the burn-in to the silence
    after which few return (`churn.inactivity_window`).

    Returns
    -------
    Series of bool, indexed like `customers`
    """
    known_from = pd.Timestamp(_as_date(data_begin)) + pd.Timedelta(days=burn_in_days)
    return (customers["first_order"] > known_from).rename("acquired_inside")


def count_from_begin(
    customers: pd.DataFrame, data_begin: dt.date | str, burn_in_days: int, *, unit: Unit = "week"
) -> pd.DataFrame:
    """Count those whose first order is unknown from the beginning of the data.

    For them the first order seen is one order more of a customer who was there before. The fits
    of `clv` then condition on that they were customers when the data began and on an order in
    the burn-in, without which they would count as new.

    Parameters
    ----------
    customers : DataFrame
        Of `summarise_customers`.
    data_begin : date
        First day of the data.
    burn_in_days : int
        As in `acquired_inside`.
    unit : {'week', 'day'}
        Unit of the summary.

    Returns
    -------
    DataFrame, rows and index of `customers`
        Where the first order is unknown, `frequency` counts all order days, `recency` and `T`
        run from the beginning of the first day, `monetary_value` is the mean of all order days,
        and `seen_within` is the length of the burn-in; it is missing for the others.
    """
    per_unit = DAYS_PER_UNIT[unit]
    unknown = ~acquired_inside(customers, data_begin, burn_in_days)
    days_before = (customers["first_order"] - pd.Timestamp(_as_date(data_begin))).dt.days + 1
    before = (days_before / per_unit).where(unknown, 0.0)
    T = customers["T"] + before
    changed = {
        "frequency": customers["frequency"] + unknown,
        "recency": customers["recency"] + before,
        "T": T,
        "seen_within": T.clip(upper=(burn_in_days + 1) / per_unit).where(unknown),
    }
    if "monetary_value" in customers:
        mean = customers["total"] / changed["frequency"]
        changed["monetary_value"] = customers["monetary_value"].mask(unknown, mean)
    if "log_gaps" in customers:
        changed["log_gaps"] = customers["log_gaps"] + np.log(before.mask(~unknown, 1.0))
    return customers.assign(**changed)


def _customers(
    raw: pd.DataFrame, end: pd.Timestamp, days_per_unit: int, minor_units: int
) -> pd.DataFrame:
    frequency = raw["frequency"]
    repeat_spend = (raw["total_minor"] - raw["first_day_minor"]) / minor_units
    return pd.DataFrame(
        {
            "customer_id": raw["customer_id"],
            "frequency": frequency,
            "recency": (raw["last_order"] - raw["first_order"]).dt.days / days_per_unit,
            "T": (end - raw["first_order"]).dt.days / days_per_unit,
            "monetary_value": (repeat_spend / frequency).where(frequency > 0),
            "first_order": raw["first_order"],
            "last_order": raw["last_order"],
            "orders": raw["orders"],
            "total": raw["total_minor"] / minor_units,
            "days_since_last_order": (end - raw["last_order"]).dt.days,
        }
    )


def _as_date(day: dt.date | str) -> dt.date:
    return pd.Timestamp(day).date()
