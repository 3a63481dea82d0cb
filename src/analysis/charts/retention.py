"""Charts of retention: periods, cohorts, second orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import seaborn as sns

from analysis import wording
from analysis.charts.style import ACCENT, ALERT, GREY, INK, LIGHT, format_axis, label_end, new_axes
from analysis.disclosure import discretion
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

PEOPLE = ("customers", "kept", "returned", "new", "lapsed", "n_risk")
"""Columns that count customers: their small counts are not drawn as they are."""


def retention_by_period(activity: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of each period's customers who came again in the next, with its band.

    Parameters
    ----------
    activity : DataFrame
        `period_label`, `retention`, `low`, `high`; periods without a share are left out.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    known = activity.dropna(subset=["retention"])
    if known.empty:
        return ax
    known = discretion.drawn(known, PEOPLE)
    place = np.arange(len(known))
    ax.fill_between(place, known["low"], known["high"], color=LIGHT, lw=0)
    ax.plot(place, known["retention"], color=ACCENT, marker="o", ms=4)
    last = known["retention"].iloc[-1]
    label_end(ax, place[-1], last, wording.percent(last), ACCENT)
    ax.set_xticks(place, known["period_label"])
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel(say("of the period before came again"))
    format_axis(ax, "y", lambda share: wording.percent(share, 0))
    return ax


def customer_flows(activity: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw kept, returned and new customers upwards and lapsed ones downwards, by period.

    Parameters
    ----------
    activity : DataFrame
        `period_label`, `kept`, `returned`, `new`, `lapsed`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    activity = discretion.drawn(activity, PEOPLE)
    place = np.arange(len(activity))
    lapsed = activity["lapsed"].fillna(0).to_numpy(dtype=float)
    floor = np.zeros(len(activity))
    parts = [("kept", LIGHT, GREY), ("returned", ACCENT, ACCENT), ("new", INK, INK)]
    for name, fill, _ in parts:
        heights = activity[name].to_numpy(dtype=float)
        ax.bar(place, heights, bottom=floor, color=fill, width=0.75, label=name)
        floor += np.nan_to_num(heights)
    ax.bar(place, -lapsed, color=ALERT, width=0.75, label="lapsed")
    ax.axhline(0, color=GREY, lw=0.8)
    ax.set_xticks(place, activity["period_label"])
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel(say("customers"))
    format_axis(ax, "y", lambda n: wording.count(abs(n)))
    handles, labels = _in_words(ax)
    ax.legend(
        handles, labels, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, borderaxespad=0.2
    )
    return ax


def cohort_heatmap(
    triangle: pd.DataFrame,
    written: Callable[[float], str],
    xlabel: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw a cohort triangle: cohorts down, months since the first order across.

    Parameters
    ----------
    triangle : DataFrame
        Cohorts (as labels) by age in months; cells not lived are missing and stay empty.
    written : function
        How to write the value of a cell.
    xlabel : str
        What the columns are, and what the values.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax, height=0.9 + 0.31 * len(triangle))
    if triangle.empty:
        return ax
    lived = triangle.notna().to_numpy()
    texts = triangle.map(lambda value: "" if np.isnan(value) else written(value))
    top = float(np.nanmax(triangle.to_numpy(), initial=0.0))
    sns.heatmap(
        triangle, ax=ax, annot=texts, fmt="", cmap="Blues", vmin=0, vmax=1.15 * top or 1.0,
        cbar=False, linewidths=1.5, linecolor="white", mask=~lived, annot_kws={"fontsize": 8.5},
    )  # fmt: skip
    ax.grid(visible=False)
    ax.set_yticks(np.arange(len(triangle)) + 0.5, triangle.index, rotation=0)
    ax.tick_params(length=0)
    ax.set_xlabel(xlabel)
    ax.set_ylabel("")
    return ax


def second_order(curve: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of new customers who have ordered again, by days since the first order.

    Parameters
    ----------
    curve : DataFrame
        `days`, `share`, `low`, `high` of `retention.second_order_curve`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    if curve.empty:
        return ax
    curve = discretion.drawn(curve, PEOPLE)
    ax.fill_between(curve["days"], curve["low"], curve["high"], step="post", color=LIGHT, lw=0)
    ax.step(curve["days"], curve["share"], where="post", color=ACCENT)
    last = curve.iloc[-1]
    label_end(ax, last["days"], last["share"], wording.percent(last["share"], 0), ACCENT)
    ax.set_ylim(0, 1)
    ax.set_xlim(left=0)
    ax.set_xlabel(say("days since the first order"))
    ax.set_ylabel(say("have ordered again"))
    format_axis(ax, "y", lambda share: wording.percent(share, 0))
    return ax


def _in_words(ax: Axes) -> tuple[list[Artist], list[str]]:
    words = {
        "kept": say("came again (ordered in the period before too)"),
        "returned": say("back after a pause"),
        "new": say("first seen"),
        "lapsed": say("stayed away (ordered in the period before)"),
    }
    handles, labels = ax.get_legend_handles_labels()
    return handles, [words[label] for label in labels]
