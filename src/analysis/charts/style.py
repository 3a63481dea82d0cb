"""The shared look of the charts: one accent against grey, labels at the data."""

from __future__ import annotations

import math
from importlib import resources
from typing import TYPE_CHECKING

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.font_manager import fontManager
from matplotlib.ticker import Formatter

from analysis.errors import AnalysisError
from analysis.language import current

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
LATIN_FONT = "DejaVu Sans"
"""It comes with matplotlib."""
CHINESE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "PingFang SC", "Hiragino Sans GB", "Heiti SC",
    "Microsoft YaHei", "SimHei",
)  # fmt: skip
"""The fonts that Linux, macOS and Windows have for simplified Chinese; the first found serves."""


def new_axes(ax: Axes | None = None, *, height: float | None = None) -> Axes:
    """Return `ax`, or the axes of a new figure in the house style.

    Parameters
    ----------
    ax : Axes, optional
        Axes to draw on; None makes a figure.
    height : float, optional
        Height of a new figure in inches.

    Raises
    ------
    AnalysisError
        When charts are to be in Chinese and no font has its characters.
    """
    mpl.rcParams["font.family"] = fonts()
    if ax is not None:
        return ax
    figure, made = plt.subplots()
    if height is not None:
        figure.set_figheight(height)
    return made


def fonts() -> list[str]:
    """Return the fonts of the language that is spoken; each fills the gaps of those before it."""
    installed = set(fontManager.get_font_names())
    chinese = [name for name in CHINESE_FONTS if name in installed][:1]
    if current() != "zh":
        return [LATIN_FONT, *chinese]
    if not chinese:
        raise AnalysisError(
            "Charts in Chinese need a font with Chinese characters; none of the"
            f" {len(CHINESE_FONTS)} known ones is installed, first {CHINESE_FONTS[0]!r}. Install"
            " one (on Debian: apt install fonts-noto-cjk), or set language to 'en'. A font that"
            " was installed just now is found once matplotlib's cache"
            f" ({mpl.get_cachedir()}) is removed."
        )
    return [*chinese, LATIN_FONT]


def format_axis(ax: Axes, which: str, text: Callable[[float], str]) -> None:
    """Write the tick labels of axis `which` ('x' or 'y') with `text`."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(_Written(text))


class _Written(Formatter):
    """Writes ticks with a function; where neighbours would read the same, fewer have a label."""

    def __init__(self, text: Callable[[float], str]) -> None:
        self.text = text

    def __call__(self, value: float, _place: int | None = None) -> str:
        return self.text(value)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        labels = [self.text(value) for value in values]
        least = min(range(len(labels)), key=lambda at: abs(values[at]), default=0)
        for step in range(1, len(labels)):
            kept = range(least % step, len(labels), step)
            if len({labels[at] for at in kept}) == len(kept):
                return [label if at in kept else "" for at, label in enumerate(labels)]
        return labels


def label_end(ax: Axes, x: float, y: float, text: str, colour: str = INK) -> None:
    """Write `text` to the right of a line's last point, instead of a legend; none, no text."""
    if not math.isfinite(y):
        return
    ax.annotate(
        text, (x, y), xytext=(6, 0), textcoords="offset points", va="center", color=colour,
        fontsize=9, annotation_clip=False,
    )  # fmt: skip
