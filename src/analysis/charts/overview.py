"""Charts of the summary report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.charts.retention import PEOPLE
from analysis.charts.style import ACCENT, ALERT, GREY, INK, LIGHT, format_axis, new_axes
from analysis.disclosure import discretion
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.axes import Axes


def figure_by_period(
    activity: pd.DataFrame,
    column: str,
    *,
    usual: tuple[float, float],
    written: Callable[[float], str],
    ylabel: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw one figure by period, the last one in colour, over its usual range.

    Parameters
    ----------
    activity : DataFrame
        `period_label` and `column`, by time; the last row is the period in question.
    column : str
        The figure to draw.
    usual : (float, float)
        Lower and upper end of the usual range; not drawn when missing.
    written : function
        How to write a value.
    ylabel : str
        Name of the figure, with its unit.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    place = np.arange(len(activity))
    drawn = discretion.drawn(activity, PEOPLE) if column in PEOPLE else activity
    values = drawn[column].to_numpy(dtype=float)
    if np.isfinite(usual).all():
        ax.axhspan(*usual, color=LIGHT, alpha=0.5, lw=0, zorder=0)
        ax.annotate(
            say("usual range"), (0, usual[1]), xycoords=("axes fraction", "data"), xytext=(4, 3),
            textcoords="offset points", fontsize=8.5, color=GREY,
        )  # fmt: skip
    ax.bar(place, values, color=[GREY] * (len(values) - 1) + [ACCENT], width=0.7)
    ax.annotate(
        written(values[-1]), (place[-1], np.nan_to_num(values[-1])), xytext=(0, 4),
        textcoords="offset points", ha="center", color=ACCENT, fontweight="bold",
    )  # fmt: skip
    ax.set_xticks(place, activity["period_label"])
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel(ylabel)
    ax.margins(y=0.12)
    format_axis(ax, "y", written)
    return ax


def effects(parts: pd.DataFrame, written: Callable[[float], str], ax: Axes | None = None) -> Axes:
    """Draw what each factor added to or took from a total.

    Parameters
    ----------
    parts : DataFrame
        `name` and `effect`, in the order of drawing.
    written : function
        How to write an effect.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax, height=0.9 + 0.5 * len(parts))
    place = np.arange(len(parts))[::-1]
    values = parts["effect"].to_numpy(dtype=float)
    ax.barh(place, values, color=[ACCENT if value >= 0 else ALERT for value in values], height=0.6)
    ax.axvline(0, color=INK, lw=0.8)
    for y, value in zip(place, values, strict=True):
        ax.annotate(
            written(value), (value, y), xytext=(5 if value >= 0 else -5, 0),
            textcoords="offset points", va="center", ha="left" if value >= 0 else "right",
        )  # fmt: skip
    ax.set_yticks(place, parts["name"])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.margins(x=0.2)
    return ax
