"""What of a table of people a manager may be told: counts, and all that would give them back.

Small counts are bounded, others withheld where sums would tell the small ones (`suppression`). A
hidden count takes the numbers along that are of the same people: share, mean and sum of so few are
nobody else's. Shares that come of small counts elsewhere, and running sums, go too.

What sentences tell and tables withhold goes by its value: a count that was told in this report is
withheld only where nothing else helps, and one that is withheld is told by no sentence after.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import disclosure
from analysis.disclosure.joining import Book
from analysis.disclosure.narrowing import Knowledge
from analysis.disclosure.suppression import SMALL, TOLD, UNTOLD, WITHHELD, suppress
from analysis.disclosure.told_before import keys_of, told_before
from analysis.language import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = [
    "RECORD_MIME",
    "Telling",
    "as_told",
    "drawn",
    "parts",
    "tell",
    "told",
    "written",
]

RECORD_MIME = "application/vnd.analysis.counts+json"

_SMALL = {SMALL: True, WITHHELD: False, UNTOLD: None}
_NEAR = 1e-9
_WHOLE = 0.5
"""How loath a table is to lose the first of several counts, which is the whole of the others."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of a table.

    Attributes
    ----------
    states : dict of column to array
        Of the columns that count people: what `suppression` says of each cell.
    left_out : dict of column to array of bool
        Of the other numbers: the rows in which they are not told.
    names : DataFrame, optional
        What the rows are, as texts.
    counts : array, rows x columns, optional
        Of people, as they are.
    columns : tuple of str
        All of the table.
    """

    states: dict[str, NDArray[np.int8]]
    left_out: dict[str, NDArray[np.bool_]]
    names: pd.DataFrame | None = None
    counts: NDArray[np.float64] | None = None
    columns: tuple[str, ...] = ()

    @property
    def record(self) -> dict[str, Any]:
        """The counts as they are, for the check of the finished report; nothing for analysts.

        The check takes them out of the notebook again.
        """
        if self.names is None or self.counts is None:
            return {}
        columns = self.counts.T.tolist()
        counts = {
            name: [None if np.isnan(count) else count for count in column]
            for name, column in zip(self.states, columns, strict=True)
        }
        names = {str(name): list(self.names[name]) for name in self.names}
        return {RECORD_MIME: {"names": names, "counts": counts, "columns": list(self.columns)}}

    def bounds(
        self, column: str, bound: Callable[[bool | None], str] = disclosure.bound
    ) -> dict[int, str]:
        """Return what stands in place of the hidden counts of a column, by row."""
        states = self.states.get(column, np.zeros(0, np.int8))
        return {int(at): bound(_SMALL[int(states[at])]) for at in np.flatnonzero(states)}


def tell(frame: pd.DataFrame, people: Sequence[str]) -> Telling:
    """Say what of a table is told.

    What the report before told of the same rows cannot be hidden any more, and what it withheld is
    not told now.

    Parameters
    ----------
    frame : DataFrame
        The columns before the first of `people` name the rows.
    people : sequence of columns
        Those that count people; what is not there counts for nothing.
    """
    counted = [str(column) for column in frame.columns if column in people]
    least = disclosure.least()
    if not counted or least <= 1 or frame.empty:
        return Telling({}, {})
    first = list(map(str, frame.columns)).index(counted[0])
    names = frame.iloc[:, :first]
    counts = _whole(frame[counted])
    told, withheld = told_before(Path(disclosure.earlier()), names, counted, counts)
    said = np.isin(counts, disclosure.only_told()).astype(float)
    said[:, 0] += _WHOLE if len(counted) > 1 else 0.0
    texts = _texts(names)
    found = suppress(
        counts, texts, least, columns=counted,
        told=told, withheld=withheld, said=said, book=_book(),
    )  # fmt: skip
    disclosure.withhold(counts[(found.states != TOLD) & (counts >= least)])
    measures = frame.iloc[:, first:].drop(columns=counted).select_dtypes("number")
    states = dict(zip(counted, found.states.T, strict=True))
    few = _shares_of_few(measures, counts, least)
    left_out = {
        str(name): few | _follows(measures[name], dict(zip(counted, counts.T, strict=True)), states)
        for name in measures
    }
    return Telling(states, left_out, texts, counts, tuple(map(str, frame.columns)))


def told(frame: pd.DataFrame, people: Sequence[str]) -> pd.DataFrame:
    """Return a table as it may be written for managers: bounds for counts, nothing for the rest."""
    return as_told(frame, tell(frame, people))


def as_told(frame: pd.DataFrame, telling: Telling) -> pd.DataFrame:
    """Return the same where it was said already what of it is told."""
    shown = frame.copy()
    for column in map(str, frame.columns):
        if bounds := telling.bounds(column, disclosure.bound_in_data):
            cells = frame[column].astype(object)
            shown[column] = [bounds.get(at, cell) for at, cell in enumerate(cells)]
        elif column in telling.left_out:
            shown[column] = frame[column].mask(telling.left_out[column])
    return shown


def drawn(frame: pd.DataFrame, people: Sequence[str]) -> pd.DataFrame:
    """Return a table as a chart may draw it, whose coordinates anybody can read.

    All small counts are of one height, in the middle of what they can be; others that are not
    told are missing, and so are the numbers that go with them. As given where all is told.
    """
    telling = tell(frame, people)
    shown = frame
    for name, states in telling.states.items():
        if states.any():
            heights = np.where(states == SMALL, disclosure.least() / 2, np.nan)
            counts = shown[name].to_numpy(float)
            shown = shown.assign(**{name: np.where(states == TOLD, counts, heights)})
    for name, out in telling.left_out.items():
        if out.any():
            shown = shown.assign(**{name: shown[name].astype(float).mask(out)})
    return shown


def written(
    frame: pd.DataFrame, people: Sequence[str], rows: slice = slice(None)
) -> dict[str, list[str]]:
    """Return the counts of a table, by column, as a sentence or a chart may write some rows."""
    telling = tell(frame, people)
    texts = {}
    for name in (column for column in map(str, frame.columns) if column in people):
        bounds, places = telling.bounds(name), range(len(frame))[rows]
        counts = zip(places, frame[name].iloc[rows], strict=True)
        texts[name] = [bounds.get(at) or disclosure.people(count) for at, count in counts]
    return texts


def parts(*counts: float) -> list[str]:
    """Return counts of people that add up to a known whole, as a sentence may tell them."""
    names = [f"{at} of {sum(counts)}" for at in range(len(counts))]  # of this whole, and no other
    frame = pd.DataFrame({"part": names, "people": counts})
    return written(frame, ["people"])["people"]


def _whole(counted: pd.DataFrame) -> NDArray[np.float64]:
    values = counted.astype(float).to_numpy()
    return np.where(values < 1, np.ceil(values), np.round(values))


def _book() -> Book:
    """Return the tables that this report told so far."""
    kept = disclosure.tables()
    if not kept:
        kept.append(Book(Knowledge(disclosure.least())))
    return kept[0]


def _texts(names: pd.DataFrame) -> pd.DataFrame:
    """Return the names of the rows as any table of this report has them: in the language spoken."""
    keys = [tuple(map(translate, key)) for key in keys_of(names)]
    return pd.DataFrame(keys, columns=names.columns, dtype=object)


def _shares_of_few(
    measures: pd.DataFrame, counts: NDArray[np.float64], least: int
) -> NDArray[np.bool_]:
    """Return the rows with a share of so few, or of all but so few, of a count that stands near.

    Near are the largest counts of the row and of the row before it, and the total of the first.
    """
    largest = np.nan_to_num(counts).max(axis=1)
    total = np.full(len(counts), np.nansum(counts[:, 0]))
    wholes = np.column_stack([largest, [np.nan, *largest[:-1]], total])
    wholes = np.where(wholes >= least, wholes, np.nan)
    few = np.zeros(len(counts), bool)
    for column in measures:
        share = measures[column].to_numpy(float)[:, None]
        with np.errstate(invalid="ignore"):
            for part in (share * wholes, (1 - share) * wholes):
                near = np.abs(part - np.round(part)) < _NEAR * wholes
                few |= ((share > 0) & near & (part > 0.5) & (part < least - 0.5)).any(axis=1)
    return few


def _follows(
    measure: pd.Series[Any],
    counts: dict[str, NDArray[np.float64]],
    states: dict[str, NDArray[np.int8]],
) -> NDArray[np.bool_]:
    """Return the rows in which a number follows from counts that are hidden there.

    A number is of the count whose name its own begins with ("new_revenue": `new`), else of the
    first one. A difference or sum of two counts is of both, a running sum of all rows.
    """
    values = measure.to_numpy(float)
    named = [name for name in counts if str(measure.name).startswith(f"{name}_")]
    of = {max(named, key=len) if named else next(iter(counts))}
    for one, other in combinations(counts, 2):
        pair = np.array([counts[one] - counts[other], counts[one] + counts[other]])
        if any(np.array_equal(np.abs(values), np.abs(row), equal_nan=True) for row in pair):
            of |= {one, other}
    hidden: NDArray[np.bool_] = np.any([states[name] != TOLD for name in sorted(of)], axis=0)
    steps = np.diff(values, prepend=0.0)
    for name, column in counts.items():
        total = column.sum()
        running = (
            len(column) > 1 and np.isfinite(total) and total > 0 and (states[name] != TOLD).any()
        )
        if running and np.allclose(steps, steps.sum() / total * column, atol=_NEAR):
            hidden |= steps.sum() != 0
    return hidden
