"""What the tables of one report tell together.

Two tables with rows of the same names, or of names that one has in more detail, make equations
between their counts: customers = stayed + left across tables; a count by segment and stage adds
up to the one by segment, months to their quarter. Rows are found again by their names, where
these are written alike, else by the counts that both have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analysis.disclosure.alignment import ENOUGH, Sheet, by_name, repeated, same_rows, slices_of
from analysis.disclosure.relations import relations

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.disclosure.narrowing import Knowledge

__all__ = ["Book", "Entry", "Sheet"]

_MOST = 1_500
"""Small counts times cells of a table up to which its equations are solved."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A table that was entered.

    Attributes
    ----------
    sheet : Sheet
    new : list of int
        Cells that no earlier table has.
    touched : list of int
        Cells on which new equations bear.
    related : set of int
        Columns that equations join which are not solved, for the size of a table.
    """

    sheet: Sheet
    new: list[int] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)
    related: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Book:
    """All tables of a report so far."""

    knowledge: Knowledge
    sheets: list[Sheet] = field(default_factory=list)
    _supposed: dict[frozenset[int], int] = field(default_factory=dict)

    def enter(
        self, names: pd.DataFrame, columns: tuple[str, ...], counts: NDArray[np.float64]
    ) -> Entry:
        """Find the counts of a table among those of earlier ones, and what they tell together.

        Parameters
        ----------
        names : DataFrame
            What its rows are, in as many columns as it takes.
        columns : tuple of str
            What is counted.
        counts : array, rows x columns
            Whole numbers; not a number where there is none.
        """
        texts = names.reset_index(drop=True).astype(str).astype(object)
        parts = [
            self._enter(
                texts.loc[rows, some].reset_index(drop=True), (columns[at],), counts[rows, at]
            )
            for some, at, rows in repeated(texts, counts, self.knowledge.least)
        ]
        entry = self._enter(texts, columns, counts)
        for part in parts:
            entry.new.extend(part.new)
            entry.touched.extend(part.touched)
        return entry

    def _enter(
        self, names: pd.DataFrame, columns: tuple[str, ...], counts: NDArray[np.float64]
    ) -> Entry:
        counts = counts.reshape(len(names), -1)
        small = ((counts > 0) & (counts < self.knowledge.least)).sum()
        large = bool(small * counts.size > _MOST)
        sheet = Sheet(names, columns, counts, np.full(counts.shape, -1), large)
        entry = Entry(sheet)
        least = self.knowledge.least
        found = [(one, rows) for one in self.sheets for rows in same_rows(sheet, one, least)]
        parts = [
            (one, rows)
            for one in self.sheets
            if len(one.names) > len(names)
            for rows in by_name(one.names, names)
        ]
        for other, rows in found:
            self._identify(entry, other, rows)
        for other, rows in parts:
            self._identify(entry, other, rows, finer=True)
        for row, column in np.argwhere((sheet.cells < 0) & np.isfinite(counts)):
            sheet.cells[row, column] = self.knowledge.new(counts[row, column])
            entry.new.append(int(sheet.cells[row, column]))
        self._add_totals(entry)
        self._add_relations(entry, found)
        for other, rows in found:
            self._add_margins(entry, sheet, other, rows)
        for other, rows in parts:
            self._add_margins(entry, other, sheet, rows)
        if entry.new or not any(other.names.equals(names) for other, _ in found):
            self.sheets.append(sheet)
        return entry

    def _identify(
        self, entry: Entry, other: Sheet, rows: NDArray[np.int64], *, finer: bool = False
    ) -> None:
        """Take counts for one that have the same row, and column or all numbers, in both."""
        sheet = entry.sheet
        at = np.flatnonzero(rows >= 0)
        here, there = (rows[at], at) if finer else (at, rows[at])
        same_names = sheet.names.shape[1] == other.names.shape[1]
        slices = slices_of(sheet.names.iloc[here]) if not same_names and not finer else []
        for column, name in enumerate(sheet.columns):
            for place, called in enumerate(other.columns):
                own, others = sheet.counts[here, column], other.counts[there, place]
                both = np.isfinite(own) & np.isfinite(others)
                equal = both & (own == others)
                if not (name == called and same_names):
                    equal &= _not_by_chance(own, both, equal, slices)
                for mine, its in zip(here[equal], there[equal], strict=True):
                    self._take_for_one(entry, (mine, column), int(other.cells[its, place]))

    def _take_for_one(self, entry: Entry, at: tuple[int, int], cell: int) -> None:
        known = int(entry.sheet.cells[at])
        if known < 0:
            entry.sheet.cells[at] = cell
        elif known != cell:
            self._equate(entry, [(known, 1.0), (cell, -1.0)])

    def _add_totals(self, entry: Entry) -> None:
        """Let the reader know the total of each column, and of each name among several."""
        sheet = entry.sheet
        groups = [np.arange(len(sheet.counts))]
        if sheet.names.shape[1] > 1 and not sheet.large:
            groups += slices_of(sheet.names)
        for group in groups:
            for column in range(len(sheet.columns)):
                cells = sheet.cells[group, column]
                cells = cells[(cells >= 0) & (sheet.counts[group, column] != 0)]
                total = np.nansum(sheet.counts[group, column])
                once = len(group) > 1 and 0 < len(cells) == len(set(cells))
                if once and total >= self.knowledge.least:
                    self._equate(entry, [(int(cell), 1.0) for cell in cells], supposed=True)

    def _add_relations(self, entry: Entry, found: list[tuple[Sheet, NDArray[np.int64]]]) -> None:
        """Let the reader know each sum of columns that holds in all rows."""
        sheet = entry.sheet
        counts, cells = list(sheet.counts.T), list(sheet.cells.T)
        large = [sheet.large] * len(counts)
        for other, rows in found:
            for column in range(len(other.columns)):
                of_row = np.where(rows >= 0, other.cells[rows, column], -1)
                if any(np.array_equal(of_row, known) for known in cells):
                    continue
                counts.append(np.where(rows >= 0, other.counts[rows, column], np.nan))
                cells.append(of_row)
                large.append(other.large)
        for terms in relations(np.column_stack(counts), len(sheet.columns)):
            own = {column for _, column, _ in terms if column < len(sheet.columns)}
            if any(large[column] for _, column, _ in terms):
                entry.related.update(own)
                continue
            for row in range(1 if any(lag for lag, *_ in terms) else 0, len(sheet.counts)):
                at = [(int(cells[column][row - lag]), sign) for lag, column, sign in terms]
                if min(cell for cell, _ in at) >= 0:
                    self._equate(entry, at)

    def _add_margins(
        self, entry: Entry, fine: Sheet, coarse: Sheet, rows: NDArray[np.int64]
    ) -> None:
        """Let the reader know each count that is the sum of a more detailed table's."""
        at = np.flatnonzero(rows >= 0)
        if len(at) == len(np.unique(rows[at])):
            return
        for column in range(len(fine.columns)):
            parts = np.nan_to_num(fine.counts[at, column])
            sums = np.bincount(rows[at], parts, len(coarse.counts))
            for place in range(len(coarse.columns)):
                wholes = coarse.counts[:, place]
                there = np.isin(np.arange(len(wholes)), rows[at]) & np.isfinite(wholes)
                if not _telling(wholes[there]) or (sums != wholes)[there].any():
                    continue
                if fine.large or coarse.large:
                    entry.related.add(place if entry.sheet is coarse else column)
                    continue
                for whole in np.flatnonzero(there):
                    cells = fine.cells[at[rows[at] == whole], column]
                    self._add_margin(entry, cells[cells >= 0], int(coarse.cells[whole, place]))

    def _add_margin(self, entry: Entry, parts: NDArray[np.int64], whole: int) -> None:
        """Let a reader know a sum by what is told of it, and no longer by supposing so."""
        terms = [(int(cell), 1.0) for cell in parts]
        counts = self.knowledge.counts
        supposed = self._supposed.pop(frozenset(cell for cell, _ in terms if counts[cell]), None)
        if supposed is not None:
            self.knowledge.forget(supposed)
        self._equate(entry, [*terms, (whole, -1.0)])

    def _equate(
        self, entry: Entry, terms: list[tuple[int, float]], *, supposed: bool = False
    ) -> None:
        made = self.knowledge.equate(terms, supposed=supposed)
        if made is None:
            return
        number, cells = made
        entry.touched.extend(cells)
        if supposed:
            self._supposed[frozenset(cells)] = number


def _not_by_chance(
    counts: NDArray[np.float64],
    both: NDArray[np.bool_],
    equal: NDArray[np.bool_],
    slices: Sequence[NDArray[np.int64]],
) -> NDArray[np.bool_]:
    """Return the rows where two columns are the same, be it only in all rows of one name."""
    if _telling(counts[both]) and equal[both].all():
        return equal
    sure = np.zeros(len(counts), bool)
    for rows in slices:
        some = rows[both[rows]]
        sure[some] |= (counts[some] > 0).sum() > ENOUGH and equal[some].all()
    return sure


def _telling(counts: NDArray[np.float64]) -> bool:
    """Return whether counts that agree do so hardly by chance."""
    return int((counts > 0).sum()) >= ENOUGH
