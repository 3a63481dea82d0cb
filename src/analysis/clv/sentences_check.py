"""The conclusions of the value report about the model: did it forecast, and for whom not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis.clv.gamma_gamma import spend_by_frequency
from analysis.clv.holdout import LAST_PERIOD, MODEL, OWN_PACE
from analysis.clv.phrases import signed_percent
from analysis.errors import TooFewError
from analysis.findings import Finding, not_enough_data, too_few
from analysis.language import say
from analysis.wording import count, date, number, percent, plural, sentences, span

if TYPE_CHECKING:
    import pandas as pd

    from analysis.clv.check import HoldoutCheck
    from analysis.clv.study import ValueStudy
    from analysis.findings import Direction

_CLEAR_GAIN = 0.01  # of the actual purchases, by which a forecast beats the naive rule
_NEAR = 0.005  # relative difference that is none
_RELATED = 0.1  # rank correlation from which spend is said to go with frequency


def forecast(check: HoldoutCheck | TooFewError) -> Finding:
    """Say how far the model missed the weeks held out, against the naive rules."""
    if isinstance(check, TooFewError):
        return too_few("clv.forecast", check)
    rule = OWN_PACE if check.comparison.recommended == OWN_PACE else LAST_PERIOD
    model, naive = _score(check, MODEL), _score(check, rule)
    inside = bool(model["low"] <= model["actual"] <= model["high"])
    weeks, off = plural(check.weeks_held_out, "week"), signed_percent(model["error"])
    facts = {
        "date": date(check.calibration_end),
        "forecast": count(model["predicted"]),
        "weeks": weeks,
        "came": count(model["actual"]),
        "off": off,
        "interval": span(model["low"], model["high"], count),
    }
    headline = (
        say(
            "On {date} the model forecast {forecast} order days for the next {weeks}; {came} "
            "came: {off} off, inside the 90% interval {interval}.",
            **facts,
        )
        if inside
        else say(
            "On {date} the model forecast {forecast} order days for the next {weeks}; {came} "
            "came: {off} off, outside the 90% interval {interval}.",
            **facts,
        )
    )
    return Finding(
        id="clv.forecast",
        headline=headline,
        label=say("Forecast of the last {weeks}", weeks=weeks),
        value=float(model["error"]),
        value_text=say("{off} off", off=off),
        interval=say("forecast {forecast}, came {came} order days", **facts),
        comparison=_naive(rule, signed_percent(naive["error"]), check),
        direction=_verdict(inside, abs(naive["error"]) - abs(model["error"])),
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
    typical = float(off.abs().median())
    added = (ahead["total_model"] / ahead["total_actual"].clip(lower=1) - 1).abs()
    return Finding(
        id="clv.weeks",
        headline=say(
            "Added up over the {weeks}, the forecast was never more than {most} off; single weeks "
            "were off by {typical} as a rule and by {worst} in the worst, to {date}: the model "
            "knows no seasons and no holidays.",
            weeks=plural(check.weeks_held_out, "week"),
            most=percent(added.max()),
            typical=percent(typical),
            worst=signed_percent(float(off.iloc[place])),
            date=date(ahead.iloc[place]["week_end"]),
        ),
        label=say("Error of a typical week"),
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
    missed = say(
        "For a single customer the model is off by {off} order days on average, where {actual} "
        "came.",
        off=number(model["mean_absolute_error"]),
        actual=number(model["actual"] / sum(check.deciles["customers"])),
    )
    use = say("Use its totals and ranks, and a single customer's number with its interval only.")
    return Finding(
        id="clv.customers",
        headline=sentences([missed, _beside_the_rules(ratio), use]),
        label=say("Off by, for one customer"),
        value=float(model["mean_absolute_error"]),
        value_text=say("{n} order days", n=number(model["mean_absolute_error"])),
        comparison=say("{n} order days off by the better naive rule", n=number(best)),
        direction="good" if ratio < -_NEAR else "bad" if ratio > _NEAR else "neutral",
    )


def by_decile(check: HoldoutCheck | TooFewError) -> Finding:
    """Say whether those with a high forecast came often, and where the forecast leans."""
    if isinstance(check, TooFewError):
        return too_few("clv.deciles", check)
    table = check.deciles
    outside = (table["actual"] < table["low"]) | (table["actual"] > table["high"])
    order = (
        say("The tenths of the customers came in the order forecast.")
        if _rising(table["actual"])
        else say("The tenths of the customers came mostly in the order forecast.")
    )
    counted = say(
        "{outside} of {n} lie outside their 90% intervals.",
        outside=int(outside.sum()),
        n=len(table),
    )
    return Finding(
        id="clv.deciles",
        headline=sentences([order, _ends(table, outside), counted]),
        label=say("Tenths outside the interval"),
        value=float(outside.sum()),
        value_text=say("{inside} of {n}", inside=int(outside.sum()), n=len(table)),
        comparison=say("1 of 10 would by chance"),
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
            say("a look at spend beside frequency"),
            say("customers who differ in both"),
        )
    interval = span(low, high, lambda x: number(x, 2))
    fine = abs(rho) < _RELATED
    facts = {"rho": number(rho, 2), "interval": interval}
    if fine:
        headline = say(
            "Spend an order day and the number of order days have a rank correlation of {rho} "
            "(95% interval {interval}); the model takes them for independent, which is near "
            "enough.",
            **facts,
        )
    elif rho > 0:
        headline = say(
            "Spend an order day and the number of order days have a rank correlation of {rho} "
            "(95% interval {interval}); the model takes them for independent, so it understates "
            "those who buy both often and much.",
            **facts,
        )
    else:
        headline = say(
            "Spend an order day and the number of order days have a rank correlation of {rho} "
            "(95% interval {interval}); the model takes them for independent, so it overstates "
            "those who buy often.",
            **facts,
        )
    return Finding(
        id="clv.independence",
        headline=headline,
        label=say("Spend with frequency"),
        value=rho,
        value_text=number(rho, 2),
        interval=interval,
        direction="good" if fine else "neutral",
    )


def _naive(rule: str, off: str, check: HoldoutCheck) -> str:
    """Say how far off a naive rule was, and when no model beats it."""
    facts = {"off": off, "weeks": plural(check.weeks_held_out, "week")}
    unbeaten = check.comparison.recommended == rule
    if rule == LAST_PERIOD:
        return (
            say(
                "against {off} off by repeating the {weeks} before, a naive rule that no model "
                "beats",
                **facts,
            )
            if unbeaten
            else say("against {off} off by repeating the {weeks} before", **facts)
        )
    return (
        say(
            "against {off} off by carrying on everybody's own pace, a naive rule that no model "
            "beats",
            off=off,
        )
        if unbeaten
        else say("against {off} off by carrying on everybody's own pace", off=off)
    )


def _beside_the_rules(ratio: float) -> str:
    """Compare with the better naive rule, of which the model's error is so much more."""
    if math.isinf(ratio):
        return say(
            "Customers so regular are forecast without error by the better of the two naive rules."
        )
    if abs(ratio) < _NEAR:
        return say("That is no better and no worse than the better of the two naive rules.")
    by = percent(abs(ratio))
    if ratio > 0:
        return say("That is {by} worse than the better of the two naive rules.", by=by)
    return say("That is {by} better than the better of the two naive rules.", by=by)


