"""A table or view of a database, through the driver that its URL asks for."""

from __future__ import annotations

import os
import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from analysis.errors import SourceError, SourceUnavailableError
from analysis.tables.pieces import Piece, as_text, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from analysis.tables.mapping import Mapping

BATCH = 250_000
_BUSY_SERVER = (
    "starting up", "shutting down", "in recovery mode", "terminating connection",
    "too many clients", "too many connections", "connection slots are reserved",
)  # fmt: skip
"""What a PostgreSQL that refuses a connection says where another time it may not."""


class Session(Protocol):
    """A connection that answers a query in batches."""

    dialect: str

    def columns(self, query: str) -> list[str]:
        """Name the columns that the query would return."""

    def casts(self, query: str) -> dict[str, str]:
        """Say as what a column must be asked for, where it would come as something else."""

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        """Answer the query."""

    def close(self) -> None:
        """End the connection."""


def read(
    written_url: str, table: str, root: Path, mapping: Mapping
) -> tuple[str, dict[str, str], Iterator[Piece]]:
    """Return the source in words, its names of the columns that are there, and the rows."""
    url = _resolved(written_url)
    openers: dict[str, Callable[[str, Path], Session]] = {
        "duckdb": _DuckDB.open,
        "sqlite": _SQLite.open,
        "postgres": _PostgreSQL.open,
        "postgresql": _PostgreSQL.open,
    }
    scheme = url.partition(":")[0]
    if scheme not in openers:
        raise SourceError(
            f'`url` must begin with duckdb:, sqlite: or postgresql:; it begins with "{scheme}:". '
            "Export the table to Parquet, and name that file as `path`."
        )
    source = f"{_without_secrets(url)}, table {table}"
    try:
        session = openers[scheme](url, root)
        try:
            names, query = _prepare(session, table, source, mapping)
        except BaseException:
            session.close()
            raise
    except _failures() as error:
        raise _failed(source, url, error) from None
    return source, names, _pieces(session, query, names, source, url)


def _prepare(
    session: Session, table: str, source: str, mapping: Mapping
) -> tuple[dict[str, str], str]:
    """Look at the columns that are there, and compose the query for those that are wanted."""
    name = _table(table, session.dialect)
    everything = exp.select("*").from_(name).limit(0).sql(session.dialect)
    names = mapping.find(session.columns(everything), source)
    casts = session.casts(everything)
    return names, _select(names, casts).from_(name).sql(session.dialect)


def _select(names: dict[str, str], casts: dict[str, str]) -> exp.Select:
    columns: list[exp.Expr] = []
    for name in dict.fromkeys(names.values()):
        column: exp.Expr = exp.column(name, quoted=True)
        if name in casts:
            column = exp.alias_(exp.cast(column, casts[name]), name, quoted=True)
        columns.append(column)
    return exp.select(*columns)


def _pieces(
    session: Session, query: str, names: dict[str, str], source: str, url: str
) -> Iterator[Piece]:
    line = 1
    try:
        for batch in session.stream(query):
            rows = {
                canonical: plain(batch.column(batch.schema.names.index(name)))
                for canonical, name in names.items()
            }
            numbers = pa.array(range(line, line + batch.num_rows), pa.int64())
            line += batch.num_rows
            yield as_text(Piece(pa.table({"line": numbers} | rows)), names)
    except _failures() as error:
        raise _failed(source, url, error) from None
    finally:
        session.close()


def _resolved(url: str) -> str:
    if not url.startswith("env:"):
        return url
    name = url.removeprefix("env:")
    value = os.environ.get(name, "")
    if not value:
        raise SourceError(
            f"`url` takes the address of the database from the variable {name}; it is not set. "
            f"Set it before the run: export {name}=postgresql://..."
        )
    return value


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def _table(name: str, dialect: str) -> exp.Table:
    try:
        table = exp.to_table(name, dialect=dialect)
    except sqlglot.errors.SqlglotError:
        raise SourceError(
            f'`table` must be a name like "orders" or "sales.orders"; "{name}" is not.'
        ) from None
    for part in table.find_all(exp.Identifier):
        part.set("quoted", True)
    return table


