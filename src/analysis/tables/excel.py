"""A sheet of an Excel or OpenDocument file; ids keep their digits."""

from __future__ import annotations

import datetime as dt
import zipfile
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import python_calamine

from analysis.errors import SourceError
from analysis.settings_errors import did_you_mean
from analysis.settings_tables import TableSettings
from analysis.tables.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analysis.tables.mapping import Mapping

MOST_UNPACKED = 2**30
_PIECE = 2**20


def read_sheet(
    path: Path, settings: TableSettings, mapping: Mapping
) -> tuple[dict[str, str], Iterator[Piece]]:
    """Return the source's names of the columns that are there, and the rows as text.

    Every cell becomes text as it would stand in a CSV under the same settings, so that a date
    written as text and one that Excel knows as a date are read by one rule.
    """
    _refuse_bomb(path)
    sheet = _sheet(path, settings.sheet)
    cells = sheet.to_python(skip_empty_area=False)
    filled = [number for number, row in enumerate(cells) if any(cell != "" for cell in row)]
    at = next((number for number in filled if number >= settings.skip_lines), None)
    if at is None:
        raise SourceError(
            f"A table must have a header and rows; sheet {sheet.name!r} of {path.name} is empty. "
            'Name another one: sheet = "..."'
        )
    header = [_text(cell, settings).strip() for cell in cells[at]]
    names = mapping.find(header, f"{path.name}, sheet {sheet.name!r}")
    rows = [
        (number, row)
        for number, row in enumerate(cells[at + 1 :], start=at + 2)
        if any(cell != "" for cell in row)
    ]
    columns: dict[str, Any] = {"line": pa.array([number for number, _ in rows], pa.int64())}
    for canonical, name in names.items():
        place = header.index(name)
        values = [_text(row[place], settings) for _, row in rows]
        columns[canonical] = pa.array(values, pa.string())
    return names, iter([Piece(pa.table(columns))])


def first_rows(path: Path, most: int) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the name of each sheet and its first rows as text, days like 2024-03-31."""
    _refuse_bomb(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=most)
            yield name, [[_text(cell, TableSettings()) for cell in row] for row in cells]
    except (python_calamine.CalamineError, OSError) as error:
        raise _unreadable(path, error) from None


def _refuse_bomb(path: Path) -> None:
    """Stop before a file that would unpack to more than memory should hold for it.

    What `zipfile` cannot unpack it says in five ways, a password (RuntimeError) and an unknown
    compression (NotImplementedError) among them; each is a file that cannot be read.
    """
    if not zipfile.is_zipfile(path):
        return
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                with archive.open(part) as stream:
                    while unpacked <= MOST_UNPACKED and (piece := stream.read(_PIECE)):
                        unpacked += len(piece)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError) as error:
        raise _unreadable(path, error) from None
    if unpacked > MOST_UNPACKED:
        raise SourceError(
            f"A sheet must unpack to at most {MOST_UNPACKED / 2**30:g} GB; {path.name} has "
            f"{path.stat().st_size:,} bytes and unpacks to more. Save it as CSV or Parquet."
        )


def _unreadable(path: Path, error: Exception) -> SourceError:
    return SourceError(
        f"{path.name} must be an Excel or OpenDocument file without a password; it cannot be "
        f"read: {error}. Open it, and save it again as .xlsx or as CSV."
    )


def _sheet(path: Path, name: str | None) -> python_calamine.CalamineSheet:
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        if name is not None and name not in book.sheet_names:
            raise SourceError(
                f"`sheet` must name a sheet of {path.name}; {name!r} is none of its "
                f"{len(book.sheet_names)}. {did_you_mean(name, book.sheet_names)}"
            )
        return book.get_sheet_by_name(book.sheet_names[0] if name is None else name)
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        raise _unreadable(path, error) from None


def _text(cell: Any, settings: TableSettings) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, (int, float)):
        number = format(Decimal(repr(cell)), "f")
        number = number.removesuffix(".0")
        return number.replace(".", ",") if settings.decimal == "," else number
    if isinstance(cell, (dt.datetime, dt.date)) and settings.date_format is not None:
        return cell.strftime(settings.date_format)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return cell.isoformat(" ") if isinstance(cell, dt.datetime) else str(cell)
