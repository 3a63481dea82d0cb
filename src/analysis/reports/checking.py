"""A last check of a finished report: can all that it publishes together give a small count back?

While a notebook runs, each table is made safe with what was told before it. Here the report is
read as its readers will have it: tables of the page, numbers of its figures, lists of sums, and
the numbers that the report before told. All equations between them are built afresh, and integer
programs look for what narrows a small count. What does so is hidden after all, wherever it stands;
a figure that draws it goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nbformat
import numpy as np
import pandas as pd

from analysis import disclosure, exports, wording
from analysis.disclosure.discretion import RECORD_MIME
from analysis.disclosure.joining import Book
from analysis.disclosure.narrowing import SMALL, TOLD, UNTOLD, WITHHELD, Knowledge
from analysis.disclosure.suppression import mend
from analysis.disclosure.told_before import told_before
from analysis.display import FIGURE_MIME, TABLE_MIME
from analysis.reports.execution import OUTPUT

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode
    from numpy.typing import NDArray

__all__ = ["Checked", "check"]

_PICTURES = ("image/svg+xml", "image/png")
_KINDS = (TABLE_MIME, FIGURE_MIME, exports.MIME)
_SMALL = {SMALL: True, WITHHELD: False, UNTOLD: None}


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check found.

    Attributes
    ----------
    exposed : int
        Small counts that what is published narrows, whatever is hidden.
    supposed : int
        Those that can only be narrowed by who knows totals that are published nowhere.
    mended : int
        Counts that had to be hidden after all.
    """

    exposed: int = 0
    supposed: int = 0
    mended: int = 0


@dataclass(frozen=True, slots=True)
class _Published:
    """A table that counts people: how it stands in the report, and its counts as they are."""

    data: dict[str, Any]
    kind: str
    folder: Path
    names: pd.DataFrame
    columns: tuple[str, ...]
    counts: NDArray[np.float64]
    places: list[int]

    def states(self) -> NDArray[np.int8]:
        """Return what is told of each count."""
        spoken = disclosure.bound if self.kind == TABLE_MIME else disclosure.bound_in_data
        bounds = {spoken(small): state for state, small in _SMALL.items()}
        states = [[bounds.get(row[at], TOLD) for at in self.places] for row in self._rows()]
        return np.array(states, np.int8).reshape(self.counts.shape)

    def _rows(self) -> list[list[Any]]:
        if self.kind == exports.MIME:
            frame = pd.read_csv(self.path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
            return frame.to_numpy().tolist()
        rows: list[list[Any]] = self.data[self.kind]["rows"]
        return rows

    @property
    def path(self) -> Path:
        """Where its list is, if it is one."""
        return self.folder / "tables" / f"{self.data[exports.MIME]['name']}.csv"

    def hide(self, hidden: dict[tuple[int, int], int]) -> None:
        """Tell some counts no more, nor the other numbers of their rows."""
        if not hidden:
            return
        if self.kind == FIGURE_MIME:
            for mime in (*_PICTURES, FIGURE_MIME):
                self.data.pop(mime, None)
        elif self.kind == TABLE_MIME:
            self._hide_in(self.data[TABLE_MIME]["rows"], hidden, wording.MISSING, disclosure.bound)
        else:
            frame = exports.read(
                self.path, texts=[exports.harmless(str(name)) for name in self.names]
            )
            rows = frame.to_numpy(object).tolist()
            self._hide_in(rows, hidden, None, disclosure.bound_in_data)
            named = [exports.original(name) for name in frame.columns]
            exports.write(pd.DataFrame(rows, columns=named, dtype=object), self.path)

    def _hide_in(
        self, rows: list[list[Any]], hidden: dict[tuple[int, int], int], missing: Any, bound: Any
    ) -> None:
        for (row, column), state in hidden.items():
            rows[row][self.places[column]] = bound(_SMALL[state])
            for at in range(self.places[0], len(rows[row])):
                if at not in self.places:
                    rows[row][at] = missing


def check(notebook: NotebookNode, folder: Path, last: Path) -> Checked:
    """Check all that a report tells of people, and hide what gives small counts back.

    Parameters
    ----------
    notebook : NotebookNode
        As executed; tables and figures in it are changed where need be. The counts as they are,
        which it holds for this check alone, are taken out, also of its file.
    folder : Path
        Of the run, with its lists.
    last : Path
        Of the run of the report before, if there is one.

    Returns
    -------
    Checked
    """
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    bundles = [output["data"] for output in outputs if RECORD_MIME in output.get("data", {})]
    if not bundles:
        return Checked()
    tables = [_published(data, folder) for data in bundles]
    checked = _mend([one for one in tables if one.kind != exports.MIME or one.path.is_file()], last)
    for data in bundles:
        del data[RECORD_MIME]
    nbformat.write(notebook, folder / OUTPUT)  # type: ignore[no-untyped-call]
    return checked


def _published(data: dict[str, Any], folder: Path) -> _Published:
    record = data[RECORD_MIME]
    kind = next(mime for mime in _KINDS if mime in data)
    counts = np.array(list(record["counts"].values()), float).T
    places = [record["columns"].index(name) for name in record["counts"]]
    names = pd.DataFrame(record["names"], index=range(len(counts)), dtype=object)
    return _Published(data, kind, folder, names, tuple(record["counts"]), counts, places)


def _mend(tables: list[_Published], last: Path) -> Checked:
    """Look at all tables together, and hide what narrows small counts."""
    known = Knowledge(disclosure.least())
    book = Book(known)
    cells = [book.enter(one.names, one.columns, one.counts).sheet.cells for one in tables]
    states, fixed = _as_published(tables, cells, last)
    for cell, state in states.items():
        small = 0 < known.counts[cell] < known.least
        known.states[cell] = SMALL if small and state == TOLD else state
    free = {cell for cell in states if _tellable(cell, known)} - fixed
    loath = {False: dict[int, float](), True: dict[int, float]()}
    for one, at in zip(tables, cells, strict=True):
        for cell in free.intersection(at.ravel().tolist()):
            loath[one.kind == FIGURE_MIME][cell] = 1.0 if one.kind == TABLE_MIME else 0.0
    plain = {cell: much for cell, much in loath[False].items() if cell not in loath[True]}
    narrowed, exposed = mend(known, plain, loath[True])
    changed = {cell for cell, state in states.items() if known.states[cell] != state}
    for one, at in zip(tables, cells, strict=True):
        places = np.argwhere(np.isin(at, list(changed)))
        one.hide({(int(row), int(place)): known.states[at[row, place]] for row, place in places})
    return Checked(len(exposed), len(set(narrowed) - set(exposed)), len(changed))


def _as_published(
    tables: list[_Published], cells: list[NDArray[np.int64]], last: Path
) -> tuple[dict[int, int], set[int]]:
    """Return what the report tells of each count, and those that the report before told."""
    states: dict[int, int] = {}
    fixed: set[int] = set()
    for one, at in zip(tables, cells, strict=True):
        told, _ = told_before(last, one.names, one.columns, one.counts)
        fixed.update(at[told].tolist())
        for cell, state in zip(at.ravel().tolist(), one.states().ravel().tolist(), strict=True):
            if cell >= 0:
                states[cell] = _more_told(state, states.get(cell, state))
    return states, fixed


def _tellable(cell: int, known: Knowledge) -> bool:
    return known.states[cell] == TOLD and known.counts[cell] >= known.least


def _more_told(one: int, other: int) -> int:
    """Return which of two tables tells more of a count."""
    return min(one, other, key=[TOLD, SMALL, WITHHELD, UNTOLD].index)
