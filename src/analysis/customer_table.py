"""One row a customer, wherever it fits: in memory, or chunk by chunk on disk.

Up to a million customers (`[engine] customers_at_once`) the rows are one DataFrame. Beyond, each
part of the customers is written as it comes, and read again one part at a time or summed up by
a query. The files are encrypted with a key that this process alone has, and go when the table does.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import weakref
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import dataset
from pyarrow.parquet.encryption import (
    create_decryption_properties,
    create_encryption_properties,
)
from sqlglot import exp

from analysis.engines import DuckDBEngine
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


__all__ = ["CustomerTable", "exact_sum", "quoted"]

PREFIX = "customers-"
"""Of the folders; the process that made one follows."""


def quoted(column: str) -> str:
    """Return the name of a column as it stands in a query."""
    return exp.to_identifier(column, quoted=True).sql("duckdb")


def exact_sum(amounts: str) -> str:
    """Return how a query adds up money: with the same result in whatever order the rows come."""
    return f"CAST(COALESCE(SUM(CAST({amounts} AS DECIMAL(38, 6))), 0) AS DOUBLE)"


@dataclass(frozen=True, slots=True, eq=False)
class _Chunks:
    """Parquet files of one table, removed with it."""

    folder: Path
    secret: bytes = field(repr=False)
    files: tuple[Path, ...]
    rows: int

    def read(self, file: Path) -> pd.DataFrame:
        properties = create_decryption_properties(self.secret)
        table = pq.read_table(file, decryption_properties=properties)
        frame: pd.DataFrame = table.to_pandas()
        return frame

    def scan(self) -> dataset.Dataset:
        """Show all rows through Arrow: DuckDB fails where it filters encrypted files of pyarrow."""
        options = dataset.ParquetFragmentScanOptions(
            decryption_properties=create_decryption_properties(self.secret)
        )
        kind = dataset.ParquetFileFormat(default_fragment_scan_options=options)
        return dataset.dataset([str(file) for file in self.files], format=kind)


@dataclass(frozen=True, eq=False)
class CustomerTable:
    """One row a customer, in the order of their ids (or as `ranked`).

    Attributes
    ----------
    columns : tuple of str
        Names of the columns.
    """

    columns: tuple[str, ...]
    _rows: pd.DataFrame | _Chunks = field(repr=False)
    _empty: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, frame: pd.DataFrame) -> CustomerTable:
        """Take a frame as it is; nothing is copied or written."""
        return cls(tuple(frame.columns), frame, frame.iloc[:0])

    @classmethod
    def written(cls, frames: Iterable[pd.DataFrame], folder: Path | None = None) -> CustomerTable:
        """Keep frames of successive customers: a single one in memory, several on disk.

        Parameters
        ----------
        frames : iterable of DataFrame
            The same columns in each; no two are held at once.
        folder : Path, optional
            For the files (`source.scratch`); the system's own for such files when not given.

        Raises
        ------
        DataError
            If there is no frame.
        """
        given = iter(frames)
        first = next(given, None)
        if first is None:
            raise DataError("A table of customers is made of at least one frame; there is none.")
        second = next(given, None)
        if second is None:
            return cls.of(first)
        empty, pending = first.iloc[:0].copy(), [second, first]
        del first, second
        chunks = _write(_all_of(pending, given), folder)
        table = cls(tuple(empty.columns), chunks, empty)
        weakref.finalize(table, shutil.rmtree, chunks.folder, ignore_errors=True)
        return table

    def __len__(self) -> int:
        """Return the number of customers."""
        return self._rows.rows if isinstance(self._rows, _Chunks) else len(self._rows)

    @property
    def dtypes(self) -> pd.Series:
        """What each column holds, as `DataFrame.dtypes`; a query answers categories as texts."""
        return self._empty.dtypes

    def to_frame(self) -> pd.DataFrame:
        """Return all rows at once, for whoever knows that they fit into memory."""
        return pd.concat(self.frames(), ignore_index=True)

    def frames(self) -> Iterator[pd.DataFrame]:
        """Yield the rows, one part of the customers at a time; each has an index of its own."""
        if isinstance(self._rows, _Chunks):
            for file in self._rows.files:
                yield self._rows.read(file)
        else:
            yield self._rows

    def query(self, sql: str, **values: Any) -> pd.DataFrame:
        """Answer a question over the relation `customers`, wherever the rows are.

        Parameters
        ----------
        sql : str
            In DuckDB's dialect; texts compare by their bytes, categories as texts.
        values
            For each `$name` of the query.
        """
        return self.query_with({}, sql, **values)

    def query_with(
        self, others: Mapping[str, CustomerTable], sql: str, **values: Any
    ) -> pd.DataFrame:
        """Answer a question over `customers` and further tables under the names given."""
        tables = {"customers": self, **others}
        with closing(_engine(os.getpid()).connection.cursor()) as own:
            for name, table in tables.items():
                own.register(name, table._relation())
            rows = DuckDBEngine(own).run(sql, **values)
        frame: pd.DataFrame = rows.to_pandas(date_as_object=False)
        return frame

    def top(self, column: str, rows: int) -> pd.DataFrame:
        """Return the customers with the most of something, the most first, ties by id."""
        best = pd.DataFrame()
        for frame in self.frames():
            both = pd.concat([best, frame]) if len(best) else frame
            best = both.sort_values([column, "customer_id"], ascending=[False, True]).head(rows)
        return best.reset_index(drop=True)

    def total(self, column: str) -> float:
        """Return the sum of a column of money; 0 without rows."""
        asked = f"SELECT {exact_sum(quoted(column))} AS total FROM customers"  # noqa: S608
        return float(self.query(asked)["total"].iloc[0])

    def ranked(self, column: str) -> CustomerTable:
        """Return the same rows in another order: the most of something first, ties by id."""
        if not isinstance(self._rows, _Chunks):
            keys, upwards = [column, "customer_id"], [False, True]
            return CustomerTable.of(
                self._rows.sort_values(keys, ascending=upwards, ignore_index=True)
            )
        asked = f"SELECT * FROM customers ORDER BY {quoted(column)} DESC, customer_id"  # noqa: S608
        with closing(_engine(os.getpid()).connection.cursor()) as own:
            own.register("customers", self._relation())
            batches = own.sql(asked).to_arrow_reader(-(-len(self) // len(self._rows.files)))
            frames = (batch.to_pandas(date_as_object=False) for batch in batches)
            restored = (frame.astype(self.dtypes.to_dict()) for frame in frames)
            return CustomerTable.written(restored, self._rows.folder.parent)

    def _relation(self) -> dataset.Dataset | pa.Table:
        if isinstance(self._rows, _Chunks):
            return self._rows.scan()
        return _plain(pa.Table.from_pandas(self._rows, preserve_index=False))


@once
def _engine(_process: int) -> DuckDBEngine:
    """Open one engine without tables for all questions of a process: opening takes its time."""
    engine = DuckDBEngine.open()
    engine.lock()
    return engine


def _all_of(pending: list[pd.DataFrame], given: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    while pending:
        yield pending.pop()
    yield from given


def _write(frames: Iterator[pd.DataFrame], folder: Path | None) -> _Chunks:
    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=folder))
    secret, rows = secrets.token_bytes(32), 0
    files: list[Path] = []
    schema: pa.Schema | None = None
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, made, ignore_errors=True)
        for frame in frames:
            part = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
            schema = part.schema
            files.append(made / f"{len(files):06}.parquet")
            properties = create_encryption_properties(footer_key=secret)
            pq.write_table(part, files[-1], compression="zstd", encryption_properties=properties)
            rows += len(frame)
            del frame, part
        undo.pop_all()
    return _Chunks(made, secret, tuple(files), rows)


def _plain(table: pa.Table) -> pa.Table:
    """Make texts of categories, as they are when they come from disk."""
    plain: Sequence[pa.ChunkedArray] = [
        pa.chunked_array([chunk.dictionary_decode() for chunk in column.chunks])
        if pa.types.is_dictionary(column.type) and column.num_chunks
        else column
        for column in table.columns
    ]
    return pa.table(list(plain), names=table.column_names)
