"""Rows (start, stop] of customers whose habits change: what was known when each period began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.churn.habits import count_orders
from analysis.churn.paces import DAYS_PER_MONTH, PRIOR_DAYS, overall_pace
from analysis.churn.spells import Rule, find_spells
from analysis.engines import read_query
from analysis.errors import DataError, TooFewError
from analysis.tables import Source, as_source

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

HABIT_PERIODS = 13


def time_varying_rows(
    transactions: Source | pd.DataFrame,
    as_of: dt.date | str,
    rule: Rule | int,
    *,
    landmark: dt.date | str,
    period_days: int = 28,
) -> pd.DataFrame:
    """Split each customer's time since a landmark into periods, with the habits of each start.

    Parameters
    ----------
    transactions : Source or DataFrame
        As for `summary.summarise_customers`.
    as_of : date
        Last day that counts; who is still a customer then is censored.
    rule : InactivityWindow, ContractEnd or int
        When a customer is lost; a number is a silence in days.
    landmark : date
        The first period begins at the end of this day.
    period_days : int
        Length of a period; whole weeks keep weekdays balanced.

    Returns
    -------
    DataFrame, one row a customer and period, by customer and time
        customer_id, spell : whose row; rows of one customer belong together (`clusters`)
        start, stop : days since the landmark; the row is at risk on (start, stop]
        age : days since the spell began, at `start`
        event : lost at `stop`, on the day of the rule
        and what was known at the end of the day of `start`, nothing later:
        orders : order days so far; recent_orders : those of the period before
        days_since_last_order : missing for a customer who never ordered
        known_days : days since the first order, or since the spell began where that is earlier
        orders_per_month : order days of the 14 periods before, drawn towards the pace of all
            customers at the landmark where the time is short
        pace_trend : pace of the period before over that of the 13 periods before it, drawn
            towards 1
        spend_per_order : net spend over order days, at least 0

    Raises
    ------
    DataError
        If the landmark is not before `as_of`, or a period is shorter than a day.
    TooFewError
        If nobody was a customer at the beginning of any period.

    Notes
    -----
    Who becomes a customer within a period is there from the next one on (delayed entry), as
    only then something is known; who is lost before that is not in the rows.

    Under a silence rule whoever is lost has been silent for the window, so that recency and the
    recent pace foretell it by definition; they tell something with contracts.

    All customers are in memory, as they were asked for; no report asks. Of a source with more,
    take `source.sampled(100_000)`.

    For `survival.fit_cox(covariates, rows["stop"], rows["event"], entry=rows["start"],
    clusters=rows["customer_id"])`.
    """
    source, end, mark = as_source(transactions), pd.Timestamp(as_of), pd.Timestamp(landmark)
    _check(mark, end, period_days)
    spells = find_spells(source, end, rule)
    rows = _split(spells, mark, end, period_days)
    if rows.empty:
        raise TooFewError(
            f"Rows need customers active on {mark.date()} or at the beginning of a later period;"
            f" there are none, as the data begin on {source.first_date}. Choose a later landmark."
        )
    before = -(-max((mark - pd.Timestamp(source.first_date)).days, 0) // period_days) + 1
    origin = mark - pd.Timedelta(days=before * period_days)
    past = _past(source, end, origin, period_days)
    everyone = overall_pace(count_orders(source, mark))
    known = _known(rows, past, before, origin, period_days, everyone)
    columns = ["customer_id", "spell", "start", "stop", "age", "event"]
    return pd.concat([rows[columns], known], axis=1)


def _check(mark: pd.Timestamp, end: pd.Timestamp, period_days: int) -> None:
    if mark >= end:
        raise DataError(
            f"The landmark must be before `as_of`; {mark.date()} is not before {end.date()}."
        )
    if period_days < 1:
        raise DataError(f"`period_days` must be 1 or more; it is {period_days}.")


def _split(
    spells: pd.DataFrame, mark: pd.Timestamp, end: pd.Timestamp, period_days: int
) -> pd.DataFrame:
    """Return a row for each period at whose beginning a spell was under way."""
    begun = (spells["spell_start"] - mark).dt.days.to_numpy()
    over = (spells["spell_end"].fillna(end) - mark).dt.days.to_numpy()
    first = np.maximum(-(-begun // period_days), 0)
    last = -(-over // period_days) - 1  # the last period that begins before the spell is over
    n = np.maximum(last - first + 1, 0)
    rows = spells.loc[np.repeat(spells.index.to_numpy(), n)].reset_index(drop=True)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(n) - n, n)
    period = np.repeat(first, n) + within
    start = period * period_days
    over_row = np.repeat(over, n)
    stop = np.minimum(start + period_days, over_row)
    lost = np.repeat(spells["spell_end"].notna().to_numpy(), n)
    origin = (rows["origin"] - mark).dt.days.to_numpy()
    return rows.assign(
        period=period, start=start, stop=stop, age=start - origin, event=lost & (stop == over_row)
    )


@dataclass(frozen=True, slots=True)
class _Past:
    """Running totals of each customer, by period, and where to find them."""

    customers: pd.Index
    key: Integers
    width: int
    orders: Floats
    total: Floats
    last: npt.NDArray[np.datetime64]
    first: pd.Series

    def rows(self, codes: Integers, period: Integers) -> Integers:
        """Return the last line up to a period; -1 where there is none."""
        at = np.searchsorted(self.key, codes * self.width + np.maximum(period, 0), "right") - 1
        own = (at >= 0) & (codes >= 0)
        own[own] = self.key[at[own]] // self.width == codes[own]
        return np.where(own, at, -1)


def _past(source: Source, end: pd.Timestamp, origin: pd.Timestamp, period_days: int) -> _Past:
    raw: pd.DataFrame = source.engine.run(
        read_query("period_orders"), as_of=end.date(), origin=origin.date(), period_days=period_days
    ).to_pandas(date_as_object=False)
    codes, customers = pd.factorize(raw["customer_id"])
    groups = raw.groupby(codes)
    width = int(raw["period"].max()) + 2
    return _Past(
        customers=pd.Index(customers),
        key=codes * width + raw["period"].to_numpy(),
        width=width,
        orders=groups["order_days"].cumsum().to_numpy(dtype=np.float64),
        total=groups["amount_minor"].cumsum().to_numpy(dtype=np.float64) / source.minor_units,
        last=groups["last_order"].ffill().to_numpy(),
        first=groups["first_order"].min(),
    )


def _known(
    rows: pd.DataFrame,
    past: _Past,
    before: int,
    origin: pd.Timestamp,
    period_days: int,
    everyone: float,
) -> pd.DataFrame:
    codes = past.customers.get_indexer(pd.Index(rows["customer_id"])).astype(np.int64)
    period = rows["period"].to_numpy() + before
    day = pd.Series(origin + pd.to_timedelta(period * period_days, unit="D"), index=rows.index)
    now = past.rows(codes, period)

    def running(values: Floats, at: Integers) -> Floats:
        return np.where(at >= 0, values[at], 0.0)

    first = pd.Series(past.first.reindex(codes).to_numpy()).where(running(past.orders, now) > 0)
    since = (day - pd.to_datetime(first)).dt.days.fillna(rows["age"])
    days = np.asarray(since, dtype=np.float64)
    totals = [
        running(past.orders, past.rows(codes, period - back)) for back in (0, 1, HABIT_PERIODS + 1)
    ]
    orders, before_recent, _ = totals
    last = pd.Series(np.where(now >= 0, past.last[now], np.datetime64("NaT")), index=rows.index)
    return pd.DataFrame(
        {
            "orders": orders.astype(np.int64),
            "recent_orders": (orders - before_recent).astype(np.int64),
            "days_since_last_order": (day - pd.to_datetime(last)).dt.days,
            "known_days": np.maximum(days, rows["age"]).astype(np.int64),
            **_paces(totals, days, period_days, everyone),
            "spend_per_order": np.maximum(
                running(past.total, now) / np.where(orders > 0, orders, np.inf), 0.0
            ),
        },
        index=rows.index,
    )


def _paces(
    totals: list[Floats], days: Floats, period_days: int, everyone: float
) -> dict[str, Floats]:
    """Return pace and trend from the orders until now, until the last period, until the habit."""
    c, c_recent, c_habit = (np.maximum(total - 1, 0.0) for total in totals)  # the first one opens
    recent_days = np.minimum(days, period_days)
    habit_days = np.minimum(days - recent_days, HABIT_PERIODS * period_days)
    prior = everyone * PRIOR_DAYS
    habit_pace = (c_recent - c_habit + prior) / (habit_days + PRIOR_DAYS)
    recent_pace = (c - c_recent + habit_pace * PRIOR_DAYS) / (recent_days + PRIOR_DAYS)
    pace = (c - c_habit + prior) / (recent_days + habit_days + PRIOR_DAYS)
    return {"orders_per_month": DAYS_PER_MONTH * pace, "pace_trend": recent_pace / habit_pace}
