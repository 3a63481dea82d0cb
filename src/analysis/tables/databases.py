"""A table or view of a database, copied through the driver that its URL asks for."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pyarrow as pa
import sqlglot
from sqlglot import exp

from analysis.engines.connections import connect
from analysis.engines.connections.address import resolved, telling_failures, without_secrets
from analysis.errors import SourceError
from analysis.tables.pieces import Piece, as_text, plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analysis.engines.connections.connection import Connection
    from analysis.tables.mapping import Mapping

__all__ = ["described", "read", "table_of"]


def read(
    written_url: str, table: str, root: Path, mapping: Mapping
) -> tuple[str, dict[str, str], Iterator[Piece]]:
    """Return the source in words, its names of the columns that are there, and the rows."""
    url = resolved(written_url)
    source = f"{without_secrets(url)}, table {table}"
    with telling_failures(source, url, ()):
        connection = connect(url, root)
    with ExitStack() as undo:
        undo.callback(connection.close)
        names, kinds = described(connection, table, source, url, mapping)
        undo.pop_all()
    query = _select(names, kinds).from_(table_of(table, connection.dialect))
    return source, names, _pieces(connection, query.sql(connection.dialect), names, source, url)


def described(
    connection: Connection, table: str, source: str, url: str, mapping: Mapping
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the source's names of the columns that are there, and the types of those.

    Raises
    ------
    SourceError
        A column is missing or there twice, or the database does not answer.
    """
    name = table_of(table, connection.dialect)
    everything = exp.select("*").from_(name).limit(0).sql(connection.dialect)
    with telling_failures(source, url, connection.failures):
        columns = connection.kinds(everything)
    names = mapping.find([column for column, _ in columns], source)
    kinds = dict(columns)
    return names, {given: kinds[name] for given, name in names.items()}


def _select(names: dict[str, str], kinds: dict[str, str]) -> exp.Select:
    columns: dict[str, exp.Expr] = {}
    for given, name in names.items():
        column: exp.Expr = exp.column(name, quoted=True)
        if kinds[given] == "MONEY":
            column = exp.alias_(exp.cast(column, "numeric"), name, quoted=True)
        columns[name] = column
    return exp.select(*columns.values())


def _pieces(
    connection: Connection, query: str, names: dict[str, str], source: str, url: str
) -> Iterator[Piece]:
    line = 1
    try:
        with telling_failures(source, url, connection.failures):
            for batch in connection.answer(query):
                rows = {
                    canonical: plain(batch.column(batch.schema.names.index(name)))
                    for canonical, name in names.items()
                }
                numbers = pa.array(range(line, line + batch.num_rows), pa.int64())
                line += batch.num_rows
                yield as_text(Piece(pa.table({"line": numbers} | rows)), names)
    finally:
        connection.close()


def table_of(name: str, dialect: str) -> exp.Table:
    """Read the name of a table as the database writes it.

    Raises
    ------
    SourceError
        It is no name.
    """
    try:
        table = exp.to_table(name, dialect=dialect)
    except sqlglot.errors.SqlglotError:
        raise SourceError(
            f'`table` must be a name like "orders" or "sales.orders"; "{name}" is not.'
        ) from None
    for part in table.find_all(exp.Identifier):
        part.set("quoted", True)
    return table
