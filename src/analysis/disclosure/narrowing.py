"""What a reader can work out of counts that are hidden, from all that is told.

Each hidden count is known to lie in a range; totals and relations make equations between counts.
Integer programs then find what a count can still be. Where one equation alone bears on a count,
a sum of bounds says the same; where very many do, each is looked at alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["SMALL", "TOLD", "UNTOLD", "WITHHELD", "Equation", "Knowledge"]

TOLD, SMALL, WITHHELD, UNTOLD = 0, 1, 2, 3
"""What is told of a count: itself; from 1 up to the bound; the bound or more; that it is not 0."""
_NEAR = 1e-6
_MOST = 8_000
"""Small counts times hidden ones up to which they are looked at together."""
_POINTS = 300
"""So many solutions are kept, which later programs may not need to find again."""


@dataclass(frozen=True, slots=True)
class Equation:
    """A sum of counts that a reader knows.

    Attributes
    ----------
    terms : mapping of cell to factor
    total : float
    supposed : bool
        Whether no table tells the total, and the reader is only taken to know it.
    """

    terms: Mapping[int, float]
    total: float = 0.0
    supposed: bool = False


@dataclass(slots=True)
class Knowledge:
    """All counts of people in a report, what is told of each, and the equations between them.

    Attributes
    ----------
    least : int
        The smallest count that may be told.
    counts : list of float
        As they are, by the number of their cell.
    states : list of int
        What is told of each.
    equations : dict of number to Equation
    near : dict of cell to numbers of equations
    exposed : set of cells
        Small counts that sums narrow whatever is hidden.
    """

    least: int
    counts: list[float] = field(default_factory=list)
    states: list[int] = field(default_factory=list)
    equations: dict[int, Equation] = field(default_factory=dict)
    near: dict[int, list[int]] = field(default_factory=dict)
    exposed: set[int] = field(default_factory=set)
    _next: int = 0
    _points: list[NDArray[np.float64]] = field(default_factory=list)
    _known: set[frozenset[tuple[int, float]]] = field(default_factory=set)

    def new(self, count: float) -> int:
        """Add a count that is told, and return its cell."""
        self.counts.append(float(count))
        self.states.append(TOLD)
        return len(self.counts) - 1

    def equate(
        self, terms: Iterable[tuple[int, float]], *, supposed: bool = False
    ) -> tuple[int, Collection[int]] | None:
        """Let the reader know a sum of cells; return its number and cells, None where it is old.

        Zeros are told anyway, and left out.
        """
        factors: dict[int, float] = {}
        for cell, factor in terms:
            if self.counts[cell]:
                factors[cell] = factors.get(cell, 0.0) + factor
        factors = {cell: factor for cell, factor in factors.items() if factor}
        key = frozenset(factors.items())
        if not factors or key in self._known:
            return None
        self._known.add(key)
        total = sum(factor * self.counts[cell] for cell, factor in factors.items())
        number, self._next = self._next, self._next + 1
        self.equations[number] = Equation(factors, total, supposed)
        for cell in factors:
            self.near.setdefault(cell, []).append(number)
        return number, factors.keys()

    def forget(self, number: int) -> None:
        """Take back an equation."""
        for cell in self.equations.pop(number).terms:
            self.near[cell].remove(number)

    def around(self, cell: int, *, facts: bool = False) -> list[int]:
        """Return the equations with a cell in them; of facts alone, those that are not supposed."""
        numbers = self.near.get(cell, [])
        return [at for at in numbers if not (facts and self.equations[at].supposed)]

    def component(self, cell: int, *, facts: bool = False) -> tuple[list[int], list[int]]:
        """Return the equations that bear on a hidden cell, and the hidden cells in them."""
        numbers: dict[int, None] = {}
        cells, waiting = {cell}, [cell]
        while waiting:
            for number in self.around(waiting.pop(), facts=facts):
                if number in numbers:
                    continue
                numbers[number] = None
                further = [
                    one
                    for one in self.equations[number].terms
                    if one not in cells and self.states[one] != TOLD
                ]
                cells.update(further)
                waiting += further
        return sorted(numbers), sorted(cells)

    def narrowed(self, targets: Sequence[int], *, facts: bool = False) -> list[int]:
        """Return those of some small counts that can not be all from 1 up to the bound."""
        found: set[int] = set()
        waiting = dict.fromkeys(targets)
        while waiting:
            numbers, cells = self.component(next(iter(waiting)), facts=facts)
            hidden = set(cells)
            inside = [cell for cell in waiting if cell in hidden]
            for cell in inside:
                del waiting[cell]
            found.update(self._narrowed(inside, numbers, cells))
        return [cell for cell in targets if cell in found]

    def _narrowed(
        self, targets: Sequence[int], numbers: Sequence[int], cells: Sequence[int]
    ) -> list[int]:
        equations = [self.equations[number] for number in numbers]
        few = sum(self.counts[cell] < self.least for cell in cells)
        alone = len(equations) == 1 and set(map(abs, equations[0].terms.values())) == {1.0}
        if equations and not alone and few * len(cells) <= _MOST:
            return self._by_programs(targets, numbers, cells)
        return [cell for one in equations for cell in self._by_one(targets, one)]

    def _bounds(self, cells: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return from where to where hidden cells can be."""
        states = np.array([self.states[cell] for cell in cells])
        low = np.where(states == WITHHELD, float(self.least), 1.0)
        return low, np.where(states == SMALL, self.least - 1.0, np.inf)

    def _by_one(self, targets: Sequence[int], equation: Equation) -> list[int]:
        """Return the targets that one equation narrows: what the others leave of its total."""
        cells = [cell for cell in equation.terms if self.states[cell] != TOLD]
        place = {cell: at for at, cell in enumerate(cells)}
        targets = [cell for cell in targets if cell in place]
        at = np.array([place[cell] for cell in targets], int)
        signs = np.array([equation.terms[cell] for cell in cells])
        low, high = self._bounds(cells)
        ends = np.sort(np.stack([signs * low, signs * high]), axis=0)
        total = signs @ np.array([self.counts[cell] for cell in cells])
        rest = [_without_one(side)[at] for side in ends]
        reach = np.sort(np.stack([total - rest[1], total - rest[0]]) / signs[at], axis=0)
        out = (reach[0] > 1) | (reach[1] < self.least - 1)
        return [cell for cell, narrow in zip(targets, out, strict=True) if narrow]

    def _by_programs(
        self, targets: Sequence[int], numbers: Sequence[int], cells: Sequence[int]
    ) -> list[int]:
        """Return the targets that all equations together narrow; what one finds saves others."""
        place = {cell: at for at, cell in enumerate(cells)}
        entries = [
            (row, place[cell], factor)
            for row, number in enumerate(numbers)
            for cell, factor in self.equations[number].terms.items()
            if cell in place
        ]
        rows, columns, factors = zip(*entries, strict=True)
        matrix = csr_array((factors, (rows, columns)), shape=(len(numbers), len(cells)))
        low, high = self._bounds(cells)
        programs = _Programs(matrix, low, high, matrix @ np.array(self.counts)[cells])
        seen = list(programs.possible(self._seen(cells)))
        narrowed = []
        for target in targets:
            for sign, end in ((1.0, 1.0), (-1.0, self.least - 1.0)):
                at = place[target]
                if any(sign * point[at] <= sign * end for point in seen):
                    continue
                point = programs.furthest(at, sign, self.least - 1)
                seen.append(point)
                self._keep(point, cells)
                if sign * point[at] > sign * end:
                    narrowed.append(target)
                    break
        return narrowed

    def _seen(self, cells: Sequence[int]) -> NDArray[np.float64]:
        """Return what some cells could once be together, a row each time; first what they are."""
        counts = np.array(self.counts)
        later = [np.concatenate([point, counts[len(point) :]])[cells] for point in self._points]
        return np.array([counts[cells], *later])

    def _keep(self, point: NDArray[np.float64], cells: Sequence[int]) -> None:
        """Remember what cells can be together, which saves programs as long as it holds."""
        whole = np.array(self.counts)
        whole[cells] = point
        self._points = [*self._points[1 - _POINTS :], whole]


