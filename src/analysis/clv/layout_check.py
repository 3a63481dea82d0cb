"""The tables of the value report about the choice of model, as charts and lists take them.

What could not be found for want of data (`TooFewError`) becomes an empty table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.clv.frequency import purchase_counts
from analysis.clv.layout import signed_percent
from analysis.errors import TooFewError
from analysis.wording import count, number, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.clv.check import HoldoutCheck
    from analysis.clv.study import ValueStudy

_GROUPS = ("everybody", "first order unknown", "first order known")
COMPARISON_LABELS = {
    "forecast": "Forecast by",
    "predicted": "Order days forecast",
    "error": "Error",
    "inside": "In its interval",
    "weekly_error": "Off by, a week",
    "mean_absolute_error": "Off by, a customer",
    "decile_error": "Off by, a tenth",
    "rank_correlation": "Rank correlation",
}
BIRTH_LABELS = {
    "fitted_on": "Fitted to",
    "customers": "Customers",
    "everybody": "Error of the total",
    "first order unknown": "There before, perhaps",
    "first order known": "Surely new",
    "mean_absolute_error": "Off by, a customer",
}
FORMATS: dict[str, Callable[[float], str]] = {
    "predicted": count,
    "actual": count,
    **dict.fromkeys(("error", *_GROUPS), signed_percent),
    "weekly_error": percent,
    "mean_absolute_error": lambda x: number(x, 2),
    "decile_error": percent,
    "rank_correlation": lambda x: number(x, 2),
}


def comparison(check: HoldoutCheck | TooFewError) -> pd.DataFrame:
    """Return the scores of every model and naive rule: the model in use, then the best first."""
    if isinstance(check, TooFewError):
        return pd.DataFrame(columns=list(COMPARISON_LABELS))
    table, model = check.comparison.table, check.comparison.model
    table = pd.concat([table[table["forecast"] == model], table[table["forecast"] != model]])
    inside = table["covered"].map({True: "yes", False: "no"}).fillna("")
    name = table["forecast"].replace(model, f"{model} (in use)")
    return table.assign(inside=inside, forecast=name)[list(COMPARISON_LABELS)]


def births(check: HoldoutCheck | TooFewError) -> pd.DataFrame:
    """Return the errors of each treatment of customers there before, the one in use first."""
    if isinstance(check, TooFewError):
        return pd.DataFrame(columns=["fitted_on", "group", "error"])
    errors, used = check.births.errors, check.births.recommended
    in_use = errors["fitted_on"] == used
    return pd.concat([errors[in_use], errors[~in_use]], ignore_index=True)


def births_in_words(check: HoldoutCheck | TooFewError) -> pd.DataFrame:
    """Return a row a treatment: the error for each group of customers, and one by one."""
    table = births(check)
    if isinstance(check, TooFewError):
        return pd.DataFrame(columns=list(BIRTH_LABELS))
    errors = table.pivot_table(index="fitted_on", columns="group", values="error", sort=False)
    whole = table[table["group"] == "everybody"].set_index("fitted_on")
    both = errors.join(whole["mean_absolute_error"]).reset_index()
    fitted_to = check.births.fits.set_index("fitted_on")["customers"]
    both["customers"] = both["fitted_on"].map(fitted_to)
    return both.reindex(columns=list(BIRTH_LABELS))


def purchases_so_far(study: ValueStudy | TooFewError) -> pd.DataFrame:
    """Return how many customers ordered how often, counted and by the model.

    Returns
    -------
    DataFrame
        As of `purchase_counts`, with the `label` of each bar.
    """
    if isinstance(study, TooFewError):
        return pd.DataFrame()
    bars = purchase_counts(study.histories, study.purchases)
    labels = [
        f"{first:.0f}+"
        if pd.isna(last)
        else f"{first:.0f}"
        if last == first
        else f"{first:.0f}–{last:.0f}"
        for first, last in zip(bars["first"], bars["last"], strict=True)
    ]
    return bars.assign(label=labels)
