"""Charts of the choice of model: customers there before the data, and counts of purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import wording
from analysis.charts.style import ACCENT, GREY, INK, LIGHT, format_axis, new_axes
from analysis.disclosure import discretion
from analysis.language import say
from analysis.periods import Period

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MARKERS = "oDsv^P"


def birth_errors(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how far the fit to each treatment missed each group of customers.

    Parameters
    ----------
    table : DataFrame
        `fitted_on`, `group`, `error` of `clv.layout_check.births_in_words`; the fit in use comes
        first, the one that takes all for new comes last.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax, height=3.0)
    if table.empty:
        return ax
    groups = list(dict.fromkeys(table["group"]))[::-1]
    fits = list(dict.fromkeys(table["fitted_on"]))
    colours = [ACCENT, *[GREY] * (len(fits) - 2), INK][: len(fits)]
    for place, (fit, colour) in enumerate(zip(fits, colours, strict=True)):
        part = table[table["fitted_on"] == fit]
        height = part["group"].map(groups.index) + 0.12 * ((len(fits) - 1) / 2 - place)
        ax.plot(
            part["error"], height, _MARKERS[place % len(_MARKERS)], color=colour, ms=8,
            label=say("{name} (in use)", name=fit) if place == 0 else fit,
        )  # fmt: skip
    ax.axvline(0, color=GREY, lw=1)
    ax.set_yticks(range(len(groups)), groups)
    ax.margins(x=0.06)
    ax.set(ylim=(-0.6, len(groups) - 0.4), xlabel=say("forecast against what came"))
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    format_axis(ax, "x", _signed)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def purchase_counts(bars: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many customers ordered how often so far, counted and by the model.

    Parameters
    ----------
    bars : DataFrame
        `label`, `actual`, `expected` of `clv.layout_check.purchases_so_far`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    if bars.empty:
        return ax
    places, bars = range(len(bars)), discretion.drawn(bars, ("actual", "expected"))
    ax.bar(places, bars["actual"], color=LIGHT, width=0.8, label=say("counted"))
    ax.plot(places, bars["expected"], "o", color=ACCENT, ms=7, label=say("by the model"))
    ax.set_xticks(places, bars["label"])
    ax.set(xlabel=say("order days in the time fitted to"), ylabel=say("customers"))
    format_axis(ax, "y", wording.count)
    ax.legend(loc="upper right")
    return ax


def forecast_record(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what was forecast for each of the last periods, with its interval, and what came.

    Parameters
    ----------
    table : DataFrame, a row a period, the earliest first
        `period`, `low`, `value`, `high`, `actual` of `clv.layout_forecast.record`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax, height=3.0)
    if table.empty:
        return ax
    places = range(len(table))
    error = [table["value"] - table["low"], table["high"] - table["value"]]
    ax.errorbar(
        places, table["value"], yerr=error, fmt="_", color=GREY, ms=14, mew=2, elinewidth=8,
        alpha=0.6, label=say("forecast, with its interval"),
    )  # fmt: skip
    ax.plot(places, table["actual"], "o", color=ACCENT, ms=7, label=say("came"))
    ax.set_xticks(places, [_of_period(key) for key in table["period"]])
    ax.margins(x=0.08, y=0.25)
    ax.set(ylabel=say("order days"))
    format_axis(ax, "y", wording.count)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def _of_period(key: str) -> str:
    """Return a period for an axis: month and year on two lines."""
    period = Period.parse(key)
    if period.kind != "month":
        return period.title
    return f"{wording.short_month(period.start)}\n{period.start.year}"


def _signed(share: float) -> str:
    return f"+{wording.percent(share, 0)}" if share > 0 else wording.percent(share, 0)
