"""The conclusions of the retention report, one function a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.findings import COUNTED, Direction, Finding, not_enough_data
from analysis.periods import Period
from analysis.proportions import wilson_interval
from analysis.retention.cohorts import as_triangle
from analysis.wording import change, count, join, money, percent, plural, points, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.periods import Kind


USUAL_PERIODS = 6
FEWEST_PERIODS = 3
LABELS = {
    "kept": "Came again",
    "returned": "Back after a pause",
    "new": "First seen",
    "lapsed": "Stayed away",
}
FORMATS: dict[str, Callable[[float], str]] = {
    "retention": percent,
    "low": percent,
    "high": percent,
}


def whole_percent(share: float) -> str:
    """Return a share as a bare number of percent, for the cells of a heat map."""
    return count(100 * share)


def cohort_table(triangle: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return one column as cohorts by age, each cohort named with its size: 'Jan 2017 * (1,983)'.

    The month of the first order, in which everybody ordered, is left out of the shares; an
    asterisk marks cohorts that mix new and old customers.
    """
    cohorts = triangle.drop_duplicates("cohort").sort_values("cohort")
    stars = cohorts["left_truncated"].map({True: " *", False: ""})
    sizes = cohorts["customers"].map(lambda size: f" ({count(size)})")
    names = cohorts["cohort"].dt.strftime("%b %Y") + stars + sizes
    laid_out = as_triangle(triangle, column).set_axis(names.to_list(), axis="index")
    return laid_out.drop(columns=0).dropna(how="all") if column == "retention" else laid_out


