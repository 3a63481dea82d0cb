"""Which counts of a table must be hidden beside the small ones, so that no sum gives these back.

A count below `least` is small and never told. Who knows the total of a column tells the only
hidden count in it by taking the others away; so a second one is hidden, and so on. All that is told
makes equations over what is hidden, and integer programs find what each hidden count can still be.

The reader is taken to know more than any table says: of each column the total, where there are
several columns of names the total of each name, and every sum or difference of columns that holds
in all rows ("before = stayed + went"), also with the row before ("stayed away = all who came last
time, less those who came again"), and with what other tables tell (`joining`). Totals that are
themselves small are told nowhere. In large tables with many small counts only the totals of columns
are reckoned with, and where columns add up nothing but zeros is told.

Where no further count can be hidden, bounds are what tells too much: in two groups of 4 of 8
customers, "under 5" tells both. Of such only is told that there are some.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.disclosure.joining import Book
from analysis.disclosure.narrowing import SMALL, TOLD, UNTOLD, WITHHELD, Knowledge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.disclosure.joining import Entry

__all__ = ["SMALL", "TOLD", "UNTOLD", "WITHHELD", "Suppression", "mend", "suppress"]


@dataclass(frozen=True, slots=True)
class Suppression:
    """What of a table's counts is told.

    Attributes
    ----------
    states : array of int, rows x columns
        `TOLD`, `SMALL` (from 1 up to the bound), `WITHHELD` (the bound or more) or `UNTOLD`.
    exposed : tuple of (row, column)
        Small counts that totals narrow down though all that can be is hidden; where it can be
        had, what tables tell still does not.
    """

    states: NDArray[np.int8]
    exposed: tuple[tuple[int, int], ...] = ()


def suppress(
    counts: NDArray[np.float64],
    names: pd.DataFrame,
    least: int,
    *,
    columns: Sequence[str] = (),
    told: NDArray[np.bool_] | None = None,
    withheld: NDArray[np.bool_] | None = None,
    said: NDArray[np.float64] | None = None,
    book: Book | None = None,
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
    columns : sequence of str, optional
        What is counted.
    told, withheld : arrays of bool, rows x columns, optional
        What an earlier report told of the same counts, and what it withheld: the first cannot be
        hidden any more, the second stays hidden.
    said : array, rows x columns, optional
        Above 0 for what is rather not hidden, the more the less; a sentence told it, perhaps.
    book : Book, optional
        The tables of the report so far, to which this one is added.

    Returns
    -------
    Suppression
        Whoever knows all totals, and those tables, knows of a small count no more than that it is
        small, but for those `exposed`.
    """
    book = book or Book(Knowledge(least))
    called = tuple(columns) or tuple(map(str, range(counts.shape[1])))
    entry = book.enter(names, called, counts)
    known, cells = book.knowledge, entry.sheet.cells.ravel()
    loath = _loath(entry, known, told, said)
    _begin(entry, known, withheld, loath)
    targets = _at_stake(entry, known)
    exposed = set(_hide(targets, known, loath))
    places = [divmod(at, counts.shape[1]) for at, cell in enumerate(cells) if cell in exposed]
    states = np.array([known.states[cell] if cell >= 0 else TOLD for cell in cells], np.int8)
    return Suppression(states.reshape(counts.shape), tuple(places))


def mend(
    knowledge: Knowledge, loath: dict[int, float], drawn: dict[int, float]
) -> tuple[list[int], list[int]]:
    """Hide what still narrows small counts when all tables are there.

    Parameters
    ----------
    knowledge : Knowledge
        Of what is told; its states are changed.
    loath : dict of cell to how loath one is to hide it
    drawn : dict of cell to how loath one is to hide it
        Counts whose picture has to go with them, which only what tables tell is reason for.

    Returns
    -------
    supposed, told : list of cells
        The small counts that stay narrowed by all that a reader may know, and by what he is told.
    """
    targets = [cell for cell in range(len(knowledge.counts)) if _small(cell, knowledge)]
    before = list(knowledge.states)
    stuck = _withhold(targets, knowledge, loath, knowledge.narrowed)
    knowledge.exposed.update(stuck)
    lost = _withhold(
        stuck, knowledge, loath | drawn, lambda some: knowledge.narrowed(some, facts=True)
    )
    _tell_again(before, set(targets) - set(lost), knowledge)
    return knowledge.narrowed(stuck), lost


def _small(cell: int, known: Knowledge) -> bool:
    return 0 < known.counts[cell] < known.least


def _loath(
    entry: Entry,
    known: Knowledge,
    told: NDArray[np.bool_] | None,
    said: NDArray[np.float64] | None,
) -> dict[int, float]:
    """Return the counts that may be hidden: those that neither table nor report told before."""
    new = set(entry.new)
    fixed = np.zeros(entry.sheet.cells.shape, bool) if told is None else told
    rather = np.zeros(entry.sheet.cells.shape) if said is None else said
    loath: dict[int, float] = {}
    never = {int(cell) for cell in entry.sheet.cells[fixed]}
    for cell, much in zip(entry.sheet.cells.ravel().tolist(), rather.ravel().tolist(), strict=True):
        if cell in new and cell not in never and known.counts[cell] >= known.least:
            loath[cell] = max(much, loath.get(cell, 0.0))
    return loath


