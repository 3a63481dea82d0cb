"""Charts of churn: the silence that counts, the losses, who stays, why, and whom to call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import display, wording
from analysis.charts.departures import competing_reasons, hazard, segment_windows, window_effect
from analysis.charts.style import (
    ACCENT,
    ALERT,
    GREY,
    INK,
    LIGHT,
    format_axis,
    new_axes,
)
from analysis.charts.survival import readings, survival_curves

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.display import Bundle
    from analysis.findings import Finding

__all__ = [
    "churn_rates",
    "competing_reasons",
    "hazard",
    "hazard_ratios",
    "readings",
    "reasons",
    "reliability",
    "return_probability",
    "rule",
    "segment_windows",
    "shown",
    "slowed_down",
    "survival_curves",
    "window_effect",
]


def shown(
    chart: Callable[[pd.DataFrame], Axes], table: pd.DataFrame, finding: Finding | None
) -> Bundle | Finding | None:
    """Show a chart under its finding, or the finding alone where there is nothing to draw."""
    return finding if finding is None or table.empty else display.figure(chart(table), finding)


def rule(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what a loss rests on: returns after a silence, or the reasons of ended contracts.

    Parameters
    ----------
    table : DataFrame
        From `churn.sentences.rule_table`: silences or reasons.
    ax : Axes, optional
        Axes to draw on.
    """
    return reasons(table, ax) if "reason" in table else return_probability(table, ax)


