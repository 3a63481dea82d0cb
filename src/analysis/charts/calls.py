"""Charts of those to call: who slowed down, whose risk is high, and what acting did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import wording
from analysis.charts.intervals import draw_lying, mark_equal
from analysis.charts.style import ACCENT, ALERT, GREY, INK, LIGHT, format_axis, new_axes
from analysis.language import say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PAD = 10


def calls(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the customers to call: their pace, or their risk where they have contracts.

    Parameters
    ----------
    table : DataFrame
        From `churn.lists.stake_rows`: for `slowed_down` or `most_at_risk`.
    ax : Axes, optional
        Axes to draw on.
    """
    return most_at_risk(table, ax) if "risk" in table else slowed_down(table, ax)


def slowed_down(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw usual and recent orders of the customers with the most at stake.

    Parameters
    ----------
    table : DataFrame
        `usual_orders`, `recent_orders`, `stake` (in words), the most at stake first.
    ax : Axes, optional
        Axes to draw on.
    """
    rows = table.iloc[::-1].reset_index(drop=True)
    ax = new_axes(ax, height=1.2 + 0.3 * len(rows))
    place = np.arange(len(rows))
    ax.hlines(place, rows["recent_orders"], rows["usual_orders"], color=LIGHT, lw=3)
    ax.plot(rows["usual_orders"], place, "o", color=GREY, ms=7)
    ax.plot(rows["recent_orders"], place, "o", color=ALERT, ms=7)
    top = rows.iloc[-1]
    for text, x, colour in (
        (say("usual"), top["usual_orders"], INK),
        (say("now"), top["recent_orders"], ALERT),
    ):
        ax.annotate(
            text, (x, place[-1]), xytext=(0, 9), textcoords="offset points", ha="center",
            color=colour, fontsize=9, annotation_clip=False,
        )  # fmt: skip
    ax.set_yticks(place, list(rows["stake"]))
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False)
    ax.set(xlim=(-0.6, None), ylim=(-0.7, len(rows)), xlabel=say("days with an order"))
    ax.set_ylabel(say("at stake in a year"), labelpad=_PAD)
    return ax


def most_at_risk(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the risk of the customers with the most at stake, with intervals.

    Parameters
    ----------
    table : DataFrame
        `risk`, `low`, `high`, `stake` and `why` (in words), the most at stake first.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax, height=1.1 + 0.36 * len(table))
    draw_lying(
        ax, table, "risk", list(table["stake"]), [ALERT] * len(table), list(table["why"])
    )  # fmt: skip
    ax.set(xlim=(0, 1.05 * float(table["high"].max())), xlabel=say("risk of leaving"))
    ax.set_ylabel(say("at stake in a year"), labelpad=_PAD)
    format_axis(ax, "x", lambda share: wording.percent(share, 0))
    return ax


def effects(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw by how many points those acted on differ from those left alone, with intervals.

    Parameters
    ----------
    table : DataFrame
        `what` (of which list), `points`, `low`, `high`, `told` (in words).
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax, height=1.2 + 0.45 * len(table))
    clear = (table["low"] > 0) | (table["high"] < 0)
    colours = [ACCENT if one else GREY for one in clear]
    draw_lying(ax, table, "points", list(table["what"]), colours, list(table["told"]))
    mark_equal(ax, 0)
    reach = 1.15 * float(table[["low", "high"]].abs().to_numpy().max())
    ax.set(xlim=(-reach, reach), xlabel=say("points more than those left alone"))
    format_axis(ax, "x", lambda points: wording.number(points, 0))
    return ax