@dataclass(frozen=True, slots=True)
class _Programs:
    """What hidden cells can be: whole numbers within bounds, with known sums."""

    sums: csr_array
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    total: NDArray[np.float64]

    def possible(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return those rows of some that the cells can be."""
        within = ((points >= self.low) & (points <= self.high)).all(axis=1)
        return points[
            within & (np.abs(self.sums @ points.T - self.total[:, None]) < _NEAR).all(axis=0)
        ]

    def furthest(self, at: int, sign: float, most: float) -> NDArray[np.float64]:
        """Return what the cells are where one is the least (or by -1 the most) that it can be."""
        goal, high = np.zeros(len(self.low)), self.high.copy()
        goal[at], high[at] = sign, most
        found = milp(
            goal,
            constraints=LinearConstraint(self.sums, self.total, self.total),
            bounds=Bounds(self.low, high),
            integrality=np.ones(len(goal), int),
        )
        return np.round(np.asarray(found.x, float))


def _without_one(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of all ends but each one in turn; some may be infinite."""
    endless = np.isinf(ends)
    others = endless.sum() - endless
    finite = np.where(endless, 0.0, ends)
    sign = np.sign(ends[endless][0]) if endless.any() else 1.0
    return np.where(others > 0, sign * np.inf, finite.sum() - finite)
