"""Names of the rows and cells of a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.language import translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

_ROW_HEIGHT = 0.42
_MARGIN_HEIGHT = 0.9


def row_height(rows: int) -> float:
    """Return the height of a chart of so many horizontal rows, in inches."""
    return _MARGIN_HEIGHT + _ROW_HEIGHT * rows


def name_rows(axes: Axes, names: Iterable[object]) -> None:
    """Name horizontal rows, the first on top."""
    labels = [translate(str(name)) for name in names]
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.8)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.tick_params(axis="y", length=0)


def name_cells(axes: Axes, columns: Sequence[str], rows: Sequence[str]) -> None:
    """Name the columns and rows of a heat map and part its cells by white lines."""
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    axes.grid(visible=False, which="major")
    axes.grid(visible=True, which="minor", axis="both", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
