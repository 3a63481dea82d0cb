"""Trino, BigQuery, Snowflake and ClickHouse, through the clients of their makers.

None of them is run by a test; the SQL that they are sent is kept in tests/dialects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from analysis.engines.connections.address import split, telling_failures, without_secrets
from analysis.engines.connections.connection import driver, in_batches, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

__all__ = ["open_bigquery", "open_clickhouse", "open_snowflake", "open_trino"]

CLICKHOUSE = {
    "join_use_nulls": 1,
    "prefer_column_name_to_alias": 1,
    "aggregate_functions_null_for_empty": 1,
    "union_default_mode": "DISTINCT",
    "readonly": 2,
}
"""With them its joins, names and sums mean what they do elsewhere."""


@dataclass(frozen=True, slots=True)
class _Warehouse:
    """A warehouse whose client gives back Arrow."""

    dialect: str
    ask: Callable[[str], pa.RecordBatchReader]
    end: Callable[[], None]
    failures: tuple[type[Exception], ...]
    one_moment: bool = False
    in_place: bool = True

    def kinds(self, query: str) -> list[tuple[str, str]]:
        return [(field.name, kind_of(field)) for field in self.answer(query).schema]

    def answer(self, query: str) -> pa.RecordBatchReader:
        return self.ask(query)

    def close(self) -> None:
        self.end()


@dataclass(frozen=True, slots=True)
class _Trino:
    """Trino's client gives rows of Python's values, and the types by name."""

    connection: Any
    failures: tuple[type[Exception], ...]
    dialect: str = "trino"
    one_moment: bool = False
    in_place: bool = True

    def kinds(self, query: str) -> list[tuple[str, str]]:
        cursor = self._asked(query)
        return [(str(column[0]), _of_trino(str(column[1]))) for column in cursor.description]

    def answer(self, query: str) -> pa.RecordBatchReader:
        cursor = self._asked(query)
        return in_batches(
            [str(column[0]) for column in cursor.description], iter(cursor.fetchall())
        )

    def close(self) -> None:
        self.connection.close()

    def _asked(self, query: str) -> Any:
        cursor = self.connection.cursor()
        cursor.execute(query)
        return cursor


def _of_trino(kind: str) -> str:
    """Return a type of Trino in DuckDB's words: decimal(12,2), timestamp(3) with time zone."""
    name = kind.upper()
    bare = name.partition("(")[0]
    if bare == "TIMESTAMP" and "WITH TIME ZONE" in name:
        return "TIMESTAMP WITH TIME ZONE"
    return {"REAL": "FLOAT", "CHAR": "VARCHAR", "UNKNOWN": '"NULL"'}.get(bare, bare)


def open_trino(url: str, root: Path) -> _Trino:
    """Reach ``trino://user[:password]@host[:port]/catalog/schema``."""
    del root
    dbapi = driver("trino.dbapi", "trino", "Trino is reached through its client")
    parts = split(url)
    catalog, _, schema = parts.path.strip("/").partition("/")
    given: dict[str, Any] = {"http_scheme": "https" if parts.port == 443 else "http"}
    if parts.password:
        basic = driver("trino.auth", "trino", "Trino is reached through its client")
        password = unquote(parts.password)
        given["auth"] = basic.BasicAuthentication(unquote(parts.username or ""), password)
        given["http_scheme"] = "https"
    connection = dbapi.connect(
        host=parts.hostname,
        port=parts.port or (443 if given["http_scheme"] == "https" else 8080),
        user=unquote(parts.username or "analysis"),
        catalog=catalog or None,
        schema=schema or None,
        **given,
    )
    return _Trino(connection, (dbapi.Error, OSError))


def open_bigquery(url: str, root: Path) -> _Warehouse:
    """Reach ``bigquery://project/dataset`` with the credentials that Google's client finds."""
    del root
    what, package = "BigQuery is reached through Google's client", "google-cloud-bigquery"
    bigquery = driver("google.cloud.bigquery", package, what)
    failures = (
        driver("google.api_core.exceptions", package, what).GoogleAPIError,
        driver("google.auth.exceptions", package, what).GoogleAuthError,
    )
    parts = split(url)
    project, dataset = parts.netloc, parts.path.strip("/")
    with telling_failures(without_secrets(url), url, failures):
        client = bigquery.Client(project=project)
    config = bigquery.QueryJobConfig(
        default_dataset=f"{project}.{dataset}" if dataset else None, use_legacy_sql=False
    )

    def ask(query: str) -> pa.RecordBatchReader:
        return client.query_and_wait(query, job_config=config).to_arrow().to_reader()

    return _Warehouse("bigquery", ask, client.close, failures)


def open_snowflake(url: str, root: Path) -> _Warehouse:
    """Reach ``snowflake://user:password@account/database/schema?warehouse=W&role=R``."""
    del root
    what = "Snowflake is reached through its connector"
    connector = driver("snowflake.connector", "snowflake-connector-python", what)
    parts = split(url)
    database, _, schema = parts.path.strip("/").partition("/")
    failures = (connector.Error,)
    with telling_failures(without_secrets(url), url, failures):
        connection = connector.connect(
            account=parts.hostname,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=database or None,
            schema=schema or None,
            **dict(parse_qsl(parts.query)),
        )

    def ask(query: str) -> pa.RecordBatchReader:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetch_arrow_all(force_return_table=True).to_reader()

    return _Warehouse("snowflake", ask, connection.close, failures)


def open_clickhouse(url: str, root: Path) -> _Warehouse:
    """Reach ``clickhouse://user:password@host:8123/database``; ``clickhouses://`` over TLS."""
    del root
    what = "ClickHouse is reached through ClickHouse Connect"
    connect = driver("clickhouse_connect", "clickhouse-connect", what)
    errors = driver("clickhouse_connect.driver.exceptions", "clickhouse-connect", what)
    parts = split(url)
    failures = (errors.ClickHouseError, OSError)
    with telling_failures(without_secrets(url), url, failures):
        client = connect.get_client(
            host=parts.hostname,
            port=parts.port,
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=parts.path.strip("/") or None,
            secure=parts.scheme == "clickhouses",
            settings=CLICKHOUSE,
        )

    def ask(query: str) -> pa.RecordBatchReader:
        return client.query_arrow(query, use_strings=True).to_reader()

    return _Warehouse("clickhouse", ask, client.close, failures)
