"""Turn what a caller holds into checked float64 arrays, or say exactly what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import DataError, FitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Observations:
    """Times under observation: row i is at risk on (entry, time] and may end in an event."""

    time: Floats
    event: Booleans
    entry: Floats | None = None
    weight: Floats | None = None

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: NDArray[Any]) -> Observations:
        """Return the given rows (positions or a mask), in that order."""
        return Observations(
            self.time[rows],
            self.event[rows],
            None if self.entry is None else self.entry[rows],
            None if self.weight is None else self.weight[rows],
        )


def observe(durations: Any, events: Any, entry: Any = None, weights: Any = None) -> Observations:
    """Check durations, events, entry and weights together.

    Raises
    ------
    DataError
        Lengths or indices differ, a value is missing or out of range, or there are no rows.
    """
    aligned(durations=durations, events=events, entry=entry, weights=weights)
    time = numbers("durations", durations)
    require(time >= 0, "`durations` must be >= 0", time, "Drop or mend these rows.")
    began = None if entry is None else numbers("entry", entry)
    if began is not None:
        require(
            began < time,
            "`entry` must be before the row's duration, as a row is at risk on (entry, duration]",
            began,
            "Drop rows that were never under observation.",
        )
    return Observations(time, flags("events", events), began, positive("weights", weights))


def observe_for_times(durations: Any, events: Any, entry: Any, weights: Any) -> Observations:
    """Check as `observe` does, and that a model of log time can be fitted to it.

    Raises
    ------
    DataError
        As for `observe`, or a duration of 0.
    FitError
        No events.
    """
    sample = observe(durations, events, entry, weights)
    require(
        sample.time > 0,
        "`durations` must be > 0 in a model of log time",
        sample.time,
        "Drop rows never observed, or count a started unit as 1.",
    )
    if not sample.event.any():
        raise FitError(f"A model of times needs events; none of the {len(sample)} rows has one.")
    return sample


def aligned(**columns: Any) -> None:
    """Refuse arrays of different lengths and Series whose indices differ."""
    given = {name: column for name, column in columns.items() if column is not None}
    first, rows = next((name, len(column)) for name, column in given.items())
    if rows == 0:
        raise DataError(f"`{first}` must have at least one row; it is empty. Check the selection.")
    for name, column in given.items():
        if len(column) != rows:
            raise DataError(
                f"All columns must have one value a row; `{first}` has {rows} and `{name}` has "
                f"{len(column)}. Take them from the same table."
            )
    labelled = [c for c in given.values() if isinstance(c, pd.Series | pd.DataFrame)]
    if any(not column.index.equals(labelled[0].index) for column in labelled[1:]):
        raise DataError(
            "Series are matched by position, so their indices must be equal; these differ. "
            "Align them first, or pass arrays: series.to_numpy()."
        )


def numbers(name: str, values: Any) -> Floats:
    """Convert one column to finite float64; nullable, Arrow and Decimal columns included."""
    column = pd.Series(values)
    if column.dtype.kind in "mMcSU" or isinstance(column.dtype, pd.StringDtype):
        raise DataError(
            f"`{name}` must be numbers; it is of type {column.dtype}. "
            "Convert it first: .astype(float), or .dt.days for lengths of time."
        )
    try:
        array = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"`{name}` must be numbers; a value is not: {error}. Convert it first."
        ) from error
    require(
        np.isfinite(array),
        f"`{name}` must be finite numbers",
        array,
        "Drop or fill missing values first.",
    )
    return array


def positive(name: str, values: Any) -> Floats | None:
    """Convert optional weights; None stays None."""
    if values is None:
        return None
    array = numbers(name, values)
    require(array > 0, f"`{name}` must be > 0", array, "Drop rows that stand for nobody.")
    return array


def flags(name: str, values: Any) -> Booleans:
    """Convert a column of True/False or 1/0."""
    array = numbers(name, values)
    require(
        (array == 0) | (array == 1),
        f"`{name}` must be True or False (1 or 0)",
        array,
        "Compare with the code that means an event: status == 2.",
    )
    happened: Booleans = array == 1
    return happened


def labels(name: str, values: Any) -> tuple[Integers, pd.Index]:
    """Number the distinct labels of a column (or of several, in a DataFrame) in sorted order."""
    if isinstance(values, pd.DataFrame):
        column: Any = pd.MultiIndex.from_frame(values) if values.shape[1] > 1 else values.iloc[:, 0]
    else:
        column = values if isinstance(values, pd.Series | pd.Categorical) else pd.Series(values)
    codes, names = pd.factorize(column, sort=True)
    missing = codes < 0
    if isinstance(values, pd.DataFrame):
        missing = missing | values.isna().any(axis=1).to_numpy()
    require(
        ~missing, f"`{name}` must not be missing", codes, "Give these rows a label of their own."
    )
    return codes.astype(np.int64), pd.Index(names)


def require(passed: NDArray[np.bool_], rule: str, values: NDArray[Any], way_out: str) -> None:
    """Raise a DataError that names the rule, the extent, the first offender and the way out."""
    if passed.all():
        return
    broken = np.flatnonzero(~passed)
    raise DataError(
        f"{rule}; {len(broken)} of {len(passed)} break this, first row {broken[0]} "
        f"(counted from 0) with {values[broken[0]]}. {way_out}"
    )
