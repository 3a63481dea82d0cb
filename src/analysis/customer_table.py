"""One row a customer, wherever it fits: in memory, or chunk by chunk on disk.

Up to a million customers (`[engine] customers_at_once`) the rows are one DataFrame. Beyond, each
part of the customers is written as it comes, and read again one part at a time or summed up by
a query. The files are encrypted with a key that this process alone has, and go when the table does.
"""

from __future__ import annotations

import os
import shutil
import weakref
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache as once
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import dataset
from sqlglot import exp

from analysis.customer_files import Chunks, write_chunks
from analysis.engines import DuckDBEngine
from analysis.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

__all__ = ["CustomerTable", "exact_sum", "quoted"]


def quoted(column: str) -> str:
    """Return the name of a column as it stands in a query."""
    return exp.to_identifier(column, quoted=True).sql("duckdb")


def exact_sum(amounts: str) -> str:
    """Return how a query adds up money: with the same result in whatever order the rows come."""
    return f"CAST(COALESCE(SUM(CAST({amounts} AS DECIMAL(38, 6))), 0) AS DOUBLE)"


@dataclass(frozen=True, eq=False)
class CustomerTable:
    """One row a customer, in the order of their ids (or as `ranked`).

    Attributes
    ----------
    columns : tuple of str
        Names of the columns.
    """

    columns: tuple[str, ...]
    _rows: pd.DataFrame | Chunks = field(repr=False)
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
        chunks = write_chunks(_all_of(pending, given), folder)
        table = cls(tuple(empty.columns), chunks, empty)
        weakref.finalize(table, shutil.rmtree, chunks.folder, ignore_errors=True)
        return table

    def __len__(self) -> int:
        """Return the number of customers."""
        return self._rows.rows if isinstance(self._rows, Chunks) else len(self._rows)

    @property
    def dtypes(self) -> pd.Series:
        """What each column holds, as `DataFrame.dtypes`; a query answers categories as texts."""
        return self._empty.dtypes

    def to_frame(self) -> pd.DataFrame:
        """Return all rows at once, for whoever knows that they fit into memory."""
        return pd.concat(self.frames(), ignore_index=True)

    def frames(self) -> Iterator[pd.DataFrame]:
        """Yield the rows, one part of the customers at a time; each has an index of its own."""
        if isinstance(self._rows, Chunks):
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
        with self._asked(others) as own:
            rows = DuckDBEngine(own).run(sql, **values)
        frame: pd.DataFrame = rows.to_pandas(date_as_object=False)
        return frame

    def total(self, column: str) -> float:
        """Return the sum of a column of money; 0 without rows."""
        asked = f"SELECT {exact_sum(quoted(column))} AS total FROM customers"  # noqa: S608
        return float(self.query(asked)["total"].iloc[0])

    def holds(self, customers: Iterable[str]) -> NDArray[np.bool_]:
        """Return which of these customers are in the table; it is read a part at a time."""
        asked = pd.Index(customers)
        found = np.zeros(len(asked), dtype=np.bool_)
        for frame in self.frames():
            found |= asked.isin(frame["customer_id"])
        return found

    def head(self, rows: int) -> pd.DataFrame:
        """Return the first rows."""
        first: list[pd.DataFrame] = []
        for frame in self.frames():
            first.append(frame.head(rows - sum(map(len, first))))
            if sum(map(len, first)) == rows:
                break
        return pd.concat(first, ignore_index=True)

    def changed(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> CustomerTable:
        """Return the table with each part of the customers as `change` makes it."""
        return CustomerTable.written(map(change, self.frames()), self._folder)

    def ranked(self, *columns: str, rows: int | None = None) -> CustomerTable:
        """Return the rows in another order: the most of something first, ties by the next, by id.

        Parameters
        ----------
        columns : str
            That rank, the first one before the others.
        rows : int, optional
            How many to keep; all when not given.
        """
        if not isinstance(self._rows, Chunks):
            keys, upwards = [*columns, "customer_id"], [*[False] * len(columns), True]
            ordered = self._rows.sort_values(keys, ascending=upwards, ignore_index=True)
            return CustomerTable.of(ordered if rows is None else ordered.head(rows))
        order = ", ".join(f"{quoted(column)} DESC" for column in columns)
        limit = "" if rows is None else f" LIMIT {rows}"
        asked = f"SELECT * FROM customers ORDER BY {order}, customer_id{limit}"  # noqa: S608
        return self.chosen({}, asked, lambda frame: frame.astype(self.dtypes.to_dict()))

    def chosen(
        self,
        others: Mapping[str, CustomerTable],
        sql: str,
        change: Callable[[pd.DataFrame], pd.DataFrame],
        **values: Any,
    ) -> CustomerTable:
        """Return the customers that a question is answered with, in its order.

        Parameters
        ----------
        others, sql, values
            As for `query_with`; the answer has a row a customer.
        change : callable
            What is made of each part of the answer.
        """
        if not isinstance(self._rows, Chunks):
            return CustomerTable.of(change(self.query_with(others, sql, **values)))
        at_once = -(-len(self) // len(self._rows.files))
        with self._asked(others) as own:
            batches = own.sql(sql, params=values or None).to_arrow_reader(max(at_once, 1))
            none = [batches.schema.empty_table()]
            answers = chain([next(batches, *none)], batches)
            frames = (change(answer.to_pandas(date_as_object=False)) for answer in answers)
            return CustomerTable.written(frames, self._folder)

    @property
    def _folder(self) -> Path | None:
        return self._rows.folder.parent if isinstance(self._rows, Chunks) else None

    @contextmanager
    def _asked(self, others: Mapping[str, CustomerTable]) -> Iterator[DuckDBPyConnection]:
        """Connect to an engine that sees this table as `customers`, and others by their names."""
        tables = {"customers": self, **others}
        with closing(_engine(os.getpid()).connection.cursor()) as own:
            for name, table in tables.items():
                own.register(name, table._relation())
            yield own

    def _relation(self) -> dataset.Dataset | pa.Table:
        if isinstance(self._rows, Chunks):
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


def _plain(table: pa.Table) -> pa.Table:
    """Make texts of categories, as they are when they come from disk."""
    plain: Sequence[pa.ChunkedArray] = [
        pa.chunked_array([chunk.dictionary_decode() for chunk in column.chunks])
        if pa.types.is_dictionary(column.type) and column.num_chunks
        else column
        for column in table.columns
    ]
    return pa.table(list(plain), names=table.column_names)
