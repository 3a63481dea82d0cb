"""Which counts of a table must be hidden beside the small ones, so that no sum gives these back.

A count below `least` is small and never told. Who knows the total of a column tells the only
hidden count in it by taking the others away; so a second one is hidden, and so on. All that is told
makes equations over what is hidden, and integer programs find what each hidden count can still be.

The reader is taken to know more than any table says: of each column the total, where there are
several columns of names the total of each name, and every sum or difference of columns that holds
in all rows ("before = stayed + went"), also with the row before ("stayed away = all who came last
time, less those who came again"). Totals that are themselves small are told nowhere. In large
tables with many small counts only the totals of columns are reckoned with, and where columns add
up nothing but zeros is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["SMALL", "TOLD", "WITHHELD", "Suppression", "suppress"]

TOLD, SMALL, WITHHELD = 0, 1, 2
_TERMS = 4
"""Most columns that one relation joins: before = stayed + moved on + gone."""
_ROWS_TO_TELL = 2  # fewer rows with people show no relation of columns
_MOST = 1_500
"""Small counts times cells of a table up to which all sums that cross are reckoned with."""
_NEAR = 1e-6

Equation = dict[int, float]


@dataclass(frozen=True, slots=True)
class Suppression:
    """What of a table's counts is told.

    Attributes
    ----------
    states : array of int, rows x columns
        `TOLD`, `SMALL` (from 1 up to the bound) or `WITHHELD` (the bound or more).
    exposed : tuple of (row, column)
        Small counts that totals narrow down though all that can be is hidden; where it can be
        had, the sums of columns within rows still do not.
    """

    states: NDArray[np.int8]
    exposed: tuple[tuple[int, int], ...] = ()


def suppress(
    counts: NDArray[np.float64],
    names: pd.DataFrame,
    least: int,
    *,
    told: NDArray[np.bool_] | None = None,
    withheld: NDArray[np.bool_] | None = None,
    said: NDArray[np.float64] | None = None,
) -> Suppression:
    """Hide the small counts of a table, and as many others as keep sums from giving them back.

    Parameters
    ----------
    counts : array, rows x columns
        Of people, whole numbers; not a number where there is none.
    names : DataFrame
        The columns that name the rows, in the same order.
    least : int
        The smallest count that may be told.
    told, withheld : arrays of bool, rows x columns, optional
        What an earlier table told of the same counts, and what it withheld: the first cannot be
        hidden any more, the second stays hidden.
    said : array, rows x columns, optional
        Above 0 for what is rather not hidden, the more the less; a sentence told it, perhaps.

    Returns
    -------
    Suppression
        Whoever knows all totals knows of a small count no more than that it is small, but for
        those `exposed`.
    """
    known = np.zeros(counts.shape, bool) if told is None else told
    states = np.full(counts.shape, TOLD, np.int8)
    if withheld is not None:
        states[withheld & (counts >= least) & ~known] = WITHHELD
    states[(counts > 0) & (counts < least)] = SMALL
    small = [int(at) for at in np.flatnonzero(states == SMALL)]
    if not small:
        return Suppression(np.full(counts.shape, TOLD, np.int8))
    values, flat = counts.ravel(), states.ravel()
    loath = np.where(known, np.inf, 0.0 if said is None else said).ravel()
    within_rows = list(_sums(counts))
    large = len(small) * counts.size > _MOST
    if large and within_rows:
        flat[(flat == TOLD) & (values >= least)] = WITHHELD
        return Suppression(states)
    everything = [*_totals(counts, names.iloc[:, :1] if large else names, least), *within_rows]
    exposed = _withhold(small, values, flat, loath, everything, least)
    lost = _withhold(exposed, values, flat, loath, within_rows, least)
    guarded = [(at, within_rows if at in exposed else everything) for at in small if at not in lost]
    _tell_again(guarded, values, flat, least)
    return Suppression(states, tuple(divmod(at, counts.shape[1]) for at in exposed))


def _withhold(
    small: Sequence[int],
    values: NDArray[np.float64],
    states: NDArray[np.int8],
    loath: NDArray[np.float64],
    equations: Sequence[Equation],
    least: int,
) -> list[int]:
    """Withhold counts until no small one is narrowed; return those for which none is left."""
    narrowed = [at for at in small if _narrowed(at, values, states, equations, least)]
    stuck = []
    while narrowed:
        more = _next(narrowed[0], values, states, equations, loath, least)
        if more is None:
            stuck.append(narrowed.pop(0))
            continue
        states[more] = WITHHELD
        narrowed = [at for at in narrowed if _narrowed(at, values, states, equations, least)]
    return stuck


def _totals(counts: NDArray[np.float64], names: pd.DataFrame, least: int) -> Iterator[Equation]:
    """Give every total that a reader may know, as the factor of each of its cells."""
    rows, columns = counts.shape
    groups = [np.arange(rows)]
    if names.shape[1] > 1:
        for name in names:
            levels = names[name].astype(str).to_numpy()
            groups += [np.flatnonzero(levels == level) for level in np.unique(levels)]
    for group, column in product(groups, range(columns)):
        cells = [int(row) for row in group if np.isfinite(counts[row, column])]
        total = counts[cells, column].sum()
        if len(cells) > 1 and total >= least:
            yield {row * columns + column: 1.0 for row in cells}


def _sums(counts: NDArray[np.float64]) -> Iterator[Equation]:
    """Give every sum of columns that is 0 in each row, as the factor of each of its cells."""
    rows, columns = counts.shape
    for terms in _relations(counts):
        for row in range(rows):
            used = [((row - lag) * columns + column, sign) for lag, column, sign in terms]
            at = [place for place, _ in used]
            if min(at) >= 0 and np.isfinite(counts.ravel()[at]).all():
                yield dict(used)


def _relations(counts: NDArray[np.float64]) -> Iterator[list[tuple[int, int, float]]]:
    """Give sums and differences of columns that are 0 in all rows: (rows back, column, sign)."""
    before = np.vstack([np.full((1, counts.shape[1]), np.nan), counts[:-1]])
    shifted = [(0, at, counts[:, at]) for at in range(counts.shape[1])]
    shifted += [(1, at, before[:, at]) for at in range(counts.shape[1])]
    usable = [one for one in shifted if np.nansum(np.abs(one[2])) > 0]
    for terms in range(2, _TERMS + 1):
        for chosen in combinations(usable, terms):
            if chosen[0][0] == 1 or len({column for _, column, _ in chosen}) == 1:
                continue  # the same as without the lag, or a column that stands still
            whole = np.column_stack([column for *_, column in chosen])
            whole = whole[np.isfinite(whole).all(axis=1) & whole.any(axis=1)]
            if len(whole) < _ROWS_TO_TELL:
                continue
            for signs in product((1.0, -1.0), repeat=terms - 1):
                if not (whole @ np.array([1.0, *signs])).any():
                    yield [
                        (lag, at, sign)
                        for (lag, at, _), sign in zip(chosen, (1.0, *signs), strict=True)
                    ]


def _narrowed(
    at: int,
    values: NDArray[np.float64],
    states: NDArray[np.int8],
    equations: Sequence[Equation],
    least: int,
) -> bool:
    """Say whether what is told leaves less of a small count than all up to the bound."""
    involved, cells = _reach(at, states, equations)
    if not involved:
        return False
    if len(involved) == 1:
        low, high = _range(at, cells, values, states, involved[0], least)
        return low > 1 or high < least - 1
    place = {cell: number for number, cell in enumerate(cells)}
    entries = [
        (row, place[cell], sign)
        for row, equation in enumerate(involved)
        for cell, sign in equation.items()
        if cell in place
    ]
    rows, columns, signs = zip(*entries, strict=True)
    matrix = csr_array((signs, (rows, columns)), shape=(len(involved), len(cells)))
    small = np.array([states[cell] == SMALL for cell in cells])
    total = matrix @ np.array([values[cell] for cell in cells])
    told = LinearConstraint(matrix, total, total)
    bounds = Bounds(np.where(small, 1, least), np.where(small, least - 1, np.inf))
    goal = np.zeros(len(cells))
    for sign, wanted in ((1.0, 1.0), (-1.0, 1.0 - least)):
        goal[place[at]] = sign
        found = milp(goal, constraints=told, bounds=bounds, integrality=np.ones(len(cells), int))
        if not found.success or found.fun > wanted + _NEAR:
            return True
    return False


def _range(
    at: int,
    cells: Sequence[int],
    values: NDArray[np.float64],
    states: NDArray[np.int8],
    equation: Equation,
    least: int,
) -> tuple[float, float]:
    """Return the least and the most that a cell can be by one equation alone."""
    low = high = sum(equation[cell] * values[cell] for cell in cells)
    for cell in cells:
        if cell != at:
            ends = (1.0, least - 1.0) if states[cell] == SMALL else (float(least), np.inf)
            parts = sorted(equation[cell] * end for end in ends)
            low, high = low - parts[1], high - parts[0]
    first, last = sorted((equation[at] * low, equation[at] * high))
    return max(first, 1.0), min(last, least - 1.0)


def _tell_again(
    guarded: Sequence[tuple[int, list[Equation]]],
    values: NDArray[np.float64],
    states: NDArray[np.int8],
    least: int,
) -> None:
    """Tell what was withheld on the way and turned out not to be needed, the largest first."""
    for cell in sorted(np.flatnonzero(states == WITHHELD), key=lambda at: -values[at]):
        near = [(at, known) for at, known in guarded if cell in _reach(at, states, known)[1]]
        states[cell] = TOLD
        if any(_narrowed(at, values, states, known, least) for at, known in near):
            states[cell] = WITHHELD


def _reach(
    at: int, states: NDArray[np.int8], equations: Sequence[Equation]
) -> tuple[list[Equation], list[int]]:
    """Return the equations that bear on a hidden cell, and the hidden cells in them."""
    cells, waiting = {at}, {at}
    involved: dict[int, Equation] = {}
    while waiting:
        touched = {
            number: equation
            for number, equation in enumerate(equations)
            if number not in involved and not waiting.isdisjoint(equation)
        }
        involved |= touched
        hidden = {cell for one in touched.values() for cell in one if states[cell] != TOLD}
        waiting = hidden - cells
        cells |= waiting
    return list(involved.values()), sorted(cells)


def _next(
    at: int,
    values: NDArray[np.float64],
    states: NDArray[np.int8],
    equations: Sequence[Equation],
    loath: NDArray[np.float64],
    least: int,
) -> int | None:
    """Return the told count to hide next: one that needs the fewest further ones, then the least.

    Further ones are needed where it would be the only hidden count of an equation.
    """
    involved, _ = _reach(at, states, equations)
    near = [one for one in involved if at in one]
    for some in (near, involved):
        cells = {
            cell
            for one in some
            for cell in one
            if states[cell] == TOLD and values[cell] >= least and np.isfinite(loath[cell])
        }
        if cells:
            alone = dict.fromkeys(cells, 0)
            for one in equations:
                if all(states[cell] == TOLD for cell in one):
                    alone |= {cell: alone[cell] + 1 for cell in cells & one.keys()}
            room = 2 * least - 1 - values[at]
            return min(cells, key=lambda c: (values[c] < room, loath[c], alone[c], values[c], c))
    return None
