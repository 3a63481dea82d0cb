"""Charts of customer value: the forecast and what came, who is still there, who is worth what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import wording
from analysis.charts.style import (
    ACCENT,
    GREY,
    INK,
    LIGHT,
    TIERS,
    format_axis,
    new_axes,
)
from analysis.disclosure import discretion
from analysis.language import say, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def weekly_purchases(weeks: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw repeat order days by week: what came, the model, and the naive rule in the holdout.

    Parameters
    ----------
    weeks : DataFrame
        `week_end`, `actual`, `model`, `naive`, `holdout` of `clv.track_weeks`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    if weeks.empty:
        return ax
    _shade_holdout(weeks, ax)
    _lines(weeks, ax, ("actual", "model", "naive"))
    ax.set(ylim=(0, None), ylabel=say("order days a week"))
    format_axis(ax, "y", wording.count)
    return ax


def total_purchases(weeks: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how far the forecast added up in the holdout was off, with the model's interval.

    Parameters
    ----------
    weeks : DataFrame
        `week_end`, `holdout`, `total_actual`, `total_model`, `total_naive`, `total_low`,
        `total_high`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    if weeks.empty:
        return ax
    ahead = weeks[weeks["holdout"] & (weeks["total_actual"] > 0)]
    off = {
        name: ahead[f"total_{name}"] / ahead["total_actual"] - 1
        for name in ("model", "naive", "low", "high")
    }
    ax.fill_between(ahead["week_end"], off["low"], off["high"], color=ACCENT, alpha=0.25, lw=0)
    ax.axhline(0, color=INK, lw=1.2, label=say("what came"))
    ax.plot(ahead["week_end"], off["model"], color=ACCENT, lw=1.8, label=say("model"))
    ax.plot(ahead["week_end"], off["naive"], "--", color=GREY, lw=1.8, label=say("as last time"))
    ax.set(ylabel=say("forecast against what came, added up"))
    format_axis(ax, "x", _day)
    format_axis(ax, "y", _signed)
    ax.legend(loc="lower right", ncols=3)
    return ax


def deciles(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw forecast and actual order days a customer, by tenth of the customers.

    Parameters
    ----------
    table : DataFrame
        `decile`, `predicted`, `low`, `high`, `actual` of `clv.score_by_decile`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    if table.empty:
        return ax
    table = discretion.drawn(table, ("customers",))
    ax.bar(table["decile"], table["predicted"], color=LIGHT, width=0.75, label=say("forecast"))
    error = np.vstack([table["predicted"] - table["low"], table["high"] - table["predicted"]])
    ax.errorbar(
        table["decile"], table["predicted"], yerr=error, fmt="none", ecolor=GREY, elinewidth=1.5,
        label=say("90% interval"),
    )  # fmt: skip
    ax.plot(table["decile"], table["actual"], "o", color=ACCENT, ms=7, label=say("came"))
    ax.set_xticks(table["decile"])
    ax.set(xlabel=say("tenth of the customers, by forecast"), ylabel=say("order days a customer"))
    ax.legend(loc="upper left")
    return ax


def alive_map(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the chance to be a customer still, by order days and silence.

    Parameters
    ----------
    table : DataFrame
        `order_days`, `weeks_silent`, `probability_alive` of `clv.layout.alive_map`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    if table.empty:
        return ax
    grid = table.pivot_table(index="weeks_silent", columns="order_days", values="probability_alive")
    shades = ax.pcolormesh(
        grid.columns, grid.index, grid.to_numpy(), vmin=0, vmax=1, shading="nearest",
        rasterized=True,
    )  # fmt: skip
    lines = ax.contour(
        grid.columns, grid.index, grid.to_numpy(), levels=[0.1, 0.5, 0.9],
        colors=[INK, INK, "white"],
        linewidths=1,
    )  # fmt: skip
    ax.clabel(lines, fmt=lambda share: wording.percent(share, 0), fontsize=9)
    bar = ax.figure.colorbar(shades, ax=ax, pad=0.02)
    bar.ax.yaxis.set_major_formatter(lambda share, _: wording.percent(share, 0))
    bar.outline.set_visible(False)
    bar.set_label(say("still a customer"))
    ax.grid(visible=False)
    ax.set(xlabel=say("order days in the time fitted to"), ylabel=say("weeks since the last"))
    return ax


def value_histogram(bars: pd.DataFrame, ax: Axes | None = None, *, currency: str = "") -> Axes:
    """Draw how many customers have which value, coloured by tier.

    Parameters
    ----------
    bars : DataFrame
        `low`, `high`, `customers`, `tier` of `clv.layout.value_bars`; the last bar is open.
    ax : Axes, optional
        Axes to draw on.
    currency : str
        Code of the money of `low` and `high`, for the label.
    """
    ax = new_axes(ax)
    if bars.empty:
        return ax
    bars = discretion.drawn(bars, ("customers",))
    width = bars["high"].iloc[0] - bars["low"].iloc[0]
    for tier, part in bars.groupby("tier", sort=False):
        ax.bar(
            part["low"], part["customers"], width=0.92 * width, align="edge",
            color=TIERS[str(tier)], label=translate(str(tier)),
        )  # fmt: skip
    last = bars.iloc[-1]
    ax.annotate(
        say("and above"), (last["low"] + width / 2, np.nan_to_num(last["customers"])),
        xytext=(0, 4), textcoords="offset points", ha="right", fontsize=9, color=INK,
    )  # fmt: skip
    worth = (
        say("value of a customer over the weeks ahead ({currency})", currency=currency)
        if currency
        else say("value of a customer over the weeks ahead")
    )
    ax.set(xlabel=worth, ylabel=say("customers"))
    format_axis(ax, "x", wording.count)
    format_axis(ax, "y", wording.count)
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], labels[::-1], loc="upper right")
    return ax


def tier_shares(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw each tier's share of the customers beside its share of the value.

    Parameters
    ----------
    table : DataFrame
        `tier`, `share_of_customers`, `share_of_value` of `clv.tier_table`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax, height=2.2)
    if table.empty:
        return ax
    known = discretion.drawn(table, ("customers",))
    for row, column in enumerate(("share_of_value", "share_of_customers")):
        left = 0.0
        for tier, share in zip(table["tier"], known[column], strict=True):
            if np.isnan(share):
                continue
            ax.barh(row, share, left=left, color=TIERS[tier], height=0.7)
            text = f"{translate(tier)} {wording.percent(share, 0)}"
            ax.text(left + share / 2, row, text, ha="center", va="center", fontsize=9, color=INK)
            left += share
    ax.set_yticks([0, 1], [say("of the value"), say("of the customers")])
    ax.set_xticks([])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    return ax


def lifetime_cases(table: pd.DataFrame, ax: Axes | None = None, *, currency: str = "") -> Axes:
    """Draw what is left of the lifetime value as it is taught, a bar a case, with its interval.

    Parameters
    ----------
    table : DataFrame
        `case`, `value`, `low`, `high` of `clv.lifetime_example`.
    ax : Axes, optional
        Axes to draw on.
    currency : str
        For the amounts beside the bars.
    """
    ax = new_axes(ax, height=2.4)
    if table.empty:
        return ax
    rows = np.arange(len(table))[::-1]
    colours = [GREY] * (len(table) - 1) + [ACCENT]
    ax.barh(rows, table["value"], color=colours, height=0.6)
    ax.hlines(rows, table["low"], table["high"], color=INK, lw=1.6)
    for row, value, high in zip(rows, table["value"], table["high"], strict=True):
        text = wording.money(value, currency) if currency else wording.count(value)
        ax.annotate(
            text, (high, row), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9
        )
    ax.set_yticks(rows, table["case"])
    ax.set_xticks([])
    ax.set_xlim(0, 1.12 * float(table["high"].max()))
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    return ax


def _signed(share: float) -> str:
    return f"+{wording.percent(share)}" if share > 0 else wording.percent(share)


def _lines(weeks: pd.DataFrame, ax: Axes, columns: tuple[str, str, str]) -> None:
    names = say("what came"), say("model"), say("as last time")
    looks = zip(names, (INK, ACCENT, GREY), ("-", "-", "--"), strict=True)
    for column, (name, colour, line) in zip(columns, looks, strict=True):
        ax.plot(weeks["week_end"], weeks[column], line, color=colour, label=name, lw=1.8)
    format_axis(ax, "x", _day)
    ax.legend(loc="lower right", ncols=3)


def _shade_holdout(weeks: pd.DataFrame, ax: Axes) -> None:
    ahead = weeks.loc[weeks["holdout"], "week_end"]
    ax.axvspan(ahead.iloc[0], ahead.iloc[-1], color=LIGHT, alpha=0.5, lw=0)
    ax.annotate(
        say("held out"), (ahead.iloc[0], 1), xycoords=("data", "axes fraction"), xytext=(4, -4),
        textcoords="offset points", va="top", fontsize=9, color=INK,
    )  # fmt: skip


def _day(number: float) -> str:
    """Write a tick of a time axis: the month on its first day, else day and month."""
    day = pd.Timestamp(number, unit="D")
    if day.day == 1:
        return wording.short_month(day)
    return say("{day} {month}", day=day.day, month=wording.short_month(day))
