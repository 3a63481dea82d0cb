"""Lists for spreadsheets: CSV files that cannot run anything when they are opened.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula,
whatever the file says. Such text gets an apostrophe in front, also where it follows a
semicolon, bar, tab or line break inside a cell, because a program set to another
separator would begin a new cell there. Numbers stay numbers, negative ones too.
`original` takes those apostrophes off again, and no others, so that a list which is read
back names the same customers.

A list of customers is there to act on. So it is written only by who says which of them must be
left alone (`consent.withheld`), and the report tells how many were left out.
"""

from __future__ import annotations

import csv
import html
import re
import secrets
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import discretion, wording
from analysis.customer_table import CustomerTable
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator, Sequence

__all__ = ["MIME", "Export", "harmless", "original", "read", "save", "write"]

MOST_ROWS = 1_000_000
"""Of a list for spreadsheets, which hold little more; a longer one is Parquet."""
MIME = "application/vnd.analysis.export+json"

_CUSTOMER = "customer_id"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[+-]?[0-9]+)?")
_CELL_START = r"(^|[;|\t\r\n])"
_FORMULA = r"(?=(?:'|[^\S\t\r\n])*(?:[=+\-@\uff0b\uff0d\uff1d\uff20]|[\t\r]))"
_PERHAPS = r"(?:^|[;|\t\r\n])[^0-9A-Za-z]*[=+\-@\x{ff0b}\x{ff0d}\x{ff1d}\x{ff20}\t\r]"
"""Finds all that `_UNGUARDED` does, and more, in whole columns: their engine cannot look ahead."""
_UNGUARDED = re.compile(_CELL_START + _FORMULA)
_GUARDED = re.compile(f"{_CELL_START}'{_FORMULA}")


@dataclass(frozen=True, slots=True)
class Export:
    """A list that was written, or not written because no folder was given.

    `left_out` counts the customers that are not on it because they refused contact.
    """

    name: str
    title: str
    file: str
    rows: int
    left_out: int = 0

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            MIME: asdict(self),
            "text/html": f"<p>{html.escape(str(self))}</p>",
            "text/plain": str(self),
        }

    def __str__(self) -> str:
        where = f"in {self.file}" if self.file else "not written (no folder for exports given)"
        less = f"; {self.left_out:,} left out, who refused contact" if self.left_out else ""
        return f"{self.title}: {self.rows:,} rows, {where}{less}."


def save(
    table: pd.DataFrame | CustomerTable,
    name: str,
    folder: str | Path,
    *,
    title: str = "",
    without: Collection[str] | None = None,
    people: Sequence[str] = (),
) -> Export:
    """Write a table as a CSV that is safe to open in a spreadsheet.

    Parameters
    ----------
    table : DataFrame or CustomerTable
        The rows; a named index becomes the first columns, an unnamed one is left out. More than
        a million customers, which no spreadsheet holds, become Parquet, part by part.
    name : str
        File name without ending: lower-case letters, digits and underscores.
    folder : str or Path
        Where the file goes, made when missing; an empty text writes nothing.
    title : str, optional
        What the list holds, in words; the name with spaces by default.
    without : collection of customer_id, optional
        Who is left out; a list with a column `customer_id` needs it, be it empty.
    people : sequence of columns, optional
        Of a table that names nobody: those that count people, where `discretion` tells managers
        no small counts. The columns before the first of them name the rows.

    Returns
    -------
    Export
        Displays in a notebook, and tells a report where the list is.

    Raises
    ------
    DataError
        When `name` could not be a plain file name, or a list of customers does not say who is
        left out of it.
    """
    if not _NAME.fullmatch(name):
        raise DataError(
            f"The name of an export holds lower-case letters, digits and underscores, and "
            f"begins with a letter; got {name!r}."
        )
    title = title or wording.label(name)
    if isinstance(table, CustomerTable):
        if len(table) > MOST_ROWS:
            return _save_parts(table, Export(name, title, "", 0), folder, without)
        table = pd.concat(table.frames(), ignore_index=True)
    rows, left_out = _leave_out(discretion.told(table, people, name), name, without)
    if not str(folder):
        return Export(name, title, "", len(rows), left_out)
    target = Path(folder).resolve() / f"{name}.csv"
    write(rows, target)
    return Export(name, title, f"{target.parent.name}/{target.name}", len(rows), left_out)


