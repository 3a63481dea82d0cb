"""Which days the data cover, and since when customers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd
from scipy.stats import poisson

from analysis.engines import read_query
from analysis.errors import DataError

if TYPE_CHECKING:
    import datetime as dt

    from analysis.periods import Period
    from analysis.tables import Source

FEW = 1 / 3
BY_CHANCE = 0.001
MOSTLY = 0.25
WEEKS_AROUND = 9


def calendar(source: Source, period: Period) -> pd.DataFrame:
    """Does every day have orders, and about as many as its weekday usually has?

    Parameters
    ----------
    source : Source
        An opened source.
    period : Period
        Days after its end are left out.

    Returns
    -------
    DataFrame, one row a day from the first order to the end of the period
        date, lines, orders, customers, amount
        usual : median orders of the same weekday in the nine weeks around, days without
            orders left out; 0 for a weekday that mostly has none
        state : 'none' and 'few' (under a third of the usual) where chance does not explain it,
            'quiet' for no orders where it does or where the weekday mostly has none, 'not yet'
            after the last order in the data, otherwise 'fine'
        in_period : whether the day belongs to the period

    Raises
    ------
    DataError
        If the data begin after the period.
    """
    answer = source.engine.run(read_query("quality_days"), as_of=period.end)
    raw: pd.DataFrame = answer.to_pandas(date_as_object=False)
    if raw.empty:
        raise DataError(
            f"{period.title} must reach into the data; they begin on {source.first_date}. "
            "Name a later period."
        )
    days = pd.date_range(raw["order_date"].iloc[0], period.end, name="date")
    table = raw.set_index("order_date").reindex(days, fill_value=0).reset_index(names="date")
    table["amount"] = table.pop("amount_minor") / source.minor_units
    usual = _usual(table["orders"], table["date"].dt.day_of_week)
    orders = table["orders"]
    by_chance = pd.Series(poisson.cdf(orders, usual) > BY_CHANCE, index=table.index)
    state = pd.Series("fine", index=table.index)
    state = state.mask((orders < FEW * usual) & ~by_chance, "few")
    state = state.mask(orders == 0, "none").mask((orders == 0) & by_chance, "quiet")
    state = state.mask(table["date"] > pd.Timestamp(source.last_date), "not yet")
    in_period = table["date"] >= pd.Timestamp(period.start)
    return table.assign(usual=usual, state=state, in_period=in_period)


def _usual(orders: pd.Series[int], weekday: pd.Series[int]) -> pd.Series[float]:
    ordered = orders.where(orders > 0)
    around = ordered.groupby(weekday).transform(
        lambda days: days.rolling(WEEKS_AROUND, center=True, min_periods=1).median()
    )
    ever = ordered.groupby(weekday).transform("median")
    mostly_open = ordered.notna().groupby(weekday).transform("mean") >= MOSTLY
    return around.fillna(ever).where(mostly_open, 0.0)


def first_orders(source: Source, as_of: dt.date) -> pd.DataFrame:
    """In which month was each customer seen for the first time?

    Returns
    -------
    DataFrame, one row a month without gaps
        month, customers, share : of all customers seen by then
        cumulative : share of all customers seen by the end of the month
        Without rows when nobody has ordered by then.
    """
    raw = source.engine.run(read_query("quality_first_orders"), as_of=as_of).to_pandas(
        date_as_object=False
    )
    if raw.empty:
        return pd.DataFrame(columns=["month", "customers", "share", "cumulative"])
    last = min(as_of, source.last_date)
    months = pd.date_range(raw["month"].min(), last, freq="MS", name="month")
    counts = raw.set_index("month")["customers"].reindex(months, fill_value=0)
    share = counts / counts.sum()
    return pd.DataFrame(
        {"customers": counts, "share": share, "cumulative": share.cumsum()}
    ).reset_index()


def week_check(
    source: Source, others: tuple[str, ...] = ("UTC", "America/Chicago")
) -> pd.DataFrame:
    """Under which time zone do the weeks that the data themselves number begin on a Monday?

    The sample numbers its weeks. In the right zone all lines of a week lie between a Monday
    and the Sunday after it; in a wrong one the night of Sunday falls into the next.

    Returns
    -------
    DataFrame, the source's own zone first, then the others
        zone, weeks : how many the data number
        fitting : weeks whose first and last line lie in one week from Monday to Sunday
        Without rows when the source does not number its weeks.
    """
    columns = ["zone", "weeks", "fitting"]
    if not source.has("sample_weeks"):
        return pd.DataFrame(columns=columns)
    weeks = source.engine.run("SELECT first_time, last_time FROM sample_weeks").to_pandas()
    zones = dict.fromkeys((source.time_zone, *others))
    rows = [(zone, len(weeks), _fitting(weeks, zone)) for zone in zones]
    return pd.DataFrame(rows, columns=columns)


def _fitting(weeks: pd.DataFrame, zone: str) -> int:
    mondays = [
        moments.dt.tz_localize("UTC")
        .dt.tz_convert(ZoneInfo(zone))
        .dt.tz_localize(None)
        .dt.to_period("W-SUN")
        for moments in (weeks["first_time"], weeks["last_time"])
    ]
    return int((mondays[0] == mondays[1]).sum())