def _failures() -> tuple[type[Exception], ...]:
    known: list[type[Exception]] = [duckdb.Error, sqlite3.Error, pa.ArrowException]
    try:
        from adbc_driver_manager import Error
    except ModuleNotFoundError:
        return tuple(known)
    return (*known, Error)


def _failed(source: str, url: str, error: Exception) -> SourceError:
    reason = " ".join(str(error).replace(url, source).split())[:300].rstrip(".")
    for secret in (urlsplit(url).password, urlsplit(url).username):
        reason = reason.replace(secret, "***") if secret else reason
    kind = SourceUnavailableError if _may_pass(error) else SourceError
    return kind(
        f"The database must answer; {source} did not: {reason}. "
        "Look at `url` and `table`, and whether the server runs and lets this user read."
    )


def _may_pass(error: Exception) -> bool:
    """Say whether the server or the file could not be reached, or is in use."""
    if isinstance(error, sqlite3.Error):
        reason = getattr(error, "sqlite_errorname", "")
        return reason.startswith(
            ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_IOERR")
        )
    if isinstance(error, duckdb.Error):
        return isinstance(error, duckdb.IOException)
    if type(error).__name__ != "OperationalError":
        return False
    answer = str(error)
    return "FATAL:" not in answer or any(words in answer for words in _BUSY_SERVER)


def _file(url: str, root: Path) -> Path:
    path = root / url.partition("://")[2].removeprefix("/")
    if not path.is_file():
        raise SourceUnavailableError(
            f"`url` must name a database file that is there; {path} is not. Three slashes begin "
            "a path from the folder of the settings (duckdb:///data/shop.duckdb), four one from "
            "the root."
        )
    return path


class _DuckDB:
    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, url: str, root: Path) -> _DuckDB:
        never = ("autoinstall_known_extensions", "autoload_known_extensions")
        config: dict[str, Any] = dict.fromkeys(never, "false")
        return cls(duckdb.connect(str(_file(url, root)), read_only=True, config=config))

    def columns(self, query: str) -> list[str]:
        return [str(column[0]) for column in self._connection.sql(query).description]

    def casts(self, query: str) -> dict[str, str]:
        del query
        return {}

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        yield from self._connection.sql(query).to_arrow_reader(BATCH)

    def close(self) -> None:
        self._connection.close()


class _SQLite:
    """Through the standard library: SQLite's types belong to values, so all is read as text."""

    dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.text_factory = bytes

    @classmethod
    def open(cls, url: str, root: Path) -> _SQLite:
        return cls(sqlite3.connect(f"{_file(url, root).as_uri()}?mode=ro", uri=True))

    def columns(self, query: str) -> list[str]:
        return [str(column[0]) for column in self._connection.execute(query).description]

    def casts(self, query: str) -> dict[str, str]:
        del query
        return {}

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        cursor = self._connection.execute(query)
        names = [str(column[0]) for column in cursor.description]
        while rows := cursor.fetchmany(BATCH):
            columns = [
                pa.array([_bytes(value) for value in values], pa.binary())
                for values in zip(*rows, strict=True)
            ]
            yield pa.record_batch(columns, names=names)

    def close(self) -> None:
        self._connection.close()


def _bytes(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return (f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)).encode()


class _PostgreSQL:
    dialect = "postgres"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @classmethod
    def open(cls, url: str, root: Path) -> _PostgreSQL:
        del root
        try:
            from adbc_driver_postgresql import dbapi
        except ModuleNotFoundError:
            raise SourceError(
                "PostgreSQL is read through its ADBC driver; it is not installed. "
                'Install it with: pip install "customer-notebooks[databases]"'
            ) from None
        return cls(dbapi.connect(url))

    def columns(self, query: str) -> list[str]:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return [str(column[0]) for column in cursor.description]

    def casts(self, query: str) -> dict[str, str]:
        """Ask for `money` as a number; it would come as a count of cents without a word."""
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            schema = cursor.fetch_arrow_table().schema
        kinds = {field.name: (field.metadata or {}).get(b"POSTGRESQL:type") for field in schema}
        return {name: "numeric" for name, kind in kinds.items() if kind == b"money"}

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            yield from cursor.fetch_record_batch()

    def close(self) -> None:
        self._connection.close()
