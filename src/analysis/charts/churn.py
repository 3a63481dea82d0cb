"""Charts of churn: the silence that counts, the losses, who stays, why, and whom to call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import disclosure, display, wording
from analysis.charts.calls import calls, effects
from analysis.charts.departures import competing_reasons, hazard, segment_windows, window_effect
from analysis.charts.intervals import draw_lying, draw_upright, mark_equal
from analysis.charts.style import ACCENT, ALERT, GREY, INK, LIGHT, format_axis, new_axes
from analysis.charts.survival import readings, survival_curves
from analysis.disclosure import discretion
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.churn.figures import About
    from analysis.display import Bundle
    from analysis.findings import Finding

__all__ = [
    "calls",
    "churn_rates",
    "competing_reasons",
    "effects",
    "hazard",
    "hazard_ratios",
    "readings",
    "reasons",
    "reliability",
    "return_probability",
    "rule",
    "segment_windows",
    "shown",
    "survival_curves",
    "window_effect",
]


def shown(
    chart: Callable[[pd.DataFrame], Axes],
    table: pd.DataFrame,
    finding: Finding | None,
    about: About,
) -> Bundle | Finding | None:
    """Show a chart under its finding, or the finding alone where there is nothing to draw.

    Parameters
    ----------
    chart : function of a table
    table : DataFrame
        As the chart takes it.
    finding : Finding or None
        What the chart shows; nothing is shown without it.
    about : About
        What stands with the chart: its subtitle, and which columns are its numbers.
    """
    if finding is None or table.empty:
        return finding
    data = table[list(about.columns)]
    return display.figure(
        chart(table.assign(**discretion.drawn(data, about.people))),
        finding,
        subtitle=about.subtitle,
        data=data,
        labels=about.columns,
        formats=about.formats,
        people=about.people,
    )


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
            say("not followed for long enough:\nfalls to 0 by itself"),
            (middle["days"], middle["return_probability"]), xytext=(12, 6),
            textcoords="offset points", color=INK, fontsize=9,
        )  # fmt: skip
    for _, row in table.loc[table["is_window"]].iterrows():
        days, share = float(row["days"]), float(row["return_probability"])
        ax.axvline(days, color=ALERT, lw=1.2)
        ax.plot(days, share, "o", color=ALERT, ms=6)
        ax.annotate(
            say(
                "{days} of silence:\n{share} still came back",
                days=wording.days(days), share=wording.percent(share, 0),
            ),
            (days, share), xytext=(-8, -14), textcoords="offset points", color=ALERT, fontsize=9,
            va="top", ha="right",
        )  # fmt: skip
    ax.set(ylim=(0, 1.02), xlim=(0, None))
    ax.set(xlabel=say("days without an order"), ylabel=say("came back later"))
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
            disclosure.people(n), (np.nan_to_num(n), at), xytext=(5, 0),
            textcoords="offset points", va="center", fontsize=9,
        )  # fmt: skip
    ax.grid(visible=False)
    ax.set_xlabel(say("customers who left"))
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
    colours = [GREY] * (len(table) - 1) + [ACCENT]
    draw_upright(ax, table, "rate", list(table["label"]), colours)
    last = len(table) - 1
    rate = float(table["rate"].iloc[-1])
    if np.isfinite(rate):
        ax.annotate(
            wording.percent(rate), (last, rate),
            xytext=(9, 0), textcoords="offset points", va="center", color=ACCENT, fontsize=9,
        )  # fmt: skip
    top = 1.08 * float(table["high"].fillna(0.0).max()) or None
    ax.set(ylim=(0, top), xlim=(-0.5, last + 0.7), ylabel=say("of the active customers lost"))
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
    ax = new_axes(ax, height=1.1 + 0.5 * len(table))
    colours = [
        GREY if low <= 1 <= high else ALERT if ratio > 1 else ACCENT
        for ratio, low, high in table[["hazard_ratio", "low", "high"]].to_numpy(float)
    ]
    names, effects = list(table["difference"]), list(table["effect"])
    draw_lying(ax, table, "hazard_ratio", names, colours, effects)
    mark_equal(ax, 1)
    ax.set_xscale("log", base=2)
    reach = 1.15 * max(table["high"].max(), 1 / table["low"].min(), 2)
    ax.set_xlim(1 / reach, reach)
    ax.set_xlabel(say("lost more slowly      ←   times as fast   →      lost faster"))
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
        fmt="o", ms=6, color=ACCENT, elinewidth=2, label=say("happened"),
    )  # fmt: skip
    ax.plot(place - 0.12, table["predicted"], "D", color=GREY, ms=6, label=say("predicted"))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    ax.set_xticks(place)
    ax.set(
        xlim=(0.4, 10.6),
        ylim=(0, None),
        xlabel=say("tenth of the customers, by predicted risk"),
        ylabel=say("lost"),
    )
    format_axis(ax, "y", lambda share: wording.percent(share, 0))
    return ax
