"""The lists of a run, CSV or Parquet: the rows of one customer in them, and their texts.

A list is read row by row, or part by part where it is Parquet (see `exports.save`), and changed
by one that is written beside it.
"""

from __future__ import annotations

import csv
import re
import secrets
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import exports
from analysis.errors import DataError
from analysis.tables.pseudonyms import PERSONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["LISTS", "as_word", "count", "with_texts", "write_with", "written_without"]

LISTS = ("tables/*.csv", "tables/*.parquet")
_REJECTS = {"rule", "value"}


def count(path: Path, names: Sequence[str]) -> int:
    """Return how many rows of a list are of a customer, by any of the names."""
    if path.suffix == ".parquet":
        return sum(int(pc.sum(_named(part, names)).as_py() or 0) for part in _parts(path))
    return sum(named for _, named in _rows(path, names))


def written_without(path: Path, names: Sequence[str]) -> Path:
    """Write a list beside itself, without the rows of a customer; return where."""
    aside = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.new")
    if path.suffix == ".parquet":
        _write(path, aside, lambda part: part.filter(pc.invert(_named(part, names))))
    else:
        with aside.open("x", encoding="utf-8", newline="") as stream:
            stream.writelines(text for text, named in _rows(path, names) if not named)
    shutil.copymode(path, aside)
    return aside


def with_texts(path: Path, change: Callable[[str], str]) -> bool:
    """Change the texts of a Parquet list, and say whether any was another one afterwards."""

    def changed(part: pa.Table) -> pa.Table:
        for at, name in enumerate(part.column_names):
            if pa.types.is_string(part[name].type) or pa.types.is_large_string(part[name].type):
                new = [value and change(value) for value in part[name].to_pylist()]
                if new != part[name].to_pylist():
                    field = part.schema.field(at)
                    part = part.set_column(at, field, [pa.array(new, field.type)])
        return part

    if all(changed(part) is part for part in _parts(path)):
        return False
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write(path, aside, changed)
    aside.replace(path)
    return True


def write_with(known: Mapping[str, str], path: Path, to: Path) -> None:
    """Write a list anew, with other names for its customers; who is not known keeps the name.

    Raises
    ------
    DataError
        The list names no customers.
    """
    rows = pd.DataFrame() if path.suffix == ".parquet" else exports.read(path, PERSONS)
    columns = [str(name) for name in rows] or pq.read_schema(path).names
    there = [name for name in PERSONS if name in columns]
    if not there:
        raise DataError(
            f"A list to reveal has a column {' or '.join(PERSONS)}; {path.name} has "
            f"{', '.join(columns)}."
        )
    if path.suffix != ".parquet":
        exports.write(rows.assign(**{name: rows[name].replace(known) for name in there}), to)
        return

    def renamed(part: pa.Table) -> pa.Table:
        for name in there:
            new = [known.get(value, value) for value in part[name].to_pylist()]
            at = part.column_names.index(name)
            field = part.schema.field(at)
            part = part.set_column(at, field, [pa.array(new, field.type)])
        return part

    _write(path, to, renamed)


def as_word(names: Sequence[str]) -> re.Pattern[str]:
    """Return what finds a name that is no part of a longer one."""
    return re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in names))


def _parts(path: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield file.read_row_group(number)


def _write(path: Path, aside: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    with pq.ParquetWriter(aside, pq.read_schema(path)) as writer:
        for part in _parts(path):
            writer.write_table(change(part))


def _named(part: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    named = pa.chunked_array([pa.array([False] * part.num_rows)])
    for column in set(PERSONS) & set(part.column_names):
        found = pc.is_in(part[column], value_set=pa.array(names, part[column].type))
        named = pc.or_(named, found)
    return named


def _rows(path: Path, names: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Give each row of a CSV as it is written, and whether it is one of the customer."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in stream:
            taken.append(line)
            yield line

    with path.open(encoding="utf-8", newline="") as stream:
        columns: list[int] | None = None
        word: re.Pattern[str] | None = None
        for cells in csv.reader(lines()):
            if columns is None:
                header = [cell.removeprefix("\ufeff").strip('"') for cell in cells]
                columns = [place for place, name in enumerate(header) if name in PERSONS]
                if set(header) >= _REJECTS:
                    columns, word = [header.index("value")], as_word(names)
                yield "".join(taken), False
            else:
                found = [exports.original(cells[at]) for at in columns if at < len(cells)]
                named = any(one in names or (word and word.search(one)) for one in found)
                yield "".join(taken), bool(named)
            taken.clear()
