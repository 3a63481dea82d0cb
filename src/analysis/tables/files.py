"""Files on disk: which there are, of what kind, and their rows as pieces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import SourceError, SourceUnavailableError
from analysis.settings_errors import did_you_mean
from analysis.tables.excel import read_sheet
from analysis.tables.headers import read_header
from analysis.tables.lines import is_packed_text
from analysis.tables.pieces import Piece, as_text, plain
from analysis.tables.text import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analysis.settings_tables import TableSettings
    from analysis.tables.mapping import Mapping

EXCEL = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
PARQUET = {".parquet", ".pq"}
TEXT = {".csv", ".tsv", ".txt", ".gz", ".bz2", ".xz", ".zip", ".zst"}
BATCH = 250_000


def find(settings: TableSettings, root: Path) -> list[Path]:
    """Return the files that the settings name: files, folders and patterns, each once, in order."""
    found: list[Path] = []
    for path in settings.paths:
        found += [file for file in _matches(root, path) if file not in found]
    return found


def _matches(root: Path, written: str) -> list[Path]:
    path = root / written
    if path.is_file():
        return [path]
    if path.is_dir():
        suffixes = EXCEL | PARQUET | TEXT
        files = [file for file in path.iterdir() if file.suffix.lower() in suffixes]
        problem = f"the folder {path} has none of the kinds {', '.join(sorted(suffixes))}"
    elif any(sign in written for sign in "*?["):
        base = path.parent
        while any(sign in str(base) for sign in "*?["):
            base = base.parent
        files = list(base.glob(str(path.relative_to(base)))) if base.is_dir() else []
        problem = f"none matches {path}"
    else:
        folder = path.parent
        there = [file.name for file in folder.iterdir()] if folder.is_dir() else []
        near = f" {did_you_mean(path.name, sorted(there))}" if there else ""
        raise SourceUnavailableError(
            f"`path` must name a file that is there; {path} is not.{near} "
            "Paths start at the folder of the settings file."
        )
    files = sorted(
        file for file in files if file.is_file() and not file.name.startswith((".", "~"))
    )
    if not files:
        raise SourceError(f'`path` "{written}" must find a file; {problem}. Correct the path.')
    return files


def read(
    path: Path, settings: TableSettings, mapping: Mapping
) -> tuple[dict[str, str], Iterator[Piece]]:
    """Return the source's names of the columns that are there, and the rows.

    The kind of a file is what its first bytes say, whatever its name.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(8)
    except OSError as error:
        raise SourceUnavailableError(
            f"{path.name} must be readable; it is not: {error.strerror}. Look at its permissions."
        ) from None
    if not start:
        raise SourceError(
            f"A table must have a header and rows; {path.name} is empty (0 bytes). Export it again."
        )
    if start.startswith(b"PAR"):
        return _read_parquet(path, settings, mapping)
    named_excel = path.suffix.lower() in EXCEL
    packed_text = start.startswith(b"PK\x03\x04") and not named_excel and is_packed_text(path)
    if named_excel or (start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) and not packed_text):
        _only_for_text(path, settings)
        return read_sheet(path, settings, mapping)
    if path.suffix.lower() in PARQUET:
        raise SourceError(
            f"A Parquet file begins with PAR1; {path.name} begins with {start[:4]!r}. "
            "It is broken or of another kind; write or copy it again."
        )
    if settings.sheet is not None:
        raise SourceError(f"`sheet` is for Excel files; {path.name} is not one. Remove `sheet`.")
    shape, names = read_header(path, mapping, settings)
    pieces = read_rows(path, shape, settings.encoding)
    return names, (as_text(piece, names, settings.encoding or "utf-8") for piece in pieces)


def _only_for_text(path: Path, settings: TableSettings) -> None:
    for name in ("separator", "encoding"):
        if getattr(settings, name) is not None:
            raise SourceError(
                f"`{name}` is for text files; {path.name} is not one. Remove `{name}`."
            )


def _read_parquet(
    path: Path, settings: TableSettings, mapping: Mapping
) -> tuple[dict[str, str], Iterator[Piece]]:
    _only_for_text(path, settings)
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, error) from None
    names = mapping.find(file.schema_arrow.names, path.name)
    return names, _parquet_pieces(path, file, names)


def _parquet_pieces(path: Path, file: pq.ParquetFile, names: dict[str, str]) -> Iterator[Piece]:
    line = 1
    try:
        for batch in file.iter_batches(BATCH, columns=list(dict.fromkeys(names.values()))):
            numbers = pa.array(np.arange(line, line + batch.num_rows))
            columns = {
                canonical: plain(batch.column(batch.schema.names.index(name)))
                for canonical, name in names.items()
            }
            line += batch.num_rows
            yield Piece(pa.table({"line": numbers} | columns))
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, error) from None
    if line - 1 != file.metadata.num_rows:
        raise SourceError(
            f"{path.name} says it has {file.metadata.num_rows:,} rows, and {line - 1:,} could be "
            "read. Write it again."
        )


def _broken(path: Path, error: Exception) -> SourceError:
    reason = re.sub(r"\s+", " ", str(error)).rstrip(".")[:200]
    return SourceError(
        f"{path.name} must be a whole Parquet file; it cannot be read: {reason}. "
        "Copy or write it again."
    )
