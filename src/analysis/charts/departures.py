"""Charts of departures: the risk over tenure, reasons that compete, the effect of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import wording
from analysis.charts.style import ACCENT, GREY, PALETTE, format_axis, label_end, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def hazard(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share that leaves in a month, by the time as a customer, with intervals.

    Parameters
    ----------
    table : DataFrame
        `label`, `rate`, `low`, `high`, by time.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    place = np.arange(len(table))
    below, above = table["rate"] - table["low"], table["high"] - table["rate"]
    ax.errorbar(
        place, table["rate"], [below, above], fmt="o", ms=6, color=ACCENT, elinewidth=2, capsize=0
    )
    labels = [label.replace("months ", "").replace("month ", "") for label in table["label"]]
    ax.set_xticks(place, [label.replace(" to ", "–") for label in labels])
    ax.tick_params(axis="x", length=0)
    ax.set(ylim=(0, None), xlim=(-0.5, len(table) - 0.5), ylabel="leave in a month")
    ax.set_xlabel("month as a customer")
    format_axis(ax, "y", lambda share: wording.percent(share, 0 if ax.get_ylim()[1] > 0.1 else 1))
    return ax


def competing_reasons(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the shares that left, by reason, one upon the other.

    Parameters
    ----------
    table : DataFrame
        `reason` (the most frequent first), `time`, `share`, `scale` (what time is counted from).
    ax : Axes, optional
        Axes to draw on.
    """
    names = list(table["reason"].drop_duplicates())
    wide = table.pivot_table(index="time", columns="reason", values="share")[names]
    time, tops = wide.index.to_numpy(float), np.cumsum(wide.to_numpy(), axis=1)
    ax = new_axes(ax)
    lower = np.zeros(len(time))
    ends = []
    for at, name in enumerate(names):
        colour = GREY if name in ("other", "not stated") else PALETTE[at % len(PALETTE)]
        ax.fill_between(time, lower, tops[:, at], step="post", color=colour, alpha=0.75, lw=0)
        share = float(tops[-1, at] - lower[-1])
        ends.append((name, lower[-1] + share / 2, colour, share))
        lower = tops[:, at]
    top = min(1.0, 1.12 * float(tops[-1, -1]))
    height = -np.inf
    for name, middle, colour, share in ends:
        height = max(middle, height + 0.07 * top)
        label_end(ax, time[-1], height, f"{name}: {wording.percent(share)}", colour)
    ax.set(ylim=(0, top), xlim=(time[0], time[-1]), ylabel="left, by reason")
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
    rows = table.iloc[::-1].reset_index(drop=True)
    ax = new_axes(ax, height=1.1 + 0.42 * len(rows))
    numbers = rows[["window_days", "days_low", "days_high"]].to_numpy(float)
    most = 1.15 * float(np.nanmax(np.where(np.isfinite(numbers), numbers, np.nan)))
    for at, (days, low, high) in enumerate(numbers):
        ax.plot([low, min(high, most)], [at, at], color=ACCENT, lw=2.5)
        ax.plot(days, at, "o", color=ACCENT, ms=7)
        ax.annotate(
            str(rows["losses"][at]), (1.02, at), xycoords=("axes fraction", "data"), va="center",
            fontsize=9, annotation_clip=False,
        )  # fmt: skip
    ax.set_yticks(range(len(rows)), list(rows["segment"]))
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(0, most), ylim=(-0.6, len(rows) - 0.4))
    ax.set_xlabel("days of silence after which a customer of the group counts as lost")
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
    numbers = table[["window_days", "rate", "low", "high"]].to_numpy(float)
    for (days, rate, low, high), own in zip(numbers, table["is_window"], strict=True):
        colour = ACCENT if own else GREY
        ax.plot([days, days], [low, high], color=colour, lw=2)
        ax.plot(days, rate, "o", color=colour, ms=6)
        ax.annotate(
            wording.percent(rate), (days, rate), xytext=(8, 0), textcoords="offset points",
            va="center", color=colour, fontsize=9,
        )  # fmt: skip
    ax.set_xticks(list(table["window_days"]))
    ax.margins(x=0.12)
    ax.set(ylim=(0, None), xlabel="days of silence after which a customer counts as lost")
    ax.set_ylabel("lost in the period")
    format_axis(ax, "y", wording.percent)
    return ax
