"""Estimates with their intervals, side by side: one place that draws them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.charts.style import GREY, INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes


def draw_upright(
    ax: Axes, table: pd.DataFrame, value: str, labels: Sequence[str], colours: Sequence[str]
) -> None:
    """Draw one estimate beside another, each with its interval, over labels.

    Parameters
    ----------
    ax : Axes
        To draw on.
    table : DataFrame
        The column `value`, and `low` and `high`, in order.
    value : str
    labels, colours : sequence of str
        One for each row.
    """
    place = np.arange(len(table))
    numbers = table[[value, "low", "high"]].to_numpy(float)
    for at, (middle, low, high), colour in zip(place, numbers, colours, strict=True):
        ax.errorbar(
            at, middle, [[middle - low], [high - middle]],
            fmt="o", ms=6, color=colour, ecolor=colour, elinewidth=2, capsize=0,
        )  # fmt: skip
    ax.set_xticks(place, labels)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.5, len(table) - 0.5)


def draw_lying(
    ax: Axes,
    table: pd.DataFrame,
    value: str,
    labels: Sequence[str],
    colours: Sequence[str],
    texts: Sequence[str],
) -> None:
    """Draw one estimate above another, the first on top, with a text to the right of each.

    Parameters
    ----------
    ax, table, value, labels, colours
        As for `draw_upright`; limits that are missing are not drawn.
    texts : sequence of str
        What each estimate says, in words.
    """
    numbers = table[[value, "low", "high"]].to_numpy(float)[::-1]
    rows = zip(numbers, list(colours)[::-1], list(texts)[::-1], strict=True)
    for at, ((middle, low, high), colour, text) in enumerate(rows):
        ax.plot([low, high], [at, at], color=colour, lw=2.5)
        ax.plot(middle, at, "o", color=colour, ms=7)
        ax.annotate(
            text, (1.02, at), xycoords=("axes fraction", "data"), va="center", color=INK,
            fontsize=9, annotation_clip=False,
        )  # fmt: skip
    ax.set_yticks(range(len(numbers)), list(labels)[::-1])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.set_ylim(-0.6, len(numbers) - 0.4)


def mark_equal(ax: Axes, at: float) -> None:
    """Mark where there is no difference."""
    ax.axvline(at, color=GREY, lw=1)
