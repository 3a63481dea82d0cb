"""Sums and differences of columns that hold in every row of a table, as a reader may find them.

"before = stayed + went" is one; with the row before, "stayed away = all who came last time, less
those who came again" is another.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["MOST_COLUMNS", "Term", "relations"]

MOST_COLUMNS = 12
_TERMS = 4
"""Most columns that one relation joins: before = stayed + moved on + gone."""
_ROWS_TO_TELL = 2  # fewer rows with people show no relation of columns
_ROWS_TRIED = 24

Term = tuple[int, int, float]
"""Of a relation: rows back, column, sign."""


def relations(counts: NDArray[np.float64], own: int) -> Iterator[list[Term]]:
    """Give sums and differences of up to four columns that are 0 in all rows.

    Parameters
    ----------
    counts : array, rows x columns
        Not a number where there is no count; of more than `MOST_COLUMNS` the first are looked at.
    own : int
        So many of the columns are those of the table in question; a relation joins one of them.
    """
    counts = counts[:, :MOST_COLUMNS]
    width = counts.shape[1]
    before = np.vstack([np.full((1, width), np.nan), counts[:-1]])
    shifted = np.hstack([counts, before])
    used = [at for at in range(2 * width) if np.nansum(np.abs(shifted[:, at])) > 0]
    for terms in range(2, _TERMS + 1):
        chosen = [one for one in combinations(used, terms) if _asks(one, width, own)]
        signs = np.array([(1.0, *rest) for rest in product((1.0, -1.0), repeat=terms - 1)])
        for at, sign in _perhaps(shifted, chosen, signs):
            columns = chosen[at]
            whole = shifted[:, columns]
            whole = whole[np.isfinite(whole).all(axis=1) & whole.any(axis=1)]
            if len(whole) >= _ROWS_TO_TELL and not (whole @ signs[sign]).any():
                places = (divmod(column, width) for column in columns)
                yield [
                    (lag, column, float(factor))
                    for (lag, column), factor in zip(places, signs[sign], strict=True)
                ]


def _asks(columns: tuple[int, ...], width: int, own: int) -> bool:
    """Leave out what says the same without the row before, or that a column stands still."""
    plain = {column % width for column in columns}
    return columns[0] < width and len(plain) > 1 and min(plain) < own


def _perhaps(
    shifted: NDArray[np.float64], chosen: list[tuple[int, ...]], signs: NDArray[np.float64]
) -> list[tuple[int, int]]:
    """Return which choices of columns, and signs, may be relations by some of the rows."""
    if not chosen:
        return []
    full = np.argsort(np.isnan(shifted).sum(axis=1), kind="stable")
    rows = full[np.unique(np.linspace(0, len(full) - 1, _ROWS_TRIED).astype(int))]
    sums = np.einsum("rct,st->rcs", shifted[rows][:, np.array(chosen)], signs)
    held = ((sums == 0) | np.isnan(sums)).all(axis=0)
    return [(int(at), int(sign)) for at, sign in np.argwhere(held)]