def label_periods(activity: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """Add `period`, the name of each period, and `period_label`, a short one for an axis."""
    starts = activity["period_start"]
    short = {"day": "%d %b", "week": "W%V", "month": "%b", "quarter": "Q", "year": "%Y"}[kind]
    labels = starts.dt.strftime(short)
    if kind == "quarter":
        labels += starts.dt.quarter.astype(str)
    within_year = starts.dt.year == starts.dt.year.shift(-1)
    years = starts.dt.year.astype(str)
    return activity.assign(
        period=[Period.containing(kind, start.date()).title for start in starts],
        period_label=labels.where(within_year | (kind == "year"), labels + "\n" + years),
    )


def retention_finding(activity: pd.DataFrame, period: Period, minimum_customers: int) -> Finding:
    """Say what share of the previous period's customers came again, against the months before."""
    row, before = _row(activity, period), _row(activity, period.previous)
    if row is None or before is None or before["customers"] < minimum_customers:
        have = 0 if before is None else int(before["customers"])
        return not_enough_data(
            "retention.rate",
            f"the retention of {period.title}",
            f"{plural(minimum_customers, 'customer')} in {period.previous.title}; there are {have}",
        )
    history = activity.loc[activity["period_start"] < row["period_start"], "retention"].dropna()
    verdict, comparison, direction = _against_history(row, history)
    interval = span(row["low"], row["high"], percent)
    return Finding(
        id="retention.rate",
        headline=(
            f"{percent(row['retention'])} of the customers of {period.previous.title} came again"
            f" in {period.title} (95% interval {interval}), {verdict}."
        ),
        label=f"Came again in {period.title}",
        value=float(row["retention"]),
        value_text=percent(row["retention"]),
        interval=interval,
        comparison=comparison,
        direction=direction,
        main=True,
        kpi=True,
    )


def flows_finding(activity: pd.DataFrame, period: Period, currency: str) -> Finding:
    """Say who came, who stayed away, and what those who stayed away had spent."""
    row = _row(activity, period)
    if row is None or pd.isna(row["lapsed"]):
        return not_enough_data(
            "retention.flows", f"the flow of customers in {period.title}", "a period before it"
        )
    before = _row(activity, period.previous)
    spent = money(row["lapsed_revenue"], currency)
    comparison = (
        change(row["customers"], before["customers"], period.previous.title)
        if before is not None
        else ""
    )
    return Finding(
        id="retention.flows",
        headline=(
            f"{count(row['customers'])} customers ordered in {period.title}:"
            f" {count(row['kept'])} came again, {count(row['returned'])} came back"
            f" after a pause, {count(row['new'])} were seen for the first time;"
            f" {count(row['lapsed'])} of {period.previous.title} stayed away."
        ),
        label="Customers who ordered",
        value=float(row["customers"]),
        value_text=count(row["customers"]),
        interval=COUNTED,
        comparison=comparison,
        direction="neutral",
        action=(
            f"Invite the {count(row['lapsed'])} customers who stayed away; they had spent {spent}"
            f" in {period.previous.title}. The churn report tells which of them are unusually"
            " silent."
        ),
        at_stake=float(row["lapsed_revenue"]),
        main=True,
        kpi=True,
    )


def cohort_finding(triangle: pd.DataFrame, *, age_months: int, minimum_customers: int) -> Finding:
    """Say how many of the customers known to be new still order after `age_months`."""
    at_age = triangle.loc[(triangle["age_months"] == age_months) & ~triangle["left_truncated"]]
    customers, active = int(at_age["customers"].sum()), int(at_age["active"].sum())
    if customers < minimum_customers:
        return not_enough_data(
            "retention.cohorts",
            f"the share of new customers who order {plural(age_months, 'month')} later",
            f"{plural(minimum_customers, 'customer')} known to be new and seen for so long;"
            f" there are {customers}",
        )
    share = active / customers
    low, high = wilson_interval(active, customers)
    interval = span(float(low), float(high), percent)
    old = triangle.loc[(triangle["age_months"] == age_months) & triangle["left_truncated"]]
    comparison = (
        f"against {percent(old['active'].sum() / old['customers'].sum())} in cohorts with older"
        " customers"
        if len(old)
        else "no older cohorts to compare"
    )
    return Finding(
        id="retention.cohorts",
        headline=(
            f"Of {count(customers)} customers known to be new, {percent(share)} ordered"
            f" {plural(age_months, 'month')} after their first order (95% interval {interval}),"
            f" {comparison}."
        ),
        label=f"New customers ordering after {plural(age_months, 'month')}",
        value=share,
        value_text=percent(share),
        interval=interval,
        comparison=comparison,
        direction="neutral",
        main=True,
    )


def cohort_revenue_finding(
    triangle: pd.DataFrame, currency: str, *, age_months: int, minimum_customers: int
) -> Finding:
    """Say what cohorts known to be new spend once they have aged, beside their heads."""
    known = triangle.loc[~triangle["left_truncated"]]
    lived = known.loc[known["age_months"] == age_months, "cohort"]
    cells = known.loc[known["cohort"].isin(lived)]
    first, then = (cells.loc[cells["age_months"] == age] for age in (0, age_months))
    customers = then["customers"].sum()
    if customers < minimum_customers or first["revenue"].sum() <= 0:
        return not_enough_data(
            "retention.revenue",
            f"the spend of new customers after {plural(age_months, 'month')}",
            f"{plural(minimum_customers, 'customer')} known to be new and seen for so long;"
            f" there are {count(customers)}",
        )
    kept = then["revenue"].sum() / first["revenue"].sum()
    spend = money(then["revenue"].sum() / customers, currency)
    heads = percent(then["active"].sum() / customers, 0)
    return Finding(
        id="retention.revenue",
        headline=(
            f"{plural(age_months, 'month').capitalize()} after their first order, new customers"
            f" bring {spend} a month for each one won: {percent(kept, 0)} of what they spent in"
            f" their first month, from {heads} of the heads."
        ),
        label="Spend kept by new customers",
        value=float(kept),
        value_text=percent(kept, 0),
        comparison=f"from {heads} of the heads",
        direction="neutral",
    )


def second_order_finding(curve: pd.DataFrame, minimum_customers: int) -> Finding:
    """Say how many new customers order again, and by when."""
    if curve.empty:
        return not_enough_data(
            "retention.second_order",
            "the time to a second order",
            f"{plural(minimum_customers, 'customer')} known to be new",
        )
    customers = curve["n_risk"].iloc[0]
    last = curve.iloc[-1]
    half = curve.loc[curve["share"] >= 0.5, "days"]
    when = (
        f"half of them within {plural(int(half.iloc[0]), 'day')}"
        if len(half)
        else "fewer than half of them in the time observed"
    )
    interval = span(last["low"], last["high"], percent)
    return Finding(
        id="retention.second_order",
        headline=(
            f"{percent(last['share'])} of {count(customers)} new customers order again within"
            f" {plural(int(last['days']), 'day')} (95% interval {interval}), {when}."
        ),
        label="New customers who order again",
        value=float(last["share"]),
        value_text=percent(last["share"]),
        interval=interval,
        comparison=when,
        direction="neutral",
        action=(
            f"Send new customers a second offer within {plural(int(half.iloc[0]), 'day')} of the"
            " first order: by then half have ordered again."
            if len(half)
            else "Time the second offer by this curve: before most have decided, not months after."
        ),
        main=True,
    )


def truncation_caveat(triangle: pd.DataFrame, burn_in_days: int) -> str:
    """Say which cohorts mix new and old customers, and why."""
    cohorts = triangle.drop_duplicates("cohort")
    marked = cohorts.loc[cohorts["left_truncated"]]
    if marked.empty:
        return "Every cohort begins long enough after the data do to hold new customers only."
    share = marked["customers"].sum() / cohorts["customers"].sum()
    months = [f"{month:%B}" for month in marked["cohort"]]
    return (
        f"Cohorts marked with * ({join(months)}; {percent(share, 0)} of all customers) begin within"
        f" {plural(burn_in_days, 'day')} of the data. Many of their members were customers before,"
        " so they show how loyal old customers are, not how new ones develop."
    )


def _row(activity: pd.DataFrame, period: Period) -> pd.Series | None:
    found = activity.loc[activity["period_start"] == pd.Timestamp(period.start)]
    return None if found.empty else found.iloc[0]


def _against_history(row: pd.Series, history: pd.Series) -> tuple[str, str, Direction]:
    """Hold against the last periods; a change is one only if it leaves their usual range."""
    last = history.iloc[-1] if len(history) else np.nan
    step = points(row["retention"], last, "the period before")
    if len(history) < FEWEST_PERIODS:
        return step, step, "neutral"
    recent = history.tail(USUAL_PERIODS)
    comparison = f"{step}; usual range {span(recent.min(), recent.max(), percent)}"
    if row["high"] < recent.min():
        return f"below anything in the {len(recent)} periods before", comparison, "bad"
    if row["low"] > recent.max():
        return f"above anything in the {len(recent)} periods before", comparison, "good"
    return f"within the usual range of the {len(recent)} periods before", comparison, "neutral"
