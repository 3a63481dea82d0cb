"""The tables of the value report about the choice of model, as charts and lists take them.

What could not be found for want of data (`TooFewError`) becomes an empty table.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from analysis import display
from analysis.clv import phrases
from analysis.clv.frequency import purchase_counts
from analysis.clv.phrases import signed_percent
from analysis.errors import TooFewError
from analysis.language import say, translate
from analysis.wording import count, number, percent

if TYPE_CHECKING:
    from analysis.clv.check import HoldoutCheck
    from analysis.clv.study import ValueStudy

_GROUPS = ("everybody", "first order unknown", "first order known")
_COMPARED = (
    "forecast", "predicted", "error", "inside", "weekly_error", "mean_absolute_error",
    "decile_error", "rank_correlation",
)  # fmt: skip


def comparison(check: HoldoutCheck | TooFewError) -> pd.DataFrame:
    """Return the scores of every model and naive rule: the model in use, then the best first."""
    if isinstance(check, TooFewError):
        return pd.DataFrame(columns=list(_COMPARED))
    table, model = check.comparison.table, check.comparison.model
    table = pd.concat([table[table["forecast"] == model], table[table["forecast"] != model]])
    inside = table["covered"].map({True: say("yes"), False: say("no")}).fillna("")
    names = [
        say("{name} (in use)", name=model) if name == model else translate(name)
        for name in table["forecast"]
    ]
    return table.assign(inside=inside, forecast=names)[list(_COMPARED)]


def comparison_table(check: HoldoutCheck | TooFewError) -> display.Bundle | None:
    """Show the scores of every model and naive rule."""
    if isinstance(check, TooFewError):
        return None
    return display.table(
        comparison(check),
        title=say("Models and naive rules on the weeks held out"),
        formats={
            "predicted": count,
            "error": signed_percent,
            "weekly_error": percent,
            "mean_absolute_error": partial(number, digits=2),
            "decile_error": percent,
            "rank_correlation": partial(number, digits=2),
        },
        labels={
            "forecast": say("Forecast by"),
            "predicted": say("Order days forecast"),
            "error": say("Error"),
            "inside": say("In its interval"),
            "weekly_error": say("Off by, a week"),
            "mean_absolute_error": say("Off by, a customer"),
            "decile_error": say("Off by, a tenth"),
            "rank_correlation": say("Rank correlation"),
        },
    )


def births(check: HoldoutCheck | TooFewError) -> pd.DataFrame:
    """Return the errors of each treatment of customers there before, the one in use first."""
    if isinstance(check, TooFewError):
        return pd.DataFrame(columns=["fitted_on", "group", "error"])
    errors, used = check.births.errors, check.births.recommended
    in_use = errors["fitted_on"] == used
    return pd.concat([errors[in_use], errors[~in_use]], ignore_index=True)


def births_in_words(check: HoldoutCheck | TooFewError) -> pd.DataFrame:
    """Return the errors of each treatment for the chart, with the names of fits and groups."""
    table = births(check)
    return table.assign(
        fitted_on=table["fitted_on"].map(phrases.fitted_to),
        group=table["group"].map(translate),
    )


def births_by_fit(check: HoldoutCheck) -> pd.DataFrame:
    """Return a row a treatment: the error for each group of customers, and one by one."""
    table = births(check)
    errors = table.pivot_table(index="fitted_on", columns="group", values="error", sort=False)
    whole = table[table["group"] == "everybody"].set_index("fitted_on")
    both = errors.join(whole["mean_absolute_error"]).reset_index()
    fitted_to = check.births.fits.set_index("fitted_on")["customers"]
    both["customers"] = both["fitted_on"].map(fitted_to)
    return both.reindex(columns=["fitted_on", "customers", *_GROUPS, "mean_absolute_error"])


def births_table(check: HoldoutCheck | TooFewError) -> display.Bundle | None:
    """Show how far the fit to each treatment missed each group."""
    if isinstance(check, TooFewError):
        return None
    return display.table(
        births_by_fit(check),
        title=say("Fits by how customers there before are taken"),
        formats={
            "fitted_on": phrases.fitted_to,
            **dict.fromkeys(_GROUPS, signed_percent),
            "mean_absolute_error": partial(number, digits=2),
        },
        labels={
            "fitted_on": say("Fitted to"),
            "customers": say("Customers"),
            "everybody": say("Error of the total"),
            "first order unknown": say("There before, perhaps"),
            "first order known": say("Surely new"),
            "mean_absolute_error": say("Off by, a customer"),
        },
        people=("customers",),
    )


def purchases_so_far(study: ValueStudy | TooFewError) -> pd.DataFrame:
    """Return how many customers ordered how often, counted and by the model.

    Returns
    -------
    DataFrame
        As of `purchase_counts`, with the `label` of each bar.
    """
    if isinstance(study, TooFewError):
        return pd.DataFrame()
    bars = purchase_counts(study.rows, study.purchases)
    labels = [
        f"{first:.0f}+"
        if pd.isna(last)
        else f"{first:.0f}"
        if last == first
        else f"{first:.0f}–{last:.0f}"
        for first, last in zip(bars["first"], bars["last"], strict=True)
    ]
    return bars.assign(label=labels)