def _save_parts(
    table: CustomerTable, export: Export, folder: str | Path, without: Collection[str] | None
) -> Export:
    """Write a long list one part at a time."""
    parts = (_leave_out(frame, export.name, without) for frame in table.frames())
    if not str(folder):
        counts = [(len(rows), out) for rows, out in parts]
        rows, left_out = (sum(column) for column in zip(*counts, strict=True))
        return replace(export, rows=rows, left_out=left_out)
    target = Path(folder).resolve() / f"{export.name}.parquet"
    rows, left_out = 0, 0
    with _beside(target) as aside, ExitStack() as files:
        writer: pq.ParquetWriter | None = None
        for kept, out in parts:
            schema = writer and writer.schema
            part = pa.Table.from_pandas(kept, schema=schema, preserve_index=False)
            writer = writer or files.enter_context(pq.ParquetWriter(aside, part.schema))
            writer.write_table(part)
            rows, left_out = rows + len(kept), left_out + out
    file = f"{target.parent.name}/{target.name}"
    return replace(export, file=file, rows=rows, left_out=left_out)


def write(frame: pd.DataFrame, target: Path) -> None:
    """Write a table to `target` so that it is safe to open in a spreadsheet; see `save`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(_harmless_frame(frame), target)


def read(source: Path, texts: Collection[str] = ()) -> pd.DataFrame:
    """Read a list back as `save` was given it: texts without apostrophes, numbers as written.

    A text that looks like a number comes back as one, but in the columns `texts`.
    """
    rows = pd.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    for name in rows.columns:
        rows[name] = rows[name].map(original if name in texts else _as_given)
    return rows


def harmless(text: str) -> str:
    """Return `text` so that no spreadsheet takes it, or a part of it, for a formula."""
    return _UNGUARDED.sub(r"\1'", text)


def original(text: str) -> str:
    """Return the text that `harmless` was given: what it answered, without its apostrophes."""
    return _GUARDED.sub(r"\1", text)


def _as_given(cell: str) -> str | Decimal:
    return Decimal(cell) if _NUMBER.fullmatch(cell) else original(cell)


def _leave_out(
    frame: pd.DataFrame, name: str, without: Collection[str] | None
) -> tuple[pd.DataFrame, int]:
    """Return a list without some customers, and how many of them were on it."""
    if _CUSTOMER not in (*frame.columns, *frame.index.names):
        return frame, 0
    if without is None:
        raise DataError(
            f"A list of customers leaves out who must not be contacted; {name} does not say who "
            "that is. Pass without=consent.withheld(source)."
        )
    named = _CUSTOMER in frame.columns
    ids = pd.Index(frame[_CUSTOMER] if named else frame.index.get_level_values(_CUSTOMER))
    out = ids.isin(list(without))
    return frame[~out], ids[out].nunique()


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
    if isinstance(column.dtype, pd.StringDtype):
        perhaps = pc.match_substring_regex(pa.array(column, from_pandas=True), _PERHAPS)
        asked = pc.fill_null(perhaps, False).to_numpy(zero_copy_only=False)
        safe = column.copy()
        safe[asked] = column[asked].map(harmless)
        return safe
    return column.astype(object).map(_harmless_value, na_action="ignore")


def _harmless_value(value: Hashable) -> Hashable:
    if isinstance(value, Number):
        return value
    return harmless(str(value))


def _write(frame: pd.DataFrame, target: Path) -> None:
    with _beside(target) as aside, aside.open("x", encoding="utf-8-sig", newline="") as stream:
        frame.to_csv(stream, index=False, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Give a place beside the target, and move what is there into it: no half file is ever seen."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        yield aside
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
