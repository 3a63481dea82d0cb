"""The conclusions of the value report about the model: did it forecast, and for whom not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis.clv.gamma_gamma import spend_by_frequency
from analysis.clv.holdout import LAST_PERIOD, MODEL, OWN_PACE
from analysis.clv.layout import signed_percent
from analysis.errors import TooFewError
from analysis.findings import Finding, not_enough_data, too_few
from analysis.wording import count, date, number, percent, span

if TYPE_CHECKING:
    import pandas as pd

    from analysis.clv.check import HoldoutCheck
    from analysis.clv.study import ValueStudy
    from analysis.findings import Direction

_CLEAR_GAIN = 0.01  # of the actual purchases, by which a forecast beats the naive rule
_RELATED = 0.1  # rank correlation from which spend is said to go with frequency


def forecast(check: HoldoutCheck | TooFewError) -> Finding:
    """Say how far the model missed the weeks held out, against the naive rules."""
    if isinstance(check, TooFewError):
        return too_few("clv.forecast", check)
    rule = OWN_PACE if check.comparison.recommended == OWN_PACE else LAST_PERIOD
    model, naive = _score(check, MODEL), _score(check, rule)
    inside = model["low"] <= model["actual"] <= model["high"]
    interval = span(model["low"], model["high"], count)
    verdict = "inside" if inside else "outside"
    gain = abs(naive["error"]) - abs(model["error"])
    return Finding(
        id="clv.forecast",
        headline=(
            f"On {date(check.calibration_end)} the model forecast "
            f"{count(model['predicted'])} order days for the next {check.weeks_held_out} weeks; "
            f"{count(model['actual'])} came: {signed_percent(model['error'])} off, {verdict} the "
            f"90% interval {interval}."
        ),
        label=f"Forecast of the last {check.weeks_held_out} weeks",
        value=float(model["error"]),
        value_text=f"{signed_percent(model['error'])} off",
        interval=f"forecast {count(model['predicted'])}, came {count(model['actual'])} order days",
        comparison=f"against {signed_percent(naive['error'])} off by {_in_words(rule, check)}",
        direction=_verdict(inside, gain),
        main=True,
        kpi=True,
    )


def added_up(check: HoldoutCheck | TooFewError) -> Finding:
    """Say in which week of the holdout the model was furthest off."""
    if isinstance(check, TooFewError):
        return too_few("clv.weeks", check)
    ahead = check.weeks[check.weeks["holdout"]]
    off = ahead["model"] / ahead["actual"].clip(lower=1) - 1
    place = int(off.abs().to_numpy().argmax())
    worst = ahead.iloc[place]
    typical = float(off.abs().median())
    added = (ahead["total_model"] / ahead["total_actual"].clip(lower=1) - 1).abs()
    return Finding(
        id="clv.weeks",
        headline=(
            f"Added up over the {check.weeks_held_out} weeks, the forecast was never more than "
            f"{percent(added.max())} off; single weeks were off by {percent(typical)} as a rule "
            f"and by {signed_percent(float(off.iloc[place]))} in the worst, to "
            f"{date(worst['week_end'])}: the model knows no seasons and no holidays."
        ),
        label="Error of a typical week",
        value=typical,
        value_text=percent(typical),
    )


def one_by_one(check: HoldoutCheck | TooFewError) -> Finding:
    """Say how good the forecast is for single customers, against the naive rules."""
    if isinstance(check, TooFewError):
        return too_few("clv.customers", check)
    model, last, pace = (_score(check, name) for name in (MODEL, LAST_PERIOD, OWN_PACE))
    best = min(last["mean_absolute_error"], pace["mean_absolute_error"])
    ratio = model["mean_absolute_error"] / best - 1 if best > 0 else math.inf
    if math.isinf(ratio):
        verdict = "customers so regular are forecast without error by"
    elif abs(ratio) < 0.005:
        verdict = "no better and no worse than"
    else:
        verdict = f"{percent(abs(ratio))} {'worse' if ratio > 0 else 'better'} than"
    actual = model["actual"] / sum(check.deciles["customers"])
    return Finding(
        id="clv.customers",
        headline=(
            f"For a single customer the model is off by {number(model['mean_absolute_error'])} "
            f"order days on average, where {number(actual)} came: {verdict} the better of the two "
            "naive rules. Use its totals and ranks, and a single customer's number with its "
            "interval only."
        ),
        label="Off by, for one customer",
        value=float(model["mean_absolute_error"]),
        value_text=f"{number(model['mean_absolute_error'])} order days",
        comparison=f"{number(best)} order days off by the better naive rule",
        direction="good" if ratio < -0.005 else "bad" if ratio > 0.005 else "neutral",
    )


def by_decile(check: HoldoutCheck | TooFewError) -> Finding:
    """Say whether those with a high forecast came often, and where the forecast leans."""
    if isinstance(check, TooFewError):
        return too_few("clv.deciles", check)
    table = check.deciles
    outside = (table["actual"] < table["low"]) | (table["actual"] > table["high"])
    low, high = table.iloc[0], table.iloc[-1]
    order = "came in the order forecast" if _rising(table["actual"]) else "came mostly in order"
    lean = (
        f"the keenest tenth ordered {_more(high)} than forecast ({_each(high)}), the least keen "
        f"{_more(low)} ({_each(low)})"
        if outside.iloc[0] or outside.iloc[-1]
        else "the forecast holds at both ends"
    )
    return Finding(
        id="clv.deciles",
        headline=(
            f"The tenths of the customers {order}, and {lean}; {int(outside.sum())} of "
            f"{len(table)} lie outside their 90% intervals."
        ),
        label="Tenths outside the interval",
        value=float(outside.sum()),
        value_text=f"{int(outside.sum())} of {len(table)}",
        comparison="1 of 10 would by chance",
        direction="neutral",
    )


def independence(study: ValueStudy | TooFewError) -> Finding:
    """Say whether customers who order more often also spend more, as the model rules out."""
    if isinstance(study, TooFewError):
        return too_few("clv.independence", study)
    rho, low, high = spend_by_frequency(study.customers)
    if math.isnan(rho):
        return not_enough_data(
            "clv.independence",
            "a look at spend beside frequency",
            "customers who differ in both",
        )
    interval = span(low, high, lambda x: number(x, 2))
    fine = abs(rho) < _RELATED
    return Finding(
        id="clv.independence",
        headline=(
            f"Spend an order day and the number of order days have a rank correlation of "
            f"{number(rho, 2)} (95% interval {interval}); the model takes them for independent, "
            + (
                "which is near enough."
                if fine
                else "so it understates those who buy both often and much."
                if rho > 0
                else "so it overstates those who buy often."
            )
        ),
        label="Spend with frequency",
        value=rho,
        value_text=number(rho, 2),
        interval=interval,
        direction="good" if fine else "neutral",
    )


def _in_words(rule: str, check: HoldoutCheck) -> str:
    """Name a naive rule, and say when no model beats it."""
    weeks = f"repeating the {check.weeks_held_out} weeks before"
    words = weeks if rule == LAST_PERIOD else "carrying on everybody's own pace"
    unbeaten = check.comparison.recommended == rule
    return f"{words}, a naive rule that no model beats" if unbeaten else words


def _verdict(inside: bool, gain: float) -> Direction:
    """Call a forecast good or bad by its interval, and by a clear gain on the naive rule."""
    if inside:
        return "good" if gain > _CLEAR_GAIN else "neutral"
    return "neutral" if gain > 0 else "bad"


def _score(check: HoldoutCheck, name: str) -> pd.Series:
    return check.scores[check.scores["forecast"] == name].iloc[0]


def _rising(values: pd.Series) -> bool:
    return bool(np.all(np.diff(values.to_numpy()) >= 0))


def _each(row: pd.Series) -> str:
    return f"{number(row['actual'])} order days each for {number(row['predicted'])}"


def _more(row: pd.Series) -> str:
    if row["predicted"] <= 0:
        return "no less"
    ratio = row["actual"] / row["predicted"] - 1
    return f"{percent(abs(ratio), 0)} {'more' if ratio > 0 else 'less'}"
