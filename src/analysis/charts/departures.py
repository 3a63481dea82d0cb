"""Charts of departures: the risk over tenure, reasons that compete, the effect of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import wording
from analysis.charts.intervals import draw_lying, draw_upright
from analysis.charts.style import ACCENT, GREY, PALETTE, format_axis, label_end, new_axes
from analysis.language import say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def hazard(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share that leaves in a month, by the time as a customer, with intervals.

    Parameters
    ----------
    table : DataFrame
        `months` (of each stretch, as '4–6'), `rate`, `low`, `high`, by time.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    draw_upright(ax, table, "rate", list(table["months"]), [ACCENT] * len(table))
    ax.set(ylim=(0, None), ylabel=say("leave in a month"), xlabel=say("month as a customer"))
    format_axis(ax, "y", lambda share: wording.percent(share, 0 if ax.get_ylim()[1] > 0.25 else 1))
    return ax


def competing_reasons(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the shares that left, by reason, one upon the other.

    Parameters
    ----------
    table : DataFrame
        `reason` (the most frequent first), `named` (whether it is one of its own), `time`,
        `share`, `scale` (what time is counted from).
    ax : Axes, optional
        Axes to draw on.
    """
    names = list(table["reason"].drop_duplicates())
    own = set(table.loc[table["named"], "reason"])
    wide = table.pivot_table(index="time", columns="reason", values="share")[names]
    time, tops = wide.index.to_numpy(float), np.cumsum(wide.to_numpy(), axis=1)
    ax = new_axes(ax)
    lower = np.zeros(len(time))
    ends = []
    for at, name in enumerate(names):
        colour = PALETTE[at % len(PALETTE)] if name in own else GREY
        ax.fill_between(time, lower, tops[:, at], step="post", color=colour, alpha=0.75, lw=0)
        share = float(tops[-1, at] - lower[-1])
        ends.append((name, lower[-1] + share / 2, colour, share))
        lower = tops[:, at]
    top = min(1.0, 1.12 * float(tops[-1, -1]))
    height = -np.inf
    for name, middle, colour, share in ends:
        height = max(middle, height + 0.07 * top)
        text = say("{name}: {share}", name=name, share=wording.percent(share))
        label_end(ax, time[-1], height, text, colour)
    ax.set(ylim=(0, top), xlim=(time[0], time[-1]), ylabel=say("left, by reason"))
    ax.set_xlabel(str(table["scale"].iloc[0]))
    format_axis(ax, "y", lambda share: wording.percent(share, 0))
    return ax


def segment_windows(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the window of each segment with its interval, and the losses under it beside.

    Parameters
    ----------
    table : DataFrame
        `segment`, `window_days`, `days_low`, `days_high` (missing where not estimated),
        `losses` (in words), in order.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax, height=1.1 + 0.42 * len(table))
    limits = {"low": table["days_low"], "high": table["days_high"]}
    numbers = table[["window_days"]].assign(**limits).to_numpy(float)
    most = 1.15 * float(np.nanmax(np.where(np.isfinite(numbers), numbers, np.nan)))
    rows = table.assign(low=limits["low"], high=limits["high"].clip(upper=most))
    names, colours = [str(name) for name in table["segment"]], [ACCENT] * len(table)
    draw_lying(ax, rows, "window_days", names, colours, list(table["losses"]))
    ax.set_xlim(0, most)
    ax.set_xlabel(say("days of silence after which a customer of the group counts as lost"))
    return ax


def window_effect(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share lost under shorter and longer windows, with intervals.

    Parameters
    ----------
    table : DataFrame
        `window_days`, `rate`, `low`, `high`, and `is_window`: the one in use.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax, height=2.6)
    known = table.dropna(subset=["rate"])
    numbers = known[["window_days", "rate", "low", "high"]].to_numpy(float)
    for (days, rate, low, high), own in zip(numbers, known["is_window"], strict=True):
        colour = ACCENT if own else GREY
        ax.plot([days, days], [low, high], color=colour, lw=2)
        ax.plot(days, rate, "o", color=colour, ms=6)
        ax.annotate(
            wording.percent(rate), (days, rate), xytext=(8, 0), textcoords="offset points",
            va="center", color=colour, fontsize=9,
        )  # fmt: skip
    ax.set_xticks(list(table["window_days"]))
    ax.margins(x=0.12)
    ax.set_ylim(0, None)
    ax.set_xlabel(say("days of silence after which a customer counts as lost"))
    ax.set_ylabel(say("lost in the period"), labelpad=10)
    format_axis(ax, "y", wording.percent)
    return ax
