"""How the tables of retention are laid out: names of periods and cohorts, units, headings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from analysis import disclosure, wording
from analysis.disclosure import discretion
from analysis.language import say
from analysis.periods import Period
from analysis.retention.cohorts import as_triangle

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from analysis.periods import Kind

PERIODS_SHOWN = 26
"""Of a chart by period: half a year of weeks, two years of months."""
COHORTS_SHOWN = 24
"""Of a heat map by cohort: two years; beyond, its numbers are too small to be read."""
PEOPLE = ("customers", "kept", "returned", "new", "lapsed", "n_risk")
"""Columns that count customers."""
COHORT = ("customers", "active")
"""Columns of the cohorts that do."""
SHARES: dict[str, Callable[[float], str]] = dict.fromkeys(
    ("retention", "low", "high", "share"), wording.percent
)


def labels() -> dict[str, str]:
    """Return the headings of the tables by period and of the second orders."""
    return {
        "period": say("Period"),
        "customers": say("Customers"),
        "kept": say("Came again"),
        "returned": say("Back after a pause"),
        "new": say("First seen"),
        "lapsed": say("Stayed away"),
        "retention": say("Share who came again"),
        "low": say("Lower limit"),
        "high": say("Upper limit"),
        "days": say("Days since the first order"),
        "share": say("Have ordered again"),
        "n_risk": say("Customers still observed"),
    }


def whole_percent(share: float) -> str:
    """Return a share as a bare number of percent, for the cells of a heat map."""
    return wording.count(100 * share)


def cohort_table(triangle: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return one column as cohorts by age, each cohort named with its size: 'Jan 2017 * (1,983)'.

    The month of the first order, in which everybody ordered, is left out of the shares; an
    asterisk marks cohorts that mix new and old customers. The last `COHORTS_SHOWN` are there;
    what would tell few customers is missing.
    """
    told = as_triangle(discretion.drawn(triangle, COHORT), column)
    cohorts = triangle.drop_duplicates("cohort").sort_values("cohort").tail(COHORTS_SHOWN)
    stars = cohorts["left_truncated"].map({True: " *", False: ""})
    sizes = cohorts["customers"].map(lambda size: f" ({disclosure.people(size)})")
    names = cohorts["cohort"].map(wording.month_of_year) + stars + sizes
    shown = triangle[triangle["cohort"].isin(cohorts["cohort"])]
    laid_out = told.reindex_like(as_triangle(shown, column))
    laid_out = laid_out.set_axis(names.to_list(), axis="index")
    return laid_out.drop(columns=0).dropna(how="all") if column == "retention" else laid_out


def cells(laid_out: pd.DataFrame, written: Callable[[float], str]) -> dict[str, Any]:
    """Return the cells of `cohort_table` as `display.figure` takes the numbers of a chart."""
    data = laid_out.rename_axis(index="cohort", columns=None).rename(columns="month_{}".format)
    ages = list(data.columns)
    named = {age: say("Month {age}", age=age.removeprefix("month_")) for age in ages}
    return {
        "data": data.reset_index(),
        "formats": dict.fromkeys(ages, written),
        "labels": {"cohort": say("First order in (customers)"), **named},
    }


def recent(activity: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """Return the periods that a chart has room for, with their names."""
    return label_periods(activity.tail(PERIODS_SHOWN), kind)


def label_periods(activity: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """Add `period`, the name of each period, and `period_label`, a short one for an axis."""
    starts = activity["period_start"]
    short = starts.map(lambda start: _short(start, kind)).astype(object)
    within_year = starts.dt.year == starts.dt.year.shift(-1)
    years = starts.dt.year.map(lambda year: "\n" + say("{year}", year=year))
    return activity.assign(
        period=[Period.containing(kind, start.date()).title for start in starts],
        period_label=short.where(within_year | (kind == "year"), short + years),
    )


def _short(start: pd.Timestamp, kind: Kind) -> str:
    match kind:
        case "day":
            return say("{month} {day}", month=wording.short_month(start), day=start.day)
        case "week":
            return say("W{week}", week=start.isocalendar().week)
        case "month":
            return wording.short_month(start)
        case "quarter":
            return say("Q{quarter}", quarter=start.quarter)
        case "year":
            return say("{year}", year=start.year)


def over_time(measure: str, labelled: pd.DataFrame, kind: Kind) -> str:
    """Return the line under a chart by period: 'Net sales by month, May to December 2017'."""
    if labelled.empty:
        return measure
    reach = {"first": labelled["period"].iloc[0], "last": labelled["period"].iloc[-1]}
    match kind:
        case "day":
            return say("{measure} by day, {first} to {last}", measure=measure, **reach)
        case "week":
            return say("{measure} by week, {first} to {last}", measure=measure, **reach)
        case "month":
            return say("{measure} by month, {first} to {last}", measure=measure, **reach)
        case "quarter":
            return say("{measure} by quarter, {first} to {last}", measure=measure, **reach)
        case "year":
            return say("{measure} by year, {first} to {last}", measure=measure, **reach)


def ages() -> str:
    """Return the name of the columns of a cohort triangle."""
    return say("months after the first order")


def shares_of_cohorts() -> str:
    """Return the line under the heat map of heads."""
    return say(
        "Percent of each month's new customers who ordered, by month after the first order"
        " (number of customers in brackets)"
    )


def spend_of_cohorts(currency: str) -> str:
    """Return the line under the heat map of spend."""
    return say(
        "Net sales per customer won, in {currency}, by month after the first order (number of"
        " customers in brackets)",
        currency=currency,
    )


def of_new_customers(period: Period) -> str:
    """Return the line under the curve of second orders."""
    return say(
        "Share of the customers known to be new who have ordered again, with its 95% interval, to"
        " the end of {period}",
        period=period.title,
    )


def money_in(currency: str) -> Callable[[float], str]:
    """Return the function that writes amounts of a currency."""
    return partial(wording.money, currency=currency)
