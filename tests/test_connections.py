"""Databases by URL: what their drivers are given, and what is said when one is not there.

The drivers of the warehouses are stood in for: what they are given is theirs to take by signature.
"""

import sys
import types
from pathlib import Path

import pyarrow as pa
import pytest

from analysis.engines.connections import connect
from analysis.engines.connections.address import resolved, without_secrets
from analysis.engines.connections.connection import kind_of
from analysis.engines.remote import RemoteEngine
from analysis.errors import SourceError, SourceUnavailableError

ANSWER = pa.table({"a": [1], "b": ["x"]})


class Asked:
    """A client and its cursor, which note what they are asked."""

    description = (("a", "decimal(12,2)"), ("b", "timestamp(3) with time zone"), ("c", "varchar"))

    def __init__(self):
        self.queries = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def cursor(self):
        return self

    def close(self):
        self.queries.append("closed")

    def execute(self, query):
        self.queries.append(query)

    def fetchall(self):
        return [(1, None, "x"), (2, None, "y")]

    def fetch_arrow_all(self, *, force_return_table):
        assert force_return_table
        return ANSWER

    def query_arrow(self, query, *, use_strings):
        assert use_strings
        self.queries.append(query)
        return ANSWER

    def query_and_wait(self, query, *, job_config):
        self.queries.append((query, job_config))
        return self

    def to_arrow(self):
        return ANSWER


@pytest.fixture
def drivers(monkeypatch):
    """Put stand-ins in the place of all drivers; return what they were given."""
    given = {}

    def module(name, **content):
        made = types.ModuleType(name)
        vars(made).update(content)
        monkeypatch.setitem(sys.modules, name, made)

    def opener(name):
        def opened(**parameters):
            given[name] = parameters
            return Asked()

        return opened

    module("trino")
    module("trino.dbapi", connect=opener("trino"), Error=OSError)
    module("trino.auth", BasicAuthentication=lambda user, password: (user, password))
    module("snowflake")
    module("snowflake.connector", connect=opener("snowflake"), Error=OSError)
    module("clickhouse_connect", get_client=opener("clickhouse"))
    module("clickhouse_connect.driver")
    module("clickhouse_connect.driver.exceptions", ClickHouseError=OSError)
    module("google")
    module("google.api_core")
    module("google.api_core.exceptions", GoogleAPIError=OSError)
    module("google.auth")
    module("google.auth.exceptions", GoogleAuthError=OSError)
    module("google.cloud")
    module("google.cloud.bigquery", Client=opener("bigquery"), QueryJobConfig=dict)
    return given


def test_trino_is_given_what_its_url_says(drivers):
    connection = connect("trino://ann@host:8080/hive/sales", Path())
    assert drivers["trino"] == {
        "host": "host", "port": 8080, "user": "ann", "catalog": "hive", "schema": "sales",
        "http_scheme": "http",
    }  # fmt: skip
    assert connection.kinds("SELECT") == [
        ("a", "DECIMAL"), ("b", "TIMESTAMP WITH TIME ZONE"), ("c", "VARCHAR"),
    ]  # fmt: skip
    rows = RemoteEngine.over(connection).run("SELECT 1 AS a").to_pylist()
    assert rows == [{"a": 1, "b": None, "c": "x"}, {"a": 2, "b": None, "c": "y"}]
    connect("trino://ann:p%40ss@host", Path())
    assert drivers["trino"]["auth"] == ("ann", "p@ss")
    assert (drivers["trino"]["port"], drivers["trino"]["http_scheme"]) == (443, "https")


@pytest.mark.parametrize(
    ("url", "name", "dialect", "given"),
    [
        ("snowflake://ann:p%40ss@acme-x/shop/public?warehouse=W&role=R", "snowflake", "snowflake",
         {"account": "acme-x", "user": "ann", "password": "p@ss", "database": "shop",
          "schema": "public", "warehouse": "W", "role": "R"}),
        ("bigquery://my-project/shop", "bigquery", "bigquery", {"project": "my-project"}),
        ("clickhouses://ann:p%40ss@host:8443/shop", "clickhouse", "clickhouse",
         {"host": "host", "port": 8443, "username": "ann", "password": "p@ss",
          "database": "shop", "secure": True}),
    ],
)  # fmt: skip
def test_a_warehouse_is_given_what_its_url_says(drivers, url, name, dialect, given):
    connection = connect(url, Path())
    assert given.items() <= drivers[name].items()
    assert (connection.dialect, connection.in_place, connection.one_moment) == (
        dialect, True, False,
    )  # fmt: skip
    assert connection.kinds("SELECT 1") == [("a", "BIGINT"), ("b", "VARCHAR")]
    assert RemoteEngine.over(connection).run("SELECT 1 AS a") == ANSWER
    connection.close()


def test_clickhouse_is_told_what_a_join_without_a_match_is(drivers):
    connect("clickhouse://host/shop", Path())
    settings = drivers["clickhouse"]["settings"]
    assert (settings["join_use_nulls"], settings["readonly"]) == (1, 2)


@pytest.mark.parametrize(
    ("url", "module", "package"),
    [
        ("trino://h", "trino", "trino"),
        ("bigquery://p/d", "google", "google-cloud-bigquery"),
        ("snowflake://u:p@a", "snowflake", "snowflake-connector-python"),
        ("clickhouse://h", "clickhouse_connect", "clickhouse-connect"),
        ("sc://h", "pyspark", "customer-notebooks[spark]"),
    ],
)
def test_a_driver_that_is_not_there_is_named(url, module, package, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SourceError) as raised:
        connect(url, Path())
    assert package in str(raised.value)


def test_a_server_that_is_away_may_answer_later(drivers, monkeypatch):
    class OperationalError(OSError):
        pass

    def away(**_):
        raise OperationalError("no route to ann with p@ss and W1234")

    monkeypatch.setattr(sys.modules["snowflake.connector"], "connect", away)
    with pytest.raises(SourceUnavailableError) as raised:
        connect("snowflake://ann:p%40ss@acme/shop?token=W1234", Path())
    assert "no route to *** with *** and ***" in str(raised.value)
    assert "snowflake://acme/shop" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:secret@host:5432/shop?sslpassword=secret", "postgresql://host/shop"),
        ("spark://local[2]", "spark://local[2]"),
        ("duckdb:///data/shop.duckdb", "duckdb:///data/shop.duckdb"),
        ("sc://host:15002/;token=secret", "sc://host/"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url, shown):
    assert without_secrets(url) == shown


def test_a_url_from_the_environment(monkeypatch):
    monkeypatch.setenv("SHOP", "duckdb:///a")
    assert resolved("env:SHOP") == "duckdb:///a"
    with pytest.raises(SourceError, match="variable NOWHERE; it is not set"):
        resolved("env:NOWHERE")


def test_a_name_that_no_database_has():
    with pytest.raises(SourceError, match=r'must begin with .*; it begins with "mysql:"'):
        connect("mysql://h/d", Path())


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (pa.dictionary(pa.int8(), pa.string()), "VARCHAR"),
        (pa.decimal128(10, 2), "DECIMAL"),
        (pa.timestamp("us", "UTC"), "TIMESTAMP WITH TIME ZONE"),
        (pa.timestamp("ms"), "TIMESTAMP"),
        (pa.list_(pa.int8()), "LIST<ITEM: INT8>"),
    ],
)
def test_a_type_in_words(kind, said):
    assert kind_of(pa.field("a", kind)) == said
