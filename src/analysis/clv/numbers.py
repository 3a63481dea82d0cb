"""What stands under each chart of the value report: measure, population, period, and the numbers.

Of what could not be found for want of data (`TooFewError`) there is nothing to show.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from analysis.clv import layout, layout_check, layout_forecast, phrases
from analysis.clv.money import YEARS
from analysis.errors import TooFewError
from analysis.language import say, translate
from analysis.periods import Period
from analysis.wording import count, date, money, number, percent, plural

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from analysis.clv.check import HoldoutCheck
    from analysis.clv.last_forecast import LastForecast
    from analysis.clv.money import Money
    from analysis.clv.study import ValueStudy

__all__ = [
    "Under", "alive", "births", "deciles", "lifetime", "purchases", "record", "tiers", "totals",
    "values", "weeks",
]  # fmt: skip

_CELLS = 8  # of the map of who is a customer still, each way, as numbers


class Under(TypedDict, total=False):
    """The options of `display.figure`."""

    subtitle: str
    data: pd.DataFrame
    formats: dict[str, Callable[[Any], str]]
    labels: dict[str, str]
    people: tuple[str, ...]


def values(study: ValueStudy | TooFewError) -> Under:
    """Stand under the histogram of value."""
    if isinstance(study, TooFewError):
        return {}
    in_money = partial(money, currency=study.currency)
    return {
        "subtitle": say(
            "{customers} known on {date}, by value over {ahead}",
            customers=plural(len(study.customers), "customer"),
            date=date(study.as_of),
            ahead=phrases.weeks_ahead(study),
        ),
        "data": layout.value_bars(study),
        "formats": {"low": in_money, "high": in_money, "tier": translate},
        "labels": {
            "low": say("Value from"),
            "high": say("Value to"),
            "customers": say("Customers"),
            "tier": say("Tier"),
        },
        "people": ("customers",),
    }


def tiers(study: ValueStudy | TooFewError) -> Under:
    """Stand under the shares of the tiers."""
    if isinstance(study, TooFewError):
        return {}
    return {
        "subtitle": say(
            "Shares of the customers known on {date}, and of their value over {ahead}",
            date=date(study.as_of),
            ahead=phrases.weeks_ahead(study),
        ),
        "data": layout.tiers(study)[["tier", "share_of_customers", "share_of_value"]],
        "formats": {
            "tier": translate,
            **dict.fromkeys(("share_of_customers", "share_of_value"), percent),
        },
        "labels": {
            "tier": say("Tier"),
            "share_of_customers": say("Of customers"),
            "share_of_value": say("Of value"),
        },
    }


def weeks(check: HoldoutCheck | TooFewError) -> Under:
    """Stand under the order days by week."""
    if isinstance(check, TooFewError):
        return {}
    return {
        "subtitle": say(
            "Repeat order days a week of the customers known on {date}, first orders left out",
            date=date(check.calibration_end),
        ),
        "data": check.weeks[["week_end", "actual", "model", "naive"]],
        "formats": dict.fromkeys(("actual", "model", "naive"), count),
        "labels": _series(),
    }


def totals(check: HoldoutCheck | TooFewError) -> Under:
    """Stand under the order days added up."""
    if isinstance(check, TooFewError):
        return {}
    names = ["total_actual", "total_model", "total_low", "total_high", "total_naive"]
    series = _series()
    return {
        "subtitle": say(
            "Order days of the customers known on {date}, added up since; a forecast above the "
            "line is too high; shaded: 90% interval of the model",
            date=date(check.calibration_end),
        ),
        "data": check.weeks.loc[check.weeks["holdout"], ["week_end", *names]],
        "formats": dict.fromkeys(names, count),
        "labels": {
            "week_end": series["week_end"],
            "total_actual": series["actual"],
            "total_model": series["model"],
            "total_low": say("Lower limit"),
            "total_high": say("Upper limit"),
            "total_naive": series["naive"],
        },
    }


def deciles(check: HoldoutCheck | TooFewError) -> Under:
    """Stand under the tenths of the customers."""
    if isinstance(check, TooFewError):
        return {}
    return {
        "subtitle": say(
            "Order days a customer in the {weeks} from {date}, forecast and actual",
            weeks=plural(check.weeks_held_out, "week"),
            date=date(check.calibration_end),
        ),
        "data": check.deciles[["decile", "customers", "predicted", "low", "high", "actual"]],
        "formats": dict.fromkeys(("predicted", "low", "high", "actual"), number),
        "labels": {
            "decile": say("Tenth"),
            "customers": say("Customers"),
            "predicted": say("Forecast"),
            "low": say("Lower limit"),
            "high": say("Upper limit"),
            "actual": say("Came"),
        },
        "people": ("customers",),
    }


def alive(study: ValueStudy | TooFewError) -> Under:
    """Stand under the map of who is a customer still, with a part of it as numbers."""
    if isinstance(study, TooFewError):
        return {}
    grid = layout.alive_map(study).pivot_table(
        index="weeks_silent", columns="order_days", values="probability_alive"
    )
    rows, columns = (
        np.unique(np.linspace(0, size - 1, _CELLS).round().astype(int)) for size in grid.shape
    )
    few = grid.iloc[rows, columns]
    few.columns = [f"{days:.0f}" for days in few.columns]
    return {
        "subtitle": say(
            "Chance to be a customer still on {date}, of one followed for {weeks}",
            date=date(study.as_of),
            weeks=plural(study.weeks, "week"),
        ),
        "data": few.reset_index(),
        "formats": {
            "weeks_silent": number,
            **dict.fromkeys(few.columns, partial(percent, digits=0)),
        },
        "labels": {
            "weeks_silent": say("Weeks since the last"),
            **{name: plural(int(name), "order day") for name in few.columns},
        },
    }


def record(last: LastForecast | TooFewError) -> Under:
    """Stand under the record of forecasts."""
    if isinstance(last, TooFewError):
        return {}
    return {
        "subtitle": say("Order days of the customers known at the eve of each period"),
        "data": layout_forecast.record(last),
        "formats": {
            "period": _title,
            **dict.fromkeys(("low", "value", "high", "actual", "naive"), count),
        },
        "labels": {
            "period": say("Period"),
            "low": say("Lower limit"),
            "value": say("Forecast"),
            "high": say("Upper limit"),
            "actual": say("Came"),
            "naive": say("Period before repeated"),
        },
    }


def lifetime(found: Money | TooFewError) -> Under:
    """Stand under the lifetime value as it is taught."""
    if isinstance(found, TooFewError):
        return {}
    amounts = dict.fromkeys(("value", "low", "high"), partial(money, currency=found.study.currency))
    return {
        "subtitle": say(
            "Sales to one customer over {years}, by what is counted; lines: 90% interval",
            years=plural(YEARS, "year"),
        ),
        "data": found.lifetime[["case", "years", "value", "low", "high", "share"]],
        "formats": {"case": translate, "years": number, "share": percent, **amounts},
        "labels": {
            "case": say("Case"),
            "years": say("Years of purchases"),
            "value": say("Value"),
            "low": say("Lower limit"),
            "high": say("Upper limit"),
            "share": say("Of what is taught"),
        },
    }


def purchases(study: ValueStudy | TooFewError) -> Under:
    """Stand under the counts of purchases."""
    if isinstance(study, TooFewError):
        return {}
    return {
        "subtitle": say(
            "Customers by their order days in the time that the model is fitted to, until {date}",
            date=date(study.as_of),
        ),
        "data": layout_check.purchases_so_far(study)[["label", "actual", "expected"]],
        "formats": {"expected": count},
        "labels": {
            "label": say("Order days"),
            "actual": say("Customers counted"),
            "expected": say("Customers by the model"),
        },
        "people": ("actual", "expected"),
    }


def births(check: HoldoutCheck | TooFewError) -> Under:
    """Stand under the errors of each treatment of customers there before."""
    if isinstance(check, TooFewError):
        return {}
    return {
        "subtitle": say(
            "Order days forecast for the {weeks} held out, against what came; each mark is one fit",
            weeks=plural(check.weeks_held_out, "week"),
        ),
        "data": layout_check.births(check)[["fitted_on", "group", "error"]],
        "formats": {
            "fitted_on": phrases.fitted_to,
            "group": translate,
            "error": phrases.signed_percent,
        },
        "labels": {
            "fitted_on": say("Fitted to"),
            "group": say("Customers"),
            "error": say("Error"),
        },
    }


def _series() -> dict[str, str]:
    return {
        "week_end": say("Week until"),
        "actual": say("Came"),
        "model": say("Model"),
        "naive": say("As last time"),
    }


def _title(key: str) -> str:
    return Period.parse(key).title