def _ends(table: pd.DataFrame, outside: pd.Series) -> str:
    """Say how the forecast leans for the least and the most keen."""
    if not (outside.iloc[0] or outside.iloc[-1]):
        return say("The forecast holds at both ends.")
    low, high = table.iloc[0], table.iloc[-1]
    return say(
        "The keenest tenth ordered {much} days each for {much_forecast} forecast ({much_off}), the "
        "least keen {little} for {little_forecast} ({little_off}).",
        much=number(high["actual"]),
        much_forecast=number(high["predicted"]),
        much_off=_off(high),
        little=number(low["actual"]),
        little_forecast=number(low["predicted"]),
        little_off=_off(low),
    )


def _verdict(inside: bool, gain: float) -> Direction:
    """Call a forecast good or bad by its interval, and by a clear gain on the naive rule."""
    if inside:
        return "good" if gain > _CLEAR_GAIN else "neutral"
    return "neutral" if gain > 0 else "bad"


def _score(check: HoldoutCheck, name: str) -> pd.Series:
    return check.scores[check.scores["forecast"] == name].iloc[0]


def _rising(values: pd.Series) -> bool:
    return bool(np.all(np.diff(values.to_numpy()) >= 0))


def _off(row: pd.Series) -> str:
    """Return by how much a forecast was too high."""
    if row["actual"] <= 0:
        return say("none came")
    return say("{off} off", off=signed_percent(row["predicted"] / row["actual"] - 1))
