"""Charts of retention: periods, cohorts, second orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import seaborn as sns

from analysis import wording
from analysis.charts.style import ACCENT, ALERT, GREY, INK, LIGHT, format_axis, label_end, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def retention_by_period(activity: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of each period's customers who came again in the next, with its band.

    Parameters
    ----------
    activity : DataFrame
        `period_start`, `retention`, `low`, `high` of `retention.activity_by_period`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    known = activity.dropna(subset=["retention"])
    if known.empty:
        return ax
    ax.fill_between(known["period_start"], known["low"], known["high"], color=LIGHT, lw=0)
    ax.plot(known["period_start"], known["retention"], color=ACCENT, marker="o", ms=4)
    last = known.iloc[-1]
    label_end(
        ax, last["period_start"], last["retention"], wording.percent(last["retention"]), ACCENT
    )
    ax.set_ylabel("came again in the next period")
    format_axis(ax, "y", lambda share: wording.percent(share, 0))
    return ax


def customer_flows(activity: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw kept, returned and new customers upwards and lapsed ones downwards, by period.

    Parameters
    ----------
    activity : DataFrame
        `period_label`, `kept`, `returned`, `new`, `lapsed`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    place = np.arange(len(activity))
    lapsed = activity["lapsed"].fillna(0).to_numpy(dtype=float)
    floor = np.zeros(len(activity))
    parts = [("kept", LIGHT, GREY), ("returned", ACCENT, ACCENT), ("new", INK, INK)]
    for name, fill, _ in parts:
        heights = activity[name].to_numpy(dtype=float)
        ax.bar(place, heights, bottom=floor, color=fill, width=0.75, label=name)
        floor += heights
    ax.bar(place, -lapsed, color=ALERT, width=0.75, label="lapsed")
    ax.axhline(0, color=GREY, lw=0.8)
    ax.set_xticks(place, activity["period_label"])
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel("customers")
    format_axis(ax, "y", lambda n: wording.count(abs(n)))
    handles, labels = _in_words(ax)
    ax.legend(
        handles, labels, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, borderaxespad=0.2
    )
    return ax


def cohort_heatmap(
    triangle: pd.DataFrame, ax: Axes | None = None, *, marked: tuple[str, ...] = ()
) -> Axes:
    """Draw a cohort triangle: cohorts down, months since the first order across.

    Parameters
    ----------
    triangle : DataFrame
        Cohorts (as labels) by age in months; shares; cells not lived are missing and stay empty.
    ax : Axes, optional
        Axes to draw on.
    marked : tuple of str
        Labels of cohorts that are left-truncated; they get an asterisk.
    """
    ax = new_axes(ax, height=0.9 + 0.31 * len(triangle))
    ages = triangle.drop(columns=0, errors="ignore")
    texts = ages.map(lambda share: "" if np.isnan(share) else f"{100 * share:.0f}")
    top = float(np.nanmax(ages.to_numpy())) if ages.notna().to_numpy().any() else 1.0
    sns.heatmap(
        ages, ax=ax, annot=texts, fmt="", cmap="Blues", vmin=0, vmax=max(top, 0.01), cbar=False,
        linewidths=1.5, linecolor="white", mask=ages.isna(), annot_kws={"fontsize": 8.5},
    )  # fmt: skip
    ax.grid(visible=False)
    ax.set_yticks(
        np.arange(len(ages)) + 0.5,
        [f"{label} *" if label in marked else str(label) for label in ages.index],
        rotation=0,
    )
    ax.tick_params(length=0)
    ax.set_xlabel("months after the first order (percent of the cohort)")
    ax.set_ylabel("")
    return ax


def cohort_spend(
    triangle: pd.DataFrame,
    currency: str,
    ax: Axes | None = None,
    *,
    marked: tuple[str, ...] = (),
) -> Axes:
    """Draw what each cohort spends a month per customer won, old cohorts in grey.

    Parameters
    ----------
    triangle : DataFrame
        Cohorts (as labels) by age in months; currency per customer won.
    currency : str
        ISO 4217 code.
    ax : Axes, optional
        Axes to draw on.
    marked : tuple of str
        Labels of cohorts that are left-truncated.
    """
    ax = new_axes(ax)
    for label, spend in triangle.iterrows():
        lived = spend.dropna()
        colour = GREY if label in marked else ACCENT
        ax.plot(lived.index, lived, color=colour, lw=1.4, alpha=0.85, marker="o", ms=2.5)
        if len(lived) > 1:
            label_end(ax, lived.index[-1], lived.iloc[-1], str(label), colour)
    ax.set_xlabel("months since the first order" + (" (grey: cohorts marked *)" if marked else ""))
    ax.set_ylabel("net sales a month per customer won")
    ax.set_ylim(bottom=0)
    format_axis(ax, "y", lambda amount: wording.money(amount, currency))
    return ax


def second_order(curve: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of new customers who have ordered again, by days since the first order.

    Parameters
    ----------
    curve : DataFrame
        `days`, `share`, `low`, `high` of `retention.second_order_curve`.
    ax : Axes, optional
        Axes to draw on.
    """
    ax = new_axes(ax)
    if curve.empty:
        return ax
    ax.fill_between(curve["days"], curve["low"], curve["high"], step="post", color=LIGHT, lw=0)
    ax.step(curve["days"], curve["share"], where="post", color=ACCENT)
    last = curve.iloc[-1]
    label_end(ax, last["days"], last["share"], wording.percent(last["share"], 0), ACCENT)
    ax.set_ylim(0, 1)
    ax.set_xlim(left=0)
    ax.set_xlabel("days since the first order")
    ax.set_ylabel("have ordered again")
    format_axis(ax, "y", lambda share: wording.percent(share, 0))
    return ax


def _in_words(ax: Axes) -> tuple[list[Artist], list[str]]:
    words = {
        "kept": "kept: ordered in the period before too",
        "returned": "returned after a pause",
        "new": "first seen",
        "lapsed": "lapsed: did not come again",
    }
    handles, labels = ax.get_legend_handles_labels()
    return handles, [words[label] for label in labels]
