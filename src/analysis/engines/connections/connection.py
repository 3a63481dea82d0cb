"""What every database is to the package: questions in its SQL, answers in Arrow."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from analysis.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["BATCH", "Connection", "driver", "in_batches", "kind_of"]

BATCH = 250_000
_KINDS = {
    pa.bool_(): "BOOLEAN",
    pa.float16(): "FLOAT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.uint8(): "UTINYINT",
    pa.uint16(): "USMALLINT",
    pa.uint32(): "UINTEGER",
    pa.uint64(): "UBIGINT",
    pa.date32(): "DATE",
    pa.uuid(): "UUID",
    pa.null(): '"NULL"',
}


class Connection(Protocol):
    """A database that answers questions."""

    @property
    def dialect(self) -> str:
        """Of its SQL, as sqlglot names it."""

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What its driver raises."""

    @property
    def one_moment(self) -> bool:
        """Whether all its answers are of the state in which it was found."""

    @property
    def in_place(self) -> bool:
        """Whether it can answer the queries of the analyses itself."""

    def kinds(self, query: str) -> list[tuple[str, str]]:
        """Name the columns that a query returns, each with its type in DuckDB's words."""

    def answer(self, query: str) -> pa.RecordBatchReader:
        """Answer a query, a batch of rows at a time where the driver can."""

    def close(self) -> None:
        """End the connection."""


def driver(module: str, package: str, what: str) -> Any:
    """Import the driver of a database, or say which package brings it.

    Raises
    ------
    SourceError
        It is not installed.
    """
    try:
        importlib.import_module(module.partition(".")[0])
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise SourceError(
            f"{what}; it is not installed. Install it with: pip install {package}"
        ) from None


def kind_of(field: pa.Field) -> str:
    """Return a column's type in DuckDB's words; one that it does not have as the driver says it."""
    kind = field.type
    if kind in _KINDS:
        return _KINDS[kind]
    if pa.types.is_decimal(kind) or getattr(kind, "type_name", "") == "numeric":
        return "DECIMAL"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP WITH TIME ZONE" if kind.tz else "TIMESTAMP"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "VARCHAR"
    if isinstance(kind, pa.DictionaryType):
        return kind_of(pa.field(field.name, kind.value_type))
    return "BLOB" if pa.types.is_binary(kind) else str(kind).upper()


def in_batches(names: Sequence[str], rows: Iterator[Sequence[Any]]) -> pa.RecordBatchReader:
    """Make Arrow of the rows of a driver that has none: all of them, columns by name.

    A column without a value is one of text.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    arrays = [pa.array(list(values)) for values in columns]
    arrays = [one.cast(pa.string()) if one.type == pa.null() else one for one in arrays]
    return pa.table(dict(zip(names, arrays, strict=True))).to_reader()
