"""PostgreSQL through ADBC, every answer of one moment, nothing ever written."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from analysis.engines.connections.address import telling_failures, without_secrets
from analysis.engines.connections.connection import driver, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["open_postgresql"]

_BEGIN = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL idle_in_transaction_session_timeout = '1h'",
    "SET LOCAL jit = off",
    "SAVEPOINT asked",
)
"""Between two questions a model may be fitted for minutes; what fails must not end the moment.

While the moment lasts, its tables cannot be altered there: so a forgotten notebook ends it.
"""
_TYPE = b"POSTGRESQL:type"


def open_postgresql(url: str, root: Path) -> _PostgreSQL:
    """Reach a server, whose tables are only read."""
    del root
    dbapi = driver(
        "adbc_driver_postgresql.dbapi",
        '"customer-notebooks[databases]"',
        "PostgreSQL is read through its ADBC driver",
    )
    with telling_failures(without_secrets(url), url, (dbapi.Error,)):
        connection = dbapi.connect(url, autocommit=True)
        with connection.cursor() as cursor:
            for statement in _BEGIN:
                cursor.execute(statement)
    opened = _PostgreSQL(connection, (dbapi.Error,))
    weakref.finalize(opened, connection.close)  # a source is forgotten rather than closed
    return opened


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _PostgreSQL:
    connection: Any
    failures: tuple[type[Exception], ...]
    dialect: str = "postgres"
    one_moment: bool = True
    in_place: bool = True

    def kinds(self, query: str) -> list[tuple[str, str]]:
        """Tell `money` apart: it comes as a whole number of cents without a word."""
        schema = self.answer(query).read_all().schema
        types = [(field.metadata or {}).get(_TYPE, b"") for field in schema]
        return [
            (field.name, "MONEY" if kind == b"money" else kind_of(field))
            for field, kind in zip(schema, types, strict=True)
        ]

    def answer(self, query: str) -> pa.RecordBatchReader:
        cursor = self.connection.cursor()
        try:
            cursor.execute(query)
            reader = cursor.fetch_record_batch()
        except self.failures:
            cursor.close()
            self._go_on()
            raise
        return pa.RecordBatchReader.from_batches(reader.schema, self._batches(cursor, reader))

    def _batches(self, cursor: Any, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except self.failures:
            self._go_on()
            raise
        finally:
            cursor.close()

    def _go_on(self) -> None:
        """Forget what failed; the moment stays. Without a connection there is nothing to forget."""
        with self.connection.cursor() as cursor:
            cursor.execute("ROLLBACK TO SAVEPOINT asked")

    def close(self) -> None:
        self.connection.close()
