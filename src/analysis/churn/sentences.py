"""The conclusions of the churn report about losses: the rule, the rate, who stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.churn.definition import InactivityWindow
from analysis.churn.rates import rate_change
from analysis.churn.sampling import Sampling
from analysis.churn.spells import ContractEnd
from analysis.errors import TooFewError
from analysis.findings import COUNTED, Direction, Finding, not_enough_data, too_few
from analysis.wording import count, date, days, join, number, percent, plural, points, span

if TYPE_CHECKING:
    import pandas as pd

    from analysis.churn.curves import SegmentCurves
    from analysis.churn.spells import Rule
    from analysis.periods import Period


def was_lost(rule: Rule) -> str:
    """Return how a loss is called: who has no contract does not leave, but falls silent."""
    return "left" if isinstance(rule, ContractEnd) else "went silent"


def definition(rule: Rule) -> Finding:
    """Say when a customer counts as lost, and how often that is wrong."""
    if isinstance(rule, ContractEnd):
        return _contract_definition(rule)
    interval = span(rule.low, rule.high, lambda share: percent(share, 0))
    back = percent(rule.return_probability, 0)
    still = f"{back} of silences that long still ended in an order (95% interval {interval})"
    if np.isnan(rule.return_probability):
        still = "no silence so long was followed for long enough to tell how many return"
        back, interval = "unknown", ""
    headline = {
        "return": f"After {days(rule.days)} without an order hardly anybody returns: {still}."
        " From then on we count a customer as lost.",
        "habit": f"No silence in these data is a sure goodbye. A customer counts as silent after"
        f" {days(rule.days)}; {still}.",
        "history": f"No silence in these data is a sure goodbye. A customer counts as silent after"
        f" {days(rule.days)}; {still}.",
        "given": f"By the settings a customer counts as silent after {days(rule.days)} without an"
        f" order; {still}.",
    }[rule.method]
    sure = rule.return_probability < rule.return_below
    return Finding(
        id="churn.rule",
        headline=headline,
        label="Silences that still ended in an order",
        value=None if np.isnan(rule.return_probability) else rule.return_probability,
        value_text=back,
        interval=interval,
        comparison=_why_this_window(rule),
        direction="neutral",
        action=""
        if sure
        else 'Read "silent" as gone quiet, not as gone: invite before you write anybody off.',
        main=True,
    )


def sensitivity(table: pd.DataFrame, rule: Rule) -> Finding:
    """Say how the rate would change with the window."""
    if isinstance(rule, ContractEnd):
        return Finding(
            id="churn.sensitivity",
            headline="The rate rests on the ends of contracts, so it depends on no window.",
            direction="neutral",
        )
    others = table.loc[table["complete"] & (table["factor"] != 1)]
    if others.empty:
        return not_enough_data(
            "churn.sensitivity", "how far the rate depends on the window", "a longer history"
        )
    parts = [
        f"{percent(share)} with a window of {days(window)}"
        for share, window in zip(others["rate"], others["window_days"], strict=True)
    ]
    return Finding(
        id="churn.sensitivity",
        headline=f"The rate would be {join(parts)}: its level comes with the rule, so compare it"
        " over time, and only under one rule.",
        direction="neutral",
    )


def rate(rates: pd.DataFrame, period: Period, rule: Rule, minimum_customers: int) -> Finding:
    """Say which share of the active customers was lost in the period, against the one before."""
    now = rates.iloc[-1]
    if not now["complete"] or now["active"] < minimum_customers:
        return _no_rate(rates, period, rule, minimum_customers)
    comparison, direction = _against(rates, period)
    interval = span(now["low"], now["high"], percent)
    since = (
        f" {count(now['returned_since'])} of them are back already."
        if now["returned_since"]
        else ""
    )
    return Finding(
        id="churn.rate",
        headline=f"{percent(now['rate'])} of {plural(now['active'], 'active customer')}"
        f" {was_lost(rule)} in {period.title}: {count(now['lost'])} customers (95% interval"
        f" {interval}).{since}",
        label=f"{was_lost(rule).capitalize()} in {period.title}",
        value=float(now["rate"]),
        value_text=percent(now["rate"]),
        interval=interval,
        comparison=comparison,
        direction=direction,
        main=True,
        kpi=True,
    )


def balance(rates: pd.DataFrame, period: Period, rule: Rule) -> Finding:
    """Say how the number of active customers came about."""
    now = rates.iloc[-1]
    if not now["complete"]:
        return not_enough_data(
            "churn.balance", f"the balance of {period.title}", "a history that begins earlier"
        )
    gap = int(now["active_at_end"] - now["active"])
    change = f"grew by {count(gap)}" if gap > 0 else f"shrank by {count(-gap)}"
    once = (
        f" and {count(now['lost_at_once'])} more within the period" if now["lost_at_once"] else ""
    )
    began = f"{count(now['active'])} when {period.title} began"
    return Finding(
        id="churn.balance",
        headline=f"The number of active customers {change if gap else 'stayed the same'}: {began},"
        f" {count(now['active_at_end'])} when it ended ({count(now['new'])} new and"
        f" {count(now['came_back'])} returned, less {count(now['lost'])} who"
        f" {was_lost(rule)}{once}).",
        label="Customers under contract"
        if isinstance(rule, ContractEnd)
        else f"Active (ordered in the last {days(rule.days)})",
        value=float(now["active_at_end"]),
        value_text=count(now["active_at_end"]),
        interval=COUNTED,
        comparison=began,
        direction="neutral",
        kpi=True,
    )


def staying(curves: SegmentCurves | TooFewError, rule: Rule) -> Finding:
    """Say who stays longest and who shortest."""
    if isinstance(curves, TooFewError):
        return too_few("churn.staying", curves)
    rows = curves.summary.sort_values("stayed")
    worst, best = rows.iloc[0], rows.iloc[-1]
    time = f"{days(curves.horizon - curves.start)} after {_landmark(curves)}"
    if curves.scale == "tenure":
        time = f"{days(curves.horizon)} after their beginning"
        time += f" (of those there after {days(curves.start)})" if curves.start > 1 else ""
    if len(rows) == 1:
        text = f"{_stayed(best)} of the customers were still customers {time}"
        comparison = ""
    else:
        text = (
            f'{percent(best["stayed"], 0)} of the group "{best["segment"]}" were still customers'
            f' {time}, of "{worst["segment"]}" {_stayed(worst)}'
        )
        comparison = _difference(curves.p_value)
    returned = int(rows["returned"].sum())
    lost = count(rows["lost"].sum())
    back = f"{count(returned)} of the {lost} lost have come back since"
    return Finding(
        id="churn.staying",
        headline=f"{text}.",
        label="Still customers, of the group that stays least",
        value=float(worst["stayed"]),
        value_text=percent(worst["stayed"], 0),
        interval=span(worst["low"], worst["high"], lambda share: percent(share, 0)),
        comparison="; ".join(part for part in (comparison, back if returned else "") if part),
        direction="neutral",
        main=len(rows) > 1,
    )


def reading(curves: SegmentCurves | TooFewError, rule: Rule) -> str:
    """Say which reading of the curves is valid, and which is not."""
    if isinstance(curves, TooFewError):
        return "Without curves there is nothing to read wrongly."
    if curves.scale == "landmark" and isinstance(rule, ContractEnd):
        text = (
            f"Valid: of the customers with a contract on {_landmark(curves)}, old and new together,"
            " the share that still has one so many days later. Not valid: how long a contract"
            " lasts from its first day on, for which this table is not made (see above)."
        )
    elif curves.scale == "landmark":
        text = (
            f"Valid: of the customers active on {_landmark(curves)}, old and new together, the"
            " share still active so many days later. Not valid: how long a customer stays from"
            f" the first order on. Of only {percent(curves.start_known, 0)} of them the first"
            " order is known to be the first; all others were customers before the data begin,"
            " and a curve over their age would describe the beginning of the data."
        )
    else:
        text = (
            "Valid: the share still a customer at each age, where customers who were there"
            f" already on {_landmark(curves)} count only from the age they had then. Not valid: the"
            " same curve with everybody counted from age 0. Who left before that day is not"
            " followed here, so the old customers are survivors, and it would promise too much."
        )
    if isinstance(rule, InactivityWindow):
        text += (
            " One window for all is stricter with those who order seldom: part of the gap"
            " between the groups is the rule itself."
        )
    left_out = [f"{name} ({count(n)})" for name, n in curves.left_out.items()]
    return f"{text} Left out as too small: {join(left_out)}." if left_out else text


def _landmark(curves: SegmentCurves) -> str:
    return "the landmark" if curves.landmark is None else date(curves.landmark)


def _contract_definition(rule: ContractEnd) -> Finding:
    ended = int(rule.table["lost"].sum())
    reasons = rule.table.loc[rule.table["reason"] != "not stated"]
    why = ""
    if len(reasons):
        first = reasons.iloc[0]
        why = f' The most frequent reason is "{first["reason"]}" ({count(first["lost"])}).'
    return Finding(
        id="churn.rule",
        headline=f"A customer is lost when the contract ends: {count(ended)} of"
        f" {plural(rule.customers, 'customer')} have left for good, {count(rule.running)} have a"
        f" contract in force.{why}",
        label="Customers who left",
        value=float(ended),
        value_text=count(ended),
        interval=COUNTED,
        direction="neutral",
        main=not isinstance(rule.sampling, Sampling) or rule.sampling.design == "history",
    )


def _why_this_window(rule: InactivityWindow) -> str:
    why = {
        "habit": f"{days(rule.days)}: few customers ever took longer to come back",
        "history": f"{days(rule.days)}: the longest silence that so short a history lets us check",
    }.get(rule.method, "")
    if np.isnan(rule.days_low):
        return why
    high = "no upper limit in these data" if np.isinf(rule.days_high) else count(rule.days_high)
    interval = f"95% interval of the window {count(rule.days_low)} to {high}"
    return f"{why}; {interval}" if why else interval


def _no_rate(rates: pd.DataFrame, period: Period, rule: Rule, minimum: int) -> Finding:
    now = rates.iloc[-1]
    missing = f"at least {plural(minimum, 'active customer')}; there are {count(now['active'])}"
    if not now["complete"] and isinstance(rule, InactivityWindow):
        missing = f"{days(rule.days)} of history before {period.title}, to see who was active"
    elif not now["complete"]:
        missing = "departures on record from its first day on, which the table does not show"
    return not_enough_data("churn.rate", f"the rate of loss in {period.title}", missing)


def _against(rates: pd.DataFrame, period: Period) -> tuple[str, Direction]:
    """Compare with the previous period; call it good or bad only when it is beyond chance."""
    than = period.previous.title
    if len(rates) < 2 or not rates.iloc[-2]["complete"] or rates.iloc[-2]["active"] == 0:
        return f"no comparison with {than}", "neutral"
    now, before = rates.iloc[-1], rates.iloc[-2]
    low, high = rate_change(now, before)
    change = points(now["rate"], before["rate"], than)
    if low <= 0 <= high:
        return f"{change}, within chance ({_signed(low)} to {_signed(high)} points)", "neutral"
    text = f"{change} ({_signed(low)} to {_signed(high)} points)"
    return text, "bad" if low > 0 else "good"


def _signed(share: float) -> str:
    return f"{'+' if share >= 0.0005 else ''}{number(100 * share)}"


def _stayed(row: pd.Series) -> str:
    interval = span(row["low"], row["high"], lambda share: percent(share, 0))
    return f"{percent(row['stayed'], 0)} (95% interval {interval})"


def _difference(p_value: float) -> str:
    if np.isnan(p_value):
        return ""
    if p_value < 0.001:
        return "a difference so large is not chance"
    if p_value < 0.05:
        return f"chance alone makes a difference so large in {percent(p_value)} of cases"
    return f"the difference may be chance (p = {number(p_value, 2)})"
