"""Databases that are a file: DuckDB's, which answers in place, and SQLite's, which is loaded."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from analysis.engines.connections.connection import BATCH
from analysis.errors import SourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DuckDBFile", "open_duckdb", "open_sqlite"]

_NEVER = (
    "autoinstall_known_extensions",
    "autoload_known_extensions",
    "allow_community_extensions",
    "python_enable_replacements",
)


def open_duckdb(url: str, root: Path) -> DuckDBFile:
    """Open a DuckDB file to read it, with every other way out closed."""
    config: dict[str, Any] = dict.fromkeys(_NEVER, "false")
    config["temp_directory"] = str(root / "data" / "cache" / "spill")
    connection = duckdb.connect(str(_file(url, root)), read_only=True, config=config)
    connection.execute("SET enable_external_access = false")
    return DuckDBFile(connection)


def open_sqlite(url: str, root: Path) -> _SQLite:
    """Open an SQLite file to read it."""
    return _SQLite(sqlite3.connect(f"{_file(url, root).as_uri()}?mode=ro", uri=True))


def _file(url: str, root: Path) -> Path:
    path = root / url.partition("://")[2].removeprefix("/")
    if not path.is_file():
        raise SourceUnavailableError(
            f"`url` must name a database file that is there; {path} is not. Three slashes begin "
            "a path from the folder of the settings (duckdb:///data/shop.duckdb), four one from "
            "the root."
        )
    return path


@dataclass(frozen=True, slots=True)
class DuckDBFile:
    """A file of DuckDB, which computes in this process; what it spills goes to data/cache."""

    connection: duckdb.DuckDBPyConnection
    dialect: str = "duckdb"
    failures: tuple[type[Exception], ...] = (duckdb.Error,)
    one_moment: bool = True
    """Nobody writes to the file while it is open."""
    in_place: bool = True

    def limit(self, memory: str | None, threads: int | None) -> None:
        """Take no more memory and processors than that; None is DuckDB's own limit."""
        for name, most in (("memory_limit", memory), ("threads", threads)):
            if most is not None:
                self.connection.execute(f"SET {name} = ?", [most])

    def kinds(self, query: str) -> list[tuple[str, str]]:
        """Look at the columns without running anything."""
        described = self.connection.sql(query)
        return [
            (str(name), str(kind))
            for name, kind in zip(described.columns, described.types, strict=True)
        ]

    def answer(self, query: str) -> pa.RecordBatchReader:
        """Answer a query, a batch of rows at a time."""
        return self.connection.sql(query).to_arrow_reader(BATCH)

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


@dataclass(frozen=True, slots=True)
class _SQLite:
    """Through the standard library: SQLite's types belong to values, so all is read as text."""

    connection: sqlite3.Connection
    dialect: str = "sqlite"
    failures: tuple[type[Exception], ...] = (sqlite3.Error,)
    one_moment: bool = False
    in_place: bool = False

    def __post_init__(self) -> None:
        self.connection.text_factory = bytes

    def kinds(self, query: str) -> list[tuple[str, str]]:
        return [(name, "BLOB") for name in self._names(self.connection.execute(query))]

    def answer(self, query: str) -> pa.RecordBatchReader:
        cursor = self.connection.execute(query)
        names = self._names(cursor)
        return pa.RecordBatchReader.from_batches(
            pa.schema([(name, pa.binary()) for name in names]), self._batches(cursor, names)
        )

    def close(self) -> None:
        self.connection.close()

    def _names(self, cursor: sqlite3.Cursor) -> list[str]:
        return [str(column[0]) for column in cursor.description]

    def _batches(self, cursor: sqlite3.Cursor, names: list[str]) -> Iterator[pa.RecordBatch]:
        while rows := cursor.fetchmany(BATCH):
            columns = [
                pa.array([_bytes(value) for value in values], pa.binary())
                for values in zip(*rows, strict=True)
            ]
            yield pa.record_batch(columns, names=names)


def _bytes(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return (f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)).encode()