def return_probability(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many silences still end in an order, by their length, with the window marked.

    Parameters
    ----------
    table : DataFrame
        `days`, `return_probability`, `low`, `high`, `is_window`, and `is_watched`: whether
        silences were followed for as long again, without which the curve falls by itself.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    watched, rest = table.loc[table["is_watched"]], table.loc[~table["is_watched"]]
    ax.fill_between(watched["days"], watched["low"], watched["high"], color=LIGHT, lw=0)
    ax.plot(rest["days"], rest["return_probability"], color=GREY, ls=":")
    ax.plot(watched["days"], watched["return_probability"], color=ACCENT)
    if len(rest):
        middle = rest.iloc[len(rest) // 2]
        ax.annotate(
            "not followed for long enough:\nfalls to 0 by itself",
            (middle["days"], middle["return_probability"]), xytext=(12, 6),
            textcoords="offset points", color=INK, fontsize=9,
        )  # fmt: skip
    for _, row in table.loc[table["is_window"]].iterrows():
        days, share = float(row["days"]), float(row["return_probability"])
        ax.axvline(days, color=ALERT, lw=1.2)
        ax.plot(days, share, "o", color=ALERT, ms=6)
        ax.annotate(
            f"{wording.days(days)} of silence:\n{wording.percent(share, 0)} still came back",
            (days, share), xytext=(-8, -14), textcoords="offset points", color=ALERT, fontsize=9,
            va="top", ha="right",
        )  # fmt: skip
    ax.set(ylim=(0, 1.02), xlim=(0, None), xlabel="days without an order", ylabel="came back later")
    format_axis(ax, "y", lambda share: wording.percent(share, 0))
    return ax


def reasons(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many customers left, by reason.

    Parameters
    ----------
    table : DataFrame
        `reason`, `lost`, the most frequent first; the first ten are drawn.
    ax : Axes, optional
        Axes to draw on.
    """
    rows = table.head(10).iloc[::-1]
    ax = new_axes(ax, height=0.9 + 0.32 * len(rows))
    ax.barh(list(rows["reason"]), list(rows["lost"]), color=ACCENT, height=0.65)
    for at, n in enumerate(rows["lost"]):
        ax.annotate(
            wording.count(n), (n, at), xytext=(5, 0), textcoords="offset points", va="center",
            fontsize=9,
        )  # fmt: skip
    ax.grid(visible=False)
    ax.set_xlabel("customers who left")
    ax.margins(x=0.1)
    format_axis(ax, "x", wording.count)
    return ax


def churn_rates(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of the active customers lost in each period, with its interval.

    Parameters
    ----------
    table : DataFrame
        `label`, `rate`, `low`, `high`, by time.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    place = np.arange(len(table))
    colours = [GREY] * (len(table) - 1) + [ACCENT]
    below, above = table["rate"] - table["low"], table["high"] - table["rate"]
    for at, colour in zip(place, colours, strict=True):
        ax.errorbar(
            at, table["rate"].iloc[at], [[below.iloc[at]], [above.iloc[at]]],
            fmt="o", ms=6, color=colour, ecolor=colour, elinewidth=2,
        )  # fmt: skip
    ax.annotate(
        wording.percent(table["rate"].iloc[-1]), (place[-1], table["rate"].iloc[-1]),
        xytext=(9, 0), textcoords="offset points", va="center", color=ACCENT, fontsize=9,
    )  # fmt: skip
    ax.set_xticks(place, table["label"])
    ax.tick_params(axis="x", length=0)
    top = 1.08 * float(table["high"].max()) or None
    ax.set(ylim=(0, top), xlim=(-0.5, len(table) - 0.3), ylabel="of the active customers lost")
    format_axis(ax, "y", wording.percent)
    return ax


def hazard_ratios(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how much faster or slower customers are lost who differ in one respect.

    Parameters
    ----------
    table : DataFrame
        `difference` (in words), `effect` (in words), `hazard_ratio`, `low`, `high`.
    ax : Axes, optional
        Axes to draw on.
    """
    rows = table.iloc[::-1].reset_index(drop=True)
    ax = new_axes(ax, height=1.1 + 0.5 * len(rows))
    clear = (rows["low"] > 1) | (rows["high"] < 1)
    for at, row in enumerate(rows.to_dict("records")):
        colour = GREY if not clear[at] else ALERT if row["hazard_ratio"] > 1 else ACCENT
        ax.plot([row["low"], row["high"]], [at, at], color=colour, lw=2.5)
        ax.plot(row["hazard_ratio"], at, "o", color=colour, ms=7)
        ax.annotate(
            row["effect"], (1.02, at), xycoords=("axes fraction", "data"), va="center",
            color=INK, fontsize=9, annotation_clip=False,
        )  # fmt: skip
    ax.axvline(1, color=GREY, lw=1)
    ax.set_xscale("log", base=2)
    reach = 1.15 * max(rows["high"].max(), 1 / rows["low"].min(), 2)
    ax.set(xlim=(1 / reach, reach), ylim=(-0.6, len(rows) - 0.4))
    ax.set_yticks(range(len(rows)), rows["difference"])
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("lost more slowly      ←   times as fast   →      lost faster")
    step = np.ceil(np.log2(reach) / 3)
    ticks = 2.0 ** (step * np.arange(-3, 4))
    ax.set_xticks(ticks[(ticks > 1 / reach) & (ticks < reach)])
    format_axis(ax, "x", lambda ratio: f"{ratio:.3g}")
    return ax


def reliability(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the predicted risk of each tenth of the customers beside what happened.

    Parameters
    ----------
    table : DataFrame
        `tenth`, `predicted`, `observed`, `low`, `high`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    place = table["tenth"]
    ax.errorbar(
        place + 0.12, table["observed"],
        [table["observed"] - table["low"], table["high"] - table["observed"]],
        fmt="o", ms=6, color=ACCENT, elinewidth=2, label="happened",
    )  # fmt: skip
    ax.plot(place - 0.12, table["predicted"], "D", color=GREY, ms=6, label="predicted")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    ax.set_xticks(place)
    ax.set(
        xlim=(0.4, 10.6),
        ylim=(0, None),
        xlabel="tenth of the customers, by predicted risk",
        ylabel="lost",
    )
    format_axis(ax, "y", lambda share: wording.percent(share, 0))
    return ax


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
        ("usual", top["usual_orders"], INK),
        ("now", top["recent_orders"], ALERT),
    ):
        ax.annotate(
            text, (x, place[-1]), xytext=(0, 9), textcoords="offset points", ha="center",
            color=colour, fontsize=9, annotation_clip=False,
        )  # fmt: skip
    ax.set_yticks(place, rows["stake"])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False)
    ax.set(xlim=(-0.6, None), ylim=(-0.7, len(rows)), xlabel="days with an order")
    ax.set_ylabel("at stake in a year")
    return ax
