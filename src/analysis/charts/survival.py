"""Survival curves with the numbers at risk below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import disclosure, wording
from analysis.charts.style import ACCENT, ALERT, INK, PALETTE, format_axis, label_end, new_axes
from analysis.language import say, translate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_LEAST = 0.005


def survival_curves(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of each segment that stays, with bands and the numbers at risk below.

    Parameters
    ----------
    table : DataFrame
        From `churn.sentences.curve_rows`: `segment` (in order), `time`, `survival`, `low`,
        `high`, `n_risk`, `at_tick` and `scale` (what time is counted from, in words).
    ax : Axes, optional
        Axes to draw on.
    """
    names = list(table["segment"].drop_duplicates())
    ax = new_axes(ax, height=3.6 + 0.22 * len(names))
    ends: dict[str, float] = {}
    for name, colour in zip(names, _colours(len(names)), strict=True):
        rows = table.loc[table["segment"] == name]
        ax.fill_between(
            rows["time"], rows["low"], rows["high"], step="post", color=colour, alpha=0.14, lw=0
        )
        ax.step(rows["time"], rows["survival"], where="post", color=colour)
        ends[name] = float(rows["survival"].iloc[-1])
    last = float(table["time"].max())
    floor = max(0.0, float(table["low"].min()) - 0.03)
    for name, y, colour in zip(
        names, _apart(ends, 0.055 * (1.01 - floor)), _colours(len(names)), strict=True
    ):
        text = say("{name}: {share}", name=name, share=wording.percent(ends[name], 0))
        label_end(ax, last, y, text, colour)
    ax.set(
        ylim=(floor, 1.01), xlim=(float(table["time"].min()), last), ylabel=say("still customers")
    )
    ax.set_xlabel(str(table["scale"].iloc[0]))
    format_axis(ax, "y", lambda share: wording.percent(share, 0))
    _numbers_at_risk(ax, table, names)
    return ax


def readings(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the survival curves that one table gives under different readings of it.

    Parameters
    ----------
    table : DataFrame
        From `churn.sentences_sampling.reading_rows`: `reading` (in words), `verdict` ('valid',
        'possible', 'not valid' or 'too few'), `time`, `survival`, `low`, `high` and `scale`.
    ax : Axes, optional
        Axes to draw on.
    """
    rows = table.loc[table["verdict"] != "too few"]
    ax = new_axes(ax)
    last = float(rows["time"].max())
    ends = {
        str(name): float(curve["survival"].iloc[-1])
        for name, curve in rows.groupby("reading", sort=False)
    }
    colours = iter([ACCENT, INK, *PALETTE[2:]])
    heights = dict(zip(ends, _apart(ends, 0.11), strict=True))
    for name in ends:
        curve = rows.loc[rows["reading"] == name]
        verdict = str(curve["verdict"].iloc[0])
        holds = verdict != "not valid"
        colour, dashes = (next(colours), "-") if holds else (ALERT, "--")
        ax.fill_between(
            curve["time"], curve["low"], curve["high"], step="post", color=colour, alpha=0.14, lw=0
        )
        ax.step([0, *curve["time"]], [1, *curve["survival"]], where="post", color=colour, ls=dashes)
        share = wording.percent(ends[name], 0) if ends[name] >= _LEAST else say("under 1%")
        text = say("{name}: {share}", name=name, share=share)
        text = say("{text}\n({verdict})", text=text, verdict=translate(verdict))
        label_end(ax, last, heights[name], text, colour)
    ax.set(ylim=(0, 1.01), xlim=(0, last), ylabel=say("still customers"))
    ax.set_xlabel(str(rows["scale"].iloc[0]))
    format_axis(ax, "y", lambda share: wording.percent(share, 0))
    return ax


def _colours(n: int) -> list[str]:
    return [PALETTE[i % len(PALETTE)] for i in range(n)]


def _apart(ends: dict[str, float], gap: float) -> list[float]:
    """Move the heights of labels apart until none overlap, in their order."""
    names = sorted(ends, key=lambda name: ends[name])
    heights: dict[str, float] = {}
    floor = -np.inf
    for name in names:
        heights[name] = floor = max(ends[name], floor + gap)
    over = max(floor - 1.0, 0.0)
    ceiling = np.inf
    for name in reversed(names):
        heights[name] = ceiling = min(
            heights[name] - (over if name == names[-1] else 0), ceiling - gap
        )
    return [heights[name] for name in ends]


def _numbers_at_risk(ax: Axes, table: pd.DataFrame, names: list[str]) -> None:
    ticks = table.loc[table["at_tick"]]
    times = ticks["time"].drop_duplicates()
    ax.set_xticks(times)
    numbers = {(str(a), t): n for a, t, n in ticks[["segment", "time", "n_risk"]].to_numpy()}
    below = ax.get_xaxis_transform()
    for line, (name, colour) in enumerate(zip(names, _colours(len(names)), strict=True)):
        for time in times:
            ax.annotate(
                disclosure.people(numbers[name, time]), (time, 0), xytext=(0, -46 - 14 * line),
                xycoords=below, textcoords="offset points", ha="center", color=colour,
                fontsize=8.5, annotation_clip=False,
            )  # fmt: skip
    ax.annotate(
        say("customers\nobserved"), (float(times.iloc[0]), 0), xytext=(-24, -52), xycoords=below,
        textcoords="offset points", ha="right", va="center", color=INK, fontsize=8.5,
        annotation_clip=False,
    )  # fmt: skip
