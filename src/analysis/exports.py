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
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import wording
from analysis.customer_table import CustomerTable
from analysis.disclosure import discretion
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence

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

    `left_out` counts the customers that are not on it because they refused contact; `record` is
    for the check of what is told of people.
    """

    name: str
    title: str
    file: str
    rows: int
    left_out: int = 0
    record: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        told = asdict(self)
        del told["record"]
        return self.record | {
            MIME: told,
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
    without: Collection[str] | CustomerTable | None = None,
    people: Sequence[str] = (),
) -> Export:
    """Write a table as a CSV that is safe to open in a spreadsheet.

    Parameters
    ----------
    table : DataFrame or CustomerTable
        The rows; a named index becomes the first columns, an unnamed one is left out. Customers
        are written part by part; more than a million, which no spreadsheet holds, as Parquet.
    name : str
        File name without ending: lower-case letters, digits and underscores.
    folder : str or Path
        Where the file goes, made when missing; an empty text writes nothing.
    title : str, optional
        What the list holds, in words; the name with spaces by default.
    without : collection of customer_id or CustomerTable, optional
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
    record: dict[str, Any] = {}
    if isinstance(table, CustomerTable):
        frames, ending = table.frames(), "parquet" if len(table) > MOST_ROWS else "csv"
    else:
        telling = discretion.tell(table, people)
        frames, ending = iter([discretion.as_told(table, telling)]), "csv"
        record = telling.record
    parts = (_leave_out(frame, name, without) for frame in frames)
    title = title or wording.label(name)
    if not str(folder):
        return Export(name, title, "", *_put(parts, lambda _: None), record)
    target = Path(folder).resolve() / f"{name}.{ending}"
    with _beside(target) as aside, _WRITERS[ending](aside) as put:
        counts = _put(parts, put)
    return Export(name, title, f"{target.parent.name}/{target.name}", *counts, record)


def _put(
    parts: Iterable[tuple[pd.DataFrame, int]], put: Callable[[pd.DataFrame], None]
) -> tuple[int, int]:
    """Put each part of a list, and return how many rows there are and how many were left out."""
    rows, left_out = 0, 0
    for kept, out in parts:
        put(kept)
        rows, left_out = rows + len(kept), left_out + out
    return rows, left_out


def write(frame: pd.DataFrame, target: Path) -> None:
    """Write a table to `target` so that it is safe to open in a spreadsheet; see `save`."""
    with _beside(target) as aside, _csv(aside) as put:
        put(frame)


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
    frame: pd.DataFrame, name: str, without: Collection[str] | CustomerTable | None
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
    out = np.zeros(len(ids), dtype=np.bool_)
    for refused in _parts_of(without):
        out |= ids.isin(refused)
    return frame[~out], ids[out].nunique()


def _parts_of(customers: Collection[str] | CustomerTable) -> Iterator[list[str] | pd.Series]:
    if isinstance(customers, CustomerTable):
        yield from (frame[_CUSTOMER] for frame in customers.frames())
    else:
        yield list(customers)


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


@contextmanager
def _csv(file: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Give what appends rows to a file for spreadsheets."""
    with file.open("x", encoding="utf-8-sig", newline="") as stream:
        written = 0

        def put(frame: pd.DataFrame) -> None:
            nonlocal written
            _harmless_frame(frame).to_csv(
                stream, index=False, header=not written, lineterminator="\r\n",
                quoting=csv.QUOTE_NONNUMERIC,
            )  # fmt: skip
            written += 1

        yield put


@contextmanager
def _parquet(file: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Give what appends rows to a Parquet file."""
    with ExitStack() as files:
        writer: pq.ParquetWriter | None = None

        def put(frame: pd.DataFrame) -> None:
            nonlocal writer
            schema = writer and writer.schema
            part = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
            writer = writer or files.enter_context(pq.ParquetWriter(file, part.schema))
            writer.write_table(part)

        yield put


_WRITERS = {"csv": _csv, "parquet": _parquet}


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
