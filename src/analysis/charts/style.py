"""The shared look of the charts: one accent against grey, labels at the data."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

_STYLE = str(resources.files("analysis.charts") / "analysis.mplstyle")

plt.style.use(_STYLE)  # importing the charts is choosing their look, for every artist drawn after
PALETTE: tuple[str, ...] = tuple(
    f"#{colour.lstrip('#')}" for colour in mpl.rcParams["axes.prop_cycle"].by_key()["color"]
)
ACCENT = PALETTE[0]
ALERT = PALETTE[1]
GREY = "#9aa3af"
LIGHT = "#d5dae1"
INK = "#222b38"
TIERS = {"Gold": "#d9b23c", "Silver": "#b4bbc5", "Bronze": "#b98b6b"}


def new_axes(ax: Axes | None = None, *, height: float | None = None) -> Axes:
    """Return `ax`, or the axes of a new figure in the house style.

    Parameters
    ----------
    ax : Axes, optional
        Axes to draw on; None makes a figure.
    height : float, optional
        Height of a new figure in inches.
    """
    if ax is not None:
        return ax
    figure, made = plt.subplots()
    if height is not None:
        figure.set_figheight(height)
    return made


def format_axis(ax: Axes, which: str, text: Callable[[float], str]) -> None:
    """Write the tick labels of axis `which` ('x' or 'y') with `text`."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: text(value)))


def label_end(ax: Axes, x: float, y: float, text: str, colour: str = INK) -> None:
    """Write `text` to the right of a line's last point, instead of a legend."""
    ax.annotate(
        text, (x, y), xytext=(6, 0), textcoords="offset points", va="center", color=colour,
        fontsize=9, annotation_clip=False,
    )  # fmt: skip
