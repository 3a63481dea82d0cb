"""Which rows of two tables are the same, or parts of the same, as their reader sees.

Rows are found again by their names, where these are written alike, else by the counts that both
have.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import numpy as np

from analysis.disclosure.spans import SPAN, with_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ENOUGH", "Sheet", "by_name", "repeated", "same_rows", "slices_of"]

ENOUGH = 2
"""Names, or rows, that two tables share when they speak of the same."""
_BEYOND_CHANCE = 50
"""A count from here on is rarely that of two rows."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of counts, and where each count stands among all of the report.

    Attributes
    ----------
    names : DataFrame of texts
        What its rows are.
    columns : tuple of str
    counts : array, rows x columns
    cells : array of int, rows x columns
        Numbers in `Knowledge`; -1 where there is no count.
    large : bool
        Whether it has so many small counts that its equations are not solved.
    """

    names: pd.DataFrame
    columns: tuple[str, ...]
    counts: NDArray[np.float64]
    cells: NDArray[np.int64]
    large: bool = False


def same_rows(fine: Sheet, coarse: Sheet, least: int) -> list[NDArray[np.int64]]:
    """Return for each row of a table the row of another one that it is, or is a part of."""
    return list(by_name(fine.names, coarse.names)) or _by_count(fine, coarse, least)


def by_name(fine: pd.DataFrame, coarse: pd.DataFrame) -> Iterator[NDArray[np.int64]]:
    """Give each way to find the names of a table among those of a more detailed one."""
    if fine.shape[1] < coarse.shape[1]:
        return
    detailed = with_spans(fine) if len(fine) > len(coarse) else fine
    at = {key: row for row, key in enumerate(coarse.itertuples(index=False, name=None))}
    if len(at) < len(coarse) or coarse.shape[1] == 0:
        return
    levels = [set(coarse[name]) for name in coarse]
    ours = {name: set(detailed[name]) for name in detailed}
    alike = set(coarse.columns) <= set(fine.columns)
    for way in permutations(detailed.columns, coarse.shape[1]):
        if alike and [str(name).split(SPAN)[0] for name in way] != list(coarse.columns):
            continue
        pairs = zip(way, levels, strict=True)
        if any(len(ours[name] & level) < min(ENOUGH, len(level)) for name, level in pairs):
            continue
        keys = detailed[list(way)].itertuples(index=False, name=None)
        rows = np.array([at.get(key, -1) for key in keys], dtype=np.int64)
        if (rows >= 0).any():
            yield rows


def _by_count(fine: Sheet, coarse: Sheet, least: int) -> list[NDArray[np.int64]]:
    """Find rows again by the columns that both have: all equal, and more than chance."""
    shared = [name for name in fine.columns if name in coarse.columns]
    if not shared:
        return []
    ours = fine.counts[:, [fine.columns.index(name) for name in shared]]
    theirs = coarse.counts[:, [coarse.columns.index(name) for name in shared]]
    at: dict[tuple[float, ...], int] = {}
    for row, key in enumerate(map(tuple, np.nan_to_num(theirs, nan=-1).tolist())):
        at[key] = -1 if key in at else row
    enough = ((ours >= least).sum(axis=1) >= ENOUGH) | (ours >= _BEYOND_CHANCE).any(axis=1)
    keys = map(tuple, np.nan_to_num(ours, nan=-1).tolist())
    rows = [at.get(key, -1) if clear else -1 for key, clear in zip(keys, enough, strict=True)]
    return [np.array(rows, dtype=np.int64)] if max(rows, default=-1) >= 0 else []


def repeated(
    names: pd.DataFrame, counts: NDArray[np.float64], least: int
) -> Iterator[tuple[list[str], int, NDArray[np.int64]]]:
    """Give the columns whose count is that of some of the names only, and one row for each.

    The size of a cohort stands beside each of its months: one count, and many rows.
    """
    for many in range(1, names.shape[1]):
        for some in combinations(names.columns, many):
            codes = names.groupby(list(some), sort=False).ngroup().to_numpy()
            _, first, rows = np.unique(codes, return_index=True, return_counts=True)
            if len(first) in (1, len(names)):
                continue
            same = counts[first][codes]
            for column in range(counts.shape[1]):
                clear = ((counts[first, column] >= least) & (rows > 1)).sum() > ENOUGH
                if clear and np.array_equal(same[:, column], counts[:, column], equal_nan=True):
                    yield list(some), column, first


def slices_of(names: pd.DataFrame) -> list[NDArray[np.int64]]:
    """Return the rows of each name: all cohorts in the month of their first order."""
    indices = (names.groupby(name).indices for name in names.columns.astype(str))
    return [np.asarray(rows) for of_name in indices for rows in of_name.values()]