def _begin(
    entry: Entry, known: Knowledge, withheld: NDArray[np.bool_] | None, loath: dict[int, float]
) -> None:
    """Hide what is small, what was withheld before, and what a large table cannot tell."""
    for cell in entry.new:
        if _small(cell, known):
            known.states[cell] = SMALL
    kept = [] if withheld is None else entry.sheet.cells[withheld].tolist()
    large = entry.sheet.cells[:, sorted(entry.related)].ravel().tolist()
    some = any(known.states[cell] for cell in entry.sheet.cells.ravel() if cell >= 0)
    for cell in kept + (large if some else []):
        if cell in loath:
            known.states[cell] = WITHHELD
            del loath[cell]


def _at_stake(entry: Entry, known: Knowledge) -> list[int]:
    """Return the small counts that something new bears on."""
    seen: set[int] = set()
    for cell in dict.fromkeys([*entry.sheet.cells.ravel().tolist(), *entry.touched]):
        if cell >= 0 and cell not in seen and known.states[cell] != TOLD:
            seen.update(known.component(cell)[1])
    return sorted(cell for cell in seen if _small(cell, known))


def _hide(targets: Sequence[int], known: Knowledge, loath: dict[int, float]) -> list[int]:
    """Withhold counts until no small one is narrowed; return those for which none is left."""
    before = list(known.states)
    free = [cell for cell in targets if cell not in known.exposed]
    stuck = _withhold(free, known, loath, known.narrowed)
    _blur(stuck, known, loath)
    stuck = _withhold(stuck, known, loath, known.narrowed)
    known.exposed.update(stuck)
    exposed = [cell for cell in targets if cell in known.exposed]
    lost = _withhold(exposed, known, loath, lambda some: known.narrowed(some, facts=True))
    _tell_again(before, set(targets) - set(lost), known)
    return exposed


def _withhold(
    targets: Sequence[int],
    known: Knowledge,
    loath: dict[int, float],
    narrowed: Callable[[Sequence[int]], list[int]],
) -> list[int]:
    """Withhold one count after the other; return the targets that stay narrowed."""
    waiting = narrowed(targets)
    stuck = _hopeless(waiting, known, loath, narrowed)
    waiting = [cell for cell in waiting if cell not in set(stuck)]
    while waiting:
        if not narrowed(waiting[:1]):
            waiting.pop(0)
        elif (more := _next(waiting[0], known, loath)) is None:
            stuck.append(waiting.pop(0))
        else:
            known.states[more] = WITHHELD
    return stuck


def _hopeless(
    targets: Sequence[int],
    known: Knowledge,
    loath: dict[int, float],
    narrowed: Callable[[Sequence[int]], list[int]],
) -> list[int]:
    """Return the targets that stay narrowed even if all is withheld that can be."""
    if not targets:
        return []
    before = list(known.states)
    for cell in loath:
        known.states[cell] = WITHHELD if before[cell] == TOLD else before[cell]
    hopeless = narrowed(targets)
    known.states[:] = before
    return hopeless


def _blur(stuck: Sequence[int], known: Knowledge, loath: dict[int, float]) -> None:
    """Tell no bounds near counts that bounds narrow, where that helps once others are withheld."""
    for cell in stuck:
        near = {one for at in known.around(cell) for one in known.equations[at].terms}
        bounded = {one: known.states[one] for one in near if known.states[one] != TOLD}
        for one in bounded:
            known.states[one] = UNTOLD
        if _hopeless([cell], known, loath, known.narrowed):
            for one, state in bounded.items():
                known.states[one] = state


def _tell_again(before: Sequence[int], guarded: set[int], known: Knowledge) -> None:
    """Tell what was hidden on the way and turned out not to be needed, the largest first."""
    changed = [cell for cell, state in enumerate(before) if state != known.states[cell]]
    for cell in sorted(changed, key=lambda at: -known.counts[at]):
        near = guarded.intersection(known.component(cell)[1])
        of_facts = sorted(near & known.exposed)
        hidden, bounded = known.states[cell], SMALL if _small(cell, known) else WITHHELD
        for state in dict.fromkeys([before[cell], bounded, hidden]):
            known.states[cell] = state
            narrowed = state != hidden and (
                known.narrowed(sorted(near - known.exposed)) or known.narrowed(of_facts, facts=True)
            )
            if not narrowed:
                break


def _next(at: int, known: Knowledge, loath: dict[int, float]) -> int | None:
    """Return the told count to hide next: one that needs the fewest further ones, then the least.

    Further ones are needed where it would be the only hidden count of an equation.
    """
    numbers, _ = known.component(at)
    for some in (known.around(at), numbers):
        cells = {
            cell
            for number in some
            for cell in known.equations[number].terms
            if known.states[cell] == TOLD and cell in loath
        }
        if cells:
            room = 2 * known.least - 1 - known.counts[at]

            def cost(cell: int, room: float = room) -> tuple[float, ...]:
                counts = known.counts
                alone = sum(
                    all(known.states[one] == TOLD for one in known.equations[number].terms)
                    for number in known.around(cell)
                )
                return (counts[cell] < room, loath[cell], alone, counts[cell], cell)

            return min(cells, key=cost)
    return None
