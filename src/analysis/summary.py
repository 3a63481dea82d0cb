"""One row a customer: the table that every model starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

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
    gaps: bool = False,
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
    gaps : bool
        Also tells how evenly each customer ordered, as the fits of regular buyers ask
        (`clv.fit_bg_cnbd`): one more query.

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
        log_gaps : sum of the natural logarithms of the gaps between order days, each in `unit`;
            0 where frequency is 0; only with `gaps`
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
    customers = summarise_part(source, as_of, unit=unit, calibration_end=calibration_end, gaps=gaps)
    if customers.empty:
        raise DataError(
            f"No order on or before {_as_date(calibration_end or as_of)}: the data begin on "
            f"{source.first_date}. Choose a later date."
        )
    return customers


def summarise_part(
    source: Source,
    as_of: dt.date | str,
    *,
    unit: Unit = "week",
    calibration_end: dt.date | str | None = None,
    gaps: bool = False,
) -> pd.DataFrame:
    """Summarise a part of the customers as `summarise_customers` does; there may be none."""
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
    customers = _customers(raw, pd.Timestamp(split), DAYS_PER_UNIT[unit], source.minor_units)
    if gaps:
        customers["log_gaps"] = _log_gaps(source, split, customers, DAYS_PER_UNIT[unit])
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
    work. A column `seen_within` (`count_from`) tells rows apart too. A `weight` column that is
    there already is added up. Of `log_gaps`, where it is there, the mean stands for all, which
    leaves the sum.
    """
    keys = ["frequency", "recency", "T", *customers.columns.intersection(["seen_within"])]
    weight: npt.NDArray[np.float64] | pd.Series = (
        customers["weight"] if "weight" in customers else np.ones(len(customers), dtype=np.int64)
    )
    rows = customers[keys].assign(weight=weight)
    if "log_gaps" not in customers:
        return rows.groupby(keys, as_index=False, dropna=False).agg({"weight": "sum"})
    log_gaps = customers["log_gaps"].to_numpy(dtype=np.float64, na_value=np.nan)
    rows["log_gaps"] = log_gaps * rows["weight"].to_numpy(dtype=np.float64)
    grouped = rows.groupby(keys, as_index=False, dropna=False)
    added = grouped.agg({"weight": "sum", "log_gaps": "sum"})
    return added.assign(log_gaps=added["log_gaps"] / added["weight"])


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


def count_from(
    customers: pd.DataFrame,
    begin: dt.date | str,
    known: pd.Series,
    *,
    earlier: pd.DataFrame | None = None,
    days_before: pd.Series | None = None,
    within_days: int | None = None,
    unit: Unit = "week",
) -> pd.DataFrame:
    """Count customers who were there before from a day on, the others from their first order.

    For somebody who was a customer before the data, or before the stretch looked at, the first
    order seen there is one more order. The fits of `clv` then condition on being a customer at
    `begin` and on having ordered soon after, without which nobody would be in the table.

    Parameters
    ----------
    customers : DataFrame
        Of `summarise_customers`.
    begin : date
        First day of the stretch: the beginning of the data, or a later day.
    known : Series of bool, indexed like `customers`
        Whose first order is known to be the first (`acquired_inside`).
    earlier : DataFrame, optional
        Of `summarise_customers` at the day before `begin`; needed when the data begin earlier.
    days_before : Series, optional
        In place of `earlier`, where spend is not asked for: the order days before `begin`.
    within_days : int, optional
        Length of the stretch in which everybody counted from `begin` must have ordered to be
        in the table: the burn-in where the data begin; else, to the end of the table.
    unit : {'week', 'day'}
        Unit of the summary.

    Returns
    -------
    DataFrame, rows and index of `customers`
        Of those there before: `frequency`, the order days since `begin`, `recency` and `T`, from
        the start of that day on, `monetary_value`, the mean of the same order days, and
        `seen_within`, which is missing for the others. `order_days` counts all since the data
        began. `log_gaps`, where there, begins with the time to the first order day; with
        `earlier` it is dropped, since nobody knows that day.
    """
    per_unit, first_day = DAYS_PER_UNIT[unit], pd.Timestamp(_as_date(begin))
    there_before = ~known | (customers["first_order"] < first_day)
    days = (np.rint(customers["T"] * per_unit) + 1).astype(np.int64)
    days += (customers["first_order"] - first_day).dt.days
    order_days = customers["frequency"] + 1
    x, amount = order_days.copy(), customers.get("total")
    if days_before is not None:
        x, amount = x - days_before, None
    elif earlier is not None:
        place = _places(customers["customer_id"], earlier["customer_id"])
        nobody = np.array([[-1.0, 0.0]])
        before = np.vstack([earlier[["frequency", "total"]].to_numpy(np.float64), nobody])[place]
        x = x - (before[:, 0] + 1).astype(np.int64)
        amount = customers["total"] - before[:, 1]
    T = days / per_unit
    within = T if within_days is None else T.clip(upper=(within_days + 1) / per_unit)
    last = ((days - customers["days_since_last_order"]) / per_unit).where(x > 0, 0.0)
    changed = {
        "frequency": x.where(there_before, customers["frequency"]).astype(np.int64),
        "recency": last.where(there_before, customers["recency"]),
        "T": T.where(there_before, customers["T"]),
        "seen_within": within.where(there_before),
        "order_days": order_days,
    }
    if amount is not None:
        of_old = (amount / x).where(x > 0)
        changed["monetary_value"] = of_old.where(there_before, customers["monetary_value"])
    if "log_gaps" in customers and earlier is None and days_before is None:
        until_first = ((customers["first_order"] - first_day).dt.days + 1) / per_unit
        log_gaps = customers["log_gaps"] + np.log(until_first.where(there_before, 1.0))
        return customers.assign(**changed, log_gaps=log_gaps)
    return customers.drop(columns="log_gaps", errors="ignore").assign(**changed)


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


def _log_gaps(
    source: Source, end: dt.date, customers: pd.DataFrame, days_per_unit: int
) -> npt.NDArray[np.float64]:
    found = source.engine.run(read_query("order_gaps"), calibration_end=end).to_pandas()
    in_days = found.set_index("customer_id")["log_gaps"].reindex(customers["customer_id"])
    gaps = customers["frequency"].to_numpy(dtype=np.float64)
    return np.asarray(in_days.to_numpy(dtype=np.float64) - gaps * np.log(days_per_unit))


def _places(ids: pd.Series, among: pd.Series) -> npt.NDArray[np.int64]:
    """Return at which place among others each id is, and -1 where it is not."""
    found = pc.index_in(pa.array(ids), value_set=pa.array(among)).fill_null(-1)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)


def _as_date(day: dt.date | str) -> dt.date:
    return pd.Timestamp(day).date()
