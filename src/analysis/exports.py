"""Lists for spreadsheets: CSV files that cannot run anything when they are opened.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula,
whatever the file says. Such text gets an apostrophe in front, also where it follows a
semicolon, bar, tab or line break inside a cell, because a program set to another
separator would begin a new cell there. Numbers stay numbers, negative ones too.
`original` takes those apostrophes off again, and no others, so that a list which is read
back names the same customers.
"""

from __future__ import annotations

import csv
import html
import os
import re
import tempfile
from dataclasses import dataclass
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import wording
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["MIME", "Export", "harmless", "save", "write"]

MIME = "application/vnd.analysis.export+json"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CELL_START = r"(^|[;|\t\r\n])"
_FORMULA = r"(?=(?:'|[^\S\t\r\n])*(?:[=+\-@\uff0b\uff0d\uff1d\uff20]|[\t\r]))"
_UNGUARDED = re.compile(_CELL_START + _FORMULA)
_GUARDED = re.compile(f"{_CELL_START}'{_FORMULA}")


@dataclass(frozen=True, slots=True)
class Export:
    """A list that was written, or not written because no folder was given."""

    name: str
    title: str
    file: str
    rows: int

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            MIME: {"name": self.name, "file": self.file, "rows": self.rows, "title": self.title},
            "text/html": f"<p>{html.escape(str(self))}</p>",
            "text/plain": str(self),
        }

    def __str__(self) -> str:
        if not self.file:
            return f"{self.title}: {self.rows:,} rows, not written (no folder for exports given)."
        return f"{self.title}: {self.rows:,} rows in {self.file}"


def save(frame: pd.DataFrame, name: str, folder: str | Path, *, title: str = "") -> Export:
    """Write a table as a CSV that is safe to open in a spreadsheet.

    Parameters
    ----------
    frame : DataFrame
        The rows; a named index becomes the first columns, an unnamed one is left out.
    name : str
        File name without ending: lower-case letters, digits and underscores.
    folder : str or Path
        Where the file goes, made when missing; an empty text writes nothing.
    title : str, optional
        What the list holds, in words; the name with spaces by default.

    Returns
    -------
    Export
        Displays in a notebook, and tells a report where the list is.

    Raises
    ------
    DataError
        When `name` could not be a plain file name.
    """
    if not _NAME.fullmatch(name):
        raise DataError(
            f"The name of an export holds lower-case letters, digits and underscores, and "
            f"begins with a letter; got {name!r}."
        )
    title = title or wording.label(name)
    if not str(folder):
        return Export(name, title, "", len(frame))
    target = Path(folder).resolve() / f"{name}.csv"
    write(frame, target)
    return Export(name, title, f"{target.parent.name}/{target.name}", len(frame))


def write(frame: pd.DataFrame, target: Path) -> None:
    """Write a table to `target` so that it is safe to open in a spreadsheet; see `save`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(_harmless_frame(frame), target)


def harmless(text: str) -> str:
    """Return `text` so that no spreadsheet takes it, or a part of it, for a formula."""
    return _UNGUARDED.sub(r"\1'", text)


def original(text: str) -> str:
    """Return the text that `harmless` was given: what it answered, without its apostrophes."""
    return _GUARDED.sub(r"\1", text)


def _harmless_frame(frame: pd.DataFrame) -> pd.DataFrame:
    named = [name for name in frame.index.names if name is not None]
    plain = frame.reset_index(level=named) if named else frame
    columns = {place: _harmless_column(plain.iloc[:, place]) for place in range(plain.shape[1])}
    safe = pd.DataFrame(columns, index=plain.index)
    safe.columns = pd.Index([_harmless_value(name) for name in plain.columns], dtype=object)
    return safe


def _harmless_column(column: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.astype(object).map(_harmless_value, na_action="ignore")


def _harmless_value(value: Hashable) -> Hashable:
    if isinstance(value, Number):
        return value
    return harmless(str(value))


def _write(frame: pd.DataFrame, target: Path) -> None:
    """Write beside the target, then move into place, so that no half file is ever seen."""
    handle, aside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as stream:
            frame.to_csv(stream, index=False, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
        Path(aside).chmod(0o644)
        Path(aside).replace(target)
    finally:
        Path(aside).unlink(missing_ok=True)
