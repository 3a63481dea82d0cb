"""What an earlier report told of the rows of a table: it cannot be taken back.

A row that bears a time in its name means the same in each report; what is now told of others as
"before" was told then as how it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import disclosure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["keys_of", "told_before"]

_TIME = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")
"""In the name of a row: it is of one time, and means the same in the next report."""
_BEFORE = "_before"
_CUSTOMER = "customer_id"


def told_before(
    folder: Path, names: pd.DataFrame, counted: Sequence[str], counts: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which counts of the same rows an earlier report told, and which it withheld.

    Parameters
    ----------
    folder : Path
        Of the run of that report.
    names : DataFrame
        What the rows are.
    counted : sequence of columns
    counts : array, rows x columns
    """
    told, withheld = np.zeros(counts.shape, bool), np.zeros(counts.shape, bool)
    bound = disclosure.bound_in_data(small=False)
    keys = keys_of(names) if names.shape[1] else []
    for old in _tables_of(str(folder)):
        if not set(names.columns) <= set(old.columns):
            continue
        rows = {key: at for at, key in enumerate(keys_of(old[names.columns]))}
        for row, key in enumerate(keys):
            of_a_time = any(_TIME.search(text) for text in key)
            for at, column in enumerate(counted):
                then = column if of_a_time else column.removesuffix(_BEFORE)
                if key not in rows or then not in old or (then == column and not of_a_time):
                    continue
                cell = old[then].iloc[rows[key]]
                withheld[row, at] |= cell == bound
                told[row, at] |= cell.removesuffix(".0") == f"{counts[row, at]:.0f}"
    return told, withheld


@lru_cache(maxsize=2)
def _tables_of(folder: str) -> tuple[pd.DataFrame, ...]:
    """Return the tables of a run that name nobody, as texts."""
    paths = sorted((Path(folder) / "tables").glob("*.csv")) if folder else []
    tables = []
    for path in paths:
        with path.open(encoding="utf-8-sig") as lines:
            if _CUSTOMER in next(lines, ""):
                continue
        tables.append(pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig"))
    return tuple(tables)


def keys_of(names: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the names of the rows as a CSV has them."""
    texts = names.astype(object).map(
        lambda value: str(value.date() if isinstance(value, pd.Timestamp) else value).lstrip("'")
    )
    return [tuple(row) for row in texts.to_numpy()]
