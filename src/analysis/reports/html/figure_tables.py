"""The numbers behind the figures of a report, as CSV files beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis import exports

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.reports.html.blocks import Content

__all__ = ["write_figure_tables"]


def write_figure_tables(content: Content, folder: Path) -> list[str]:
    """Write the numbers of every figure that brought them; return the names of the files.

    Parameters
    ----------
    content : Content
        Of an executed notebook.
    folder : Path
        Of the run's tables; made when missing.
    """
    with_numbers = [figure for figure in content.figures if figure.file]
    for figure in with_numbers:
        rows = pd.DataFrame(figure.shown.rows, columns=figure.shown.columns, dtype=object)
        exports.write(rows, folder / figure.file)
    return [figure.file for figure in with_numbers]
