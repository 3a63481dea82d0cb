"""A look at the head of a file, in each of the ways in which it could be a table."""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import SourceError
from analysis.settings_errors import did_you_mean
from analysis.tables.excel import first_rows
from analysis.tables.files import EXCEL
from analysis.tables.headers import SEPARATORS
from analysis.tables.lines import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_ROWS = 5_000
MOST_LINES_ABOVE = 4
_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Header and first rows of a file, and what must be said so that it is read so."""

    path: Path
    header: tuple[str, ...]
    rows: list[list[str]]
    encoding: str = ""
    sheet: str = ""
    skip_lines: int = 0

    def values(self, name: str) -> list[str]:
        """Return what stands in a column, blank or not."""
        at = self.header.index(name)
        return [row[at].strip() if at < len(row) else "" for row in self.rows]


def looks(path: Path) -> Iterator[Look]:
    """Yield each way in which the file could be a table, the likeliest first.

    Raises
    ------
    SourceError
        If it is not there, is empty or cannot be read.
    """
    if path.is_dir():
        raise SourceError(
            f"Each file must be named by itself; {path} is a folder. Name those of one export, as "
            f"in {path.name}/*.csv."
        )
    if not path.is_file():
        folder = path.parent
        there = sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
        near = f" {did_you_mean(path.name, there)}" if there else ""
        raise SourceError(f"Each file must be there; {path} is not.{near}")
    with path.open("rb") as stream:
        start = stream.read(8)
    if not start:
        raise SourceError(f"A file must have a header and rows; {path.name} is empty (0 bytes).")
    if start.startswith(b"PAR1"):
        yield _parquet(path)
    elif start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or path.suffix.lower() in EXCEL:
        for number, (sheet, rows) in enumerate(first_rows(path, MOST_ROWS)):
            yield from _tables(path, rows, sheet=sheet if number else "")
    else:
        yield from _text_tables(path)


def _parquet(path: Path) -> Look:
    try:
        file = pq.ParquetFile(path)
        batch = next(file.iter_batches(MOST_ROWS), None)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"{path.name} must be a whole Parquet file; it cannot be read: {error}. "
            "Copy or write it again."
        ) from None
    header = tuple(file.schema_arrow.names)
    rows = [] if batch is None else zip(*batch.to_pydict().values(), strict=True)
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    return Look(path=path, header=header, rows=texts)


def _text_tables(path: Path) -> Iterator[Look]:
    for encoding in ("", "gb18030", "cp1252"):
        text = _decoded(path, encoding)
        if text is None:
            continue
        for separator in SEPARATORS:
            reader = csv.reader(io.StringIO(text), delimiter=separator)
            try:
                rows = list(itertools.islice(reader, MOST_ROWS))
            except csv.Error:
                continue
            yield from _tables(path, rows, encoding=encoding)
        if not encoding:
            return


def _decoded(path: Path, encoding: str) -> str | None:
    """Return the first block of the file as text; None where it is none in that encoding."""
    try:
        text = next(blocks(path, encoding or None)).text.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if encoding == "gb18030" and not _reads_as_chinese(text):
        return None
    first, _, rest = text.partition("\n")
    return rest if first.lower().startswith("sep=") else text


def _reads_as_chinese(text: str) -> bool:
    """Whether most signs that are not ASCII are Chinese and stand beside another one.

    Western text taken for Chinese has them one by one, in the middle of words.
    """
    runs = re.findall(r"[^\x00-\x7f]+", text)
    signs = sum(map(len, runs))
    chinese = sum(len(_CHINESE.findall(run)) for run in runs if len(run) > 1)
    return 2 * chinese > signs


def _tables(
    path: Path, rows: list[list[str]], *, encoding: str = "", sheet: str = ""
) -> Iterator[Look]:
    for skip, row in enumerate(rows[: MOST_LINES_ABOVE + 1]):
        if sum(bool(cell.strip()) for cell in row) > 1:
            header = tuple(cell.strip(" \t\ufeff") for cell in row)
            below = [row for row in rows[skip + 1 :] if any(row)]
            yield Look(
                path=path, header=header, rows=below,
                encoding=encoding, sheet=sheet, skip_lines=skip,
            )  # fmt: skip
