"""Charts of data quality: days, quantities, first orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import wording
from analysis.charts.style import ACCENT, ALERT, GREY, INK, LIGHT, format_axis, new_axes
from analysis.disclosure import discretion
from analysis.language import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CATEGORIES = 12


def orders_by_day(days: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the orders of each day, with the period shaded and the days without orders marked.

    Parameters
    ----------
    days : DataFrame
        `date`, `orders`, `state`, `in_period`; days that are not in the data yet stay empty.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    known = days[days["state"] != "not yet"]
    ax.plot(known["date"], known["orders"], color=ACCENT, lw=1)
    period = days.loc[days["in_period"], "date"]
    if len(period):
        day = pd.Timedelta(days=1)
        ax.axvspan(period.iloc[0], period.iloc[-1] + day, color=LIGHT, alpha=0.5, lw=0, zorder=0)
    for state, words in (("none", say("no orders")), ("few", say("unusually few"))):
        odd = known[known["state"] == state]
        if odd.empty:
            continue
        fill = ALERT if state == "none" else "white"
        ax.plot(odd["date"], odd["orders"], "o", ms=6, color=ALERT, mfc=fill, label=words)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    ax.set_ylim(bottom=min(0.0, -0.03 * known["orders"].max()))
    ticks, labels = _time_ticks(days["date"].iloc[0], days["date"].iloc[-1])
    ax.set_xticks(ticks, labels)
    ax.set_ylabel(say("orders a day"))
    format_axis(ax, "y", wording.count)
    return ax


def _time_ticks(first: pd.Timestamp, last: pd.Timestamp) -> tuple[pd.DatetimeIndex, list[str]]:
    """Choose about a dozen ticks: Mondays, months, quarters or years, the year said once."""
    spans = {62: "W-MON", 400: "MS", 1500: "QS"}
    length = (last - first).days
    every = next((code for most, code in spans.items() if length <= most), "YS")
    ticks = pd.date_range(first, last, freq=every)
    if every == "YS":
        return ticks, [f"{tick:%Y}" for tick in ticks]
    short = [_day(tick) if every == "W-MON" else wording.short_month(tick) for tick in ticks]
    years = [None, *ticks.year[:-1]]
    new = [tick.year != year for tick, year in zip(ticks, years, strict=True)]
    return ticks, [
        f"{text}\n{tick.year}" if first_of_year else text
        for text, tick, first_of_year in zip(short, ticks, new, strict=True)
    ]


def _day(date: pd.Timestamp) -> str:
    return say("{day} {month}", day=date.day, month=wording.short_month(date))


def quantity_ranges(quantities: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the quantities of the categories: median, 99th percentile and largest.

    Parameters
    ----------
    quantities : DataFrame
        `category`, `median`, `p99`, `largest`, `by_volume`; the first dozen rows are drawn.
    ax : Axes, optional
        Axes to draw on.
    """
    shown = quantities.head(MOST_CATEGORIES).iloc[::-1]
    ax = new_axes(ax, height=1.2 + 0.28 * len(shown))
    place = np.arange(len(shown))
    colours = [ALERT if odd else GREY for odd in shown["by_volume"]]
    low = shown["median"].clip(lower=1)
    ax.hlines(place, low, shown["largest"].clip(lower=1), color=colours, lw=2)
    ax.scatter(low, place, color=colours, s=28, zorder=3)
    p99 = shown["p99"].clip(lower=1)
    ax.scatter(p99, place, color="white", edgecolor=colours, linewidths=1.5, s=28, zorder=3)
    for at, (largest, colour) in enumerate(zip(shown["largest"], colours, strict=True)):
        ax.annotate(
            wording.count(largest), (max(largest, 1), at), xytext=(6, 0), va="center",
            textcoords="offset points", color=INK if colour == ALERT else GREY, fontsize=9,
        )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlim(left=0.8)
    ax.set_yticks(place, shown["category"])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(
        say("quantity on a line: median (filled), 99 in 100 lines (open), largest (number)")
    )
    format_axis(ax, "x", wording.count)
    ax.margins(x=0.12)
    return ax


def first_orders(months: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many customers were seen for the first time in each month.

    Parameters
    ----------
    months : DataFrame
        `month`, `customers`, `share`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    place = np.arange(len(months))
    colours = [ALERT, *[ACCENT] * (len(months) - 1)]
    heights = discretion.drawn(months, ["customers"])["customers"]
    ax.bar(place, heights, color=colours[: len(months)], width=0.75)
    told = discretion.written(months, ["customers"])["customers"]
    for at, customers, text in zip(place, heights.fillna(0), told, strict=True):
        ax.annotate(
            text, (at, customers), xytext=(0, 3), ha="center",
            textcoords="offset points", color=INK, fontsize=9,
        )  # fmt: skip
    every = max(1, len(months) // 12)
    labels = [
        f"{wording.short_month(month)}\n{month.year}"
        if at == 0 or month.month == 1
        else wording.short_month(month)
        for at, month in enumerate(months["month"])
    ]
    ax.set_xticks(place[::every], labels[::every])
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel(say("customers seen for the first time"))
    format_axis(ax, "y", wording.count)
    return ax
